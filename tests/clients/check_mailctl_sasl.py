# SPDX-License-Identifier: ISC
"""How mailctl logs in, by what a server offers: the best mechanism that both
have, and none that gives away more than it must."""

import base64
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from check_mailctl_hostile import HOST, imap_session
from maildtest import MAILCTL, PASSWORD, Maild, main
from scripted import Authority, Relay, Server, Socks

PLUS = b"AUTH=SCRAM-SHA-256-PLUS"
SCRAM = b"AUTH=SCRAM-SHA-256"
TOKEN = "ya29.token"


class Login(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.maild = Maild(users=1)
        cls.folder = tempfile.mkdtemp(prefix="mailctl-sasl-")
        cls.authority = Authority(cls.folder)
        cls.context = cls.authority.context(HOST)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        cls.maild.stop()

    def run_mailctl(self, *args, status=0, **env):
        base = {k: v for k, v in os.environ.items()
                if not k.startswith(("XDG_", "MAILCTL_"))}
        r = subprocess.run([MAILCTL, *args], capture_output=True, timeout=60,
                           stdin=subprocess.DEVNULL,
                           env=dict(base, HOME=self.folder, **env))
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        return r

    # ---- maild, which offers less than it has ----

    def relayed(self, *without, status=0, password=PASSWORD):
        """The mechanism by which maild let it in."""
        relay = Relay(self.authority, self.maild.port("imaps"), without)
        before = len(self.mechanisms())
        self.run_mailctl(
            "--imap", "imaps://localhost:%d" % relay.server.port, "--ca-file",
            self.authority.ca, "--user", "test", "mailbox", "list",
            status=status, MAILCTL_PASSWORD=password)
        relay.server.close()
        return self.mechanisms()[before:]

    def mechanisms(self):
        with open(self.maild.log) as f:
            return re.findall(r"logged in .* mechanism=(\S+)", f.read())

    def test_plain_and_login(self):
        self.assertEqual(self.relayed(PLUS, SCRAM), ["PLAIN"])
        self.assertEqual(self.relayed(PLUS, SCRAM, b"AUTH=PLAIN"), ["LOGIN"])
        self.relayed(PLUS, SCRAM, status=77, password="wrong")

    def test_who_takes_the_binding_away_is_found_out(self):
        """RFC 5802 section 6: the server knows what it has offered."""
        self.assertEqual(self.relayed(PLUS, status=77), [])

    def test_who_stands_between_cannot_bind(self):
        """The connection ends at the relay, and so does what it is bound
        to."""
        self.assertEqual(self.relayed(status=77), [])

    def test_the_connection_is_bound(self):
        for kind in ("imaps", "imap", "submissions", "submission"):
            option = "--imap" if kind.startswith("imap") else "--smtp"
            scheme = kind.replace("submission", "smtp")
            before = len(self.mechanisms())
            self.run_mailctl(
                option, "%s://localhost:%d" % (scheme, self.maild.port(kind)),
                "--ca-file", self.maild.ca, "--user", "test", "account",
                "test", MAILCTL_PASSWORD=PASSWORD)
            self.assertEqual(self.mechanisms()[before:],
                             ["SCRAM-SHA-256-PLUS"], kind)

    # ---- servers that tell what they heard ----

    def play(self, talk, *args, status=0, scheme="imaps", port=993):
        server = Server(talk, self.context)
        proxy = Socks({(HOST, port): server.port})
        option = "--smtp" if scheme == "smtps" else "--imap"
        config = os.path.join(self.folder, "config")
        with open(config, "w") as f:
            f.write("account a\n%s %s://%s\nuser bob\nca_file %s\n"
                    "token_cmd echo %s\n" % (option[2:], scheme, HOST,
                                             self.authority.ca, TOKEN))
        self.run_mailctl("--config", config, *args, status=status,
                         ALL_PROXY=proxy.url)
        server.close()
        proxy.close()
        return server.lines

    def offer(self, words, accept):
        def login(c, tag):
            self.first = c.server.lines[-1]
            c.say(tag + (" OK in\r\n" if accept else " NO never\r\n"))

        def talk(c):
            imap_session(c, answers={
                "AUTHENTICATE": login,
                "CAPABILITY": "* CAPABILITY IMAP4rev1 SASL-IR %s\r\n"
                              "TAG OK x\r\n" % words})
        return talk

    def response(self):
        return base64.b64decode(self.first.split(b" ")[3])

    def test_tokens(self):
        self.play(self.offer("AUTH=XOAUTH2 AUTH=PLAIN", True), "mailbox",
                  "list")
        self.assertIn(b" XOAUTH2 ", self.first)
        self.assertEqual(self.response(), b"user=bob\1auth=Bearer " +
                         TOKEN.encode() + b"\1\1")
        self.play(self.offer("AUTH=XOAUTH2 AUTH=OAUTHBEARER", True),
                  "mailbox", "list")
        self.assertIn(b" OAUTHBEARER ", self.first)
        self.assertIn(b"auth=Bearer " + TOKEN.encode(), self.response())
        self.play(self.offer("AUTH=XOAUTH2", False), "mailbox", "list",
                  status=77)

    def test_a_token_is_no_password(self):
        """Who takes passwords only gets none of it."""
        heard = self.play(self.offer("AUTH=PLAIN AUTH=LOGIN", True),
                          "mailbox", "list", status=77)
        self.assertFalse([x for x in heard if b"AUTH" in x or b"LOGIN" in x])

    def test_tokens_for_submission(self):
        def talk(c):
            c.say("220 ready\r\n")
            while True:
                line = c.hear()
                if not line:
                    return
                if line.startswith(b"EHLO"):
                    c.say("250-here\r\n250 AUTH PLAIN OAUTHBEARER\r\n")
                elif line.startswith(b"AUTH"):
                    c.say("235 fine\r\n")
                elif line.startswith(b"DATA"):
                    c.say("354 go on\r\n")
                else:
                    c.say("250 ok\r\n")
        heard = self.play(talk, "account", "test", scheme="smtps", port=465)
        auth = [x for x in heard if x.startswith(b"AUTH ")]
        self.assertEqual(auth[0].split(b" ")[1], b"OAUTHBEARER")


if __name__ == "__main__":
    main()
