# SPDX-License-Identifier: ISC
"""What scripts and people may rely on with every command of mailctl: where
output goes, how it looks on a terminal and in a pipe, exit codes, help."""

import glob
import itertools
import json
import os
import re
import shlex
import subprocess
import unittest

from check_mailctl import MaildHere, MailctlTest
from maildtest import (MAILCTL, PASSWORD, TOP, main, message, on_terminal,
                       wait_for)

# What the tests of check_mailctl.py are is no matter here.
Here = type("Here", (), {k: v for k, v in vars(MailctlTest).items()
                         if not k.startswith("test_")})

MAN = os.path.join(TOP, "man")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Contracts(Here, unittest.TestCase):
    kind = MaildHere

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.deliver(message(
            subject="a long subject of many words " * 8,
            extra="X-Tab: a\tb\r\n"))
        cls.server.deliver(message(
            subject="=?utf-8?Q?tab=09back=5Cslash_=1B=5B31mred?="))

    def everything(self):
        """The names of all commands, as a shell completes them."""
        script = self.run_mailctl("completion", "bash").stdout.decode()
        return re.findall(r"\t'([a-z -]+)' \| '\1 '\*\)", script)

    def try_help(self, words):
        return subprocess.run([MAILCTL, *words, "--help"], timeout=60,
                              capture_output=True, env=self.environment())

    def test_help_begins_with_two_examples(self):
        names = self.everything()
        self.assertGreater(len(names), 50)
        listed = self.run_mailctl("help").stdout.decode()
        for name in names:
            self.assertIn("\n  %s " % name, listed)
            verb = name.split()
            r = self.try_help(verb)
            out = r.stdout.decode().splitlines()
            self.assertEqual(r.stderr, b"")
            for example in out[:2]:
                self.assertTrue(example.startswith("$ "), (verb, example))
                self.assertIn("mailctl", example)
            self.assertEqual(out[2], "")
            self.assertTrue(out[3].startswith("usage: mailctl " +
                                              name), out[3])
            # A password on the command line would be everybody's.
            self.assertNotRegex(r.stdout.decode(), r"--password[ =]")
            via_help = self.run_mailctl("help", *verb).stdout
            self.assertEqual(via_help, r.stdout)

    def fake_man(self, script):
        """A PATH on which man is that."""
        folder = os.path.join(self.home, "bin")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "man"), "w") as f:
            f.write("#!/bin/sh\n" + script)
        os.chmod(os.path.join(folder, "man"), 0o755)
        return folder + ":" + os.environ["PATH"]

    def pages(self):
        """{name: source} of mailctl's manual pages of commands."""
        out = {}
        for path in glob.glob(os.path.join(MAN, "mailctl*.1")):
            with open(path) as f:
                out[os.path.basename(path)[:-2]] = f.read()
        return out

    def test_topics_are_manual_pages(self):
        out = self.run_mailctl("help").stdout.decode()
        path = self.fake_man('echo "$@"\n')
        for topic in out.splitlines()[-1].split():
            r = subprocess.run([MAILCTL, "help", topic], capture_output=True,
                               timeout=60,
                               env=dict(self.environment(), PATH=path))
            section, page = r.stdout.decode().split()
            self.assertTrue(os.path.exists(os.path.join(
                MAN, "%s.%s" % (page, section))), (topic, page))
        self.run_mailctl("help", "nonsense", status=64)

    def options(self, verb):
        """[(letter, name)] that it lists."""
        text = self.try_help(verb.split()).stdout.decode()
        return set(re.findall(r"^  (?:-(\w)(?:, | ))?(?:--([\w-]+))?", text,
                              re.M)) - {("", "")}

    def test_each_command_is_in_one_page_with_its_options(self):
        pages = self.pages()
        read = {name: re.sub(".\b", "", subprocess.run(
            ["mandoc", "-Tascii", os.path.join(MAN, name + ".1")], check=True,
            capture_output=True).stdout.decode()) for name in pages}
        common = self.options("ping") | {("u", "as"), ("A", "as-each")}
        path = self.fake_man('echo "$@"\n')
        for verb in self.everything():
            names = [n for n, text in pages.items() if re.search(
                r"^\.Nm mailctl %s$" % verb, text, re.M)]
            self.assertEqual(len(names), 1, (verb, names))
            for letter, name in self.options(verb) - common:
                self.assertRegex(
                    read[names[0]], r"(?<![\w-])(%s)(?![\w-])" % "|".join(
                        (["-" + letter] if letter else []) +
                        (["--" + name] if name else [])), (verb, names))
            opened = self.screen("help", *verb.split(), PATH=path)
            self.assertEqual(opened.split(), ["1", names[0]])

    def test_help_where_there_is_no_page(self):
        path = self.fake_man("echo no such page >&2\nexit 16\n")
        self.assertIn("usage: mailctl list", self.screen(
            "help", "list", PATH=path))

    def test_examples_of_the_pages_are_commands(self):
        """Options and names; help is asked for in place of the deed."""
        seen = 0
        for name, text in self.pages().items():
            text = text.split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
            text = text.replace("\\e\n", " ").replace("|\n", "| ")
            text = text.replace("\\(dq", '"').replace("\\e", "\\")
            for line in re.findall(r"^(?:\.Dl )?[$#] (.*)", text, re.M):
                words = shlex.shlex(line, posix=True, punctuation_chars="|<>")
                words.whitespace_split = True
                for _, words in itertools.groupby(words, "|".__ne__):
                    words = list(itertools.takewhile(
                        lambda w: w[0] not in "<>", words))
                    if words[0] != "mailctl":
                        continue
                    seen += 1
                    r = self.try_help(words[1:])
                    self.assertEqual(r.returncode, 0, (name, words, r.stderr))
                    self.assertTrue(r.stdout.startswith(b"$ "), words)
        self.assertGreater(seen, 30)

    def test_nearest_command(self):
        for typed, meant in ((["lst"], "list"), (["mailbox", "crate"],
                             "mailbox create"), (["acount", "add"],
                             "account add")):
            r = self.run_mailctl(*typed, status=64)
            self.assertIn('did you mean "%s"?' % meant, r.stderr.decode())
            self.assertEqual(r.stdout, b"")
        r = self.run_mailctl("list", "--jsno", status=64)
        self.assertEqual(r.stdout, b"")

    def test_errors_say_what_to_do(self):
        missing = os.path.join(self.home, "missing")
        for words, status, hint in (
                (["list", "Nope"], 68, "mailctl mailbox list"),
                (["list", "--jsno"], 64, "did you mean --json?"),
                (["mailbox"], 64, "mailbox what? list, status, create"),
                (["raw"], 64, "raw what? imap, smtp"),
                (["search", "is:shiny"], 64, "may be unread"),
                (["search", "frm:nobody"], 1, 'did you mean "from:"?'),
                (["search"], 64, "mailctl list -n 0"),
                (["import", missing], 66, missing),
                (["restore", missing], 66, "is no backup"),
                (["list", "--password-file", missing], 78, missing),
                (["list", "--imap", "imaps://localhost:1"], 69,
                 "mailctl probe"),
                (["list", "--ca-file", "/etc/ssl/certs/ISRG_Root_X1.pem"],
                 77, "--ca-file")):
            r = self.run_mailctl(*words, status=status)
            self.assertIn(hint, r.stderr.decode(), words)
            self.assertEqual(r.stdout, b"")
        r = subprocess.run(
            [MAILCTL, "list", "--imap", "imaps://mail.invalid", "--user", "a"],
            capture_output=True, timeout=60, env=dict(
                self.environment(), ALL_PROXY="http://no.invalid:1"))
        self.assertEqual(r.returncode, 69, r.stderr)
        self.assertIn("check ALL_PROXY", r.stderr.decode())
        wrong = os.path.join(self.home, "wrong")
        with open(wrong, "w") as f:
            f.write("wrong\n")
        r = self.run_mailctl("list", "--password-file", wrong, status=77)
        self.assertIn("does not let test in", r.stderr.decode())
        options, self.server.options = self.server.options, []
        try:
            r = self.run_mailctl("list", status=78)
            self.assertIn("mailctl account add", r.stderr.decode())
            r = self.run_mailctl("list", "--account", "nope", status=78)
            self.assertIn("mailctl account list", r.stderr.decode())
        finally:
            self.server.options = options

    def test_a_mailbox_that_takes_no_more(self):
        eml = os.path.join(self.home, "one.eml")
        with open(eml, "wb") as f:
            f.write(message(subject="one"))
        as_user = ["--user", "user1"]
        self.server.server.mailctl("user", "quota", "--messages", "1",
                                   "user1@localhost")
        self.run_mailctl(*as_user, "import", eml)
        r = self.run_mailctl(*as_user, "import", "--doubles", eml, status=73)
        self.assertIn("mailctl quota shows", r.stderr.decode())
        c = self.server.server.imap("user1")
        c.setacl("INBOX", "test@localhost", "lr")
        c.logout()
        foreign = "Other Users/user1@localhost/INBOX"
        self.assertIn(foreign, [row[0] for row in self.rows("mailbox",
                                                            "list")])
        read = self.rows("list", "-q", foreign)[0][0]
        for words in (["flag", "flagged", read], ["delete", read],
                      ["move", read, "Archive"],
                      ["import", "--doubles", eml, foreign]):
            r = self.run_mailctl(*words, status=77)
            self.assertIn("right", r.stderr.decode(), words)
        self.run_mailctl("copy", read, "Archive")
        r = self.run_mailctl("send", "--from", "test@localhost", "--to",
                             "user1@localhost", "--body", "x", status=75)
        self.assertIn("when they have made room", r.stderr.decode())

    READERS = (["list"], ["search", "subject:subject"], ["mailbox", "list"],
               ["mailbox", "status", "INBOX"], ["list", "--threads"])

    def test_pipe_is_tsv(self):
        for words in self.READERS:
            r = self.run_mailctl(*words)
            self.assertEqual(r.stderr, b"")
            rows = [line.split("\t") for line in r.stdout.decode()
                    .splitlines()]
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
            self.assertNotIn(b"MAILBOX", r.stdout)
            self.assertNotIn(b"\x1b", r.stdout)
        row = self.rows("search", "subject:slash")[0]
        self.assertRegex(row[2], "^%s$" % TIME)
        # What an encoded word hides is a space by then.
        self.assertEqual(row[5], "tab back\\\\slash  [31mred")
        long = self.rows("search", "subject:words")[0][5]
        self.assertEqual(long.count("many words"), 8)

    def screen(self, *args, columns="80", **env):
        status, seen, _ = on_terminal(
            [MAILCTL, *self.server.options, *args],
            dict(self.environment(), COLUMNS=columns, **env))
        self.assertEqual(status, 0, seen)
        return seen.decode()

    def test_terminal_is_a_table(self):
        for words in self.READERS:
            colourful = self.screen(*words)
            plain = self.screen(*words, NO_COLOR="1")
            self.assertIn("\x1b[", colourful)
            self.assertNotIn("\x1b", plain)
            self.assertEqual(re.sub("\x1b\\[[0-9;]*m", "", colourful), plain)
            lines = plain.splitlines()
            self.assertRegex(lines[0], "^[A-Z ]+$")
            self.assertLessEqual(max(map(len, lines)), 80)
            self.assertNotRegex(plain, TIME)
        narrow = self.screen("list", columns="50", NO_COLOR="1")
        self.assertLessEqual(max(map(len, narrow.splitlines())), 50)
        self.assertIn("\u2026", narrow)

    def test_json_is_an_object_a_line(self):
        for words in self.READERS:
            for line in self.run_mailctl("--json",
                                         *words).stdout.splitlines():
                self.assertEqual(json.loads(line)["v"], 1)
        for words, code in ((["show", "INBOX:9999"], 68), (["shw"], 64),
                            (["search", "is:shiny"], 64)):
            r = self.run_mailctl("--json", *words, status=code)
            self.assertEqual(r.stdout, b"")
            error = json.loads(r.stderr)
            self.assertEqual((error["v"], error["error"]["code"]), (1, code))

    def bare(self, *args, status, stdin=b"", **env):
        e = self.environment()
        del e["MAILCTL_PASSWORD"]
        r = subprocess.run([MAILCTL, *args], input=stdin, timeout=90,
                           capture_output=True, env=dict(e, **env))
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        self.assertEqual(r.stdout, b"")
        self.assertNotEqual(r.stderr, b"")
        return r

    def test_exit_codes(self):
        o = self.server.options
        self.bare("list", status=78)
        self.bare("list", "--account", "nobody", status=78)
        self.bare("list", "--config", "/nonexistent", status=78)
        self.bare("list", "--bad", status=64)
        # No terminal to ask on: no question, and an end.
        r = self.bare(*o, "list", status=77)
        self.assertIn(b"no password", r.stderr)
        self.bare(*o, "list", status=77, MAILCTL_PASSWORD="wrong")
        self.bare(*o, "--imap", "imaps://localhost:1", "list", status=69,
                  MAILCTL_PASSWORD=PASSWORD)
        self.bare(*o, "--ca-file", "/etc/hostname", "list", status=78,
                  MAILCTL_PASSWORD=PASSWORD)
        for words, status in (
                (["list", "Nowhere"], 68), (["show", "INBOX:9999"], 68),
                (["search", "nobody-has-this"], 1),
                (["mailbox", "create", "INBOX"], 73),
                (["mailbox", "delete", "--yes", "Nowhere"], 68)):
            r = self.run_mailctl(*words, status=status)
            self.assertEqual(r.stdout, b"")
        self.run_mailctl("send", "--from", "test@localhost", "--to",
                         "nobody@localhost", "--body", "x", status=67)
        self.run_mailctl("send", "--from", "test@localhost", "--to",
                         "not an address", "--body", "x", status=65)

    def test_sent_is_sent_though_no_copy_is_filed(self):
        r = self.run_mailctl("--imap", "imaps://localhost:1", "send",
                             "--from", "test@localhost", "--to",
                             "test@localhost", "-s", "no copy", "--body", "x")
        self.assertIn(b"warning", r.stderr)
        wait_for("the message", 30, lambda: self.ids("subject:no copy"))

    def test_sendmail(self):
        name = os.path.join(self.home, "sendmail")
        os.symlink(os.path.abspath(MAILCTL), name)
        config = os.path.join(self.home, "sendmail.conf")
        with open(config, "w") as f:
            o = dict(zip(self.server.options[::2], self.server.options[1::2]))
            f.write("account a\nsmtp %s\nuser test\nca_file %s\n" % (
                o["--smtp"], o["--ca-file"]))
        text = ("From: test@localhost\nTo: test@localhost\n"
                "Bcc: user2@localhost\nSubject: by sendmail\n\n%s\n.\nend\n")
        for options, whole in ((["-t"], False), (["-ti"], True),
                               (["-i", "-f", "test@localhost",
                                 "test@localhost"], True)):
            body = "case " + "".join(options[:2])
            r = subprocess.run([name, "--config", config, *options],
                               input=(text % body).encode(), timeout=60,
                               capture_output=True, env=self.environment())
            self.assertEqual((r.returncode, r.stdout), (0, b""), r.stderr)
            uid = wait_for("the message", 30,
                           lambda: self.ids("body:" + body))[0]
            raw = self.run_mailctl("get", uid).stdout
            self.assertEqual(b"\r\nend\r\n" in raw, whole)
            if "-t" in options[0]:
                self.assertNotIn(b"Bcc:", raw)


if __name__ == "__main__":
    main()
