# SPDX-License-Identifier: ISC
"""SIGKILL of the whole tree at random moments under load.

Some threads deliver by LMTP or as the world does, each to a user of its own; others APPEND, STORE,
MOVE and EXPUNGE.  After every kill the server starts again on the same folder,
and what it holds is compared with what was acknowledged: nothing lost,
doubled or altered, no UID used twice.
"""

import os
import random
import re
import shutil
import socket
import tempfile
import threading
import time
import unittest

from maildtest import Maild, main
from rawimap import Closed, Imap

ROUNDS = 1000 if os.environ.get("LONG") == "true" else 50
GONE = (OSError, EOFError, Closed)


def body(r, name):
    return ("Subject: %s\r\n\r\n%s\r\n" % (
        name, "\r\n".join(r.randbytes(30).hex()
                          for _ in range(r.choice([1, 20, 200, 4000]))))).encode()


class Load(threading.Thread):
    """One client; step() until the server is gone."""

    def __init__(self, maild, user, seed):
        super().__init__()
        self.maild, self.user = maild, user
        self.r = random.Random(seed)
        self.count = 0
        self.error = None

    def fresh(self):
        """A thread runs once: the same client, to be started again."""
        threading.Thread.__init__(self)
        return self

    def name_one(self):
        self.count += 1
        return "%s-%d" % (self.user, self.count)

    def run(self):
        try:
            self.connect()
            while True:
                self.step()
        except GONE:
            pass
        except Exception as e:  # shown by the test
            self.error = e


class Delivery(Load):
    listener, hello = "lmtp", b"LHLO test\r\n"

    def __init__(self, *args):
        super().__init__(*args)
        self.sent = {}   # name: bytes, acknowledged
        self.maybe = {}  # name: bytes, no answer seen

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.maild.port(self.listener)), 30)
        self.file = s.makefile("rwb")
        self.expect(b"220")
        self.say(self.hello, b"250")

    def expect(self, code):
        while True:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                raise Closed()
            if line[3:4] != b"-":
                break
        if not line.startswith(code):
            raise AssertionError(repr(line))

    def say(self, data, code):
        self.file.write(data)
        self.file.flush()
        self.expect(code)

    def step(self):
        name = self.name_one()
        data = body(self.r, name)
        self.say(b"MAIL FROM:<a@example.org>\r\n", b"250")
        self.say(b"RCPT TO:<%s@localhost>\r\n" % self.user.encode(), b"250")
        self.say(b"DATA\r\n", b"354")
        self.maybe[name] = data
        self.say(data + b".\r\n", b"250")
        self.sent[name] = self.maybe.pop(name)

    def verify(self, test, c):
        c.ok(b"EXAMINE INBOX")
        seen = {}
        for items in c.fetch(b"UID FETCH 1:* (BODY.PEEK[])").values():
            data = items["BODY[]"]
            name = re.search(rb"^Subject: (.*?)\r$", data, re.M).group(1).decode()
            test.assertNotIn(name, seen, "doubled")
            seen[name] = data
        for name, data in list(self.maybe.items()):
            # Without an answer it may be there, but then whole.
            del self.maybe[name]
            if name in seen:
                self.sent[name] = data
        test.assertEqual(set(seen), set(self.sent), "lost or made up")
        for name, data in self.sent.items():
            test.assertTrue(seen[name].endswith(data), "altered: " + name)


class World(Delivery):
    listener, hello = "smtp", b"EHLO test\r\n"


