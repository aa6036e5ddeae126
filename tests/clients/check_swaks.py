# SPDX-License-Identifier: ISC
"""swaks: every AUTH and TLS form of submission, and LMTP."""

from maildtest import MaildTest, PASSWORD, main
import subprocess


class Swaks(MaildTest):
    def swaks(self, *args, port="submission"):
        return subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port",
             str(self.maild.port(port)), "--from", "test@localhost",
             "--to", "user1@localhost", "--helo", "client.example"] +
            list(args), capture_output=True, timeout=60)

    def login(self, mechanism, password=PASSWORD):
        return ["--auth", mechanism, "--auth-user", "test",
                "--auth-password", password]

    def delivered(self):
        return len(self.fetch_all("user1"))

    def test_every_mechanism_over_every_tls(self):
        for mechanism in ("PLAIN", "LOGIN"):
            for form in (("--tls", "submission"), ("--tlsc", "submissions")):
                before = self.delivered()
                r = self.swaks(form[0], *self.login(mechanism), port=form[1])
                self.assertEqual(r.returncode, 0, r.stdout.decode())
                self.assertIn(b"235 2.7.0", r.stdout)
                self.assertEqual(self.delivered(), before + 1)

    def test_no_auth_is_offered_in_clear(self):
        r = self.swaks(*self.login("PLAIN"))
        self.assertEqual(r.returncode, 28, r.stdout.decode())
        self.assertNotIn(b"<-  235", r.stdout)

    def test_wrong_password(self):
        r = self.swaks("--tls", *self.login("LOGIN", "wrong"))
        self.assertEqual(r.returncode, 28, r.stdout.decode())
        self.assertIn(b"535 5.7.8", r.stdout)

    def test_no_mail_without_login(self):
        r = self.swaks("--tls")
        self.assertEqual(r.returncode, 23, r.stdout.decode())
        self.assertIn(b"530 5.7.0", r.stdout)

    def test_null_sender_after_login(self):
        r = self.swaks("--tls", *self.login("PLAIN"), "--from", "<>",
                       "--h-From", "test@localhost")
        self.assertEqual(r.returncode, 0, r.stdout.decode())

    def test_lmtp(self):
        r = self.swaks("--protocol", "LMTP", port="lmtp")
        self.assertEqual(r.returncode, 0, r.stdout.decode())


if __name__ == "__main__":
    main()
