# SPDX-License-Identifier: ISC
"""Submitted mail is filed as sent, and a client's own copy replaces it."""

import imaplib
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from maildtest import MAILCTL, Maild, MaildTest, main, wait_for
from rawimap import Imap

DATE = "Tue, 24 Nov 2026 10:00:00 +0000"


def mail(name, bcc="", date=DATE, text="the text"):
    return (("From: test@localhost\r\nTo: user1@localhost\r\n%s"
             "Subject: %s\r\nDate: %s\r\nMessage-ID: <%s@client.example>\r\n"
             "\r\n%s\r\n") % (bcc and "Bcc: %s\r\n" % bcc, name, date, name,
                              text)).encode()


class SentTest(MaildTest):
    maild_args = ("-o", "file_sent yes")

    def send(self, data, to=("user1@localhost",), user="test", options=()):
        with self.maild.smtp(user) as c:
            c.sendmail(user + "@localhost", list(to), data,
                       mail_options=list(options))

    def raw(self, mailbox=None):
        c = Imap("localhost", self.maild.port("imaps"), self.maild.ca)
        self.addCleanup(c.close)
        c.login()
        if mailbox:
            c.ok(b"SELECT " + mailbox.encode())
        return c

    def sent(self, name, mailbox="Sent", user="test"):
        """UID, flags and bytes of the messages with that Message-ID."""
        out = []
        with self.maild.imap(user) as c:
            c.select(mailbox, readonly=True)
            uids = c.uid("SEARCH", "HEADER", "Message-ID",
                         "<%s@client.example>" % name)[1][0].split()
            for uid in uids:
                r = c.uid("FETCH", uid.decode(),
                          "(FLAGS INTERNALDATE BODY.PEEK[])")[1][0]
                flags = set(imaplib.ParseFlags(r[0])) - {b"\\Recent"}
                out.append((int(uid), flags, r[1], r[0]))
        return out

    def one(self, name, **kw):
        found = self.sent(name, **kw)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def append(self, data, mailbox="Sent", flags=r"\Seen \Flagged"):
        with self.maild.imap() as c:
            date = '"01-Feb-2020 03:04:05 +0000"'
            t, r = c.append(mailbox, "(%s)" % flags, date, data)
            self.assertEqual(t, "OK")
            return int(re.search(rb"APPENDUID \d+ (\d+)", r[0]).group(1))


class Filing(SentTest):
    def test_is_filed_with_what_the_recipients_do_not_see(self):
        self.send(mail("bcc", bcc="user2@localhost", text="x" * 300000),
                  to=("user1@localhost", "user2@localhost"))
        uid, flags, data, _ = self.one("bcc")
        self.assertEqual(flags, {b"\\Seen", b"$Submitted"})
        self.assertIn(b"\r\nBcc: user2@localhost\r\n", data)
        self.assertTrue(data.startswith(b"Received: "))
        for user in ("user1", "user2"):
            got = self.one("bcc", mailbox="INBOX", user=user)[2]
            self.assertNotIn(b"Bcc", got)
            self.assertEqual(got.split(b"\r\n\r\n", 1)[1],
                             data.split(b"\r\n\r\n", 1)[1])
        with self.maild.imap() as c:
            c.select("Sent", readonly=True)
            envelope = c.uid("FETCH", str(uid), "ENVELOPE")[1][0]
            self.assertIn(b'"user2" "localhost"', envelope)

    def test_message_to_oneself(self):
        self.send(mail("self"), to=("test@localhost",))
        self.one("self")
        inbox = self.one("self", mailbox="INBOX")
        self.assertNotIn(b"\\Seen", inbox[1])

    def test_what_waits_for_its_time_is_filed_at_once(self):
        self.send(mail("later"), options=("HOLDFOR=3600",))
        self.one("later")
        self.assertEqual(self.sent("later", mailbox="INBOX", user="user1"), [])

    def test_what_the_client_has_put_there_before_is_not_doubled(self):
        uid = self.append(mail("before"))
        self.send(mail("before"))
        self.assertEqual(self.one("before")[0], uid)
        self.one("before", mailbox="INBOX", user="user1")

    def test_other_listeners_file_nothing(self):
        self.maild.deliver(mail("lmtp"), to="user1@localhost",
                           sender="test@localhost")
        self.assertEqual(self.sent("lmtp"), [])


