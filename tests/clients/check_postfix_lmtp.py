# SPDX-License-Identifier: ISC
"""Postfix hands over mail by LMTP, as it does where it is the server before
this one: each recipient has a fate of its own.  And smtp-source, which comes
with it, by LMTP, from the world and, through Postfix, by submission, with 50
sessions at once."""

import email
import email.policy
import os
import shutil
import smtplib
import subprocess
import tempfile
import unittest

from maildtest import Maild, PASSWORD, main, message, wait_for
from postfix import Postfix, needs_root

SESSIONS = 50


class Served(unittest.TestCase):
    settings = ()

    def setUp(self):
        self.serve(*self.settings)

    def serve(self, *settings):
        self.maild = Maild(*settings)
        self.addCleanup(self.maild.stop)

    def mailctl(self, *args):
        r = self.maild.mailctl(*args)
        self.assertEqual(r.returncode, 0, r.stderr)

    def inbox(self, user):
        c = self.maild.imap(user)
        try:
            if c.select("INBOX", readonly=True)[1] == [b"0"]:
                return []
            return [d[1] for d in c.fetch("1:*", "(BODY.PEEK[])")[1]
                    if isinstance(d, tuple)]
        finally:
            c.logout()

    def count(self, user="test"):
        c = self.maild.imap(user)
        try:
            return int(c.select("INBOX", readonly=True)[1][0])
        finally:
            c.logout()


@needs_root
class Lmtp(Served):
    settings = ("-o", "quota { full reject }")

    def peer(self, where, **settings):
        self.postfix = Postfix(dict({
            "mynetworks": "127.0.0.0/8", "mydestination": "localhost",
            "local_transport": "lmtp:" + where,
            "smtputf8_autodetect_classes": "all",
            "queue_run_delay": "1s", "minimal_backoff_time": "1s",
            "maximal_backoff_time": "2s",
        }, **settings))
        self.addCleanup(self.postfix.close)

    def inet(self):
        return "inet:127.0.0.1:%d" % self.maild.port("lmtp")

    def fill(self, user):
        """Its quota is used up."""
        self.mailctl("user", "quota", "--messages", "1", user)
        self.maild.deliver(message(), user + "@localhost")

    def send(self, text):
        to = ["test@localhost", "nobody@localhost", "user2@localhost"]
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as c:
            c.ehlo()
            c.sendmail("user1@localhost", to, text, ["ENVID=e1", "RET=HDRS"])

    TEXT = message(body="gr\u00fc\u00dfe\r\n.\r\n..x\r\n")

    def bounces(self):
        """{recipient: its fields} of the notifications in user1's mailbox."""
        found = {}
        for text in self.inbox("user1"):
            m = email.message_from_bytes(text, policy=email.policy.default)
            for f in m.get_payload()[1].get_payload()[1:]:
                found[f["Final-Recipient"].split("; ")[1]] = f
        return found

    def test_each_recipient_has_its_fate(self):
        self.peer(self.inet())
        self.fill("user2")
        self.send(self.TEXT)
        found = wait_for("notifications", 60, lambda: len(self.bounces()) == 2
                         and self.bounces())
        for to, code, status in (("nobody@localhost", "550", "5.1.1"),
                                 ("user2@localhost", "552", "5.2.2")):
            self.assertEqual(found[to]["Action"], "failed")
            self.assertEqual(found[to]["Status"], status)
            self.assertTrue(found[to]["Diagnostic-Code"].startswith(
                "smtp; %s %s " % (code, status)), found[to].as_string())
            self.assertEqual(found[to]["Remote-MTA"], "dns; 127.0.0.1")
        mail = self.inbox("test")
        self.assertEqual(len(mail), 1)
        self.assertTrue(mail[0].endswith(self.TEXT))
        self.assertEqual(self.count("user2"), 1)

    def test_one_that_is_full_for_a_while(self):
        """Those it was for get it once; the rest of it waits in Postfix."""
        self.maild.stop()
        folder = tempfile.mkdtemp(prefix="maild-postfix-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        self.serve("-o", "listen lmtp unix:%s/lmtp" % folder)
        # As the administrator lets Postfix have it.
        shutil.chown(folder + "/lmtp", group="postfix")
        self.peer("unix:%s/lmtp" % folder)
        self.fill("user2")
        self.send(self.TEXT)
        self.postfix.says("452 4.2.2 Mailbox is full")
        self.mailctl("user", "quota", "--messages", "9", "user2")
        wait_for("the message", 60, lambda: self.count("user2") == 2)
        wait_for("an empty queue", 60, self.postfix.empty)
        self.assertEqual(self.count("test"), 1)
        self.assertEqual(list(self.bounces()), ["nobody@localhost"])


class Load(Served):
    settings = ("-o", "listen smtp localhost:@smtp@", "-o",
                "inbound { connections_per_address 10000 per 1m }")

    def source(self, messages, target, *args):
        subprocess.run(
            ["smtp-source", "-s", str(SESSIONS), "-m", str(messages), "-l",
             "2000", "-f", "test@localhost", "-t", "user1@localhost",
             *args, target], check=True, capture_output=True, timeout=300)

    def target(self, name):
        return "127.0.0.1:%d" % self.maild.port(name)

    def test_lmtp(self):
        self.source(2000, self.target("lmtp"), "-L", "-d")
        self.assertEqual(self.count("user1"), 2000)

    def test_from_the_world(self):
        self.source(2000, self.target("smtp"))
        self.assertEqual(self.count("user1"), 2000)

    @needs_root
    def test_submission(self):
        """Postfix logs in for it, over TLS that it verifies."""
        port = self.maild.port("submission")
        postfix = Postfix({
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[localhost]:%d" % port,
            "smtp_host_lookup": "native",
            "smtp_tls_security_level": "secure",
            "smtp_tls_CAfile": self.maild.ca,
            "smtp_sasl_auth_enable": "yes",
            "smtp_sasl_security_options": "noanonymous",
            "smtp_sasl_password_maps": "inline:{{[localhost]:%d=test:%s}}" % (
                port, PASSWORD),
            "initial_destination_concurrency": SESSIONS,
            "default_destination_concurrency_limit": SESSIONS,
        })
        self.addCleanup(postfix.close)
        self.source(400, "127.0.0.1:%d" % postfix.port, "-d")
        wait_for("all of them", 120, lambda: self.count("user1") >= 400)
        wait_for("an empty queue", 60, postfix.empty)
        self.assertEqual(self.count("user1"), 400)
        self.assertNotIn("status=deferred", postfix.log())


if __name__ == "__main__":
    main()
