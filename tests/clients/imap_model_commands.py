# SPDX-License-Identifier: ISC
"""The commands of the property test.

A command is drawn at random as a plain dict (draw), which does not depend on
what came before, so that any of them can be left out again.  wire() makes its
bytes from what its session has been told; effect() does to the model what the
rules say, and gives what the reply must be; judge() compares.
"""

import datetime
import re

from imap_model import (Mailbox, View, changed, expect, in_set, matches,
                        numbers, parse_set)
from imap_model_order import by_references, by_subject, normal, sort
from imap_model_mail import MAILS, day, mail, needle

BOXES = ["a", "b"]
SYSTEM = ["\\Seen", "\\Deleted", "\\Flagged", "\\Answered", "\\Draft"]
KEYWORDS = ["Work", "work", "$Label1", "NonJunk"]
STORES = ["FLAGS", "+FLAGS", "-FLAGS", "FLAGS.SILENT", "+FLAGS.SILENT",
          "-FLAGS.SILENT"]
ITEMS = ["FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]",
         "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY[]<3.40>", "BODY[TEXT]",
         "BODY.PEEK[HEADER.FIELDS (Message-ID)]", "RFC822.HEADER", "ENVELOPE",
         "BODYSTRUCTURE"]
NUMBERED = {"store", "fetch", "search", "copy", "move"}


# ---- random commands ----

def draw_flags(r):
    return r.sample(SYSTEM, r.choice([0, 1, 1, 2])) + (
        [r.choice(KEYWORDS)] if r.random() < 0.3 else [])


def draw_set(r):
    """Ranges as fractions of what there will be; above 1 is "*"."""
    if r.random() < 0.2:
        return [[r.choice([r.random(), 0]), 1.5]]
    if r.random() < 0.05:
        return "$"
    out = []
    for _ in range(r.choice([1, 1, 1, 2, 3])):
        a = r.random()
        out.append([a, a if r.random() < 0.6 else r.random()])
    return out


def draw_key(r, depth=0):
    kind = r.random()
    if depth < 3 and kind < 0.25:
        name = r.choice(["AND", "OR", "NOT"])
        n = {"NOT": 1, "OR": 2}.get(name) or r.randint(1, 3)
        return [name] + [draw_key(r, depth + 1) for _ in range(n)]
    if kind < 0.5:
        return [r.choice(["", "UN"]) + r.choice(
            ["SEEN", "DELETED", "FLAGGED", "ANSWERED", "DRAFT"])]
    if kind < 0.6:
        return [r.choice(["SUBJECT", "BODY", "TEXT", "FROM", "TO", "CC"]),
                needle(r)]
    if kind < 0.65:
        return [r.choice(["KEYWORD", "UNKEYWORD"]), r.choice(KEYWORDS)]
    if kind < 0.7:
        return [r.choice(["LARGER", "SMALLER"]), r.randint(250, 450)]
    if kind < 0.8:
        return [r.choice(["", "SENT"]) + r.choice(["BEFORE", "ON", "SINCE"]),
                day(r).isoformat()]
    if kind < 0.92:
        return [r.choice(["SET", "UID"]), draw_set(r)]
    if kind < 0.96:
        return ["MODSEQ", r.random()]
    return ["ALL"]


def draw_order(r):
    """How SORT or THREAD shall order what is found; None: not at all."""
    kind = r.random()
    if kind < 0.6:
        return None
    if kind < 0.8:
        return r.choice(["ORDEREDSUBJECT", "REFERENCES"])
    out = []
    for key in r.sample(["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT",
                         "TO", "DISPLAYFROM", "DISPLAYTO"],
                        r.choice([1, 1, 2, 3])):
        out += ["REVERSE", key] if r.random() < 0.3 else [key]
    return out


def draw_return(r):
    """What ESEARCH, SEARCHRES or PARTIAL shall return; None: SEARCH."""
    kind = r.random()
    if kind < 0.4:
        return None
    if kind < 0.6:
        a, b, sign = r.randint(1, 5), r.randint(1, 8), r.choice([1, -1])
        return ["PARTIAL %d:%d" % (sign * a, sign * b)]
    if kind < 0.75:
        return ["SAVE"] + r.choice([[], ["COUNT"], ["ALL"]])
    return r.sample(["MIN", "MAX", "COUNT", "ALL"], r.randint(0, 4))


