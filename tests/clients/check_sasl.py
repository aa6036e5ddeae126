# SPDX-License-Identifier: ISC
"""SCRAM: libgsasl's client, mailctl, and one of our own that can misbehave;
EXTERNAL: certificates that openssl makes; tokens: a small provider, curl."""

import base64
import hashlib
import hmac
import http.server
import imaplib
import json
import os
import re
import smtplib
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

from maildtest import MAILCTL, Maild, MaildTest, PASSWORD, main


def digest(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


class Scram:
    """The client's side (RFC 5802), as imaplib and smtplib call it."""

    def __init__(self, user, password, flag="n", binding=b""):
        self.user, self.password = user, password
        self.header = flag.encode() + b",,"
        self.binding = binding
        self.nonce = base64.b64encode(os.urandom(18))
        self.salt = self.verified = None
        self.steps = iter((self.first, self.final, self.verify))

    def __call__(self, challenge=None):
        return next(self.steps)(challenge)

    def first(self, challenge):
        self.bare = b"n=" + self.user.encode() + b",r=" + self.nonce
        return self.header + self.bare

    def final(self, challenge):
        fields = dict(f.split(b"=", 1) for f in challenge.split(b","))
        assert fields[b"r"].startswith(self.nonce)
        self.salt = base64.b64decode(fields[b"s"])
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(),
                                     self.salt, int(fields[b"i"]))
        bound = base64.b64encode(self.header + self.binding)
        without = b"c=" + bound + b",r=" + fields[b"r"]
        text = b",".join((self.bare, challenge, without))
        key = digest(salted, b"Client Key")
        signature = digest(hashlib.sha256(key).digest(), text)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self.verifier = digest(digest(salted, b"Server Key"), text)
        return without + b",p=" + base64.b64encode(proof)

    def verify(self, challenge):
        self.verified = challenge == b"v=" + base64.b64encode(self.verifier)
        return b""


