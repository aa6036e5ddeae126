# SPDX-License-Identifier: ISC
"""backup and restore: only what is new is fetched, what is damaged is found,
and one message or all come back with flags and dates."""

import json
import os
import re
import signal
import subprocess

from maildtest import main
from mailbulk import BulkTest, DovecotUser, MaildUser, fill


class BackupTest:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        super().setUp()
        self.folder = self.path("backup")

    def rows(self, *args, **kw):
        out = self.run_mailctl(self.server, "--json", *args, **kw).stdout
        return {o["mailbox"]: o for o in map(json.loads, out.splitlines())}

    def backup(self, *args, **kw):
        return self.rows("backup", *args, self.folder, **kw)

    def remove(self, mailbox, what="1:*"):
        c = self.server.imap()
        c.select('"%s"' % mailbox)
        c.store(what, "+FLAGS", r"(\Deleted)")
        c.expunge()
        c.logout()

    def test_all_comes_back(self):
        fill(self.server, "One", 150, self.rng)
        fill(self.server, "Two words", 50, self.rng)
        want = {n: self.server.messages(n) for n in ("One", "Two words")}
        self.assertFalse(self.backup("-n")["One"]["done"])
        self.assertFalse(os.path.exists(self.folder))
        self.assertEqual(self.backup()["One"]["fetched"], 150)
        self.assertEqual(self.backup()["One"]["fetched"], 0)
        c = self.server.imap()
        for name in want:
            c.delete('"%s"' % name)
        c.logout()
        self.rows("restore", self.folder)
        for name, messages in want.items():
            self.missing(self.server.messages(name), messages)
        rows = self.rows("restore", self.folder)
        self.assertEqual((rows["One"]["messages"], rows["One"]["skipped"]),
                         (0, 150))

    def test_what_was_deleted_and_one_message(self):
        fill(self.server, "Del", 30, self.rng)
        want = self.server.messages("Del")
        self.backup()
        self.remove("Del", "1:10")
        fill(self.server, "Del", 2, self.rng, first=30)
        row = self.backup()["Del"]
        self.assertEqual((row["messages"], row["fetched"], row["gone"]),
                         (22, 2, 10))
        rows = self.rows("restore", self.folder, "Del", "-n")
        self.assertEqual((rows["Del"]["messages"], rows["Del"]["skipped"]),
                         (0, 22))
        rows = self.rows("restore", self.folder, "Del:3", "--to", "Found")
        self.assertEqual(rows["Del"]["messages"], 1)
        self.assertIn(self.server.messages("Found")[0], want)
        rows = self.rows("restore", self.folder, "--gone", "Del")
        self.assertEqual(rows["Del"]["messages"], 10)
        for m in want:
            self.assertIn(m, self.server.messages("Del"))
        self.run_mailctl(self.server, "restore", self.folder, "Del:999",
                         status=68)

    def test_flags_are_as_at_the_last_time(self):
        fill(self.server, "Flags", 5, self.rng, flags=())
        self.backup()
        c = self.server.imap()
        c.select("Flags")
        c.store("1:2", "+FLAGS", r"(\Flagged Later)")
        c.logout()
        self.assertEqual(self.backup()["Flags"]["fetched"], 0)
        self.rows("restore", self.folder, "Flags", "--to", "Flags2")
        self.missing(self.server.messages("Flags2"),
                     self.server.messages("Flags"))

    def test_mailbox_made_anew(self):
        fill(self.server, "Anew", 5, self.rng)
        self.backup()
        c = self.server.imap()
        c.delete("Anew")
        c.logout()
        self.assertEqual(self.backup()["Anew"]["gone"], 5)
        fill(self.server, "Anew", 3, self.rng, first=5)
        self.assertEqual(self.backup()["Anew"]["fetched"], 3)
        rows = self.rows("restore", self.folder, "--gone", "Anew", "--to",
                         "Anew-back")
        self.assertEqual(len(self.server.messages("Anew-back")), 8)
        # A UID of both has to say of which.
        r = self.run_mailctl(self.server, "restore", self.folder, "Anew:2:3",
                             "--to", "Anew-one", status=64)
        ids = re.findall(r"Anew;\d+:2:3", r.stderr.decode())
        self.assertEqual(len(set(ids)), 2, r.stderr)
        self.assertNotIn("Anew-one", self.server.mailboxes())
        for n, one in enumerate(ids):
            rows = self.rows("restore", self.folder, one, "--to",
                             "Anew-%d" % n)
            self.assertEqual(rows["Anew"]["messages"], 2)
        # One that only the first had is plain.
        rows = self.rows("restore", self.folder, "Anew:5", "--to", "Anew-5")
        self.assertEqual(rows["Anew"]["messages"], 1)

    def test_damage_is_found_and_mended(self):
        fill(self.server, "Hurt", 10, self.rng)
        self.backup()
        self.rows("backup", "--verify", self.folder)
        mine = self.rows("backup", "--verify", self.folder)["Hurt"]
        self.assertEqual((mine["missing"], mine["damaged"]), (0, 0))
        with open(os.path.join(self.folder, "manifest")) as f:
            manifest = f.read()
        part = re.search(r"mailbox \d+ Hurt\n((message .*\n)+)", manifest)
        hashes = [line.split()[5] for line in part.group(1).splitlines()]
        paths = [os.path.join(self.folder, "objects", h[:2], h)
                 for h in hashes]
        os.remove(paths[0])
        with open(paths[1], "r+b") as f:
            f.write(b"X")
        with open(paths[2], "ab") as f:
            f.write(b"X")
        bad = self.rows("backup", "--verify", self.folder, status=65)["Hurt"]
        self.assertEqual((bad["missing"], bad["damaged"]), (1, 2))
        rows = self.rows("restore", self.folder, "Hurt", "--to", "Hurt2",
                         status=65)["Hurt"]
        self.assertEqual((rows["messages"], rows["damaged"]), (7, 3))
        # Missing ones and those of another size come again.
        self.assertEqual(self.backup()["Hurt"]["fetched"], 2)
        bad = self.rows("backup", "--verify", self.folder, status=65)["Hurt"]
        self.assertEqual((bad["missing"], bad["damaged"]), (0, 1))
        # The manifest itself.
        with open(os.path.join(self.folder, "manifest"), "w") as f:
            f.write(manifest.replace(" here ", " gone ", 1))
        for verb in (["backup"], ["backup", "--verify"], ["restore"]):
            self.run_mailctl(self.server, *verb, self.folder, status=65)

    def test_killed_and_run_again(self):
        fill(self.server, "Kill", 500, self.rng)
        want = self.server.messages("Kill")
        for n in range(10):
            p = self.start(self.server, "backup", self.folder)
            try:
                p.wait(self.rng.random() * 0.5)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGKILL if n % 2 else signal.SIGINT)
            p.communicate(timeout=60)
            if os.path.exists(os.path.join(self.folder, "manifest")):
                self.run_mailctl(self.server, "backup", "--verify",
                                 self.folder)
        self.backup()
        self.rows("backup", "--verify", self.folder)
        self.rows("restore", self.folder, "Kill", "--to", "Kill2")
        self.missing(self.server.messages("Kill2"), want)

    def test_errors(self):
        self.run_mailctl(self.server, "restore", self.path("none"), status=66)
        self.run_mailctl(self.server, "backup", "--verify",
                         self.path("none"), status=66)
        os.makedirs(self.path("full", "x"))
        self.run_mailctl(self.server, "backup", self.path("full"), status=73)


class OnMaild(BackupTest, BulkTest):
    kind = MaildUser


class OnDovecot(BackupTest, BulkTest):
    kind = DovecotUser


if __name__ == "__main__":
    main()
