# SPDX-License-Identifier: ISC
"""A server that keeps some flags only (PERMANENTFLAGS without "\\*"), or none:
mailctl does what can be done, and says once what could not be kept."""

import json
import mailbox
import os

from mailbulk import BulkTest, MaildUser, fill, mail
from maildtest import Maild, main
from scripted import Authority, Relay

# What binds to the TLS connection cannot be relayed, nor what is compressed.
HIDDEN = (b"AUTH=SCRAM-SHA-256-PLUS", b"AUTH=SCRAM-SHA-256",
          b"COMPRESS=DEFLATE")


class Choosy(Relay):
    """The server behind it would keep all."""

    def offered(self, line):
        if b"[PERMANENTFLAGS " in line:
            return (b"* OK [PERMANENTFLAGS (\\Answered \\Deleted \\Draft "
                    b"\\Flagged \\Seen Kept)] Limited\r")
        return super().offered(line)


class ReadOnly(Relay):
    def offered(self, line):
        return super().offered(line.replace(b"READ-WRITE", b"READ-ONLY"))


class Behind(MaildUser):
    """A user of a server as one sees him through a relay."""

    def __init__(self, relay, authority, user, server):
        super().__init__(user=user, server=server)
        self.relay, self.seen = relay, authority.ca

    def options(self):
        return ["--imap", "imaps://localhost:%d" % self.relay.server.port,
                "--ca-file", self.seen, "--user", self.user]


class KeywordsTest(BulkTest):
    @classmethod
    def setUpClass(cls):
        cls.maild = Maild(users=4)

    @classmethod
    def tearDownClass(cls):
        cls.maild.stop()

    def behind(self, kind, user, without=()):
        authority = Authority(self.home)
        relay = kind(authority, self.maild.port("imaps"), HIDDEN + without)
        self.addCleanup(relay.server.close)
        return Behind(relay, authority, user, self.maild)

    def keywords(self, server):
        return sorted(flags for _, flags, _ in server.messages())

    def maildir(self, *flags):
        """A folder of Maildirs: a is Kept, b is New."""
        os.mkdir(self.path("Mail"))
        box = mailbox.Maildir(self.path("Mail", "INBOX"))
        for n, letters in enumerate(flags):
            m = mailbox.MaildirMessage(mail(n, self.rng))
            m.set_subdir("cur")
            m.set_flags(letters)
            box.add(m)
        with open(self.path("Mail", "INBOX", "dovecot-keywords"), "w") as f:
            f.write("0 Kept\n1 New\n")
        return self.path("Mail")

    def letters(self):
        return sorted(os.path.basename(n).partition(":2,")[2] for sub in
                      ("cur", "new")
                      for n in os.listdir(self.path("Mail", "INBOX", sub)))

    def warned(self, r, word="New"):
        """Once, of that word alone."""
        lines = r.stderr.decode().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].endswith("left out: " + word), lines)

    def counts(self, r):
        o = next(o for o in map(json.loads, r.stdout.splitlines())
                 if o["mailbox"] == "INBOX")
        return {k: v for k, v in o.items()
                if type(v) is int and k != "v" and v}


class Keywords(KeywordsTest):
    def check_sync(self, user, without):
        server = self.behind(Choosy, user, without)
        folder = self.maildir("Sab", "b", "F")
        self.warned(self.run_mailctl(server, "sync", folder))
        self.assertEqual(self.keywords(server), [
            (), ("Kept", r"\Seen"), (r"\Flagged",)])
        self.assertEqual(self.letters(), ["F", "Sab", "b"])
        # What stays on this side stays, and is no work.
        for _ in range(2):
            r = self.run_mailctl(server, "sync", folder)
            self.assertEqual(r.stderr.count(b"left out"), 1)
            self.assertEqual(self.letters(), ["F", "Sab", "b"])
        # It hinders nothing else.
        box = self.path("Mail", "INBOX", "cur")
        for name in os.listdir(box):
            if name.endswith(":2,F"):
                os.rename(os.path.join(box, name),
                          os.path.join(box, name + "ab"))
        r = self.run_mailctl(server, "--json", "sync", folder)
        self.assertEqual(self.counts(r), {"flags_there": 1})
        self.assertEqual(self.keywords(server), [
            (), ("Kept", r"\Flagged"), ("Kept", r"\Seen")])
        r = self.run_mailctl(server, "--json", "sync", folder)
        self.assertEqual(self.counts(r), {})
        # The same mail on both sides without a state: pairs.
        os.remove(self.path("Mail", "INBOX", ".mailctl-sync"))
        self.warned(self.run_mailctl(server, "sync", folder))
        self.assertEqual(self.letters(), ["Fab", "Sab", "b"])
        self.assertEqual(len(server.messages()), 3)

    def test_sync(self):
        self.check_sync("test", ())

    def test_sync_with_all_flags(self):
        self.check_sync("user1", (b"QRESYNC", b"CONDSTORE"))

    def test_migrate(self):
        source = MaildUser(user="user2", server=self.maild)
        target = self.behind(Choosy, "user3")
        fill(source, "INBOX", 30, self.rng, flags=("Kept", "New", r"\Seen"))
        to = [o.replace("--", "--to-", 1) if o.startswith("--") else o
              for o in target.options()]
        for copied in (30, 0):
            r = self.run_mailctl(source, "--json", "migrate", *to, "INBOX")
            o = json.loads(r.stdout.splitlines()[0])
            self.assertEqual((o["copied"], o["updated"]), (copied, 0))
            self.assertIn("left out: New", json.loads(
                r.stderr)["warning"]["message"])
        self.assertEqual(self.keywords(target), sorted(
            tuple(x for x in flags if x != "New")
            for flags in self.keywords(source)))

    def test_import(self):
        server = self.behind(Choosy, "user2")
        folder = os.path.join(self.maildir("Sab", "ab"), "INBOX")
        r = self.run_mailctl(server, "import", folder, "Made")
        self.warned(r)
        self.assertEqual(sorted(f for _, f, _ in server.messages("Made")),
                         [("Kept",), ("Kept", r"\Seen")])

    def test_flag(self):
        server = self.behind(Choosy, "user3")
        fill(server, "Box", 2, self.rng, flags=())
        r = self.run_mailctl(server, "flag", "flagged,keyword:New,"
                             "keyword:Kept", "Box:1:2", status=65)
        self.warned(r)
        self.assertIn(b"\t+\\\\Flagged +Kept\ttrue\n", r.stdout)
        self.assertEqual([f for _, f, _ in server.messages("Box")],
                         [("Kept", r"\Flagged")] * 2)
        self.run_mailctl(server, "undo")
        self.assertEqual([f for _, f, _ in server.messages("Box")], [()] * 2)
        r = self.run_mailctl(server, "flag", "keyword:New", "Box:1:2",
                             status=65)
        self.warned(r)
        self.assertEqual(r.stdout, b"")


class MayOnlyBeRead(KeywordsTest):
    def test_says_so(self):
        server = self.behind(ReadOnly, "test")
        fill(server, "Box", 1, self.rng, flags=())
        for words in (["flag", "read", "Box:1"], ["delete", "Box:1"],
                      ["move", "Box:1", "Archive"],
                      ["mailbox", "empty", "--yes", "Box"]):
            r = self.run_mailctl(server, *words, status=77)
            self.assertIn(b"Box may only be read", r.stderr)
            self.assertEqual(r.stdout, b"")
        self.assertEqual(len(server.messages("Box")), 1)
        self.run_mailctl(server, "copy", "Box:1", "Archive")
        self.assertEqual(len(server.messages("Archive")), 1)


if __name__ == "__main__":
    main()