class Sasl(MaildTest):
    def connect(self, context=None):
        return imaplib.IMAP4_SSL("localhost", self.maild.port("imaps"),
                                 ssl_context=context or self.maild.tls())

    def login(self, scram, mechanism="SCRAM-SHA-256", context=None):
        c = self.connect(context)
        try:
            c.authenticate(mechanism, scram)
        finally:
            c.logout()
        self.assertTrue(scram.verified)

    def refused(self, scram, text, *args):
        with self.assertRaisesRegex(imaplib.IMAP4.error, text):
            self.login(scram, *args)

    def end_point(self):
        """Of the server's certificate, whose signature is SHA-256's."""
        pem = ssl.get_server_certificate(("localhost",
                                          self.maild.port("imaps")))
        der = ssl.PEM_cert_to_DER_cert(pem)
        return hashlib.sha256(der).digest()

    def test_order_and_places_of_the_offer(self):
        c = imaplib.IMAP4("localhost", self.maild.port("imap"))
        self.assertFalse([x for x in c.capabilities if "AUTH=" in x])
        c.starttls(self.maild.tls())
        self.assertEqual([x for x in c.capabilities if "AUTH=" in x][0],
                         "AUTH=PLAIN")
        self.assertIn("AUTH=SCRAM-SHA-256-PLUS", c.capabilities)
        c.logout()

    def gsasl(self, protocol, port, *args):
        r = subprocess.run(
            ["gsasl", "--connect=localhost:%d" % self.maild.port(port),
             "--" + protocol, "--starttls", "--x509-ca-file", self.maild.ca,
             "--authentication-id=test", "--password=" + PASSWORD,
             "--service=" + protocol, "--no-client-first"] + list(args),
            capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertIn(b"Client authentication finished (server trusted)",
                      r.stderr)

    def test_gsasl(self):
        for protocol, port in (("imap", "imap"), ("smtp", "submission")):
            self.gsasl(protocol, port, "--mechanism=SCRAM-SHA-256", "--no-cb")
            self.gsasl(protocol, port, "--mechanism=SCRAM-SHA-256-PLUS")

    def test_right_and_wrong(self):
        self.login(Scram("test", PASSWORD))
        self.login(Scram("TEST@localhost", PASSWORD, flag="n"))
        self.refused(Scram("user1", "wrong"), "AUTHENTICATIONFAILED")
        self.refused(Scram("nobody", PASSWORD), "AUTHENTICATIONFAILED")
        self.refused(Scram("test", PASSWORD, "n,a=user1"), "BAD")

    def test_end_point_binds_on_tls_1_2(self):
        context = self.maild.tls()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        good = self.end_point()
        flag = "p=tls-server-end-point"
        self.login(Scram("test", PASSWORD, flag, good), "SCRAM-SHA-256-PLUS",
                   context)
        self.refused(Scram("test", PASSWORD, flag, good[::-1]),
                     "AUTHENTICATIONFAILED", "SCRAM-SHA-256-PLUS", context)
        # The exporter of TLS 1.2 is not unique.
        self.refused(Scram("test", PASSWORD, "p=tls-exporter", good), "BAD",
                     "SCRAM-SHA-256-PLUS", context)

    def test_who_is_kept_from_binding_is_refused(self):
        self.refused(Scram("test", PASSWORD, "y"), "BAD")

    def test_submission(self):
        s = smtplib.SMTP("localhost", self.maild.port("submission"))
        s.starttls(context=self.maild.tls())
        s.ehlo()
        self.assertIn("SCRAM-SHA-256-PLUS", s.esmtp_features["auth"])
        scram = Scram("test", PASSWORD)
        first = base64.b64encode(scram(b"")).decode()
        code, text = s.docmd("AUTH", "SCRAM-SHA-256 " + first)
        while code == 334:
            answer = scram(base64.b64decode(text))
            code, text = s.docmd(base64.b64encode(answer).decode())
        self.assertEqual(code, 235)
        self.assertTrue(scram.verified)
        s.quit()

    def salt(self, user):
        scram = Scram(user, "wrong")
        self.refused(scram, "AUTHENTICATIONFAILED")
        return scram.salt

    def test_salt_tells_nothing(self):
        """Also over a restart; and who is made then keeps it."""
        before = [self.salt(u) for u in ("user2", "ghost")]
        self.assertNotEqual(before[0], before[1])
        self.maild.process.terminate()
        self.maild.process.wait(30)
        self.maild.process.stdout.close()
        self.maild.start()
        self.assertEqual([self.salt(u) for u in ("user2", "ghost")], before)
        r = self.maild.mailctl("user", "add", "ghost@localhost",
                               env={"MAILCTL_PASSWORD": "boo"})
        self.assertEqual(r.returncode, 0, r.stderr)
        scram = Scram("ghost", "boo")
        self.login(scram)
        self.assertEqual(scram.salt, before[1])

    def test_mailctl_binds(self):
        before = len(self.maild.log_tail(1 << 24))
        for kind in ("imaps", "imap"):
            url = "%s://localhost:%d" % (kind, self.maild.port(kind))
            self.run_ok([MAILCTL, "--imap", url, "--user", "test", "--ca-file",
                         self.maild.ca, "mailbox", "list"],
                        env=dict(os.environ, MAILCTL_PASSWORD=PASSWORD))
        url = "smtps://localhost:%d" % self.maild.port("submissions")
        self.run_ok([MAILCTL, "--smtp", url, "--user", "test", "--ca-file",
                     self.maild.ca, "send", "--from", "test@localhost", "--to",
                     "user1@localhost", "--subject", "bound"],
                    env=dict(os.environ, MAILCTL_PASSWORD=PASSWORD),
                    input=b"Hello\n")
        for service in ("imap", "submission"):
            self.assertTrue(re.search(
                "logged in .*service=%s mechanism=SCRAM-SHA-256-PLUS" % service,
                self.maild.log_tail(1 << 24)[before:]))


class Access(MaildTest):
    """Who may log in, as mailctl decides it."""

    def mailctl(self, *args):
        r = self.maild.mailctl(*args)
        self.assertEqual(r.returncode, 0, r.stderr)
        return r.stdout.decode()

    def refused(self, user, password):
        with self.assertRaisesRegex(imaplib.IMAP4.error,
                                    "AUTHENTICATIONFAILED"):
            self.maild.imap(user, password)

    def test_application_passwords(self):
        made = [self.mailctl("user", "app-password", "add", "test", name)
                .strip() for name in ("phone", "laptop")]
        session = self.maild.imap("test", made[0])
        url = "imaps://localhost:%d" % self.maild.port("imaps")
        self.run_ok([MAILCTL, "--imap", url, "--user", "test", "--ca-file",
                     self.maild.ca, "mailbox", "list"],
                    env=dict(os.environ, MAILCTL_PASSWORD=made[1]))
        listed = self.mailctl("user", "app-password", "list", "test")
        self.assertEqual([line.split("\t")[:2] for line in
                          listed.splitlines()],
                         [["1", "phone"], ["2", "laptop"]])
        self.mailctl("user", "app-password", "revoke", "test", "1")
        with self.assertRaises(imaplib.IMAP4.abort):
            session.noop()
        self.refused("test", made[0])
        self.maild.imap("test", made[1]).logout()
        self.maild.imap("test", PASSWORD).logout()
        r = self.maild.mailctl("user", "app-password", "revoke", "test", "1")
        self.assertEqual(r.returncode, 67)

    def test_disabled(self):
        session = self.maild.imap("user1")
        self.mailctl("user", "disable", "user1")
        with self.assertRaises(imaplib.IMAP4.abort):
            session.noop()
        self.refused("user1", PASSWORD)
        with self.assertRaises(smtplib.SMTPRecipientsRefused):
            self.maild.deliver(b"Subject: x\r\n\r\nx\r\n", "user1@localhost")
        self.assertIn("user1@localhost", self.mailctl("user", "list"))
        self.mailctl("user", "enable", "user1")
        self.maild.imap("user1").logout()
        self.maild.deliver(b"Subject: x\r\n\r\nx\r\n", "user1@localhost")


class Certificates:
    """An authority, and what it signs, in a folder."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        self.ca = os.path.join(folder, name)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=" + name, "-keyout", self.ca + ".key",
                     "-out", self.ca + ".pem")

    @staticmethod
    def openssl(*args):
        subprocess.run(["openssl"] + list(args), check=True,
                       capture_output=True)

    def make(self, name, common_name, *addresses, days="1",
             usage="extendedKeyUsage=clientAuth\n"):
        path = os.path.join(self.folder, name)
        with open(path + ".ext", "w") as f:
            f.write(usage)
            if addresses:
                f.write("subjectAltName=" + ",".join(
                    "email:" + a for a in addresses))
        self.openssl("req", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-subj",
                     "/CN=" + common_name, "-keyout", path + ".key", "-out",
                     path + ".csr")
        self.openssl("x509", "-req", "-in", path + ".csr", "-CA",
                     self.ca + ".pem", "-CAkey", self.ca + ".key", "-days",
                     days, "-extfile", path + ".ext", "-out", path + ".pem")
        return path + ".pem", path + ".key"


class External(MaildTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = Certificates(cls.folder.name)
        cls.maild_args = ("-o", "tls { client_ca %s.pem }" % cls.made.ca)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    def connect(self, pair, maild=None):
        maild = maild or self.maild
        context = maild.tls()
        if pair:
            context.load_cert_chain(*pair)
        return imaplib.IMAP4_SSL("localhost", maild.port("imaps"),
                                 ssl_context=context)

    def login(self, pair, identity="", maild=None):
        c = self.connect(pair, maild)
        self.assertIn("AUTH=EXTERNAL", c.capabilities)
        c.authenticate("EXTERNAL", lambda _: identity.encode())
        c.logout()

    def not_offered(self, pair):
        c = self.connect(pair)
        self.assertNotIn("AUTH=EXTERNAL", c.capabilities)
        with self.assertRaisesRegex(imaplib.IMAP4.error, "No such mechanism"):
            c.authenticate("EXTERNAL", lambda _: b"test")
        c.login("test", PASSWORD)
        c.logout()

    def test_its_address_is_the_user(self):
        self.login(self.made.make("a", "x", "test@localhost"))

    def test_identity_chooses_among_its_addresses(self):
        pair = self.made.make("b", "x", "user1@localhost", "USER2@localhost")
        for identity in ("", "user1", "user2@LOCALHOST"):
            self.login(pair, identity)
        for identity in ("user3", "test@localhost", "\udcff"):
            with self.assertRaisesRegex(imaplib.IMAP4.error,
                                        "AUTHENTICATIONFAILED"):
                c = self.connect(pair)
                c.authenticate("EXTERNAL", lambda _: identity.encode(
                    errors="surrogateescape"))

    def test_nobody_of_that_name(self):
        pair = self.made.make("c", "x", "ghost@localhost")
        with self.assertRaisesRegex(imaplib.IMAP4.error,
                                    "AUTHENTICATIONFAILED"):
            self.login(pair)

    def test_only_good_ones_count(self):
        self.not_offered(None)
        self.not_offered(self.made.make("d", "test@localhost"))
        self.not_offered(self.made.make("e", "x", "test@localhost", days="-1"))
        other = Certificates(self.folder.name, "other")
        self.not_offered(other.make("f", "x", "test@localhost"))
        self.not_offered((other.ca + ".pem", other.ca + ".key"))

    def test_submission(self):
        context = self.maild.tls()
        context.load_cert_chain(*self.made.make("g", "x", "test@localhost"))
        s = smtplib.SMTP("localhost", self.maild.port("submission"))
        s.ehlo()
        self.assertFalse(s.has_extn("auth"))
        s.starttls(context=context)
        s.ehlo()
        self.assertIn("EXTERNAL", s.esmtp_features["auth"])
        self.assertEqual(s.docmd("AUTH", "EXTERNAL =")[0], 235)
        s.quit()

    def test_common_name(self):
        args = list(self.maild_args) + ["-o", "tls { client_user common_name }"]
        maild = Maild(*args)
        try:
            self.login(self.made.make("h", "user1"), maild=maild)
        finally:
            maild.stop()


class Provider(http.server.ThreadingHTTPServer):
    """An authorization server that tells what it knows of tokens."""

    daemon_threads = True

    def __init__(self, pair):
        super().__init__(("127.0.0.1", 0), Introspection)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.tokens, self.asked, self.down = {}, [], False
        self.url = "https://localhost:%d/introspect" % self.server_port
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Introspection(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = urllib.parse.parse_qs(body)
        server = self.server
        server.asked.append(form["token"][0])
        good = base64.b64encode(b"maild:se cret").decode()
        status = 200
        if self.headers["Authorization"] != "Basic " + good:
            status = 401
        elif server.down:
            status = 500
        answer = server.tokens.get(form["token"][0], {"active": False})
        text = json.dumps(answer).encode() if status == 200 else b"no"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


class OAuth(MaildTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        made = Certificates(cls.folder.name)
        cls.provider = Provider(made.make("server", "localhost", usage=(
            "extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\n")))
        secret = os.path.join(cls.folder.name, "secret")
        with open(secret, "w") as f:
            f.write("se cret\n")
        cls.maild_args = (
            "-o", "relay { ca_file %s.pem }" % made.ca, "-o",
            "auth { introspection_url %s; introspection_user maild; "
            "introspection_password_file %s; introspection_scope mail }" % (
                cls.provider.url, secret))
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.provider.shutdown()
        cls.folder.cleanup()

    def setUp(self):
        self.provider.tokens = {}
        self.provider.down = False
        self.provider.asked.clear()

    def issue(self, token, user, **claims):
        self.provider.tokens[token] = dict(
            {"active": True, "username": user, "scope": "openid mail",
             "exp": int(time.time()) + 3600}, **claims)

    def bearer(self, token, user=""):
        return ("n,%s,\1host=localhost\1auth=Bearer %s\1\1" % (
            user and "a=" + user, token)).encode()

    def xoauth2(self, token, user):
        return ("user=%s\1auth=Bearer %s\1\1" % (user, token)).encode()

    def login(self, mechanism, message):
        c = imaplib.IMAP4_SSL("localhost", self.maild.port("imaps"),
                              ssl_context=self.maild.tls())
        challenges = []

        def respond(challenge):
            challenges.append(challenge)
            return message if len(challenges) == 1 else b"\1"

        try:
            c.authenticate(mechanism, respond)
        finally:
            c.logout()
            self.errors = challenges[1:]

    def refused(self, mechanism, message, text="AUTHENTICATIONFAILED"):
        with self.assertRaisesRegex(imaplib.IMAP4.error, text):
            self.login(mechanism, message)

    def test_it_is_offered(self):
        c = imaplib.IMAP4("localhost", self.maild.port("imap"))
        self.assertNotIn("AUTH=OAUTHBEARER", c.capabilities)
        c.starttls(self.maild.tls())
        self.assertIn("AUTH=OAUTHBEARER", c.capabilities)
        self.assertIn("AUTH=XOAUTH2", c.capabilities)
        c.logout()

    def test_good_tokens(self):
        self.issue("good-1", "test")
        self.login("OAUTHBEARER", self.bearer("good-1"))
        self.login("OAUTHBEARER", self.bearer("good-1", "TEST@localhost"))
        self.login("XOAUTH2", self.xoauth2("good-1", "test"))
        # It was asked about once; then it was known.
        self.assertEqual(self.provider.asked, ["good-1"])

    def test_tokens_of_others(self):
        self.issue("good-2", "user1")
        self.refused("XOAUTH2", self.xoauth2("good-2", "test"))
        self.refused("OAUTHBEARER", self.bearer("good-2", "test"))
        self.issue("ghost", "ghost")
        self.refused("OAUTHBEARER", self.bearer("ghost"))

    def test_bad_tokens(self):
        self.issue("old", "test", exp=int(time.time()) - 1)
        self.issue("scopeless", "test", scope="openid")
        self.provider.tokens["odd"] = {"active": True}
        for token in ("old", "scopeless", "odd", "unknown"):
            self.refused("OAUTHBEARER", self.bearer(token))
            self.assertEqual(json.loads(self.errors[0])["status"],
                             "invalid_token")
            self.refused("XOAUTH2", self.xoauth2(token, "test"))
            self.assertEqual(json.loads(self.errors[0])["status"], "401")

    def test_no_answer_is_no_refusal(self):
        self.issue("later", "test")
        self.provider.down = True
        self.refused("OAUTHBEARER", self.bearer("later"), "UNAVAILABLE")
        self.provider.down = False
        self.login("OAUTHBEARER", self.bearer("later"))

    def test_malformed(self):
        for message in (b"", b"n,,\1\1", b"p=x,,\1auth=Bearer x\1\1"):
            self.refused("OAUTHBEARER", message, "BAD")
        self.refused("XOAUTH2", self.bearer("x"), "BAD")

    def test_submission(self):
        self.issue("smtp-1", "test")
        s = smtplib.SMTP("localhost", self.maild.port("submission"))
        s.starttls(context=self.maild.tls())
        s.ehlo()
        self.assertIn("XOAUTH2", s.esmtp_features["auth"])
        coded = base64.b64encode(self.xoauth2("bad", "test")).decode()
        code, text = s.docmd("AUTH", "XOAUTH2 " + coded)
        self.assertEqual(code, 334)
        self.assertIn(b"401", base64.b64decode(text))
        self.assertEqual(s.docmd("")[0], 535)
        coded = base64.b64encode(self.xoauth2("smtp-1", "test")).decode()
        self.assertEqual(s.docmd("AUTH", "XOAUTH2 " + coded)[0], 235)
        s.quit()

    def test_mailctl(self):
        self.issue("mailctl-1", "test")
        config = os.path.join(self.folder.name, "config")
        with open(config, "w") as f:
            f.write("account a\nimap imaps://localhost:%d\n"
                    "smtp smtps://localhost:%d\nuser test\nca_file %s\n"
                    "token_cmd echo mailctl-1\n" % (
                        self.maild.port("imaps"),
                        self.maild.port("submissions"), self.maild.ca))
        self.run_ok([MAILCTL, "--config", config, "mailbox", "list"])
        self.run_ok([MAILCTL, "--config", config, "send", "--from",
                     "test@localhost", "--to", "user1@localhost", "--subject",
                     "by token"], input=b"Hello\n")
        for service in ("imap", "submission"):
            self.assertTrue(re.search(
                "logged in .*service=%s mechanism=OAUTHBEARER" % service,
                self.maild.log_tail()))

    def test_curl(self):
        """A client that others have written."""
        self.issue("curl-1", "test")
        r = self.run_ok(["curl", "-sS", "--cacert", self.maild.ca, "--user",
                         "test", "--oauth2-bearer", "curl-1",
                         "imaps://localhost:%d/" % self.maild.port("imaps")])
        self.assertIn(b"INBOX", r.stdout)


if __name__ == "__main__":
    main()
