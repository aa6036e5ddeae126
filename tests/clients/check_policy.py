# SPDX-License-Identifier: ISC
"""What each listener lets a message say and do: one matrix for all of them.

A row of LISTENERS is a way in.  author: it speaks for one user, so that
senders are checked and the header is mended (RFC 6409); else it takes mail
from anyone, for users here only, and keeps every byte of it.
"""

import functools
import os
import smtplib

from maildtest import MaildTest, main


class Listener:
    def __init__(self, name, author, connect):
        self.name, self.author, self.connect = name, author, connect


def starttls(maild, login=True):
    c = smtplib.SMTP("localhost", maild.port("submission"))
    c.starttls(context=maild.tls())
    if login:
        c.login("test", "test")
    c.ehlo_or_helo_if_needed()
    return c


def implicit(maild, login=True):
    c = smtplib.SMTP_SSL("localhost", maild.port("submissions"),
                         context=maild.tls())
    if login:
        c.login("test", "test")
    c.ehlo_or_helo_if_needed()
    return c


def lmtp(maild):
    c = maild.lmtp()
    c.ehlo_or_helo_if_needed()
    return c


def mx(maild):
    c = smtplib.SMTP("localhost", maild.port("smtp"))
    c.ehlo_or_helo_if_needed()
    return c


LISTENERS = (
    Listener("submission", True, starttls),
    Listener("submissions", True, implicit),
    Listener("lmtp", False, lmtp),
    Listener("smtp", False, mx),
)
LOGINS = (starttls, implicit)

ME, PEER = "test@localhost", "user1@localhost"
DATED = ("Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
         "Message-ID: <x@example.org>\r\n")

RELAY = (  # to somewhere else, in every spelling that has fooled a server
    "a@elsewhere.example", '"a@elsewhere.example"@localhost',
    "a%elsewhere.example@localhost", "@localhost:a@elsewhere.example",
    "elsewhere.example!a@localhost", '"a@elsewhere.example"',
    "a@elsewhere.example@localhost", "a@[127.0.0.1]", "a@127.0.0.1",
    "a@[192.0.2.1]", "a@localhost.", "a@localhost.elsewhere.example",
    "user1@localhost@elsewhere.example", "away@localhost",
)

SPOOFS = (  # header lines, and what the reply names
    ("From: user2@localhost", "user2@localhost"),
    ("from : user2@localhost", "user2@localhost"),
    ("FROM:\r\n user2@localhost", "user2@localhost"),
    ("From: test@localhost, User Two <user2@localhost>", "user2@localhost"),
    ("From: test@localhost\r\nFrom: user2@localhost", "user2@localhost"),
    ("From: user2@localhost\r\nFrom: test@localhost", "user2@localhost"),
    ('From: "test@localhost" <user2@localhost>', "user2@localhost"),
    ("From: test@localhost (x) <user2@localhost>", "user2@localhost"),
    ("From: <@localhost:user2@localhost>", "user2@localhost"),
    ("From: all: test@localhost, user2@localhost;", "user2@localhost"),
    ("From: USER2@LocalHost", "USER2@LocalHost"),
    ('From: "user2"@localhost', "user2@localhost"),
    ("From: user2+test@localhost", "user2+test@localhost"),
    ("From: test@elsewhere.example", "test@elsewhere.example"),
    ("From: test@localhost\r\nSender: user2@localhost", "user2@localhost"),
    ("From: test@localhost\r\nResent-From: user2@localhost",
     "user2@localhost"),
    ("From: a@b.example\r\nResent-From: test@localhost\r\n"
     "Resent-Sender: user2@localhost", "user2@localhost"),
    ("From: test@localhost\r\nResent-From: test@localhost\r\n"
     "Resent-From: user2@localhost", "user2@localhost"),
)

HONEST = (
    "From: test@localhost", "From: Te St <TEST@localhost>",
    "From: test+news@localhost", "From: shared@localhost",
    "From: test@localhost, shared@localhost\r\nSender: test@localhost",
    "From: a@b.example\r\nSender: c@b.example\r\n"
    "Resent-From: test@localhost\r\nResent-Sender: shared@localhost",
    "Subject: nobody says who",
)

HIDDEN = (  # what no recipient may see
    "Bcc: user2@localhost", "BCC : user2@localhost",
    "bcc:\r\n user2@localhost,\r\n\tother@localhost",
    "Bcc: user2@localhost\r\nBcc: user2@localhost",
    "Resent-Bcc: user2@localhost", "Bcc:",
    "Bcc\r\n : user2@localhost", "RESENT-BCC\t \r\n\t:\r\n user2@localhost",
    "Bcc: user2@localhost\r\n \r\n\tuser1@localhost",
)

