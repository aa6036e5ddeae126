# SPDX-License-Identifier: ISC
"""Servers that misbehave while mail is passed on to them: one attempt and one
deadline each, the message stays, and arrives once when they are mended."""

import json
import shutil
import socket
import tempfile
import threading
import unittest

import dns
from maildtest import Maild, main, message, wait_for
from sink import Hangup, Sink, certificate

over = threading.Event()  # the test is; who stalls need not go on


# ---- what a server does, instead of an answer with that code ----

def stalls(session, code):
    over.wait(120)
    raise Hangup()


def closes(session, code):
    raise Hangup()


def garbage(session, code):
    session.sock.sendall(bytes(range(1, 256)) * 16 + b"\r\n")
    return True


def long_line(session, code):
    session.sock.sendall(code + b" " + b"x" * 100000 + b"\r\n")
    return True


def flood(session, code):
    while True:
        session.sock.sendall((code + b"-and another\r\n") * 1000)


def dribbles(session, code):
    """Never silent for long, and never done."""
    while not over.wait(0.2):
        session.sock.sendall(code + b"-and another\r\n")
    raise Hangup()


def crumbs(session, code):
    session.sock.sendall(code + b" ")
    while not over.wait(0.2):
        session.sock.sendall(b"x")
    raise Hangup()


def closes_amid_the_text(session, code):
    session.say("354 go")
    session.file.readline()
    raise Hangup()


def refuses(session, code):
    session.say("454 4.7.0 not now")
    return True


def no_tls(act):
    """It answers STARTTLS, and then does that."""
    def begin(session, code):
        session.say("220 go")
        return act(session, b"220")
    return begin


def takes_it_and(act):
    def take(session, code):
        session.sink.add(session.got)
        session.say("250 2.0.0 got it")
        return act(session, b"421")
    return take


LATE, LOST = "no answer in time", "the server closed the connection"
ALIEN = "does not speak SMTP"

# What, where, and what becomes known of it: 4.4.1 before the transaction, 4.4.2
# amid it (RFC 3463 section 3.5).
KEPT = [
    (act, phase, "4.4.1" if phase in ("CONNECT", "EHLO") else "4.4.2", words)
    for act, phases, words in (
        (stalls, "CONNECT EHLO MAIL RCPT DATA .", LATE),
        (dribbles, "CONNECT EHLO MAIL RCPT DATA .", LATE),
        (crumbs, "CONNECT EHLO .", LATE),
        (closes, "CONNECT EHLO MAIL RCPT DATA .", LOST),
        (closes_amid_the_text, "DATA", LOST),
        (garbage, "CONNECT EHLO MAIL RCPT DATA .", ALIEN),
        (long_line, "CONNECT EHLO MAIL .", ALIEN),
        (flood, "CONNECT EHLO MAIL .", ALIEN))
    for phase in phases.split()]
# To these it goes at once, and once.
TAKEN = [(takes_it_and(act), ".") for act in (closes, stalls, garbage)]
# To these in clear: TLS is only a bonus where mail goes by the DNS.
BROKEN_TLS = [(act, "STARTTLS") for act in (
    refuses, stalls, closes, garbage,
    no_tls(closes), no_tls(stalls), no_tls(garbage))]

CODES = {"CONNECT": b"220", "DATA": b"354"}


def at(phase, act):
    def behave(session, line):
        if line.upper().startswith(phase):
            session.sink.met += 1
            return act(session, CODES.get(phase, b"250"))
    return behave