def draw(r, verb=None):
    verb = verb or r.choices(
        ["store", "fetch", "search", "append", "copy", "move", "expunge",
         "noop", "select", "status", "close", "idle", "create", "delete",
         "rename", "list", "bad", "esearch"],
        [24, 22, 16, 12, 6, 6, 7, 8, 6, 5, 2, 3, 1, 1, 1, 1, 1, 5])[0]
    d = {"verb": verb, "uid": r.random() < 0.5,
         "numbers": r.random() < 0.1}  # even with UIDONLY
    if r.random() < 0.25:
        d["since"] = r.random()  # which HIGHESTMODSEQ of those that were told
    if verb in ("store", "fetch", "copy", "move", "expunge"):
        d["set"] = draw_set(r)
    if verb == "store":
        d.update(op=r.choice(STORES), flags=draw_flags(r))
    elif verb == "fetch":
        d["items"] = r.choice([["FLAGS"], ["UID"],
                               r.sample(ITEMS, r.randint(1, 4))])
    elif verb == "search":
        d["keys"] = [draw_key(r) for _ in range(r.choice([1, 1, 2, 3]))]
        d["return"] = draw_return(r)
        d["order"] = draw_order(r)
    elif verb == "esearch":
        # Keys that mean the same in each mailbox.
        d["keys"] = [k for k in (draw_key(r, 3) for _ in range(2))
                     if k[0] not in ("SET", "UID", "MODSEQ")] or [["ALL"]]
        d["return"] = [b for b in draw_return(r) or [] if b != "SAVE"]
        d["in"] = r.choice([["a"], ["a", "b"], ["b", "none"], ["a", "a"], []])
    elif verb == "append":
        d.update(box=r.choice(BOXES), flags=draw_flags(r),
                 mail=r.randrange(MAILS))
    elif verb in ("copy", "move", "status"):
        d.update(box=r.choice(BOXES * 8 + ["none"]), to="none")
    elif verb in ("select", "create", "delete", "rename"):
        d.update(box=r.choice(BOXES * 8 + ["c", "none"]),
                 to=r.choice(["c", "d", "a"]), readonly=r.random() < 0.2)
        if verb in ("create", "delete"):
            d["box"] = r.choice(["c", "d"])
    elif verb == "bad":
        d["line"] = r.choice(["FETCH", "STORE 1", "UID FETCH x FLAGS", "FROB",
                              "SEARCH", "COPY 1", "STORE 0 FLAGS ()",
                              "UID NOOP", "FETCH 1 (FLAGS", "SELECT"])
    return d


# ---- from a drawing to bytes ----

def number_at(fraction, most):
    return "*" if fraction > 1 else str(1 + int(fraction * max(most, 1)))


def wire_set(spec, view, by_uid, racing=False):
    """In a race neither what "*" is nor who has a new UID is known."""
    most = (view.next - 1 if by_uid else len(view.uids)) if view else 1
    if spec == "$":
        return "$" if not racing else "4294967290"
    if racing and most < 1:
        return "4294967290"
    if by_uid and not racing:
        most += 2
    return ",".join(
        ":".join(number_at(min(f, 0.99) if racing else f, most)
                 for f in (ends if ends[0] != ends[1] else ends[:1]))
        for ends in spec)


def imap_date(iso):
    d = datetime.date.fromisoformat(iso)
    return "%d-%s" % (d.day, d.strftime("%b-%Y"))


def pick_high(box, fraction):
    """(when, HIGHESTMODSEQ), one of those that were told; or None."""
    highs = box.highs if box else []
    return highs[int(fraction * len(highs))] if highs else None


def wire_key(key, view, mode):
    """(words for the line as bytes, the key as the model takes it)."""
    name, args = key[0], key[1:]
    if name in ("AND", "OR", "NOT"):
        both = [wire_key(k, view, mode) for k in args]
        text = b" ".join(b for b, _ in both)
        text = b"(%s)" % text if name == "AND" else name.encode() + b" " + text
        return text, [name] + [k for _, k in both]
    if name in ("SET", "UID"):
        by_uid = name == "UID" or not view or not view.uids
        text = wire_set(args[0], view, by_uid)
        return ((b"UID " if by_uid else b"") + text.encode(),
                ["UID" if by_uid else "SET", text])
    if name == "MODSEQ":
        high = mode and view and pick_high(view.mailbox, args[0])
        if not high:
            return b"ALL", ["ALL"]
        return b"MODSEQ %d" % (high[1] + 1), ["MODSEQ", high[0]]
    if not args:
        return name.encode(), key
    if name.endswith(("BEFORE", "ON", "SINCE")):
        return (b"%s %s" % (name.encode(), imap_date(args[0]).encode()),
                [name, datetime.date.fromisoformat(args[0])])
    if isinstance(args[0], int) or "KEYWORD" in name:
        return b"%s %s" % (name.encode(), str(args[0]).encode()), key
    data = args[0].encode()
    return b"%s {%d+}\r\n%s" % (name.encode(), len(data), data), key


