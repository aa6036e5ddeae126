# SPDX-License-Identifier: ISC
"""The roles together: kills, stops, reloads, errors at the start, logins.

A role that dies is survived by the others and comes back; what cannot start
says why and exits with the status of sysexits(3).
"""

import http.client
import json
import os
import random
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from maildtest import (MAILD, Maild, MaildTest, base_port, main, message,
                       wait_for)
from rawimap import Closed, Imap

ROUNDS = 300 if os.environ.get("LONG") == "true" else 15
GONE = (OSError, EOFError, Closed)


def roles(pid):
    """{pid: role} of a master's children."""
    out = {}
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name) as f:
                head, tail = f.read().rsplit(")", 1)
            if int(tail.split()[1]) == pid:
                out[int(name)] = head.split("(", 1)[1].replace("maild-", "")
        except (OSError, ValueError):
            continue
    return out


def api(path, method, url, body=None):
    """(status, body) of a request to the control socket."""
    c = http.client.HTTPConnection("localhost")
    c.sock = socket.socket(socket.AF_UNIX)
    c.sock.connect(path)
    c.request(method, url, body, {"Content-Type": "application/json"})
    r = c.getresponse()
    got = r.status, r.read()
    c.close()
    return got


class RolesTest(MaildTest):
    def kill_role(self, role):
        pid = random.choice([p for p, r in roles(self.maild.process.pid).items()
                             if r == role])
        os.kill(pid, signal.SIGKILL)

    def can_log_in(self):
        try:
            c = self.imap()
            c.login()
            c.close()
            return True
        except GONE + (AssertionError,):
            return False

    def imap(self, plain=False):
        if plain:
            return Imap("localhost", self.maild.port("imap"))
        return Imap("localhost", self.maild.port("imaps"), ca=self.maild.ca)

    def last_words(self, c):
        """Everything until the connection ends."""
        said = b""
        try:
            while True:
                line = c.file.readline()
                if not line:
                    return said
                said += line
        except OSError:
            return said


class Kills(RolesTest):
    maild_args = ("--plaintext",)

    def test_each_role_comes_back(self):
        self.maild.deliver(message("before"))
        for role in ("auth", "mail", "front"):
            self.kill_role(role)
            wait_for("login after a kill of " + role, 10, self.can_log_in)
        bodies = b"".join(self.fetch_all().values())
        self.assertEqual(bodies.count(b"Subject: before"), 1)

    def test_sessions_outlive_auth(self):
        c = self.imap()
        c.login()
        self.kill_role("auth")
        c.ok(b"NOOP")
        wait_for("login", 10, self.can_log_in)
        c.ok(b"SELECT INBOX")
        c.close()

    def test_plain_sessions_outlive_all_fronts(self):
        """Without TLS mail has the connection itself."""
        c = self.imap(plain=True)
        c.login()
        for _ in range(2):
            for pid, role in roles(self.maild.process.pid).items():
                if role == "front":
                    os.kill(pid, signal.SIGKILL)
            wait_for("login", 10, self.can_log_in)
        c.ok(b"NOOP")
        c.close()

    def test_sessions_end_in_order_when_mail_dies(self):
        for plain in (False, True):
            c = self.imap(plain)
            c.login()
            self.kill_role("mail")
            said = self.last_words(c)
            self.assertTrue(said == b"" or said.startswith(b"* BYE"), said)
            c.close()
            wait_for("login", 30, self.can_log_in)

    def test_kills_at_random(self):
        """Deliveries that were acknowledged are there, once."""
        r = random.Random(ROUNDS)
        sent = 0
        for n in range(ROUNDS):
            self.kill_role(r.choice(("auth", "mail", "front")))
            time.sleep(r.random() / 5)
            try:
                self.maild.deliver(message("kill-%d" % n), to="user1@localhost")
                sent += 1
                expected = True
            except (smtplib.SMTPException, OSError):
                expected = False
            if expected:
                self.kill_role("mail")
                wait_for("login", 15, self.can_log_in)
                bodies = wait_for("mail", 15, lambda: self.try_fetch("user1"))
                self.assertEqual(b"".join(bodies.values()).count(
                    b"Subject: kill-%d\r\n" % n), 1)
        wait_for("login", 15, self.can_log_in)
        self.assertGreater(sent, 0)

    def try_fetch(self, user):
        try:
            return self.fetch_all(user)
        except Exception:
            return None


