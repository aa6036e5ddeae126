# SPDX-License-Identifier: ISC
"""Postfix as the server that mail goes to: over TLS, greylisting at first, and
passing on to a counting server; and as the one that mail comes from.

It runs in a folder of its own, and needs root to be started.
"""

import os
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
import unittest

from maildtest import Maild, MaildTest, main, message, wait_for
from sink import Sink, certificate

MASTER = "/usr/share/postfix/master.cf.dist"
if not os.path.exists(MASTER):
    MASTER = "/etc/postfix/master.cf.proto"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Greylist(threading.Thread):
    """A policy server (SMTPD_POLICY_README): each recipient once in vain."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        file = sock.makefile("rwb")
        asked = {}
        for line in file:
            name, _, value = line.decode().strip().partition("=")
            asked[name] = value
            if name:
                continue
            rcpt = asked.get("recipient")
            action = "DUNNO" if rcpt in self.seen else \
                "DEFER_IF_PERMIT greylisted"
            self.seen.add(rcpt)
            file.write(b"action=" + action.encode() + b"\n\n")
            file.flush()


class Postfix:
    def __init__(self, folder, settings):
        self.conf = os.path.join(folder, "conf")
        self.port = free_port()
        for name in ("conf", "spool", "data"):
            os.mkdir(os.path.join(folder, name))
        os.chmod(folder, 0o755)
        shutil.chown(os.path.join(folder, "data"), "postfix", "postfix")
        with open(MASTER) as f:
            master = re.sub(r"^smtp( +inet.*)smtpd$",
                            r"127.0.0.1:%d\1smtpd" % self.port, f.read(),
                            flags=re.M)
        # Nothing is chrooted: the folder has no libraries.
        master = re.sub(r"^(\S+ +\S+ +\S+ +\S+ +)y( )", r"\1n\2", master,
                        flags=re.M)
        with open(os.path.join(self.conf, "master.cf"), "w") as f:
            f.write(master)
        settings = dict({
            "compatibility_level": "3.6",
            "queue_directory": folder + "/spool",
            "data_directory": folder + "/data",
            "maillog_file": folder + "/mail.log",
            "maillog_file_prefixes": folder,
            "myhostname": "mx.example.com", "mydestination": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "", "alias_maps": "", "alias_database": "",
            "local_recipient_maps": "",
        }, **settings)
        with open(os.path.join(self.conf, "main.cf"), "w") as f:
            for item in settings.items():
                f.write("%s = %s\n" % item)
        self.run("start")

    def run(self, verb):
        r = subprocess.run(["postfix", "-c", self.conf, verb],
                           capture_output=True, timeout=60)
        if r.returncode != 0:
            raise AssertionError(r.stderr.decode())


@unittest.skipUnless(os.geteuid() == 0, "only root can start Postfix")
class ToPostfix(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="maild-postfix-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.cert, key = certificate(self.dir)
        self.grey = Greylist()
        self.grey.start()
        self.postfix = Postfix(self.dir, {
            "relay_domains": "example.com",
            "relayhost": "[127.0.0.1]:%d" % self.sink.port,
            "smtpd_tls_cert_file": self.cert, "smtpd_tls_key_file": key,
            "smtpd_tls_security_level": "encrypt",
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "check_policy_service "
            "inet:127.0.0.1:%d" % self.grey.port,
        })
        self.addCleanup(self.postfix.run, "stop")

    def test_greylisted_and_then_passed_on(self):
        maild = Maild(
            "-o", "relay { smarthost smtp://localhost:%d; ca_file %s }" % (
                self.postfix.port, self.cert),
            "-o", "queue { retry 1s 2s }")
        self.addCleanup(maild.stop)
        c = maild.smtp()
        c.ehlo()
        for i in range(20):
            c.sendmail("test@localhost",
                       ["a%d@example.com" % i, "b%d@example.com" % i],
                       message(to="a@example.com", sender="test@localhost",
                               body="gr\u00fc\u00dfe\r\n.\r\n"), ["ENVID=e1"])
        c.sendmail("test@localhost", ["a@example.net"], message(
            to="a@example.net", sender="test@localhost"))
        c.quit()
        wait_for("20 messages", 60,
                 lambda: sum(len(m.rcpt) for m in self.sink.mail) >= 40)
        self.assertIn("gr\u00fc\u00dfe\r\n.\r\n".encode(),
                      self.sink.mail[0].data)

        def bounced():
            c = maild.imap()
            c.select("INBOX")
            n = c.search(None, "SUBJECT", "Undelivered")[1][0].split()
            c.logout()
            return n
        # Postfix relays to example.com only.
        self.assertEqual(len(wait_for("a notification", 30, bounced)), 1)


@unittest.skipUnless(os.geteuid() == 0, "only root can start Postfix")
class FromPostfix(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@")

    def test_mail_comes_in(self):
        folder = tempfile.mkdtemp(prefix="maild-postfix-")
        self.addCleanup(shutil.rmtree, folder)
        postfix = Postfix(folder, {
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[127.0.0.1]:%d" % self.maild.port("smtp"),
            "smtp_tls_security_level": "encrypt",
            "smtputf8_autodetect_classes": "all",
        })
        self.addCleanup(postfix.run, "stop")
        texts = [message(body="%d gr\u00fc\u00dfe\r\n.\r\n..x\r\n" % i)
                 for i in range(30)]
        with smtplib.SMTP("127.0.0.1", postfix.port) as c:
            for text in texts:
                c.sendmail("a@example.org", ["test@localhost",
                                             "user1@localhost"], text)
            c.sendmail("a@example.org", ["nobody@localhost"], texts[0])

        def arrived():
            found = [list(self.fetch_all(u).values())
                     for u in ("test", "user1")]
            return found if all(len(f) >= 30 for f in found) else None
        for mail in wait_for("30 messages each", 60, arrived):
            self.assertEqual(len(mail), 30)
            for text in texts:
                self.assertEqual(
                    sum(body.endswith(text) for body in mail), 1)
            self.assertIn(b" with ESMTPS id ", mail[0])

        def refused():
            with open(folder + "/mail.log") as f:
                return "550 5.1.1 No such user here" in f.read()
        wait_for("a bounce", 30, refused)


@unittest.skipUnless(os.geteuid() == 0, "only root can start Postfix")
class Greylisted(MaildTest):
    maild_args = ("-o", "listen smtp localhost:@smtp@", "-o",
                  "inbound { greylist yes; greylist_delay 2s }")

    def test_postfix_comes_again(self):
        folder = tempfile.mkdtemp(prefix="maild-postfix-")
        self.addCleanup(shutil.rmtree, folder)
        postfix = Postfix(folder, {
            "mynetworks": "127.0.0.0/8",
            "relayhost": "[127.0.0.1]:%d" % self.maild.port("smtp"),
            "queue_run_delay": "1s", "minimal_backoff_time": "1s",
            "maximal_backoff_time": "3s",
        })
        self.addCleanup(postfix.run, "stop")
        texts = [message(body="%d\r\n" % i) for i in range(3)]
        with smtplib.SMTP("127.0.0.1", postfix.port) as c:
            for i, text in enumerate(texts):
                c.sendmail("a%d@example.org" % i, ["test@localhost"], text)
        wait_for("all of them", 60,
                 lambda: len(self.fetch_all()) == len(texts))
        with open(folder + "/mail.log") as f:
            self.assertIn("451 4.7.1 Not known yet", f.read())


if __name__ == "__main__":
    main()
