# SPDX-License-Identifier: ISC
"""REQUIRETLS and TLS-Required (RFC 8689): servers whose names DNSSEC proves, and
whose certificates TLSA records do; those that an MTA-STS policy names; and a
smarthost."""

import email
import shutil
import tempfile
import unittest

import check_sts
from check_dane import Zones, digest
from maildtest import Maild, free_port, main, wait_for
from postfix import Postfix, needs_root
from sink import Sink, certificate

WITH = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "REQUIRETLS")
WRONG = "3 1 1 " + "00" * 32


class Sender:
    """Of mail by self.maild."""

    def send(self, to="x@signed.example", options=("REQUIRETLS",), sender=None,
             header=""):
        c = self.maild.smtp()
        c.ehlo()
        self.assertTrue(c.has_extn("requiretls"))
        c.sendmail("test@localhost" if sender is None else sender, [to],
                   header + "From: test@localhost\r\nSubject: a secret\r\n\r\n"
                   "in the text\r\n", mail_options=list(options))
        c.quit()

    def report(self):
        """The notification in the sender's mailbox."""
        def found():
            with self.maild.imap() as c:
                if c.select("INBOX")[1] == [b"0"]:
                    return None
                return c.fetch("1", "BODY.PEEK[]")[1][0][1]
        return email.message_from_bytes(wait_for("a report", 30, found))

    def bounces(self, status):
        report = self.report()
        text = report.as_string()
        self.assertIn("Status: " + status, text)
        self.assertIn("Subject: a secret", text)
        self.assertNotIn("in the text", text)


