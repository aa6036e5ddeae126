# SPDX-License-Identifier: ISC
"""curl, over TLS and STARTTLS."""

import tempfile

from maildtest import MaildTest, PASSWORD, main, message


class Curl(MaildTest):
    def curl(self, *args, user="test"):
        return self.run_ok(["curl", "-sS", "--cacert", self.maild.ca, "-u",
                            "%s:%s" % (user, PASSWORD)] + list(args)).stdout

    def url(self, scheme, port, path=""):
        return "%s://localhost:%d/%s" % (scheme, self.maild.port(port), path)

    def submit(self, scheme, port, subject):
        with tempfile.NamedTemporaryFile() as f:
            f.write(message(subject, "user1@localhost", "test@localhost"))
            f.flush()
            args = ["--ssl-reqd"] if scheme == "smtp" else []
            self.curl(self.url(scheme, port), "--mail-from", "test@localhost",
                      "--mail-rcpt", "user1@localhost", "-T", f.name, *args)

    def test_send_and_fetch(self):
        self.submit("smtps", "submissions", "by smtps")
        self.submit("smtp", "submission", "by smtp and STARTTLS")
        for args in ((self.url("imaps", "imaps", "INBOX;MAILINDEX=1"),),
                     (self.url("imap", "imap", "INBOX;MAILINDEX=1"),
                      "--ssl-reqd")):
            got = self.curl(*args, user="user1")
            self.assertIn(b"Subject: by smtps\r\n", got)
            self.assertTrue(got.endswith(b"Hi there.\r\n"))

    def test_list_and_custom_commands(self):
        got = self.curl(self.url("imaps", "imaps"))
        for name in (b"INBOX", b"Sent", b"Drafts", b"Trash", b"Junk", b"Archive"):
            self.assertIn(name, got)
        self.curl(self.url("imaps", "imaps", "INBOX"), "-X", "NOOP")
        got = self.curl(self.url("imaps", "imaps"), "-X",
                        "STATUS INBOX (MESSAGES UIDNEXT)")
        self.assertIn(b"MESSAGES", got)

    def test_append(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(message("appended by curl"))
            f.flush()
            self.curl(self.url("imaps", "imaps", "Archive"), "-T", f.name)
        got = self.curl(self.url("imaps", "imaps", "Archive;MAILINDEX=1"))
        self.assertIn(b"Subject: appended by curl", got)

    def test_search(self):
        self.maild.deliver(message("needle-7f3a"), "user2@localhost")
        got = self.curl(self.url("imaps", "imaps", "INBOX?SUBJECT%20needle-7F3A"),
                        user="user2")
        self.assertEqual(got.strip(), b"* SEARCH 1")


if __name__ == "__main__":
    main()
