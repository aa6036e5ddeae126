# SPDX-License-Identifier: ISC
"""SORT and THREAD (RFC 5256, RFC 5957), as the RFCs tell them step by step.

Messages are given as [(number, Mail)] in the order of the mailbox.
"""

import functools
import re

from imap_model import fold

BLOB = r"\[[^][]*\][ \t]*"
REFWD = re.compile(r"(?:%s)*(?:re|fwd?)[ \t]*(?:%s)?:" % (BLOB, BLOB), re.I)
FWD = re.compile(r"\[fwd:(.*)\]", re.I | re.S)


@functools.lru_cache(None)
def base_subject(text):
    """(the base subject, whether it was a reply or forward)."""
    text, reply = re.sub(r"\s+", " ", text), False
    while True:
        before = text
        text, n = re.subn(r"(?i)( |\(fwd\))+$", "", text)
        reply |= n > 0 and "(fwd)" in before[len(text):].lower()
        text, more = strip_leaders(text)
        reply |= more
        m = FWD.fullmatch(text)
        if not m:
            return fold(text), reply
        text, reply = m.group(1), True


def strip_leaders(text):
    """Steps 3 to 5: (the rest, whether there was a "re:" or "fwd:")."""
    reply = False
    while True:
        before = text
        text = text.lstrip(" ")
        m = REFWD.match(text)
        if m:
            text, reply = text[m.end():], True
        elif re.match(BLOB + "[^ ]", text):
            text = re.sub("^" + BLOB, "", text)
        if text == before:
            return text, reply


def sort_key(name, mail):
    if name == "ARRIVAL":
        return mail.arrived
    if name == "DATE":
        return mail.sent_at
    if name == "SIZE":
        return len(mail.raw)
    if name == "SUBJECT":
        return base_subject(mail.subject)[0].encode()
    if name.startswith("DISPLAY"):
        return fold(mail.display[name[7:]]).encode()
    return fold(mail.first.get(name, "")).encode()


def sort(messages, keys):
    """keys as sent: "REVERSE" before a key turns it round."""
    out = sorted(messages, key=lambda m: m[0])
    words = list(reversed(keys))
    for n, word in enumerate(words):
        if word != "REVERSE":
            reverse = words[n + 1:n + 2] == ["REVERSE"]
            out.sort(key=lambda m: sort_key(word, m[1]), reverse=reverse)
    return [n for n, _ in out]


def by_subject(messages):
    """ORDEREDSUBJECT: threads as nested lists, the root first."""
    threads = {}
    for n, m in sorted(messages, key=lambda m: (m[1].sent_at, m[0])):
        threads.setdefault(base_subject(m.subject)[0], []).append(n)
    return [[t[0]] + [[n] for n in t[1:]] for t in threads.values()]


class Node:
    def __init__(self, number=None, mail=None):
        self.number, self.mail = number, mail
        self.parent, self.children = None, []

    def above(self, other):
        while other is not None:
            if other is self:
                return True
            other = other.parent
        return False

    def leave(self):
        if self.parent is not None:
            self.parent.children.remove(self)
        self.parent = None

    def adopt(self, child):
        child.leave()
        child.parent = self
        self.children.append(child)

    def when(self):
        """The sent date; of a dummy, that of its first child."""
        if self.mail is None:
            return min(c.when() for c in self.children)
        return self.mail.sent_at, self.number

    def subject(self):
        first = self
        while first.mail is None:
            first = min(first.children, key=Node.when)
        return base_subject(first.mail.subject)

    def is_reply(self):
        return self.mail is not None and base_subject(self.mail.subject)[1]

    def shown(self):
        rest = [c.shown() for c in sorted(self.children, key=Node.when)]
        return rest if self.mail is None else [self.number] + rest


def link(messages):
    """Steps 1 and 2: the heads of threads."""
    nodes, own = {}, []
    for n, m in messages:
        key = m.id if m.id not in nodes else ("unique", n)
        nodes[key] = Node(n, m)
        own.append(nodes[key])
    for node in own:
        parent = None
        for ref in node.mail.references:
            if ref not in nodes:
                nodes[ref] = Node()
            child = nodes[ref]
            if parent is not None and child.parent is None and \
               not child.above(parent):
                parent.adopt(child)
            parent = child
        node.leave()
        if parent is not None and not node.above(parent):
            parent.adopt(node)
    return [n for n in nodes.values() if n.parent is None]


def prune(node, root):
    """Step 3: what stands for a node at its level."""
    kept = [k for c in node.children for k in prune(c, False)]
    node.children = []
    for k in kept:
        k.parent = node
        node.children.append(k)
    if node.mail is not None:
        return [node]
    if not kept:
        return []
    if root and len(kept) > 1:
        return [node]
    for k in kept:
        k.parent = None
    return kept


def gather(heads):
    """Step 5: threads of one subject become one."""
    table = {}
    for head in heads:
        name = head.subject()[0]
        if not name:
            continue
        old = table.get(name)
        if old is None or old.mail is not None and (
                head.mail is None or old.is_reply() and not head.is_reply()):
            table[name] = head
    out = list(heads)
    for head in heads:
        name = head.subject()[0]
        old = table.get(name)
        if not name or old is head:
            continue
        out.remove(head)
        if old.mail is None and head.mail is None:
            for c in list(head.children):
                old.adopt(c)
        elif old.mail is None or head.is_reply() and not old.is_reply():
            old.adopt(head)
        else:
            dummy = Node()
            out[out.index(old)] = dummy
            dummy.adopt(old)
            dummy.adopt(head)
            table[name] = dummy
    return out


def by_references(messages):
    heads = [k for h in link(messages) for k in prune(h, True)]
    heads = gather(sorted(heads, key=Node.when))
    return [h.shown() for h in sorted(heads, key=Node.when)]


def normal(threads):
    """A THREAD response's value in the same form: a list of numbers is a
    chain, and what follows in parentheses are the children of the last."""
    out = []
    for t in threads:
        chain = [x for x in t if not isinstance(x, list)]
        tail = normal([x for x in t if isinstance(x, list)])
        for n in reversed(chain):
            tail = [[n] + tail]
        out.append(tail[0] if chain else tail)
    return out
