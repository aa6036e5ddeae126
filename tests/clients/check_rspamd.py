# SPDX-License-Identifier: ISC
"""Mail from the world that rspamd sees first: a small one that says and does
what it is told to, and the real one."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from check_inbound import Raw
from maildtest import Maild, MaildTest, free_port, main, message, wait_for

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        self.server.seen.append((self.path, self.headers, body))
        answer = self.server.answer
        if callable(answer):
            answer(self)
        else:
            self.say(json.dumps(answer).encode())

    def say(self, data, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Fake(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen, self.answer = [], {"action": "no action"}
        self.release = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *args):
        pass

    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]

    def close(self):
        self.release.set()
        self.shutdown()
        self.server_close()

    # ---- what can go wrong ----

    def stall(self, handler):
        self.release.wait(60)

    def stall_within(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"action":')
        self.release.wait(60)

    def hang_up(self, handler):
        handler.close_connection = True

    def garbage(self, handler):
        handler.say(b"\0\xff{" * 100)

    def no_action(self, handler):
        handler.say(b'{"score": 3}')

    def refuse(self, handler):
        handler.say(b'{"action": "reject"}', 500)

    def huge(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(100 << 20))
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" " * (1 << 20))

    def not_http(self, handler):
        handler.wfile.write(b"220 mail ESMTP\r\n")
        handler.close_connection = True


def settings(url, more=""):
    return ("-o", "listen smtp localhost:@smtp@", "-o",
            'inbound { tarpit 0s; rspamd "%s"; %s }' % (url, more))


class Filtered(MaildTest):
    more = "rspamd_timeout 2s; greylist_delay 2s; greylist_known 0"

    @classmethod
    def setUpClass(cls):
        cls.fake = Fake()
        cls.addClassCleanup(cls.fake.close)
        cls.maild_args = settings(cls.fake.url(), cls.more)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.fake.answer = {"action": "no action"}
        self.fake.seen.clear()

    def send(self, text, to=("user1@localhost",), sender="a@example.org"):
        with Raw(self.maild) as c:
            self.assertEqual(c.say("MAIL FROM:<%s>" % sender)[:3], "250")
            for one in to:
                self.assertEqual(c.say("RCPT TO:<%s>" % one)[:3], "250")
            c.say("DATA")
            c.sock.sendall(text.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            said = c.reply()
            self.assertEqual(c.say("NOOP")[:3], "250")
        return said

    def stats(self):
        r = self.run_ok(["curl", "-sS", "--unix-socket", self.maild.socket,
                         "http://maild/v1/stats"])
        return json.loads(r.stdout)

    def got(self, text, user="user1", mailbox="INBOX"):
        """The one that has its Message-ID, as it is kept."""
        name = [l for l in text.split(b"\r\n")
                if l.startswith(b"Message-ID")][0]
        found = [m for m in self.fetch_all(user, mailbox).values()
                 if name in m]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None


class Verdicts(Filtered):
    def test_what_it_is_told(self):
        text = message(body="one\r\n.two\r\ngr\u00fc\u00dfe\r\n")
        self.assertEqual(self.send(text, ("user1@localhost", "user2@localhost"),
                                   "Ann@example.org")[:3], "250")
        path, headers, body = self.fake.seen[0]
        self.assertEqual(path, "/checkv2")
        self.assertEqual(body, text)
        self.assertEqual(headers["IP"], "127.0.0.1")
        self.assertEqual(headers["Helo"], "client.example")
        self.assertEqual(headers["From"], "Ann@example.org")
        self.assertEqual(headers.get_all("Rcpt"),
                         ["user1@localhost", "user2@localhost"])
        self.assertEqual(headers["MTA-Name"], "localhost")
        kept = self.got(text)
        self.assertIn(b" id %s;\r\n" % headers["Queue-Id"].encode(), kept)
        self.assertTrue(kept.endswith(text))
        self.assertEqual(self.got(text, "user2").split(b"\r\n", 2)[2],
                         kept.split(b"\r\n", 2)[2])
        self.send(message(), sender="")
        self.assertEqual(self.fake.seen[1][1]["From"], "<>")

    def test_refusals(self):
        for answer, want in (
                ({"action": "reject"}, "550 5.7.1 Refused as spam\r\n"),
                ({"action": "reject", "messages": {
                    "smtp_message": "No\r\n250 OK \u00fc"}},
                 "550 5.7.1 No  250 OK ??\r\n"),
                ({"action": "soft reject"},
                 "451 4.7.1 Not now; try again later\r\n")):
            self.fake.answer = answer
            text = message()
            self.assertEqual(self.send(text), want)
            for mailbox in ("INBOX", "Junk"):
                self.assertIsNone(self.got(text, mailbox=mailbox))

    def test_greylist(self):
        """It says so each time, but whoever comes again has been told."""
        self.fake.answer = {"action": "greylist"}
        text = message()
        self.assertEqual(self.send(text),
                         "451 4.7.1 Not now; try again later\r\n")
        self.assertIsNone(self.got(text))
        wait_for("it is taken", 30, lambda: self.send(text)[:3] == "250")
        self.assertTrue(self.got(text).endswith(text))

    def test_junk(self):
        for action in ("add header", "quarantine", "discard"):
            self.fake.answer = {"action": action}
            text = message(extra="X-Spam: No\r\n")
            self.assertEqual(self.send(text, ("user1@localhost",
                                              "user2@localhost"))[:3], "250")
            for user in ("user1", "user2"):
                self.assertIsNone(self.got(text, user))
                kept = self.got(text, user, "Junk")
                self.assertEqual(b"X-Spam: Yes\r\n" in kept,
                                 action == "add header")
                self.assertNotIn(b"X-Spam: No", kept)

    def test_junk_where_there_is_none(self):
        c = self.maild.imap("test")
        self.assertEqual(c.delete("Junk")[0], "OK")
        self.fake.answer = {"action": "add header"}
        text = message()
        self.assertEqual(self.send(text, ("test@localhost",))[:3], "250")
        self.assertIn(b"X-Spam: Yes\r\n", self.got(text, "test"))
        c.logout()

    def test_subject(self):
        for subject, want in (
                ("[SPAM] Hello", b"Subject: [SPAM] Hello\r\n"),
                ("Spam\r\nX: y", b"Subject: Spam  X: y\r\n"),
                ("\u00fc", b"Subject: =?utf-8?")):
            self.fake.answer = {"action": "rewrite subject",
                                "subject": subject}
            text = message(body="Subject: Hello\r\n")
            self.assertEqual(self.send(text)[:3], "250")
            kept = self.got(text)
            self.assertIn(want.lower(), kept.lower())
            self.assertEqual(kept.count(b"Subject: Hello"), 1)
        # Not without the action.
        self.fake.answer = {"action": "no action", "subject": "x"}
        text = message()
        self.send(text)
        self.assertTrue(self.got(text).endswith(text))

    def test_header_lines(self):
        self.fake.answer = {"action": "no action", "milter": {
            "add_headers": {
                "Authentication-Results": {
                    "value": "localhost;\n\tdkim=pass header.d=a;\nspf=pass",
                    "order": 0},
                "Received-SPF": "pass",
                "X-Two": [{"value": "1"}, {"value": "2"}],
                "Bad name": "x", "X-Number": 3},
            "remove_headers": {"X-All": 0, "X-First": 1, "X-Last": -1,
                               "x-none": 7}}}
        lines = "".join("X-%s: %d\r\n" % (name, n) for n in (1, 2, 3)
                        for name in ("All", "First", "Last", "None"))
        text = message(extra=lines)
        self.assertEqual(self.send(text)[:3], "250")
        kept = self.got(text)
        self.assertIn(b"\r\nAuthentication-Results: localhost;\r\n\tdkim=pass "
                      b"header.d=a;\r\n\tspf=pass\r\nReceived-SPF: pass\r\n"
                      b"X-Two: 1\r\nX-Two: 2\r\nReceived: from", kept)
        for word, there in ((b"X-All", b""), (b"X-First", b"23"),
                            (b"X-Last", b"12"), (b"X-None", b"123")):
            self.assertEqual([l[-1:] for l in kept.split(b"\r\n")
                              if l.startswith(word)],
                             [there[i:i + 1] for i in range(len(there))])
        self.assertNotIn(b"Bad name", kept)
        self.assertNotIn(b"X-Number", kept)

    def test_forged_results(self):
        forged = ("Authentication-Results: LocalHost; spf=pass\r\n"
                  "Authentication-Results:\r\n (x (y) \\)) localhost 1; "
                  "none\r\n"
                  "Authentication-results : \"local\\host\"; spf=pass\r\n")
        kept = ("Authentication-Results: other.example; spf=pass\r\n"
                "Authentication-Results: localhost.example; none\r\n")
        text = message(extra=forged + kept)
        self.assertEqual(self.send(text)[:3], "250")
        self.assertTrue(self.got(text).endswith(
            text.replace(forged.encode(), b"")))

    def test_large(self):
        text = message(body=("x" * 997 + "\r\n") * 20000)
        self.assertEqual(self.send(text)[:3], "250")
        self.assertTrue(self.got(text).endswith(text))
        self.assertEqual(self.fake.seen[0][2], text)

    def test_chunks(self):
        text = message(body="a\r\n" * 30000)
        with Raw(self.maild) as c:
            c.write("MAIL FROM:<a@example.org>\r\nRCPT TO:<user1@localhost>"
                    "\r\nBDAT %d\r\n" % 50000)
            c.sock.sendall(text[:50000])
            c.write("BDAT %d LAST\r\n" % (len(text) - 50000))
            c.sock.sendall(text[50000:])
            c.write("MAIL FROM:<b@example.org>\r\n")
            self.assertEqual([c.reply()[:3] for _ in range(5)], ["250"] * 5)
        self.assertTrue(self.got(text).endswith(text))

    def test_nothing_but_mail_from_the_world(self):
        with self.maild.lmtp() as c:
            c.sendmail("a@example.org", ["user1@localhost"], message())
        self.assertEqual(self.fake.seen, [])


class Faults(Filtered):
    FAULTS = ("stall", "stall_within", "hang_up", "garbage", "no_action",
              "refuse", "huge", "not_http")
    want = "250"

    def test_faults(self):
        before = self.stats()["filter_failed"]
        for fault in self.FAULTS:
            with self.subTest(fault=fault):
                self.fake.answer = getattr(self.fake, fault)
                text = message(body="x" * 70 + "\r\n")
                self.assertEqual(self.send(text)[:3], self.want)
                kept = self.got(text)
                self.assertEqual(kept is not None, self.want == "250")
                if kept:
                    self.assertTrue(kept.endswith(text))
        # Or one more, whose client has left meanwhile.
        self.assertIn(self.stats()["filter_failed"] - before,
                      (len(self.FAULTS), len(self.FAULTS) + 1))
        self.fake.answer = {"action": "no action"}
        self.assertEqual(self.send(message())[:3], "250")

    def test_client_leaves_meanwhile(self):
        self.fake.answer = self.fake.stall
        text = message()
        with Raw(self.maild) as c:
            c.begin("user1@localhost")
            c.sock.sendall(text + b".\r\n")
            wait_for("it asks", 30, lambda: self.fake.seen)
        time.sleep(0.1)
        self.fake.answer = {"action": "no action"}
        self.assertEqual(self.send(message())[:3], "250")


class Deferred(Faults):
    more = "rspamd_timeout 2s; rspamd_failure defer"
    want = "451"


class Away(unittest.TestCase):
    def test_nobody_listens(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            maild = Maild(*settings("http://127.0.0.1:%d/"
                                    % s.getsockname()[1]))
            self.addCleanup(maild.stop)
            with Raw(maild) as c:
                c.begin()
                c.sock.sendall(message() + b".\r\n")
                self.assertEqual(c.reply()[:3], "250")

    def test_421_at_shutdown(self):
        fake = Fake()
        self.addCleanup(fake.close)
        fake.answer = fake.stall
        maild = Maild(*settings(fake.url()))
        with Raw(maild) as c:
            c.begin()
            c.sock.sendall(message() + b".\r\n")
            wait_for("it asks", 30, lambda: fake.seen)
            maild.stop()
            self.assertEqual(c.reply()[:9], "421 4.3.2")

    def test_bad_url(self):
        for url in ("ftp://127.0.0.1/", "127.0.0.1:11333"):
            with self.assertRaises(RuntimeError):
                Maild(*settings(url))


REAL = """
options { pidfile = false; filters = "";
  dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
  local_addrs = []; tempdir = "@DIR@"; }
