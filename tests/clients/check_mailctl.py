# SPDX-License-Identifier: ISC
"""mailctl's commands for mail, against maild and against Dovecot: the same
words give the same answers."""

import email
import email.policy
import json
import os
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import unittest

from maildtest import (MAILCTL, PASSWORD, TOP, Maild, main, message,
                       on_terminal, wait_for)

sys.path.insert(0, os.path.join(TOP, "tests", "bench"))

from bench import DovecotServer  # noqa: E402


def json_page():
    """{command: {member: types}} of mailctl-json(7)."""
    types = {"A string": (str,), "A number": (int,), "A list": (list,),
             "A boolean": (bool,), "A time": (str, type(None))}
    page, members = {}, []
    with open(os.path.join(TOP, "man", "mailctl-json.7")) as f:
        for line in f:
            if line.startswith(".Ss ") and "Errors" not in line:
                group = {}
                page.update((name, group)
                            for name in line[4:].strip().split(", "))
            elif line.startswith(".It Cm ") and page:
                members = line[7:].strip().split(" , ")
            elif members:
                group.update((m, types[line.split(":")[0]]) for m in members)
                members = []
    return page


class MaildHere:
    def __init__(self):
        self.server = Maild(users=2)
        self.options = [
            "--imap", "imaps://localhost:%d" % self.server.port("imaps"),
            "--smtp", "smtps://localhost:%d" % self.server.port("submissions"),
            "--ca-file", self.server.ca, "--user", "test"]

    def deliver(self, text):
        self.server.deliver(text)

    def close(self):
        self.server.stop()


class DovecotHere:
    def __init__(self):
        self.server = DovecotServer(1)
        self.options = ["--imap", "imaps://localhost:%d" % self.server.imaps,
                        "--ca-file", self.server.ca, "--user", "user0"]

    def deliver(self, text):
        c = smtplib.LMTP("127.0.0.1", self.server.lmtp)
        c.sendmail("a@example.org", ["user0@localhost"], text)
        c.quit()

    def close(self):
        self.server.close()