class Stops(unittest.TestCase):
    def test_sessions_are_told(self):
        maild = Maild("--plaintext")
        tls = Imap("localhost", maild.port("imaps"), ca=maild.ca)
        plain = Imap("localhost", maild.port("imap"))
        early = Imap("localhost", maild.port("imap"))
        smtp = maild.smtp()
        lmtp = socket.create_connection(("localhost", maild.port("lmtp")))
        lmtp_file = lmtp.makefile("rb")
        self.assertTrue(lmtp_file.readline().startswith(b"220 "))
        for c in (tls, plain):
            c.login()
            c.ok(b"SELECT INBOX")
            c.start(b"IDLE")
            c.response()
        start = time.monotonic()
        maild.process.send_signal(signal.SIGTERM)
        for c in (tls, plain, early):
            self.assertTrue(c.response()[0][0].startswith(b"* BYE"))
            self.assertEqual(c.file.read(), b"")
            c.close()
        self.assertTrue(smtp.getreply()[0] == 421)
        smtp.close()
        self.assertTrue(lmtp_file.readline().startswith(b"421 "))
        lmtp_file.close()
        lmtp.close()
        maild.stop()
        self.assertLess(time.monotonic() - start, 10)

    def test_a_dead_master_takes_its_roles_along(self):
        maild = Maild()
        children = roles(maild.process.pid)
        self.assertGreaterEqual(len(children), 3)
        os.kill(maild.process.pid, signal.SIGKILL)
        maild.process.wait()
        wait_for("the roles' end", 15, lambda: not any(
            os.path.exists("/proc/%d" % pid) for pid in children))
        maild.process.stdout.close()
        # The lock and the ports are free again.
        maild.start()
        maild.stop()


class Logins(RolesTest):
    maild_args = ("-o", "limits { connections_per_user 2; "
                        "auth_failures 4 per 1h }")

    def test_the_limit_names_its_setting(self):
        sessions = []
        for _ in range(2):
            c = self.imap()
            c.login()
            sessions.append(c)
        c = self.imap()
        status, _ = c.command(b"LOGIN test test")
        self.assertTrue(status.startswith(b"NO [LIMIT]"), status)
        self.assertIn(b"connections_per_user", status)
        sessions.pop().close()
        wait_for("room", 5, self.can_log_in)
        sessions.pop().close()
        c.close()

    def test_what_follows_a_login_in_the_same_packet_counts(self):
        c = self.imap()
        c.send(b"a LOGIN user1 test\r\nb SELECT INBOX\r\nc LOGOUT\r\n")
        for tag in (b"a", b"b", b"c"):
            status, _ = c.finish(tag)
            self.assertTrue(status.startswith(b"OK"), status)
        c.close()

    def test_a_new_password_and_a_deletion_end_sessions(self):
        def begin():
            c = self.imap()
            c.login("user2", "test")
            return c
        c = begin()
        status, _ = api(self.maild.socket, "PUT", "/v1/users/user2/password",
                        '{"password": "new"}')
        self.assertLess(status, 300)
        self.assertTrue(self.last_words(c).startswith(b"* BYE"))
        c.close()
        c = self.imap()
        self.assertTrue(c.command(b"LOGIN user2 test")[0].startswith(b"NO"))
        c.ok(b"LOGIN user2 new")
        status, _ = api(self.maild.socket, "DELETE", "/v1/users/user2")
        self.assertLess(status, 300)
        self.assertTrue(self.last_words(c).startswith(b"* BYE"))
        c.close()
        c = self.imap()
        self.assertTrue(c.command(b"LOGIN user2 new")[0].startswith(b"NO"))
        c.close()

    def test_guessing_is_slow_and_ends(self):
        c = self.imap()
        start = time.monotonic()
        self.assertTrue(c.command(b"LOGIN user3 x")[0].startswith(
            b"NO [AUTHENTICATIONFAILED]"))
        self.assertGreater(time.monotonic() - start, 0.4)
        # The same one again is not counted …
        for _ in range(4):
            c.command(b"LOGIN user3 x")
        c.close()
        c = self.imap()
        c.ok(b"LOGIN user3 test")
        c.close()


