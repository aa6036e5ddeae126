# SPDX-License-Identifier: ISC
"""mbsync: two-way sync of 1,000 messages, then a run that changes nothing."""

import os
import re
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message

CONFIG = """
IMAPStore remote
Host localhost
Port {port}
User test
Pass {password}
SSLType {ssl}
CertificateFile {ca}

MaildirStore local
Path {dir}/mail/
Inbox {dir}/mail/INBOX
SubFolders Verbatim

Channel all
Far :remote:
Near :local:
Patterns * !Trash
Create Both
Expunge Both
SyncState {dir}/state/
"""


class Mbsync(MaildTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="mbsync-")
        os.makedirs(os.path.join(self.dir, "mail"))
        os.makedirs(os.path.join(self.dir, "state"))

    def tearDown(self):
        shutil.rmtree(self.dir)

    def sync(self, ssl="IMAPS", port="imaps"):
        config = os.path.join(self.dir, "mbsyncrc")
        with open(config, "w") as f:
            f.write(CONFIG.format(port=self.maild.port(port), ca=self.maild.ca,
                                  dir=self.dir, password=PASSWORD, ssl=ssl))
        r = self.run_ok(["mbsync", "-c", config, "-a"], timeout=300)
        return r.stdout.decode() + r.stderr.decode()

    def local(self, folder, body=None, flags=""):
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(self.dir, "mail", folder, sub), exist_ok=True)
        if body is not None:
            name = "%s.test:2,%s" % (os.urandom(8).hex(), flags)
            with open(os.path.join(self.dir, "mail", folder, "cur", name), "wb") as f:
                f.write(body.replace(b"\r\n", b"\n"))

    def local_files(self, folder):
        out = {}
        for sub in ("cur", "new"):
            base = os.path.join(self.dir, "mail", folder, sub)
            for name in os.listdir(base):
                with open(os.path.join(base, name), "rb") as f:
                    subject = re.search(rb"^Subject: (.*)$", f.read(), re.M)
                out[subject.group(1).decode()] = name
        return out

    def test_two_way_then_nothing_to_do(self):
        c = self.maild.imap()
        for n in range(500):
            c.append("INBOX", r"(\Seen)" if n % 3 == 0 else None, None,
                     message("remote %d" % n, body="r%d\r\n" % n * (n % 40)))
        for n in range(500):
            self.local("INBOX" if n % 2 else "Projects",
                       message("local %d" % n, body="l%d\r\n" % n * (n % 40)),
                       "FS" if n % 5 == 0 else "")
        self.local("Projects")
        self.sync()
        c.select("INBOX")
        self.assertEqual(len(c.search(None, "ALL")[1][0].split()), 750)
        c.select("Projects")
        self.assertEqual(len(c.search(None, "ALL")[1][0].split()), 250)
        self.assertEqual(len(c.search(None, "FLAGGED")[1][0].split()), 50)
        files = self.local_files("INBOX")
        self.assertEqual(len(files), 750)
        self.assertIn("S", files["remote 0"].split(",")[-1])

        #= STARTTLS RFC3501-6.2.1 case: all goes on over TLS
        again = self.sync(ssl="STARTTLS", port="imap")
        self.assertEqual(self.local_files("INBOX"), files)
        self.assertNotRegex(again, r"[NF]: [*#+]?[1-9]")

        # Changes on both sides meet.
        base = os.path.join(self.dir, "mail", "INBOX", "cur")
        name = files["local 1"]
        if os.path.exists(os.path.join(base, name)):
            os.rename(os.path.join(base, name),
                      os.path.join(base, name.split(":")[0] + ":2,RS"))
        c.select("INBOX")
        uid = c.uid("SEARCH", "SUBJECT", '"remote 7"')[1][0].split()[0].decode()
        c.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
        c.expunge()
        self.sync()
        c.noop()
        typ, data = c.uid("SEARCH", "ANSWERED", "SUBJECT", '"local 1"')
        self.assertEqual(len(data[0].split()), 1)
        self.assertNotIn("remote 7", self.local_files("INBOX"))
        c.logout()


if __name__ == "__main__":
    main()
