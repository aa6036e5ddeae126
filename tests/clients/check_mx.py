# SPDX-License-Identifier: ISC
"""Mail that goes where the DNS says: preference, fallback, what is permanent.

What zones can say is said by nsd as well."""

import email
import email.policy
import shutil
import tempfile
import threading
import unittest

import dns
from check_dane import Zones
from dns import A, CNAME, MX, a, mx
from maildtest import Maild, free_port, main, message, wait_for
from sink import Hangup, Sink, certificate


class Servers:
    """Tests of what any name server may say."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-mx-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.port = free_port()

    def serve(self, zone, timeout="2s", more=""):
        self.dns = self.name_server(zone)
        self.addCleanup(self.dns.close)
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; "
            "timeout %s; %s }" % (self.dns.port, self.port, timeout, more),
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def sink(self, host="127.0.0.1", **kw):
        sink = Sink(host=host, port=self.port, **kw)
        self.addCleanup(sink.close)
        return sink

    def send(self, to):
        c = self.maild.smtp()
        c.sendmail("test@localhost", [to], message(
            to=to, sender="test@localhost"))
        c.quit()

    def got(self, sink, n=1):
        wait_for("a message", 30, lambda: len(sink.mail) >= n)

    def status(self):
        """Of the notification that comes: action, status, words."""
        def look():
            c = self.maild.imap()
            c.select("INBOX")
            found = None
            if c.search(None, "ALL")[1][0]:
                found = c.fetch("1", "(BODY.PEEK[])")[1][0][1]
            c.logout()
            return found
        m = email.message_from_bytes(wait_for("a notification", 30, look),
                                     policy=email.policy.default)
        fields = m.get_payload()[1].get_payload()[1]
        return fields["Action"], fields["Status"], \
            m.get_payload()[0].get_content()

    def test_preference_and_fallback(self):
        self.serve({("example.com", MX): [mx(20, "b.example.com"),
                                          mx(10, "a.example.com"),
                                          mx(30, "c.example.com")],
                    ("a.example.com", A): [a("127.0.0.2")],
                    ("b.example.com", A): [a("127.0.0.3"), a("127.0.0.4")],
                    ("c.example.com", A): [a("127.0.0.5")]})
        good = self.sink("127.0.0.4")
        other = self.sink("127.0.0.5")
        self.send("x@Example.COM")
        self.got(good)
        self.assertEqual(other.connections, 0)

    def test_without_mx_the_address_of_the_domain(self):
        self.serve({("example.com", A): [a("127.0.0.1")]})
        sink = self.sink()
        self.send("x@example.com")
        self.got(sink)

    def test_by_way_of_a_cname(self):
        self.serve({("alias.example.com", CNAME): [dns.name("real.example.com")],
                    ("real.example.com", MX): [mx(1, "m.example.com")],
                    ("m.example.com", A): [a("127.0.0.1")]})
        sink = self.sink()
        self.send("x@alias.example.com")
        self.got(sink)

    def test_null_mx_is_permanent(self):
        self.serve({("example.com", MX): [mx(0, "")],
                    ("example.com", A): [a("127.0.0.1")]})
        sink = self.sink()
        self.send("x@example.com")
        self.assertEqual(self.status()[:2], ("failed", "5.1.10"))
        self.assertEqual(sink.connections, 0)

    def test_no_such_domain_is_permanent(self):
        self.serve({("example.com", A): [a("127.0.0.1")]})
        self.send("x@nothing.example.com")
        self.assertEqual(self.status()[:2], ("failed", "5.1.2"))

    def test_servers_without_addresses(self):
        self.serve({("example.com", MX): [mx(10, "none.example.com")]})
        self.send("x@example.com")
        self.assertEqual(self.status()[:2], ("failed", "5.4.4"))


class ByNsd(Servers, unittest.TestCase):
    def name_server(self, zone):
        return Zones(self.dir, "", dns.zone_file(zone), "example.com")


class Mx(Servers, unittest.TestCase):
    name_server = staticmethod(dns.Dns)

    def test_a_literal(self):
        self.serve({})
        sink = self.sink()
        self.send("x@[127.0.0.1]")
        self.got(sink)
        self.assertEqual(self.dns.asked, [])

    def test_we_ourselves_are_the_mx(self):
        self.serve({("example.com", MX): [mx(10, "localhost"),
                                          mx(20, "m.example.com")],
                    ("m.example.com", A): [a("127.0.0.1")]})
        sink = self.sink()
        self.send("x@example.com")
        self.assertEqual(self.status()[:2], ("failed", "5.4.6"))
        self.assertEqual(sink.connections, 0)

    def temporary(self, broken):
        """It is tried again until the zone is mended."""
        good = {("example.com", MX): [mx(10, "m.example.com")],
                ("m.example.com", A): [a("127.0.0.1")]}
        self.serve(broken)
        sink = self.sink()
        self.send("x@example.com")
        wait_for("two attempts", 60, lambda: self.maild.log_tail(99999).count(
            "result=deferred") >= 2)
        self.dns.zone = good
        wait_for("a message", 60, lambda: sink.mail)

    def test_servfail_is_temporary(self):
        self.temporary({("example.com", MX): 2})

    def test_a_loop_of_cnames_is_temporary(self):
        self.temporary({("example.com", CNAME): [dns.name("b.example.com")],
                        ("b.example.com", CNAME): [dns.name("example.com")]})

    def test_a_dead_domain_keeps_none_waiting(self):
        zone = {("dead.example", MX): [mx(1, "m.dead.example")],
                ("m.dead.example", A): [a("127.0.0.9")]}
        for i in range(10):
            zone["d%d.example" % i, A] = [a("127.0.0.1")]
        self.serve(zone)
        sink = self.sink()
        for i in range(20):
            self.send("x%d@dead.example" % i)
        for i in range(10):
            self.send("x@d%d.example" % i)
        self.got(sink, 10)
        tries = self.maild.log_tail(99999).count("a server cannot be used")
        self.assertLess(tries, 20)

    def test_those_that_stall_keep_none_waiting(self):
        """They hold their connections while the others are served."""
        dead = ["s%d.example" % i for i in range(12)]
        living = ["d%d.example" % i for i in range(10)]
        go = threading.Event()

        def behave(session, line):
            go.wait(120)
            raise Hangup()
        self.serve(dict([((d, A), [a("127.0.0.9")]) for d in dead] +
                        [((d, A), [a("127.0.0.1")]) for d in living]),
                   "10m", "connections 40")
        stalling = self.sink("127.0.0.9", behave=behave)
        self.addCleanup(go.set)
        sink = self.sink()
        for i in range(4):
            for d in dead:
                self.send("x%d@%s" % (i, d))
        wait_for("stalled connections", 30,
                 lambda: stalling.connections == len(dead))
        for i in range(3):
            for d in living:
                self.send("x%d@%s" % (i, d))
        self.got(sink, 30)
        self.assertEqual(stalling.connections, len(dead))
        self.assertNotIn("cannot be used", self.maild.log_tail(99999))

    # ---- TLS ----

    def test_tls_where_it_is_offered(self):
        self.serve({("example.com", A): [a("127.0.0.1")]})
        sink = self.sink(cert=certificate(self.dir, "whatever.example"))
        self.send("x@example.com")
        self.got(sink)
        self.assertIn("TLS", sink.mail[0].tls)

    def test_broken_tls_is_gone_without(self):
        def behave(session, line):
            if line == "STARTTLS":
                session.say("220 go")
                session.sock.sendall(b"this is no TLS\r\n")
                raise Hangup()
        self.serve({("example.com", A): [a("127.0.0.1")]})
        sink = self.sink(cert=certificate(self.dir), behave=behave)
        self.send("x@example.com")
        self.got(sink)
        self.assertIsNone(sink.mail[0].tls)
        self.assertEqual(sink.connections, 2)
        self.assertNotIn("result=deferred", self.maild.log_tail(99999))


if __name__ == "__main__":
    main()
