# SPDX-License-Identifier: ISC
"""mailctl queue: looking at mail that waits, and doing something with it."""

import json
import threading
import time
import unittest

from maildtest import Maild, main, message, wait_for
from sink import Sink


class Queue(unittest.TestCase):
    def setUp(self):
        self.open = False
        self.sink = Sink(behave=self.behave)
        self.addCleanup(self.sink.close)
        self.maild = Maild(
            "-o", "relay { smarthost smtp+insecure://127.0.0.1:%d }" %
            self.sink.port, "-o", "queue { retry 1h }")
        self.addCleanup(self.maild.stop)

    def behave(self, session, line):
        if line.startswith("RCPT") and not self.open:
            session.say("450 4.7.1 come back later")
            return True

    def send(self, *to):
        c = self.maild.smtp()
        c.sendmail("test@localhost", to, message(
            to=to[0], sender="test@localhost"))
        c.quit()

    def ctl(self, *args, status=0):
        r = self.maild.mailctl("queue", *args)
        self.assertEqual(r.returncode, status, r.stderr.decode())
        return r.stdout.decode()

    def list(self, *args):
        return [json.loads(line)
                for line in self.ctl("list", "--json", *args).splitlines()]

    def deferred(self, n, *to):
        self.send(*to)
        return wait_for("an attempt", 20, lambda: [
            r for r in self.list() if r["attempts"] == 1][n - 1:] and
            self.list())

    def test_it_is_seen(self):
        rows = self.deferred(2, "a@example.com", "b@example.net")
        self.assertEqual([r["recipient"] for r in rows],
                         ["a@example.com", "b@example.net"])
        self.assertEqual({r["state"] for r in rows}, {"waiting"})
        self.assertIn("450 4.7.1 come back later", rows[0]["reply"])
        self.assertEqual(rows[0]["sender"], "test@localhost")
        number = str(rows[0]["id"])
        self.assertEqual(len(self.ctl("show", number).splitlines()), 2)
        self.ctl("show", "999", status=68)
        self.assertEqual(len(self.list("--domain", "example.net")), 1)
        self.assertEqual(len(self.list("--recipient", "A@example.com")), 1)
        self.assertEqual(len(self.list("--sender", "test@localhost")), 2)
        self.assertEqual(self.list("--sender", "eve@localhost"), [])
        self.assertEqual(self.list("--older", "1h"), [])

    def test_what_its_sender_asks_for_is_seen(self):
        with self.maild.smtp() as c:
            for options, header in (
                    (["HOLDFOR=3600", "REQUIRETLS", "MT-PRIORITY=-3"], ""),
                    (["HOLDFOR=3600"], "TLS-Required: No\r\n"),
                    (["HOLDFOR=3600"], "")):
                c.sendmail("test@localhost", ["a@example.com"],
                           header + "Subject: x\r\n\r\n", options)
        self.assertEqual([(r["priority"], r["tls"]) for r in self.list()],
                         [("-3", "required"), ("", "optional"), ("", "")])
        number = self.list()[0]["id"]
        shown = json.loads(self.ctl("show", "--json", str(number)))
        self.assertEqual((shown["priority"], shown["tls"]),
                         ("-3", "required"))

    def test_retry(self):
        self.deferred(1, "a@example.com")
        self.open = True
        self.assertEqual(self.ctl("retry", "--domain", "example.org",
                                  status=1), "0\n")
        self.assertEqual(self.ctl("retry", "--domain", "example.com"), "1\n")
        wait_for("a message", 20, lambda: self.sink.mail)
        wait_for("an empty queue", 20, lambda: not self.list())

    def test_retry_of_what_could_not_be_reached(self):
        """That it could not is no reason to put it off again."""
        self.open = True
        self.sink.close()
        self.deferred(1, "a@example.com")
        self.sink = Sink(port=self.sink.port)
        self.addCleanup(self.sink.close)
        self.ctl("retry", "--all")
        wait_for("a message", 30, lambda: self.sink.mail)

    def test_hold_and_release(self):
        rows = self.deferred(1, "a@example.com")
        number = str(rows[0]["id"])
        self.open = True
        self.ctl("hold", number)
        self.assertEqual(self.list()[0]["state"], "held")
        self.ctl("retry", number)
        self.assertEqual(self.list()[0]["state"], "held")
        self.ctl("release", "--all")
        wait_for("a message", 20, lambda: self.sink.mail)

    def test_delay(self):
        rows = self.deferred(1, "a@example.com")
        self.open = True
        self.ctl("delay", "2d", str(rows[0]["id"]))
        self.assertGreater(self.list()[0]["next"], rows[0]["next"])
        self.ctl("delay", "1s", "--all")
        wait_for("a message", 20, lambda: self.sink.mail)

    def test_drop(self):
        self.deferred(2, "a@example.com", "b@example.net")
        self.ctl("drop", "--recipient", "a@example.com")
        self.assertEqual(len(self.list()), 1)
        self.ctl("drop", "--all")
        self.assertEqual(self.list(), [])

    def test_bounce(self):
        self.deferred(1, "a@example.com")
        self.ctl("bounce", "--all")
        c = self.maild.imap()

        def look():
            c.select("INBOX")
            return c.search(None, "ALL")[1][0]
        wait_for("a notification", 20, look)
        self.assertIn(b"an administrator has sent it back",
                      c.fetch("1", "(BODY[])")[1][0][1])
        c.logout()
        wait_for("an empty queue", 20, lambda: not self.list())

    # ---- what is to go later ----

    def later(self, hold, *to, notify="SUCCESS,FAILURE"):
        c = self.maild.smtp()
        c.ehlo()
        self.assertRegex(c.esmtp_features["futurerelease"],
                         r"^2592000 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        c.sendmail("test@localhost", to, message(
            "Later", to[0], "test@localhost"), [hold], ["NOTIFY=" + notify])
        c.quit()

    def inbox(self, user):
        c = self.maild.imap(user)
        n = int(c.select("INBOX")[1][0])
        text = c.fetch("%d" % n, "(BODY.PEEK[])")[1][0][1] if n else b""
        c.logout()
        return n, text.decode()

    def test_later_here_and_there(self):
        self.open = True
        self.later("HOLDFOR=4", "user1@localhost", "a@example.com")
        rows = self.list()
        self.assertEqual([(r["recipient"], r["state"], r["attempts"])
                          for r in rows],
                         [("user1@localhost", "future", 0),
                          ("a@example.com", "future", 0)])
        self.assertEqual((self.inbox("user1")[0], self.sink.mail), (0, []))
        wait_for("both", 30, lambda: self.inbox("user1")[0] == 1 and
                 len(self.sink.mail) == 1)
        # Both are told of: one by this server, one as relayed.
        wait_for("notifications", 30, lambda: self.inbox("test")[0] == 2)
        self.assertIn("Future-Release-Request: for;4\r\n",
                      self.inbox("test")[1])
        wait_for("an empty queue", 30, lambda: self.list() == [])
        self.assertEqual((self.inbox("user1")[0], len(self.sink.mail)), (1, 1))

    def test_later_is_sooner_or_never(self):
        self.open = True
        until = time.strftime("HOLDUNTIL=%Y-%m-%dT%H:%M:%SZ",
                              time.gmtime(time.time() + 86400))
        self.later("HOLDFOR=2592000", "user1@localhost")
        self.later(until, "user2@localhost")
        first, second = [r["id"] for r in self.list()]
        self.ctl("hold", str(first))
        self.assertEqual({r["state"] for r in self.list()}, {"future"})
        self.ctl("drop", str(first))
        self.ctl("release", str(second))
        wait_for("it", 30, lambda: self.inbox("user2")[0] == 1)
        wait_for("an empty queue", 30, lambda: self.list() == [])
        self.assertEqual(self.inbox("user1")[0], 0)

    def test_later_survives_a_restart(self):
        self.later("HOLDFOR=4", "user1@localhost")
        self.maild.kill()
        self.maild.start()
        wait_for("it", 30, lambda: self.inbox("user1")[0] == 1)

    def test_later_nobody_is_there(self):
        self.assertEqual(self.maild.mailctl(
            "alias", "add", "info", "user1").returncode, 0)
        self.later("HOLDFOR=4", "info@localhost", "user2@localhost",
                   notify="FAILURE")
        self.assertEqual(self.maild.mailctl(
            "alias", "remove", "info").returncode, 0)
        wait_for("a notification", 30, lambda: self.inbox("test")[0] == 1)
        n, text = self.inbox("test")
        self.assertIn("Final-Recipient: rfc822; info@localhost\r\n"
                      "Action: failed\r\nStatus: 5.1.1\r\n", text)
        self.assertIn("Future-Release-Request: for;4\r\n", text)
        self.assertEqual(self.inbox("user2")[0], 1)

    def test_what_is_wrong_is_said(self):
        self.ctl("drop", status=64)
        self.ctl("drop", "x", status=64)
        self.ctl("delay", "soon", "--all", status=64)
        self.ctl("list", "--older", "2w", status=64)


