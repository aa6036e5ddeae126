# SPDX-License-Identifier: ISC
"""An admin acts on the mail of others: mailctl -u and -A."""

import json
import os
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import unittest

from maildtest import (MAILCTL, Maild, MaildTest, main, message, on_terminal,
                       wait_for)

USERS = ["test@localhost", "user1@localhost", "user2@localhost"]


class Admin(unittest.TestCase):
    def setUp(self):
        self.maild = Maild(users=2)
        self.home = tempfile.mkdtemp(prefix="mailctl-admin-")

    def tearDown(self):
        self.maild.stop()
        shutil.rmtree(self.home)

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "MAILCTL_"))}
        return dict(env, HOME=self.home, MAILCTL_SOCKET=self.maild.socket)

    def run_mailctl(self, *args, status=0, text=""):
        r = subprocess.run([MAILCTL, *args], capture_output=True, timeout=60,
                           input=text.encode(), env=self.environment())
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        self.stderr = r.stderr.decode()
        return r.stdout.decode()

    def rows(self, *args, **kw):
        return [line.split("\t")
                for line in self.run_mailctl(*args, **kw).splitlines()]

    def deliver(self, user, subject):
        path = os.path.join(self.home, "new.eml")
        with open(path, "wb") as f:
            f.write(message(subject=subject))
        self.run_mailctl("import", "-u", user, path)

    def log(self):
        with open(self.maild.log) as f:
            return f.read()

    def test_the_mail_of_one(self):
        self.deliver("user1", "one")
        self.deliver("user1", "two")
        # The option may stand before the command, too.
        self.assertEqual(len(self.rows("-u", "user1", "list")), 2)
        self.assertEqual(self.run_mailctl("list", "-utest", status=1), "")
        self.run_mailctl("mailbox", "create", "Kept", "--as", "user1")
        self.run_mailctl("move", "INBOX:1", "Kept", "-u", "user1")
        self.run_mailctl("flag", "flagged", "Kept:1", "-u", "user1")
        out = self.run_mailctl("show", "-u", "user1@localhost", "Kept:1")
        self.assertIn("Subject: one", out)
        self.assertIn(b"Subject: two", subprocess.run(
            [MAILCTL, "get", "-u", "user1", "INBOX:2", "--socket",
             self.maild.socket], capture_output=True, timeout=60).stdout)
        path = os.path.join(self.home, "kept.mbox")
        self.run_mailctl("export", "-u", "user1", "Kept", path)
        with open(path) as f:
            self.assertIn("Subject: one", f.read())
        self.run_mailctl("delete", "-u", "user1", "Kept:1")
        self.assertEqual(self.rows("list", "-u", "user1", "Kept",
                                   status=1), [])
        # Nobody else's was touched, and no password was asked for.
        self.assertEqual(self.rows("list", "-u", "user2", status=1), [])
        audit = re.findall(r"an admin acts as a user uid=(\d+) user=(\S+)",
                           self.log())
        self.assertIn((str(os.getuid()), "user1@localhost"), audit)
        self.assertNotIn("mechanism=", self.log())

    def test_a_batch(self):
        self.deliver("user1", "one")
        before = self.log().count("an admin acts as a user")
        out = self.run_mailctl(
            "batch", "-k", "-u", "user1", status=64,
            text="list\nmailbox create New\nsend --to a@b\nmailbox list\n")
        self.assertIn("one", out)
        self.assertIn("New", out)
        self.assertIn("line 3: send acts as nobody else", self.stderr)
        self.assertEqual(self.log().count("an admin acts as a user"),
                         before + 1)

    def test_who_is_not_there(self):
        self.run_mailctl("list", "-u", "eve", status=67)
        self.assertIn("eve: No such user", self.stderr)
        self.run_mailctl("user", "disable", "user1")
        self.run_mailctl("list", "-u", "user1", status=77)
        self.assertIn("disabled", self.stderr)
        self.run_mailctl("user", "delete", "user2", "--yes")
        self.run_mailctl("list", "-u", "user2", status=67)
        self.maild.stop()
        self.run_mailctl("list", "-u", "test", status=69)
        self.assertIn("MAILCTL_SOCKET", self.stderr)
        self.maild = Maild(users=1)

    def test_where_it_makes_no_sense(self):
        for words in (["send", "--to", "a@b"], ["reply", "INBOX:1"],
                      ["account", "list"], ["user", "list"], ["ping"],
                      ["sync", self.home], ["raw", "smtp"]):
            self.run_mailctl(*words, "-u", "user1", status=64)
            self.assertIn("leave out -u", self.stderr)
            self.run_mailctl(*words, "-A", status=64)
            self.assertIn("leave out -A", self.stderr)
        for words in (["show", "INBOX:1"], ["watch"], ["raw", "imap"]):
            self.run_mailctl(*words, "-A", status=64)
            self.assertIn("-u USER", self.stderr)
        self.run_mailctl("list", "-A", "-u", "user1", status=64)
        self.run_mailctl("list", "-u", "user1", "--user", "test", status=64)
        self.assertIn("--user", self.stderr)
        self.assertNotIn("an admin acts", self.log())

    # ---- addresses ----

    def test_where_mail_goes(self):
        self.run_mailctl("mailbox", "create", "Lists", "-u", "user1")
        self.run_mailctl("alias", "add", "team", "user1+lists", "two")
        self.run_mailctl("alias", "add", "two", "user2", "gone")
        rows = self.rows("alias", "resolve", "Team@localhost")
        self.assertEqual(rows, [
            ["mailbox", "user1+lists@localhost", "user1@localhost", "Lists",
             "team@localhost", ""],
            ["mailbox", "user2@localhost", "user2@localhost", "INBOX",
             "team@localhost,two@localhost", ""],
            ["refused", "gone@localhost", "", "",
             "team@localhost,two@localhost", "550 5.1.1 No such user here"]])
        out = self.run_mailctl("alias", "resolve", "eve", "--json", status=1)
        self.assertEqual(
            json.loads(out),
            {"v": 1, "kind": "refused", "address": "eve@localhost",
             "user": "", "mailbox": "", "via": [],
             "reply": "550 5.1.1 No such user here"})

    # ---- everyone ----

    def test_the_mail_of_all(self):
        self.deliver("test", "mine")
        self.deliver("user2", "yours")
        rows = self.rows("list", "-A")
        self.assertEqual([(r[0], r[-1]) for r in rows],
                         [("test@localhost", "mine"),
                          ("user2@localhost", "yours")])
        objects = [json.loads(x) for x in self.run_mailctl(
            "-A", "--json", "search", "subject:yours").splitlines()]
        self.assertEqual([o["user"] for o in objects], ["user2@localhost"])
        self.assertEqual(objects[0]["v"], 1)
        self.run_mailctl("search", "-A", "subject:nobody's", status=1)
        self.assertEqual(
            {r[0] for r in self.rows("mailbox", "list", "-A")}, set(USERS))

    def screen(self, *args, status=0, pager=""):
        got, seen, _ = on_terminal([MAILCTL, *args], dict(
            self.environment(), NO_COLOR="1", COLUMNS="100", PAGER=pager,
            TERM="xterm", LC_ALL="C.UTF-8"))
        self.assertEqual(got, status, seen)
        return seen.decode().splitlines()

    def test_it_is_one_table_on_a_terminal(self):
        self.deliver("test", "mine")
        self.deliver("user2", "the second")
        lines = self.screen("list", "-A")
        self.assertEqual(len(lines), 3, lines)
        self.assertRegex(lines[0], r"^USER +ID +DATE +SIZE +FROM +SUBJECT$")
        at = lines[0].index("SUBJECT")
        self.assertEqual([(line.split()[0], line[at:]) for line in lines[1:]],
                         [("test@localhost", "mine"),
                          ("user2@localhost", "the second")])
        lines = self.screen("mailbox", "status", "INBOX", "-A")
        self.assertEqual([line.split()[:3] for line in lines], [
            ["USER", "MAILBOX", "MESSAGES"]] + [[u, "INBOX", n] for u, n in
                                                zip(USERS, "101")])
        # Whom it fails for has no row, and the others have theirs.
        self.run_mailctl("mailbox", "create", "Plans", "-u", "user1")
        lines = self.screen("mailbox", "status", "Plans", "-A", status=68)
        self.assertEqual([line.split()[0] for line in lines], [
            "mailctl:", "mailctl:", "USER", "user1@localhost", "mailctl:"])
        # One pager for all of them, which may be left.
        kept = os.path.join(self.home, "kept")
        self.assertEqual(self.screen("list", "-A", pager="cat >" + kept), [])
        with open(kept) as f:
            self.assertEqual(len(f.readlines()), 3)
        self.assertEqual(self.screen("list", "-A", pager="true"), [])
        self.assertEqual(self.screen("search", "-A", "nothing", status=1), [])

    def test_it_goes_on_behind_a_failure(self):
        self.run_mailctl("mailbox", "create", "Plans", "-u", "user1")
        rows = self.rows("list", "-A", "-q", "Plans", status=68)
        self.assertEqual(rows, [])
        lines = self.stderr.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("test@localhost: Plans", lines[0])
        self.assertIn("user2@localhost: Plans", lines[1])
        self.assertIn("2 of 3 users: test@localhost, user2@localhost",
                      lines[2])
        self.run_mailctl("mailbox", "create", "Plans", "-A", "--json",
                         status=73)
        errors = [json.loads(x)["error"] for x in self.stderr.splitlines()]
        self.assertEqual([e.get("user") for e in errors],
                         ["user1@localhost", None])
        self.assertEqual(len(self.rows("mailbox", "status", "Plans", "-A")),
                         3)
        self.run_mailctl("user", "disable", "user1")
        self.rows("mailbox", "status", "Plans", "-A")
        self.assertIn("user1@localhost is disabled", self.stderr)

    def test_backup_and_back(self):
        folder = os.path.join(self.home, "all")
        for i, user in enumerate(USERS):
            self.deliver(user, "of %d" % i)
        self.run_mailctl("backup", "-A", folder)
        self.assertEqual(sorted(os.listdir(folder)), USERS)
        self.run_mailctl("backup", "-A", "--verify", folder)
        for user in USERS:
            self.run_mailctl("delete", "-u", user, "INBOX:1", "--purge", "--yes")
        self.assertEqual(self.rows("list", "-A", status=1), [])
        self.run_mailctl("restore", "-A", "--gone", folder)
        self.assertEqual([(r[0], r[-1]) for r in self.rows("list", "-A")],
                         [(u, "of %d" % i) for i, u in enumerate(USERS)])
        boxes = os.path.join(self.home, "boxes")
        self.run_mailctl("export", "-A", "INBOX", boxes)
        self.assertEqual(sorted(os.listdir(boxes)), USERS)
        self.run_mailctl("mailbox", "create", "-A", "Old")
        self.run_mailctl("import", "-A", boxes, "Old")
        self.assertEqual([r[-1] for r in self.rows("list", "-A", "Old")],
                         ["of 0", "of 1", "of 2"])
        self.run_mailctl("export", "-A", "INBOX", "-", status=64)
        self.assertIn("a folder with -A", self.stderr)

    # ---- the connection ----

    def session(self, user):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(30)
        s.connect(self.maild.socket)
        s.sendall(b"GET /v1/users/%s/imap HTTP/1.1\r\nConnection: Upgrade\r\n"
                  b"Upgrade: imap\r\n\r\n" % user)
        self.stream = s.makefile("rb")
        self.assertEqual(self.stream.readline(),
                         b"HTTP/1.1 101 Switching Protocols\r\n")
        while self.stream.readline() != b"\r\n":
            pass
        return s, self.stream.readline()

    def ask(self, s, line):
        s.sendall(b"x " + line + b"\r\n")
        answer = b""
        while not answer.startswith(b"x "):
            answer = self.stream.readline()
            self.assertTrue(answer)
        return answer

    def test_such_a_session(self):
        s, greeting = self.session(b"user1")
        self.assertTrue(greeting.startswith(b"* PREAUTH [CAPABILITY IMAP4rev"))
        # There is no login that it could go back to.
        self.assertNotIn(b"UNAUTHENTICATE", greeting)
        self.assertTrue(self.ask(s, b"UNAUTHENTICATE").startswith(
            b"x NO [CANNOT]"))
        self.assertTrue(self.ask(s, b"LOGIN a b").startswith(b"x BAD"))
        self.assertTrue(self.ask(s, b"COMPRESS DEFLATE").startswith(b"x OK"))
        s.close()

    def test_it_ends_with_the_user(self):
        for change in (["user", "disable", "user1"],
                       ["user", "delete", "user2", "--yes"]):
            s, _ = self.session(change[2].encode())
            self.assertTrue(self.ask(s, b"SELECT INBOX").startswith(b"x OK"))
            self.run_mailctl(*change)
            self.assertTrue(self.stream.readline().startswith(b"* BYE"))
            self.assertEqual(self.stream.readline(), b"")
            s.close()

    def test_it_counts(self):
        self.maild.stop()
        self.maild = Maild("-o", "limits { connections_per_user 2 }", users=1)
        first, second = self.session(b"test")[0], self.session(b"test")[0]
        self.run_mailctl("list", "-u", "test", status=75)
        self.assertIn("connections_per_user", self.stderr)
        first.close()
        self.stream.close()
        second.close()
        wait_for("ended", 30, lambda: self.log().count("session ends") == 2)
        self.run_mailctl("mailbox", "list", "-u", "test")


