# SPDX-License-Identifier: ISC
"""export and import: what goes out comes back byte for byte, with its flags
and dates, from maild and from Dovecot; both go on where they were stopped."""

import mailbox as pymailbox
import os
import signal
import subprocess

from maildtest import main, message
from mailbulk import FLAGS, BulkTest, DovecotUser, MaildUser, fill

COUNT = 300


class ExportTest:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def there_and_back(self, name, *options, strip=None, flags=None):
        fill(self.server, name, COUNT, self.rng, **(
            {"flags": flags} if flags is not None else {}))
        path = self.path(name)
        o = self.object(self.server, "export", *options, name, path)
        self.assertEqual((o["messages"], o["skipped"], o["done"]),
                         (COUNT, 0, True))
        o = self.object(self.server, "export", *options, name, path)
        self.assertEqual((o["messages"], o["skipped"]), (0, COUNT))
        o = self.object(self.server, "import", path, name + "-back")
        self.assertEqual((o["messages"], o["skipped"], o["refused"]),
                         (COUNT, 0, 0))
        o = self.object(self.server, "import", path, name + "-back")
        self.assertEqual((o["messages"], o["skipped"]), (0, COUNT))
        self.missing(self.server.messages(name + "-back"),
                     self.server.messages(name))
        return path

    def test_mbox(self):
        path = self.there_and_back("box")
        # Another program reads the same messages.
        other = pymailbox.mbox(path)
        self.assertEqual(len(other), COUNT)
        other.close()

    def test_maildir(self):
        path = self.there_and_back("dir", "-f", "maildir", flags=FLAGS + ("$Label1", "Home"))
        other = pymailbox.Maildir(path)
        flagged = sum("F" in m.get_flags() for m in other)
        want = sum(r"\Flagged" in m[1] for m in self.server.messages("dir"))
        self.assertEqual((len(other), flagged), (COUNT, want))

    def test_eml(self):
        path = self.there_and_back("eml", "-f", "eml", flags=())
        self.assertEqual(len(os.listdir(path)), COUNT)

    def test_stream_to_stream(self):
        fill(self.server, "stream", COUNT, self.rng)
        r = self.run_mailctl(self.server, "export", "stream", "-")
        self.run_mailctl(self.server, "import", "-", "stream-back",
                         stdin=r.stdout)
        self.missing(self.server.messages("stream-back"),
                     self.server.messages("stream"))

    def test_large_message(self):
        big = message(body="0123456789abcdef" * 60 + "\r\n") + \
            (b"y" * 76 + b"\r\n") * 60000
        self.run_mailctl(self.server, "import", "-", "large", stdin=big)
        want = self.server.messages("large")
        for form in ("mbox", "maildir", "eml"):
            path = self.path("large-" + form)
            self.run_mailctl(self.server, "export", "-f", form, "large", path)
            self.run_mailctl(self.server, "import", path, "large-" + form)
            self.assertEqual([m[0] for m in
                              self.server.messages("large-" + form)],
                             [m[0] for m in want])

    def test_new_mail_is_added(self):
        fill(self.server, "grow", 20, self.rng)
        for form in ("mbox", "maildir", "eml"):
            self.run_mailctl(self.server, "export", "-f", form, "grow",
                             self.path(form))
        fill(self.server, "grow", 5, self.rng, first=20)
        for form in ("mbox", "maildir", "eml"):
            o = self.object(self.server, "export", "-f", form, "grow",
                            self.path(form))
            self.assertEqual((o["messages"], o["skipped"]), (5, 20), form)
            o = self.object(self.server, "import", "-n", self.path(form),
                            "grow")
            self.assertEqual((o["messages"], o["skipped"], o["done"]),
                             (0, 25, False), form)

    def test_cut_off_mbox_is_mended(self):
        fill(self.server, "cut", 10, self.rng)
        path = self.path("cut.mbox")
        self.run_mailctl(self.server, "export", "cut", path)
        with open(path, "rb") as f:
            whole = f.read()
        last = whole.rindex(b"\nFrom ") + 1
        for at in range(last + 1, len(whole), 31):
            with open(path, "wb") as f:
                f.write(whole[:at])
            o = self.object(self.server, "export", "cut", path)
            with open(path, "rb") as f:
                self.assertEqual(f.read(), whole, at - last)
            # Half a From line is the end of the message before.
            self.assertIn(o["messages"], (1, 2))

    def test_interrupt_and_go_on(self):
        fill(self.server, "stop", 1000, self.rng)
        want = self.server.messages("stop")
        path = self.path("stop")
        for _ in range(30):
            p = self.start(self.server, "export", "-f", "maildir", "stop", path)
            self.stop_soon(p, signal.SIGINT)
            if p.returncode == 0:
                break
            # It may not have got as far as to catch it.
            self.assertIn(p.returncode, (75, -signal.SIGINT))
        self.run_mailctl(self.server, "export", "-f", "maildir", "stop", path)
        self.assertEqual(len(os.listdir(os.path.join(path, "cur"))), 1000)
        for n in range(30):
            p = self.start(self.server, "import", path, "stop-back")
            self.stop_soon(p, signal.SIGKILL if n % 2 else signal.SIGTERM)
            if p.returncode == 0:
                break
        self.run_mailctl(self.server, "import", path, "stop-back")
        self.assertEqual([m[0] for m in self.server.messages("stop-back")],
                         [m[0] for m in want])

    def stop_soon(self, p, signo):
        try:
            p.wait(self.rng.random() * 0.5)
        except subprocess.TimeoutExpired:
            p.send_signal(signo)
        p.communicate(timeout=60)

    def test_mboxes_of_others(self):
        text = (b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n"
                b"Subject: one\nStatus: RO\nX-Status: F\n\n"
                b">From here\nFrom nowhere, no date\n\n"
                b"From a@x Fri Jul  8 12:08 2011 +0200\nSubject: two\n\nbody")
        o = self.object(self.server, "import", "-", "others", stdin=text)
        self.assertEqual(o["messages"], 2)
        got = self.server.messages("others")
        self.assertEqual(sorted(m[1:] for m in got),
                         [((), 1310119680),
                          ((r"\Flagged", r"\Seen"), 1310126914)])

    def test_errors(self):
        self.run_mailctl(self.server, "export", "nowhere", self.path("x"),
                         status=68)
        self.run_mailctl(self.server, "export", "-f", "zip", "INBOX",
                         self.path("x"), status=64)
        self.run_mailctl(self.server, "export", "-f", "eml", "INBOX", "-",
                         status=64)
        self.run_mailctl(self.server, "import", self.path("none"), status=66)
        self.run_mailctl(self.server, "export", "INBOX",
                         self.path("no", "folder"), status=73)
        with open(self.path("no.mbox"), "wb") as f:
            f.write(b"Subject: no mbox\n\n")
        self.run_mailctl(self.server, "export", "INBOX", self.path("no.mbox"),
                         status=65)

    def test_refused_message_keeps_no_other_back(self):
        text = (b"From a@x Fri Jul  8 12:08:34 2011\nSubject: 1\n\n\n"
                b"From a@x Fri Jul  8 12:08:34 2011\nSubject: \0\n\n\n"
                b"From a@x Fri Jul  8 12:08:34 2011\nSubject: 3\n\n\n")
        o = self.object(self.server, "import", "-", "nul", stdin=text,
                        status=65 if self.refused else 0)
        self.assertEqual((o["messages"], o["refused"]),
                         (3 - self.refused, self.refused))


class OnMaild(ExportTest, BulkTest):
    kind = MaildUser
    refused = 1


class OnDovecot(ExportTest, BulkTest):
    kind = DovecotUser
    refused = 0  # NUL becomes something else there


if __name__ == "__main__":
    main()