class Server:
    """maild with a configuration file."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="maild-roles-")
        self.base, self.claim = base_port()
        self.conf = os.path.join(self.dir, "maild.conf")
        self.process = None
        self.write()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, extra="", state="state"):
        with open(self.conf, "w") as f:
            f.write('hostname localhost\nuser ""\n'
                    "listen imaps 127.0.0.1:%d\n"
                    "listen imap 127.0.0.1:%d\n"
                    "listen lmtp unix:%s\n"
                    "state_dir %s\ncontrol_socket %s\nworkers 1\n%s" % (
                        self.base + 993, self.base + 143, self.path("lmtp"),
                        self.path(state), self.path("control"), extra))

    def start(self):
        log = os.open(self.path("log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.process = subprocess.Popen([MAILD, "-f", self.conf], stderr=log)
        os.close(log)
        wait_for("serving", 30, lambda: "serving" in self.log())

    def log(self):
        with open(self.path("log")) as f:
            return f.read()

    def run(self):
        """(status, what it said) of a server that should not start."""
        r = subprocess.run([MAILD, "-f", self.conf], capture_output=True,
                           timeout=60)
        return r.returncode, r.stderr.decode()

    def reload(self, said):
        before = self.log().count(said)
        self.process.send_signal(signal.SIGHUP)
        wait_for(said, 10, lambda: self.log().count(said) > before)

    def close(self):
        """It ends by itself, with status 0, and no sanitizer complains."""
        log, status = "", 0
        if self.process is not None:
            self.process.terminate()
            status = self.process.wait(30)
            log = self.log()
        shutil.rmtree(self.dir)
        if status != 0 or "Sanitizer" in log:
            raise AssertionError("status %d\n%s" % (status, log))


class FileTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def make_cert(self, name):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=" + name, "-keyout", self.server.path(name + ".key"),
             "-out", self.server.path(name + ".crt")],
            check=True, capture_output=True)
        return "tls { cert %s; key %s }\n" % (
            self.server.path(name + ".crt"), self.server.path(name + ".key"))


class Reloads(FileTest):
    def capabilities(self):
        c = Imap("127.0.0.1", self.server.base + 143)
        got = c.ok(b"CAPABILITY")[1][0][0][0]
        c.close()
        return got

    def test_all_or_nothing(self):
        s = self.server
        s.start()
        self.assertIn(b"LOGINDISABLED", self.capabilities())
        s.write("plaintext yes\n")
        s.reload("reloaded role=front")
        self.assertNotIn(b"LOGINDISABLED", self.capabilities())
        s.write("plaintext no\nnonsense\n")
        s.reload("the old configuration stays")
        self.assertIn('unknown setting', s.log())
        self.assertNotIn(b"LOGINDISABLED", self.capabilities())
        s.write("plaintext no\nlog { format json }\n")
        s.reload("reloaded role=front")
        self.assertIn("a setting waits for a restart setting=log.format",
                      s.log())
        self.assertIn(b"LOGINDISABLED", self.capabilities())

    def name(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(
                ("127.0.0.1", self.server.base + 993)) as raw:
            with context.wrap_socket(raw) as c:
                pem = ssl.DER_cert_to_PEM_cert(c.getpeercert(True))
        return subprocess.run(
            ["openssl", "x509", "-noout", "-subject"], input=pem.encode(),
            capture_output=True, check=True).stdout.decode().strip()

    def test_certificates_are_swapped_for_new_handshakes(self):
        s = self.server
        one, two = self.make_cert("one"), self.make_cert("two")
        s.write(one)
        s.start()
        self.assertTrue(self.name().endswith("one"))
        old = Imap("127.0.0.1", s.base + 143)
        s.write(two)
        s.reload("reloaded role=front")
        self.assertTrue(self.name().endswith("two"))
        old.ok(b"NOOP")
        # A key of another certificate: the old pair stays.
        s.write("tls { cert %s; key %s }\n" % (s.path("one.crt"),
                                               s.path("two.key")))
        s.reload("the old configuration stays")
        self.assertTrue(self.name().endswith("two"))
        old.ok(b"NOOP")
        old.close()


class Index(FileTest):
    """The setting search_index."""

    def ctl(self, method, url, body=None):
        status, got = api(self.server.path("control"), method, "/v1" + url,
                          body)
        self.assertLess(status, 300, got)
        return json.loads(got) if got else None

    def wait_index(self, there):
        def done():
            now = self.ctl("GET", "/index")
            return now["idle"] and (now["indexed"] > 0) == there
        wait_for("an index: %s" % there, 60, done)

    def turn(self, value):
        self.server.write("plaintext yes\nsearch_index %s\n" % value)
        self.server.reload("reloaded role=mail")

    def test_it_goes_and_comes_and_the_same_is_found(self):
        s = self.server
        s.write("plaintext yes\n")
        s.start()
        self.ctl("POST", "/users", json.dumps(
            {"address": "a@localhost", "password": "secret"}))
        c = Imap("127.0.0.1", s.base + 143)
        c.login("a@localhost", "secret")
        c.ok(b"APPEND INBOX" + b"".join(
            b" {%d+}\r\n%s" % (len(m), m)
            for m in (b"Subject: n%dx\r\n\r\n" % i for i in range(600))))
        c.ok(b"SELECT INBOX")

        def search():
            return [c.command(b"SEARCH SUBJECT " + w)[1][0][0][0]
                    for w in (b"n399x", b"n600x")]
        self.wait_index(True)
        found = search()
        self.assertIn(b"SEARCH 400", found[0])
        self.turn("no")
        self.wait_index(False)
        self.assertEqual(search(), found)
        self.turn("yes")
        self.wait_index(True)
        self.assertEqual(search(), found)
        c.close()


class Threads(FileTest):
    def test_threads_have_names(self):
        s = self.server
        s.start()
        names = set()
        for pid in roles(s.process.pid):
            for tid in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/comm" % (pid, tid)) as f:
                    names.add(f.read().strip())
        self.assertLessEqual(
            {"maild-mail", "mail-0", "mail-writer", "mail-index", "mail-dkim",
             "maild-auth", "auth-hash", "maild-front", "maild-outbound"},
            names)


class Starts(FileTest):
    def expect(self, status, *texts):
        got, said = self.server.run()
        self.assertEqual(got, status, said)
        for text in texts:
            self.assertIn(text, said)

    def test_a_port_in_use(self):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", self.server.base + 993))
            s.listen()
            self.expect(71, "imaps 127.0.0.1:%d" % (self.server.base + 993),
                        "in use")

    def test_a_server_that_runs_already(self):
        self.server.start()
        self.expect(73, "another maild runs on",
                    str(self.server.process.pid))

    def test_a_key_that_cannot_be_read(self):
        self.server.write(self.make_cert("one"))
        os.unlink(self.server.path("one.key"))
        self.expect(78, self.server.path("one.key"))

    def test_a_key_of_another_certificate(self):
        self.make_cert("one")
        self.make_cert("two")
        self.server.write("tls { cert %s; key %s }\n" % (
            self.server.path("one.crt"), self.server.path("two.key")))
        self.expect(78, self.server.path("two.key"))

    def test_a_store_that_does_not_open(self):
        for part in ("mail", "auth"):
            shutil.rmtree(self.server.path("state"), ignore_errors=True)
            os.makedirs(os.path.join(self.server.path("state"), part))
            with open(self.server.path("state/%s/data.mdb" % part), "wb") as f:
                f.write(b"garbage" * 10000)
            self.expect(73, self.server.path("state/" + part))

    def test_a_folder_that_cannot_be(self):
        self.server.write(state="no/such/folder")
        self.expect(73, self.server.path("no/such/folder"))

    @unittest.skipUnless(os.geteuid() == 0, "only root changes the user")
    def test_a_user_that_is_not_there(self):
        with open(self.server.conf) as f:
            text = f.read()
        with open(self.server.conf, "w") as f:
            f.write(text.replace('user ""', "user nosuchuser"))
        self.expect(78, "nosuchuser")

    @unittest.skipUnless(os.geteuid() == 0, "only root changes the user")
    def test_roles_run_as_the_user(self):
        s = self.server
        os.chmod(s.dir, 0o755)
        with open(s.conf) as f:
            text = f.read()
        with open(s.conf, "w") as f:
            f.write(text.replace('user ""', "user nobody"))
        s.start()
        for pid in roles(s.process.pid):
            with open("/proc/%d/status" % pid) as f:
                uids = [l.split()[1:] for l in f if l.startswith("Uid:")][0]
            self.assertNotIn("0", uids)

    def test_what_a_crash_left_is_no_obstacle(self):
        s = self.server
        s.start()
        group = roles(s.process.pid)
        s.process.kill()
        for pid in group:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        s.process.wait()
        self.assertTrue(os.path.exists(s.path("lmtp")))
        s.start()
        with smtplib.LMTP(s.path("lmtp")) as c:
            self.assertEqual(c.noop()[0], 250)

    def test_the_service_manager_is_told(self):
        s = self.server
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(s.path("notify"))
            notify.settimeout(30)
            os.environ["NOTIFY_SOCKET"] = s.path("notify")
            try:
                s.start()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            self.assertEqual(notify.recv(100), b"READY=1")
            s.process.send_signal(signal.SIGHUP)
            self.assertEqual(notify.recv(100), b"RELOADING=1")
            self.assertEqual(notify.recv(100), b"READY=1")
            s.process.terminate()
            self.assertEqual(notify.recv(100), b"STOPPING=1")


if __name__ == "__main__":
    main()
