# SPDX-License-Identifier: ISC
"""mailctl against servers that mean no good: no password in clear, no crash,
no control character on the terminal, a clear error and the right exit code."""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import zlib

from maildtest import MAILCTL, main, on_terminal
from scripted import Authority, Server, Socks

SECRET = "s3cret-Pa55"
EVIL = "\x1b]0;owned\x07\x1b[31m\x9b2J\x7f\u202e\x08evil"
HOST = "mx.example.test"


def imap_session(c, greeting="* OK ready\r\n", answers=None, first=""):
    """Plays an IMAP server: answers has what to say to a command, by its
    name, instead of "OK"; a function gets the conversation and the tag."""
    answers = answers or {}
    c.say(greeting)
    while True:
        line = c.hear().decode("utf-8", "replace")
        if not line:
            return
        tag, _, rest = line.partition(" ")
        words = rest.upper().split(" ")
        verb = words[1] if words[0] == "UID" and len(words) > 1 else words[0]
        if verb == "AUTHENTICATE" and len(words) < 3:
            c.say("+ \r\n")
            c.hear()
        if verb in answers:
            say = answers[verb]
            if callable(say):
                say(c, tag)
            else:
                c.say(say.replace("TAG", tag))
            continue
        if verb == "CAPABILITY":
            c.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN%s\r\n" % first)
        elif verb in ("SELECT", "EXAMINE"):
            c.say("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n")
        c.say(tag + " OK done\r\n")


def imap(**kw):
    return lambda c: imap_session(c, **kw)


