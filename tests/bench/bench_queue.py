#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How mail for many destinations leaves while some of them are dead.

Usage: bench_queue.py [MESSAGES [DESTINATIONS [DEAD]]]

Submits the messages (100,000) to as many domains (1,000), of which some (10)
have a server that refuses connections, and prints when the last one for a
living domain has arrived, and what memory the roles held.  $MAILD is the
server; names are answered and mail is taken by the test's own DNS and SMTP
servers.
"""

import os
import re
import smtplib
import socket
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "clients"))

import dns                      # noqa: E402
from maildtest import Maild     # noqa: E402
from sink import Sink           # noqa: E402

CLIENTS = 4
PATIENCE = 600


def memory(maild):
    """{role: kB of its own}."""
    out, master = {}, maild.process.pid
    with open("/proc/%d/task/%d/children" % (master, master)) as f:
        children = f.read().split()
    for pid in children:
        with open("/proc/%s/status" % pid) as f:
            status = f.read()
        role = re.search(r"Name:\s*maild-(\S+)", status).group(1)
        kb = int(re.search(r"RssAnon:\s*(\d+)", status).group(1))
        out[role] = max(kb, out.get(role, 0))
    return out


def submit(maild, first, messages, destinations):
    c = maild.smtp()
    for i in range(first, messages, CLIENTS):
        c.sendmail("test@localhost",
                   ["x%d@d%d.example" % (i, i % destinations)],
                   "Subject: %d\r\n\r\nhello\r\n" % i)
    try:
        c.quit()
    except smtplib.SMTPException:
        pass


def main(messages=100000, destinations=1000, dead=10):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    names = dns.Dns({("d%d.example" % i, dns.A): [dns.a(
        "127.0.0.9" if i < dead else "127.0.0.1")]
        for i in range(destinations)})
    sink = Sink(port=port)
    maild = Maild("-o", "relay { mx yes; resolver 127.0.0.1@%d; mx_port %d }"
                  % (names.port, port), "-o", "log { level error }")
    living = sum(1 for i in range(messages) if i % destinations >= dead)
    start = time.monotonic()
    clients = [threading.Thread(target=submit, args=(
        maild, n, messages, destinations)) for n in range(CLIENTS)]
    for c in clients:
        c.start()
    for c in clients:
        c.join()
    print("%d submitted after %.1f s, %d of %d arrived" % (
        messages, time.monotonic() - start, len(sink.mail), living))
    end = time.monotonic() + PATIENCE
    while len(sink.mail) < living and time.monotonic() < end:
        time.sleep(0.1)
    print("%d of %d arrived after %.1f s, by %d connections" % (
        len(sink.mail), living, time.monotonic() - start, sink.connections))
    print("memory: " + ", ".join("%s %d kB" % m
                                 for m in sorted(memory(maild).items())))
    maild.stop()
    return 0 if len(sink.mail) >= living else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
