# SPDX-License-Identifier: ISC
"""Every SASL mechanism that mailctl has against Debian's Dovecot, each the
best of what Dovecot offers then."""

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from maildtest import MAILCTL, PASSWORD, TOP, main

sys.path.insert(0, os.path.join(TOP, "tests", "bench"))

from bench import DovecotServer  # noqa: E402

TOKEN = "mF_9.B5f-4.1JqM"
PASSWORDS = ["PLAIN", "LOGIN", "SCRAM-SHA-256"]
TOKENS = ["OAUTHBEARER", "XOAUTH2"]


def version():
    text = subprocess.run(["dovecot", "--version"], check=True, timeout=60,
                          capture_output=True).stdout.decode()
    return tuple(int(n) for n in text.split()[0].split(".")[:2])


class Introspection(http.server.ThreadingHTTPServer):
    """Whose a token is, as an authorization server knows it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        token = self.headers.get("Authorization", "").partition(" ")[2]
        self.server.asked.append(token)
        good = token == TOKEN
        body = json.dumps({"email": "user0", "active": "true"} if good else
                          {"active": "false"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Dovecot(DovecotServer):
    """One that offers these mechanisms."""

    def __init__(self, mechanisms, passdb="driver = static\n  args = password="
                 + PASSWORD):
        self.passdb = passdb
        self.more = "auth_mechanisms = " + " ".join(mechanisms).lower() + "\n"
        super().__init__(1)

    def methods(self):
        """By which it has let somebody in, one after the other."""
        with open(os.path.join(self.folder, "log")) as f:
            return [line.split("method=")[1].split(",")[0]
                    for line in f if " Login: " in line]


class Mechanisms(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="mailctl-dovecot-")

    def tearDown(self):
        shutil.rmtree(self.home)

    def log_in(self, server, secret, status=0, tls=True, token=False):
        config = os.path.join(self.home, "config")
        with open(config, "w") as f:
            f.write("account a\nimap %s://localhost:%d\nuser user0\n"
                    "ca_file %s\n%s echo '%s'\n" % (
                        "imaps" if tls else "imap",
                        server.imaps if tls else server.imap, server.ca,
                        "token_cmd" if token else "password_cmd", secret))
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "MAILCTL_"))}
        r = subprocess.run([MAILCTL, "--config", config, "mailbox", "list"],
                           capture_output=True, timeout=60,
                           stdin=subprocess.DEVNULL,
                           env=dict(env, HOME=self.home))
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        if status == 0:
            self.assertIn(b"INBOX", r.stdout)
        return r.stderr.decode()

    def test_passwords(self):
        for mechanism in PASSWORDS:
            server = Dovecot([mechanism])
            try:
                self.log_in(server, PASSWORD)
                self.log_in(server, PASSWORD, tls=False)
                self.log_in(server, "wrong", status=77)
                self.assertEqual(server.methods(), [mechanism] * 2)
            finally:
                server.close()

    def test_the_best_of_all(self):
        server = Dovecot(PASSWORDS)
        try:
            self.log_in(server, PASSWORD)
            self.assertEqual(server.methods(), ["SCRAM-SHA-256"])
        finally:
            server.close()

    def test_what_binds_is_used_where_it_is_offered(self):
        """Dovecot has it from 2.4 on."""
        server = Dovecot(PASSWORDS)
        try:
            with socket.create_connection(("127.0.0.1", server.imaps)) as s, \
                    ssl.create_default_context(cafile=server.ca).wrap_socket(
                        s, server_hostname="localhost") as tls:
                greeting = tls.makefile("rb").readline()
            self.assertIn(b"AUTH=SCRAM-SHA-256", greeting)
            binds = b"AUTH=SCRAM-SHA-256-PLUS" in greeting
            self.log_in(server, PASSWORD)
            self.assertEqual(server.methods(), [
                "SCRAM-SHA-256-PLUS" if binds else "SCRAM-SHA-256"])
            self.assertEqual(binds, version() >= (2, 4), greeting)
        finally:
            server.close()

    def test_tokens(self):
        provider = Introspection()
        oauth = os.path.join(self.home, "oauth2")
        with open(oauth, "w") as f:
            f.write("introspection_url = http://127.0.0.1:%d/\n"
                    "introspection_mode = auth\nusername_attribute = email\n"
                    "active_attribute = active\nactive_value = true\n"
                    % provider.server_port)
        os.chmod(self.home, 0o755)
        try:
            for mechanism in TOKENS:
                self.tokens(mechanism, provider, oauth)
        finally:
            provider.shutdown()
            provider.server_close()

    def tokens(self, mechanism, provider, oauth):
        server = Dovecot([mechanism], "driver = oauth2\n  mechanisms = %s\n"
                         "  args = %s" % (mechanism.lower(), oauth))
        try:
            self.log_in(server, TOKEN, token=True)
            self.assertEqual(server.methods(), [mechanism])
            self.assertEqual(provider.asked, [TOKEN])
            self.log_in(server, "stale", token=True, status=77)
            self.assertEqual(provider.asked, [TOKEN, "stale"])
            # A password is no token, and is told to nobody.
            self.log_in(server, PASSWORD, status=77)
            self.assertEqual(provider.asked, [TOKEN, "stale"])
            self.assertEqual(server.methods(), [mechanism])
        finally:
            server.close()
            provider.asked.clear()


if __name__ == "__main__":
    main()