class Domains(MaildTest):
    """A domain that is added while the server runs."""

    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o",
                  "inbound { tarpit 0s }")

    def mailctl(self, *args, status=0):
        r = self.maild.mailctl(*args, text=True)
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        return r

    def rcpt(self, to, service="smtp"):
        client = smtplib.LMTP if service == "lmtp" else smtplib.SMTP
        with client("127.0.0.1", self.maild.port(service)) as s:
            s.sock.settimeout(30)
            s.ehlo("client.example")
            s.mail("a@elsewhere.example")
            return s.rcpt(to)

    def send(self, to, subject):
        with smtplib.SMTP("127.0.0.1", self.maild.port("smtp"),
                          timeout=30) as s:
            s.sendmail("a@elsewhere.example", [to], message(subject=subject))

    def subjects(self, user):
        return [row.split("\t")[-1] for row in self.maild.mailctl(
            "list", "-u", user, text=True).stdout.splitlines()]

    def test_it_comes_and_goes(self):
        self.assertEqual(self.rcpt("ann@new.example")[0], 550)
        self.mailctl("domain", "add", "New.example")
        self.mailctl("domain", "add", "new.example", status=73)
        self.mailctl("domain", "add", "localhost", status=73)
        self.mailctl("domain", "add", "no domain", status=65)
        self.assertEqual(self.mailctl("domain", "list").stdout,
                         "localhost\tconfiguration\nnew.example\tadded\n")
        # Nobody has that name yet, but for those who must be there.
        self.assertIn(b"5.1.1", self.rcpt("ann@new.example")[1])
        for service in ("smtp", "lmtp"):
            self.assertEqual(
                self.rcpt("postmaster@new.example", service)[0], 250)
            self.assertEqual(self.rcpt("abuse@NEW.example", service)[0], 250)
        made = self.maild.mailctl("user", "add", "ann@new.example",
                                  env={"MAILCTL_PASSWORD": "secret"})
        self.assertEqual(made.returncode, 0, made.stderr)
        self.mailctl("alias", "add", "sales@new.example", "ann@new.example")
        self.send("ann@new.example", "to ann")
        self.send("sales@new.example", "to sales")
        wait_for("both are there", 30, lambda: self.subjects(
            "ann@new.example") == ["to ann", "to sales"])
        # It is no way out, and its user may send as itself.
        with smtplib.SMTP("127.0.0.1", self.maild.port("submission"),
                          timeout=30) as s:
            s.starttls(context=ssl._create_unverified_context())
            s.login("ann@new.example", "secret")
            s.sendmail("ann@new.example", ["sales@new.example"],
                       message(sender="ann@new.example", subject="from ann"))
        wait_for("it comes", 30, lambda: "from ann" in self.subjects(
            "ann@new.example"))
        self.assertEqual(self.mailctl("queue", "list").stdout, "")

        r = self.mailctl("domain", "remove", "new.example", status=65)
        self.assertIn("users: 1, aliases: 1", r.stderr)
        self.mailctl("alias", "remove", "sales@new.example")
        self.mailctl("user", "delete", "ann@new.example", "--yes")
        self.mailctl("domain", "remove", "new.example")
        self.mailctl("domain", "remove", "new.example", status=67)
        r = self.mailctl("domain", "remove", "localhost", status=78)
        self.assertIn("maild.conf", r.stderr)
        self.assertIn(b"5.7.1", self.rcpt("postmaster@new.example")[1])

    def test_it_outlives_a_restart(self):
        folder = tempfile.mkdtemp(prefix="maild-domains-")
        self.addCleanup(shutil.rmtree, folder)
        for last in (False, True):
            maild = Maild(users=1, keep=folder)
            self.addCleanup(maild.stop)
            if not last:
                self.assertEqual(maild.mailctl(
                    "domain", "add", "stays.example").returncode, 0)
            self.assertIn(b"stays.example\tadded",
                          maild.mailctl("domain", "list").stdout)
            self.assertEqual(maild.mailctl(
                "alias", "resolve", "abuse@stays.example").returncode, 0)
            maild.stop()


if __name__ == "__main__":
    main()