logging { type = "file"; filename = "@DIR@/log"; level = "info"; }
worker "normal" { bind_socket = "127.0.0.1:@PORT@"; count = 1; }
actions { reject = 15; add_header = 6; greylist = 4; }
"""


@unittest.skipUnless(shutil.which("rspamd"), "rspamd is not installed")
class Real(Filtered):
    """With no more than what is built in: the message for tests."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="maild-rspamd-")
        port = free_port()
        conf = os.path.join(cls.dir, "rspamd.conf")
        with open(conf, "w") as f:
            f.write(REAL.replace("@DIR@", cls.dir)
                    .replace("@PORT@", str(port)))
        cls.rspamd = subprocess.Popen(
            ["rspamd", "-c", conf, "-f", "-i"], start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        cls.addClassCleanup(cls.rspamd.wait, 30)
        cls.addClassCleanup(cls.rspamd.terminate)
        wait_for("rspamd listens", 30, lambda: cls.listens(port))
        cls.maild_args = settings("http://127.0.0.1:%d" % port)
        super(Filtered, cls).setUpClass()

    @staticmethod
    def listens(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    @classmethod
    def tearDownClass(cls):
        super(Filtered, cls).tearDownClass()

    def setUp(self):
        MaildTest.setUp(self)

    def test_good_and_bad(self):
        checked = self.stats()["filter_checked"]
        text = message()
        self.assertEqual(self.send(text)[:3], "250")
        self.assertTrue(self.got(text).endswith(text))
        bad = message(body=GTUBE + "\r\n")
        self.assertEqual(self.send(bad)[:9], "550 5.7.1")
        self.assertIsNone(self.got(bad))
        self.assertEqual(self.stats()["filter_checked"], checked + 2)


if __name__ == "__main__":
    main()
