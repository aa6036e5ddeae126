# SPDX-License-Identifier: ISC
"""The pager: on a terminal only, left at any time, and nobody's exit code."""

import os
import unittest

import check_mailctl_contracts as contracts
from check_mailctl import MaildHere, MailctlTest
from maildtest import MAILCTL, main, message
from terminal import Terminal

MESSAGES = 60


class Pager(unittest.TestCase):
    kind = MaildHere
    tearDownClass = classmethod(MailctlTest.tearDownClass.__func__)
    run_mailctl = MailctlTest.run_mailctl
    on_terminal = MailctlTest.on_terminal
    screen = contracts.Contracts.screen

    def environment(self):
        return dict(MailctlTest.environment(self), PAGER=self.pager)

    @classmethod
    def setUpClass(cls):
        MailctlTest.setUpClass.__func__(cls)
        for _ in range(MESSAGES):
            cls.server.deliver(message(
                subject="=?utf-8?Q?letter_=1B=5B31mred?="))

    def setUp(self):
        self.kept = os.path.join(self.home, "kept")
        self.pager = "cat >" + self.kept
        if os.path.exists(self.kept):
            os.remove(self.kept)

    def paged(self):
        with open(self.kept) as f:
            return f.read()

    def test_it_gets_what_the_terminal_would(self):
        for words in (["list"], ["search", "-n", "5", "subject:letter"],
                      ["show", "INBOX:1"], ["help"], ["help", "list"],
                      ["send", "--help"]):
            self.assertEqual(self.screen(*words, NO_COLOR="1"), "")
            text = self.paged()
            self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f]")
            plain = self.screen("--no-pager", *words, NO_COLOR="1")
            self.assertEqual(plain.replace("\r\n", "\n"), text)
        # Colours are for the terminal behind it.
        self.screen("list")
        self.assertIn("\x1b[", self.paged())

    def test_it_is_for_terminals_and_readers(self):
        for words in (["list"], ["show", "INBOX:1"], ["help"]):
            self.assertNotEqual(self.run_mailctl(*words).stdout, b"")
        for words in (["mailbox", "list"], ["--json", "list"]):
            self.assertNotEqual(self.screen(*words), "")
        self.assertNotEqual(self.screen("list", TERM="dumb"), "")
        self.assertNotEqual(self.screen("list", PAGER="cat"), "")
        self.assertFalse(os.path.exists(self.kept))

    def test_exit_codes_are_kept(self):
        self.on_terminal("search", "subject:nothing", status=1)
        self.assertFalse(os.path.exists(self.kept))
        self.on_terminal("show", "INBOX:1", "INBOX:9999", status=68)
        self.assertIn("letter", self.paged())

    def test_leaving_it_is_no_error(self):
        for pager in ("true", "head -n 1", "exec <&-; sleep 1", "exit 3"):
            self.pager = pager
            out = self.screen("show", *["INBOX:1:%d" % MESSAGES] * 20)
            self.assertNotIn("mailctl:", out)

    def test_there_is_no_such_program(self):
        self.pager = "no-such-pager"
        self.assertEqual(self.on_terminal("list", status=74), "")

    def less(self, *args):
        env = dict(self.environment(), PAGER="less")
        t = Terminal(self.home, ["sh", "-c", 'trap : INT; "$@"; echo "it says $?"', "sh",
                                 MAILCTL, *self.server.options, *args],
                     {k: env[k] for k in ("HOME", "MAILCTL_PASSWORD",
                                          "PAGER")})
        self.addCleanup(t.close)
        return t

    def test_less_shows_a_screen_and_waits(self):
        t = self.less("list", "-n", "0")
        t.see("\n:")
        self.assertNotIn("it says", t.screen())
        t.press("C-c")  # less's, not mailctl's
        t.press("G")
        t.see("(END)")
        self.assertNotIn("^[", t.screen())
        t.press("q")
        t.see("it says 0")

    def test_less_does_not_wait_with_what_is_short(self):
        self.less("list", "-n", "3").see("it says 0")


if __name__ == "__main__":
    main()
