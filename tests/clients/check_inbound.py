# SPDX-License-Identifier: ISC
"""Mail from the world: what a server on port 25 is asked, and what it must
never do."""

import re
import smtplib
import socket
import ssl
import subprocess
import threading
import time
import unittest

from maildtest import Maild, MaildTest, main, message, wait_for
from sink import Sink

LISTEN = ("-o", "listen smtp localhost:@smtp@", "-o", "inbound { tarpit 0s }")


class Raw:
    """A client that says what it is told to."""

    def __init__(self, maild, hello="EHLO client.example"):
        self.sock = socket.create_connection(
            ("127.0.0.1", maild.port("smtp")), 30)
        self.file = self.sock.makefile("rb")
        self.greeting = self.reply()
        if hello:
            self.say(hello)

    def write(self, text):
        self.sock.sendall(text.encode("utf-8"))

    def reply(self):
        """All lines of one reply; "" once the server has closed."""
        text = ""
        while True:
            line = self.file.readline().decode("utf-8")
            text += line
            if line[3:4] != "-":
                return text

    def say(self, line):
        self.write(line + "\r\n")
        return self.reply()

    def starttls(self):
        assert self.say("STARTTLS").startswith("220")
        context = ssl._create_unverified_context()
        self.sock = context.wrap_socket(self.sock)
        self.file = self.sock.makefile("rb")

    def begin(self, to="test@localhost", sender="a@example.org"):
        assert self.say("MAIL FROM:<%s>" % sender)[:3] == "250"
        assert self.say("RCPT TO:<%s>" % to)[:3] == "250"
        assert self.say("DATA")[:3] == "354"

    def closed(self):
        return self.file.read() == b""

    def close(self):
        self.file.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