def uses_modseq(key):
    return key[-1] == "MODSEQ" or any(
        uses_modseq(k) for k in key[1:] if isinstance(k, list) and
        key[0] in ("AND", "OR", "NOT"))


def resolved(key, view):
    """Sets of a key as ranges: what "*" was when the command began.  Other
    than elsewhere, a number that is too high is no error (RFC 7377)."""
    if key[1:] == ["$"]:
        return ["UIDS", set(view.saved), key[0]]
    if key[0] == "SET":
        return ["SET", parse_set(key[1], len(view.uids))]
    if key[0] == "UID":
        return ["UID", parse_set(key[1], view.last())]
    if key[0] == "MODSEQ":
        return ["UIDS", set(view.mailbox.changed_since(key[1])), "MODSEQ"]
    return [resolved(k, view) if isinstance(k, list) else k for k in key]


def uses_numbers(key):
    return "SET" in (key[0], key[-1]) or any(
        uses_numbers(k) for k in key[1:] if isinstance(k, list) and
        key[0] in ("AND", "OR", "NOT"))


def names_numbers(key):
    """As resolved() gives it: what "$" stands for is no number."""
    return key[0] == "SET" or any(
        names_numbers(k) for k in key[1:] if isinstance(k, list) and
        key[0] in ("AND", "OR", "NOT"))


def returned(back, found):
    """The items of an ESEARCH response (RFC 4731, RFC 9394); of ESORT, in the
    order of the sort (RFC 5267)."""
    out = {}
    for item in back or ["ALL"]:
        name, _, bounds = item.partition(" ")
        if name == "COUNT":
            out["COUNT"] = len(found)
        elif name == "PARTIAL":
            a, b = sorted(abs(int(n)) for n in bounds.split(":"))
            part, sign = found[a - 1:b], ""
            if bounds[0] == "-":
                part, sign = found[::-1][a - 1:b][::-1], "-"
            out["PARTIAL"] = ["%s%d:%s%d" % (sign, a, sign, b), part]
        elif found and name != "SAVE":
            out[name] = {"MIN": found[0], "MAX": found[-1],
                         "ALL": found}[name]
    return out


