# SPDX-License-Identifier: ISC
"""sync: mailboxes and Maildirs become the same, whichever extensions the
server has, and whenever it is killed; nothing is lost and nothing doubled.
LONG=true: 10,000 messages and 50 times, else 400 and 12."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

from maildtest import main
from mailbulk import BulkTest, DovecotUser, MaildUser, fill, mail

COUNT, KILLS = (10000, 50) if os.environ.get("LONG") == "true" else (400, 12)
LETTERS = {"D": r"\Draft", "F": r"\Flagged", "P": "$Forwarded",
           "R": r"\Answered", "S": r"\Seen", "T": r"\Deleted"}
FLAGS = [LETTERS[c] for c in "DFPRS"] + ["Work", "$Label1"]


class SyncTest:
    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind(*cls.args)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        super().setUp()
        self.dir = self.path("Mail")
        c = self.server.imap()
        for name in self.server.mailboxes() - {"INBOX"}:
            c.delete('"%s"' % name)
        c.select("INBOX")
        c.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        c.expunge()
        c.logout()

    def sync(self, *args, status=0):
        out = self.run_mailctl(self.server, "--json", "sync", *args, self.dir,
                               status=status).stdout
        return {o["mailbox"]: o for o in map(json.loads, out.splitlines())}

    def idle(self):
        """A run that has nothing to do."""
        for o in self.sync().values():
            self.assertEqual([v for k, v in o.items()
                              if type(v) is int and k != "v" and v], [], o)

    # The local side.

    def files(self, folder="INBOX"):
        out = []
        for sub in ("cur", "new"):
            base = os.path.join(self.dir, folder, sub)
            if os.path.isdir(base):
                out += [os.path.join(base, n) for n in os.listdir(base)]
        return sorted(out)

    def letters(self, folder="INBOX"):
        """What the letters of a folder stand for."""
        out = dict(LETTERS)
        path = os.path.join(self.dir, folder, "dovecot-keywords")
        if os.path.exists(path):
            with open(path) as f:
                for line in f:
                    number, word = line.split()
                    out[chr(ord("a") + int(number))] = word
        return out

    def local(self, folder="INBOX"):
        out, known = [], self.letters(folder)
        for path in self.files(folder):
            with open(path, "rb") as f:
                text = f.read().replace(b"\n", b"\r\n")
            letters = path.split(":2,")[1] if ":2," in path else ""
            out.append((hashlib.sha256(text).hexdigest(),
                        tuple(sorted(known[c] for c in letters
                                     if c in known)),
                        int(os.stat(path).st_mtime)))
        return sorted(out)

    def put(self, text, folder="INBOX", flags="", when=1700000000):
        base = os.path.join(self.dir, folder)
        for sub in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(base, sub), exist_ok=True)
        path = os.path.join(base, "cur", "%d.%s.host:2,%s" % (
            when, self.rng.randbytes(8).hex(), flags))
        with open(path, "wb") as f:
            f.write(text.replace(b"\r\n", b"\n"))
        os.utime(path, (when, when))
        return path

    def set_flags(self, path, flags):
        base = os.path.dirname(os.path.dirname(path))
        name = os.path.basename(path).split(":")[0] + ":2," + flags
        os.rename(path, os.path.join(base, "cur", name))

    def same(self, *names):
        for name in names or ("INBOX",):
            self.missing(self.local(name), self.server.messages(name))

    # Tests.

    def test_both_ways(self):
        fill(self.server, "INBOX", 200, self.rng, flags=FLAGS)
        fill(self.server, "Work/Deep", 30, self.rng, flags=FLAGS)
        for n in range(100):
            self.put(mail(1000 + n, self.rng),
                     flags="".join(c for c in "FRS" if n % 3 == 0),
                     when=1600000000 + n)
            self.put(mail(2000 + n, self.rng), "Mine/%2Ehidden")
        dry = self.sync("-n")
        self.assertEqual((dry["INBOX"]["downloaded"],
                          dry["INBOX"]["uploaded"]), (200, 100))
        self.assertEqual(len(self.files()), 100)
        rows = self.sync()
        self.assertEqual((rows["INBOX"]["downloaded"],
                          rows["INBOX"]["uploaded"]), (200, 100))
        self.assertEqual(len(self.files()), 300)
        self.same("INBOX", "Work/Deep")
        self.missing(self.local("Mine/%2Ehidden"),
                     self.server.messages("Mine/.hidden"))
        self.idle()

    def test_changes_meet(self):
        fill(self.server, "INBOX", 40, self.rng, flags=())
        self.sync()
        paths = sorted(self.files(), key=lambda p: int(
            re.search(r"\.(\d+)_", p).group(1)))
        # Here: flags on 0-9, 10-14 deleted.  There: flags on 5-14, 15-19
        # deleted; 0-4 unlike both.
        for p in paths[:10]:
            self.set_flags(p, "S")
        for p in paths[10:15]:
            os.remove(p)
        self.put(mail(900, self.rng), flags="F")
        c = self.server.imap()
        c.select("INBOX")
        c.store("6:15", "+FLAGS", r"(\Flagged)")
        c.store("1:2", "+FLAGS", r"(\Answered Word)")
        c.store("16:20", "+FLAGS", r"(\Deleted)")
        c.expunge()
        c.append("INBOX", None, None, mail(901, self.rng))
        row = self.sync()["INBOX"]
        self.assertEqual(
            [row[k] for k in ("downloaded", "uploaded", "deleted_here",
                              "deleted_there", "flags_here", "flags_there")],
            [1, 1, 5, 5, 7, 10])
        c.select("INBOX")
        self.assertEqual(c.search(None, "SEEN", "FLAGGED")[1],
                         [b"6 7 8 9 10"])
        self.assertEqual(c.search(None, "KEYWORD", "Word")[1], [b"1 2"])
        self.idle()
        # Taken off is a change, too.
        c.store("6:8", "-FLAGS", r"(\Seen)")
        c.store("1:2", "-FLAGS", "(Word)")
        c.logout()
        path = next(p for p in self.files() if p.endswith(":2,RSa"))
        self.set_flags(path, "S")
        row = self.sync()["INBOX"]
        self.assertEqual((row["flags_here"], row["flags_there"]), (4, 1))
        self.same()

    def test_keywords_both_ways(self):
        keywords = os.path.join(self.dir, "INBOX", "dovecot-keywords")
        self.put(mail(1, self.rng), flags="Sab")
        with open(keywords, "w") as f:
            f.write("0 Local\n1 $Junk\n")
        c = self.server.imap()
        c.append("INBOX", r"(\Seen Remote $Junk)", None, mail(2, self.rng))
        c.append("INBOX", None, None, mail(3, self.rng))
        self.sync()
        self.same()
        with open(keywords) as f:
            self.assertEqual(f.read(), "0 Local\n1 $Junk\n2 Remote\n")
        self.assertEqual(sorted(p.split(":2,")[1] for p in self.files()
                                if ":2," in p), ["Sab", "Sbc"])
        self.idle()
        # Set and taken off, on both sides at once.
        self.set_flags(next(p for p in self.files() if p.endswith("Sbc")),
                       "Sac")
        c.select("INBOX")
        uid = c.uid("SEARCH", "KEYWORD", "Remote")[1][0].decode()
        c.uid("STORE", uid, "+FLAGS", "(New)")
        uid = c.uid("SEARCH", "KEYWORD", "Local")[1][0].decode()
        c.uid("STORE", uid, "-FLAGS", "(Local)")
        self.sync()
        self.same()
        self.assertEqual(sorted(p.split(":2,")[1] for p in self.files()
                                if ":2," in p), ["Sacd", "Sb"])
        self.idle()
        # The list is lost: its letters stand for nothing any more, and no
        # message gets a keyword that it had not.
        want = self.server.messages()
        os.remove(keywords)
        c.append("INBOX", "(First Second)", None, mail(4, self.rng))
        c.logout()
        self.sync()
        self.same()
        for m in want:
            self.assertIn(m, self.server.messages())
        self.assertFalse(set("abcd") & set(self.letters()), self.letters())
        self.idle()

    def test_same_mail_on_both_sides_is_not_doubled(self):
        texts = [mail(n, self.rng) for n in range(50)]
        c = self.server.imap()
        for n, t in enumerate(texts):
            c.append("INBOX", r"(\Seen)" if n % 2 else None, None, t)
        for n, t in enumerate(texts[:45] + [texts[0]]):
            self.put(t, flags="F" if n % 3 == 0 else "")
        row = self.sync()["INBOX"]
        self.assertEqual((row["downloaded"], row["uploaded"]), (5, 1))
        self.assertEqual(len(self.files()), 51)
        c.select("INBOX")
        self.assertEqual(len(c.search(None, "FLAGGED")[1][0].split()), 16)
        self.assertEqual(sum("S" in p.split(":")[-1] for p in self.files()),
                         25)
        c.logout()
        self.idle()

    def test_mailbox_made_anew_and_state_lost(self):
        fill(self.server, "Box", 30, self.rng, flags=())
        self.sync()
        want = self.local("Box")
        # The same mail under another UIDVALIDITY, and some more.
        c = self.server.imap()
        c.select("Box")
        texts = [d[1] for d in c.fetch("1:*", "(BODY.PEEK[])")[1]
                 if isinstance(d, tuple)]
        c.close()
        c.delete("Box")
        time.sleep(1.1)
        c.create("Box")
        for t in texts[:20]:
            c.append("Box", None, None, t)
        c.append("Box", None, None, mail(77, self.rng))
        row = self.sync()["Box"]
        self.assertEqual((row["downloaded"], row["uploaded"],
                          row["deleted_here"]), (1, 10, 0))
        self.assertLessEqual(set(m[0] for m in want),
                             set(m[0] for m in self.local("Box")))
        self.assertEqual(len(self.files("Box")), 31)
        self.idle()
        for damage in (b"", b"mailctl-sync 1\n", None):
            state = os.path.join(self.dir, "Box", ".mailctl-sync")
            if damage is None:
                os.remove(state)
            else:
                with open(state, "wb") as f:
                    f.write(damage)
            row = self.sync()["Box"]
            self.assertEqual((row["downloaded"], row["uploaded"]), (0, 0))
            self.assertEqual(len(self.files("Box")), 31)

    def test_folders_come_and_go(self):
        fill(self.server, "Gone", 3, self.rng)
        self.sync()
        c = self.server.imap()
        c.delete("Gone")
        c.logout()
        r = self.run_mailctl(self.server, "sync", self.dir)
        self.assertIn(b"no more on the server", r.stderr)
        self.assertEqual(len(self.files("Gone")), 3)
        self.assertNotIn("Gone", self.server.mailboxes())
        os.remove(os.path.join(self.dir, "Gone", ".mailctl-sync"))
        self.sync()
        self.assertEqual(len(self.server.messages("Gone")), 3)
        # A folder that is gone here comes again.
        shutil.rmtree(os.path.join(self.dir, "Gone"))
        self.sync()
        self.assertEqual(len(self.files("Gone")), 3)
        # A renamed one is new.
        os.rename(os.path.join(self.dir, "Gone"),
                  os.path.join(self.dir, "Named"))
        self.sync()
        self.same("Named")
        self.assertEqual(len(self.files("Gone")), 3)

    def test_one_at_a_time_and_errors(self):
        self.sync()
        with open(os.path.join(self.dir, ".mailctl-lock")) as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            self.sync(status=75)
        self.run_mailctl(self.server, "sync", self.dir, "nowhere", status=68)
        self.run_mailctl(self.server, "sync", status=64)

    # Killed at any point.

    def change_there(self, c, settled, dead):
        mailbox = self.rng.choice(("INBOX", "Other"))
        c.select(mailbox)
        for _ in range(self.rng.randrange(4)):
            self.made += 1
            c.append(mailbox, None, None, mail(self.made, self.rng))
        ids = dict((i, m) for i, m in settled.items() if m == mailbox)
        for i in self.rng.sample(sorted(ids), min(len(ids), 2)):
            found = c.uid("SEARCH", "SUBJECT", '"number %d;"' % i)[1][0]
            if not found:
                continue
            uid = found.split()[0].decode()
            if self.rng.random() < 0.5:
                c.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                c.expunge()
                dead.add(i)
            else:
                c.uid("STORE", uid, self.rng.choice("+-") + "FLAGS",
                      "(%s)" % self.rng.choice(FLAGS))

    def change_here(self, settled, dead):
        mailbox = self.rng.choice(("INBOX", "Other"))
        for _ in range(self.rng.randrange(4)):
            self.made += 1
            self.put(mail(self.made, self.rng), mailbox)
        files = self.files(mailbox)
        for path in self.rng.sample(files, min(len(files), 3)):
            i = self.number(path)
            if i in settled and self.rng.random() < 0.5:
                os.remove(path)
                dead.add(i)
            else:
                self.set_flags(path, "".join(
                    c for c in "FRS" if self.rng.random() < 0.5))

    def number(self, path):
        with open(path, "rb") as f:
            return int(re.search(rb"number (\d+);", f.read()).group(1))

    def settled(self):
        out = {}
        for m in ("INBOX", "Other"):
            for p in self.files(m):
                i = self.number(p)
                self.assertFalse(i in out, "message %d is there twice" % i)
                out[i] = m
        return out

    def test_killed_at_any_point(self):
        fill(self.server, "INBOX", COUNT // 2, self.rng, flags=FLAGS)
        fill(self.server, "Other", COUNT // 4, self.rng, first=COUNT // 2,
             flags=FLAGS)
        for n in range(COUNT * 3 // 4, COUNT):
            self.put(mail(n, self.rng), self.rng.choice(("INBOX", "Other")))
        self.made = COUNT
        settled, dead, killed = {}, set(), 0
        took = 1  # seconds, of the last run that was let be
        c = self.server.imap()
        for n in range(KILLS * 10):
            begun = time.monotonic()
            p = self.start(self.server, "sync", self.dir)
            try:
                p.wait(self.rng.random() * took)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGINT if n % 5 == 0 else
                              signal.SIGKILL)
            p.communicate(timeout=60)
            if p.returncode == 0:
                took = time.monotonic() - begun
                settled = self.settled()
            else:
                killed += 1
            if killed == KILLS:
                break
            if n > KILLS // 5:
                self.change_there(c, settled, dead)
                self.change_here(settled, dead)
        self.assertEqual(killed, KILLS)
        c.logout()
        self.sync()
        self.same("INBOX", "Other")
        self.idle()
        got = self.settled()
        want = set(range(COUNT)) | set(range(COUNT + 1, self.made + 1))
        self.assertEqual(want - dead - set(got), set(), "lost")
        self.assertEqual(set(got) - (want - dead), set(), "came back")


class OnMaild(SyncTest, BulkTest):
    kind, args = MaildUser, ()


class WithoutQresync(SyncTest, BulkTest):
    kind, args = MaildUser, ("-o", "client mailctl { hide QRESYNC }")


class WithoutCondstore(SyncTest, BulkTest):
    kind, args = MaildUser, (
        "-o", "client mailctl { hide QRESYNC CONDSTORE MULTIAPPEND LITERAL+ }")


class WithMessageLimit(BulkTest):
    """RFC 9738: a command does 1,000 messages, and the rest is asked for."""

    def check(self, *hide):
        server = MaildUser("-o", "limits { messages_per_command 1000 }",
                           *hide)
        self.addCleanup(server.close)
        fill(server, "INBOX", 1300, self.rng, flags=())
        there = os.path.join(self.home, "Mail")
        for count in (1300, 0):
            o = self.object(server, "sync", there, "INBOX")
            self.assertEqual([v for k, v in o.items()
                              if type(v) is int and k != "v"],
                             [count, 0, 0, 0, 0, 0, 0])
        files = os.path.join(there, "INBOX", "new")
        self.assertEqual(len(os.listdir(files)), 1300)
        o = self.object(server, "export", "-n", "INBOX", self.path("x"))
        self.assertEqual(o["messages"], 1300)

    def test_with_condstore(self):
        self.check("-o", "client mailctl { hide QRESYNC }")

    def test_without(self):
        self.check("-o", "client mailctl { hide QRESYNC CONDSTORE }")


class OnDovecot(SyncTest, BulkTest):
    kind, args = DovecotUser, ()


if __name__ == "__main__":
    main()