class Inbound(MaildTest):
    maild_args = LISTEN

    def raw(self, hello="EHLO client.example"):
        c = Raw(self.maild, hello)
        self.addCleanup(c.close)
        return c

    def inbox(self, user="test"):
        return self.fetch_all(user)

    def test_extensions(self):
        c = self.raw(None)
        said = c.say("EHLO client.example")
        for word in ("PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN", "STARTTLS",
                     "SIZE 52428800", "LIMITS RCPTMAX=100",
                     "ENHANCEDSTATUSCODES"):
            self.assertRegex(said, "(?m)^250[- ]%s\r$" % word)
        self.assertNotIn("AUTH", said)
        self.assertEqual(c.say("AUTH PLAIN AHQAdA==")[:9], "502 5.5.1")
        c.starttls()
        self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:3], "503")
        said = c.say("EHLO client.example")
        self.assertNotIn("STARTTLS", said)
        self.assertNotIn("AUTH", said)
        self.assertEqual(c.say("STARTTLS")[:3], "503")

    def test_delivery(self):
        before = set(self.inbox())
        text = message(body="gr\u00fc\u00dfe\r\n..two\r\n.\u00e9\r\n")
        for tls in (False, True):
            c = self.raw()
            if tls:
                c.starttls()
                c.say("EHLO client.example")
            c.begin()
            c.sock.sendall(text.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            self.assertRegex(c.reply(), r"^250 2\.0\.0 Accepted as \S+\r\n$")
            self.assertEqual(c.say("QUIT")[:3], "221")
            self.assertTrue(c.closed())
        new = [b for u, b in sorted(self.inbox().items()) if u not in before]
        self.assertEqual(len(new), 2)
        for body, kind in zip(new, (b"ESMTP", b"ESMTPS")):
            self.assertTrue(body.endswith(text))
            self.assertTrue(body.startswith(
                b"Return-Path: <a@example.org>\r\n"
                b"Delivered-To: test@localhost\r\n"
                b"Received: from client.example ([127.0.0.1])\r\n"), body)
            self.assertRegex(body, b"(?s)with %s id \\S+\r\n.*for "
                                   b"<test@localhost>;" % kind)
        self.assertIn(b"(TLSv1.3 ", new[1])

    def test_helo(self):
        c = self.raw("HELO old.example")
        before = set(self.inbox())
        c.begin(sender="")
        c.write("X: y\r\n\r\nold\r\n.\r\n")
        self.assertEqual(c.reply()[:3], "250")
        new = [b for u, b in self.inbox().items() if u not in before]
        self.assertIn(b"from old.example ([127.0.0.1])\r\n", new[0])
        self.assertRegex(new[0], b" with SMTP id ")
        self.assertTrue(new[0].startswith(b"Return-Path: <>\r\n"))

    def test_pipelining_and_its_order(self):
        c = self.raw()
        c.write("MAIL FROM:<a@example.org> SIZE=100 BODY=8BITMIME\r\n"
                "RCPT TO:<nobody@localhost>\r\nRCPT TO:<test@localhost>\r\n"
                "NOOP\r\nRCPT TO:<x@example.com>\r\nDATA\r\n")
        self.assertEqual([c.reply()[:9] for _ in range(6)],
                         ["250 2.1.0", "550 5.1.1", "250 2.1.5", "250 2.0.0",
                          "550 5.7.1", "354 Go ah"])
        c.write("Subject: p\r\n\r\nx\r\n.\r\nMAIL FROM:<b@example.org>\r\n"
                "RCPT TO:<user1@localhost>\r\nRSET\r\nQUIT\r\n")
        self.assertEqual([c.reply()[:9] for _ in range(5)],
                         ["250 2.0.0", "250 2.1.0", "250 2.1.5", "250 2.0.0",
                          "221 2.0.0"])

    def test_order_of_commands(self):
        c = self.raw(None)
        self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:9], "503 5.5.1")
        c.say("EHLO x")
        self.assertEqual(c.say("RCPT TO:<test@localhost>")[:9], "503 5.5.1")
        self.assertEqual(c.say("DATA")[:9], "503 5.5.1")
        self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:3], "250")
        self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:9], "503 5.5.1")
        self.assertEqual(c.say("DATA")[:9], "554 5.5.1")
        self.assertEqual(c.say("RCPT TO:<test@localhost>")[:3], "250")
        self.assertEqual(c.say("EHLO again")[:3], "250")
        self.assertEqual(c.say("RCPT TO:<test@localhost>")[:9], "503 5.5.1")
        self.assertEqual(c.say("VRFY test")[:9], "252 2.1.5")
        self.assertEqual(c.say("EXPN test")[:9], "502 5.5.1")
        self.assertEqual(c.say("LHLO x")[:9], "500 5.5.1")
        self.assertEqual(c.say("EHLO")[:9], "501 5.5.2")
        self.assertEqual(c.say("EHLO a\tb")[:9], "501 5.5.2")

    def test_parameters(self):
        c = self.raw()
        for line, want in (
                ("MAIL FROM:<a@example.org> SIZE=99999999999", "552 5.3.4"),
                ("MAIL FROM:<a@example.org> SIZE=", "501 5.5.4"),
                ("MAIL FROM:<a@example.org> BODY=9BIT", "501 5.5.4"),
                ("MAIL FROM:<a@example.org> FOO=1", "555 5.5.4"),
                ("MAIL FROM:<\u00e4@example.org>", "553 5.6.7"),
                ("MAIL FROM:<\u00e4@example.org> SMTPUTF8", "250 2.1.0"),
                ("RCPT TO:<test@localhost> NOTIFY=SOMETIMES", "501 5.5.4"),
                ("RCPT TO:<test@localhost> NOTIFY=NEVER ORCPT=rfc822;a@b.c",
                 "250 2.1.5")):
            self.assertEqual(c.say(line)[:9], want, line)

    def test_nothing_is_relayed(self):
        c = self.raw()
        c.say("MAIL FROM:<test@localhost>")
        for to in ("x@example.com", "x@[127.0.0.1]", "x@[203.0.113.9]",
                   "@localhost:x@example.com", "@localhost,@a.b:x@example.com",
                   "x%localhost@example.com", '"x@localhost"@example.com',
                   "test@sub.localhost", "test@localhost.example.com",
                   "test@notlocalhost", "test@localhost."):
            said = c.say("RCPT TO:<%s>" % to)
            self.assertRegex(said, r"^(550 5\.7\.1|501 5\.5\.2)", to)
        # Local as far as the domain goes: nobody's address.
        for to in ("x%example.com@localhost", '"x@example.com"@localhost',
                   "example.com!x@localhost", '"x%example.com"@localhost',
                   '"@example.com:x"@localhost', "x#example.com@localhost"):
            self.assertEqual(c.say("RCPT TO:<%s>" % to)[:9], "550 5.1.1", to)
        for to in ("x@example.com@localhost", "test@localhost@example.com",
                   "x@example.com>,<test@localhost", "x@example.com\0@localhost",
                   "", "x@", "@localhost"):
            self.assertRegex(c.say("RCPT TO:<%s>" % to), r"^50[01] 5\.5\.2", to)
        self.assertEqual(c.say("DATA")[:9], "554 5.5.1")
        self.assertEqual(c.say("RCPT TO:<@a.b:test@localhost>")[:3], "250")
        self.assertEqual(c.say("RCPT TO:<Postmaster>")[:3], "250")
        r = self.maild.mailctl("queue", "list")
        self.assertEqual(r.stdout, b"")

    def test_http(self):
        for line in ("GET / HTTP/1.1", "POST /x HTTP/1.0"):
            c = self.raw(None)
            c.write(line + "\r\nHost: x\r\n\r\nEHLO x\r\n"
                    "MAIL FROM:<a@example.org>\r\n")
            self.assertEqual(c.reply()[:9], "554 5.7.0")
            self.assertTrue(c.closed())

    def test_commands_before_their_time(self):
        for line in ("EHLO x", "HELO x"):
            c = self.raw(None)
            c.write(line + "\r\nMAIL FROM:<a@example.org>\r\n")
            self.assertEqual(c.reply()[:9], "554 5.5.0")
            self.assertTrue(c.closed())
        before = self.inbox()
        c = self.raw()
        c.write("MAIL FROM:<a@example.org>\r\nRCPT TO:<test@localhost>\r\n"
                "DATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n")
        self.assertEqual([c.reply()[:9] for _ in range(3)],
                         ["250 2.1.0", "250 2.1.5", "554 5.5.0"])
        self.assertTrue(c.closed())
        self.assertEqual(self.inbox(), before)

    def test_starttls_injection(self):
        c = self.raw()
        c.write("STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n")
        self.assertEqual(c.file.read().count(b"250"), 0)

    def test_only_one_thing_ends_the_text(self):
        for end in ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n",
                    "\r\n.\r", "\n.\r", "\r\n\0.\r\n", "\0.\r\n"):
            before = self.inbox()
            c = self.raw()
            c.begin()
            c.write("Subject: a\r\n\r\nx" + end +
                    "MAIL FROM:<b@example.org>\r\n"
                    "RCPT TO:<test@localhost>\r\nDATA\r\n"
                    "Subject: smuggled\r\n\r\ny\r\n.\r\n")
            said = c.reply()
            self.assertEqual(c.say("NOOP")[:3], "250", repr(end))
            if "\0" in end:
                self.assertEqual(said[:3], "250", repr(end))
            else:
                self.assertEqual(said[:9], "550 5.5.2", repr(end))
                self.assertEqual(self.inbox(), before)

    def test_bare_line_ends_in_commands(self):
        for line in ("NOOP\nRSET\r\n", "NO\rOP\r\n", "NOOP\r\r\n",
                     "NO\0OP\r\n", "NOOP" + 5000 * " " + "\r\n"):
            c = self.raw()
            c.write(line)
            self.assertEqual(c.reply()[:9], "500 5.5.2", repr(line[:20]))
            self.assertEqual(c.say("NOOP")[:3], "250")

    def test_too_many_bad_commands(self):
        c = self.raw()
        for i in range(19):
            self.assertEqual(c.say("FOO")[:9], "500 5.5.1")
        self.assertEqual(c.say("BAR")[:9], "500 5.5.1")
        self.assertEqual(c.reply()[:9], "421 4.7.0")
        self.assertTrue(c.closed())

    def test_large_and_refused_at_the_end(self):
        c = self.raw()
        c.begin()
        line = "x" * 998 + "\r\n"
        c.write("Subject: large\r\n\r\n")
        for _ in range(55):
            c.write(line * 1000)
        c.write(".\r\n")
        self.assertEqual(c.reply()[:9], "552 5.3.4")
        c.begin()
        c.write("Subject: large\r\n\r\n" + line * 8000 + ".\r\n")
        self.assertEqual(c.reply()[:3], "250")

    def test_byte_by_byte(self):
        c = self.raw(None)
        c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        before = len(self.inbox())
        for line in ("EHLO x", "MAIL FROM:<a@example.org>",
                     "RCPT TO:<test@localhost>", "DATA",
                     "Subject: x\r\n\r\n..\r\n."):
            for byte in line + "\r\n":
                c.write(byte)
            self.assertRegex(c.reply(), "^[23]5")
        self.assertEqual(len(self.inbox()), before + 1)

    def test_client_leaves_within_the_text(self):
        before = self.inbox()
        for end in ("", ".", ".\r"):
            c = self.raw()
            c.begin()
            c.write("Subject: cut\r\n\r\nx\r\n" + end)
            c.close()
        c = self.raw()
        c.begin(to="user2@localhost")
        c.write("Subject: whole\r\n\r\nx\r\n.\r\n")
        self.assertEqual(c.reply()[:3], "250")
        self.assertEqual(self.inbox(), before)

    def test_requiretls(self):
        """After STARTTLS only (RFC 8689 section 2), pipelined or not."""
        c = self.raw(None)
        self.assertNotIn("REQUIRETLS", c.say("EHLO client.example"))
        self.assertEqual(c.say("MAIL FROM:<a@example.org> REQUIRETLS")[:10],
                         "555 5.7.10")
        c.starttls()
        self.assertIn("REQUIRETLS\r\n", c.say("EHLO client.example"))
        c.write("MAIL FROM:<a@example.org> REQUIRETLS=1\r\n"
                "MAIL FROM:<> REQUIRETLS\r\nRCPT TO:<user1@localhost>\r\n"
                "RSET\r\n")
        self.assertEqual([c.reply()[:9] for _ in range(4)],
                         ["501 5.5.4", "250 2.1.0", "250 2.1.5", "250 2.0.0"])

    def test_chunks(self):
        before = set(self.inbox("user1"))
        c = self.raw()
        binary = "Subject: b\r\n\r\nab\nc\r" + 100000 * "x"
        c.write("MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n"
                "RCPT TO:<user1@localhost>\r\nBDAT 7\r\n%sBDAT %d LAST\r\n%s"
                "NOOP\r\n" % (binary[:7], len(binary) - 7, binary[7:]))
        self.assertEqual([c.reply()[:9] for _ in range(5)],
                         ["250 2.1.0", "250 2.1.5", "250 2.0.0", "250 2.0.0",
                          "250 2.0.0"])
        new = [b for u, b in self.inbox("user1").items() if u not in before]
        self.assertTrue(new[0].endswith(binary.encode()))
        # One that is too large, and pieces behind it.
        self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:3], "250")
        self.assertEqual(c.say("RCPT TO:<user1@localhost>")[:3], "250")
        c.write("BDAT %d\r\n" % (53 << 20))
        for _ in range(53):
            c.write("y" * (1 << 20))
        self.assertEqual(c.reply()[:9], "552 5.3.4")
        self.assertEqual(c.say("BDAT 4 LAST\r\nx\r")[:9], "503 5.5.1")
        # Lines of others end with both.
        c.say("MAIL FROM:<a@example.org>")
        c.say("RCPT TO:<user1@localhost>")
        self.assertEqual(c.say("BDAT 5 LAST\r\na\nb")[:9], "550 5.5.2")

    def test_hops(self):
        c = self.raw()
        c.begin()
        c.write("Received: x\r\n" * 100 + "\r\nx\r\n.\r\n")
        self.assertEqual(c.reply()[:9], "554 5.4.6")

    def swaks(self, *args):
        return subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port",
             str(self.maild.port("smtp")), "--helo", "client.example",
             "--from", "a@example.org"] + list(args),
            capture_output=True, timeout=60)

    def test_swaks(self):
        before = len(self.inbox("user1"))
        for form in ((), ("--tls",), ("--tlso",), ("--pipeline",),
                     ("--tls", "--pipeline"), ("--protocol", "SMTP")):
            r = self.swaks("--to", "user1@localhost", *form)
            self.assertEqual(r.returncode, 0, r.stdout.decode())
        self.assertEqual(len(self.inbox("user1")), before + 6)
        r = self.swaks("--to", "x@example.com")
        self.assertEqual(r.returncode, 24, r.stdout.decode())
        self.assertIn(b"550 5.7.1", r.stdout)
        r = self.swaks("--to", "user1@localhost", "--auth", "PLAIN",
                       "--auth-user", "test", "--auth-password", "test")
        self.assertEqual(r.returncode, 28, r.stdout.decode())