class Replacing(SentTest):
    def test_the_clients_copy_replaces_it(self):
        """As Thunderbird does: submission, then APPEND of the same bytes with
        Bcc.  Another session is told."""
        data = mail("append", bcc="user2@localhost")
        self.send(data)
        filed = self.one("append")[0]
        watcher = self.raw("Sent")
        uid = self.append(data)
        self.assertGreater(uid, filed)
        now, flags, kept, rest = self.one("append")
        self.assertEqual((now, kept), (uid, data))
        self.assertEqual(flags, {b"\\Seen", b"\\Flagged"})
        self.assertIn(b'" 1-Feb-2020 03:04:05 +0000"', rest)
        told = b"".join(p[0] + b"\n" for r in watcher.ok(b"NOOP")[1] for p in r)
        self.assertRegex(told, rb"\* \d+ EXPUNGE")
        self.assertRegex(told, rb"\* \d+ EXISTS")
        # Only what was filed is replaced.
        self.append(data)
        self.assertEqual(len(self.sent("append")), 2)

    def test_what_mailctl_sends(self):
        home = tempfile.mkdtemp(prefix="mailctl-sent-")
        self.addCleanup(shutil.rmtree, home)
        r = subprocess.run(
            [MAILCTL, "--imap", "imaps://localhost:%d"
             % self.maild.port("imaps"), "--smtp", "smtps://localhost:%d"
             % self.maild.port("submissions"), "--ca-file", self.maild.ca,
             "--user", "test", "send", "--from", "test@localhost", "--to",
             "user1@localhost", "--subject", "by mailctl"],
            input=b"the text\n", capture_output=True, timeout=60,
            env={"HOME": home, "PATH": os.environ["PATH"],
                 "MAILCTL_PASSWORD": "test"})
        self.assertEqual(r.returncode, 0, r.stderr)
        with self.maild.imap() as c:
            c.select("Sent", readonly=True)
            uids = c.uid("SEARCH", "SUBJECT", '"by mailctl"')[1][0].split()
            self.assertEqual(len(uids), 1)
            self.assertNotIn(b"$Submitted", c.uid(
                "FETCH", uids[0].decode(), "FLAGS")[1][0])

    def test_other_messages_stay(self):
        self.send(mail("stays"))
        filed = self.one("stays")[0]
        self.append(mail("stays", date="Tue, 24 Nov 2026 10:00:01 +0000"))
        self.append(mail("another"))
        self.append(mail("stays"), mailbox="Archive")
        self.assertEqual(len(self.sent("stays")), 2)
        self.assertEqual(self.sent("stays")[0][0], filed)

    def test_several_in_one_command(self):
        for name in ("multi1", "multi2"):
            self.send(mail(name))
        c = self.raw("Sent")
        text = b"APPEND Sent"
        for name in ("multi1", "new", "multi2", "multi2"):
            data = mail(name)
            text += b" (\\Seen) {%d+}\r\n" % len(data) + data
        told = c.ok(text)[1]
        self.assertEqual(len([r for r in told if b"EXPUNGE" in r[0][0]]), 2)
        for name, n in (("multi1", 1), ("new", 1), ("multi2", 2)):
            found = self.sent(name)
            self.assertEqual([f[2] for f in found], [mail(name)] * n)

    def test_made_of_parts(self):
        data = mail("parts")
        self.send(data)
        head, body = data.split(b"\r\n\r\n", 1)
        c = self.raw()
        c.ok(b"APPEND Sent (\\Seen) CATENATE (TEXT {%d+}\r\n%s\r\n\r\n "
             b"TEXT {%d+}\r\n%s)" % (len(head) + 4, head, len(body), body))
        self.assertEqual(self.one("parts")[2], data)

    def test_a_draft_becomes_it(self):
        """REPLACE: the draft goes, and so does what was filed."""
        data = mail("draft")
        draft = self.append(data, mailbox="Drafts", flags=r"\Draft")
        self.send(data)
        c = self.raw("Drafts")
        c.ok(b"UID REPLACE %d Sent (\\Seen) {%d+}\r\n%s"
             % (draft, len(data), data))
        self.assertEqual(self.one("draft")[2], data)
        self.assertEqual(self.sent("draft", mailbox="Drafts"), [])

    def test_the_filed_one_is_named_by_the_client(self):
        data = mail("named")
        self.send(data)
        c = self.raw("Sent")
        c.ok(b"UID REPLACE %d Sent (\\Seen) {%d+}\r\n%s"
             % (self.one("named")[0], len(data), data))
        self.assertEqual(self.one("named")[2], data)


class Mailboxes(unittest.TestCase):
    """One server for what is about the mailbox and its user."""

    one, sent, send, append = (SentTest.one, SentTest.sent, SentTest.send,
                               SentTest.append)

    def test_mailboxes_quota_and_restart(self):
        self.maild = Maild("-o", "file_sent yes")
        self.addCleanup(self.maild.stop)
        # Another mailbox has the special use.
        with self.maild.imap() as c:
            c.xatom("CREATE", "Outgoing", r"(USE (\Sent))")
        self.send(mail("special"))
        self.one("special", mailbox="Outgoing")
        self.assertEqual(self.sent("special"), [])
        # What was filed is known after a restart.
        self.maild.kill()
        self.maild.start()
        self.append(mail("special"), mailbox="Outgoing")
        self.assertEqual(self.one("special", mailbox="Outgoing")[2],
                         mail("special"))
        # There is none: it is made.
        with self.maild.imap() as c:
            c.delete("Outgoing")
            c.delete("Sent")
        self.send(mail("made"))
        self.one("made")
        with self.maild.imap() as c:
            self.assertIn(b"\\Sent", c.list('""', "Sent")[1][0])
        # There is no room: it goes out nevertheless.
        r = self.maild.mailctl("user", "quota", "--messages", "1",
                               "test@localhost")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.send(mail("full"))
        wait_for("the message", 30, lambda: self.sent(
            "full", mailbox="INBOX", user="user1"))
        self.assertEqual(self.sent("full"), [])
        self.assertIn("not filed as sent", self.maild.log_tail())


if __name__ == "__main__":
    main()
