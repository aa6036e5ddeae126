# SPDX-License-Identifier: ISC
"""UNAUTHENTICATE: one connection, several users (RFC 8437)."""

import base64
import os
import socket

from maildtest import MaildTest, PASSWORD, main

ROUNDS = 20
BIG = 300000  # more than the roles hold between them


class Client:
    """One line after the other, in clear or over TLS."""

    def __init__(self, maild, kind):
        self.s = socket.create_connection(("localhost", maild.port("imap")),
                                          timeout=30)
        self.f = self.s.makefile("rb")
        self.line()
        if kind == "tls":
            self.ask("s STARTTLS")
            self.s = maild.tls().wrap_socket(self.s,
                                             server_hostname="localhost")
            self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data if isinstance(data, bytes) else data.encode())

    def line(self):
        return self.f.readline().decode()

    def until(self, tag):
        """What comes up to the tagged line, that included."""
        got = []
        while not got or not got[-1].startswith(tag + " "):
            got.append(self.line())
            if got[-1] == "":
                raise AssertionError("closed behind %r" % got)
        return got

    def ask(self, text):
        self.send(text + "\r\n")
        return self.until(text.split()[0])

    def close(self):
        self.f.close()
        self.s.close()


class Unauthenticate(MaildTest):
    maild_users = 3
    maild_args = ("--plaintext",)
    kinds = ("tls", "clear")

    def client(self, kind):
        c = Client(self.maild, kind)
        self.addCleanup(c.close)
        return c

    def ok(self, lines):
        self.assertRegex(lines[-1], r"^\S+ OK ")
        return "".join(lines)

    # "#=" lines are read by tests/capability-table.
    #= UNAUTHENTICATE RFC8437-3 case: the next user, and nothing of the last
    def test_one_after_the_other(self):
        for kind in self.kinds:
            c = self.client(kind)
            for n, user in enumerate(("user1", "user2", "test") * ROUNDS):
                self.ok(c.ask("a LOGIN %s %s" % (user, PASSWORD)))
                if n < 3:
                    self.ok(c.ask("b CREATE %s-%s" % (kind, user)))
                names = self.ok(c.ask('c LIST "" %s-*' % kind))
                self.assertEqual(names.count("* LIST"), 1)
                self.assertIn("%s-%s" % (kind, user), names)
                self.ok(c.ask("d ENABLE QRESYNC"))
                self.ok(c.ask("e SELECT INBOX"))
                got = c.ask("f UNAUTHENTICATE")
                self.ok(got)
                self.assertEqual(len(got), 1)
                self.assertIn("BAD", c.ask("g SELECT INBOX")[-1])
                caps = self.ok(c.ask("h CAPABILITY"))
                self.assertIn("SASL-IR", caps)
                self.assertNotIn("UNAUTHENTICATE", caps)

    #= UNAUTHENTICATE RFC8437-4.1 case: what was enabled is so no more
    def test_state_is_reset(self):
        for kind in self.kinds:
            c = self.client(kind)
            self.ok(c.ask("a LOGIN user1 %s" % PASSWORD))
            self.ok(c.ask("b ENABLE UIDONLY"))
            self.ok(c.ask("c SELECT INBOX"))
            self.assertIn("UIDREQUIRED", c.ask("d SEARCH ALL")[-1])
            self.ok(c.ask("e UNAUTHENTICATE"))
            self.ok(c.ask("f LOGIN user1 %s" % PASSWORD))
            self.assertIn("BAD", c.ask("g SEARCH ALL")[-1])
            self.ok(c.ask("h SELECT INBOX"))
            self.ok(c.ask("i SEARCH ALL"))

    #= UNAUTHENTICATE RFC8437-3 pipelined: with the next AUTHENTICATE
    def test_pipelined(self):
        plain = base64.b64encode(
            ("\0user2\0" + PASSWORD).encode()).decode()
        login = "l AUTHENTICATE PLAIN %s\r\n" % plain
        for kind in self.kinds:
            c = self.client(kind)
            c.send(login + "m NOOP\r\n")
            c.until("m")
            for _ in range(ROUNDS):
                c.send("u UNAUTHENTICATE\r\n" + login + "m NOOP\r\n")
                for tag in "ulm":
                    self.ok(c.until(tag))

    def test_much_pipelined(self):
        """Input that stands in all places on its way comes in order."""
        body = os.urandom(BIG // 2).hex().encode()
        for kind in self.kinds:
            c = self.client(kind)
            self.ok(c.ask("a LOGIN user1 %s" % PASSWORD))
            c.send(b"u UNAUTHENTICATE\r\nl LOGIN user2 %s\r\n"
                   b"p APPEND INBOX {%d+}\r\n%s\r\nf UID FETCH 1 UID\r\n" %
                   (PASSWORD.encode(), len(body) + 6, b"A: b\r\n" + body))
            self.ok(c.until("u"))
            self.ok(c.until("l"))
            self.ok(c.until("p"))
            c.until("f")
            self.ok(c.ask("s SELECT INBOX"))
            got = self.ok(c.ask("g UID FETCH * BODY.PEEK[]"))
            self.assertIn(body.decode(), got)

    def test_logins_are_still_limited(self):
        c = self.client("tls")
        self.ok(c.ask("a LOGIN user1 %s" % PASSWORD))
        self.ok(c.ask("b UNAUTHENTICATE"))
        self.assertIn("AUTHENTICATIONFAILED",
                      c.ask("c LOGIN user1 wrong")[-1])
        self.ok(c.ask("d LOGIN user1 %s" % PASSWORD))


if __name__ == "__main__":
    main()