class Priorities(unittest.TestCase):
    """What is due goes in their order, older mail first among equals."""

    def setUp(self):
        self.go = threading.Event()
        self.sink = Sink(extensions=("MT-PRIORITY MIXER",),
                         behave=self.behave)
        self.addCleanup(self.sink.close)
        self.maild = Maild(
            "-o", "relay { smarthost smtp+insecure://127.0.0.1:%d; "
            "connections_per_destination 1 }" % self.sink.port,
            "-o", "limits { priority 6 }")
        self.addCleanup(self.maild.stop)

    def behave(self, session, line):
        if line.startswith("RCPT TO:<first@"):
            self.go.wait(30)

    def send(self, to, *options):
        with self.maild.smtp() as c:
            c.sendmail("test@localhost", [to + "@example.com"], message(
                to=to, sender="test@localhost"), mail_options=options)

    def test_order(self):
        self.send("first")
        wait_for("a connection", 30, lambda: self.sink.connections)
        for i, option in enumerate(("RET=HDRS", "MT-PRIORITY=-3", "MT-PRIORITY=0",
                                    "MT-PRIORITY=6", "MT-PRIORITY=9",
                                    "MT-PRIORITY=1")):
            self.send(str(i), option)
        self.go.set()
        wait_for("mail", 30, lambda: self.sink.mail[6:])
        self.assertEqual([m.rcpt[0][1] for m in self.sink.mail],
                         list("f345021"))
        self.assertEqual([m.sender_args.split("MT-PRIORITY=")[1]
                          for m in self.sink.mail],
                         ["0", "6", "6", "1", "0", "0", "-3"])


if __name__ == "__main__":
    main()
