# SPDX-License-Identifier: ISC
"""Random commands from several sessions, against maild and a plain model.

A case is a list of rounds on mailboxes of its own: one session sends some
commands in one packet, or several sessions do so at the same moment.  All that
comes back must be what the model says; after a race, what some order of its
commands gives.  Cases are numbered: --case SEED:N runs one again.  A case that
fails is cut down to the rounds and commands that it needs.

  check_model.py [--seed N] [--commands N] [--workers N] [--case SEED:N]
"""

import argparse
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import unittest

from imap_model import Contradiction, Mailbox, numbers
from imap_model_commands import BOXES, NUMBERED, Command, draw
from maildtest import Maild
from rawimap import Closed, Imap, Reader, Syntax, parse_fetch

COMMANDS = int(os.environ.get("MODEL_COMMANDS", 0)) or (
    3000000 if os.environ.get("LONG") == "true" else 100000)
SEED = int(os.environ.get("MODEL_SEED", 20261126))
# Each session has one of its own; another one only looks.
MODES = ["", "CONDSTORE", "QRESYNC", "CONDSTORE UIDONLY"]
SESSIONS = len(MODES)
BAD_MOST = 9
NOOP = {"verb": "noop", "uid": False}
FAILURES = (Contradiction, AssertionError, Syntax, Closed, OSError)
# What may race: its messages are named by UID, and its mailboxes stay.
RACERS = ["store"] * 5 + ["expunge", "move", "copy", "append", "append",
          "noop", "fetch"]


class Untagged:
    """One untagged response."""

    def __init__(self, pieces):
        self.number = self.code = self.value = None
        line = pieces[0][0]
        m = re.match(rb"\* (?:(\d+) )?(\S+)", line)
        if m is None:
            raise Syntax(repr(line))
        self.name = m.group(2).decode().upper()
        self.line = line
        if m.group(1):
            self.number = int(m.group(1))
        if self.name in ("FETCH", "UIDFETCH"):
            self.number, self.value = parse_fetch(pieces)
        elif self.name in ("FLAGS", "STATUS", "LIST", "SEARCH", "ENABLED",
                           "ESEARCH", "SORT", "THREAD"):
            self.arguments(pieces, m.end())
        elif self.name == "VANISHED":
            m = re.fullmatch(rb"\* VANISHED (\(EARLIER\) )?([\d:,]+)", line)
            if m is None:
                raise Syntax(repr(line))
            self.value = bool(m.group(1)), numbers(m.group(2).decode())
        elif self.name in ("OK", "NO", "BAD", "BYE"):
            m = re.match(rb"\* \w+ \[([^]]+)\] .", line)
            self.code = m and m.group(1).decode()
        elif self.number is None or m.end() != len(line):
            raise Syntax(repr(line))

    def arguments(self, pieces, at):
        r = Reader(pieces)
        r.p = at
        values = []
        while not r.end():
            if not values or self.name != "THREAD":
                r.take(b" ")
            values.append(r.value())
        if self.name == "FLAGS":
            self.value, = values
        elif self.name == "STATUS":
            self.value = dict(zip(values[1][::2], values[1][1::2]))
        elif self.name == "LIST":
            _, _, self.value = values
        else:
            self.value = values

    def __repr__(self):
        return repr(self.line[:200])


class Reply:
    def __init__(self, tag, line, untagged):
        self.tag, self.line, self.untagged = tag, line, untagged
        m = re.fullmatch(rb"(OK|NO|BAD) (?:\[([^]]+)\] )?[^\[].*", line)
        if m is None:
            raise Syntax(repr(line))
        self.status = m.group(1).decode()
        self.code = m.group(2) and m.group(2).decode()

    def results(self, name):
        """Of SEARCH or ESEARCH, which must come once."""
        found = [u.value for u in self.untagged if u.name == name]
        if len(found) != 1:
            raise Contradiction("%d responses %s" % (len(found), name))
        return found[0]

    def esearch(self, uid):
        """{item: value} of ESEARCH; sets as lists."""
        values = self.results("ESEARCH")
        if values and isinstance(values[0], list):
            if values.pop(0) != ["TAG", self.tag]:
                raise Contradiction("the TAG of ESEARCH")
        return returned_items(values, uid)

    def esearches(self, prefix):
        """{mailbox: {item: value}} of a search in several; of their names
        what stands behind the prefix."""
        out = {}
        for values in [u.value for u in self.untagged if u.name == "ESEARCH"]:
            head = dict(zip(values[0][::2], values[0][1::2]))
            name = str(head.pop("MAILBOX"))[prefix:]
            if head.pop("TAG") != self.tag or name in out:
                raise Contradiction("ESEARCH: %r" % values[0])
            out[name] = dict(returned_items(values[1:], True), **head)
        return out


