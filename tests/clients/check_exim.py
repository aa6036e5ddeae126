# SPDX-License-Identifier: ISC
"""Exim as a server that mail goes to, the second of two, and as the one that
mail comes from: what it announces is used, and no byte changes on the way."""

import email
import email.policy
import re
import smtplib
import unittest

import dns
from exim import Exim, usable
from maildtest import Maild, MaildTest, free_port, main, message, wait_for
from postfix import Greylist, Postfix
from sink import Hangup, Sink

BODY = ("gr\u00fc\u00dfe\r\n.\r\n..x\r\n. \r\n trailing \t\r\nFrom here\r\n" +
        "y" * 990 + "\r\n\r\n\r\n")


class Peers(unittest.TestCase):
    def setUp(self):
        self.sink = Sink(extensions=("PIPELINING", "8BITMIME", "SMTPUTF8",
                                     "DSN"))
        self.addCleanup(self.sink.close)
        self.port = free_port()

    def exim(self, **kw):
        self.exim = Exim(self.sink.port, port=self.port,
                         transport="hosts_avoid_tls = *", **kw)
        self.addCleanup(self.exim.close)

    def serve(self, servers):
        zone = dns.Dns(dict(
            [(("example.com", dns.MX), [dns.mx(10 + i, "mx%d.example.com" % i)
                                        for i in range(len(servers))])] +
            [(("mx%d.example.com" % i, dns.A), [dns.a(address)])
             for i, address in enumerate(servers)]))
        self.addCleanup(zone.close)
        self.maild = Maild(
            "-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d }" % (
                zone.port, self.port),
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def send(self, to="x@example.com", mail=(), rcpt=(), body=BODY):
        text = message(to=to, sender="test@localhost", body=body)
        c = self.maild.smtp()
        c.ehlo()
        c.sendmail("test@localhost", [to], text, mail, rcpt)
        c.quit()
        return text

    def comes_once(self, text):
        wait_for("a message", 60, lambda: self.sink.mail)
        wait_for("an empty queue", 60, lambda: not self.maild.mailctl(
            "queue", "list").stdout)
        self.assertEqual(len(self.sink.mail), 1)
        self.assertTrue(self.sink.mail[0].data.endswith(text))


@usable
class ToExim(Peers):
    def test_the_first_server_is_down(self):
        self.exim(host="127.0.0.2")
        self.serve(["127.0.0.1", "127.0.0.2"])
        self.comes_once(self.send())

    def test_the_first_server_takes_nobody(self):
        def behave(session, line):
            session.say("421 4.3.2 not now")
            raise Hangup()
        first = Sink(port=self.port, behave=behave)
        self.addCleanup(first.close)
        self.exim(host="127.0.0.2")
        self.serve(["127.0.0.1", "127.0.0.2"])
        self.comes_once(self.send())
        self.assertGreater(first.connections, 0)

    def test_the_first_server_greylists(self):
        """It knows the mail when it comes again; the second need not."""
        first = Postfix({
            "relay_domains": "example.com",
            "relayhost": "[127.0.0.1]:%d" % self.sink.port,
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "check_policy_service "
            "inet:127.0.0.1:%d" % Greylist().port,
        }, port=self.port)
        self.addCleanup(first.close)
        self.exim(host="127.0.0.2")
        self.serve(["127.0.0.1", "127.0.0.2"])
        self.comes_once(self.send())
        first.says(" 450 4.7.1 ")
        self.assertNotIn("SMTP connection", self.exim.log())

    def test_all_that_it_announces(self):
        self.exim()
        self.serve(["127.0.0.1"])
        self.comes_once(self.send(
            "\u00fc@example.com", ["SMTPUTF8", "BODY=8BITMIME", "RET=HDRS",
                                   "ENVID=e+2B1"],
            ["NOTIFY=FAILURE,DELAY", "ORCPT=utf-8;\u00fc@example.com"]))
        # TLS, SMTPUTF8, L: PIPELINING, K: CHUNKING, M8S: BODY.
        self.assertRegex(self.exim.log(), r"<= test@localhost .* P=utf8esmtps "
                         r"L\. X=TLS1\.3:.* K S=\d+ M8S=8 ")
        mail = self.sink.mail[0]
        self.assertEqual(mail.sender_args, "SMTPUTF8 RET=HDRS ENVID=e+2B1")
        self.assertEqual(mail.rcpt, ["<\u00fc@example.com> NOTIFY=FAILURE,DELAY "
                                     "ORCPT=utf-8;\u00fc@example.com"])

    def test_what_it_refuses(self):
        """In several lines, without an enhanced code."""
        self.exim(rcpt="deny message = go away\\nand stay there")
        self.serve(["127.0.0.1"])
        self.send()

        def look():
            with self.maild.imap() as c:
                if c.select("INBOX")[1] == [b"0"]:
                    return None
                return c.fetch("1", "(BODY.PEEK[])")[1][0][1]
        m = email.message_from_bytes(wait_for("a notification", 60, look),
                                     policy=email.policy.default)
        fields = m.get_payload()[1].get_payload()[1]
        self.assertEqual(fields["Action"], "failed")
        self.assertEqual(fields["Status"], "5.0.0")
        self.assertEqual(fields["Remote-MTA"], "dns; mx0.example.com")
        self.assertEqual(fields["Diagnostic-Code"],
                         "smtp; 550 go away / and stay there")


@usable
class FromExim(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@")

    def test_mail_comes_in(self):
        exim = Exim(self.maild.port("smtp"))
        self.addCleanup(exim.close)
        texts = [message(body="%d\r\n%s" % (i, BODY)) for i in range(10)]
        with smtplib.SMTP("127.0.0.1", exim.port) as c:
            c.ehlo()
            for text in texts:
                c.sendmail("\u00e4@example.org",
                           ["test@localhost", "user1@localhost",
                            "nobody@localhost"], text,
                           ["SMTPUTF8", "BODY=8BITMIME"])
        for user in ("test", "user1"):
            mail = wait_for("10 messages", 60, lambda: [
                m for m in [self.fetch_all(user)] if len(m) >= 10])[0].values()
            self.assertEqual(len(mail), 10)
            for text in texts:
                self.assertEqual(sum(m.endswith(text) for m in mail), 1)
            for m in mail:
                self.assertIn(b" with UTF8SMTPS id ", m)
        # It has pipelined, and sent the text in chunks.
        wait_for("it in the log", 60, lambda: re.search(
            r" -> user1@localhost .* L K C=\"250 2", exim.log()))
        wait_for("10 refusals", 60, lambda: exim.log().count(
            "550 5.1.1 No such user here: <nobody@localhost>") == 10)


if __name__ == "__main__":
    main()
