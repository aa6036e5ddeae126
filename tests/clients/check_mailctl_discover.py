# SPDX-License-Identifier: ISC
"""mailctl finds the servers of an address: by autoconfig, by SRV records, by
their usual names; never one without TLS."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest

import dns
from maildtest import MAILCTL, PASSWORD, Maild, main
from scripted import Authority, Server, Socks

SRV = 33

XML = """<?xml version="1.0"?><clientConfig version="1.1">
<emailProvider id="example.test">
<incomingServer type="imap"><hostname>%s</hostname><port>%d</port>
<socketType>%s</socketType><username>%%EMAILLOCALPART%%</username>
</incomingServer>
<outgoingServer type="smtp"><hostname>%s</hostname><port>%d</port>
<socketType>SSL</socketType><username>%%EMAILADDRESS%%</username>
</outgoingServer></emailProvider></clientConfig>"""


def imap(c):
    c.say("* OK hello\r\n")
    while True:
        line = c.hear()
        if not line:
            return
        tag = line.split(b" ")[0].decode()
        if b"CAPABILITY" in line.upper():
            c.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256\r\n")
        c.say(tag + " OK done\r\n")


def smtp(c):
    c.say("220 hello\r\n")
    while c.hear():
        c.say("250-here\r\n250 AUTH PLAIN LOGIN\r\n")


def http(status, body):
    def talk(c):
        while c.hear():
            pass
        c.say("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n"
              "\r\n%s" % (status, len(body), body))
    return talk


class Discover(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="mailctl-discover-")
        cls.authority = Authority(cls.folder)
        cls.context = cls.authority.context(
            "example.test", "*.example.test", "other.test")
        cls.imap = Server(imap, cls.context)
        cls.smtp = Server(smtp, cls.context)
        cls.plain = Server(imap)

    @classmethod
    def tearDownClass(cls):
        for s in (cls.imap, cls.smtp, cls.plain):
            s.close()
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.table = {}
        self.zone = {}
        self.proxy = Socks(self.table)
        self.dns = dns.Dns(self.zone)
        self.addCleanup(self.proxy.close)
        self.addCleanup(self.dns.close)

    def run_mailctl(self, *args, status=0, env=None):
        base = {k: v for k, v in os.environ.items()
                if not k.startswith(("XDG_", "MAILCTL_"))}
        r = subprocess.run([MAILCTL, *args], capture_output=True, timeout=120,
                           stdin=subprocess.DEVNULL,
                           env=dict(base, HOME=self.folder, LC_ALL="C.UTF-8",
                                    ALL_PROXY=self.proxy.url,
                                    MAILCTL_PASSWORD=PASSWORD, **(env or {})))
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        return r

    def discover(self, address="bob@example.test", status=0):
        r = self.run_mailctl("discover", "--json", "--ca-file",
                             self.authority.ca, "--resolver",
                             "127.0.0.1:%d" % self.dns.port, address,
                             status=status)
        found = [json.loads(line) for line in r.stdout.splitlines()]
        return {o["service"]: (o["url"], o["user"], o["source"], o["sure"])
                for o in found}

    def web(self, talk, context=None):
        server = Server(talk, context or self.context)
        self.addCleanup(server.close)
        return server.port

    def srv(self, name, host, port):
        self.zone["%s.example.test" % name, SRV] = [
            struct.pack(">HHH", 0, 0, port) + dns.name(host)]

    def test_autoconfig_of_the_domain(self):
        xml = XML % ("i.other.test", 993, "SSL", "s.example.test", 465)
        self.table["autoconfig.example.test", 443] = self.web(
            http("200 OK", xml))
        self.assertEqual(self.discover(), {
            "imap": ("imaps://i.other.test", "bob", "autoconfig", True),
            "smtp": ("smtps://s.example.test", "bob@example.test",
                     "autoconfig", True)})

    def test_autoconfig_by_the_well_known_path(self):
        xml = XML % ("i.example.test", 1993, "STARTTLS", "s.example.test", 99)
        self.table["autoconfig.example.test", 443] = self.web(
            http("404 Not Found", xml))
        self.table["example.test", 443] = self.web(http("200 OK", xml))
        self.assertEqual([v[0] for v in self.discover().values()],
                         ["imap://i.example.test:1993",
                          "smtps://s.example.test:99"])

    def test_autoconfig_of_another_certificate_is_not_read(self):
        xml = XML % ("i.example.test", 993, "SSL", "s.example.test", 465)
        wrong = self.authority.context("wrong.test")
        self.table["autoconfig.example.test", 443] = self.web(
            http("200 OK", xml), wrong)
        self.discover(status=1)

    def test_a_redirect_to_http_is_not_followed(self):
        def talk(c):
            while c.hear():
                pass
            c.say("HTTP/1.1 302 Found\r\nLocation: http://example.test/\r\n"
                  "Content-Length: 0\r\n\r\n")
        xml = XML % ("i.example.test", 993, "SSL", "s.example.test", 465)
        self.table["autoconfig.example.test", 443] = self.web(talk)
        plain = Server(http("200 OK", xml))
        self.addCleanup(plain.close)
        self.table["example.test", 80] = plain.port
        self.discover(status=1)
        self.assertEqual(plain.lines, [])

    def test_srv_records(self):
        self.srv("_imaps._tcp", "mx.example.test", 2993)
        self.srv("_submissions._tcp", "other.test", 465)
        self.table["mx.example.test", 2993] = self.imap.port
        self.table["other.test", 465] = self.smtp.port
        self.assertEqual(self.discover(), {
            "imap": ("imaps://mx.example.test:2993", "bob@example.test",
                     "srv", True),
            "smtp": ("smtps://other.test", "bob@example.test", "srv",
                     False)})
        # What anybody can have made up is not told a password.
        r = self.run_mailctl("account", "add", "--ca-file", self.authority.ca,
                             "--resolver", "127.0.0.1:%d" % self.dns.port,
                             "bob@example.test", status=77)
        self.assertIn(b"--yes", r.stderr)

    def test_no_such_service_and_a_dead_target_are_passed_over(self):
        self.srv("_imaps._tcp", ".", 0)
        self.srv("_imap._tcp", "gone.example.test", 143)
        self.table["mail.example.test", 993] = self.imap.port
        self.assertEqual(self.discover(), {
            "imap": ("imaps://mail.example.test", "bob@example.test",
                     "guess", True)})

    def test_guesses_want_tls(self):
        self.table["imap.example.test", 993] = self.plain.port
        self.table["imap.example.test", 143] = self.plain.port
        self.table["smtp.example.test", 465] = self.smtp.port
        self.assertEqual(self.discover(), {
            "smtp": ("smtps://smtp.example.test", "bob@example.test",
                     "guess", True)})

    def test_nothing_is_found(self):
        self.discover(status=1)
        self.discover("nonsense", status=64)
        self.discover("bob@b\u00fccher.example", status=1)

    def test_probe(self):
        self.table["mx.example.test", 993] = self.imap.port
        self.table["mx.example.test", 465] = self.smtp.port
        self.table["mx.example.test", 143] = self.plain.port
        r = self.run_mailctl("probe", "mx.example.test", "--json",
                             "--ca-file", self.authority.ca)
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        self.assertEqual([(o["service"], o["tls"][:5], o["logins"])
                          for o in rows],
                         [("imaps", "TLSv1", ["PLAIN", "SCRAM-SHA-256"]),
                          ("submissions", "TLSv1", ["PLAIN", "LOGIN"])])
        self.assertGreater(rows[0]["expires"], "2026-")
        self.run_mailctl("probe", "nobody.example.test", status=69)
        self.run_mailctl("probe", "imaps://x", status=64)

    def test_account_add_finds_the_servers(self):
        server = Maild(users=1)
        self.addCleanup(server.stop)
        xml = XML % ("localhost", server.port("imaps"), "SSL", "localhost",
                     server.port("submissions"))
        self.table["autoconfig.localhost", 443] = self.web(
            http("200 OK", xml), self.authority.context("autoconfig.localhost"))
        both = os.path.join(self.folder, "both.pem")
        with open(both, "w") as out:
            for path in (self.authority.ca, server.ca):
                with open(path) as f:
                    out.write(f.read())
        self.run_mailctl("account", "add", "--ca-file", both,
                         "test@localhost", "found")
        r = self.run_mailctl("account", "show", "found")
        self.assertIn(b"imaps://localhost:%d\n" % server.port("imaps"),
                      r.stdout)
        self.run_mailctl("list", status=1)


if __name__ == "__main__":
    main()
