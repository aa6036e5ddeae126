# SPDX-License-Identifier: ISC
"""COMPRESS=DEFLATE (RFC 4978) in mailctl's bulk commands: the same mail with a
part of the bytes, from and to maild and Dovecot."""

import os

from maildtest import main
from mailbulk import BulkTest, DovecotServer, DovecotUser, MaildUser, fill
from scripted import Counter

COUNT = 300
COMPRESS = """
protocol imap {{
  mail_plugins = imap_zlib
}}
"""


class CompressingDovecot(DovecotServer):
    more = COMPRESS


class CompressTest:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.start_server()
        cls.counter = Counter(cls.server.port)
        cls.server.port, cls.direct = cls.counter.port, cls.server.port

    @classmethod
    def tearDownClass(cls):
        cls.counter.close()
        cls.server.close()

    def setUp(self):
        super().setUp()
        fill(self.server, "Bulk", COUNT, self.rng)
        self.messages = self.server.messages("Bulk")
        self.counter.take()

    def tearDown(self):
        c = self.server.imap()
        for name in self.server.mailboxes() - {"INBOX"}:
            c.delete('"%s"' % name)
        c.logout()
        super().tearDown()

    def small(self, way, size):
        """What went up (0) or down (1) is a part of that many bytes."""
        moved = self.counter.take()[way]
        self.assertGreater(size, 100 * COUNT)
        self.assertLess(moved, size / 3)

    def test_export_and_import(self):
        box = self.path("bulk.mbox")
        self.run_mailctl(self.server, "export", "Bulk", box)
        self.small(1, os.path.getsize(box))
        self.run_mailctl(self.server, "import", box, "Back")
        self.small(0, os.path.getsize(box))
        self.missing(self.server.messages("Back"), self.messages)

    def test_sync(self):
        self.run_mailctl(self.server, "sync", self.path("Mail"), "Bulk")
        cur = [e for sub in ("cur", "new")
               for e in os.scandir(self.path("Mail", "Bulk", sub))]
        self.assertEqual(len(cur), COUNT)
        self.small(1, sum(e.stat().st_size for e in cur))

    def test_backup_and_restore(self):
        self.run_mailctl(self.server, "backup", self.path("kept"))
        size = os.path.getsize
        self.small(1, sum(size(os.path.join(d, f)) for d, _, names in
                          os.walk(self.path("kept")) for f in names))
        self.run_mailctl(self.server, "restore", "--to", "Found",
                         self.path("kept"), "Bulk")
        self.missing(self.server.messages("Found"), self.messages)

    def test_batch_turns_it_on_once(self):
        lines = b"list Bulk\nexport Bulk %s\nexport Bulk %s\nlist Bulk\n" % (
            self.path("a").encode(), self.path("b").encode())
        self.run_mailctl(self.server, "batch", stdin=lines)
        self.small(1, os.path.getsize(self.path("a")))
        with open(self.path("a"), "rb") as a, open(self.path("b"), "rb") as b:
            self.assertEqual(a.read(), b.read())


class Maild(CompressTest, BulkTest):
    start_server = MaildUser


class Dovecot(CompressTest, BulkTest):
    @staticmethod
    def start_server():
        user = DovecotUser(server=CompressingDovecot(1))
        user.owned = True
        return user

    def test_migrate_from_maild(self):
        other = MaildUser()
        self.addCleanup(other.close)
        fill(other, "Bulk", COUNT, self.rng)
        secret = self.path("password")
        with open(secret, "w") as f:
            f.write(self.environment()["MAILCTL_PASSWORD"])
        os.chmod(secret, 0o600)
        c = self.server.imap()
        c.delete('"Bulk"')
        c.logout()
        box = self.path("bulk.mbox")
        self.run_mailctl(other, "export", "Bulk", box)
        self.counter.take()
        self.run_mailctl(other, "migrate", "--to-imap", "imaps://localhost:%d"
                         % self.server.port, "--to-user", self.server.user,
                         "--to-password-file", secret, "--to-ca-file",
                         self.server.ca, "Bulk")
        self.small(0, os.path.getsize(box))
        self.missing(self.server.messages("Bulk"), other.messages("Bulk"))


if __name__ == "__main__":
    main()