class RequireTls(Sender, unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-requiretls-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.port = free_port()
        self.cert = certificate(self.dir, "whatever.example")

    def serve(self, tlsa=None):
        """Servers of both domains; those records are of the signed one's."""
        records = ("@ MX 10 mx\nmx A 127.0.0.1\n_%d._tcp.mx TLSA %s\n"
                   % (self.port, tlsa or "3 1 1 " + digest(self.cert[0], 1)))
        zones = Zones(self.dir, records, "@ MX 10 mx\nmx A 127.0.0.1\n")
        self.addCleanup(zones.close)
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; "
            "timeout 5s; trust_anchor %s }"
            % (zones.port, self.port, zones.anchor),
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def sink(self, **kw):
        sink = Sink(port=self.port, **kw)
        self.addCleanup(sink.close)
        return sink

    def test_a_good_server(self):
        self.serve()
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send()
        wait_for("a message", 30, lambda: sink.mail)
        self.assertIn("REQUIRETLS", sink.mail[0].sender_args)
        self.assertIsNotNone(sink.mail[0].tls)

    def test_a_server_without_it(self):
        """Whatever RET says, the text stays here."""
        self.serve()
        sink = self.sink(cert=self.cert)
        self.send(options=("REQUIRETLS", "RET=FULL"))
        self.bounces("5.7.30")
        self.assertEqual(sink.mail, [])
        self.send(options=())  # … while other mail goes
        wait_for("a message", 30, lambda: sink.mail)

    def test_an_unproven_server(self):
        self.serve()
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send("x@plain.example", ("REQUIRETLS", "RET=FULL"))
        self.bounces("5.7.10")
        self.assertEqual(sink.mail, [])

    def test_another_certificate(self):
        self.serve(WRONG)
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send()
        self.bounces("5.7.10")
        self.assertEqual(sink.mail, [])

    def test_without_usable_records_an_authority_must_vouch(self):
        self.serve("0 0 1 " + "00" * 32)
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send()
        self.bounces("5.7.10")
        self.assertEqual(sink.mail, [])

    def test_a_server_that_is_away_is_tried_again(self):
        self.serve()
        self.send()
        wait_for("an attempt", 30, lambda: "result=deferred" in
                 self.maild.log_tail(99999))
        sink = self.sink(cert=self.cert, extensions=WITH)
        wait_for("a message", 30, lambda: sink.mail)

    def test_a_notification_goes_all_the_same(self):
        self.serve()
        sink = self.sink(cert=self.cert)
        self.send(sender="")
        wait_for("a message", 30, lambda: sink.mail)
        self.assertNotIn("REQUIRETLS", sink.mail[0].sender_args)

    def test_a_notification_asks_for_it_where_it_can(self):
        self.serve()
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send(sender="")
        wait_for("a message", 30, lambda: sink.mail)
        self.assertIn("REQUIRETLS", sink.mail[0].sender_args)

    def test_tls_required_no(self):
        """Policies of the domain are passed over; ordinary mail waits."""
        self.serve(WRONG)
        sink = self.sink(cert=self.cert)
        self.send(options=())
        wait_for("an attempt", 30, lambda: "enhanced=4.7.5" in
                 self.maild.log_tail(99999))
        self.assertEqual(sink.mail, [])
        self.send(options=(), header="TLS-Required: No\r\n")
        wait_for("a message", 30, lambda: sink.mail)
        self.assertIn(b"TLS-Required: No", sink.mail[0].data)
        self.assertIsNotNone(sink.mail[0].tls)

    def test_tls_required_no_beside_requiretls(self):
        """The parameter goes before the field (section 4.1)."""
        self.serve(WRONG)
        sink = self.sink(cert=self.cert, extensions=WITH)
        self.send(header="TLS-Required: No\r\n")
        self.bounces("5.7.10")
        self.assertEqual(sink.mail, [])


class ByPolicy(Sender, check_sts.Domain):
    """Who vouches for the server is the policy of the domain."""

    def bounced(self, status, sink, **kw):
        self.send("x@example.com", **kw)
        self.bounces(status)
        self.assertEqual(sink.mail, [])

    def test_a_server_as_promised(self):
        self.serve(self.ENFORCE)
        sink = self.good(extensions=WITH)
        self.send("x@example.com")
        wait_for("a message", 30, lambda: sink.mail)
        self.assertIn("REQUIRETLS", sink.mail[0].sender_args)
        self.assertIsNotNone(sink.mail[0].tls)

    def test_a_server_without_it(self):
        self.serve(self.ENFORCE)
        self.bounced("5.7.30", self.good(), options=("REQUIRETLS", "RET=FULL"))

    def test_a_server_that_was_not_promised(self):
        self.serve(check_sts.POLICY % ("enforce", "other.example.com", 86400))
        self.bounced("5.7.10", self.good(extensions=WITH))

    def test_a_certificate_of_nobody(self):
        self.serve(self.ENFORCE)
        self.bounced("5.7.10", self.sink(extensions=WITH, cert=certificate(
            self.dir, "mx.example.com")))


class BySmarthost(Sender, unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-requiretls-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.cert = certificate(self.dir)

    def serve(self, scheme, port):
        self.maild = Maild("-o", "relay { smarthost %s://localhost:%d; ca_file "
                           "%s }" % (scheme, port, self.cert[0]),
                           "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def sink(self, scheme, **kw):
        sink = Sink(extensions=WITH, **kw)
        self.addCleanup(sink.close)
        self.serve(scheme, sink.port)
        return sink

    def test_one_that_has_it(self):
        for scheme, implicit in (("smtp", False), ("smtps", True)):
            with self.subTest(scheme):
                sink = self.sink(scheme, cert=self.cert, implicit=implicit)
                self.send()
                wait_for("a message", 30, lambda: sink.mail)
                self.assertIn("REQUIRETLS", sink.mail[0].sender_args)

    def test_one_without_tls(self):
        sink = self.sink("smtp+insecure")
        self.send()
        self.bounces("5.7.10")
        self.assertEqual(sink.mail, [])

    @needs_root
    def test_postfix_does_not_know_it(self):
        postfix = Postfix({
            "relay_domains": "signed.example", "relayhost": "[127.0.0.1]:1",
            "smtpd_tls_cert_file": self.cert[0],
            "smtpd_tls_key_file": self.cert[1],
            "smtpd_tls_security_level": "encrypt",
        })
        self.addCleanup(postfix.close)
        self.serve("smtp", postfix.port)
        self.send(options=("REQUIRETLS", "RET=FULL"))
        self.bounces("5.7.30")
        self.assertNotIn("from=<test@localhost>", postfix.log())


if __name__ == "__main__":
    main()
