# SPDX-License-Identifier: ISC
"""SEARCH, SORT, THREAD and MULTISEARCH find the same whether the index knows a
message or not: what the text has that Python's email package decodes; whoever
asks, the owner or a guest.  Mail in several scripts and encodings comes, goes,
and moves to another mailbox and back meanwhile, and the index is made anew."""

import email
import email.header
import email.message
import email.policy
import http.client
import imaplib
import json
import os
import random
import re
import socket
import time
import unicodedata

from maildtest import MaildTest, main

ALPHABETS = (
    ("us-ascii", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789"),
    ("iso-8859-1", "aeiouäöüéèñçÄÖÜÉ"),
    ("utf-8", "абвгдежзиклмнопрстАБВГД"),
    ("koi8-r", "абвгдежзиклмнопрстАБВГД"),
    ("utf-8", "αβγδεζηθικλμνξοπΑΒΓΔ"),
    ("iso-2022-jp", "日本語文字検索索引東京大阪"),
    ("utf-8", "ÅåÉéÑñ①②Ⅷ日本한국"),
)
ENCODINGS = ("8bit", "base64", "quoted-printable")
OTHER, SHARED = "Other", '"Other Users/user1@localhost/INBOX"'
imaplib.Commands["ESEARCH"] = ("SELECTED",)  # RFC 7377


def uids_of(text):
    """The numbers of "1:3,7"."""
    out = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition(":")
        out.update(range(int(first), int(last or first) + 1))
    return out


def fold(text):
    """i;unicode-casemap of letters whose titlecase is one letter."""
    return "".join(unicodedata.normalize("NFKD", c.upper()) for c in text)


def word(rnd, letters):
    return "".join(rnd.choice(letters) for _ in range(rnd.randint(2, 9)))


def text_part(rnd, charset, letters):
    lines = [" ".join(word(rnd, letters) for _ in range(6)) for _ in range(8)]
    part = email.message.EmailMessage()
    encoding = rnd.choice(ENCODINGS)
    if charset == "iso-2022-jp":
        encoding = rnd.choice(ENCODINGS[1:])
    elif charset == "us-ascii":
        encoding = "7bit"
    part.set_content("\n".join(lines), charset=charset, cte=encoding)
    return part


def make_message(rnd):
    charset, letters = rnd.choice(ALPHABETS)
    m = text_part(rnd, charset, letters)
    if rnd.random() < 0.3:
        m.make_mixed()
        m.attach(text_part(rnd, *rnd.choice(ALPHABETS)))
    m["From"] = word(rnd, "abcdefgh") + "@example.org"
    m["To"] = word(rnd, "abcdefgh") + "@example.net"
    # A header of one charset, whole in one encoded word or in several.
    subject = " ".join(word(rnd, letters) for _ in range(3))
    encoded = email.header.Header(subject, charset).encode(
        maxlinelen=60, linesep="\r\n")
    return b"Subject: " + encoded.encode() + b"\r\n" + m.as_bytes(
        policy=email.policy.SMTP)


class Decoded:
    """A message as Python has it."""

    def __init__(self, raw):
        m = email.message_from_bytes(raw, policy=email.policy.compat32)
        self.field = {}
        for name, value in m.items():
            header = email.header.decode_header(
                value.replace("\r\n", "").replace("\n", ""))
            text = str(email.header.make_header(header))
            self.field[name.upper()] = fold(text)
        body = []
        for part in m.walk():
            if part is not m:
                body += [": ".join(f) for f in part.items()]
            if not part.is_multipart():
                charset = part.get_content_charset("us-ascii")
                body.append(part.get_payload(decode=True).decode(charset))
        self.words = "\n".join(body).split()
        self.body = fold("\n".join(body))
        self.text = "\n".join(
            [fold(n) + ": " + v for n, v in self.field.items()] + [self.body])


class Search(MaildTest):
    def setUp(self):
        self.rnd = random.Random(int(os.environ.get("SEED", "1")))
        self.c = self.maild.imap("user1")
        self.c.select()
        self.mail = {}  # UID: Decoded
        self.away = {}  # the same of the other mailbox, which there may be

    def tearDown(self):
        self.c.logout()

    def share(self):
        """Another mailbox, whose UIDs are others, and a guest in INBOX."""
        c = self.other = self.maild.imap("user1")
        self.addCleanup(c.logout)
        self.assertEqual(c.create(OTHER)[0], "OK")
        for _ in range(7):  # moves make UIDs that differ by mailbox
            c.append(OTHER, None, None, b"Subject: gone\r\n\r\n")
        c.select(OTHER)
        c.store("1:*", "+FLAGS.SILENT", "(\\Deleted)")
        self.assertEqual(c.expunge()[0], "OK")
        self.assertEqual(
            c.setacl("INBOX", "user2@localhost", "lr")[0], "OK")
        self.guest = self.maild.imap("user2")
        self.addCleanup(self.guest.logout)
        typ, data = self.guest.select(SHARED, readonly=True)
        self.assertEqual(typ, "OK", data)

    # What is to be found.

    def needle(self):
        """(as written, folded): most are in some message, some in none."""
        rnd = self.rnd
        if rnd.random() < 0.2 or not self.mail:
            w = word(rnd, rnd.choice(ALPHABETS)[1])
        else:
            w = rnd.choice(rnd.choice(list(self.mail.values())).words)
        at = rnd.randrange(len(w))
        w = w[at:at + rnd.randint(1, 8)]
        return w.replace('"', "").replace("\\", "") or "x"

    def key(self, depth=0):
        """(bytes of the key, what it says of a message)."""
        rnd = self.rnd
        kind = rnd.randrange(8 if depth < 3 else 5)
        if kind == 5:
            a, matches = self.key(depth + 1)
            return b"NOT " + a, lambda m: not matches(m)
        if kind > 5:
            a, one = self.key(depth + 1)
            b, two = self.key(depth + 1)
            if kind == 6:
                return b"OR " + a + b" " + b, lambda m: one(m) or two(m)
            return b"(" + a + b" " + b + b")", lambda m: one(m) and two(m)
        w = self.needle()
        quoted, folded = b'"' + w.encode() + b'"', fold(w)
        if kind == 0:
            return b"BODY " + quoted, lambda m: folded in m.body
        if kind == 1:
            return b"TEXT " + quoted, lambda m: folded in m.text
        name = ("FROM", "SUBJECT", "TO")[kind - 2]
        spelled = rnd.choice((name, "HEADER " + name.lower()))
        return (spelled.encode() + b" " + quoted,
                lambda m: folded in m.field[name])

    def uids(self, *args, by=None):
        typ, data = (by or self.c).uid(*args)
        self.assertEqual(typ, "OK", data)
        return [int(u) for u in re.findall(rb"\d+", data[0] or b"")]

    def search(self, key, by=None):
        return set(self.uids("SEARCH", "CHARSET", "UTF-8", key, by=by))

    def search_both(self, key):
        """{mailbox: UIDs} of ESEARCH."""
        c = self.c
        c.untagged_responses.pop("ESEARCH", None)
        typ, data = c._simple_command(
            "ESEARCH", "IN", "(mailboxes (INBOX %s))" % OTHER,
            "RETURN (ALL)", "CHARSET", "UTF-8", key)
        self.assertEqual(typ, "OK", data)
        found = {"INBOX": set(), OTHER: set()}
        for line in c.untagged_responses.pop("ESEARCH", []):
            m = re.search(r'MAILBOX "?(\w+)"? .* ALL ([\d:,]+)', line.decode())
            if m:
                found[m.group(1)] = uids_of(m.group(2))
        return found

    def check_search(self, times):
        for c in (self.guest, self.other):
            c.noop()  # they see what has come and gone
        for _ in range(times):
            key, matches = self.key()
            want = {u for u, m in self.mail.items() if matches(m)}
            shown = key.decode()
            self.assertEqual(self.search(key), want, shown)
            for ordered in (
                    self.uids("SORT", "(ARRIVAL)", "UTF-8", key),
                    self.uids("THREAD", "REFERENCES", "UTF-8", key)):
                self.assertEqual(sorted(ordered), sorted(want), shown)
            self.assertEqual(self.search(key, self.guest), want, shown)
            away = {u for u, m in self.away.items() if matches(m)}
            self.assertEqual(self.search(key, self.other), away, shown)
            self.assertEqual(self.search_both(key),
                             {"INBOX": want, OTHER: away}, shown)

    # What happens meanwhile.

    def append(self, n):
        before = set(self.mail)
        for _ in range(n):
            raw = make_message(self.rnd)
            typ, data = self.c.append("INBOX", None, None, raw)
            self.assertEqual(typ, "OK", data)
            uid = int(data[0].split(b"]")[0].split()[-1])
            self.assertNotIn(uid, before)
            self.mail[uid] = Decoded(raw)

    def copy(self, n):
        for uid in self.rnd.sample(list(self.mail), min(n, len(self.mail))):
            typ, data = self.c.uid("COPY", str(uid), "INBOX")
            self.assertEqual(typ, "OK", data)
            code = self.c.untagged_responses.pop("COPYUID", data)
            copied = int(code[0].split()[-1].rstrip(b"]"))
            self.mail[copied] = self.mail[uid]

    def expunge(self, n):
        for uid in self.rnd.sample(list(self.mail), min(n, len(self.mail))):
            self.c.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
            del self.mail[uid]
        self.assertEqual(self.c.expunge()[0], "OK")

    def move(self, c, mail, n, to, there):
        """n messages from mail, of c's mailbox, to another one."""
        for uid in self.rnd.sample(list(mail), min(n, len(mail))):
            c.untagged_responses.pop("COPYUID", None)
            typ, data = c.uid("MOVE", str(uid), to)
            self.assertEqual(typ, "OK", data)
            code = c.untagged_responses.pop("COPYUID")
            there[int(code[0].split()[-1])] = mail.pop(uid)

    def move_about(self, n):
        self.move(self.c, self.mail, n, OTHER, self.away)
        self.other.noop()
        self.move(self.other, self.away, n // 2, "INBOX", self.mail)
        self.c.noop()

    def ctl(self, path):
        conn = http.client.HTTPConnection("localhost")
        conn.sock = socket.socket(socket.AF_UNIX)
        conn.sock.connect(self.maild.socket)
        conn.request("GET", "/v1/" + path)
        answer = json.load(conn.getresponse())
        conn.close()
        return answer

    def rebuild(self):
        r = self.maild.mailctl("index", "rebuild", "user1@localhost")
        self.assertEqual(r.returncode, 0, r.stderr)

    def wait_idle(self):
        end = time.monotonic() + 60
        while not self.ctl("index")["idle"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_index_and_scan_and_python_agree(self):
        self.share()
        for turn in range(6):
            self.append(60)
            self.move_about(10)
            self.check_search(12)  # some indexed, the rest read
            if turn % 2 == 1:
                self.rebuild()
                self.check_search(12)  # while it is being made
                self.wait_idle()
            self.check_search(12)
            self.expunge(10)
            self.copy(10)
            self.check_search(12)
        self.rebuild()
        self.wait_idle()
        self.check_search(40)
        self.check_index_is_used()
        self.expunge(len(self.mail))
        self.rebuild()
        self.wait_idle()
        self.check_search(3)

    # Segments that are merged.

    def append_numbered(self, first, n):
        """Messages first .. first+n-1, which say so, in one command."""
        tag = self.c._new_tag()
        command = tag + b" APPEND INBOX"
        for i in range(first, first + n):
            raw = b"Subject: s%dt\r\nFrom: a%d@example.org\r\n\r\nw%dx\r\n" % (
                i, i % 50, i)
            command += b" {%d+}\r\n%s" % (len(raw), raw)
        self.c.send(command + b"\r\n")
        line = b""
        while not line.startswith(tag):
            line = self.c._get_line()
        self.assertIn(b"[APPENDUID", line)
        lowest = int(line.split(b"]")[0].split()[-1].split(b":")[0])
        return {lowest + i: first + i for i in range(n)}

    def check_numbered(self, mail):
        uid_of = {number: uid for uid, number in mail.items()}
        for number in self.rnd.sample(range(1, 9100), 100):
            want = {uid_of[number]} if number in uid_of else set()
            self.assertEqual(self.search(b'BODY "w%dx"' % number), want)
            self.assertEqual(self.search(b'SUBJECT "s%dt"' % number), want)
        self.assertEqual(self.search(b'FROM "a3@ex"'),
                         {u for u, number in mail.items() if number % 50 == 3})

    def expunge_some(self, mail, n):
        gone = self.rnd.sample(list(mail), n)
        self.c.uid("STORE", ",".join(map(str, gone)), "+FLAGS.SILENT",
                   "(\\Deleted)")
        self.assertEqual(self.c.expunge()[0], "OK")
        for uid in gone:
            del mail[uid]

    def test_merged_segments_find_the_same(self):
        mail = {}
        for i in range(18):  # each time enough for a segment
            for first in range(1 + 500 * i, 501 + 500 * i, 100):
                mail.update(self.append_numbered(first, 100))
            mail.update(self.append_numbered(20000 + 20 * i, 20))
            self.wait_idle()
            if i == 8:  # the merge leaves them out
                self.expunge_some(mail, 700)
        self.assertLess(self.ctl("index")["segments"], 9)
        self.check_numbered(mail)
        self.expunge_some(mail, 1500)
        self.check_numbered(mail)

    def check_index_is_used(self):
        self.assertEqual(self.ctl("index")["indexed"],
                         len(self.mail) + len(self.away))
        rare = b'"zyxwvzyxwv"'
        for key in (b"TEXT ", b"BODY ", b"SUBJECT ", b"FROM ",
                    b"HEADER subject "):
            before = self.ctl("stats")["search_messages_read"]
            self.assertEqual(self.search(key + rare), set())
            read = self.ctl("stats")["search_messages_read"] - before
            self.assertLess(read, len(self.mail) * 0.05, key)


if __name__ == "__main__":
    main()