class Postmaster(MaildTest):
    maild_args = LISTEN + ("-o", "domain example.net")

    def test_catch_all(self):
        self.assertEqual(self.maild.mailctl(
            "alias", "add", "@example.net", "user1@localhost").returncode, 0)
        r = self.maild.mailctl("alias", "add", "@localhost", "x@localhost")
        self.assertIn(b"lead back to itself", r.stderr)
        for bad in ("@", "@example.com", "@x@localhost"):
            self.assertNotEqual(self.maild.mailctl(
                "alias", "add", bad, "user1@localhost").returncode, 0)
        self.assertIn(b"@example.net\tuser1@localhost",
                      self.maild.mailctl("alias", "list").stdout)
        with Raw(self.maild) as c:
            c.begin(to="any.body@example.net")
            c.write("Subject: x\r\n\r\nx\r\n.\r\n")
            self.assertEqual(c.reply()[:3], "250")
            c.say("MAIL FROM:<>")
            self.assertEqual(c.say("RCPT TO:<nobody@localhost>")[:9],
                             "550 5.1.1")
        self.assertIn(b"for <any.body@example.net>;",
                      list(self.fetch_all("user1").values())[-1])
        self.assertEqual(self.maild.mailctl(
            "alias", "remove", "@example.net").returncode, 0)

    def test_of_each_domain(self):
        with Raw(self.maild) as c:
            c.say("MAIL FROM:<>")
            for to in ("postmaster@localhost", "ABUSE@example.net",
                       "abuse@localhost", "Postmaster@Example.Net"):
                self.assertEqual(c.say("RCPT TO:<%s>" % to)[:3], "250", to)


