# SPDX-License-Identifier: ISC
"""SCRAM: libgsasl's client, mailctl, and one of our own that can misbehave;
EXTERNAL: certificates that openssl makes."""

import base64
import hashlib
import hmac
import imaplib
import os
import re
import smtplib
import ssl
import subprocess
import tempfile

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
                self.maild.log_tail()))


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

    def make(self, name, common_name, *addresses, days="1"):
        path = os.path.join(self.folder, name)
        with open(path + ".ext", "w") as f:
            f.write("extendedKeyUsage=clientAuth\n")
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


if __name__ == "__main__":
    main()
