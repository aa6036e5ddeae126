# SPDX-License-Identifier: ISC
"""Postfix as the server that mail goes to, as a smarthost with a login and as
the MX of a domain, greylisting at first and passing on to a counting server; and
as the one that mail comes from."""

import shutil
import smtplib
import tempfile
import unittest

import dns
from maildtest import PASSWORD, Maild, MaildTest, main, message, wait_for
from postfix import Accounts, Greylist, Postfix, needs_root
from sink import Sink, certificate


@needs_root
class ToPostfix(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-postfix-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.cert, self.key = certificate(self.dir)

    def peer(self, level="encrypt", **settings):
        self.postfix = Postfix(dict({
            "relay_domains": "example.com",
            "relayhost": "[127.0.0.1]:%d" % self.sink.port,
            "smtpd_tls_cert_file": self.cert, "smtpd_tls_key_file": self.key,
            "smtpd_tls_security_level": level,
            "smtpd_relay_restrictions": "reject_unauth_destination",
        }, **settings))
        self.addCleanup(self.postfix.close)

    def greylist(self):
        return {"smtpd_recipient_restrictions": "check_policy_service "
                "inet:127.0.0.1:%d" % Greylist().port}

    def serve(self, relay):
        self.maild = Maild("-o", "relay { %s }" % relay,
                           "-o", "queue { retry 1s 2s }")
        self.addCleanup(self.maild.stop)

    def send(self, *to, body="Hi there.\r\n"):
        c = self.maild.smtp()
        c.ehlo()
        c.sendmail("test@localhost", to, message(
            to=to[0], sender="test@localhost", body=body), ["ENVID=e1"])
        c.quit()

    def recipients(self):
        return sorted(r.split(">")[0].strip("<") for m in self.sink.mail
                      for r in m.rcpt)

    def queue_empties(self):
        wait_for("an empty queue", 60, lambda: self.postfix.empty() and
                 not self.maild.mailctl("queue", "list").stdout)

    def bounced(self):
        c = self.maild.imap()
        c.select("INBOX")
        found = c.search(None, "SUBJECT", "Undelivered")[1][0].split()
        c.logout()
        return found

    def test_greylisted_and_then_passed_on(self):
        self.peer(**self.greylist())
        self.serve("smarthost smtp://localhost:%d; ca_file %s" % (
            self.postfix.port, self.cert))
        to = ["%s%d@example.com" % (x, i) for x in "ab" for i in range(20)]
        for i in range(20):
            self.send(to[i], to[i + 20], body="gr\u00fc\u00dfe\r\n.\r\n")
        self.send("a@example.net")
        wait_for("20 messages", 60, lambda: len(self.recipients()) >= 40)
        self.assertIn("gr\u00fc\u00dfe\r\n.\r\n".encode(),
                      self.sink.mail[0].data)
        # Postfix relays to example.com only.
        self.assertEqual(len(wait_for("a notification", 30, self.bounced)), 1)
        self.queue_empties()
        self.assertEqual(self.recipients(), sorted(to))

    def test_an_mx_that_greylists(self):
        zone = dns.Dns({("example.com", dns.MX): [dns.mx(5, "mx.example.com")],
                        ("mx.example.com", dns.A): [dns.a("127.0.0.1")]})
        self.addCleanup(zone.close)
        self.peer("may", **self.greylist())
        self.serve("mx yes; resolver 127.0.0.1@%d; mx_port %d" % (
            zone.port, self.postfix.port))
        to = ["a%d@example.com" % i for i in range(10)]
        for i in range(0, 10, 2):
            self.send(*to[i:i + 2])
        wait_for("each recipient", 60, lambda: len(self.recipients()) >= 10)
        self.queue_empties()
        self.assertEqual(self.recipients(), to)
        log = self.postfix.log()
        self.assertEqual(log.count(" 450 4.7.1 "), 10)
        self.assertEqual(self.bounced(), [])
        for m in self.sink.mail:
            self.assertIn(b" with ESMTPS id ", m.data)

    # ---- a smarthost with a login ----

    def login(self, password):
        accounts = Accounts()
        self.addCleanup(accounts.close)
        self.peer(smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                  smtpd_sasl_path="inet:127.0.0.1:%d" % accounts.port,
                  smtpd_tls_auth_only="yes",
                  smtpd_sasl_authenticated_header="yes",
                  smtpd_relay_restrictions="permit_sasl_authenticated, reject")
        with open(self.dir + "/password", "w") as f:
            f.write(password + "\n")
        self.serve("smarthost smtp://localhost:%d; ca_file %s; user user0; "
                   "password_file %s/password" % (
                       self.postfix.port, self.cert, self.dir))
        self.send("x@far.example")

    def test_a_login(self):
        self.login(PASSWORD)
        wait_for("a message", 60, lambda: self.sink.mail)
        self.assertIn(b"(Authenticated sender: user0)", self.sink.mail[0].data)
        self.assertEqual(self.recipients(), ["x@far.example"])

    def test_a_wrong_password_is_a_matter_of_ours(self):
        """Mail waits until it is set right."""
        self.login("wrong")
        self.postfix.says("SASL PLAIN authentication failed")
        wait_for("an attempt", 60, lambda: "result=deferred" in
                 self.maild.log_tail(99999))
        self.assertEqual(self.bounced(), [])
        self.assertEqual(self.sink.mail, [])


@needs_root
class FromPostfix(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@")

    def test_mail_comes_in(self):
        postfix = Postfix({
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[127.0.0.1]:%d" % self.maild.port("smtp"),
            "smtp_tls_security_level": "encrypt",
            "smtputf8_autodetect_classes": "all",
        })
        self.addCleanup(postfix.close)
        texts = [message(body="%d gr\u00fc\u00dfe\r\n.\r\n..x\r\n" % i)
                 for i in range(30)]
        with smtplib.SMTP("127.0.0.1", postfix.port) as c:
            for text in texts:
                c.sendmail("a@example.org", ["test@localhost",
                                             "user1@localhost"], text)
            c.sendmail("a@example.org", ["nobody@localhost"], texts[0])

        def arrived():
            found = [list(self.fetch_all(u).values())
                     for u in ("test", "user1")]
            return found if all(len(f) >= 30 for f in found) else None
        for mail in wait_for("30 messages each", 60, arrived):
            self.assertEqual(len(mail), 30)
            for text in texts:
                self.assertEqual(
                    sum(body.endswith(text) for body in mail), 1)
            self.assertIn(b" with ESMTPS id ", mail[0])
        postfix.says("550 5.1.1 No such user here")


@needs_root
class Greylisted(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o",
                  "inbound { greylist yes; greylist_delay 2s }")

    def test_postfix_comes_again(self):
        postfix = Postfix({
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[127.0.0.1]:%d" % self.maild.port("smtp"),
            "queue_run_delay": "1s", "minimal_backoff_time": "1s",
            "maximal_backoff_time": "3s",
        })
        self.addCleanup(postfix.close)
        texts = [message(body="%d\r\n" % i) for i in range(3)]
        with smtplib.SMTP("127.0.0.1", postfix.port) as c:
            for i, text in enumerate(texts):
                c.sendmail("a%d@example.org" % i, ["test@localhost"], text)
        wait_for("all of them", 60,
                 lambda: len(self.fetch_all()) == len(texts))
        self.assertIn("451 4.7.1 Not known yet", postfix.log())


if __name__ == "__main__":
    main()