def returned_items(values, uid):
    if (values[:1] == ["UID"]) != uid:
        raise Contradiction("ESEARCH: UID or numbers")
    values = values[uid:]
    out = dict(zip(values[::2], values[1::2]))
    if len(out) * 2 != len(values):
        raise Contradiction("items of ESEARCH: %r" % values)
    if "ALL" in out:
        out["ALL"] = numbers(str(out["ALL"]))
    if "PARTIAL" in out:
        bounds, part = out["PARTIAL"]
        out["PARTIAL"] = [bounds, numbers(str(part)) if part else []]
    return out


class Session:
    def __init__(self, maild, user, mode):
        self.uidonly = mode.endswith(" UIDONLY")
        self.mode = mode.removesuffix(" UIDONLY")
        self.imap = Imap("127.0.0.1", maild.port("imap"), timeout=60)
        self.imap.login(user)
        _, told = self.imap.ok(b"CAPABILITY")
        self.sorts = b"THREAD=REFERENCES" in told[0][0][0].split()
        if mode:
            self.imap.ok(b"ENABLE " + mode.encode())
        if mode == "QRESYNC":
            self.imap.compress()
        self.view = None
        self.idle = None  # (tag, command)
        self.bad = 0      # BAD replies in a row

    def send(self, commands):
        """All in one packet; gives their tags."""
        tags, data = [], b""
        for c in commands:
            self.imap.n += 1
            tags.append(b"A%d" % self.imap.n)
            data += tags[-1] + b" " + c.line + b"\r\n"
        self.imap.send(data)
        return tags

    def reply(self, tag):
        line, untagged = self.imap.finish(tag)
        return Reply(tag, line, [Untagged(p) for p in untagged
                            if not p[0][0].startswith(b"+")])


