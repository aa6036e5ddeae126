# SPDX-License-Identifier: ISC
"""RFC 3501's rules for mailboxes, and for what a session is told of them.

A plain model: it does no I/O, and shares neither code nor parser with the
server.  Flags are lower-case words, messages are known by UID, and a mailbox
is what all sessions see of it in the end.  What one session has been told is
a View, kept as a client would keep it, from the responses alone.
"""

import datetime
import unicodedata


class Contradiction(Exception):
    """The server said what the rules do not allow."""


def expect(ok, what, *details):
    if not ok:
        raise Contradiction(what + (": " + ", ".join(map(repr, details))
                                    if details else ""))


def fold(text):
    """i;unicode-casemap (RFC 5051): titlecase, then decompose."""
    out = []
    for c in text:
        t = c.title()
        out.append(t if len(t) == 1 else c)
    return unicodedata.normalize("NFKD", "".join(out))


def parse_set(text, last):
    """A sequence set as [(low, high)]; "*" is last, and "n:*" is never more:
    clients send it where n may be one too many."""
    out = []
    for piece in text.split(",") if text != "$" else []:
        ends = [last if e == "*" else int(e) for e in piece.split(":")]
        out.append((min(ends), last if "*" in piece else max(ends)))
    return out


def in_set(ranges, n):
    return any(lo <= n <= hi for lo, hi in ranges)


def numbers(text):
    """What a set in a response names, in its order; it has no "*"."""
    out = []
    for lo, hi in (r if len(r) == 2 else r * 2
                   for r in (p.split(":") for p in text.split(","))):
        expect(int(lo) <= int(hi), "a set that descends", text)
        out.extend(range(int(lo), int(hi) + 1))
    return out


class Mail:
    """One message's bytes, and what a reader would find in them."""

    def __init__(self, raw, fields, body, sent, received):
        self.raw = raw
        self.header, self.text = raw.split(b"\r\n\r\n", 1)
        self.header += b"\r\n\r\n"
        # Decoded values by name in capitals, and all of it as "HEADER".
        self.fields = {k: fold(v) for k, v in fields.items()}
        self.body = fold(body)
        self.sent = sent          # dates
        self.received = received  # "17-Jul-1996 02:44:25 -0700"
        self.day = datetime.datetime.strptime(
            received[:11].strip(), "%d-%b-%Y").date()


class Told:
    """What the server chooses, and then keeps to."""

    def __init__(self):
        self.value = None

    def agree(self, value):
        if self.value is None:
            self.value = value
        expect(value == self.value, "another value than before", value,
               self.value)


class Mailbox:
    def __init__(self):
        self.uidvalidity = Told()
        self.uidnext = 1
        self.mail = {}           # uid: Mail, ascending
        self.flags = {}          # uid: frozenset
        self.changed = {}        # uid: when, counted in self.changes
        self.changes = 0
        self.vanished = []       # (when, uid)
        self.recent_to = {}      # uid: the View that was told \Recent
        self.modseqs = {}        # when: the MODSEQ that was told for it
        self.highs = []          # (when, HIGHESTMODSEQ that was told then)
        self.looked = {}         # FETCH under way: UIDs it found unseen

    def clone(self):
        new = Mailbox()
        new.uidvalidity, new.uidnext = self.uidvalidity, self.uidnext
        new.mail, new.flags = dict(self.mail), dict(self.flags)
        new.changed, new.changes = dict(self.changed), self.changes
        new.vanished = list(self.vanished)
        new.recent_to = self.recent_to
        new.modseqs, new.highs = self.modseqs, self.highs
        new.looked = dict(self.looked)
        return new

    # What changes it; all that one command does is one change.

    def append(self, mail, flags):
        self.changes += 1
        return self.add(mail, flags)

    def add(self, mail, flags):
        uid = self.uidnext
        self.uidnext += 1
        self.mail[uid] = mail
        self.flags[uid] = frozenset(flags)
        self.changed[uid] = self.changes
        return uid

    def store(self, uids, op, flags):
        self.changes += 1
        for uid in uids:
            old = self.flags.get(uid)
            new = changed(old, op, flags) if old is not None else None
            if new != old:
                self.flags[uid] = new
                self.changed[uid] = self.changes

    def expunge(self, uids=None):
        """Those of uids, or all, that are \\Deleted."""
        gone = [u for u, f in self.flags.items()
                if "\\deleted" in f and (uids is None or u in uids)]
        self.remove(gone)
        return gone

    def remove(self, uids):
        self.changes += 1
        for uid in uids:
            del self.mail[uid], self.flags[uid], self.changed[uid]
            self.vanished.append((self.changes, uid))

    def copy(self, uids, to):
        """[(uid, new uid)] of those that are there."""
        to.changes += 1
        return [(u, to.add(self.mail[u], self.flags[u]))
                for u in uids if u in self.mail]

    # MODSEQ (RFC 7162): what is told must be in the order of the changes.

    def told_modseq(self, when, modseq):
        if self.modseqs.get(when) == modseq:
            return
        expect(when not in self.modseqs, "another MODSEQ than before", modseq)
        for w, m in self.modseqs.items():
            expect((w < when) == (m < modseq), "MODSEQ out of order", modseq, m)
        for w, h in self.highs:
            expect((when <= w) == (modseq <= h),
                   "MODSEQ on the wrong side of HIGHESTMODSEQ", modseq, h)
        self.modseqs[when] = modseq

    def told_highest(self, h):
        now = (self.changes, h)
        if now in self.highs:
            return
        for m in self.modseqs.values():
            expect(m <= h, "HIGHESTMODSEQ under a MODSEQ", h, m)
        for w, old in self.highs:
            expect(old < h if w < self.changes and old != h else old == h,
                   "HIGHESTMODSEQ", h, old)
        self.highs.append(now)

    def changed_since(self, when):
        return [u for u, w in self.changed.items() if w > when]

    def vanished_since(self, when):
        return {u for w, u in self.vanished if w > when}

    def unseen(self):
        return [u for u, f in self.flags.items() if "\\seen" not in f]

    def status(self):
        return {"MESSAGES": len(self.mail), "UIDNEXT": self.uidnext,
                "UIDVALIDITY": self.uidvalidity.value, "UNSEEN": len(self.unseen()),
                "SIZE": sum(len(m.raw) for m in self.mail.values())}