FAKE_ENDS = ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r",
             "\r\n\0.\r\n", "\n\n.\r\n", "\r\n.\r\r\n", "\r\n.\0\r\n",
             "\r\n. \r\n", "\r\n..\r\n")


def matrix(table=(None,), author=None):
    """The test once for each listener (of that kind) and item of table."""
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for listener in LISTENERS:
                if author not in (None, listener.author):
                    continue
                c = listener.connect(self.maild)
                for item in table:
                    with self.subTest(listener=listener.name, item=item):
                        c.docmd("RSET")
                        test(self, listener, c, item)
                c.close()
        return run
    return decorate


class Policy(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@",
                  "-o", "inbound { tarpit 0s }")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for alias, target in (("shared", "test"),
                              ("away", "a@elsewhere.example")):
            done = cls.maild.mailctl("alias", "add", alias, target)
            assert done.returncode == 0, done.stderr

    def begin(self, c, sender=ME, to=PEER):
        self.assertEqual(c.docmd("MAIL FROM:<%s>" % sender)[0], 250)
        self.assertEqual(c.docmd("RCPT TO:<%s>" % to)[0], 250)

    def data(self, c, text):
        """The reply to a message that has no dots to hide."""
        self.begin(c)
        self.assertEqual(c.docmd("DATA")[0], 354)
        c.send(text.encode() + b".\r\n")
        return c.getreply()

    def bdat(self, c, text):
        self.begin(c)
        text = text.encode()
        c.send(b"BDAT %d LAST\r\n" % len(text) + text)
        return c.getreply()

    def idle(self, c):
        """Nothing more than its reply came of what was sent."""
        self.assertEqual(c.docmd("NOOP")[0], 250)

    def got(self, token, user="user1"):
        return [m for m in self.fetch_all(user).values() if token in m]

    def one(self, token, user="user1"):
        found = self.got(token.encode(), user)
        self.assertEqual(len(found), 1)
        return found[0].decode("latin-1")

    # ---- relaying ----

    @matrix(RELAY)
    def test_nobody_relays(self, listener, c, to):
        c.docmd("MAIL FROM:<%s>" % ME)
        code, text = c.docmd("RCPT TO:<%s>" % to)
        self.assertEqual(code // 100, 5, text)

    def test_without_a_login_nothing_goes(self):
        for connect in LOGINS:
            for command in ("MAIL FROM:<test@localhost>",
                            "MAIL FROM:<>", "RCPT TO:<user1@localhost>",
                            "DATA", "BDAT 0 LAST", "VRFY user1"):
                c = connect(self.maild, login=False)
                with self.subTest(connect=connect.__name__, command=command):
                    self.assertEqual(c.docmd(command)[0], 530)
                c.close()

    # ---- who wrote it ----

    @matrix(SPOOFS, author=True)
    def test_nobody_writes_as_another(self, listener, c, item):
        lines, named = item
        for send in (self.data, self.bdat):
            token = os.urandom(8).hex()
            code, text = send(c, "%s\r\nX: %s\r\n\r\n" % (lines, token))
            self.assertEqual((code, text[:5]), (550, b"5.7.1"))
            self.assertIn(b"<%s>" % named.encode(), text)
            self.assertEqual(self.got(token.encode()), [])

    @matrix(("user2@localhost", "user2+test@localhost", "away@localhost",
             "nobody@localhost", "test@elsewhere.example"), author=True)
    def test_nobody_is_another_in_the_envelope(self, listener, c, sender):
        code, text = c.docmd("MAIL FROM:<%s>" % sender)
        self.assertEqual((code, text[:5]), (550, b"5.7.1"))
        self.assertIn(b"<%s>" % sender.encode(), text)

    @matrix(HONEST)
    def test_who_may_may(self, listener, c, lines):
        token = os.urandom(8).hex()
        code, text = self.data(c, "%s\r\n%sX: %s\r\n\r\n" % (
            lines, DATED, token))
        self.assertEqual(code, 250, text)
        self.assertTrue(self.one(token).endswith(
            "%s\r\n%sX: %s\r\n\r\n" % (lines, DATED, token)))

    @matrix(SPOOFS, author=False)
    def test_anyone_may_write_to_users_here(self, listener, c, item):
        lines, _ = item
        token = os.urandom(8).hex()
        whole = "%s\r\n%sX: %s\r\n\r\n" % (lines, DATED, token)
        self.assertEqual(self.data(c, whole)[0], 250)
        self.assertTrue(self.one(token).endswith(whole))

    @matrix()
    def test_null_sender_after_login(self, listener, c, _):
        self.begin(c, sender="")
        token = os.urandom(8).hex()
        c.docmd("DATA")
        c.send(b"From: test@localhost\r\nX: %s\r\n\r\n.\r\n"
               % token.encode())
        self.assertEqual(c.getreply()[0], 250)
        self.assertTrue(self.one(token).startswith("Return-Path: <>\r\n"))

    def test_what_an_admin_grants(self):
        def mailctl(*args):
            done = self.maild.mailctl("user", "send-as", *args)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.decode().split()

        def codes():
            return [listener.connect(self.maild)
                    .docmd("MAIL FROM:<%s>" % sender)[0]
                    for listener in LISTENERS if listener.author
                    for sender in ("user2@localhost",
                                   "Office@Elsewhere.example")]
        self.assertEqual(codes(), [550] * 4)
        mailctl("add", "test", "user2", "office@elsewhere.example")
        self.assertEqual(mailctl("list", "test")[-2:],
                         ["user2@localhost", "office@elsewhere.example"])
        self.assertEqual(codes(), [250] * 4)
        mailctl("remove", "test", "user2@localhost")
        self.assertEqual(codes(), [550, 250] * 2)
        mailctl("remove", "test", "office@elsewhere.example")
        self.assertEqual(codes(), [550] * 4)

    # ---- the header ----

    @matrix(HIDDEN)
    def test_bcc_is_shown_to_nobody(self, listener, c, lines):
        for send in (self.data, self.bdat):
            token = os.urandom(8).hex()
            before = "From: test@localhost\r\n%s" % DATED
            after = ("Abcc: stays\r\nX: %s\r\n\r\nBcc: in the text\r\n"
                     % token)
            self.assertEqual(send(c, "%s%s\r\n%s" % (
                before, lines, after))[0], 250)
            kept = "" if listener.author else lines + "\r\n"
            self.assertTrue(self.one(token).endswith(
                before + kept + after))

    @matrix()
    def test_all_else_stays_byte_for_byte(self, listener, c, _):
        token = os.urandom(8).hex()
        whole = ("From: test@localhost\r\n" + DATED +
                 "DKIM-Signature: v=1; bh=x;\r\n\t b=a b\r\n  c \r\n"
                 "x-odd:\tgr\u00fc\u00dfe  \r\nX: %s\r\nEmpty:\r\n\r\n"
                 "%s\r\n trailing \t \r\n\u00e9\r\n\r\n\r\n" % (
                     token, "long" * 500))
        self.assertEqual(self.data(c, whole)[0], 250)
        self.assertTrue(self.one(token).encode("latin-1")
                        .endswith(whole.encode()))

    @matrix(("", "Message-ID: <mine@example.org>\r\n",
             "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n"))
    def test_what_lacks_is_added(self, listener, c, lines):
        token = os.urandom(8).hex()
        self.assertEqual(self.data(c, "From: test@localhost\r\n%sX: %s"
                                   "\r\n\r\n" % (lines, token))[0], 250)
        head = self.one(token)
        for name in ("Message-ID: ", "Date: "):
            there = listener.author or name in lines
            self.assertEqual(head.count("\r\n" + name), int(there))

    # ---- the end of the text ----

    @matrix(FAKE_ENDS)
    def test_nothing_is_smuggled(self, listener, c, fake):
        token = os.urandom(8).hex()
        inner = ("MAIL FROM:<test@localhost>\r\n"
                 "RCPT TO:<user2@localhost>\r\nDATA\r\n"
                 "From: test@localhost\r\nX: %s\r\n\r\n" % token)
        self.begin(c)
        c.docmd("DATA")
        c.send(("From: test@localhost\r\nX: %s\r\n\r\na%s%s.\r\n" % (
            token, fake, inner)).encode())
        code, text = c.getreply()
        self.idle(c)
        self.assertIn(code, (250, 550))
        self.assertEqual(len(self.got(token.encode())), int(code == 250))
        self.assertEqual(self.got(token.encode(), "user2"), [])

    @matrix(FAKE_ENDS + ("\r\n.\r\n",))
    def test_nothing_is_smuggled_in_a_chunk(self, listener, c, fake):
        token = os.urandom(8).hex()
        whole = ("From: test@localhost\r\nX: %s\r\n\r\na%sRSET\r\n"
                 "MAIL FROM:<>\r\nRCPT TO:<user2@localhost>\r\n" % (
                     token, fake))
        code, text = self.bdat(c, whole)
        self.idle(c)
        self.assertIn(code, (250, 550))
        self.assertEqual(len(self.got(token.encode())), int(code == 250))
        self.assertEqual(self.got(token.encode(), "user2"), [])


if __name__ == "__main__":
    main()
