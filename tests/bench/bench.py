# SPDX-License-Identifier: ISC
"""What the benchmarks share: servers in clean folders, what they cost, tables.

A speed is only ever a ratio: both servers run in the same run, one after the
other in turn, and medians are compared.
"""

import json
import math
import os
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "clients"))
BUILD = os.environ.get("BENCH_BUILD", os.path.join(TOP, "build", "plain"))

os.environ.setdefault("MAILCTL", os.path.join(BUILD, "mailctl", "mailctl"))

from maildtest import Maild, base_port  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """pid and all its descendants."""
    children = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as f:
                ppid = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(ppid, []).append(int(name))
    out, todo = [], [pid]
    while todo:
        p = todo.pop()
        out.append(p)
        todo += children.get(p, [])
    return out


def cpu(pid):
    """Seconds that a server has computed: to the nanosecond what its processes
    did, and to two ticks what those did that have ended."""
    total = 0
    for p in tree(pid):
        try:
            with open("/proc/%d/stat" % p) as f:
                fields = f.read().rsplit(")", 1)[1].split()
            total += sum(int(x) for x in fields[13:15]) / TICK
            for t in os.listdir("/proc/%d/task" % p):
                with open("/proc/%d/task/%s/schedstat" % (p, t)) as f:
                    total += int(f.read().split()[0]) / 1e9
        except OSError:
            pass
    return total


def memory(pid):
    """Bytes that the processes have for themselves, without files."""
    total = 0
    for p in tree(pid):
        try:
            with open("/proc/%d/smaps_rollup" % p) as f:
                m = re.search(r"Pss_Anon:\s+(\d+)", f.read())
            total += int(m.group(1)) * 1024 if m else 0
        except OSError:
            pass
    return total


def drain(c, tag):
    """Read to the end of a command, as cheaply as can be."""
    end = b"\r\n" + tag + b" "
    tail = b"\r\n"
    while end not in tail:
        data = c.sock.recv(1 << 18)
        if not data:
            raise EOFError
        tail = tail[-len(end):] + data
    if end + b"OK" not in tail:
        raise AssertionError(tail[-200:])


def stored(folder):
    """Bytes that a folder takes on the disk."""
    total = 0
    for base, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(base, name)).st_blocks * 512
            except OSError:
                pass
    return total


def drop(folder):
    """Its files leave the memory of the machine."""
    for base, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(base, name), "rb") as f:
                os.fsync(f.fileno())
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class MaildServer:
    name = "maild"

    def __init__(self, users, *options):
        self.folder = tempfile.mkdtemp(prefix="bench-maild-")
        self.maild = Maild("--plaintext", *options, users=users, keep=self.folder,
                           binary=os.path.join(BUILD, "maild", "maild"))
        self.pid = self.maild.process.pid
        self.lmtp = self.maild.port("lmtp")
        self.imap = self.maild.port("imap")
        self.imaps, self.ca = self.maild.port("imaps"), self.maild.ca
        self.store = os.path.join(self.folder, "mail")

    def index(self):
        r = self.maild.mailctl("index", "status", "--json", check=True)
        return json.loads(r.stdout)

    def cool(self):
        """As after a start of the machine."""
        self.maild.stop()
        drop(self.store)
        self.maild.start()
        self.pid = self.maild.process.pid

    def settle(self):
        """Wait until what can be indexed is."""
        while not self.index()["idle"]:
            time.sleep(0.2)

    def close(self):
        self.maild.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


DOVECOT = """
base_dir = {dir}/run
log_path = {dir}/log
state_dir = {dir}/state
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
default_client_limit = 4000
disable_plaintext_auth = no
mail_location = {format}:{dir}/mail/%n
mail_fsync = optimized
mail_max_userip_connections = 1000
first_valid_uid = 1
passdb {{
  {passdb}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%n
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service imap {{
  service_count = 1000
}}
auth_username_format = %Ln
"""


class DovecotServer:
    """Debian's Dovecot with durable deliveries and re-used processes."""

    name = "Dovecot"
    mail_format = "sdbox"
    passdb = "driver = static\n  args = nopassword=y"
    more = ""  # of its configuration

    def __init__(self, users):
        self.folder = tempfile.mkdtemp(prefix="bench-dovecot-")
        os.chmod(self.folder, 0o755)
        base, self.claim = base_port()
        self.lmtp, self.imap, self.imaps = base + 24, base + 143, base + 993
        owner = pwd.getpwnam("nobody")
        self.store = os.path.join(self.folder, "mail")
        for sub in ("mail", "run", "state"):
            os.mkdir(os.path.join(self.folder, sub))
        os.chown(self.store, owner.pw_uid, owner.pw_gid)
        self.ca = os.path.join(self.folder, "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-out", self.ca, "-keyout", os.path.join(self.folder, "key.pem")],
            check=True, stderr=subprocess.DEVNULL)
        self.config = os.path.join(self.folder, "dovecot.conf")
        with open(self.config, "w") as f:
            f.write((DOVECOT + self.more).format(
                dir=self.folder, format=self.mail_format, passdb=self.passdb,
                lmtp=self.lmtp, imap=self.imap, imaps=self.imaps,
                uid=owner.pw_uid, gid=owner.pw_gid))
        self.start()

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.config],
                                        start_new_session=True)
        self.pid = self.process.pid
        for port in (self.lmtp, self.imap, self.imaps):
            self.wait_for(port)

    def wait_for(self, port):
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.close()
        raise RuntimeError("dovecot does not answer")

    def settle(self):
        """It does nothing in the background."""

    def cool(self):
        self.stop()
        drop(self.store)
        self.start()

    def stop(self):
        # All of it: the master alone waits 6 seconds for the others.
        os.killpg(self.pid, signal.SIGTERM)
        self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class DovecotReused(DovecotServer):
    """A process takes connection after connection, as its manual recommends
    for speed."""

    more = """
service imap-login {{
  service_count = 0
  process_min_avail = 2
}}
"""


