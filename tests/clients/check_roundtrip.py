# SPDX-License-Identifier: ISC
"""A corpus of more than 2,000 messages comes back byte for byte, and its
ENVELOPE, BODYSTRUCTURE and BINARY answers are well-formed and agree with the
bytes."""

import base64
import glob
import hashlib
import os
import quopri
import re
import shutil
import subprocess
import tempfile

from maildtest import MaildTest, TOP, main
from rawimap import Imap


def check_envelope(e):
    assert isinstance(e, list) and len(e) == 10, e
    for field in (0, 1, 8, 9):
        assert e[field] is None or isinstance(e[field], bytes), e
    for field in range(2, 8):
        if e[field] is None:
            continue
        assert e[field], e
        for address in e[field]:
            assert len(address) == 4, e
            assert all(a is None or isinstance(a, bytes) for a in address), e


def check_params(p):
    if p is not None:
        assert p and len(p) % 2 == 0, p
        assert all(isinstance(v, bytes) for v in p), p


def check_extension(rest):
    """Disposition, language, location: what follows MD5 or the parameters."""
    if rest and rest[0] is not None:
        kind, params = rest[0]
        assert isinstance(kind, bytes), rest
        check_params(params)


def check_body(b, extended):
    """RFC 3501, body: gives the number of parts."""
    if isinstance(b[0], list):
        n = 0
        while n < len(b) and isinstance(b[n], list):
            check_body(b[n], extended)
            n += 1
        assert isinstance(b[n], bytes), b
        assert extended or len(b) == n + 1, b
        if extended:
            check_params(b[n + 1])
            check_extension(b[n + 2:])
        return
    kind, subtype, params, _, _, encoding, size = b[:7]
    assert isinstance(kind, bytes) and isinstance(subtype, bytes), b
    assert isinstance(encoding, bytes) and isinstance(size, int), b
    check_params(params)
    rest = b[7:]
    if (kind.upper(), subtype.upper()) in ((b"MESSAGE", b"RFC822"),
                                           (b"MESSAGE", b"GLOBAL")):
        check_envelope(rest[0])
        check_body(rest[1], extended)
        assert isinstance(rest[2], int), b
        rest = rest[3:]
    elif kind.upper() == b"TEXT":
        assert isinstance(rest[0], int), b
        rest = rest[1:]
    assert extended or not rest, b
    if extended:
        check_extension(rest[1:])


KNOWN = (b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable")


def leaves(b, path=()):
    """(path, encoding) of the parts of a body that are no containers."""
    if isinstance(b[0], list):
        for n, part in enumerate(b):
            if not isinstance(part, list):
                return
            yield from leaves(part, path + (n + 1,))
        return
    path = path or (1,)
    if (b[0].lower(), b[1].lower()) in ((b"message", b"rfc822"),
                                        (b"message", b"global")):
        inner = b[8]
        yield from leaves(inner, path if isinstance(inner[0], list) else
                          path + (1,))
        return
    yield path, b[5].lower()


def decoded(data, encoding):
    """What data means, where that is beyond doubt, else None."""
    if encoding == b"base64":
        packed = re.sub(rb"[\r\n]", b"", data)
        if len(packed) % 4 or not re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}",
                                               packed):
            return None
        return base64.b64decode(packed)
    if encoding == b"quoted-printable":
        if re.search(rb"=(?![0-9A-F]{2}|\r\n)|[ \t](\r?\n|$)|(?<!\r)\n",
                     data):
            return None
        return quopri.decodestring(data)
    return data


class RoundTrip(MaildTest):
    maild_args = ("-o", "limits { message_size 100M }")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = tempfile.mkdtemp(prefix="corpus-")
        subprocess.run([os.path.join(TOP, "tests", "make-corpus"), cls.dir],
                       check=True, stdout=subprocess.DEVNULL)
        cls.files = sorted(glob.glob(os.path.join(cls.dir, "*.eml")))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)
        super().tearDownClass()

    def append_all(self, c):
        sent = {}
        for name in self.files:
            with open(name, "rb") as f:
                data = f.read()
            uid = c.append("INBOX", data)
            sent[uid] = (name, len(data), hashlib.sha256(data).digest())
        return sent

    def test_corpus(self):
        self.assertGreaterEqual(len(self.files), 2000)
        c = Imap("localhost", self.maild.port("imaps"), self.maild.ca)
        c.login()
        sent = self.append_all(c)
        self.assertEqual(len(sent), len(self.files))
        c.ok(b"EXAMINE INBOX")
        uids = sorted(sent)
        seen = set()
        for i in range(0, len(uids), 100):
            got = c.fetch(b"UID FETCH %d:%d (UID RFC822.SIZE BODY.PEEK[])" % (
                uids[i], uids[min(i + 99, len(uids) - 1)]))
            for items in got.values():
                name, size, digest = sent[items["UID"]]
                self.assertEqual(items["RFC822.SIZE"], size, name)
                self.assertEqual(hashlib.sha256(items["BODY[]"]).digest(),
                                 digest, name)
                seen.add(items["UID"])
        self.assertEqual(seen, set(sent))

        got = c.fetch(b"UID FETCH 1:* (UID ENVELOPE BODY BODYSTRUCTURE)")
        self.assertEqual(len(got), len(sent))
        for items in got.values():
            try:
                check_envelope(items["ENVELOPE"])
                check_body(items["BODY"], False)
                check_body(items["BODYSTRUCTURE"], True)
            except Exception as e:
                raise AssertionError(sent[items["UID"]][0]) from e
        self.check_binary(c, {i["UID"]: i["BODYSTRUCTURE"]
                              for i in got.values()}, sent)
        c.close()

    def check_binary(self, c, structures, sent):
        sure = 0
        for uid, structure in structures.items():
            parts = [(b".".join(b"%d" % n for n in path), encoding)
                     for path, encoding in leaves(structure)
                     if encoding in KNOWN and len(path) <= 20][:20]
            if not parts:
                continue
            got, = c.fetch(b"UID FETCH %d (%s)" % (uid, b" ".join(
                b"BODY.PEEK[%s] BINARY.PEEK[%s] BINARY.SIZE[%s] "
                b"BINARY.PEEK[%s]<3.9>" % (p, p, p, p)
                for p, _ in parts))).values()
            for p, encoding in parts:
                name = (sent[uid][0], p)
                p = p.decode()
                binary = got["BINARY[%s]" % p]
                if got["BODY[%s]" % p] is None:  # of a multipart of none
                    self.assertIsNone(binary, name)
                    self.assertEqual(got["BINARY.SIZE[%s]" % p], 0, name)
                    continue
                want = decoded(got["BODY[%s]" % p], encoding)
                self.assertEqual(got["BINARY.SIZE[%s]" % p], len(binary),
                                 name)
                self.assertEqual(got["BINARY[%s]<3>" % p], binary[3:12], name)
                if want is not None:
                    self.assertEqual(binary, want, name)
                    sure += encoding in KNOWN[3:]
        self.assertGreater(sure, 100)


if __name__ == "__main__":
    main()