class Case:
    """One case under way: its mailboxes, sessions and what was sent."""

    def __init__(self, name, sessions):
        self.name, self.sessions = name, sessions
        self.boxes = {b: Mailbox() for b in BOXES}
        self.racing = False
        self.log = []
        self.count = 0

    def in_use(self, box):
        return any(s.view and s.view.mailbox is self.boxes.get(box)
                   for s in self.sessions)

    def begin(self):
        for box in BOXES:
            self.sessions[0].imap.ok(b"CREATE %s-%s" % (
                self.name.encode(), box.encode()))
        for s in self.sessions[:SESSIONS]:
            self.pipe(s, [{"verb": "select", "uid": False, "box": "a", "to": "a",
                           "readonly": False}])

    def end(self):
        for s in self.sessions:
            self.wake(s)
        for s in self.sessions:
            if s.view:
                s.imap.ok(b"UNSELECT")
                s.view = None
        for box in self.boxes:
            self.sessions[0].imap.ok(b"DELETE %s-%s" % (
                self.name.encode(), box.encode()))

    def run(self, rounds):
        self.begin()
        for r in rounds:
            if "race" in r:
                self.race([(self.sessions[n], drawings)
                           for n, drawings in r["race"]])
            else:
                self.pipe(self.sessions[r["session"]], r["commands"])
        self.end()

    # One session at work.

    def prepare(self, session, drawings):
        self.wake(session)
        commands = [Command(d, self, session) for d in drawings]
        for this, following in zip(commands, commands[1:]):
            # Behind UID, a search may still have numbers among its keys.
            this.before_numbers = (following.numbered or
                                   following.verb in (
                                       "search", "esearch", "bad"))
        self.count += len(commands)
        for c in commands:
            self.log.append("%d: %s" % (self.sessions.index(session),
                                        c.shown()))
        return commands

    def pipe(self, session, drawings):
        """What is sent is made from what is known now, so commands that need
        others to be through go in packets of their own."""
        part = []
        for d in drawings:
            alone = d["verb"] in ("select", "close", "idle", "create",
                                  "delete", "rename")
            if part and alone:
                self.packet(session, part)
                part = []
            part.append(d)
            if alone:
                self.packet(session, part)
                part = []
        if part:
            self.packet(session, part)

    def packet(self, session, drawings):
        # Too many bad commands in a row end a session.
        if session.bad + len(drawings) > BAD_MOST and \
           drawings != [NOOP]:
            self.packet(session, [NOOP])
        commands = self.prepare(session, drawings)
        tags = session.send(commands)
        if commands[0].verb == "idle":
            self.idle(session, tags[0], commands[0])
            return
        for tag, c in zip(tags, commands):
            reply = session.reply(tag)
            session.bad = session.bad + 1 if reply.status == "BAD" else 0
            c.run(reply)

    def idle(self, session, tag, command):
        r = session.imap.response()
        if not r[0][0].startswith(b"+ "):
            raise Contradiction("IDLE: %r" % r[0][0])
        session.idle = (tag, command)

    def wake(self, session):
        """End its IDLE; by then it has been told of all."""
        if session.idle is None:
            return
        (tag, command), session.idle = session.idle, None
        session.imap.send(b"DONE\r\n")
        self.log.append("%d: DONE" % self.sessions.index(session))
        reply = session.reply(tag)
        if reply.status != "OK":
            raise Contradiction("DONE: %r" % reply.line)
        if session.view:
            command.bind()
            command.told(reply, False)
            session.view.settle(True)

    # Several at once.

    def race(self, parts):
        parts = [(s, d) for s, d in parts if d]
        for s, _ in parts:
            self.wake(s)
            self.pipe(s, [NOOP])
        self.racing = True
        lanes = [(s, self.prepare(s, d)) for s, d in parts]
        self.racing = False
        tags = [s.send(commands) for s, commands in lanes]
        replies = []
        for (s, commands), ts in zip(lanes, tags):
            for tag, c in zip(ts, commands):
                c.bind()
                r = s.reply(tag)
                c.told(r, False)
                replies.append((c, r))
        now = self.observe()
        order = self.explain([commands for _, commands in lanes],
                             dict((id(c), r) for c, r in replies), now)
        if order is None:
            raise Contradiction("no order of these commands explains %r" % now)
        for s, _ in lanes:
            self.pipe(s, [NOOP])

    def observe(self):
        """{box: {uid: (flags, MODSEQ)}}, seen by one who takes no part."""
        out = {}
        s = self.sessions[-1]
        for box in self.boxes:
            s.imap.ok(b"EXAMINE %s-%s" % (self.name.encode(), box.encode()))
            out[box] = {
                i["UID"]: (frozenset(f.lower() for f in i["FLAGS"]) -
                           {"\\recent"}, i["MODSEQ"][0])
                for i in s.imap.fetch(
                    b"UID FETCH 1:* (FLAGS MODSEQ)").values()}
        s.imap.ok(b"UNSELECT")
        return out

    def explain(self, lanes, replies, now):
        """Find an order whose outcome is what was replied and observed, and
        let it be what has happened."""
        names = {id(b): n for n, b in self.boxes.items()}
        lanes = [[(c, look) for c in lane
                  for look in ([True, False] if c.looks() else [False])]
                 for lane in lanes]
        dead = set()

        def search(boxes, at):
            key = (at, tuple((tuple(b.flags.items()),
                              tuple(b.changed.items()),
                              tuple(b.looked.items()))
                             for b in boxes.values()))
            if key in dead:
                return None
            dead.add(key)
            if all(n == len(lane) for n, lane in zip(at, lanes)):
                return boxes if all(looks_like(b, now[n])
                                    for n, b in boxes.items()) else None
            for i, lane in enumerate(lanes):
                if at[i] == len(lane):
                    continue
                new = {n: b.clone() for n, b in boxes.items()}
                c, look = lane[at[i]]
                here = c.view and new[names[id(c.view.mailbox)]]
                try:
                    if look:
                        c.look(here)
                    else:
                        c.judge(c.effect(new, here), replies[id(c)])
                except Contradiction:
                    continue
                got = search(new, at[:i] + (at[i] + 1,) + at[i + 1:])
                if got is not None:
                    return got
            return None

        found = search(self.boxes, (0,) * len(lanes))
        if found is None:
            return None
        for name, box in found.items():
            self.boxes[name].__dict__.update(box.__dict__)
            for uid, (_, modseq) in now[name].items():
                box.told_modseq(box.changed[uid], modseq)
        return found


def looks_like(box, now):
    """Flags and the order of changes are those that were observed."""
    if box.flags != {u: f for u, (f, _) in now.items()}:
        return False
    order = sorted((box.changed[u], m) for u, (_, m) in now.items())
    return all((a[0] < b[0]) == (a[1] < b[1]) for a, b in zip(order, order[1:]))


# ---- random cases ----

def draw_race(r):
    def lane():
        out = []
        for _ in range(r.choice([1, 2, 2, 3])):
            d = draw(r, r.choice(RACERS))
            d["uid"] = True
            if r.random() < 0.5:
                d["set"] = [[0, 1]]  # they meet
            out.append(d)
        return out
    return {"race": [[n, lane()] for n in
                     r.sample(range(SESSIONS), r.choice([2, 3]))]}


