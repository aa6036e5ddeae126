# SPDX-License-Identifier: ISC
"""An IMAP client that sends what it is told and reads strictly.

It shares no code with the tree: a response that RFC 3501's grammar does not
allow is an error here.
"""

import io
import re
import socket
import ssl
import zlib

ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
# BODY[…]<n> and other items whose names hold brackets.
ITEM = re.compile(rb"(?:BODY|BINARY)(?:\.SIZE)?\[[^\]]*\](?:<\d+>)?", re.I)


class Closed(Exception):
    pass


class Syntax(Exception):
    pass


class Reader:
    """One response, from a list of (line, literal) pieces, to Python values:
    atoms as str, strings as bytes, NIL as None, numbers as int, lists."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.i = 0
        self.s = pieces[0][0]
        self.p = 0

    def fail(self, what):
        raise Syntax("%s at %r" % (what, self.s[self.p:self.p + 60]))

    def end(self):
        return self.p == len(self.s) and self.i == len(self.pieces) - 1

    def take(self, text):
        if self.s[self.p:self.p + len(text)] != text:
            self.fail("expected %r" % text)
        self.p += len(text)

    def value(self):
        c = self.s[self.p:self.p + 1]
        if c == b"(":
            return self.list()
        if c == b'"':
            return self.quoted()
        if c == b"{":
            return self.literal()
        if c == b"~":  # RFC 3516: literal8, for what holds NUL
            self.p += 1
            data = self.literal()
            if b"\0" not in data:
                self.fail("literal8 without NUL")
            return data
        m = ITEM.match(self.s, self.p)
        if m is None and c == b"\\":
            m = re.compile(rb"\\(\*|[^\x00-\x20\x7f-\xff(){%*\"\\\]]+)").match(
                self.s, self.p)
        if m is None:
            m = ATOM.match(self.s, self.p)
        if m is None:
            self.fail("no value")
        self.p = m.end()
        word = m.group().decode()
        if word.upper() == "NIL":
            return None
        return int(word) if word.isdigit() else word

    def list(self):
        out = []
        self.take(b"(")
        while self.s[self.p:self.p + 1] != b")":
            # Bodies of a multipart follow each other without a space.
            if out and not (isinstance(out[-1], list) and
                            self.s[self.p:self.p + 1] == b"("):
                self.take(b" ")
            out.append(self.value())
        self.take(b")")
        return out

    def quoted(self):
        m = re.compile(rb'"((?:[^\x00\r\n"\\\x80-\xff]|\\["\\])*)"').match(
            self.s, self.p)
        if m is None:
            self.fail("bad quoted string")
        self.p = m.end()
        return re.sub(rb"\\(.)", rb"\1", m.group(1))

    def literal(self):
        m = re.compile(rb"\{(\d+)\}$").match(self.s, self.p)
        if m is None or self.i + 1 >= len(self.pieces):
            self.fail("bad literal")
        data = self.pieces[self.i][1]
        if len(data) != int(m.group(1)):
            self.fail("literal length")
        self.i += 1
        self.s, self.p = self.pieces[self.i][0], 0
        return data


def parse_fetch(pieces):
    """(number, {ITEM: value}) of an untagged FETCH or UIDFETCH, or None."""
    m = re.match(rb"\* (\d+) (?:UID)?FETCH ", pieces[0][0])
    if m is None:
        return None
    r = Reader(pieces)
    r.p = m.end()
    items = r.list()
    if not r.end():
        r.fail("garbage")
    if len(items) % 2:
        raise Syntax("odd list of FETCH items")
    return int(m.group(1)), dict(zip((k.upper() for k in items[::2]), items[1::2]))


class Inflated(io.RawIOBase):
    """What a socket brings, decompressed (RFC 4978)."""

    def __init__(self, sock):
        self.sock = sock
        self.z = zlib.decompressobj(-15)

    def readable(self):
        return True

    def readinto(self, b):
        data = self.z.decompress(self.z.unconsumed_tail, len(b))
        while not data:
            raw = self.sock.recv(1 << 16)
            if not raw:
                return 0
            data = self.z.decompress(raw, len(b))
        b[:len(data)] = data
        return len(data)


class Imap:
    def __init__(self, host, port, ca=None, timeout=60):
        self.sock = socket.create_connection((host, port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = self.sock.makefile("rb", buffering=1 << 16)
        self.n = 0
        self.z = None
        self.greeting = self.response()[0][0]

    def close(self):
        self.file.close()
        self.sock.close()

    def send(self, data):
        if self.z:
            data = self.z.compress(data) + self.z.flush(zlib.Z_SYNC_FLUSH)
        self.sock.sendall(data)

    def compress(self):
        self.ok(b"COMPRESS DEFLATE")
        self.z = zlib.compressobj(wbits=-15)
        self.file = io.BufferedReader(Inflated(self.sock), 1 << 16)

    def line(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise Closed()
        return line[:-2]

    def response(self):
        """One response as pieces: [(text, literal), …, (text, None)]."""
        pieces = []
        while True:
            text = self.line()
            m = re.search(rb"\{(\d+)\}$", text)
            if m is None:
                pieces.append((text, None))
                return pieces
            data = self.file.read(int(m.group(1)))
            if len(data) != int(m.group(1)):
                raise Closed()
            pieces.append((text, data))

    def start(self, command):
        self.n += 1
        tag = b"A%d" % self.n
        self.send(tag + b" " + command + b"\r\n")
        return tag

    def finish(self, tag):
        """(status line behind the tag, [untagged responses as pieces])."""
        untagged = []
        while True:
            r = self.response()
            if r[0][0].startswith(tag + b" "):
                return r[0][0][len(tag) + 1:], untagged
            if not r[0][0].startswith((b"* ", b"+ ", b"+")):
                raise Syntax("%r" % r[0][0])
            untagged.append(r)

    def command(self, command):
        return self.finish(self.start(command))

    def ok(self, command):
        status, untagged = self.command(command)
        if not status.startswith(b"OK"):
            raise AssertionError("%r: %r" % (command[:200], status))
        return status, untagged

    def login(self, user="test", password="test"):
        return self.ok(b'LOGIN "%s" "%s"' % (user.encode(), password.encode()))

    def append_start(self, mailbox, data, flags=b""):
        """APPEND with a non-synchronizing literal; gives the tag."""
        return self.start(b'APPEND "%s" %s{%d+}\r\n' % (
            mailbox.encode(), flags + b" " if flags else b"", len(data)) + data)

    def append(self, mailbox, data, flags=b""):
        """The UID that APPENDUID tells."""
        status, _ = self.finish(self.append_start(mailbox, data, flags))
        m = re.match(rb"OK \[APPENDUID (\d+) (\d+)\]", status)
        if m is None:
            raise AssertionError(repr(status))
        return int(m.group(2))

    def fetch(self, command):
        """{number: items} of a FETCH command; duplicates are merged."""
        out = {}
        for pieces in self.ok(command)[1]:
            got = parse_fetch(pieces)
            if got is not None:
                out.setdefault(got[0], {}).update(got[1])
        return out