def changed(old, op, flags):
    if op.startswith("+"):
        return old | flags
    if op.startswith("-"):
        return old - flags
    return frozenset(flags)


FLAG_KEYS = {"ANSWERED": "\\answered", "DELETED": "\\deleted",
             "DRAFT": "\\draft", "FLAGGED": "\\flagged", "SEEN": "\\seen"}
DATE_KEYS = {"BEFORE": lambda a, b: a < b, "ON": lambda a, b: a == b,
             "SINCE": lambda a, b: a >= b}


def matches(key, mail, flags, number, uid):
    """A search key: a list whose head names it (RFC 3501 section 6.4.4)."""
    name, args = key[0], key[1:]
    if name == "AND":
        return all(matches(k, mail, flags, number, uid) for k in args)
    if name == "OR":
        return any(matches(k, mail, flags, number, uid) for k in args)
    if name == "NOT":
        return not matches(args[0], mail, flags, number, uid)
    if name == "ALL":
        return True
    if name in FLAG_KEYS:
        return FLAG_KEYS[name] in flags
    if name.startswith("UN") and name[2:] in FLAG_KEYS:
        return FLAG_KEYS[name[2:]] not in flags
    if name in ("KEYWORD", "UNKEYWORD"):
        return (args[0].lower() in flags) == (name == "KEYWORD")
    if name in ("LARGER", "SMALLER"):
        n = len(mail.raw)
        return n > args[0] if name == "LARGER" else n < args[0]
    if name in DATE_KEYS:
        return DATE_KEYS[name](mail.day, args[0])
    if name.startswith("SENT"):
        return DATE_KEYS[name[4:]](mail.sent, args[0])
    if name == "UIDS":
        return uid in args[0]
    if name == "SET":
        return in_set(args[0], number)
    if name == "UID":
        return in_set(args[0], uid)
    needle = fold(args[0])
    if name == "BODY":
        return needle in mail.body
    if name == "TEXT":
        return needle in mail.body or needle in mail.fields["HEADER"]
    return needle in mail.fields.get(name, "")


