# SPDX-License-Identifier: ISC
"""offlineimap3: two-way sync, changes on both sides, and nothing to do."""

import glob
import os
import re
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message

CONFIG = """
[general]
accounts = test
metadata = {dir}/meta
socktimeout = 60
[Account test]
localrepository = local
remoterepository = remote
maxage = 3000
[Repository local]
type = Maildir
localfolders = {dir}/mail
sync_deletes = yes
[Repository remote]
type = IMAP
remotehost = localhost
remoteport = {port}
remoteuser = test
remotepass = {password}
ssl = yes
sslcacertfile = {ca}
maxconnections = 3
expunge = yes
"""


class Offlineimap(MaildTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="offlineimap-")
        self.addCleanup(shutil.rmtree, self.dir)
        with open(self.path("rc"), "w") as f:
            f.write(CONFIG.format(dir=self.dir, ca=self.maild.ca,
                                  port=self.maild.port("imaps"),
                                  password=PASSWORD))

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def sync(self):
        r = self.run_ok(["offlineimap", "-c", self.path("rc"), "-o", "-u",
                         "basic"], timeout=120,
                        env=dict(os.environ, HOME=self.dir))
        return r.stdout.decode() + r.stderr.decode()

    def files(self, folder):
        """{subject: path}"""
        out = {}
        for name in glob.glob(self.path("mail", folder, "[cn]*", "*")):
            with open(name, "rb") as f:
                out[re.search(rb"^Subject: (.*?)\r?$", f.read(), re.M)
                    .group(1).decode()] = name
        return out

    def test_two_way(self):
        c = self.maild.imap()
        for n in range(40):
            c.append("INBOX", r"(\Seen)" if n % 2 else None, None,
                     message("remote %d" % n))
        c.create("Work/2026")
        c.append("Work/2026", r"(\Flagged)", None, message("nested"))
        self.sync()
        files = self.files("INBOX")
        self.assertEqual(len(files), 40)
        self.assertIn("S", files["remote 1"].split(",")[-1])
        self.assertEqual(list(self.files("Work.2026")), ["nested"])

        # Here one is deleted, one answered, one new; there one is deleted.
        os.unlink(files["remote 0"])
        base, name = os.path.split(files["remote 1"])
        os.rename(files["remote 1"], os.path.join(
            os.path.dirname(base), "cur", name.split(":")[0] + ":2,RS"))
        with open(self.path("mail", "INBOX", "new", "1.new.here"), "wb") as f:
            f.write(message("local").replace(b"\r\n", b"\n"))
        c.select("INBOX")
        uid = c.uid("SEARCH", "SUBJECT", '"remote 2"')[1][0].split()[0]
        c.uid("STORE", uid.decode(), "+FLAGS", r"(\Deleted)")
        c.expunge()
        self.sync()
        c.noop()

        def found(*keys):
            return len(c.search(None, *keys)[1][0].split())
        self.assertEqual(found("SUBJECT", '"remote 0"'), 0)
        self.assertEqual(found("ANSWERED", "SUBJECT", '"remote 1"'), 1)
        self.assertEqual(found("SUBJECT", "local"), 1)
        self.assertEqual(found("ALL"), 39)
        files = self.files("INBOX")
        self.assertNotIn("remote 2", files)
        self.assertEqual(len(files), 39)

        # Nothing to do, nothing done.
        before = self.flags()
        self.sync()
        self.assertEqual(self.files("INBOX"), files)
        self.assertEqual(self.flags(), before)
        c.logout()


if __name__ == "__main__":
    main()