class DovecotMdbox(DovecotReused):
    """With its other format: many messages in a file."""

    name = "mdbox"
    mail_format = "mdbox"


class Syncs:
    """Counts the sync calls of a server, and its writes to descriptors that
    sync by themselves; processes that come later are included."""

    CALLS = "fsync,fdatasync,msync,sync_file_range,pwrite64"

    def __init__(self, pid):
        self.out = tempfile.NamedTemporaryFile(prefix="bench-strace-")
        pids = tree(pid)
        self.dsync = set().union(*(self.dsync_files(p) for p in pids))
        self.process = subprocess.Popen(
            ["strace", "-f", "-s", "0", "-o", self.out.name, "-e",
             "trace=" + self.CALLS] +
            [a for p in pids for a in ("-p", str(p))], stderr=subprocess.PIPE)
        # strace says so when it has attached to each.
        left = len(pids)
        while left > 0:
            line = self.process.stderr.readline()
            if not line:
                raise RuntimeError("strace does not attach")
            left -= b"attached" in line

    @staticmethod
    def dsync_files(pid):
        """(thread, descriptor) of what a process has open with O_DSYNC."""
        out = set()
        try:
            threads = os.listdir("/proc/%d/task" % pid)
            for fd in os.listdir("/proc/%d/fdinfo" % pid):
                with open("/proc/%d/fdinfo/%s" % (pid, fd)) as f:
                    flags = re.search(r"flags:\s+(\d+)", f.read()).group(1)
                if int(flags, 8) & os.O_DSYNC:
                    out |= {(t, fd) for t in threads}
        except OSError:
            pass
        return out

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process.stderr.close()
        n = 0
        with open(self.out.name, errors="replace") as f:
            for line in f:
                m = re.match(r"(\d+) +(\w+)\((\d+)", line)
                n += bool(m) and (m.group(2) != "pwrite64" or
                                  m.group(1, 3) in self.dsync)
        self.out.close()
        return n


def table(title, columns, rows):
    """As Markdown; also what people read on a terminal."""
    text = [[str(c) for c in r] for r in [columns] + rows]
    width = [max(len(r[i]) for r in text) for i in range(len(columns))]

    def line(row):
        return "| " + " | ".join(c.ljust(w) for c, w in zip(row, width)) + " |"

    return "\n".join(["### " + title, "", line(text[0]),
                      "|" + "|".join("-" * (w + 2) for w in width) + "|"] +
                     [line(r) for r in text[1:]]) + "\n"


def medians(rows):
    """{name: median} over the rows that have it."""
    names = {k for r in rows for k in r}
    return {k: statistics.median(r[k] for r in rows if k in r) for k in names}


def number(x):
    """Two digits behind the point, more where three would not be seen."""
    if x <= 0:
        return "%.2f" % x
    return "%.*f" % (max(2, 2 - math.floor(math.log10(x))), x)


def limit_text(bar):
    return "%.3g" % bar


def cpu_ms(seconds):
    """Of what ended within a row, only ticks are known: less than that is not
    known at all."""
    return "-" if seconds < 0 else "%.1f" % (seconds * 1e3)


class Verdicts:
    """What the rows of a benchmark are worth: whether each meets its bars, and
    whether it is behind its peer.  The cells are a ratio (maild's figure by
    the peer's), the bar and whether it is met; a row without a bar shall not
    be behind its peer, but is not counted among those with one."""

    def __init__(self):
        self.rows = {}

    def note(self, row, met=None, behind=None):
        """A row that is judged twice must be right in both."""
        r = self.rows.setdefault(row, {"met": None, "behind": None})
        if met is not None:
            r["met"] = met and r["met"] is not False
        if behind is not None:
            r["behind"] = behind or bool(r["behind"])
        return "yes" if (not behind if met is None else met) else "no"

    def less(self, row, mine, peer, bar=None, most=None):
        """Cells of a figure that should be small: bar is what it may be of the
        peer's, most what it may be itself."""
        limit = most if bar is None else bar * peer
        met = self.note(row, None if limit is None else mine <= limit,
                        mine > peer)
        return [number(mine / peer if peer else 0),
                limit_text(bar or most or 1), met]

    def more(self, row, mine, peer, bar=None):
        """The same of one that should be large."""
        met = self.note(row, None if bar is None else mine >= bar * peer,
                        mine < peer)
        return [number(mine / peer), limit_text(bar or 1), met]

    def within(self, row, mine, most):
        """Bar and whether it is met, where no peer is."""
        return [limit_text(most), self.note(row, mine <= most)]


def growth_cells(v, row, server, ms, steady):
    """How much the last is of the first: maild's steady rows shall not grow.
    Twice is what identical runs may differ by."""
    cells = ["%.1f" % (ms[-1] / ms[0])]
    if server == "maild" and row in steady:
        return cells + v.within(row + ", how it grows", ms[-1] / ms[0], 2)
    return cells + ["-", "-"]


def report(name, markdown, data, verdicts=None):
    """Prints, and leaves NAME.md and NAME.json where $BENCH_OUT says."""
    print(markdown)
    out = os.environ.get("BENCH_OUT")
    if out:
        os.makedirs(out, exist_ok=True)
        with open(os.path.join(out, name + ".md"), "w") as f:
            f.write(markdown)
        with open(os.path.join(out, name + ".json"), "w") as f:
            json.dump({"data": data,
                       "verdicts": verdicts.rows if verdicts else {}}, f,
                      indent=1)