class Forwarded(unittest.TestCase):
    """An alias that leads away, with SRS."""

    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.maild = Maild(*LISTEN, "-o", "domain example.net", "-o",
                           "relay { smarthost smtp+insecure://127.0.0.1:%d; "
                           "srs_domain example.net }" % self.sink.port,
                           "-o", "queue { retry 1s }")
        self.addCleanup(self.maild.stop)
        self.assertEqual(self.maild.mailctl(
            "alias", "add", "away@localhost", "x@elsewhere.example")
            .returncode, 0)

    def send(self, sender, to, want="250"):
        with Raw(self.maild) as c:
            self.assertEqual(c.say("MAIL FROM:<%s>" % sender)[:3], "250")
            said = c.say("RCPT TO:<%s>" % to)
            self.assertEqual(said[:len(want)], want, to)
            if want != "250":
                return None
            c.say("DATA")
            c.write("Subject: x\r\n\r\nx\r\n.\r\n")
            self.assertEqual(c.reply()[:3], "250")
        wait_for("it is passed on", 30,
                 lambda: len(self.sink.mail) > self.passed)
        self.passed += 1
        mail = self.sink.mail[-1]
        return mail._replace(sender=mail.sender.strip("<>"),
                             rcpt=[r.strip("<>") for r in mail.rcpt])

    def test_there_and_back(self):
        self.passed = 0
        mail = self.send("Ann@example.org", "away@localhost")
        self.assertEqual(mail.rcpt, ["x@elsewhere.example"])
        self.assertRegex(mail.sender, r"^SRS0=\w{8}=\w\w=example\.org=Ann"
                                      r"@example\.net$")
        back = self.send("", mail.sender)
        self.assertEqual(back.sender, "")
        self.assertEqual(back.rcpt, ["Ann@example.org"])
        # Some servers fold the case.
        self.assertEqual(self.send("", mail.sender.lower()).rcpt,
                         ["ann@example.org"])
        for wrong in (mail.sender.replace("Ann", "Eve"),
                      mail.sender.replace("example.org", "example.com"),
                      mail.sender.replace("@example.net", "@localhost"),
                      "SRS0=aaaaaaaa=aa=example.org=ann@example.net"):
            self.send("", wrong, "550 5.1.1")
        # A bounce has no sender, our own users have theirs.
        self.assertEqual(self.send("", "away@localhost").sender, "")
        self.assertEqual(self.send("test@localhost", "away@localhost").sender,
                         "test@localhost")
        again = self.send("SRS0=ab=cd=example.org=ann@first.example",
                          "away@localhost")
        self.assertRegex(again.sender, r"^SRS1=\w{8}=first\.example==ab=cd="
                                       r"example\.org=ann@example\.net$")
        self.assertEqual(self.send("", again.sender).rcpt,
                         ["SRS0=ab=cd=example.org=ann@first.example"])