def smtp(greeting="220 ready\r\n", ehlo="250-here\r\n250 AUTH PLAIN\r\n",
         mail="250 ok\r\n", auth="235 fine\r\n"):
    def talk(c):
        c.say(greeting)
        while True:
            line = c.hear().upper()
            if not line:
                return
            if line.startswith(b"EHLO"):
                c.say(ehlo)
            elif line.startswith(b"AUTH"):
                c.say(auth)
            elif line.startswith((b"MAIL", b"RCPT")):
                c.say(mail)
            elif line.startswith(b"DATA"):
                c.say("354 go on\r\n")
            else:
                c.say("250 ok\r\n")
    return talk


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailctl-hostile-")
        cls.authority = Authority(cls.folder)
        cls.context = cls.authority.context(HOST)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def serve(self, talk, context=None):
        server = Server(talk, context)
        self.addCleanup(server.close)
        self.server = server
        return server

    def command(self, url, args):
        option = "--smtp" if url.startswith("smtp") else "--imap"
        return [MAILCTL, option, url, "--user", "bob", "--ca-file",
                self.authority.ca, *args]

    def environment(self, server, port):
        """The server's port is that of HOST, far away."""
        proxy = Socks({(HOST, port): server.port})
        self.addCleanup(proxy.close)
        base = {k: v for k, v in os.environ.items()
                if not k.startswith(("XDG_", "MAILCTL_"))}
        return dict(base, HOME=self.folder, LC_ALL="C.UTF-8", TERM="xterm",
                    ALL_PROXY=proxy.url, MAILCTL_PASSWORD=SECRET)

    PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 25}
    SEND = ["send", "--from", "bob@example.test", "--to", "eve@example.test",
            "--no-copy", "--body", "Hello"]

    def meet(self, talk, scheme, *args, status, says=None, context=None):
        """Run against such a server; what it heard is in self.server.lines."""
        if context is None and scheme.endswith("s"):
            context = self.context
        server = self.serve(talk, context)
        args = args or (self.SEND if scheme.startswith("smtp") else ["list"])
        began = time.monotonic()
        r = subprocess.run(
            self.command("%s://%s" % (scheme, HOST), args),
            capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
            env=self.environment(server, self.PORTS[scheme]))
        text = r.stdout + r.stderr
        self.assertEqual(r.returncode, status, text)
        if status > 1:
            self.assertNotEqual(r.stderr, b"")
        if says:
            self.assertRegex(r.stderr, says)
        self.clean(text)
        self.took = time.monotonic() - began
        return r

    def clean(self, text):
        self.assertNotRegex(text, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        self.assertNotRegex(text.decode(), "[\x80-\x9f\u202a-\u202e]")

    def nothing_told(self):
        """Neither as it is nor in base64, with anything in front of it."""
        heard = b"\n".join(self.server.lines)
        self.assertNotIn(SECRET.encode(), heard)
        for token in re.findall(rb"[A-Za-z0-9+/]{12,}=*", heard):
            try:
                self.assertNotIn(SECRET.encode(), base64.b64decode(token))
            except ValueError:
                pass

    # ---- compression ----

    COPY = ["export", "INBOX", "-"]

    def compressed(self, *pieces):
        def talk(c, tag):
            c.say(tag + " OK it begins\r\n")
            for p in pieces:
                c.say(p)
            c.conn.recv(1)
        return imap(first=" COMPRESS=DEFLATE", answers={"COMPRESS": talk})

    @staticmethod
    def deflate(*texts):
        z = zlib.compressobj(9, zlib.DEFLATED, -15)
        return b"".join([z.compress(t) for t in texts] +
                        [z.flush(zlib.Z_SYNC_FLUSH)])

    def test_what_follows_is_not_compressed(self):
        for text in (b"\xff" * 100, b"a2 OK done\r\n",
                     self.deflate(b"* 1 EXISTS\r\n") + b"\xff" * 100):
            self.meet(self.compressed(text), "imaps", *self.COPY, status=76,
                      says=rb"not compressed as agreed")

    def test_compression_ends(self):
        z = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.meet(self.compressed(z.compress(b"* 1 EXISTS\r\n") + z.flush()),
                  "imaps", *self.COPY, status=69, says=rb"closed")

    def test_compressed_bomb(self):
        """Half a megabyte that swells to half a gigabyte of one response."""
        bomb = self.deflate(b"* OK ", *[b"x" * (1 << 20)] * 512)
        self.meet(self.compressed(bomb), "imaps", *self.COPY, status=76,
                  says=rb"too long")

    def test_compression_is_refused(self):
        self.meet(imap(first=" COMPRESS=DEFLATE", answers={
            "COMPRESS": "TAG NO [COMPRESSIONACTIVE] TLS does it\r\n"}),
                  "imaps", *self.COPY, status=0)

    def test_small_commands_are_not_compressed(self):
        self.meet(imap(first=" COMPRESS=DEFLATE"), "imaps", status=0)
        self.assertIn(b"EXAMINE", b"".join(self.server.lines))
        self.assertNotIn(b"COMPRESS", b"".join(self.server.lines))

    # ---- before TLS ----

    def test_starttls_is_not_offered(self):
        self.meet(imap(), "imap", status=77, says=rb"STARTTLS")
        self.nothing_told()
        self.meet(smtp(), "smtp", status=77, says=rb"STARTTLS")
        self.nothing_told()

    def test_starttls_is_refused(self):
        self.meet(imap(first=" STARTTLS",
                       answers={"STARTTLS": "TAG NO not now\r\n"}),
                  "imap", status=77)
        self.nothing_told()

        def talk(c):
            c.say("220 ready\r\n")
            while c.hear().upper().startswith(b"EHLO"):
                c.say("250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
            c.say("454 not now\r\n")
            c.hear()
        self.meet(talk, "smtp", status=77)
        self.nothing_told()

    def test_preauth_without_tls(self):
        self.meet(imap(greeting="* PREAUTH welcome, bob\r\n",
                       first=" STARTTLS"), "imap", status=77)
        self.nothing_told()
        self.assertNotIn(b"SELECT", b"".join(self.server.lines))

    def test_answers_put_before_tls(self):
        """RFC 3501 section 11.1 and CVE-2011-0411: what was said in clear
        counts for nothing once TLS has begun."""
        def hidden(c, tag):
            c.say("%s OK go\r\n* OK [ALERT] injected\r\n" % tag)
            c.start_tls(self.context)
            imap_session(c, greeting="")
        r = self.meet(imap(first=" STARTTLS", answers={"STARTTLS": hidden}),
                      "imap", status=76)
        self.assertNotIn(b"injected", r.stdout + r.stderr)
        self.nothing_told()

    def test_starttls_with_a_wrong_certificate(self):
        wrong = self.authority.context("other.example.test")

        def start(c, tag):
            c.say(tag + " OK go\r\n")
            c.start_tls(wrong)
        self.meet(imap(first=" STARTTLS", answers={"STARTTLS": start}),
                  "imap", status=77)
        self.nothing_told()

    def test_certificates(self):
        wrong = self.authority.context("other.example.test")
        own = tempfile.mkdtemp(dir=self.folder)
        unknown = Authority(own).context(HOST)
        for context in (wrong, unknown):
            self.meet(imap(), "imaps", status=77, says=rb"certificate",
                      context=context)
            self.assertEqual(self.server.lines, [])
            self.meet(smtp(), "smtps", status=77, says=rb"certificate",
                      context=context)
            self.assertEqual(self.server.lines, [])

    def test_no_tls_at_all_on_its_port(self):
        plain = self.serve(imap())
        r = subprocess.run(
            self.command("imaps://" + HOST, ["list"]), capture_output=True,
            timeout=120, env=self.environment(plain, 993))
        self.assertEqual(r.returncode, 76, r.stderr)
        self.nothing_told()

    # ---- greetings ----

    def test_greeting_of_another_protocol(self):
        for greeting in ("HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-x\r\n",
                         "220 smtp\r\n", EVIL + "\r\n"):
            self.meet(imap(greeting=greeting), "imaps", status=76,
                      says=rb"not IMAP")
            self.nothing_told()
        for greeting in ("* OK imap\r\n", "HTTP/1.1 400 Bad\r\n"):
            self.meet(smtp(greeting=greeting), "smtps", status=76,
                      says=rb"not SMTP")
            self.nothing_told()

    def test_greeting_that_turns_away(self):
        self.meet(imap(greeting="* BYE too many of you\r\n"), "imaps",
                  status=75, says=rb"too many of you")
        self.meet(smtp(greeting="421 4.3.2 busy now\r\n"), "smtps",
                  status=75, says=rb"busy now")
        self.meet(smtp(greeting="554 5.7.1 go away " + EVIL + "\r\n"),
                  "smtps", status=69, says=rb"go away")

    # ---- after the login ----

    def test_wrong_tags(self):
        self.meet(imap(answers={"EXAMINE": "zzz OK done\r\n"}), "imaps",
                  status=76)

    def test_what_is_no_imap(self):
        for text in ("* 1 FETCH (UID 1\r\n", "garbage\r\n", "*\r\n", "\r\n",
                     "* 1 FETCH (UID 0 ENVELOPE NIL)\r\n" * 3 + "x\r\n"):
            self.meet(imap(answers={"FETCH": text}), "imaps", status=76)

    def test_huge_literals(self):
        for size in ("4294967295", "18446744073709551615", "99999999",
                     "999999999999999999999999"):
            self.meet(imap(answers={
                "FETCH": "* 1 FETCH (UID 1 ENVELOPE {%s}\r\nx" % size}),
                "imaps", status=76)

    def test_endless_line(self):
        def endless(c, tag):
            while True:
                c.say("* OK " + "x" * 65536)
        self.meet(imap(answers={"EXAMINE": endless}), "imaps", status=76)
        # Here libcurl reads, which gives up by itself.
        self.meet(imap(answers={"CAPABILITY": endless}), "imaps", status=69)

        def endless_smtp(c):
            c.say("220 hi\r\n")
            while c.hear().upper().startswith(b"EHLO"):
                c.say("250-x\r\n250 AUTH PLAIN\r\n")
            while True:
                c.say("235-" + "x" * 65536)
        self.meet(endless_smtp, "smtps", status=76)

    def test_deep_nesting(self):
        self.meet(imap(answers={"FETCH": "* 1 FETCH (UID 1 X " + "(" * 100000 +
                                "\r\n"}), "imaps", status=76)

    def test_it_goes_away(self):
        def leave(c, tag):
            c.conn.close()
        for verb in ("CAPABILITY", "AUTHENTICATE", "EXAMINE", "FETCH"):
            self.meet(imap(answers={verb: leave}), "imaps", status=69)

    # ---- what it says reaches the terminal clean ----

    def fetch(self, c, tag):
        evil = EVIL.encode()
        c.say(b"* 1 FETCH (UID 1 FLAGS (\\Seen $Label1) INTERNALDATE "
              b"\"01-Jan-2026 00:00:00 +0000\" RFC822.SIZE 5 ENVELOPE (NIL "
              b"{%d}\r\n%s ((\"=?utf-8?B?%s?=\" NIL {%d}\r\n%s \"h\")) NIL "
              b"NIL NIL NIL NIL NIL NIL))\r\n" % (
                  len(evil), evil, base64.b64encode(evil), len(evil), evil))
        c.say(tag + " OK done\r\n")

    def on_terminal(self, talk, scheme, *args):
        server = self.serve(talk, self.context)
        status, seen, _ = on_terminal(
            self.command("%s://%s" % (scheme, HOST), args),
            dict(self.environment(server, self.PORTS[scheme]), NO_COLOR="1",
                 COLUMNS="200", PAGER=""))
        return status, seen

    def test_escapes_in_headers(self):
        talk = imap(answers={"FETCH": self.fetch})
        status, seen = self.on_terminal(talk, "imaps", "list")
        self.assertEqual(status, 0, seen)
        self.assertIn(b"evil", seen)
        self.clean(seen)
        r = self.meet(talk, "imaps", "list", status=0)
        self.assertIn(b"evil", r.stdout)
        status, seen = self.on_terminal(talk, "imaps", "--json", "list")
        self.assertEqual(status, 0, seen)
        self.assertIn(b"evil", seen)
        self.clean(seen)

    def test_escapes_in_mailbox_names(self):
        evil = EVIL.encode()
        def names(c, tag):
            c.say(b"* LIST () \"/\" {%d}\r\n%s\r\n" % (len(evil), evil))
            c.say(tag + " OK done\r\n")
        talk = imap(answers={"LIST": names, "STATUS": "TAG NO no\r\n"})
        _, seen = self.on_terminal(talk, "imaps", "mailbox", "list")
        self.assertIn(b"evil", seen)
        self.clean(seen)

    def test_escapes_in_what_servers_say(self):
        cases = [
            (imap(answers={"EXAMINE": "TAG NO " + EVIL + "\r\n"}), 68),
            (imap(answers={"EXAMINE": "* BYE " + EVIL + "\r\n"}), 75),
            (imap(answers={"AUTHENTICATE": "TAG NO " + EVIL + "\r\n"}), 77),
            (imap(answers={"CAPABILITY": "* OK [ALERT] " + EVIL + "\r\n"
                           "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK x\r\n",
                           "FETCH": self.fetch}), 0),
        ]
        for talk, want in cases:
            status, seen = self.on_terminal(talk, "imaps", "list")
            self.assertEqual(status, want, seen)
            self.assertIn(b"evil", seen)
            self.clean(seen)
        for talk, want in [
                (smtp(mail="550 5.1.1 " + EVIL + "\r\n"), 67),
                (smtp(auth="535 5.7.8 " + EVIL + "\r\n"), 77)]:
            status, seen = self.on_terminal(talk, "smtps", *self.SEND)
            self.assertEqual(status, want, seen)
            self.assertIn(b"evil", seen)
            self.clean(seen)


if __name__ == "__main__":
    main()
