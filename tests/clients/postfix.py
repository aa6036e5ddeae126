# SPDX-License-Identifier: ISC
"""Postfix in a folder of its own, which needs root to be started, and what it
asks: a policy service that greylists, and Dovecot for passwords."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from maildtest import PASSWORD, TOP, free_port, removed, wait_for

sys.path.insert(0, os.path.join(TOP, "tests", "bench"))

from bench import DovecotServer  # noqa: E402

MASTER = "/usr/share/postfix/master.cf.dist"
if not os.path.exists(MASTER):
    MASTER = "/etc/postfix/master.cf.proto"

needs_root = unittest.skipUnless(os.geteuid() == 0,
                                 "only root can start Postfix")


class Greylist(threading.Thread):
    """A policy server (SMTPD_POLICY_README): each recipient once in vain."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        file = sock.makefile("rwb")
        asked = {}
        for line in file:
            name, _, value = line.decode().strip().partition("=")
            asked[name] = value
            if name:
                continue
            rcpt = asked.get("recipient")
            action = "DUNNO" if rcpt in self.seen else \
                "DEFER_IF_PERMIT 4.7.1 greylisted"
            self.seen.add(rcpt)
            file.write(b"action=" + action.encode() + b"\n\n")
            file.flush()


class Accounts(DovecotServer):
    """Dovecot, which knows everyone by PASSWORD and is asked at port."""

    passdb = "driver = static\n  args = password=" + PASSWORD

    def __init__(self):
        self.port = free_port()
        self.more = ("auth_mechanisms = plain login\nservice auth {{\n"
                     "  inet_listener {{\n    address = 127.0.0.1\n"
                     "    port = %d\n  }}\n}}\n" % self.port)
        super().__init__(1)


class Postfix:
    """Running from here to close(); settings go into its main.cf."""

    def __init__(self, settings, port=0):
        self.dir = tempfile.mkdtemp(prefix="maild-postfix-")
        self.conf = os.path.join(self.dir, "conf")
        self.port = port or free_port()
        for name in ("conf", "spool", "data"):
            os.mkdir(os.path.join(self.dir, name))
        os.chmod(self.dir, 0o755)
        shutil.chown(os.path.join(self.dir, "data"), "postfix", "postfix")
        self.write_master()
        self.write_main(settings)
        self.run("postfix", "start")

    def write_master(self):
        with open(MASTER) as f:
            master = re.sub(r"^smtp( +inet.*)smtpd$",
                            r"127.0.0.1:%d\1smtpd" % self.port, f.read(),
                            flags=re.M)
        # Nothing is chrooted: the folder has no libraries.
        master = re.sub(r"^(\S+ +\S+ +\S+ +\S+ +)y( )", r"\1n\2", master,
                        flags=re.M)
        with open(os.path.join(self.conf, "master.cf"), "w") as f:
            f.write(master)

    def write_main(self, settings):
        settings = dict({
            "compatibility_level": "3.6",
            "queue_directory": self.dir + "/spool",
            "data_directory": self.dir + "/data",
            "maillog_file": self.dir + "/mail.log",
            "maillog_file_prefixes": self.dir,
            "myhostname": "mx.example.com", "mydestination": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "", "alias_maps": "", "alias_database": "",
            "local_recipient_maps": "",
        }, **settings)
        with open(os.path.join(self.conf, "main.cf"), "w") as f:
            for item in settings.items():
                f.write("%s = %s\n" % item)

    def run(self, program, *args):
        r = subprocess.run([program, "-c", self.conf, *args],
                           capture_output=True, timeout=60)
        if r.returncode != 0:
            raise AssertionError(r.stderr.decode())
        return r.stdout.decode()

    def log(self):
        with open(os.path.join(self.dir, "mail.log")) as f:
            return f.read()

    def says(self, words, seconds=60):
        wait_for("%s in its log" % words, seconds,
                 lambda: words in self.log())

    def empty(self):
        return "queue is empty" in self.run("postqueue", "-p")

    def close(self):
        """At once: what it still does is nobody's concern."""
        self.run("postfix", "abort")
        wait_for("the end of it", 30,
                 lambda: removed(self.dir))
