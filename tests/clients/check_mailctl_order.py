# SPDX-License-Identifier: ISC
"""mailctl list and search in other orders and as threads: what the server
does and what mailctl does without it is the same, and takes few round
trips."""

import os
import shutil
import tempfile
import unittest

from check_mailctl import DovecotHere, MaildHere, MailctlTest
from maildtest import main, message
from scripted import Authority, Relay

# What the tests of check_mailctl.py are is no matter here.
Here = type("Here", (), {k: v for k, v in vars(MailctlTest).items()
                         if not k.startswith("test_")})


# What binds to the TLS connection cannot be relayed.
UNBOUND = (b"AUTH=SCRAM-SHA-256-PLUS", b"AUTH=SCRAM-SHA-256")


class OrderTest(Here):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(tempfile.mkdtemp(dir=cls.home))
        for subject, sender, size, more in (
                ("banana", "carol", 300, "<1@x>"),
                ("Re: Apple", "alice", 100, "<2@x>"),
                ("cherry", "bob", 200, "<3@x>"),
                ("Re: banana", "dave", 400, "<4@x>\r\nReferences: <1@x>"),
                ("RE: banana", "bob", 50,
                 "<5@x>\r\nReferences: <1@x> <4@x>")):
            text = message(subject=subject, sender=sender + "@example.org",
                           body="x" * size + "\r\n")
            cls.server.deliver(text.replace(
                b"Message-ID: ", b"Message-ID: " + more.encode() +
                b"\r\nX-Was: "))

    def relayed(self, *args, without=(), status=0):
        relay = Relay(self.authority, self.imaps(), UNBOUND + without)
        options = self.server.options
        self.server.options = options + [
            "--imap", "imaps://localhost:%d" % relay.server.port,
            "--ca-file", self.authority.ca]
        try:
            return self.rows(*args, status=status), relay.turns
        finally:
            self.server.options = options
            relay.server.close()

    def subjects(self, *args):
        """By the server and without it, which must be the same."""
        served, _ = self.relayed(*args)
        alone, _ = self.relayed(*args, without=(
            b"SORT=DISPLAY", b"THREAD=REFERENCES", b"PARTIAL", b"SEARCHRES",
            b"ESEARCH"))
        self.assertEqual(served, alone)
        return [r[5] if len(r) > 5 else r[0] for r in served]

    def test_sort(self):
        self.assertEqual(self.subjects("search", "--sort", "size", "x"),
                         ["RE: banana", "Re: Apple", "cherry", "banana",
                          "Re: banana"])
        self.assertEqual(self.subjects("list", "--sort", "subject"),
                         ["Re: Apple", "banana", "Re: banana", "RE: banana",
                          "cherry"])
        self.assertEqual(self.subjects("search", "--sort", "from", "--reverse",
                                       "x")[0], "Re: banana")
        self.assertEqual(self.subjects("list", "--reverse", "-n", "1"),
                         ["banana"])
        # The last ones of the order, of those that were found.
        self.assertEqual(self.subjects("search", "--sort", "size", "-n", "2",
                                       "subject:banana"),
                         ["banana", "Re: banana"])
        ids = self.subjects("search", "-q", "--sort", "size", "x")
        self.assertEqual([i.split(":")[1] for i in ids], list("52314"))
        self.run_mailctl("list", "--sort", "colour", status=64)
        self.run_mailctl("list", "--sort", "size", "--threads", status=64)
        self.run_mailctl("search", "--sort", "size", "nothing:here", status=1)
        self.run_mailctl("list", "--threads", "Nowhere", status=68)

    def test_threads(self):
        served, _ = self.relayed("list", "--threads")
        self.assertEqual([(r[5], r[6]) for r in served],
                         [("banana", "0"), ("Re: banana", "1"),
                          ("RE: banana", "2"), ("Re: Apple", "0"),
                          ("cherry", "0")])
        alone, _ = self.relayed("list", "--threads",
                                without=(b"THREAD=REFERENCES",))
        self.assertEqual([(r[5], r[6]) for r in alone],
                         [("banana", "0"), ("Re: banana", "1"),
                          ("RE: banana", "1"), ("Re: Apple", "0"),
                          ("cherry", "0")])
        objects = self.objects("search", "--threads", "subject:banana")
        self.assertEqual([o["depth"] for o in objects], [0, 1, 2])
        screen = self.on_terminal("list", "--threads")
        self.assertRegex(screen, r"(?m) {3,}RE: banana")
        self.assertNotIn("DEPTH", screen)

    def test_last_ones(self):
        for args in (["list", "-n", "2"], ["search", "-n", "2", "subject:a"],
                     ["search", "-n", "1", "subject:Re"],
                     ["list", "-q", "-n", "3"], ["list", "-n", "0"],
                     ["search", "-n", "3", "body:xx"]):
            self.assertNotEqual(self.subjects(*args), [])
        # Nothing is found, nor with a charset.
        for without in ((), (b"PARTIAL",)):
            self.relayed("search", "-n", "3", "subject:x\u00fcx",
                         without=without, status=1)

    def imaps(self):
        return int(self.server.options[1].rsplit(":", 1)[1])


class OrderOnMaild(OrderTest, unittest.TestCase):
    kind = MaildHere

    def test_round_trips(self):
        """With PARTIAL there is one less; a search has its FETCH with it."""
        for args in (["list"], ["search", "-n", "3", "subject:banana"]):
            _, few = self.relayed(*args)
            _, more = self.relayed(*args, without=(b"PARTIAL",))
            self.assertEqual(few, more - 1, args)


@unittest.skipUnless(shutil.which("dovecot") and os.geteuid() == 0,
                     "needs dovecot, and root to start it")
class OrderOnDovecot(OrderTest, unittest.TestCase):
    kind = DovecotHere


if __name__ == "__main__":
    main()