class Faults(unittest.TestCase):
    def setUp(self):
        over.clear()
        self.addCleanup(over.set)
        self.dir = tempfile.mkdtemp(prefix="maild-faults-")
        self.addCleanup(shutil.rmtree, self.dir)

    def sink(self, act, phase, **kw):
        sink = Sink(behave=at(phase, act), **kw)
        sink.met = 0
        self.addCleanup(sink.close)
        return sink

    def serve(self, *settings):
        self.maild = Maild(*settings, keep=self.dir)
        self.addCleanup(self.maild.stop)

    def send(self, *to):
        with self.maild.smtp() as c:
            for address in to:
                c.sendmail("test@localhost", [address], message(
                    to=address, sender="test@localhost"))

    def queue(self):
        """{domain: row}"""
        r = self.maild.mailctl("queue", "list", "--json")
        self.assertEqual(r.returncode, 0, r.stderr.decode())
        rows = [json.loads(line) for line in r.stdout.splitlines()]
        return {row["recipient"].split("@")[1]: row for row in rows}

    def test_by_the_dns(self):
        """All of them at a time, each for a domain of its own."""
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        cert = certificate(self.dir, "whatever.example")
        rows = [row[:2] for row in KEPT] + TAKEN + BROKEN_TLS
        hosts = ["127.0.2.%d" % (i + 1) for i in range(len(rows))]
        sinks = [self.sink(*row, host=host, port=port,
                           cert=cert if row[1] == "STARTTLS" else None)
                 for row, host in zip(rows, hosts)]
        domains = ["d%d.example" % i for i in range(len(rows))]
        names = dns.Dns({(d, dns.A): [dns.a(host)]
                         for d, host in zip(domains, hosts)})
        self.addCleanup(names.close)
        self.serve("-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d; "
                   "timeout 3s; connections 200 }" % (names.port, port),
                   "-o", "queue { retry 1h }")
        self.send(*("x@" + d for d in domains))
        wait_for("an attempt of each", 60, lambda: len(self.queue()) ==
                 len(KEPT) == sum(r["attempts"] > 0
                                  for r in self.queue().values()))
        kept = self.queue()
        log = self.maild.log_tail(1 << 20)
        for (act, phase, code, words), d, sink in zip(KEPT, domains, sinks):
            with self.subTest(act=act.__name__, phase=phase):
                self.assertEqual((sink.connections, sink.met), (1, 1))
                self.assertEqual(sink.mail, [])
                self.assertEqual((kept[d]["state"], kept[d]["attempts"]),
                                 ("waiting", 1))
                self.assertIn(words, kept[d]["reply"])
                self.assertRegex(log, r"to=x@%s result=deferred host=\S* "
                                 "code=451 enhanced=%s " % (d, code))
        self.assertEqual([[m.tls for m in s.mail] for s in sinks[len(KEPT):]],
                         [[None]] * (len(rows) - len(KEPT)))
        self.mend(sinks)

    def mend(self, sinks):
        """What is kept outlives the server, and arrives once."""
        over.set()
        for sink in sinks:
            sink.behave = None
        self.maild.stop()
        self.maild.start()
        self.assertEqual(self.maild.mailctl("queue", "retry",
                                            "--all").returncode, 0)
        wait_for("an empty queue", 60, lambda: not self.queue())
        self.assertEqual([len(s.mail) for s in sinks], [1] * len(sinks))

    def test_a_smarthost_gets_nothing_in_clear(self):
        """Attempt after attempt meets another fault, then none."""
        faults = [refuses, *map(no_tls, (closes, stalls, garbage))]
        connections = len(faults) + 1
        attempts = []
        cert = certificate(self.dir)

        def behave(session, line):
            if line.startswith("MAIL"):
                attempts.append(session.tls)
            if line == "STARTTLS" and faults:
                return faults.pop(0)(session, b"220")
        sink = Sink(cert=cert, behave=behave)
        self.addCleanup(sink.close)
        self.serve("-o", "relay { smarthost smtp://localhost:%d; ca_file %s; "
                   "timeout 2s }" % (sink.port, cert[0]),
                   "-o", "queue { retry 1s }")
        self.send("a@example.com")
        wait_for("a message", 60, lambda: sink.mail)
        self.assertEqual(len(attempts), 1)
        self.assertIn("TLS", attempts[0])
        self.assertEqual((len(sink.mail), sink.connections),
                         (1, connections))


if __name__ == "__main__":
    main()