class Tarpit(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@",
                  "-o", "inbound { tarpit 1s }")

    def test_whoever_is_refused_often_waits(self):
        with Raw(self.maild) as c:
            c.say("MAIL FROM:<a@example.org>")
            for i in range(3):
                c.say("RCPT TO:<nobody%d@localhost>" % i)
            begin = time.monotonic()
            self.assertEqual(c.say("RCPT TO:<test@localhost>")[:3], "250")
            self.assertGreater(time.monotonic() - begin, 0.8)


class Greylisted(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o",
                  "inbound { tarpit 0s; greylist yes; greylist_delay 2s; "
                  "greylist_known 0 }")

    def ask(self, sender, to="test@localhost", maild=None):
        with Raw(maild or self.maild) as c:
            self.assertEqual(c.say("MAIL FROM:<%s>" % sender)[:3], "250")
            return c.say("RCPT TO:<%s>" % to)[:9]

    def test_swaks_comes_again(self):
        before = len(self.fetch_all("user1"))

        def swaks():
            return subprocess.run(
                ["swaks", "--server", "127.0.0.1", "--port",
                 str(self.maild.port("smtp")), "--from", "s@example.org",
                 "--to", "user1@localhost"], capture_output=True,
                timeout=60)
        r = swaks()
        self.assertEqual(r.returncode, 24, r.stdout.decode())
        self.assertIn(b"451 4.7.1 Not known yet", r.stdout)
        wait_for("it is taken", 30, lambda: swaks().returncode == 0)
        self.assertEqual(len(self.fetch_all("user1")), before + 1)

    def test_what_is_for_nobody_is_refused_at_once(self):
        self.assertEqual(self.ask("a@example.org", "nobody@localhost"),
                         "550 5.1.1")
        self.assertEqual(self.ask("a@example.org", "x@example.com"),
                         "550 5.7.1")

    def test_nothing_but_mail_from_the_world(self):
        with smtplib.LMTP("localhost", self.maild.port("lmtp")) as c:
            c.sendmail("l@example.org", ["test@localhost"], message())

    def test_who_is_known(self):
        maild = Maild("-o", "listen smtp localhost:@smtp@", "-o",
                      "inbound { greylist yes; greylist_delay 1s; "
                      "greylist_known 2 }")
        self.addCleanup(maild.stop)
        for sender in ("1@example.org", "2@example.org"):
            self.assertEqual(self.ask(sender, maild=maild), "451 4.7.1")
            wait_for("it passes", 30, lambda: self.ask(
                sender, maild=maild) == "250 2.1.5")
        self.assertEqual(self.ask("new@example.org", maild=maild),
                         "250 2.1.5")

    def test_who_is_trusted(self):
        maild = Maild("-o", "listen smtp localhost:@smtp@", "-o",
                      "inbound { greylist yes; trusted 127.0.0.1 }")
        self.addCleanup(maild.stop)
        with Raw(maild) as c:
            c.begin()