class Mailbox(Load):
    """APPEND, STORE, MOVE and EXPUNGE, one after the other: the state after a
    kill is the one before the unanswered command or the one after it."""

    FLAGS = {b"\\Seen", b"\\Flagged", b"$label1"}

    def __init__(self, *args):
        super().__init__(*args)
        self.state = {"INBOX": {}, "Archive": {}}  # mailbox: {uid: (name, flags)}
        self.after = None  # what the command under way would make of it
        self.used = {"INBOX": 0, "Archive": 0}
        self.validity = {}
        self.data = {}

    def copy(self):
        return {m: dict(s) for m, s in self.state.items()}

    def connect(self):
        self.c = Imap("localhost", self.maild.port("imap"))
        self.c.login(self.user)
        self.c.ok(b"SELECT INBOX")

    def took(self, mailbox, uid):
        if uid <= self.used[mailbox]:
            raise AssertionError("UID %d of %s used twice" % (uid, mailbox))
        self.used[mailbox] = uid

    def step(self):
        self.after = None
        inbox = self.state["INBOX"]
        verb = self.r.choice([self.append] * 3 + (
            [self.store, self.store, self.move, self.expunge] if inbox else []))
        verb()

    def append(self):
        name = self.name_one()
        data = body(self.r, name)
        self.data[name] = data
        self.after = ("append", name)
        uid = self.c.append("INBOX", data)
        self.took("INBOX", uid)
        self.state["INBOX"][uid] = (name, frozenset())

    def store(self):
        uids = self.r.sample(sorted(self.state["INBOX"]),
                             min(len(self.state["INBOX"]), self.r.randint(1, 5)))
        flags = frozenset(f for f in self.FLAGS if self.r.random() < 0.5)
        new = self.copy()
        for uid in uids:
            new["INBOX"][uid] = (new["INBOX"][uid][0], flags)
        self.after = new
        self.c.ok(b"UID STORE %s FLAGS.SILENT (%s)" % (
            b",".join(b"%d" % u for u in uids), b" ".join(flags)))
        self.state = new

    def move(self):
        uid = self.r.choice(sorted(self.state["INBOX"]))
        self.after = ("move", uid)
        status, untagged = self.c.ok(b"UID MOVE %d Archive" % uid)
        m = re.search(rb"COPYUID \d+ (\d+) (\d+)\]",
                      b" ".join([status] + [u[0][0] for u in untagged]))
        self.took("Archive", int(m.group(2)))
        self.state["Archive"][int(m.group(2))] = self.state["INBOX"].pop(uid)

    def expunge(self):
        uid = self.r.choice(sorted(self.state["INBOX"]))
        name, flags = self.state["INBOX"][uid]
        new = self.copy()
        new["INBOX"][uid] = (name, flags | {b"\\Deleted"})
        self.after = new
        self.c.ok(b"UID STORE %d +FLAGS.SILENT (\\Deleted)" % uid)
        self.state = new
        new = self.copy()
        del new["INBOX"][uid]
        self.after = new
        self.c.ok(b"UID EXPUNGE %d" % uid)
        self.state = new

    def found(self, test, c):
        out = {}
        for mailbox in self.state:
            _, untagged = c.ok(b"EXAMINE " + mailbox.encode())
            text = b" ".join(u[0][0] for u in untagged)
            validity = re.search(rb"UIDVALIDITY (\d+)", text).group(1)
            test.assertEqual(self.validity.setdefault(mailbox, validity), validity)
            uidnext = int(re.search(rb"UIDNEXT (\d+)", text).group(1))
            test.assertGreater(uidnext, self.used[mailbox])
            out[mailbox] = {}
            for items in c.fetch(b"UID FETCH 1:* (FLAGS BODY.PEEK[])").values():
                data = items["BODY[]"]
                name = re.search(rb"^Subject: (.*?)\r$", data, re.M).group(1).decode()
                test.assertEqual(data, self.data[name], "altered: " + name)
                out[mailbox][items["UID"]] = (name, frozenset(
                    f.encode() for f in items["FLAGS"] if f != "\\Recent"))
            # What was given out without an answer counts as used.
            self.used[mailbox] = uidnext - 1
        return out

    def allowed(self, now):
        """The states that the command under way may have left, with the UIDs
        it took from now."""
        yield self.state
        if isinstance(self.after, dict):
            yield self.after
        elif self.after is not None and self.after[0] == "append":
            new = self.copy()
            for uid, (name, flags) in now["INBOX"].items():
                if name == self.after[1]:
                    new["INBOX"][uid] = (name, flags)
            yield new
        elif self.after is not None:
            new = self.copy()
            moved = new["INBOX"].pop(self.after[1])
            for uid, got in now["Archive"].items():
                if got == moved and uid not in self.state["Archive"]:
                    new["Archive"][uid] = moved
            yield new

    def verify(self, test, c):
        before = dict(self.used)
        now = self.found(test, c)
        test.assertIn(now, list(self.allowed(now)))
        for mailbox, messages in now.items():
            for uid in messages:
                if uid not in self.state[mailbox]:
                    test.assertGreater(uid, before[mailbox], "UID used twice")
        names = [n for s in now.values() for n, _ in s.values()]
        test.assertEqual(len(names), len(set(names)), "doubled")
        self.state, self.after = now, None


class Kill(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        folder = tempfile.mkdtemp(prefix="maild-kill-")
        self.addCleanup(shutil.rmtree, folder, True)
        r = random.Random(20261124)
        maild = Maild("--plaintext", "-o", "listen smtp localhost:@smtp@",
                      users=8, keep=folder)
        self.addCleanup(lambda: maild.kill())
        loads = [Delivery(maild, "user%d" % n, n) for n in (1, 2)]
        loads += [World(maild, "user%d" % n, n) for n in (3, 4)]
        loads += [Mailbox(maild, "user%d" % n, n) for n in (5, 6, 7)]
        slowest = 0
        for n in range(ROUNDS):
            for load in loads:
                load.fresh().start()
            time.sleep(r.uniform(0.05, 0.6))
            maild.kill()
            for load in loads:
                load.join(30)
                self.assertFalse(load.is_alive(), load.user)
                self.assertIsNone(load.error, load.user)
            begun = time.monotonic()
            maild.start()
            slowest = max(slowest, time.monotonic() - begun)
            for load in loads:
                c = Imap("localhost", maild.port("imap"))
                c.login(load.user)
                load.verify(self, c)
                c.close()
        maild.stop()
        for kind in (Delivery, World):
            self.assertGreater(sum(len(l.sent) for l in loads
                                   if type(l) is kind), ROUNDS / 2)
        delivered = sum(len(l.sent) for l in loads if isinstance(l, Delivery))
        self.assertGreater(delivered, ROUNDS)
        print("%d kills: %d deliveries and %d mailbox messages as acknowledged, "
              "ready again within %.1f s" % (
                  ROUNDS, delivered, sum(l.count for l in loads[4:]), slowest))


if __name__ == "__main__":
    main()
