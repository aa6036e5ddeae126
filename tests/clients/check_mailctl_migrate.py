# SPDX-License-Identifier: ISC
"""migrate: from Dovecot to maild and back, whole mailboxes: what arrives is the
same by checksum, flags and dates.  LONG=true: 10,000 messages in 20 mailboxes,
else a tenth."""

import json
import os
import random
import signal
import subprocess

from maildtest import Maild, main
from mailbulk import BulkTest, DovecotServer, DovecotUser, MaildUser, fill

COUNT = 10000 if os.environ.get("LONG") == "true" else 1000
MAILBOXES = 20


def to(server):
    return [o.replace("--", "--to-", 1) if o.startswith("--") else o
            for o in server.options()]


class Migrate(BulkTest):
    @classmethod
    def setUpClass(cls):
        cls.maild = Maild(users=4)
        cls.dovecot = DovecotServer(4)

    @classmethod
    def tearDownClass(cls):
        cls.maild.stop()
        cls.dovecot.close()

    def users(self, n):
        return (DovecotUser("user%d" % n, self.dovecot),
                MaildUser(user=("test", "user1", "user2")[n],
                          server=self.maild))

    def migrate(self, a, b, *args, **kw):
        r = self.run_mailctl(a, "--json", "migrate", *to(b), *args, **kw)
        return [json.loads(line) for line in r.stdout.splitlines()]

    def compare(self, a, b, names):
        for name, there in names:
            self.missing(b.messages(there), a.messages(name))

    def test_there_and_back(self):
        dovecot, maild = self.users(0)
        back = DovecotUser("user3", self.dovecot)
        names = ["INBOX", "Work/Deep/er", "a.b"] + \
            ["Box %d" % i for i in range(MAILBOXES - 4)] + ["empty"]
        dovecot.imap().create("empty")
        for name in names[:-1]:
            fill(dovecot, name, COUNT // (MAILBOXES - 1), self.rng)
        total = COUNT // (MAILBOXES - 1) * (MAILBOXES - 1)
        dry = self.migrate(dovecot, maild, "-n")
        self.assertEqual((dry[-1]["copied"], dry[-1]["done"]), (total, False))
        self.assertNotIn("Box 1", maild.mailboxes())
        for a, b in ((dovecot, maild), (maild, back)):
            rows = self.migrate(a, b)
            self.assertEqual(
                (rows[-1]["messages"], rows[-1]["copied"],
                 rows[-1]["complete"]), (total, total, True))
            self.compare(a, b, [(n, n) for n in names[:-1]])
            self.assertLessEqual(set(names), b.mailboxes())
        rows = self.migrate(dovecot, maild)
        self.assertEqual((rows[-1]["copied"], rows[-1]["skipped"],
                          rows[-1]["updated"]), (0, total, 0))

    def test_killed_and_run_again(self):
        dovecot, maild = self.users(1)
        fill(dovecot, "INBOX", 1000, self.rng)
        # The same twice is two.
        for _ in range(2):
            fill(dovecot, "Twice", 20, random.Random(3))
        for n in range(12):
            p = self.start(dovecot, "migrate", *to(maild))
            try:
                p.wait(self.rng.random() * 1.5)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL if n % 2 else signal.SIGINT)
            p.communicate(timeout=60)
        self.migrate(dovecot, maild)
        self.compare(dovecot, maild, [("INBOX", "INBOX"), ("Twice", "Twice")])

    def test_flags_follow_and_uses_are_mapped(self):
        dovecot, maild = self.users(2)
        fill(maild, "Sent", 5, self.rng)
        fill(maild, "Other", 5, self.rng)
        third = MaildUser(user="user3", server=self.maild)
        c = third.imap()
        c.delete("Sent")
        typ, data = c._simple_command("CREATE", '"Gesendet"',
                                      "(USE (\\Sent))")
        self.assertEqual(typ, "OK", data)
        c.logout()
        self.migrate(maild, third)
        self.compare(maild, third, [("Sent", "Gesendet"), ("Other", "Other")])
        c = maild.imap()
        c.select("Other")
        c.store("1:3", "FLAGS", r"(\Answered New)")
        c.logout()
        rows = self.migrate(maild, third, "Other")
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows[0]["skipped"], 5)
        self.assertGreaterEqual(rows[0]["updated"], 1)
        self.compare(maild, third, [("Other", "Other")])

    def test_errors(self):
        dovecot, maild = self.users(2)
        self.run_mailctl(dovecot, "migrate", status=64)
        self.run_mailctl(dovecot, "migrate", *to(maild), "nowhere", status=68)
        self.run_mailctl(dovecot, "migrate", "--to-imap",
                         "imaps://localhost:1", "--to-user", "x", status=69)


if __name__ == "__main__":
    main()
