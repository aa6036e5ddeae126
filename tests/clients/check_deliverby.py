# SPDX-License-Identifier: ISC
"""DELIVERBY (RFC 2852): mail that is late goes back, or its sender is told."""

import email
import re
import unittest

from maildtest import Maild, main, message, wait_for
from sink import Sink

WITH = ("PIPELINING", "8BITMIME", "DSN", "DELIVERBY 2")
WITHOUT = ("PIPELINING", "8BITMIME", "DSN")


class DeliverBy(unittest.TestCase):
    def serve(self, extensions):
        self.sink = Sink(extensions=extensions, behave=self.behave)
        self.addCleanup(self.sink.close)
        self.maild = Maild(
            "-o", "relay { smarthost smtp+insecure://127.0.0.1:%d }"
            % self.sink.port, "-o", "queue { retry 1h }",
            "-o", "limits { deliver_by 1s }", users=1)
        self.addCleanup(self.maild.stop)

    def behave(self, session, line):
        """Who is "late" is told to come again."""
        if line.startswith("RCPT TO:<late"):
            session.say("450 4.7.1 come back later")
            return True

    def send(self, by, to="x", extensions=WITH, notify={}):
        """An ENVID to know all of it by."""
        self.serve(extensions)
        name = self.id().split(".")[-1]
        with self.maild.smtp() as c:
            c.ehlo()
            self.assertEqual(c.esmtp_features["deliverby"], "1")
            self.assertEqual(c.mail("test@localhost", [
                "BY=" + by, "ENVID=" + name])[0], 250)
            for user in to.split():
                self.assertEqual(c.rcpt("%s@example.com" % user, [
                    "NOTIFY=" + notify[user]] if user in notify else [])[0],
                    250)
            self.assertEqual(c.data(message(
                to="x@example.com", sender="test@localhost"))[0], 250)
        return name

    def arrived(self, name):
        return wait_for("the message", 30, lambda: [
            m for m in self.sink.mail if "ENVID=" + name in m.sender_args])[0]

    def report(self, name):
        """What the sender is told, for machines."""
        def found():
            with self.maild.imap() as c:
                c.select("INBOX", readonly=True)
                for n in c.search(None, "ALL")[1][0].split():
                    m = email.message_from_bytes(
                        c.fetch(n, "BODY.PEEK[]")[1][0][1])
                    text = m.as_string()
                    if "Original-Envelope-Id: %s\n" % name in text:
                        return text
        return wait_for("a report", 30, found)

    def reports(self, name, action, status):
        text = self.report(name)
        self.assertIn("\nAction: %s\n" % action, text)
        self.assertIn("\nStatus: %s\n" % status, text)
        self.assertIn("\nArrival-Date: ", text)
        self.assertIn("\nDeliver-By-Date: ", text)
        return text

    def test_the_rest_of_the_time_is_passed_on(self):
        said = self.arrived(self.send("120;R")).sender_args
        left = int(re.search(r"BY=(\d+);R( |$)", said).group(1))
        self.assertTrue(0 < left <= 120, said)

    def test_late_mail_says_how_late(self):
        said = self.arrived(self.send("-100;N")).sender_args
        self.assertLessEqual(
            int(re.search(r"BY=(-\d+);N( |$)", said).group(1)), -100)

    def test_a_server_that_does_not_know_it(self):
        self.reports(self.send("120;R", extensions=WITHOUT), "failed", "5.4.4")

    def test_a_server_that_wants_more_time(self):
        self.reports(self.send("120;R", extensions=("DSN", "DELIVERBY 121")),
                     "failed", "5.4.4")

    def test_its_time_is_over(self):
        text = self.reports(self.send("3;R", to="late"), "failed", "5.4.7")
        self.assertIn("Final-Recipient: rfc822; late@example.com", text)

    def test_its_sender_is_told(self):
        """And it is tried on."""
        name = self.send("2;N", to="late late3", notify={
            "late3": "FAILURE"})
        text = self.reports(name, "delayed", "4.4.7")
        self.assertIn("Final-Recipient: rfc822; late@example.com", text)
        self.assertNotIn("late3@example.com\nAction", text)
        self.assertIn("late@example.com", self.maild.mailctl(
            "queue", "list").stdout.decode())

    def test_passed_on_to_who_does_not_know_it(self):
        """Who asked for no notifications gets none; the server is asked for
        those of delays."""
        name = self.send("120;N", to="x never picky", extensions=WITHOUT,
                         notify={"never": "NEVER", "picky": "SUCCESS"})
        text = self.reports(name, "relayed", "2.0.0")
        for user, told in (("x", True), ("never", False), ("picky", True)):
            self.assertEqual("rfc822; %s@example.com\nAction" % user in text,
                             told)
        mail = self.arrived(name)
        self.assertNotIn("BY=", mail.sender_args)
        self.assertIn("NOTIFY=FAILURE,DELAY", mail.rcpt[0])
        self.assertIn("NOTIFY=NEVER", mail.rcpt[1])
        self.assertIn("NOTIFY=SUCCESS,DELAY", mail.rcpt[2])

    def test_traced(self):
        name = self.send("120;RT", to="x never", notify={"never": "NEVER"})
        text = self.reports(name, "relayed", "2.0.0")
        self.assertNotIn("never@example.com\nAction", text)
        self.assertRegex(self.arrived(name).sender_args, r"BY=\d+;RT( |$)")


if __name__ == "__main__":
    main()
