# SPDX-License-Identifier: ISC
"""mailctl raw and mailctl batch: sessions by hand, and one login for many
commands, against maild and Dovecot."""

import json
import os
import re
import shutil
import subprocess
import unittest

from check_mailctl import DovecotHere, MaildHere, MailctlTest
from maildtest import MAILCTL, main, message, on_terminal, wait_for

# What the tests of check_mailctl.py are is no matter here.
Here = type("Here", (), {k: v for k, v in vars(MailctlTest).items()
                         if not k.startswith("test_")})


class RawTest(Here):
    def raw(self, text, what="imap", status=0):
        return self.run_mailctl("raw", what, stdin=text,
                                status=status).stdout

    def test_answers_come_as_they_are(self):
        self.server.deliver(message(subject="raw one"))
        out = self.raw(b"a SELECT INBOX\nb FETCH 1:* BODY.PEEK[HEADER]\r\n")
        self.assertIn(b"\r\nSubject: raw one\r\n", out)
        self.assertRegex(out, rb"(?m)^a OK ")
        self.assertRegex(out, rb"(?m)^b OK ")
        # The end of the input is the end of the session.
        self.assertRegex(out, rb"(?m)^\* BYE")

    def test_refusal_is_the_exit_code(self):
        out = self.raw(b"a SELECT Nowhere\nb NOOP\n", status=1)
        self.assertRegex(out, rb"(?m)^a NO ")
        self.assertRegex(out, rb"(?m)^b OK ")
        # What is in a message refuses nothing.
        self.server.deliver(message(body="a NO no\r\nb BAD bad {999}\r\n"))
        self.raw(b"a SELECT INBOX\nb FETCH 1:* BODY.PEEK[]\nc LOGOUT\n")

    def test_literals(self):
        mail = message(subject="raw literal")
        for form in (b"{%d}", b"{%d+}"):
            out = self.raw(b"a APPEND INBOX " + form % len(mail) + b"\n" +
                           mail + b"\nb NOOP\n")
            self.assertRegex(out, rb"(?m)^a OK .*APPENDUID")
            self.assertRegex(out, rb"(?m)^b OK ")
        self.assertEqual(len(self.ids("subject:literal")), 2)

    def test_refused_literal_is_no_command(self):
        out = self.raw(b"a APPEND Nowhere {9}\nx LOGOUT \nb NOOP\n", status=1)
        self.assertRegex(out, rb"(?m)^a NO ")
        self.assertRegex(out, rb"(?m)^b OK ")

    def test_input_that_ends_too_early(self):
        r = self.run_mailctl("raw", "imap", status=65,
                             stdin=b"a APPEND INBOX {90}\nshort")
        self.assertIn(b"amid", r.stderr)

    def test_on_a_terminal_it_is_clean(self):
        self.server.deliver(message(subject="raw terminal",
                                    body="\x1b]0;owned\x07\x9b31m\r\n"))
        script = self.home + "/script"
        with open(script, "w") as f:
            f.write("a SELECT INBOX\nb FETCH * BODY.PEEK[]\n")
        with open(script) as f:
            status, seen, _ = on_terminal(
                [MAILCTL, *self.server.options, "raw", "imap"],
                self.environment(), stdin=f)
        self.assertEqual(status, 0, seen)
        self.assertIn(b"raw terminal", seen)
        self.assertIn(b"owned", seen)
        self.assertNotRegex(seen, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        self.assertNotIn("\x9b", seen.decode())

    def logins(self):
        """How many there have been; None where the server does not tell."""
        return None

    def batch(self, text, *args, status=0):
        return self.run_mailctl(*args, "batch", stdin=text.encode(),
                                status=status)

    def test_batch_is_one_login(self):
        self.server.deliver(message(subject="together 'one' of two"))
        self.server.deliver(message(subject="together two"))
        ids = self.ids("subject:together")
        before = self.logins()
        r = self.batch("mailbox create 'The Box'\n\n# file both\n"
                       "search -q \"subject:together 'one'\"\n"
                       "move %s %s 'The Box'\nsearch subject:together\n"
                       "search -m The\\ Box -q subject:together" % tuple(ids))
        lines = r.stdout.decode().splitlines()
        self.assertEqual(lines[0], ids[0])
        self.assertEqual(lines[1].split("\t")[:2], ["move", "2"])
        self.assertEqual([x.split(";")[0] for x in lines[2:]], ["The Box"] * 2)
        if before is not None:
            self.assertEqual(self.logins(), before + 1)

    def test_batch_ends_at_a_failure_and_names_its_line(self):
        text = "mailbox list\nshow INBOX:99999999\nserach x\nmailbox list\n"
        r = self.batch(text, status=68)
        self.assertIn(b"mailctl: line 2: ", r.stderr)
        self.assertNotIn(b"line 3", r.stderr)
        r = self.run_mailctl("batch", "-k", stdin=text.encode(), status=68)
        self.assertIn(b"line 3: \"serach\" is no command; did you mean", r.stderr)
        lines = r.stdout.splitlines()
        self.assertEqual(lines[:len(lines) // 2], lines[len(lines) // 2:])
        r = self.batch("mailbox list\nshow 'INBOX:1\n", "--json", status=64)
        error = json.loads(r.stderr)["error"]
        self.assertEqual((error["line"], error["code"]), (2, 64))

    def test_batch_has_one_account_and_one_input(self):
        self.server.deliver(message(subject="batch input"))
        for line in ("list --user eve", "raw imap", "batch", "watch"):
            r = self.batch("\n" + line + "\nmailbox list\n", status=64)
            self.assertIn(b"line 2: ", r.stderr)
            self.assertEqual(r.stdout, b"")
        # A command that reads gets nothing of the script.
        r = self.batch("show -\nsearch -q subject:input\n")
        self.assertEqual(r.stdout.decode().split(),
                         self.ids("subject:input"))


class RawMaild(RawTest, unittest.TestCase):
    kind = MaildHere

    def logins(self):
        with open(self.server.server.log) as f:
            return len(re.findall("auth: logged in .* service=imap", f.read()))

    def test_smtp(self):
        out = self.raw(b"MAIL FROM:<test@localhost>\n"
                       b"RCPT TO:<test@localhost>\nDATA\n"
                       b"Subject: raw smtp\n\nQUIT\n..\n.\nNOOP\n", "smtp")
        self.assertEqual([line[:3] for line in out.splitlines()],
                         [b"250", b"250", b"354", b"250", b"250", b"221"])
        uid = wait_for("the message", 30,
                       lambda: self.ids("subject:raw smtp"))
        self.assertIn(b"\r\nQUIT\r\n.\r\n",
                      self.run_mailctl("get", uid[0]).stdout)
        self.raw(b"RCPT TO:<x@y>\nQUIT\n", "smtp", status=1)
        self.raw(b"MAIL FROM:<test@localhost>\nRCPT TO:<test@localhost>\n"
                 b"DATA\nno end\n", "smtp", status=65)


@unittest.skipUnless(shutil.which("dovecot") and os.geteuid() == 0,
                     "needs dovecot, and root to start it")
class RawDovecot(RawTest, unittest.TestCase):
    kind = DovecotHere


if __name__ == "__main__":
    main()
