# SPDX-License-Identifier: ISC
"""Clients that a list in the DNS names get nothing in: a small server of names
for what can go wrong, and nsd."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

import dns
from check_inbound import Raw
from maildtest import Maild, free_port, main, message, wait_for

BAD, BAD6 = "192.0.2.99", "2001:db8::99"
GOOD, GOOD6 = "192.0.2.1", "2001:db8::1"
BAD6_NAME = ("9.9." + "0." * 22 + "8.b.d.0.1.0.0.2.")


class As(Raw):
    """A client from elsewhere, as a proxy says."""

    def __init__(self, maild, address, hello="EHLO client.example"):
        self.sock = socket.create_connection(
            ("127.0.0.1", maild.port("smtp")), 30)
        self.file = self.sock.makefile("rb")
        self.write("PROXY TCP%s %s %s 1000 25\r\n" % (
            "6" if ":" in address else "4", address,
            "::1" if ":" in address else "127.0.0.1"))
        self.greeting = self.reply()
        self.say(hello)


class Lists(unittest.TestCase):
    def serve(self, port, zones, more=""):
        self.maild = Maild(
            "-o", "listen smtp localhost:@smtp@", "-o",
            "proxy { trusted 127.0.0.0/8 }", "-o",
            'inbound { tarpit 0s; dnsbl "%s"; %s }' % (zones, more), "-o",
            "relay { resolver 127.0.0.1@%d }" % port)
        self.addCleanup(self.maild.stop)

    def fake(self, zone, zones="bl.example", more=""):
        server = dns.Dns(zone)
        self.addCleanup(server.close)
        self.serve(server.port, zones, more)
        return server

    def ask(self, address):
        with As(self.maild, address) as c:
            return c.say("MAIL FROM:<a@example.org>")

    def test_who_is_listed(self):
        name = "99.2.0.192.bl.example"
        server = self.fake({
            (name, dns.A): [dns.a("127.0.0.2")],
            (name, dns.TXT): [dns.txt("See http://bl.example/?\r\n", "99")],
            (BAD6_NAME + "bl.example", dns.A): [dns.a("127.0.0.4")]})
        self.assertEqual(self.ask(BAD), "550 5.7.1 Refused, as your address "
                         "is listed by bl.example: See http://bl.example/"
                         "???99\r\n")
        self.assertEqual(self.ask(BAD6), "550 5.7.1 Refused, as your address "
                         "is listed by bl.example\r\n")
        for good in (GOOD, GOOD6):
            self.assertEqual(self.ask(good)[:9], "250 2.1.0")
        with As(self.maild, GOOD) as c:
            c.begin()
            c.sock.sendall(message() + b".\r\n")
            self.assertEqual(c.reply()[:3], "250")
            server.asked.clear()
            c.begin()
        self.assertEqual(server.asked, [])
        with self.maild.lmtp() as c:
            c.sendmail("a@example.org", ["test@localhost"], message())

    def test_refused_each_time(self):
        self.fake({("99.2.0.192.bl.example", dns.A): [dns.a("127.0.0.2")]})
        with As(self.maild, BAD) as c:
            c.write("MAIL FROM:<a@example.org>\r\nRCPT TO:<test@localhost>\r\n"
                    "DATA\r\nMAIL FROM:<b@example.org>\r\nNOOP\r\n")
            self.assertEqual([c.reply()[:9] for _ in range(3)],
                             ["550 5.7.1", "503 5.5.1", "503 5.5.1"])
            self.assertEqual([c.reply()[:9] for _ in range(2)],
                             ["550 5.7.1", "250 2.0.0"])

    def test_what_is_no_listing(self):
        self.fake({
            ("99.2.0.192.a.example", dns.A): [dns.a("192.0.2.7")],
            ("99.2.0.192.b.example", dns.A): [dns.a("127.255.255.254")],
            ("99.2.0.192.c.example", dns.A): 2,
            ("99.2.0.192.d.example", dns.TXT): [dns.txt("x")]},
            "a.example b.example c.example d.example", "dnsbl_timeout 2s")
        self.assertEqual(self.ask(BAD)[:9], "250 2.1.0")

    def test_one_list_is_enough(self):
        self.fake({("99.2.0.192.a.example", dns.A): None,
                   ("99.2.0.192.b.example", dns.A): [dns.a("127.0.0.2")],
                   ("99.2.0.192.b.example", dns.TXT): None},
                  "a.example b.example", "dnsbl_timeout 2s")
        self.assertEqual(self.ask(BAD), "550 5.7.1 Refused, as your address "
                         "is listed by b.example\r\n")

    def test_a_list_that_says_nothing(self):
        self.fake({("99.2.0.192.a.example", dns.A): None}, "a.example",
                  "dnsbl_timeout 1s")
        self.assertEqual(self.ask(BAD)[:9], "250 2.1.0")

    def test_who_is_trusted(self):
        server = self.fake(
            {("99.2.0.192.bl.example", dns.A): [dns.a("127.0.0.2")]},
            more="trusted 192.0.2.96/28")
        self.assertEqual(self.ask(BAD)[:9], "250 2.1.0")
        self.assertEqual(server.asked, [])

    def test_client_leaves_meanwhile(self):
        server = self.fake({("99.2.0.192.bl.example", dns.A): None},
                           more="dnsbl_timeout 1s")
        with As(self.maild, BAD) as c:
            c.write("MAIL FROM:<a@example.org>\r\n")
            wait_for("it asks", 30, lambda: server.asked)
        self.assertEqual(self.ask(GOOD)[:9], "250 2.1.0")

    def test_421_at_shutdown(self):
        server = self.fake({("99.2.0.192.bl.example", dns.A): None},
                           more="dnsbl_timeout 30s")
        with As(self.maild, BAD) as c:
            c.write("MAIL FROM:<a@example.org>\r\n")
            wait_for("it asks", 30, lambda: server.asked)
            self.maild.stop()
            self.assertEqual(c.reply()[:9], "421 4.3.2")

    def test_bad_settings(self):
        for zones in ("a..b", "a_b.example/x", " ".join(["x.example"] * 9)):
            with self.assertRaises(RuntimeError):
                Maild("-o", 'inbound { dnsbl "%s" }' % zones)

    @unittest.skipUnless(shutil.which("nsd"), "nsd is not installed")
    def test_nsd(self):
        folder = tempfile.mkdtemp(prefix="maild-dnsbl-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        port = free_port()
        with open(os.path.join(folder, "zone"), "w") as f:
            f.write("$ORIGIN bl.example.\n$TTL 60\n"
                    "@ SOA ns.bl.example. x.bl.example. 1 60 60 60 60\n"
                    "@ NS ns.bl.example.\nns A 127.0.0.1\n"
                    "99.2.0.192 A 127.0.0.2\n"
                    "99.2.0.192 TXT \"It sent spam\"\n"
                    "%s A 127.0.0.2\n" % BAD6_NAME.rstrip("."))
        conf = os.path.join(folder, "nsd.conf")
        with open(conf, "w") as f:
            f.write("server:\n ip-address: 127.0.0.1@%d\n username: \"\"\n"
                    " chroot: \"\"\n zonesdir: %s\n database: \"\"\n"
                    " pidfile: %s/pid\n xfrdfile: %s/xfrd\n"
                    " zonelistfile: %s/list\n xfrdir: %s\n"
                    "remote-control:\n control-enable: no\n"
                    "zone:\n name: bl.example\n zonefile: zone\n" % (
                        port, folder, folder, folder, folder, folder))
        nsd = subprocess.Popen(["nsd", "-d", "-c", conf],
                               stderr=subprocess.DEVNULL)
        self.addCleanup(nsd.wait, 30)
        self.addCleanup(nsd.terminate)
        self.serve(port, "bl.example")
        wait_for("nsd tells", 30, lambda: self.ask(BAD)[:3] == "550")
        self.assertIn("bl.example: It sent spam", self.ask(BAD))
        self.assertEqual(self.ask(BAD6)[:9], "550 5.7.1")
        for good in (GOOD, GOOD6):
            self.assertEqual(self.ask(good)[:9], "250 2.1.0")


if __name__ == "__main__":
    main()
