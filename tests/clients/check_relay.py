# SPDX-License-Identifier: ISC
"""Mail that leaves by a smarthost: TLS, login, retries, notifications."""

import email
import email.policy
import os
import shutil
import smtplib
import tempfile
import time
import unittest

from maildtest import Maild, main, message, wait_for
from sink import Hangup, Sink, certificate

RETRY = "queue { retry 1s 1s 2s }"


class Relay(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-relay-")
        self.addCleanup(shutil.rmtree, self.dir)

    def serve(self, url, *settings):
        args = ["-o", "relay { smarthost %s; resolver 127.0.0.1@1 }" % url,
                "-o", RETRY]
        for s in settings:
            args += ["-o", s]
        self.maild = Maild(*args)
        self.addCleanup(self.maild.stop)
        return self.maild

    def sink(self, **kw):
        sink = Sink(**kw)
        self.addCleanup(sink.close)
        return sink

    def clear(self, **kw):
        """A sink without TLS, and a server that relays to it."""
        sink = self.sink(**kw)
        self.serve("smtp+insecure://127.0.0.1:%d" % sink.port)
        return sink

    def send(self, to, subject="Hello", mail=(), rcpt=(), **kw):
        to = [to] if isinstance(to, str) else to
        c = self.maild.smtp()
        c.ehlo()
        refused = c.sendmail("test@localhost", to, message(
            subject, to[0], "test@localhost", **kw), mail, rcpt)
        c.quit()
        self.assertEqual(refused, {})

    def got(self, sink, n=1, seconds=20):
        wait_for("%d messages" % n, seconds, lambda: len(sink.mail) >= n)
        return sink.mail

    def inbox(self, user="test"):
        c = self.maild.imap(user)
        c.select("INBOX")
        data = c.fetch("1:*", "(BODY.PEEK[])")[1] if c.search(
            None, "ALL")[1][0] else []
        c.logout()
        return [email.message_from_bytes(d[1], policy=email.policy.default)
                for d in data if isinstance(d, tuple)]

    def report(self, n=1):
        """The notification that comes, its parts checked: fields by
        recipient."""
        found = wait_for("a notification", 30,
                         lambda: self.inbox() if len(self.inbox()) >= n
                         else None)
        m = found[-1]
        self.assertEqual(m.get_content_type(), "multipart/report")
        self.assertEqual(m.get_param("report-type"), "delivery-status")
        self.assertEqual(m["Return-Path"], "<>")
        self.assertEqual(m["Auto-Submitted"], "auto-replied")
        words, status, original = m.get_payload()
        self.assertEqual(words.get_content_type(), "text/plain")
        self.assertEqual(status.get_content_type(), "message/delivery-status")
        self.assertEqual(m.defects, [])
        fields = status.get_payload()
        self.assertEqual(fields[0]["Reporting-MTA"], "dns; localhost")
        return m, fields

    # ---- the way there ----

    def test_a_message_and_what_it_looks_like_there(self):
        sink = self.clear()
        self.send("a@example.com", body="one\r\n.two\r\n..three\r\n")
        mail = self.got(sink)[0]
        self.assertEqual(mail.sender, "test@localhost")
        self.assertEqual(mail.rcpt, ["<a@example.com>"])
        self.assertTrue(mail.data.endswith(b"one\r\n.two\r\n..three\r\n"))
        self.assertTrue(mail.data.startswith(b"Received: "))
        self.assertNotIn(b"Return-Path", mail.data)

    def test_here_and_there_in_one_message(self):
        sink = self.clear()
        self.send(["a@example.com", "user1@localhost", "b@example.com",
                   "c@example.net"])
        mail = self.got(sink, 2)
        self.assertEqual(sorted(len(m.rcpt) for m in mail), [1, 2])
        self.assertEqual(len(self.inbox("user1")), 1)

    def test_implicit_tls_and_login(self):
        cert = certificate(self.dir)
        sink = self.sink(cert=cert, implicit=True, login=("me", "secret"))
        with open(os.path.join(self.dir, "pw"), "w") as f:
            f.write("secret\n")
        self.serve("smtps://localhost:%d" % sink.port,
                   "relay { ca_file %s; user me; password_file %s/pw }" % (
                       cert[0], self.dir))
        self.send("a@example.com")
        mail = self.got(sink)[0]
        self.assertEqual(mail.user, "me")
        self.assertIn("TLS", mail.tls)

    def test_starttls(self):
        cert = certificate(self.dir)
        sink = self.sink(cert=cert)
        self.serve("smtp://localhost:%d" % sink.port,
                   "relay { ca_file %s }" % cert[0])
        self.send("a@example.com")
        self.assertIn("TLS", self.got(sink)[0].tls)

    def test_an_unknown_authority_gets_nothing(self):
        sink = self.sink(cert=certificate(self.dir))
        self.serve("smtp://localhost:%d" % sink.port)
        self.send("a@example.com")
        wait_for("two attempts", 20, lambda: sink.connections >= 2)
        self.assertEqual(sink.mail, [])
        self.assertIn("its certificate is not good", self.maild.log_tail())

    def test_another_name_gets_nothing(self):
        cert = certificate(self.dir, "other.example")
        sink = self.sink(cert=cert)
        self.serve("smtp://localhost:%d" % sink.port,
                   "relay { ca_file %s }" % cert[0])
        self.send("a@example.com")
        wait_for("two attempts", 20, lambda: sink.connections >= 2)
        self.assertEqual(sink.mail, [])
        self.assertIn("hostname mismatch", self.maild.log_tail())

    def test_no_starttls_gets_nothing(self):
        sink = self.sink()
        self.serve("smtp://localhost:%d" % sink.port)
        self.send("a@example.com")
        wait_for("two attempts", 20, lambda: sink.connections >= 2)
        self.assertEqual(sink.mail, [])

    def test_one_connection_carries_many(self):
        sink = self.sink()
        self.serve("smtp+insecure://127.0.0.1:%d" % sink.port,
                   "relay { connections_per_destination 1 }")
        for i in range(20):
            self.send("a%d@example.com" % i)
        self.got(sink, 20)
        self.assertEqual(sink.connections, 1)

    def test_a_connection_that_was_closed_meanwhile(self):
        sink = self.clear()
        self.send("a@example.com")
        self.got(sink)

        def behave(session, line):
            if line.startswith("MAIL") and session is old[0]:
                session.say("421 4.4.2 you were too slow")
                raise Hangup()
        old = []

        def remember(session, line):
            if not old:
                old.append(session)
            return behave(session, line)
        sink.behave = remember
        self.send("b@example.com")
        self.got(sink, 2)
        self.assertEqual(sink.connections, 2)

    # ---- what does not come at once ----

    def test_greylisted(self):
        seen = set()

        def behave(session, line):
            if line.startswith("RCPT") and line not in seen:
                seen.add(line)
                session.say("450 4.7.1 come back later")
                return True
        sink = self.clear(behave=behave)
        self.send(["a@example.com", "b@example.com"])
        mail = self.got(sink)
        self.assertEqual(mail[0].rcpt, ["<a@example.com>", "<b@example.com>"])
        self.assertEqual(self.inbox(), [])

    def test_success_is_left_to_a_server_that_will(self):
        sink = self.clear(extensions=("DSN", "PIPELINING"))
        self.send("a@example.com", mail=["ENVID=e1", "RET=FULL"],
                  rcpt=["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;x@example.com"])
        mail = self.got(sink)[0]
        self.assertEqual(mail.sender_args, "RET=FULL ENVID=e1")
        self.assertEqual(mail.rcpt, [
            "<a@example.com> NOTIFY=SUCCESS,DELAY "
            "ORCPT=rfc822;x@example.com"])
        time.sleep(1)
        self.assertEqual(self.inbox(), [])

    def test_it_is_late_and_then_too_late(self):
        sink = self.sink()
        sink.close()
        self.serve("smtp+insecure://127.0.0.1:%d" % sink.port,
                   "queue { lifetime 10s; warn_after 2s }")
        self.send("a@example.com")
        m, fields = self.report()
        self.assertEqual(fields[1]["Action"], "delayed")
        self.assertEqual(fields[1]["Status"][0], "4")
        self.assertIsNotNone(fields[1]["Will-Retry-Until"])
        m, fields = self.report(2)
        self.assertEqual(fields[1]["Action"], "failed")
        self.assertEqual(len(self.inbox()), 2)

    def test_a_notification_is_not_answered(self):
        def behave(session, line):
            if line.startswith("RCPT"):
                refused.append(line)
                session.say("550 5.1.1 who?")
                return True
        refused = []
        self.clear(behave=behave)
        c = self.maild.smtp()
        c.sendmail("", ["a@example.com"], message(sender="test@localhost"))
        c.quit()
        wait_for("an attempt", 20, lambda: refused)
        time.sleep(1)
        self.assertEqual(self.inbox(), [])

    # ---- faults of our own ----

    def test_outbound_dies_amid_a_message(self):
        def behave(session, line):
            if line == "." and not killed:
                killed.append(True)
                self.maild.kill_role("maild-outbound")
                raise Hangup()
        killed = []
        sink = self.clear(behave=behave)
        self.send("a@example.com")
        self.got(sink, seconds=30)
        self.assertEqual(len(sink.mail), 1)

    def test_a_full_disk_takes_nothing_and_goes_on_delivering(self):
        def behave(session, line):
            if line.startswith("RCPT"):
                session.say("450 4.7.1 later")
                return True
        sink = self.sink(behave=behave)
        settings = ["-o", "relay { smarthost smtp+insecure://127.0.0.1:%d }" %
                    sink.port, "-o", RETRY]
        keep = os.path.join(self.dir, "state")
        os.mkdir(keep)
        self.maild = Maild(*settings, keep=keep)
        self.send("a@example.com")
        self.maild.stop()
        self.maild = Maild(*settings, "-o", "limits { free_reserve 1T }",
                           keep=keep)
        self.addCleanup(self.maild.stop)
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.send("b@example.com")
        self.assertEqual(refused.exception.smtp_code, 452)
        sink.behave = None
        self.got(sink)
        time.sleep(1)
        self.assertEqual(len(sink.mail), 1)

    # ---- what a server may not need to take ----

    def test_8bit_is_refused_not_mangled(self):
        self.clear(extensions=("PIPELINING",))
        self.send("a@example.com", body="gr\u00fc\u00dfe\r\n")
        fields = self.report()[1]
        self.assertEqual(fields[1]["Status"], "5.6.3")

    BINARY = (b"From: test@localhost\r\nMIME-Version: 1.0\r\n"
              b"Content-Transfer-Encoding: binary\r\n\r\n"
              b"a\0b\nc\rd\r\n.\r\n\xff" + b"x" * 40000)

    def submit_binary(self, ret="HDRS"):
        c = self.maild.smtp()
        c.ehlo()
        for cmd in ("MAIL FROM:<test@localhost> BODY=BINARYMIME RET=" + ret,
                    "RCPT TO:<a@example.com>"):
            self.assertEqual(c.docmd(cmd)[0], 250)
        for at in range(0, len(self.BINARY), 10000):
            piece = self.BINARY[at:at + 10000]
            last = at + 10000 >= len(self.BINARY)
            c.send(b"BDAT %d%s\r\n" % (len(piece), b" LAST" if last else b"")
                   + piece)
            self.assertEqual(c.getreply()[0], 250)
        c.quit()

    def test_binary_is_relayed_as_it_is(self):
        sink = self.clear(extensions=("8BITMIME", "CHUNKING", "BINARYMIME"))
        self.submit_binary()
        mail = self.got(sink)[0]
        self.assertEqual(mail.sender_args, "BODY=BINARYMIME bdat")
        self.assertTrue(mail.data.endswith(self.BINARY))

    def test_binary_is_refused_not_mangled(self):
        for extensions in (("8BITMIME", "CHUNKING"),
                           ("8BITMIME", "BINARYMIME")):
            with self.subTest(extensions=extensions):
                sink = self.clear(extensions=extensions)
                self.submit_binary("FULL")
                m, fields = self.report()
                self.assertEqual(fields[1]["Status"], "5.6.3")
                self.assertEqual(m.get_payload()[2].get_content_type(),
                                 "text/rfc822-headers")
                self.assertEqual(sink.mail, [])

    def test_bdat_where_it_is_offered(self):
        sink = self.clear(extensions=("PIPELINING", "8BITMIME", "CHUNKING"))
        self.send(["a@example.com", "b@example.com"],
                  body=".\r\n..dots\r\n" * 5000)
        self.send("c@example.com", body="again\r\n")
        mail = self.got(sink, 2)
        self.assertEqual([m.sender_args.split() for m in mail],
                         [["bdat"]] * 2)
        self.assertIn(True, [m.data.endswith(b".\r\n..dots\r\n" * 5000)
                             for m in mail])

    def test_utf8_where_it_is_not_taken(self):
        self.clear()
        c = self.maild.smtp()
        c.ehlo()
        c.sendmail("test@localhost", ["\u00e4@example.com"], message(
            sender="test@localhost"), ["SMTPUTF8"])
        c.quit()
        found = wait_for("a notification", 20, self.inbox)[0]
        self.assertEqual(found.get_param("report-type"),
                         "global-delivery-status")
        status = found.get_payload()[1]
        self.assertEqual(status.get_content_type(),
                         "message/global-delivery-status")
        self.assertIn("utf-8; \u00e4@example.com".encode(),
                      found.as_bytes())

    # ---- servers that misbehave: one attempt, one deadline ----

    def attempts(self, behave, seconds=30):
        """How many connections three attempts take; then it is let through."""
        sink = self.sink(behave=behave)
        self.serve("smtp+insecure://127.0.0.1:%d" % sink.port,
                   "relay { timeout 1s }")
        self.send("a@example.com")
        wait_for("two connections", seconds, lambda: sink.connections >= 2)
        self.assertEqual(sink.mail, [])
        sink.behave = None
        self.got(sink, seconds=seconds)
        self.assertEqual(len(sink.mail), 1)

    def test_stalls_at_the_greeting(self):
        self.attempts(lambda s, line: time.sleep(6) or False)

    def test_garbage(self):
        def behave(session, line):
            session.sock.sendall(os.urandom(4096) + b"\r\n")
            return True
        self.attempts(behave)

    def test_endless_reply(self):
        def behave(session, line):
            if line.startswith("EHLO"):
                while True:
                    session.say("250-and another")
        self.attempts(behave)

    def test_a_line_of_100_kilobytes(self):
        def behave(session, line):
            if line.startswith("EHLO"):
                session.say("250 " + "x" * 100000)
                return True
        self.attempts(behave)

    def test_closes_amid_data(self):
        def behave(session, line):
            if line.startswith("DATA"):
                session.say("354 go")
                raise Hangup()
        self.attempts(behave)

    def test_closes_after_the_dot(self):
        def behave(session, line):
            if line == ".":
                raise Hangup()
        self.attempts(behave)


if __name__ == "__main__":
    main()
