# SPDX-License-Identifier: ISC
"""A system-call trace: a completed sync of the store's data lies between the
end of each message and its 250 or OK.  A build that opens LMDB with MDB_NOSYNC
($MAILD_NOSYNC) must fail the same check."""

import os
import re
import shutil
import tempfile
import unittest

from maildtest import MAILD, Maild, main, message
from rawimap import Imap

NOSYNC = os.environ.get("MAILD_NOSYNC", MAILD.replace("/plain/", "/nosync/"))
MESSAGES = 20
CALLS = ("read,readv,recvfrom,recvmsg,write,writev,sendmsg,sendto,pwrite64,"
         "pwritev,fsync,fdatasync,msync")


def trace(binary):
    """strace's lines for MESSAGES deliveries and as many APPENDs."""
    folder = tempfile.mkdtemp(prefix="maild-trace-")
    out = os.path.join(folder, "strace")
    try:
        maild = Maild("--plaintext", binary=binary, keep=folder, wrapper=(
            "strace", "-f", "-y", "-s", "65536", "-o", out, "-e",
            "trace=" + CALLS))
        try:
            for n in range(MESSAGES):
                maild.deliver(message(body="marker-%d\r\n" % n))
            c = Imap("localhost", maild.port("imap"))
            c.login()
            for n in range(MESSAGES, 2 * MESSAGES):
                c.append("INBOX", message(body="marker-%d\r\n" % n))
            c.close()
        finally:
            maild.kill()
        with open(out, errors="replace") as f:
            return f.read().splitlines()
    finally:
        shutil.rmtree(folder)


def unsynced(lines):
    """Messages whose reply was written before a sync of data.mdb had come back
    after their end was read.  Lines are in the order of calls; one that was
    interrupted by another thread's is taken where it resumed."""
    waiting = {}  # message: has it been synced
    bad, replied = [], 0
    syncing = {}  # thread: it is in a sync of the store
    for line in lines:
        m = re.match(r"(\d+) +(.*)", line)
        if m is None:
            continue
        pid, call = m.groups()
        if re.match(r"(fsync|fdatasync|msync)\(.*data\.mdb", call):
            if "unfinished" in call:
                syncing[pid] = set(waiting)
            elif call.endswith("= 0"):
                waiting = dict.fromkeys(waiting, True)
        elif re.match(r"<\.\.\. (fsync|fdatasync|msync) resumed", call):
            for n in syncing.pop(pid, ()):
                if n in waiting and call.endswith("= 0"):
                    waiting[n] = True
        elif re.match(r"(<\.\.\. )?(read|readv|recvfrom|recvmsg)\b", call):
            for n in re.findall(r"marker-(\d+)\\r\\n", call):
                waiting[n] = False
        elif re.match(r"(write|writev|sendmsg|sendto)\(\d+<(socket|TCP)", call) and \
                re.search(r'"(250 2\.[0156]\.\d [^\\]*|A\d+ OK \[APPENDUID )', call) and \
                waiting:
            replied += len(waiting)
            bad += [n for n, synced in waiting.items() if not synced]
            waiting = {}
    return bad, replied


class Trace(unittest.TestCase):
    def test_a_sync_lies_before_each_reply(self):
        bad, replied = unsynced(trace(MAILD))
        self.assertEqual(replied, 2 * MESSAGES)
        self.assertEqual(bad, [])

    def test_without_sync_the_check_fails(self):
        self.assertNotEqual(NOSYNC, MAILD)
        bad, replied = unsynced(trace(NOSYNC))
        self.assertEqual(replied, 2 * MESSAGES)
        self.assertGreater(len(bad), MESSAGES)


if __name__ == "__main__":
    main()