class Command:
    """A drawing on its way: bytes for the wire, then its reply."""

    def __init__(self, drawing, case, session):
        self.d = d = dict(drawing)
        self.verb = d["verb"]
        self.case, self.session = case, session
        if self.verb == "delete" and case.in_use(d["box"]) or \
           self.verb == "rename" and d["box"] in BOXES:
            self.verb = "noop"
        self.uidonly = session.uidonly
        self.uid = self.verb in NUMBERED | {"expunge"} and (
            d["uid"] or self.uidonly and not d.get("numbers"))
        self.numbered = self.verb in NUMBERED and not self.uid
        self.mode = session.mode
        if not session.sorts:
            d["order"] = None
        self.since = self.pick_since(d, session.view)
        self.line = getattr(self, "wire_" + self.verb)(d, session.view)

    def pick_since(self, d, view):
        if "since" not in d or not self.mode or self.case.racing:
            return None
        if self.verb in ("fetch", "store"):
            return pick_high(view and view.mailbox, d["since"])
        if self.verb == "select" and self.mode == "QRESYNC":
            box = self.case.boxes.get(d["box"])
            return box and box.uidvalidity.value and pick_high(box, d["since"])
        return None

    def shown(self):
        line = self.line
        if self.verb == "append":
            line = line.split(b"\r\n", 1)[0] + b" (mail %d)" % self.d["mail"]
        return line.decode("utf-8", "replace")

    def keeps(self):
        """EXPUNGE may not be told now (RFC 3501 section 7.4.1)."""
        return self.verb in ("store", "fetch", "search", "esearch") and \
            not self.uid

    def head(self, name):
        return (b"UID " if self.uid else b"") + name

    def box_name(self, box):
        return b"%s-%s" % (self.case.name.encode(), box.encode())

    def wire_with_set(self, name, d, view, rest):
        self.set = wire_set(d["set"], view, self.uid, self.case.racing)
        return b"%s %s%s" % (self.head(name), self.set.encode(), rest)

    def wire_store(self, d, view):
        return self.wire_with_set(b"STORE", d, view, b"%s %s (%s)" % (
            b" (UNCHANGEDSINCE %d)" % self.since[1] if self.since else b"",
            d["op"].encode(), " ".join(d["flags"]).encode()))

    def wire_fetch(self, d, view):
        since = b""
        self.vanished = bool(self.since and self.uid and
                             self.mode == "QRESYNC")
        if self.since:
            since = b" (CHANGEDSINCE %d%s)" % (
                self.since[1], b" VANISHED" if self.vanished else b"")
        return self.wire_with_set(b"FETCH", d, view, b" (%s)%s" % (
            " ".join(d["items"]).encode(), since))

    def wire_copy(self, d, view):
        return self.wire_with_set(b"COPY", d, view,
                                  b" " + self.box_name(d["box"]))

    def wire_move(self, d, view):
        return self.wire_with_set(b"MOVE", d, view,
                                  b" " + self.box_name(d["box"]))

    def wire_expunge(self, d, view):
        if self.uid:
            return self.wire_with_set(b"EXPUNGE", d, view, b"")
        return b"EXPUNGE"

    def wire_search(self, d, view):
        both = [wire_key(k, view, self.mode) for k in d["keys"]]
        self.key = ["AND"] + [k for _, k in both]
        words = b" ".join(b for b, _ in both)
        if isinstance(d["order"], str):
            return self.head(b"THREAD %s UTF-8 " % d["order"].encode()) + words
        back = b"" if d["return"] is None else b"RETURN (%s) " % " ".join(
            d["return"]).encode()
        if d["order"]:
            return self.head(b"SORT %s(%s) UTF-8 " % (back, " ".join(
                d["order"]).encode())) + words
        return self.head(b"SEARCH %sCHARSET UTF-8 " % back) + words

    def wire_esearch(self, d, view):
        both = [wire_key(k, view, self.mode) for k in d["keys"]]
        self.key = ["AND"] + [k for _, k in both]
        where = b"selected"
        if d["in"]:
            where = b"mailboxes (%s)" % b" ".join(map(self.box_name, d["in"]))
        return b"ESEARCH IN (%s) RETURN (%s) CHARSET UTF-8 %s" % (
            where, " ".join(d["return"]).encode(), b" ".join(
                b for b, _ in both))

    def wire_append(self, d, view):
        m = mail(d["mail"])
        return b'APPEND %s (%s) "%s" {%d+}\r\n%s' % (
            self.box_name(d["box"]), " ".join(d["flags"]).encode(),
            m.received.encode(), len(m.raw), m.raw)

    def wire_noop(self, d, view):
        return b"CHECK" if d["uid"] and view else b"NOOP"

    def wire_select(self, d, view):
        line = (b"EXAMINE " if d["readonly"] else b"SELECT ") + self.box_name(
            d["box"])
        if self.since:
            line += b" (QRESYNC (%d %d))" % (
                self.case.boxes[d["box"]].uidvalidity.value, self.since[1])
        return line

    def wire_status(self, d, view):
        return b"STATUS %s (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE%s)" % (
            self.box_name(d["box"]), b" HIGHESTMODSEQ" if self.mode else b"")

    def wire_close(self, d, view):
        return b"CLOSE" if d["uid"] else b"UNSELECT"

    def wire_idle(self, d, view):
        return b"IDLE"

    def wire_create(self, d, view):
        return b"CREATE " + self.box_name(d["box"])

    def wire_delete(self, d, view):
        return b"DELETE " + self.box_name(d["box"])

    def wire_rename(self, d, view):
        return b"RENAME %s %s" % (self.box_name(d["box"]),
                                  self.box_name(d["to"]))

    def wire_list(self, d, view):
        return b'LIST "" %s-*' % self.case.name.encode()

    def wire_bad(self, d, view):
        return d["line"].encode()

    # ---- what the rules make of it ----

    def bind(self):
        """Before the reply is looked at: which messages it names."""
        self.view = view = self.session.view
        self.heard = dict(view.heard) if view else {}
        self.uids = None
        self.failed = set()
        self.had = set(view.uids) if view else set()
        if view and hasattr(self, "set"):
            self.uids = view.find(self.set, self.uid or self.verb == "expunge")
        self.before = list(view.uids) if view else []
        if view and self.verb == "search":
            self.saved = set(view.saved)
            self.key = resolved(self.key, view)

    def refused(self, boxes):
        """The status that stands before anything is done, or None."""
        d, view = self.d, self.view
        needs = NUMBERED | {"expunge", "close"}
        if self.verb == "esearch" and not d["in"]:
            needs.add("esearch")
        if self.verb == "bad" or self.verb in needs and not view:
            return "BAD", None
        if self.uidonly and (self.numbered or self.verb == "search" and
                             names_numbers(self.key)):
            return "BAD", "UIDREQUIRED"
        if self.verb in NUMBERED - {"search"} and self.uids is None:
            if self.verb in ("store", "move") and view.readonly:
                return "NO", "READ-ONLY"
            return "BAD", None
        if self.verb in ("store", "move", "expunge") and view.readonly:
            return "NO", "READ-ONLY"
        if self.verb in ("copy", "move", "append") and d["box"] not in boxes:
            return "NO", "TRYCREATE"
        if self.verb in ("select", "status", "delete", "rename") and \
           d["box"] not in boxes:
            return "NO", "NONEXISTENT" if d["to"] not in boxes else None
        if self.verb == "create" and d["box"] in boxes or \
           self.verb == "rename" and d["to"] in boxes:
            return "NO", "ALREADYEXISTS"
        return None

    def effect(self, boxes, here):
        """Do it to the model; here is the selected mailbox in it.  Gives
        (status, code, what only this command's reply shows)."""
        refused = self.refused(boxes)
        if refused:
            return refused + (None,)
        return getattr(self, "do_" + self.verb)(boxes, here)

    def do_nothing(self, boxes, here):
        return "OK", None, None

    do_noop = do_select = do_status = do_idle = do_list = do_nothing

    def gone(self, here):
        return any(u not in here.mail for u in self.uids)

    def do_store(self, boxes, here):
        d = self.d
        self.failed = set(here.changed_since(self.since[0])
                          if self.since else ()) & set(self.uids)
        here.store([u for u in self.uids if u not in self.failed], d["op"],
                   frozenset(f.lower() for f in d["flags"]))
        if self.failed:
            return "OK", ("MODIFIED", [
                u if self.uid else n for n, u in enumerate(self.view.uids, 1)
                if u in self.failed]), None
        if self.gone(here) and not self.uid and "SILENT" not in d["op"]:
            return "NO", "EXPUNGEISSUED", None
        return "OK", None, None

    def marks(self):
        return not self.view.readonly and any(
            i.startswith("BODY[") for i in self.d["items"])

    def looks(self):
        """Before its effect: what FETCH reads and what it makes \\Seen are
        two things, and in a race others come between."""
        return self.verb == "fetch" and self.view and self.marks()

    def look(self, here):
        here.looked[id(self)] = tuple(
            u for u in self.uids if u in here.mail and
            "\\seen" not in here.flags[u])

    def do_fetch(self, boxes, here):
        if self.since:
            since = set(here.changed_since(self.since[0]))
            self.uids = [u for u in self.uids
                         if u in since or u not in here.mail]
        if self.marks():
            here.store(here.looked.pop(id(self), self.uids), "+FLAGS",
                       {"\\seen"})
        if self.gone(here) and not self.uid:
            return "NO", "EXPUNGEISSUED", None
        return "OK", None, None

    def do_search(self, boxes, here):
        found = [n if not self.uid else u
                 for n, u in enumerate(self.before, 1)
                 if u in here.mail and matches(self.key, here.mail[u],
                                               here.flags[u], n, u)]
        if "SAVE" in (self.d["return"] or []) and \
           not isinstance(self.d["order"], str):
            self.view.saved = {u if self.uid else self.before[u - 1]
                               for u in found}
        if self.d["order"]:
            found = self.ordered(here, found)
        gone = any(u not in here.mail for u in self.before)
        return "OK", "EXPUNGEISSUED" if gone and not self.uid else None, found

    def do_esearch(self, boxes, here):
        """In each mailbox that is there (RFC 7377); of the one that is
        selected, what the session knows of."""
        places = [boxes[b] for b in sorted(set(self.d["in"])) if b in boxes]
        if not self.d["in"]:
            places = [here]
        return "OK", None, [(box, [
            u for u in (self.before if box is here else box.mail)
            if u in box.mail and matches(self.key, box.mail[u], box.flags[u],
                                         None, u)]) for box in places]

    def ordered(self, here, found):
        order = self.d["order"]
        messages = [(n, here.mail[n if self.uid else self.before[n - 1]])
                    for n in found]
        if order == "REFERENCES":
            return by_references(messages)
        if order == "ORDEREDSUBJECT":
            return by_subject(messages)
        return sort(messages, order)

    def do_append(self, boxes, here):
        d, to = self.d, boxes[self.d["box"]]
        uid = to.append(mail(d["mail"]), (f.lower() for f in d["flags"]))
        return "OK", ("APPENDUID", to, [], [uid]), None

    def copied(self, boxes, here, done):
        to = boxes[self.d["box"]]
        if done:
            return "OK", ("COPYUID", to, [u for u, _ in done],
                          [v for _, v in done]), None
        if self.gone(here) and not self.uid:
            return "NO", "EXPUNGEISSUED", None
        return "OK", None, None

    def do_copy(self, boxes, here):
        return self.copied(boxes, here,
                           here.copy(self.uids, boxes[self.d["box"]]))

    def do_move(self, boxes, here):
        done = here.copy(self.uids, boxes[self.d["box"]])
        here.remove([u for u, _ in done])
        return self.copied(boxes, here, done)

    def do_expunge(self, boxes, here):
        here.expunge(set(self.uids) if self.uid else None)
        return "OK", None, None

    def do_close(self, boxes, here):
        if self.d["uid"] and not self.view.readonly:
            here.expunge()
        return "OK", None, None

    def do_create(self, boxes, here):
        boxes[self.d["box"]] = Mailbox()
        return "OK", None, None

    def do_delete(self, boxes, here):
        del boxes[self.d["box"]]
        return "OK", None, None

    def do_rename(self, boxes, here):
        boxes[self.d["to"]] = boxes.pop(self.d["box"])
        return "OK", None, None

    # ---- what the server made of it ----

    def judge(self, want, reply):
        status, code, found = want
        if self.verb == "bad" and reply.status == "NO":
            return  # a read-only mailbox is known before the rest is read
        if self.since and self.uids and code == "EXPUNGEISSUED" or \
           isinstance(code, tuple) and code[0] == "MODIFIED":
            self.judge_conditional(code, reply)
            return
        expect(reply.status == status, "status", self.line[:80], reply.line,
               want)
        if isinstance(code, tuple):
            self.judge_uids(code, reply)
        elif code:
            expect(reply.code == code, "response code", reply.line, code)
        if self.verb == "search" and status == "OK":
            self.judge_search(found, reply)
        elif self.verb == "esearch" and status == "OK":
            self.judge_esearch(found, reply)

    def judge_conditional(self, code, reply):
        """Messages that others have expunged may count as modified or not,
        and make it fail or not."""
        expect(reply.status in ("OK", "NO"), "status", reply.line)
        if not isinstance(code, tuple) or reply.status == "NO":
            return
        m = re.fullmatch(r"MODIFIED ([\d:,]+)", reply.code or "")
        expect(m, "no MODIFIED", reply.line, code)
        got = set(numbers(m.group(1)))
        gone = {u if self.uid else n for n, u in enumerate(self.view.uids, 1)
                if u not in self.view.mailbox.mail}
        expect(set(code[1]) <= got and got - set(code[1]) <= gone, "MODIFIED",
               code[1], got)

    def judge_search(self, found, reply):
        back = self.d["return"]
        if isinstance(self.d["order"], str):
            got = normal(reply.results("THREAD"))
            expect(got == found, "THREAD", got, found)
            return
        if back is None:
            got, modseq = reply.results(
                "SORT" if self.d["order"] else "SEARCH"), None
            if got and isinstance(got[-1], list):
                name, modseq = got.pop()
                expect(name == "MODSEQ", "SEARCH", name)
            expect(got == found, "SEARCH", got, found)
        elif back == ["SAVE"]:
            expect(not any(u.name in ("SEARCH", "SORT", "ESEARCH")
                           for u in reply.untagged), "SAVE tells nothing")
            return
        else:
            got = reply.esearch(self.uid)
            modseq = got.pop("MODSEQ", None)
            want = returned(back, found)
            expect(got == want, "ESEARCH", got, want)
            if back != ["COUNT"] and not set(back) & {"ALL", "SAVE"} or \
               modseq is None:
                return  # MODSEQ is of what was returned
        expect((modseq is not None) == (bool(found) and uses_modseq(self.key)),
               "MODSEQ of SEARCH", modseq)
        if modseq is not None:
            box = self.view.mailbox
            box.told_modseq(max(
                box.changed[u if self.uid else self.before[u - 1]]
                for u in found), modseq)

    def judge_esearch(self, found, reply):
        """One response for each mailbox in which there is something."""
        got = reply.esearches(len(self.case.name) + 1)
        want = {}
        for box, uids in found:
            name = next(n for n, b in self.case.boxes.items() if b is box)
            if uids:
                want[name] = returned(self.d["return"], uids)
                expect(name in got, "no ESEARCH of a mailbox", name, want)
                box.uidvalidity.agree(got[name].pop("UIDVALIDITY"))
        expect(got == want, "ESEARCH in mailboxes", got, want)

    def judge_uids(self, want, reply):
        name, to, source, made = want
        code = reply.code or ""
        if self.verb == "move":
            code = next((u.code for u in reply.untagged
                         if (u.code or "").startswith("COPYUID")), "")
        m = re.fullmatch(r"(\w+) (\d+) (?:([\d:,]+) )?([\d:,]+)", code)
        expect(m and m.group(1) == name, "no " + name, reply.line)
        to.uidvalidity.agree(int(m.group(2)))
        got = numbers(m.group(3)) if m.group(3) else []
        expect((got, numbers(m.group(4))) == (source, made), name, code, source,
               made)

    def told(self, reply, settled):
        """Take what the reply tells into the view."""
        view = self.session.view
        if self.verb == "select" or view is None:
            for u in reply.untagged:
                expect(u.name not in ("EXISTS", "EXPUNGE", "FETCH")
                       or self.verb == "select", "told without a mailbox", u)
            return
        if self.verb == "store" and self.uids and reply.status != "BAD" and \
           "SILENT" in self.d["op"]:
            self.silent(view, reply.status)
        seen = {}
        for u in reply.untagged:
            expect(u.name != ("EXPUNGE" if self.uidonly or
                              self.mode == "QRESYNC" else "VANISHED") and
                   u.name != ("FETCH" if self.uidonly else "UIDFETCH"),
                   "not in this mode", u)
            if u.name == "EXISTS":
                view.exists(u.number)
            elif u.name == "EXPUNGE":
                expect(not self.keeps() and self.verb != "close",
                       "EXPUNGE while numbers hold", u)
                view.expunge(u.number, settled)
            elif u.name == "FETCH":
                self.judge_form(u)
                uid = view.fetched(u.number, u.value, settled)
                seen.setdefault(uid, {}).update(u.value)
            elif u.name == "UIDFETCH":
                self.judge_form(u)
                uid = view.fetched_uid(u.number, u.value, settled)
                seen.setdefault(uid, {}).update(u.value)
            elif u.name == "VANISHED":
                self.told_vanished(u, view, settled)
            elif u.name == "FLAGS":
                view.keywords = {f.lower() for f in u.value
                                 if not f.startswith("\\")}
        if settled:
            self.judge_fetches(seen, reply)

    def judge_form(self, u):
        """What a FETCH response must hold, whatever it is about."""
        expect(not self.uid or self.uidonly or "UID" in u.value,
               "FETCH without UID for a UID command", u)
        if self.mode and self.verb != "fetch":
            expect("MODSEQ" in u.value, "FETCH without MODSEQ", u)
            expect(self.mode != "QRESYNC" or "UID" in u.value,
                   "FETCH without UID", u)

    def told_vanished(self, u, view, settled):
        earlier, uids = u.value
        if earlier:
            expect(self.verb == "fetch" and self.vanished,
                   "VANISHED (EARLIER) unasked", u)
            self.judge_earlier(view.mailbox, uids, "*" not in self.set and
                               parse_set(self.set, 0))
            return
        expect(not self.keeps() and self.verb != "close",
               "VANISHED while numbers hold", u)
        for uid in uids:
            view.vanish(uid, settled)

    def judge_earlier(self, box, uids, ranges):
        """All that is gone, of what was named; ranges: False, not known."""
        for uid in uids:
            expect(uid not in box.mail and uid < box.uidnext,
                   "VANISHED (EARLIER) is a message that is there", uid)
        if ranges is not False:
            # What the session still has is told as VANISHED afterwards.
            want = {u for u in box.vanished_since(self.since[0])
                    if in_set(ranges, u)} - self.had
            expect(want <= set(uids), "VANISHED (EARLIER) lacks some", want,
                   uids)

    def silent(self, view, status):
        """What a client makes of it; after NO it knows no more."""
        flags = frozenset(f.lower() for f in self.d["flags"])
        for uid in self.uids:
            if status == "NO":
                view.flags.pop(uid, None)
            elif uid in view.flags and uid not in self.failed:
                view.flags[uid] = changed(view.flags[uid], self.d["op"], flags)

    def judge_fetches(self, seen, reply):
        """The messages that FETCH and STORE named are told of, and SILENT is
        silent."""
        view, d = self.view, self.d
        if reply.status == "BAD" or self.verb not in ("fetch", "store") or \
           view.readonly and self.verb == "store":
            return
        if self.since and self.verb == "fetch":
            for uid in self.uids:
                expect(uid not in view.mailbox.mail or
                       "MODSEQ" in seen.get(uid, {}),
                       "CHANGEDSINCE without MODSEQ", uid)
        for uid in self.uids:
            there = uid in view.mailbox.mail
            if self.verb == "fetch" and there:
                expect(uid in seen, "a message was not fetched", uid)
                for item in d["items"]:
                    self.judge_item(item, uid, seen[uid])
            elif there and "SILENT" not in d["op"]:
                expect("FLAGS" in seen.get(uid, {}),
                       "STORE did not tell the flags", uid)
            elif there and self.heard.get(uid) == self.was.get(uid) and \
                    uid not in self.failed:
                expect("FLAGS" not in seen.get(uid, {}), "SILENT was not", uid)

    def judge_item(self, item, uid, got):
        m = self.view.mailbox.mail[uid]
        name = item.replace(".PEEK", "").upper()
        if name == "BODY[]<3.40>":
            name = "BODY[]<3>"
        expect(name in got, "an item is missing", name, sorted(got))
        value = got[name]
        want = {"UID": uid, "INTERNALDATE": m.received.encode(),
                "RFC822.SIZE": len(m.raw), "BODY[]": m.raw,
                "BODY[HEADER]": m.header, "RFC822.HEADER": m.header,
                "BODY[TEXT]": m.text, "BODY[]<3>": m.raw[3:43],
                "BODY[HEADER.FIELDS (MESSAGE-ID)]": re.search(
                    rb"Message-ID: .*?\r\n", m.raw).group() + b"\r\n"}
        if name in want:
            expect(value == want[name], "item " + name, value, want[name])

    def run(self, reply):
        """All of it, where nobody else was at work meanwhile."""
        case, session = self.case, self.session
        self.bind()
        view = self.view
        here = view.mailbox if view else None
        self.was = dict(here.changed) if here else {}
        want = self.effect(case.boxes, here)
        self.judge(want, reply)
        self.told(reply, True)
        self.settle(reply)
        if self.verb == "list":
            names = sorted(u.value for u in reply.untagged if u.name == "LIST")
            expect(names == sorted("%s-%s" % (case.name, b)
                                   for b in case.boxes), "LIST", names)
        elif self.verb == "status" and reply.status == "OK":
            self.judge_status(reply)

    def settle(self, reply):
        view = self.session.view
        if self.verb == "select":
            self.selected(reply)
        elif self.verb == "close" and reply.status == "OK":
            self.session.view = None
        elif view and reply.status != "BAD":
            view.settle(False if self.keeps() else
                        None if self.before_numbers or self.verb == "bad" or
                        self.verb == "search" and uses_numbers(self.key)
                        else True)

    before_numbers = False  # another command follows that uses numbers

    def judge_status(self, reply):
        box = self.case.boxes[self.d["box"]]
        got = next(u.value for u in reply.untagged if u.name == "STATUS")
        box.uidvalidity.agree(got["UIDVALIDITY"])
        if self.mode:
            box.told_highest(got.pop("HIGHESTMODSEQ"))
        expect(got == box.status(), "STATUS", got, box.status())

    def selected(self, reply):
        self.session.view = None
        if reply.status != "OK":
            return
        box = self.case.boxes[self.d["box"]]
        view = View(box, self.d["readonly"])
        view.uids = list(box.mail)
        view.heard = dict(box.changed)
        unseen = None
        for u in reply.untagged:
            if u.name == "EXISTS":
                expect(u.number == len(box.mail), "EXISTS", u.number,
                       len(box.mail))
            elif u.name == "FLAGS":
                view.keywords = {f.lower() for f in u.value
                                 if not f.startswith("\\")}
            elif (u.code or "").startswith("UNSEEN "):
                unseen = int(u.code[7:])
            elif (u.code or "").startswith("UIDNEXT "):
                expect(int(u.code[8:]) == box.uidnext, "UIDNEXT", u.code)
            elif (u.code or "").startswith("UIDVALIDITY "):
                box.uidvalidity.agree(int(u.code[12:]))
            elif (u.code or "").startswith("HIGHESTMODSEQ "):
                box.told_highest(int(u.code[14:]))
        first = next((n for n, u in enumerate(view.uids, 1)
                      if "\\seen" not in box.flags[u]), None)
        expect(unseen == (None if self.uidonly else first), "UNSEEN", unseen,
               first)
        expect(reply.code == ("READ-ONLY" if view.readonly else "READ-WRITE"),
               "code of SELECT", reply.line)
        if self.since:
            self.resynced(view, reply)
        self.session.view = view

    def resynced(self, view, reply):
        """SELECT with QRESYNC: all that has changed and gone since."""
        box, told, self.had = view.mailbox, [], set()
        gone = box.vanished_since(self.since[0])
        for u in reply.untagged:
            if u.name == "FETCH":
                told.append(view.fetched(u.number, u.value, True))
                expect({"UID", "FLAGS", "MODSEQ"} <= set(u.value), "items", u)
            elif u.name == "VANISHED":
                expect(u.value[0], "VANISHED without (EARLIER)", u)
                self.judge_earlier(box, u.value[1], [(1, 1 << 32)])
                gone = set()
        expect(not gone, "no VANISHED (EARLIER)", gone)
        missing = set(box.changed_since(self.since[0])) - set(told)
        expect(not missing, "QRESYNC lacks changes", missing)
