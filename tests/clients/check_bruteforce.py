# SPDX-License-Identifier: ISC
"""Passwords are guessed from one address and from many; users still get in."""

import re
import socket
import time

from maildtest import Maild, MaildTest, PASSWORD, main

ADDRESSES = 60
TRIES = 5  # from each of them
HONEST_SECONDS = 1


class Guess:
    """A connection that tries one password; its answer may take its time."""

    def __init__(self, maild, source, user, password):
        self.s = socket.create_connection(
            ("127.0.0.1", maild.port("imap")), 30, (source, 0))
        self.s.sendall(b"a LOGIN %s %s\r\n" % (user.encode(),
                                               password.encode()))
        self.said = b""

    def answer(self):
        while not re.search(rb"^a .*\r\n", self.said, re.M):
            data = self.s.recv(4096)
            if not data:
                break
            self.said += data
        self.s.close()
        return re.search(rb"^a (\S+)", self.said, re.M).group(1)


class BruteForce(MaildTest):
    """Each test has a server of its own: it remembers."""

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        # As slow as in earnest, and in clear: TLS is not the point.
        self.maild = Maild("-o", "auth { hash_cost 5 }", "-o",
                           "limits { auth_failures 10 per 10m }", "-o",
                           "plaintext yes")

    def tearDown(self):
        self.maild.stop()

    def reasons(self, peer=r"\S+"):
        """How often each reason for a refusal is in the log."""
        found = {}
        log = self.maild.log_tail(1 << 22)
        for reason in re.findall(
                r"login failed peer=%s .*reason=(\S+)" % peer, log):
            found[reason] = found.get(reason, 0) + 1
        return found

    def attack(self, source, user, passwords):
        return [Guess(self.maild, source, user, p) for p in passwords]

    def login(self, source, user, password):
        began = time.monotonic()
        self.assertEqual(Guess(self.maild, source, user, password).answer(),
                         b"OK")
        return time.monotonic() - began

    def test_one_address(self):
        guesses = self.attack("127.0.0.9", "test", map(str, range(30)))
        self.assertEqual({g.answer() for g in guesses}, {b"NO"})
        self.assertEqual(self.reasons(), {"password": 10, "blocked": 20})
        # Blocked is the address, not the user.
        self.login("127.0.0.10", "test", PASSWORD)

    def test_old_password_bans_nobody(self):
        """A phone that says the same for ever costs one check."""
        guesses = []
        for _ in range(30):
            guesses += self.attack("127.0.0.9", "test", ["old"])
            if len(guesses) == 1:
                guesses[0].answer()
        for g in guesses[1:]:
            self.assertEqual(g.answer(), b"NO")
        self.assertEqual(self.reasons(), {"password": 1, "repeated": 29})
        self.login("127.0.0.9", "user1", PASSWORD)
        self.login("127.0.0.9", "test", PASSWORD)

    def test_many_addresses(self):
        """A user and an address that have logged in together go first."""
        self.login("127.0.0.1", "test", PASSWORD)
        r = self.maild.mailctl("user", "passwd", "test",
                               env={"MAILCTL_PASSWORD": "another"})
        self.assertEqual(r.returncode, 0, r.stderr)
        guesses = []
        for n in range(ADDRESSES):
            guesses += self.attack("127.0.1.%d" % (n + 1), "test",
                                   ["%d-%d" % (n, i) for i in range(TRIES)])
        self.assertLess(self.login("127.0.0.1", "test", "another"),
                        HONEST_SECONDS)
        # And what was verified costs nothing.
        self.assertLess(self.login("127.0.2.1", "test", "another"),
                        HONEST_SECONDS)
        self.assertEqual({g.answer() for g in guesses}, {b"NO"})
        for n in range(ADDRESSES):
            self.assertLessEqual(
                self.reasons(r"127\.0\.1\.%d" % (n + 1)).get("password", 0),
                10)


if __name__ == "__main__":
    main()
