# SPDX-License-Identifier: ISC
"""mailctl's accounts: written, tried, shown, changed, and used by name."""

import json
import os
import pty
import stat
import subprocess
import unittest

from check_mailctl import MaildHere, MailctlTest
from maildtest import MAILCTL, PASSWORD, main, message

# What the tests of check_mailctl.py are is no matter here.
Here = type("Here", (), {k: v for k, v in vars(MailctlTest).items()
                         if not k.startswith("test_")})


class Accounts(Here, unittest.TestCase):
    kind = MaildHere

    def setUp(self):
        self.config = os.path.join(self.home, ".config", "mailctl", "config")
        if os.path.exists(self.config):
            os.unlink(self.config)
        self.password_file = os.path.join(self.home, "pass word")
        with open(self.password_file, "w") as f:
            f.write(PASSWORD + "\n")

    def environment(self):
        env = super().environment()
        del env["MAILCTL_PASSWORD"]
        return env

    def text(self):
        with open(self.config, encoding="utf-8") as f:
            return f.read()

    def run_bare(self, *args, status=0):
        """Without the options that name the server."""
        options, self.server.options = self.server.options, []
        try:
            return self.run_mailctl(*args, status=status)
        finally:
            self.server.options = options

    def add(self, *args, status=0):
        return self.run_mailctl("account", "add", *args, status=status)

    def many(self, *commands):
        """All at once; their exit codes."""
        running = [subprocess.Popen(
            [MAILCTL, "account", *words], env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) for words in commands]
        return [p.wait(60) for p in running]

    def test_none_is_lost_when_many_are_added_at_once(self):
        def added(name):
            return ("add", "--no-test", "--imap", "imaps://localhost",
                    "bob@localhost", name)
        names = ["n%d" % i for i in range(12)]
        self.assertEqual(set(self.many(*map(added, names))), {0})
        self.assertEqual(
            sorted(x.split()[1] for x in self.text().splitlines()
                   if x.startswith("account ")), sorted(names))
        # Of one name there is one; changes do not undo one another.
        codes = self.many(*[added("same")] * 6,
                          *[("remove", n) for n in names[:6]],
                          ("default", "n11"))
        self.assertEqual(sorted(codes), [0] * 8 + [73] * 5)
        self.assertEqual(
            sorted(x.split()[1] for x in self.text().splitlines()
                   if x.startswith("account ")), sorted(names[6:] + ["same"]))
        self.assertTrue(self.text().startswith("account n11\n"))
        self.assertEqual(os.listdir(os.path.dirname(self.config)), ["config"])

    def test_added_account_is_used(self):
        self.add("--password-file", self.password_file, "test@localhost",
                 "home")
        self.assertEqual(stat.S_IMODE(os.stat(self.config).st_mode), 0o600)
        self.assertIn("password_file " + os.path.realpath(self.password_file),
                      self.text())
        self.assertNotIn("\npassword " + PASSWORD, self.text())
        self.server.deliver(message(subject="account one"))
        out = self.run_bare("search", "subject:account").stdout.decode()
        self.assertIn("account one", out)
        rows = self.run_bare("account", "test", "home").stdout.decode()
        self.assertEqual([r.split("\t")[0::2] for r in rows.splitlines()],
                         [["imap", "true"], ["smtp", "true"]])

    def test_what_does_not_work_is_not_written(self):
        wrong = os.path.join(self.home, "wrong")
        with open(wrong, "w") as f:
            f.write("wrong\n")
        self.add("--password-file", wrong, "test@localhost", status=77)
        self.assertFalse(os.path.exists(self.config))
        self.add("nonsense", status=64)
        self.add("--imap", "http://localhost", "test@localhost", status=78)
        self.add("--no-test", "test@localhost", "two\nlines", status=65)
        self.assertFalse(os.path.exists(self.config))

    def test_password_of_a_descriptor_is_kept(self):
        for words in ([], ["--no-test"]):
            r, w = os.pipe()
            os.write(w, (PASSWORD + "\n").encode())
            os.close(w)
            p = subprocess.run(
                [MAILCTL, *self.server.options, "account", "add",
                 "--password-fd", str(r), "test@localhost",
                 "kept" + "".join(words)], pass_fds=[r], timeout=60,
                capture_output=True, env=self.environment())
            os.close(r)
            self.assertEqual(p.returncode, 0, p.stderr)
        self.assertEqual(self.text().count("\npassword " + PASSWORD), 2)
        self.run_bare("list")

    def test_password_is_asked_on_a_terminal(self):
        self.add("--no-test", "test@localhost", "asked")
        main_fd, fd = pty.openpty()
        p = subprocess.Popen([MAILCTL, "account", "test"], stdin=fd,
                             stdout=subprocess.PIPE, stderr=fd,
                             env=self.environment())
        os.close(fd)
        seen = b""
        while b"Password of test:" not in seen:
            seen += os.read(main_fd, 4096)
        os.write(main_fd, PASSWORD.encode() + b"\n")
        out = p.communicate(timeout=60)[0]
        self.assertEqual(p.returncode, 0, out)
        self.assertNotIn(PASSWORD.encode() + b"\r", os.read(main_fd, 4096))
        os.close(main_fd)

    def test_comments_and_order_stay(self):
        self.add("--no-test", "one@localhost", "one")
        self.add("--no-test", "two@localhost", "two")
        text = self.text()
        text = "# mine\n\n" + text.replace("account two",
                                           "# the second\naccount two")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        self.add("--no-test", "two@localhost", "two", status=73)
        self.add("--no-test", "--default", "three@localhost", "three")
        self.assertTrue(self.text().startswith("# mine\n\naccount three\n"))
        self.run_mailctl("account", "default", "two")
        self.assertTrue(self.text().startswith(
            "# mine\n\n# the second\naccount two\n"))
        names = [o["name"] for o in self.objects("account", "list")]
        self.assertEqual(names, ["two", "three", "one"])
        self.run_mailctl("account", "remove", "two")
        self.assertNotIn("second", self.text())
        self.assertIn("# mine\n", self.text())
        self.run_mailctl("account", "remove", "two", status=78)
        self.run_mailctl("account", "remove", "one")
        self.run_mailctl("account", "remove", "three")
        self.run_mailctl("account", "list", status=1)

    def test_a_link_stays_a_link(self):
        self.add("--no-test", "one@localhost", "one")
        there = os.path.join(self.home, "elsewhere")
        os.rename(self.config, there)
        os.symlink(there, self.config)
        self.add("--no-test", "two@localhost", "two")
        self.assertTrue(os.path.islink(self.config))
        with open(there) as f:
            self.assertIn("account two", f.read())

    def test_show_hides_the_password(self):
        self.add("--no-test", "one@localhost", "one")
        with open(self.config, "a") as f:
            f.write("password s3cret\n")
        for words in ([], ["one"]):
            r = self.run_mailctl("--json", "account", "show", *words)
            self.assertNotIn(b"s3cret", r.stdout)
            o = json.loads(r.stdout)
            self.check_object(["account", "show"], o)
            self.assertEqual((o["name"], o["user"], o["password"]),
                             ("one", "test", "(hidden)"))
        self.assertIn(["password", "(hidden)"],
                      self.rows("account", "show"))
        screen = self.on_terminal("account", "show")
        self.assertIn("SETTING", screen)
        self.assertNotIn("s3cret", screen)
        self.assertIn("DEFAULT", self.on_terminal("account", "list"))
        os.chmod(self.config, 0o644)
        r = self.run_mailctl("account", "show", status=78)
        self.assertIn(b"chmod 600", r.stderr)


if __name__ == "__main__":
    main()
