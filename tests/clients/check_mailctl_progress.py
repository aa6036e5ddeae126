# SPDX-License-Identifier: ISC
"""Long commands show on a terminal how far they are, with a rate and the time
that is left, and say nothing of it anywhere else."""

import base64
import mailbox
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from maildtest import MAILCTL, PASSWORD, Maild, main, message, on_terminal
from scripted import Counter

COUNT = 40
PIECE = 4096    # bytes …
PAUSE = 0.0125  # … in each so many seconds: some 300 kB/s
CLEAR = "\r\x1b[K"


class Slow(Counter):
    """A line on which that work takes seconds."""

    def read(self, s):
        time.sleep(PAUSE)
        return s.recv(PIECE)


class Progress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.maild = Maild(users=3)
        cls.slow = Slow(cls.maild.port("imaps"))
        cls.home = tempfile.mkdtemp(prefix="mailctl-progress-")
        cls.mbox = os.path.join(cls.home, "mbox")
        box = mailbox.mbox(cls.mbox)
        for i in range(COUNT):
            # What no compression makes short.
            text = base64.encodebytes(os.urandom(20000)).decode()
            box.add(message(subject="m%d" % i, body=text))
        box.close()
        cls.run_at(cls.maild.port("imaps"), "test", "import", cls.mbox)

    @classmethod
    def tearDownClass(cls):
        cls.slow.listener.close()
        cls.maild.stop()
        shutil.rmtree(cls.home)

    @classmethod
    def options(cls, port, user, to=""):
        return ["--%simap" % to, "imaps://localhost:%d" % port,
                "--%suser" % to, user]

    @classmethod
    def environment(cls):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "MAILCTL_"))}
        return dict(env, HOME=cls.home, MAILCTL_PASSWORD=PASSWORD)

    @classmethod
    def command(cls, port, user, *args):
        return [MAILCTL, *cls.options(port, user), "--ca-file", cls.maild.ca,
                *args]

    @classmethod
    def run_at(cls, port, user, *args):
        r = subprocess.run(cls.command(port, user, *args), timeout=120,
                           stdin=subprocess.DEVNULL, capture_output=True,
                           env=cls.environment())
        assert r.returncode == 0, r.stderr
        return r.stdout.decode(), r.stderr.decode()

    def seen(self, *args, user, stdin=subprocess.DEVNULL):
        """What it prints, and what the terminal gets of it."""
        status, seen, (out, _) = on_terminal(
            self.command(self.slow.port, user, *args), self.environment(),
            stdin=stdin, stdout=subprocess.PIPE)
        self.assertEqual(status, 0, seen)
        return out.decode(), seen.decode()

    def check(self, shape, words, quiet, user="test"):
        """words show it, and quiet, run beside it where nobody looks, do
        not."""
        p = subprocess.Popen(
            self.command(self.slow.port, user, *quiet),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment())
        self.check_seen(shape, *words, user=user)
        out, err = p.communicate(timeout=120)
        self.assertEqual((p.returncode, err), (0, b""))
        self.assertNotIn(b"\r", out)

    def check_seen(self, shape, *args, **more):
        out, seen = self.seen(*args, **more)
        states = seen.split(CLEAR)
        # The line is redrawn in its place, and goes at the end.
        self.assertEqual((states[0], states[-1]), ("", ""), seen)
        self.assertGreater(len(states), 2, seen)
        numbers = []
        for state in states[1:-1]:
            self.assertRegex(state, shape)
            numbers.append(int(re.search(r": (\d+)", state)[1]))
        self.assertEqual(numbers, sorted(numbers))
        self.assertNotIn("\r", out)

    # Nothing is left to do when the last one is told.
    TOTAL = r"^INBOX: \d+/%d, \d+/s(, \d+:\d\d left)?$" % COUNT

    def test_sync(self):
        a, b = (os.path.join(self.home, x) for x in "ab")
        self.check(self.TOTAL, ["sync", a], ["sync", b])
        mails = [sum("cur" in d or "new" in d for d, _, names in os.walk(x)
                     for _ in names) for x in (a, b)]
        self.assertEqual(mails[0], mails[1])

    def test_backup(self):
        folder = os.path.join(self.home, "backup")
        self.check(self.TOTAL, ["backup", folder], ["backup", folder + "2"])

    def test_migrate(self):
        def to(user):
            return ["migrate", *self.options(self.maild.port("imaps"), user,
                                             to="to-"),
                    "--to-ca-file", self.maild.ca]
        self.check(self.TOTAL, to("user2"), to("user3"))

    def check_import(self, path):
        words = ["import", "--doubles", path]
        self.check(self.TOTAL.replace("INBOX", re.escape(path)), words, words,
                   user="user1")

    def test_import(self):
        self.check_import(self.mbox)

    def test_import_a_maildir(self):
        path = os.path.join(self.home, "maildir")
        maildir = mailbox.Maildir(path)
        for m in mailbox.mbox(self.mbox):
            maildir.add(m)
        self.check_import(path)

    def test_import_a_stream(self):
        """How many there are is not known before the end."""
        with open(self.mbox, "rb") as f:
            self.check_seen(r"^-: \d+, \d+/s$", "import", "--doubles", "-",
                            user="user1", stdin=f)


if __name__ == "__main__":
    main()
