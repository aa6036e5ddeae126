# SPDX-License-Identifier: ISC
"""fetchmail and getmail6: they fetch what is new, and delete it or keep it."""

import os
import re
import shutil
import subprocess
import tempfile

from maildtest import MaildTest, PASSWORD, main, message


class FetchTest(MaildTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="fetch-")
        self.addCleanup(shutil.rmtree, self.dir)
        c = self.maild.imap()
        c.select("INBOX")
        c.uid("STORE", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
        c.expunge()
        c.logout()

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), 0o700)
        return self.path(name)

    def deliver(self, *subjects):
        for s in subjects:
            self.maild.deliver(message(s, body="This is %s.\r\n" % s))

    def got(self):
        out = b""
        for name in os.listdir(self.path("got")):
            with open(self.path("got", name), "rb") as f:
                out += f.read()
        return out


class Fetchmail(FetchTest):
    def fetchmail(self, *args, status=0):
        """Its output; messages end up in the folder "got"."""
        os.makedirs(self.path("got"), exist_ok=True)
        sink = self.write("sink", "#!/bin/sh\nexec cat >%s/$$\n" %
                          self.path("got"))
        config = self.write("rc", (
            "poll localhost protocol imap service %d\n"
            "  user \"test\" password \"%s\" ssl sslcertck\n"
            "  sslcertfile \"%s\" mda \"%s\"\n") % (
                self.maild.port("imaps"), PASSWORD, self.maild.ca,
                sink))
        r = subprocess.run(
            ["fetchmail", "-f", config, "--nodetach", "--nosyslog",
             "--pidfile", self.path("pid"), "--idfile", self.path("ids")] +
            list(args), capture_output=True, timeout=60,
            env=dict(os.environ, FETCHMAILHOME=self.dir, HOME=self.dir))
        self.assertEqual(r.returncode, status,
                         r.stdout.decode() + r.stderr.decode())
        return r.stdout.decode()

    def test_fetch_and_keep_then_fetch_and_delete(self):
        self.deliver("one", "two")
        self.fetchmail("--keep")
        self.assertIn(b"This is one.", self.got())
        self.assertEqual([f - {r"\Recent"} for f in self.flags().values()],
                         [{r"\Seen"}] * 2)
        # Nothing new: status 1.
        self.fetchmail("--keep", status=1)
        self.deliver("three")
        self.fetchmail("--nokeep")
        self.assertEqual(self.got().count(b"This is"), 3)
        self.assertEqual(len(self.flags()), 2)
        self.fetchmail("--all", "--nokeep")
        self.assertEqual(self.flags(), {})

    def test_a_folder_and_a_limit(self):
        c = self.maild.imap()
        c.append("Archive", None, None, message("small"))
        c.append("Archive", None, None, message("large", body="x\r\n" * 30000))
        c.logout()
        self.fetchmail("--folder", "Archive", "--limit", "50000", "--nokeep")
        got = self.got()
        self.assertIn(b"Subject: small", got)
        self.assertNotIn(b"Subject: large", got)
        self.assertEqual(len(self.flags(mailbox="Archive")), 1)


class Getmail(FetchTest):
    def getmail(self, options, mailboxes='"INBOX",'):
        """The subjects that it has delivered by now."""
        os.makedirs(self.path("got"), exist_ok=True)
        shutil.copy(self.maild.ca, self.path("ca.pem"))
        # getmail misses the end of a child that ends before it waits.
        sink = self.write("sink", "#!/bin/sh\nsleep 0.5\nexec cat >%s/$$\n" %
                          self.path("got"))
        self.write("getmailrc", (
            "[retriever]\ntype = SimpleIMAPSSLRetriever\nserver = localhost\n"
            "port = %d\nusername = test\npassword = %s\nca_certs = %s\n"
            "mailboxes = (%s)\n"
            "[destination]\ntype = MDA_external\npath = %s\n"
            "[options]\n%s") % (self.maild.port("imaps"), PASSWORD,
                                self.path("ca.pem"), mailboxes, sink, options))
        argv = ["getmail", "--getmaildir", self.dir]
        if os.getuid() == 0:  # as root it delivers nothing
            argv = ["setpriv", "--reuid=nobody", "--regid=nogroup",
                    "--clear-groups", "--"] + argv
            subprocess.run(["chown", "-R", "nobody:nogroup", self.dir],
                           check=True)
        self.run_ok(argv, timeout=60)
        return sorted(re.findall(r"^Subject: (.*)$", self.got().decode(), re.M))

    def test_new_only_then_delete(self):
        self.deliver("one", "two")
        self.assertEqual(self.getmail("read_all = false\n"), ["one", "two"])
        self.deliver("three")
        self.assertEqual(self.getmail("read_all = false\n"),
                         ["one", "three", "two"])
        self.assertEqual(len(self.flags()), 3)
        self.getmail("read_all = true\ndelete = true\n")
        self.assertEqual(self.flags(), {})

    def test_several_mailboxes(self):
        self.deliver("one")
        c = self.maild.imap()
        c.append("Sent", None, None, message("sent"))
        c.logout()
        self.assertEqual(self.getmail("", '"INBOX", "Sent"'), ["one", "sent"])


del FetchTest

if __name__ == "__main__":
    main()
