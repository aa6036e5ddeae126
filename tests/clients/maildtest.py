# SPDX-License-Identifier: ISC
"""Starts maild --dev for a test, and looks at it through a second connection.

The binary is $MAILD (and $MAILCTL); a sanitizer report of any role fails the
test that provoked it.
"""

import glob
import imaplib
import os
import pty
import random
import re
import select
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAILD = os.environ.get("MAILD", os.path.join(TOP, "maild", "maild"))
MAILCTL = os.environ.get("MAILCTL", os.path.join(TOP, "mailctl", "mailctl"))
PASSWORD = "test"

imaplib._MAXLINE = 1 << 24


OFFSETS = (24, 25, 143, 465, 587, 993)


def base_port():
    """A base whose ports are all free on 127.0.0.1, below those that the kernel
    gives to clients, and the socket that keeps it from other tests: two bases
    that are a multiple of 13 apart share no port."""
    bases = list(range(10000, 31700, 13))
    random.shuffle(bases)
    for base in bases:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind("\0maild-test-%d" % base)
            for offset in OFFSETS:
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", base + offset))
            return base, claim
        except OSError:
            claim.close()
    raise RuntimeError("no free ports")


claims = []  # of free_port(), until this process ends


def free_port():
    """A port of 127.0.0.1 that the kernel gives to no client, nor this to
    another test, before its server has come."""
    while True:
        port = random.randrange(2000, 10000)
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind("\0maild-test-port-%d" % port)
            with socket.create_server(("127.0.0.1", port)):
                claims.append(claim)
                return port
        except OSError:
            claim.close()


def removed(folder):
    """Whether it is gone: a server's process that still runs may write there."""
    shutil.rmtree(folder, ignore_errors=True)
    return not os.path.exists(folder)


class Maild:
    """A running maild --dev in a folder of its own.  "@smtp@" in an argument is
    the port for mail from the world, which is off unless one names it."""

    def __init__(self, *args, users=3, wrapper=(), binary=None, keep=None):
        self.dir = keep or tempfile.mkdtemp(prefix="maild-test-")
        self.owned = keep is None
        self.base, self.claim = base_port()
        self.args = [a.replace("@smtp@", str(self.base + 25)) for a in args]
        self.users = users
        self.wrapper = list(wrapper)
        self.binary = binary or MAILD
        self.process = None
        self.ca = os.path.join(self.dir, "ca.pem")
        self.socket = os.path.join(self.dir, "control.sock")
        self.log = os.path.join(self.dir, "maild.log")
        self.start()

    def port(self, name):
        return self.base + {"imap": 143, "imaps": 993, "submission": 587,
                            "submissions": 465, "lmtp": 24,
                            "smtp": 25}[name]

    def start(self):
        env = dict(os.environ)
        report = os.path.join(self.dir, "sanitizer")
        # Each process writes to a file of its own: REPORT.PID.
        env["ASAN_OPTIONS"] = "detect_leaks=1:log_path=" + report
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:log_path=" + report
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.wrapper + [self.binary, "--dev", "--dir", self.dir,
                                "--base-port", str(self.base),
                                "--users", str(self.users)] + self.args,
                stdout=subprocess.PIPE, stderr=log, env=env,
                start_new_session=True)
        if not self.wait_ready(60):
            self.kill()
            raise RuntimeError("maild did not say ready:\n" + self.log_tail())

    def wait_ready(self, seconds):
        end = time.monotonic() + seconds
        seen = b""
        fd = self.process.stdout.fileno()
        while time.monotonic() < end:
            if not select.select([fd], [], [], 0.2)[0]:
                continue
            data = os.read(fd, 4096)
            if not data:
                return False
            seen += data
            if b"ready" in seen.split(b"\n"):
                return True
        return False

    def log_tail(self, n=4000):
        with open(self.log, "rb") as f:
            return f.read()[-n:].decode("utf-8", "replace")

    def stop(self):
        """SIGTERM; it must end by itself, with status 0 and no report."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("maild did not stop:\n" + self.log_tail())
        self.process.stdout.close()
        self.process = None
        reports = self.reports()
        if self.owned:
            log = self.log_tail()
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            log = ""
        if reports:
            raise AssertionError("sanitizer reports:\n" + reports)
        if status != 0:
            raise AssertionError("maild ended with %d:\n%s" % (status, log))

    def reports(self):
        found = ""
        for name in glob.glob(os.path.join(self.dir, "sanitizer.*")):
            with open(name, "r", errors="replace") as f:
                found += f.read()
        return found

    def kill(self):
        """SIGKILL to the whole tree at once."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    # A second, independent way to look at the server.

    def tls(self):
        return ssl.create_default_context(cafile=self.ca)

    def imap(self, user="test", password=PASSWORD):
        c = imaplib.IMAP4_SSL("localhost", self.port("imaps"),
                              ssl_context=self.tls())
        c.login(user, password)
        return c

    def smtp(self, user="test", password=PASSWORD):
        c = smtplib.SMTP_SSL("localhost", self.port("submissions"),
                             context=self.tls())
        c.login(user, password)
        return c

    def lmtp(self):
        return smtplib.LMTP("127.0.0.1", self.port("lmtp"))

    def deliver(self, message, to="test@localhost", sender="a@example.org"):
        """By LMTP; message is bytes with CRLF line ends."""
        c = self.lmtp()
        try:
            c.sendmail(sender, [to], message)
        finally:
            c.quit()

    def kill_role(self, name):
        """All its processes; master starts others."""
        master = self.process.pid
        with open("/proc/%d/task/%d/children" % (master, master)) as f:
            for pid in f.read().split():
                with open("/proc/%s/comm" % pid) as comm:
                    if comm.read().strip() == name:
                        os.kill(int(pid), signal.SIGKILL)

    def mailctl(self, *args, **kw):
        return subprocess.run(
            [MAILCTL] + list(args), capture_output=True,
            env=dict(os.environ, MAILCTL_SOCKET=self.socket,
                     **kw.pop("env", {})), **kw)


