# SPDX-License-Identifier: ISC
"""SIGKILL of the whole tree while mail is submitted, queued and relayed.

What was acknowledged arrives at a counting server at least once, whole; more
than once only what was under way when a kill came.
"""

import collections
import os
import random
import re
import shutil
import smtplib
import tempfile
import threading
import time
import unittest

from maildtest import Maild, main, wait_for
from sink import Sink

ROUNDS = 1000 if os.environ.get("LONG") == "true" else 50
CLIENTS = 3
GONE = (OSError, EOFError, smtplib.SMTPException)


class Client(threading.Thread):
    def __init__(self, maild, number, sent):
        super().__init__()
        self.maild, self.number, self.sent = maild, number, sent
        self.r = random.Random(number)

    def run(self):
        try:
            c = self.maild.smtp()
            while True:
                self.send(c)
        except GONE:
            pass

    def send(self, c):
        name = "%d-%s" % (self.number, os.urandom(6).hex())
        data = "From: <test@localhost>\r\nSubject: %s\r\n\r\n%s\r\n" % (
            name, "\r\n".join(self.r.randbytes(30).hex()
                              for _ in range(self.r.choice([1, 20, 2000]))))
        c.sendmail("test@localhost", ["a@%d.example" % self.r.randrange(5)],
                   data)
        self.sent[name] = data.encode()


class KillRelay(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        folder = tempfile.mkdtemp(prefix="maild-kill-relay-")
        self.addCleanup(shutil.rmtree, folder, True)
        sink = Sink()
        self.addCleanup(sink.close)
        maild = Maild("-o", "relay { smarthost smtp+insecure://127.0.0.1:%d }"
                      % sink.port, "-o", "queue { retry 1s }", keep=folder)
        self.addCleanup(maild.kill)
        sent = {}
        r = random.Random(1)
        for i in range(ROUNDS):
            clients = [Client(maild, n, sent) for n in range(CLIENTS)]
            for c in clients:
                c.start()
            time.sleep(r.uniform(0.05, 0.8))
            maild.kill()
            for c in clients:
                c.join()
            maild.start()
        self.arrive(sink, sent)
        maild.stop()

    def arrive(self, sink, sent):
        def count():
            with sink.lock:
                mail = list(sink.mail)
            return collections.Counter(
                re.search(rb"^Subject: (.*?)\r$", m.data, re.M)
                .group(1).decode() for m in mail)

        wait_for("all of %d messages" % len(sent), 120,
                 lambda: not set(sent) - set(count()))
        for m in sink.mail:
            name = re.search(rb"^Subject: (.*?)\r$", m.data, re.M).group(1)
            if name.decode() in sent:
                self.assertTrue(m.data.endswith(
                    sent[name.decode()].split(b"\r\n\r\n", 1)[1]), "altered")
        twice = sum(1 for n in count().values() if n > 1)
        print("%d acknowledged, %d arrived, %d of them more than once" % (
            len(sent), len(count()), twice))
        # A kill can catch as many as there are connections to the sink.
        self.assertLessEqual(twice, ROUNDS * 10)


if __name__ == "__main__":
    main()