class MailctlTest:
    """The tests; who mixes it in says which server."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind()
        cls.home = tempfile.mkdtemp(prefix="mailctl-test-")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.home)
        cls.server.close()

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "MAILCTL_"))}
        return dict(env, HOME=self.home, MAILCTL_PASSWORD=PASSWORD,
                    LC_ALL="C.UTF-8", TZ="UTC", TERM="xterm", PAGER="")

    def run_mailctl(self, *args, stdin=b"", status=0):
        r = subprocess.run([MAILCTL, *self.server.options, *args], input=stdin,
                           capture_output=True, timeout=60,
                           env=self.environment())
        self.assertEqual(r.returncode, status,
                         "%r\n%s%s" % (args, r.stdout, r.stderr))
        return r

    def rows(self, *args, **kw):
        out = self.run_mailctl(*args, **kw).stdout.decode()
        return [line.split("\t") for line in out.splitlines()]

    def objects(self, *args, **kw):
        out = self.run_mailctl("--json", *args, **kw).stdout.decode()
        objects = [json.loads(line) for line in out.splitlines()]
        for o in objects:
            self.check_object(args, o)
        return objects

    def check_object(self, args, o):
        """It is as mailctl-json(7) says."""
        page = json_page()
        members = page.get(" ".join(args[:2])) or page[args[0]]
        self.assertEqual(o["v"], 1)
        for name, value in o.items():
            if name != "v":
                self.assertIn(type(value), members[name], name)

    def on_terminal(self, *args, status=0):
        """What it prints on a terminal of 80 columns."""
        got, out, (_, err) = on_terminal(
            [MAILCTL, *self.server.options, *args],
            dict(self.environment(), COLUMNS="80"), stderr=subprocess.PIPE)
        self.assertEqual(got, status, "%s%s" % (out, err))
        return out.decode()

    def fill(self, *subjects):
        for s in subjects:
            self.server.deliver(message(subject=s))
        return self.ids("subject:" + subjects[0].split()[0])

    def ids(self, *words, mailbox="INBOX"):
        r = subprocess.run([MAILCTL, *self.server.options, "search", "-q",
                            "-m", mailbox, *words], capture_output=True,
                           timeout=60, env=self.environment())
        self.assertIn(r.returncode, (0, 1, 68), r.stderr)
        return r.stdout.decode().split()

    def test_move_by_a_pipe_and_undo(self):
        ids = self.fill("move one", "move two", "move three")
        self.run_mailctl("mailbox", "create", "Moved")
        rows = self.rows("move", "-", "Moved", stdin="\n".join(ids).encode())
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0][:2] + rows[0][4:], ["move", "3", "true"])
        self.assertEqual(self.ids("subject:move"), [])
        moved = self.ids("subject:move", mailbox="Moved")
        self.assertEqual(len(moved), 3)
        # The row names them as they are now.
        self.assertEqual(rows[0][3].split(":")[0], moved[0].split(":")[0])
        undone = self.objects("undo")
        self.assertEqual([(o["action"], o["messages"], o["done"])
                          for o in undone], [("undo", 3, True)])
        self.assertEqual(len(self.ids("subject:move")), 3)
        self.run_mailctl("undo", status=1)

    def test_dry_run_changes_nothing(self):
        ids = self.fill("dry one", "dry two")
        for words in (["archive"], ["delete"], ["flag", "read"]):
            rows = self.rows(*words, "--dry-run", *ids)
            self.assertEqual(rows[0][1], "2")
            self.assertEqual(rows[0][4], "false")
        self.assertEqual(self.ids("subject:dry", "is:unread"), ids)

    def test_copy_stays(self):
        ids = self.fill("copy one")
        self.run_mailctl("copy", ids[0], "Nowhere", status=68)
        self.run_mailctl("mailbox", "create", "Copies")
        rows = self.rows("copy", ids[0], "Copies")
        self.assertEqual(self.ids("subject:copy"), ids)
        self.assertEqual(self.ids("subject:copy", mailbox="Copies"),
                         [rows[0][3]])

    def test_archive_and_delete_make_their_mailbox(self):
        ids = self.fill("away one", "away two")
        self.rows("archive", ids[0])
        self.assertEqual(len(self.ids("subject:away", mailbox="Archive")), 1)
        self.rows("delete", ids[1])
        trash = self.ids("subject:away", mailbox="Trash")
        self.assertEqual(len(trash), 1)
        # For ever only with --yes.
        self.run_mailctl("delete", trash[0], status=64)
        self.run_mailctl("delete", "--purge", trash[0], status=64)
        self.assertEqual(self.ids("subject:away", mailbox="Trash"), trash)
        rows = self.rows("delete", "--yes", trash[0])
        self.assertEqual(rows[0][0], "purge")
        self.assertEqual(self.ids("subject:away", mailbox="Trash"), [])
        self.run_mailctl("delete", trash[0], "--yes", status=68)

    def test_get_makes_a_folder(self):
        ids = self.fill("folder one", "folder two")
        folder = os.path.join(self.home, "made")
        self.run_mailctl("get", "-o", folder, *ids, status=64)
        self.assertFalse(os.path.exists(folder))
        for _ in range(2):
            self.run_mailctl("get", "-o", folder + "/", *ids)
            self.assertEqual(len(os.listdir(folder)), 2)
        self.run_mailctl("get", "-o", folder + "/not/there/", *ids, status=73)

    def test_undo_leaves_what_was_so_before(self):
        ids = self.fill("flag one", "flag two")
        self.rows("flag", "flagged", ids[0])
        self.rows("flag", "flagged,keyword:$Work", *ids)
        self.assertEqual(self.ids("subject:flag", "keyword:$work"), ids)
        self.assertEqual(self.ids("subject:flag", "unkeyword:$Work"), [])
        self.assertEqual(self.ids("subject:flag", "is:flagged"), ids)
        self.assertEqual([r[3] for r in self.rows("undo")],
                         ["-$Work", "-\\\\Flagged"])
        self.assertEqual(self.ids("subject:flag", "is:flagged"), ids[:1])
        self.assertEqual(self.ids("subject:flag", "keyword:$Work"), [])
        listed = [r for r in self.rows("list", "-n", "0") if "flag " in r[5]]
        self.assertEqual([r[1] for r in listed], ["flagged", ""])
        self.run_mailctl("flag", "shiny", ids[0], status=64)

    def test_undo_is_refused_in_a_mailbox_made_anew(self):
        ids = self.fill("anew one")
        self.run_mailctl("mailbox", "create", "Anew")
        self.rows("move", ids[0], "Anew")
        self.run_mailctl("mailbox", "delete", "--yes", "Anew")
        self.run_mailctl("mailbox", "create", "Anew")
        self.run_mailctl("copy", "INBOX:*", "Anew")
        r = self.run_mailctl("undo", status=68)
        self.assertIn(b"made anew", r.stderr)

    def test_mailboxes(self):
        self.fill("box one")
        self.run_mailctl("mailbox", "create", "Box", "Bo\u00df")
        self.run_mailctl("mailbox", "create", "Box", status=73)
        self.run_mailctl("mailbox", "rename", "Box", "Chest")
        self.run_mailctl("mailbox", "status", "Box", status=68)
        self.run_mailctl("copy", "INBOX:*", "Chest")
        rows = self.objects("mailbox", "status", "Chest", "Bo\u00df")
        self.assertEqual([(r["mailbox"], r["messages"]) for r in rows],
                         [("Chest", 1), ("Bo\u00df", 0)])
        self.run_mailctl("mailbox", "unsubscribe", "Chest")
        self.run_mailctl("mailbox", "subscribe", "Chest")
        self.run_mailctl("mailbox", "empty", "Chest", status=64)
        self.assertEqual(self.rows("mailbox", "empty", "-n", "Chest")[0][1],
                         "1")
        self.assertEqual(self.rows("mailbox", "empty", "--yes", "Chest")[0][1],
                         "1")
        self.run_mailctl("mailbox", "empty", "--yes", "Chest", status=1)
        self.run_mailctl("mailbox", "delete", "Chest", status=64)
        self.run_mailctl("mailbox", "delete", "--yes", "Chest", "Bo\u00df")
        self.run_mailctl("mailbox", "delete", "--yes", "Chest", status=68)

    def test_json_is_as_its_page_says(self):
        ids = self.fill("json one")
        for words in (["list"], ["search", "subject:json"], ["show", *ids],
                      ["search", "-q", "subject:json"], ["mailbox", "list"],
                      ["mailbox", "status", "INBOX"], ["flag", "read", *ids],
                      ["archive", *ids], ["undo"]):
            self.assertNotEqual(self.objects(*words), [])
        r = self.run_mailctl("--json", "show", "INBOX:99999999", status=68)
        self.assertEqual(json.loads(r.stderr)["error"]["code"], 68)

    def test_on_a_terminal(self):
        ids = self.fill("terminal one")
        screen = self.on_terminal("flag", "read", ids[0])
        self.assertIn("ACTION", screen)
        self.assertIn("flag", screen)
        self.on_terminal("delete", "--purge", ids[0], status=64)


    def test_a_mistyped_verb_is_met_by_the_nearest(self):
        r = self.run_mailctl("serach", status=64)
        self.assertIn(b'did you mean "search"?', r.stderr)

    def watch(self, *words):
        p = subprocess.Popen([MAILCTL, *self.server.options, "watch", *words],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=self.environment())
        self.addCleanup(p.communicate)
        self.addCleanup(p.kill)
        return p

    def deliver_until(self, subject, line):
        """It may still be on its way to IDLE: deliver until it has told."""
        lines = []
        reader = threading.Thread(target=lambda: lines.append(line()))
        reader.start()
        for _ in range(100):
            self.server.deliver(message(subject=subject))
            reader.join(0.5)
            if not reader.is_alive():
                return lines[0]
        self.fail("nothing is told")

    def test_watch_tells_what_comes(self):
        told = os.path.join(self.home, "told")
        p = self.watch("--json", "-n", "1", "--exec",
                       "echo \"$MAILCTL_ID\" >>" + told)
        line = json.loads(self.deliver_until("watch one", p.stdout.readline))
        self.check_object(["watch"], line)
        self.assertEqual(line["subject"], "watch one")
        self.assertEqual(p.wait(30), 0)
        with open(told) as f:
            ids = f.read().split()
        self.assertEqual(ids[0].split(":")[1], line["id"].split(":")[1])
        self.run_mailctl("watch", "Nowhere", status=68)

    def complete(self, *words):
        script = self.run_mailctl("completion", "bash").stdout.decode()
        script += ("\nCOMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _mailctl; "
                   "echo \"${COMPREPLY[*]}\"")
        r = subprocess.run(["bash", "-c", script, "bash", "mailctl", *words],
                           capture_output=True, check=True, timeout=60)
        return r.stdout.decode().split()

    def test_completion(self):
        self.assertEqual(self.complete("mo"), ["move"])
        self.assertEqual(self.complete("mailbox", "s"),
                         ["status", "subscribe"])
        self.assertEqual(self.complete("move", "INBOX:1", "--dr"),
                         ["--dry-run"])
        for shell, check in (("zsh", ["zsh", "-n"]),
                             ("fish", ["fish", "--no-execute"])):
            script = self.run_mailctl("completion", shell).stdout
            if shutil.which(shell):
                subprocess.run(check, input=script, check=True, timeout=60)


class OnMaild(MailctlTest, unittest.TestCase):
    """What takes a submission server, too."""

    kind = MaildHere

    def test_quota(self):
        self.run_mailctl("quota", status=1)
        r = self.server.server.mailctl("user", "quota", "--messages", "1000",
                                       "test@localhost")
        self.assertEqual(r.returncode, 0, r.stderr)
        quotas = self.objects("quota")
        self.assertEqual([(q["resource"], q["limit"]) for q in quotas],
                         [("message", 1000)])

    def test_watch_survives_the_server(self):
        p = self.watch("-n", "100")
        self.deliver_until("survive one", p.stdout.readline)
        self.server.server.kill()
        self.server.server.start()
        self.server.deliver(message(subject="survive two"))
        while b"survive two" not in p.stdout.readline():
            self.assertIsNone(p.poll())

    def parts(self, raw):
        m = email.message_from_bytes(raw, policy=email.policy.default)
        return m, [p for p in m.walk() if not p.is_multipart()]

    def test_reply_is_threaded_and_marks(self):
        self.server.deliver(message(
            subject="r\u00e9ply one", to="test@localhost, user2@localhost",
            sender="user2@localhost", body="How are you?\r\n"))
        original = self.ids("from:user2", "subject:ply")[0]
        self.run_mailctl("reply", "--all", original, "--from",
                         "test@localhost", stdin="Fine.\n".encode())
        self.assertEqual(self.ids("subject:ply", "is:answered"), [original])
        sent = self.ids("subject:ply", mailbox="Sent")[0]
        raw = self.run_mailctl("get", sent).stdout
        m, parts = self.parts(raw)
        was, _ = self.parts(self.run_mailctl("get", original).stdout)
        self.assertEqual(m["Subject"], "Re: r\u00e9ply one")
        self.assertEqual(m["To"], "user2@localhost")
        self.assertEqual(m["In-Reply-To"], was["Message-ID"])
        self.assertEqual(m["References"], was["Message-ID"])
        text = parts[0].get_content().splitlines()
        self.assertEqual(text[0], "Fine.")
        self.assertIn("> How are you?", text)

    def test_template_is_filled_in(self):
        path = os.path.join(self.home, "template")
        with open(path, "w", encoding="utf-8") as f:
            f.write("From: test@localhost\nTo: {{who}}\n"
                    "Subject: f\u00fcr {{who}}\n\nDear {{who}},\n")
        r = self.run_mailctl("send", "--template", path, status=65)
        self.assertIn(b"--set who=VALUE", r.stderr)
        self.run_mailctl("send", "--template", path, "--set",
                         "who=user2@localhost")
        sent = self.ids("subject:f\u00fcr", mailbox="Sent")[0]
        m, parts = self.parts(self.run_mailctl("get", sent).stdout)
        self.assertEqual(m["Subject"], "f\u00fcr user2@localhost")
        self.assertEqual(parts[0].get_content().splitlines(),
                         ["Dear user2@localhost,"])
        # A value ends no field.
        self.run_mailctl("send", "--template", path, "--set",
                         "who=user2@localhost\nBcc: test@localhost",
                         status=65)

    def test_forward_takes_attachments_along(self):
        plan = os.path.join(self.home, "plan.bin")
        with open(plan, "wb") as f:
            f.write(bytes(range(256)))
        self.run_mailctl("send", "--from", "test@localhost", "--to",
                         "test@localhost", "-s", "forward one", "--body",
                         "the text", "-a", plan)
        original = wait_for("the message", 30,
                            lambda: self.ids("subject:forward"))[0]
        self.run_mailctl("forward", original, "--from", "test@localhost",
                         "--to", "user2@localhost", "--body", "see below")
        sent = self.ids("subject:fwd", mailbox="Sent")[0]
        m, parts = self.parts(self.run_mailctl("get", sent).stdout)
        self.assertEqual(m["Subject"], "Fwd: forward one")
        self.assertIn("see below", parts[0].get_content())
        self.assertIn("the text", parts[0].get_content())
        self.assertEqual(parts[1].get_filename(), "plan.bin")
        self.assertEqual(parts[1].get_payload(decode=True), bytes(range(256)))


@unittest.skipUnless(shutil.which("dovecot") and os.geteuid() == 0,
                     "needs dovecot, and root to start it")
class OnDovecot(MailctlTest, unittest.TestCase):
    kind = DovecotHere

    def test_quota_that_is_not_told(self):
        self.run_mailctl("quota", status=69)


if __name__ == "__main__":
    main()