class Rates(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o", "workers 1",
                  "-o", "inbound { tarpit 0s; messages_per_address 2 per 1h; "
                  "recipients_per_address 3 per 1h }")

    def test_messages_and_recipients(self):
        with Raw(self.maild) as c:
            c.say("MAIL FROM:<a@example.org>")
            for want in ("250 2.1.5",) * 3 + ("452 4.7.1",):
                self.assertEqual(c.say("RCPT TO:<test@localhost>")[:9], want)
            c.say("RSET")
            self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:3], "250")
        with Raw(self.maild) as c:
            self.assertEqual(c.say("MAIL FROM:<a@example.org>")[:9],
                             "450 4.7.1")
        with smtplib.LMTP("localhost", self.maild.port("lmtp")) as c:
            for _ in range(4):
                c.sendmail("a@example.org", ["test@localhost"], message())

    def test_connections(self):
        rate = "connections_per_address 3 per 1h; "
        maild = Maild("-o", "listen smtp localhost:@smtp@", "-o", "workers 1",
                      "-o", "inbound { %s}" % rate)
        self.addCleanup(maild.stop)
        for want in ("220",) * 3 + ("421",):
            with Raw(maild, None) as c:
                self.assertEqual(c.greeting[:3], want)
        maild.imap("test").logout()

    def test_who_is_trusted(self):
        maild = Maild("-o", "listen smtp localhost:@smtp@", "-o", "workers 1",
                      "-o", "inbound { trusted 127.0.0.0/8 ::1; "
                      "connections_per_address 1 per 1h; "
                      "messages_per_address 1 per 1h; "
                      "recipients_per_address 1 per 1h }")
        self.addCleanup(maild.stop)
        for _ in range(3):
            with Raw(maild) as c:
                c.begin()