class View:
    """A selected mailbox, as its session has been told of it."""

    def __init__(self, mailbox, readonly):
        self.mailbox = mailbox
        self.readonly = readonly
        self.uids = []           # by number; None: exists, UID not told yet
        self.flags = {}          # uid: flags as told
        self.heard = {}          # uid: the change that was told last
        self.next = mailbox.uidnext  # UIDs below were told of, or gone
        self.keywords = set()    # that FLAGS has named
        self.saved = set()       # UIDs that "$" stands for

    def last(self):
        return self.uids[-1] if self.uids else 0

    def find(self, text, by_uid):
        """The UIDs of a set, by number or UID; None: a number is too high."""
        if text == "$":
            return [u for u in self.uids if u in self.saved]
        if by_uid:
            ranges = parse_set(text, self.last())
            return [u for u in self.uids if u is not None and in_set(ranges, u)]
        ranges = parse_set(text, len(self.uids))
        if any(lo < 1 or hi > len(self.uids) for lo, hi in ranges):
            return None
        return [u for n, u in enumerate(self.uids, 1) if in_set(ranges, n)]

    # What the server tells.

    def exists(self, n):
        expect(n >= len(self.uids), "EXISTS went down", n, len(self.uids))
        self.uids.extend([None] * (n - len(self.uids)))

    def expunge(self, n, settled):
        expect(1 <= n <= len(self.uids), "EXPUNGE of no message", n)
        uid = self.uids.pop(n - 1)
        expect(not settled or uid not in self.mailbox.mail,
               "EXPUNGE of a message that is there", n, uid)
        self.flags.pop(uid, None)

    def vanish(self, uid, settled):
        expect(not settled or uid not in self.mailbox.mail,
               "VANISHED is a message that is there", uid)
        if uid in self.uids:
            at = self.uids.index(uid)
        else:  # one of those whose UID was not told, in the order of UIDs
            at = next((n for n, u in enumerate(self.uids)
                       if u is not None and u > uid), len(self.uids)) - 1
            expect(not settled and at >= 0 and self.uids[at] is None,
                   "VANISHED is what was not", uid)
        del self.uids[at]
        self.flags.pop(uid, None)

    def fetched_uid(self, uid, items, settled):
        """A UIDFETCH response, maybe of a message whose UID is new."""
        if uid in self.uids:
            return self.fetched(self.uids.index(uid) + 1, items, settled)
        expect(None in self.uids, "UIDFETCH of no message", uid)
        expect(items.get("UID", uid) == uid, "UIDFETCH with another UID", uid)
        self.told_items(uid, items, settled)
        return uid

    def fetched(self, n, items, settled):
        """A FETCH response; settled: the model knows how things stand."""
        expect(1 <= n <= len(self.uids), "FETCH of no message", n)
        uid = items.get("UID", self.uids[n - 1])
        if self.uids[n - 1] is None:
            self.uids[n - 1] = uid
        expect(uid == self.uids[n - 1], "FETCH with another UID", n, uid)
        self.told_items(uid, items, settled)
        return uid

    def told_items(self, uid, items, settled):
        if "FLAGS" in items and uid is not None:
            self.told_flags(uid, items["FLAGS"], settled)
        if "MODSEQ" in items and settled and uid in self.mailbox.mail:
            modseq, = items["MODSEQ"]
            self.mailbox.told_modseq(self.mailbox.changed[uid], modseq)

    def told_flags(self, uid, names, settled):
        flags = frozenset(n.lower() for n in names)
        expect(len(flags) == len(names), "a flag twice", names)
        for n in flags:
            expect(n.startswith("\\") or n in self.keywords,
                   "a keyword that FLAGS did not name", n)
        if "\\recent" in flags and not self.readonly:
            to = self.mailbox.recent_to.setdefault(uid, self)
            expect(to is self, "\\Recent to a second session", uid)
        flags -= {"\\recent"}
        self.flags[uid] = flags
        self.heard[uid] = self.mailbox.changed.get(uid)
        now = self.mailbox.flags.get(uid)
        expect(not settled or now is None or flags == now,
               "FETCH with wrong flags", uid, sorted(flags), now)

    def settle(self, expunges):
        """The command is through: what must have been told has been.
        expunges: True, they must; None, they may; False, they must not."""
        box = self.mailbox
        new = [u for u in box.mail if u >= self.next]
        known = [u for u in self.uids if u is not None and u < self.next]
        tail = self.uids[len(known):]
        expect(len(tail) == len(new) and
               all(t in (None, u) for t, u in zip(tail, new)),
               "other new messages than were told", tail, new)
        self.uids = known + new
        self.next = box.uidnext
        if expunges:
            expect(len(self.uids) == len(box.mail) and
                   all(u in box.mail for u in self.uids),
                   "an expunge was not told", self.uids, list(box.mail))
        for uid in self.uids:
            told, now = self.flags.get(uid), box.flags.get(uid)
            expect(told is None or now is None or told == now,
                   "flags were not told", uid, told, now)
            self.heard[uid] = box.changed.get(uid)