class MaildTest(unittest.TestCase):
    """One server for all tests of a class."""

    maild_args = ()
    maild_users = 3

    @classmethod
    def setUpClass(cls):
        cls.maild = Maild(*cls.maild_args, users=cls.maild_users)

    @classmethod
    def tearDownClass(cls):
        cls.maild.stop()

    def run_ok(self, argv, timeout=120, **kw):
        r = subprocess.run(argv, capture_output=True, timeout=timeout, **kw)
        if r.returncode != 0:
            self.fail("%s ended with %d\n%s%s" % (
                " ".join(argv), r.returncode,
                r.stdout.decode("utf-8", "replace")[-4000:],
                r.stderr.decode("utf-8", "replace")[-4000:]))
        return r

    def fetch_all(self, user="test", mailbox="INBOX", item="BODY.PEEK[]"):
        """{uid: bytes} of a mailbox."""
        c = self.maild.imap(user)
        try:
            typ, data = c.select('"%s"' % mailbox, readonly=True)
            self.assertEqual(typ, "OK", data)
            if data == [b"0"]:
                return {}
            typ, data = c.uid("FETCH", "1:*", "(UID %s)" % item)
            self.assertEqual(typ, "OK", data)
            return {int(re.search(rb"UID (\d+)", head).group(1)): body
                    for head, body in (d for d in data if isinstance(d, tuple))}
        finally:
            c.logout()

    def flags(self, user="test", mailbox="INBOX"):
        """{uid: set of flags} of a mailbox."""
        c = self.maild.imap(user)
        try:
            typ, data = c.select('"%s"' % mailbox, readonly=True)
            self.assertEqual(typ, "OK", data)
            if data == [b"0"]:
                return {}
            typ, data = c.uid("FETCH", "1:*", "(FLAGS)")
            out = {}
            for line in data:
                uid = int(re.search(rb"UID (\d+)", line).group(1))
                out[uid] = set(re.search(rb"FLAGS \(([^)]*)\)", line)
                               .group(1).decode().split())
            return out
        finally:
            c.logout()


def wait_for(what, seconds, probe):
    """probe() until it gives something true; that is returned."""
    end = time.monotonic() + seconds
    while True:
        got = probe()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (seconds, what))
        time.sleep(0.05)


def on_terminal(argv, env, stdin=None, stdout=None, stderr=None):
    """Run argv with a terminal for each stream that is None: its status, what
    the terminal got, and what it printed elsewhere, (stdout, stderr)."""
    main_fd, fd = pty.openpty()
    p = subprocess.Popen(argv, env=env, **{
        name: fd if stream is None else stream for name, stream in
        (("stdin", stdin), ("stdout", stdout), ("stderr", stderr))})
    os.close(fd)
    seen = b""
    while True:
        try:
            piece = os.read(main_fd, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(main_fd)
    others = p.communicate(timeout=120)
    return p.returncode, seen, others


def message(subject="Hello", to="test@localhost", sender="a@example.org",
            body="Hi there.\r\n", extra=""):
    return ("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n"
            "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
            "Message-ID: <%s@example.org>\r\n%s\r\n%s" % (
                sender, to, subject, os.urandom(8).hex(), extra,
                body)).encode("utf-8")


def main():
    unittest.main(argv=[sys.argv[0], "-v"] + sys.argv[1:], warnings="ignore")