class Ends(MaildTest):
    def test_what_is_whole_is_answered_at_shutdown(self):
        """250, and it is there, or 421."""
        maild = Maild(*LISTEN)
        clients = [Raw(maild) for _ in range(10)]
        for c in clients:
            c.begin()
            c.write("Subject: last\r\n\r\n" + "x\r\n" * 50000 + ".\r\n")
        maild.stop()
        for c in clients:
            self.assertIn(c.reply()[:3], ("250", "421"))
            c.close()

    def test_421_at_shutdown(self):
        maild = Maild(*LISTEN)
        with Raw(maild) as idle, Raw(maild) as within:
            within.say("MAIL FROM:<a@example.org>")
            maild.stop()
            for c in (idle, within):
                self.assertEqual(c.reply()[:9], "421 4.3.2")
                self.assertTrue(c.closed())

    def test_421_when_idle(self):
        maild = Maild(*LISTEN, "-o", "limits { smtp_idle_timeout 10s }")
        self.addCleanup(maild.stop)
        with Raw(maild) as c:
            c.say("MAIL FROM:<a@example.org>")
            self.assertEqual(c.reply()[:9], "421 4.4.2")

    def test_busy(self):
        maild = Maild(*LISTEN, "-o", "workers 1", "-o",
                      "limits { connections_per_address 3 }")
        self.addCleanup(maild.stop)
        held = [Raw(maild) for _ in range(3)]
        with Raw(maild, None) as c:
            self.assertEqual(c.greeting[:9], "421 4.7.0")
        for c in held:
            c.close()


if __name__ == "__main__":
    main()
