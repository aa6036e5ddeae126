# SPDX-License-Identifier: ISC
"""What leaves is signed so that dkimpy and OpenDKIM, with the records that mailctl
prints, find both signatures good, and neither once anything was changed."""

import base64
import glob
import json
import os
import re
import shutil
import smtplib
import subprocess
import tempfile
import unittest

import dkim

import opendkim
from maildtest import MAILCTL, TOP, Maild, main, message, wait_for
from sink import Sink


class Dkim(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.maild = Maild(
            "-o", "relay { smarthost smtp+insecure://127.0.0.1:%d; "
            "resolver 127.0.0.1@1 }" % self.sink.port,
            "-o", "queue { retry 1s 1s 2s }")
        self.addCleanup(self.maild.stop)

    def mailctl(self, *args, status=0):
        p = subprocess.run(
            [MAILCTL, "--socket", self.maild.socket, "--json", "dkim", *args],
            capture_output=True, text=True)
        self.assertEqual(p.returncode, status, p.stderr)
        return [json.loads(line) for line in p.stdout.splitlines()]

    def records(self, keys):
        return {k["name"] + ".": k["record"].encode() for k in keys}

    def send(self, text, to="x@far.example"):
        n = len(self.sink.mail)
        c = self.maild.smtp()
        c.sendmail("test@localhost", [to], text)
        c.quit()
        wait_for("a message", 30, lambda: len(self.sink.mail) > n)
        return self.sink.mail[-1].data

    def signatures(self, data, records):
        """{algorithm: is it good} of each that there is."""
        found = {}
        head = data.split(b"\r\n\r\n")[0]
        for i in range(len(re.findall(rb"(?mi)^dkim-signature:", head))):
            d = dkim.DKIM(data)
            try:
                good = d.verify(i, dnsfunc=lambda name, timeout=5:
                                records.get(name.decode()))
            except (dkim.ValidationError, dkim.KeyFormatError):
                good = False
            found[d.signature_fields[b"a"].decode()] = good
        return found

    GOOD = {"rsa-sha256": True, "ed25519-sha256": True}
    BAD = {"rsa-sha256": False, "ed25519-sha256": False}

    def test_both_signatures_are_good_until_something_changes(self):
        records = self.records(self.mailctl("add", "localhost"))
        self.assertEqual(len(records), 2)
        data = self.send(message("Hello", "x@far.example", "test@localhost"))
        self.assertEqual(self.signatures(data, records), self.GOOD)
        for old, new in ((b"Hello", b"Hullo"),
                         (b"\r\n\r\n", b"\r\n\r\nx"),
                         (b"\r\nFrom:", b"\r\nFrom: eve@localhost\r\nFrom:"),
                         (b"\r\nSubject:", b"\r\nSubject: x\r\nSubject:"),
                         (b"\r\nFrom:", b"\r\nCc: x@y\r\nFrom:")):
            self.assertIn(old, data)
            changed = data.replace(old, new, 1)
            self.assertEqual(self.signatures(changed, records), self.BAD,
                             (old, new))
        self.assertEqual(self.signatures(data + b"\r\n\r\n", records),
                         self.GOOD)
        self.assertEqual(self.signatures(data, {}), self.BAD)

    def test_of_bodies_of_every_kind(self):
        records = self.records(self.mailctl("add", "localhost"))
        head = (b"From: =?utf-8?q?J=C3=BCrgen?=\r\n <test@LOCALHOST>\r\n"
                b"To: x@far.example,\r\n\ty@far.example\r\n"
                b"Subject:  a   b\t\r\n c \r\nX-Other: z\r\n"
                b"Date: Thu, 26 Nov 2026 12:00:00 +0000\r\n"
                b"Message-ID: <1@localhost>\r\n\r\n")
        for body in (b"", b"\r\n", b"\r\n\r\n \t\r\n", b"x", b".\r\n..\r\n",
                     b"a  b \t\r\n\r\n\r\n", b" lead\r\n\ttab  \r\n",
                     "Gr\u00fc\u00dfe\r\n".encode(), b"y" * 900 + b"\r\n",
                     (b"line %d  \r\n" * 20000) % tuple(range(20000))):
            data = self.send(head + body)
            self.assertEqual(self.signatures(data, records), self.GOOD,
                             body[:40])

    def test_the_corpus_of_messages(self):
        records = self.records(self.mailctl("add", "localhost"))
        sent = 0
        for name in sorted(glob.glob(os.path.join(
                TOP, "tests", "corpus", "mime", "*"))):
            with open(name, "rb") as f:
                text = f.read()
            # As submission takes it: lines that end with CRLF, one author.
            text = re.sub(rb"\r?\n|\r", b"\r\n", text)
            try:
                data = self.send(b"From: test@localhost\r\n" + text)
            except smtplib.SMTPDataError:
                continue
            if len(re.findall(rb"(?mi)^from[ \t]*:",
                              data.split(b"\r\n\r\n")[0])) != 1:
                continue
            try:
                found = self.signatures(data, records)
            except dkim.MessageFormatError:
                continue  # a header that dkimpy does not read
            with self.subTest(name):
                self.assertEqual(found, self.GOOD)
            sent += 1
        self.assertGreater(sent, 10)

    def single(self, data):
        """{algorithm: the message with that one of its signatures only}."""
        head, body = data.split(b"\r\n\r\n", 1)
        fields = re.split(rb"\r\n(?![ \t])", head)
        other = [f for f in fields
                 if not f.lower().startswith(b"dkim-signature:")]
        return {re.search(rb"a=([^;]+);", f).group(1).decode():
                b"\r\n".join([f] + other) + b"\r\n\r\n" + body
                for f in fields if f not in other}

    @unittest.skipUnless(opendkim.usable(), "namespaces cannot be made here")
    def test_opendkim_agrees(self):
        """As it shows but one of several signatures, it is given each alone."""
        records = self.records(self.mailctl("add", "localhost"))
        for body in ("Hi there.\r\n", "", "a  b \t\r\n.\r\n\r\n\r\n",
                     "Gr\u00fc\u00dfe\r\n", "y" * 900 + "\r\n"):
            data = self.send(message(
                "Hello", "x@far.example", "test@localhost", body,
                "X-Long: a\r\n  b\t\r\n c \r\n"))
            self.assertEqual(opendkim.verify([data], records), [""])
            alone = self.single(data)
            self.assertEqual(set(alone), set(self.GOOD))
            self.assertEqual(opendkim.verify(alone.values(), records),
                             ["", ""], body)
        for old, new in ((b"Hello", b"Hullo"), (b"\r\n\r\n", b"\r\n\r\nx"),
                         (b"\r\nFrom:", b"\r\nCc: x@y\r\nFrom:")):
            for said in opendkim.verify([m.replace(old, new, 1) for m in
                                         alone.values()], records):
                self.assertIn("Bad signature", said, (old, new))
        for said in opendkim.verify(alone.values(), {}):
            self.assertIn("Key retrieval failed", said)

    def test_rotation(self):
        first = self.records(self.mailctl("add", "localhost"))
        self.mailctl("add", "localhost", status=73)
        self.mailctl("rotate", "--finish", "localhost", status=67)
        second = self.records(self.mailctl("rotate", "localhost"))
        self.assertFalse(set(first) & set(second))
        text = message("Hello", "x@far.example", "test@localhost")
        self.assertEqual(self.signatures(self.send(text), first), self.GOOD)
        self.mailctl("rotate", "--finish", "localhost")
        data = self.send(text)
        self.assertEqual(self.signatures(data, first), self.BAD)
        self.assertEqual(self.signatures(data, second), self.GOOD)
        self.assertEqual(self.records(self.mailctl("list")), second)
        self.mailctl("remove", "localhost")
        self.assertEqual(self.signatures(self.send(text), second), {})

    def test_keys_survive_a_restart(self):
        records = self.records(self.mailctl("add", "localhost"))
        self.maild.process.terminate()
        self.assertEqual(self.maild.process.wait(30), 0)
        self.maild.process.stdout.close()
        self.maild.start()
        data = self.send(message("Hello", "x@far.example", "test@localhost"))
        self.assertEqual(self.signatures(data, records), self.GOOD)

    def test_only_the_mail_of_the_domain(self):
        """Not that of another, nor what stays here."""
        self.mailctl("add", "other.example")
        text = message("Hello", "x@far.example", "test@localhost")
        self.assertEqual(self.signatures(self.send(text), {}), {})
        self.mailctl("add", "localhost")
        c = self.maild.smtp()
        c.sendmail("test@localhost", ["user2@localhost"], text)
        c.quit()

        def look():
            i = self.maild.imap("user2")
            i.select("INBOX")
            got = i.search(None, "ALL")[1][0] and \
                i.fetch("1", "(BODY.PEEK[])")[1][0][1]
            i.logout()
            return got
        self.assertNotIn(b"DKIM-Signature", wait_for("mail", 30, look))

    def test_the_records(self):
        for key in self.mailctl("add", "B\u00fccher.example"):
            self.assertEqual(key["domain"], "xn--bcher-kva.example")
            tags = dict(t.strip().split("=", 1)
                        for t in key["record"].split(";"))
            self.assertEqual(tags["v"], "DKIM1")
            self.assertEqual(tags["k"] + "-sha256", key["algorithm"])
            self.assertEqual(key["name"], key["name"].lower())
            n = len(base64.b64decode(tags["p"], validate=True))
            self.assertEqual(n, 32 if tags["k"] == "ed25519" else 294)


if __name__ == "__main__":
    main()
