# SPDX-License-Identifier: ISC
"""What the tests of mailctl's bulk commands share: two servers, a mailbox as a
set of facts, and mail to fill one with."""

import datetime
import hashlib
import imaplib
import json
import os
import random
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

from maildtest import MAILCTL, PASSWORD, TOP, Maild

sys.path.insert(0, os.path.join(TOP, "tests", "bench"))

from bench import DovecotServer  # noqa: E402

FLAGS = (r"\Seen", r"\Flagged", r"\Answered", r"\Draft", "$Forwarded", "Work")


class Server:
    """A user of a server: mailctl's options, and a look at his mailboxes."""

    def options(self):
        return ["--imap", "imaps://localhost:%d" % self.port,
                "--ca-file", self.ca, "--user", self.user]

    def imap(self):
        c = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=
                              ssl.create_default_context(cafile=self.ca))
        c.login(self.user, PASSWORD)
        return c

    def messages(self, mailbox="INBOX"):
        """[(SHA-256, flags, seconds)] of a mailbox, sorted."""
        c = self.imap()
        typ, data = c.select('"%s"' % mailbox, readonly=True)
        assert typ == "OK", data
        out = []
        if data != [b"0"]:
            typ, data = c.uid("FETCH", "1:*",
                              "(UID FLAGS INTERNALDATE BODY.PEEK[])")
            for i, part in enumerate(data):
                if not isinstance(part, tuple):
                    continue
                after = data[i + 1] if isinstance(data[i + 1], bytes) else b""
                line = part[0] + after
                flags = re.search(rb"FLAGS \(([^)]*)\)", line).group(1)
                out.append((hashlib.sha256(part[1]).hexdigest(),
                            tuple(sorted(f for f in flags.decode().split()
                                         if f != r"\Recent")),
                            int(seconds(line))))
        c.logout()
        return sorted(out)

    def mailboxes(self):
        c = self.imap()
        names = {re.search(rb"[^\" ]+$|\"([^\"]*)\"$", line).group(0).decode().strip("\"")
                 for line in c.list()[1]
                 if line and b"\\Noselect" not in line}
        c.logout()
        return names


def seconds(line):
    """INTERNALDATE since 1970."""
    text = re.search(rb'INTERNALDATE "([^"]*)"', line).group(1).decode()
    return datetime.datetime.strptime(
        text.strip(), "%d-%b-%Y %H:%M:%S %z").timestamp()


class MaildUser(Server):
    def __init__(self, *args, user="test", server=None):
        self.owned = server is None
        self.server = server or Maild(*args, users=4)
        self.port, self.ca = self.server.port("imaps"), self.server.ca
        self.user = user

    def close(self):
        if self.owned:
            self.server.stop()


class DovecotUser(Server):
    def __init__(self, user="user0", server=None):
        self.owned = server is None
        self.server = server or DovecotServer(4)
        self.port, self.ca = self.server.imaps, self.server.ca
        self.user = user

    def close(self):
        if self.owned:
            self.server.close()


def mail(n, rng):
    """Message n: sizes as mail has them, and lines that file formats mind."""
    size = rng.choice((20, 200, 1000, 3000, 9000))
    lines = ["From the start of a line", ">From quoted", ">>From twice",
             "", ".", "8 bit: \u00e4\u00f6\u00fc", "x" * 70, "Status: RO"]
    body = []
    while sum(map(len, body)) < size:
        body.append(rng.choice(lines))
    return ("From: A <a%d@example.org>\r\nTo: b@example.org\r\n"
            "Subject: number %d;\r\nMessage-ID: <%d.%d@example.org>\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n" % (
                n % 17, n, n, rng.randrange(1 << 30),
                "\r\n".join(body))).encode()


def fill(server, mailbox, count, rng, first=0, flags=FLAGS):
    """count messages with flags and dates, a few hundred in a round trip."""
    c = server.imap()
    c.create('"%s"' % mailbox)
    for at in range(first, first + count, 100):
        out = b""
        tags = []
        for n in range(at, min(at + 100, first + count)):
            text = mail(n, rng)
            chosen = [f for f in flags if rng.random() < 0.3]
            tag = c._new_tag()
            tags.append(tag)
            out += (tag + b' APPEND "' + mailbox.encode() + b'" (' +
                    " ".join(chosen).encode() + b') "%02d-%s-%d %02d:%02d:%02d '
                    % (rng.randrange(1, 28), rng.choice((b"Jan", b"Jun", b"Dec")),
                       rng.randrange(1999, 2026), rng.randrange(24),
                       rng.randrange(60), rng.randrange(60)) +
                    rng.choice((b"+0000", b"-0730", b"+0200")) +
                    b'" {%d+}\r\n' % len(text) + text + b"\r\n")
        c.send(out)
        for tag in tags:
            typ, data = c._command_complete("APPEND", tag)
            assert typ == "OK", data
    c.logout()


class BulkTest(unittest.TestCase):
    """A home folder, and mailctl run as the user of a server."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="mailctl-test-")
        self.rng = random.Random(7)

    def tearDown(self):
        shutil.rmtree(self.home)

    def path(self, *names):
        return os.path.join(self.home, *names)

    def environment(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("XDG_", "MAILCTL_"))}
        return dict(env, HOME=self.home, MAILCTL_PASSWORD=PASSWORD,
                    LC_ALL="C.UTF-8", TZ="UTC")

    def start(self, server, *args, **kw):
        return subprocess.Popen([MAILCTL, *server.options(), *args],
                                env=self.environment(),
                                stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **kw)

    def run_mailctl(self, server, *args, status=0, stdin=b"", timeout=600):
        r = subprocess.run([MAILCTL, *server.options(), *args], input=stdin,
                           capture_output=True, timeout=timeout,
                           env=self.environment())
        self.assertEqual(r.returncode, status,
                         "%r\n%s%s" % (args, r.stdout[-2000:], r.stderr))
        return r

    def object(self, server, *args, **kw):
        """The one object that it prints, checked against mailctl-json(7)."""
        from check_mailctl import json_page
        out = self.run_mailctl(server, "--json", *args, **kw).stdout
        o = json.loads(out)
        members = json_page()[args[0]]
        self.assertEqual(o["v"], 1)
        for name, value in o.items():
            if name != "v":
                self.assertIn(type(value), members[name], name)
        return o

    def missing(self, got, want):
        """What differs between two lists of messages, in short."""
        self.assertEqual(len(got), len(want))
        self.assertEqual([a for a, b in zip(got, want) if a != b][:3],
                         [b for a, b in zip(got, want) if a != b][:3])
