# SPDX-License-Identifier: ISC
"""What becomes of mail where the DNS is at fault: put off, or sent back."""

import socket
import unittest

import dns
from dns import A, AAAA, CNAME, MX, TXT, a, mx, name
from maildtest import Maild, main, message, wait_for
from sink import Sink

SERVFAIL, REFUSED = 2, 5
HERE = [a("127.0.0.1")]

LATER = ("deferred", "451", "4.4.3")  # it cannot be looked up
NO_DOMAIN = ("failed", "550", "5.1.2")
NO_MAIL = ("failed", "556", "5.1.10")
NO_SERVER = ("failed", "550", "5.4.4")
TAKEN = ("relayed", "250", "2.0.0")

# A zone for the domain "x", and what is said of mail to it.
FAULTS = {
    "there is no such domain": ({}, NO_DOMAIN),
    "servfail": ({("x", MX): SERVFAIL}, LATER),
    "refused": ({("x", MX): REFUSED}, LATER),
    "an alias of itself": ({("x", CNAME): [name("x")]}, LATER),
    "a loop of aliases": ({("x", CNAME): [name("y.x")],
                           ("y.x", CNAME): [name("x")]}, LATER),
    "an alias of nothing": ({("x", CNAME): [name("y.x")]}, NO_DOMAIN),
    "null mx": ({("x", MX): [mx(0, "")], ("x", A): HERE}, NO_MAIL),
    "neither mx nor address": ({("x", TXT): [dns.txt("x")]}, NO_SERVER),
    "no mx, servfail for the address": ({("x", TXT): [dns.txt("x")],
                                         ("x", A): SERVFAIL}, LATER),
    "no mx but an address": ({("x", A): HERE}, TAKEN),
    "an mx that is cut off": ({("x", MX): [b"\0\5"]}, NO_SERVER),
    "an mx that is nowhere": ({("x", MX): [mx(1, "y.x")]}, NO_SERVER),
    "an mx that has no address": ({("x", MX): [mx(1, "y.x")],
                                   ("y.x", TXT): [dns.txt("y")]}, NO_SERVER),
    "servfail for an mx": ({("x", MX): [mx(1, "y.x")],
                            ("y.x", A): SERVFAIL}, LATER),
    "one of two is nowhere": ({("x", MX): [mx(1, "y.x"), mx(2, "z.x")],
                               ("z.x", A): HERE}, TAKEN),
    "one of two is nowhere, the other servfail": (
        {("x", MX): [mx(1, "y.x"), mx(2, "z.x")], ("y.x", A): SERVFAIL},
        LATER),
    "servfail for the newer kind of address": (
        {("x", MX): [mx(1, "y.x")], ("y.x", AAAA): SERVFAIL,
         ("y.x", A): HERE}, TAKEN),
}


def for_domain(domain, zone):
    """It, with another name for x."""
    def named(owner):
        return domain if owner == "x" else owner[:-1] + domain

    def value(data):
        return data if not isinstance(data, list) else [
            d.replace(b"\1x\0", dns.name(domain)) for d in data]
    return {(named(owner), kind): value(data)
            for (owner, kind), data in zone.items()}


class DnsFaults(unittest.TestCase):
    def serve(self, resolver, settings=""):
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; %s }" % (
                resolver, self.sink.port, settings),
            "-o", "queue { retry 1h }")
        self.addCleanup(self.maild.stop)

    def send(self, *domains):
        with self.maild.smtp() as c:
            for d in domains:
                c.sendmail("test@localhost", ["x@" + d], message(
                    to="x@" + d, sender="test@localhost"))

    def said(self):
        """{domain: (result, code, enhanced)} of all attempts."""
        out = {}
        for line in self.maild.log_tail(1 << 20).splitlines():
            if "queue: attempt" in line:
                field = dict(word.split("=", 1) for word in line.split()
                             if "=" in word)
                domain = field["to"].split("@")[1]
                self.assertNotIn(domain, out, "two attempts")
                out[domain] = tuple(field[k] for k in (
                    "result", "code", "enhanced"))
        return out

    def test_what_is_answered(self):
        domains = {"d%d.example" % i: row
                   for i, row in enumerate(FAULTS.items())}
        zone = {}
        for d, (_, (records, _)) in domains.items():
            zone.update(for_domain(d, records))
        names = dns.Dns(zone)
        self.addCleanup(names.close)
        self.serve(names.port)
        self.send(*domains)
        wait_for("all attempts", 60, lambda: len(self.said()) == len(domains))
        said = self.said()
        for d, (what, (_, want)) in domains.items():
            with self.subTest(what):
                self.assertEqual(said[d][:2], want[:2])
                if want is not TAKEN:
                    self.assertEqual(said[d], want)

    def test_silence(self):
        """The servers of a domain may be up again later."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hole:
            hole.bind(("127.0.0.1", 0))
            self.serve(hole.getsockname()[1], "resolver_timeout 1s")
            self.send("d.example")
            wait_for("an attempt", 60, self.said)
        self.assertEqual(self.said(), {"d.example": LATER})


if __name__ == "__main__":
    main()
