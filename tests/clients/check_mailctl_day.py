# SPDX-License-Identifier: ISC
"""A day with mailctl, in a shell in tmux and again through pipes: what is on
the screen is compared with mailctl_day.txt and mailctl_day_pipe.txt.  With
DAY_WRITE=1 these are written anew, to be read before they are committed."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from maildtest import MAILCTL, PASSWORD, Maild, main, message
from terminal import Terminal

HERE = os.path.dirname(os.path.abspath(__file__))
BODY = "Hi,\r\n\r\nshall we meet at ten?\r\nThe plan is attached.\r\n"


class Repeated:
    """Does something every few seconds until it is left: whom it is for may
    not have begun yet."""

    def __init__(self, what):
        self.what = what
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while self.what and not self.over.wait(3):
            self.what()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *args):
        self.over.set()
        self.thread.join()


class Shell:
    """Commands in a bash on a terminal; the screen after each."""

    def __init__(self, folder, env):
        self.terminal = Terminal(folder, ["bash", "--norc", "--noprofile"],
                                 env=dict(env, PS1="ready> ",
                                          PATH=os.environ["PATH"]))
        self.terminal.see("ready>")

    def lines(self):
        screen = self.terminal.screen().rstrip()
        return [line.rstrip() for line in screen.split("\n")]

    def until(self, what, seen, seconds=60):
        end = time.monotonic() + seconds
        while not seen(self.lines()):
            if time.monotonic() > end:
                raise AssertionError("%s:\n%s" % (what,
                                                  self.terminal.screen()))
            time.sleep(0.05)

    def start(self, command):
        self.terminal.type("clear")
        self.terminal.press("Enter")
        self.until("clear", lambda lines: lines == ["ready>"])
        self.terminal.type(command)
        self.terminal.press("Enter")

    def wait(self, command):
        """What it printed, once the prompt is there again."""
        first = ("ready> " + command)[:90]
        self.until(command, lambda lines: lines[0].startswith(first) and
                   len(lines) > 1 and lines[-1] == "ready>")
        return self.lines()[1:-1]

    def run(self, command, typed=None, meanwhile=None):
        self.start(command)
        if typed:
            self.terminal.see("Password of")
            self.terminal.type(typed)
            self.terminal.press("Enter")
        with Repeated(meanwhile):
            return self.wait(command)

    def close(self):
        self.terminal.close()


class Pipe:
    def __init__(self, folder, env):
        self.env = dict(os.environ, **env)

    def run(self, command, typed=None, meanwhile=None):
        if typed:
            command = command.replace("account add",
                                      "account add --password-fd 3")
            command += " 3<<<" + typed
        p = subprocess.Popen(["bash", "-c", command + " | cat"], env=self.env,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL)
        with Repeated(meanwhile):
            out = p.communicate(timeout=90)[0].decode()
        return [line.rstrip(" ") for line in out.splitlines()]

    def close(self):
        pass


class Day(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailctl-day-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.maild = Maild(users=2)
        self.addCleanup(self.maild.stop)
        os.mkdir(os.path.join(self.folder, "bin"))
        os.symlink(os.path.abspath(MAILCTL),
                   os.path.join(self.folder, "bin", "mailctl"))
        os.environ["PATH"] = (os.path.join(self.folder, "bin") + ":" +
                              os.environ["PATH"])
        self.env = {
            "HOME": self.folder, "TZ": "UTC", "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "IMAP": "imaps://localhost:%d" % self.maild.port("imaps"),
            "SMTP": "smtps://localhost:%d" % self.maild.port("submissions"),
            "CA": self.maild.ca}
        for name in list(os.environ):
            if name.startswith(("XDG_", "MAILCTL_")):
                del os.environ[name]

    def deliver(self, subject, sender):
        self.maild.deliver(message(subject=subject, sender=sender,
                                   body=BODY))

    def even(self, line):
        """With the same in place of what differs from run to run."""
        for pattern, even in (
                (r"localhost:\d{5}", "localhost:12345"),
                (r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-01-01T12:00:00Z"),
                (r" \d\d:\d\d  ", " 12:00  "),
                (r"<[0-9a-f]{16}@", "<0123456789abcdef@"),
                (r"Lists:\d+ ", "Lists:1 "), (r"Lists:\d+\t", "Lists:1\t"),
                (r";\d{10}:", ";1234567890:")):
            line = re.sub(pattern, even, line)
        return line

    def live(self, shell):
        """Yields the lines of the golden text."""
        def one(command, **kw):
            yield "$ " + command
            yield from (self.even(line) for line in shell.run(command, **kw))

        self.deliver("Meeting", "user2@localhost")
        self.deliver("=?utf-8?Q?Gr=C3=BC=C3=9Fe=1B[2J?=", "bob@example.org")
        yield from one("mailctl account add --imap $IMAP --smtp $SMTP "
                       "--ca-file $CA --user test test@localhost home",
                       typed=PASSWORD)
        yield from one("mailctl account list")
        for command in (
                "mailctl list", "mailctl search from:user2 is:unread",
                "mailctl search from:nobody; echo $?",
                "mailctl show INBOX:1",
                "mailctl reply INBOX:1 --body 'At ten, then.'",
                "mailctl list -n 1 --sort size", "mailctl list --threads Sent",
                "mailctl mailbox create Projects Lists",
                "mailctl search -q subject:meeting | "
                "mailctl move - Projects", "mailctl list Projects",
                "mailctl undo", "mailctl mailbox list",
                "mailctl flag flagged INBOX:2", "mailctl lsit"):
            yield from one(command)
        yield from one("mailctl watch -n 1 Lists", meanwhile=self.comes)
        for command in (
                "mailctl mailbox delete --yes Lists", "mailctl sync ~/Mail",
                "mailctl sync ~/Mail", "mailctl backup ~/store", "mailctl delete --purge INBOX:2",
                "mailctl delete --purge --yes INBOX:2",
                "mailctl show INBOX:2",
                "mailctl restore ~/store INBOX:2",
                "mailctl search from:bob"):
            yield from one(command)

    def comes(self):
        c = self.maild.imap()
        c.append("Lists", None, None, message(subject="Lunch?", body=BODY))
        c.logout()

    def compare(self, name, shell):
        path = os.path.join(HERE, name)
        try:
            text = "\n".join(self.live(shell)) + "\n"
        finally:
            shell.close()
        if os.environ.get("DAY_WRITE"):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(text.splitlines(), f.read().splitlines())

    @unittest.skipUnless(shutil.which("tmux"), "needs tmux")
    def test_on_a_terminal(self):
        self.compare("mailctl_day.txt", Shell(self.folder, self.env))

    def test_through_pipes(self):
        self.compare("mailctl_day_pipe.txt", Pipe(self.folder, self.env))


if __name__ == "__main__":
    main()