def draw_case(seed, n):
    r = random.Random("%d:%d" % (seed, n))
    rounds = [{"session": 0, "commands":
               [draw(r, "append") for _ in range(r.randint(0, 12))]}]
    for _ in range(60):
        if r.random() < 0.1:
            rounds.append(draw_race(r))
        else:
            rounds.append({"session": r.randrange(SESSIONS), "commands": [
                draw(r) for _ in range(r.choice([1, 1, 2, 4, 8]))]})
    return rounds


# ---- running, and cutting down what fails ----

class Worker:
    """Runs cases as one user."""

    def __init__(self, maild, user):
        self.maild, self.user = maild, user
        self.sessions = []
        self.cases = 0

    def connect(self):
        for s in self.sessions:
            s.imap.close()
        self.sessions = [Session(self.maild, self.user, mode)
                         for mode in MODES + ["CONDSTORE"]]

    def attempt(self, rounds):
        """(the case, what it failed with or None)."""
        if not self.sessions:
            self.connect()
        self.cases += 1
        case = Case("m%d" % self.cases, self.sessions)
        try:
            case.run(rounds)
            return case, None
        except FAILURES as e:
            self.sessions = []
            return case, "%s: %s" % (type(e).__name__, e)

    def cut(self, rounds):
        """Fewer rounds, then fewer commands, that still fail."""
        end = time.monotonic() + 60

        def fails(candidate):
            return time.monotonic() < end and self.attempt(candidate)[1]

        rounds = cut_list(rounds, fails)
        for i, r in enumerate(rounds):
            if "commands" in r:
                r["commands"] = cut_list(r["commands"], lambda c: fails(
                    rounds[:i] + [dict(r, commands=c)] + rounds[i + 1:]))
        return rounds


def cut_list(items, fails):
    size = len(items) // 2
    while size > 0:
        at = 0
        while at < len(items):
            shorter = items[:at] + items[at + size:]
            if fails(shorter):
                items = shorter
            else:
                at += size
        size //= 2
    return items


def run_cases(maild, user, seed, first, step, commands, cut=True):
    """Cases first, first + step, … until so many commands are through:
    (commands, None or what failed)."""
    worker = Worker(maild, user)
    done, n = 0, first
    while done < commands:
        rounds = draw_case(seed, n)
        case, why = worker.attempt(rounds)
        done += case.count
        if why:
            return done, report(worker, seed, n, rounds, case, why, cut)
        n += step
    return done, None


def report(worker, seed, n, rounds, case, why, cut):
    if cut:
        rounds = worker.cut(rounds)
        shorter, again = worker.attempt(rounds)
        if again:
            case, why = shorter, again
    return "case %d:%d: %s\nafter\n%s" % (
        seed, n, why, "\n".join("  " + line[:300] for line in case.log))


def run(maild, seed, commands, workers, cut=True):
    """(commands, [what failed])."""
    with multiprocessing.Pool(workers) as pool:
        got = pool.starmap(run_cases, [
            (maild, "user%d" % (n + 1), seed, n, workers, commands // workers,
             cut) for n in range(workers)], 1)
    return sum(n for n, _ in got), [why for _, why in got if why]


class Place:
    """Where a maild listens: what a worker needs of it."""

    def __init__(self, maild):
        self.imap = maild.port("imap")

    def port(self, _):
        return self.imap


def start(binary=None):
    """On a file system in memory where there is one: no disk is at stake."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="maild-model-", dir=base)
    return folder, Maild("--plaintext", users=8, keep=folder, binary=binary)


class Model(unittest.TestCase):
    def test_random_commands_agree_with_the_model(self):
        folder, maild = start()
        self.addCleanup(shutil.rmtree, folder, True)
        self.addCleanup(maild.kill)
        begun = time.monotonic()
        done, failed = run(Place(maild), SEED, COMMANDS, os.cpu_count())
        print("seed %d: %d commands in %.0f s" % (
            SEED, done, time.monotonic() - begun))
        self.assertEqual(failed, [], "\n".join(failed))
        self.assertGreaterEqual(done, COMMANDS)
        maild.stop()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=SEED)
    p.add_argument("--commands", type=int, default=COMMANDS)
    p.add_argument("--workers", type=int, default=os.cpu_count())
    p.add_argument("--case")
    args = p.parse_args()
    folder, maild = start()
    try:
        if args.case:
            seed, n = map(int, args.case.split(":"))
            done, why = run_cases(Place(maild), "user1", seed, n, 1, 1)
            failed = [why] if why else []
        else:
            done, failed = run(Place(maild), args.seed, args.commands,
                               args.workers)
        print("\n".join(failed + ["%d commands" % done]))
        return 1 if failed else 0
    finally:
        maild.kill()
        shutil.rmtree(folder, True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main())
    unittest.main(argv=[sys.argv[0], "-v"], warnings="ignore")
