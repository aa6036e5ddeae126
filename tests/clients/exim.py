# SPDX-License-Identifier: ISC
"""Exim in a folder of its own, from where scripts/install-deps has put it; it
needs root to be started."""

import os
import shutil
import subprocess
import tempfile
import unittest

from maildtest import TOP, free_port, removed, wait_for
from sink import certificate

EXIM = os.path.join(TOP, "build", "peers", "usr", "sbin", "exim4")
USER = "Debian-exim"  # who it is, as it was built

usable = unittest.skipUnless(os.geteuid() == 0 and os.access(EXIM, os.X_OK),
                             "needs Exim in build/peers, and root to start it")

CONFIG = """
primary_hostname = {name}
exim_path = {exim}
exim_user = {user}
exim_group = {user}
spool_directory = {dir}/spool
log_file_path = {dir}/log/%slog
pid_file_path = {dir}/spool/pid
log_selector = +all
keep_environment =
local_interfaces = {host}
daemon_smtp_ports = {port}
tls_certificate = {cert}
tls_privatekey = {key}
tls_advertise_hosts = *
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
chunking_advertise_hosts = *
accept_8bitmime = true
disable_ipv6 = true
acl_smtp_rcpt = rcpt

begin acl
rcpt:
{rcpt}

begin routers
next:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = next

begin transports
next:
  driver = smtp
  port = {next}
  {transport}
"""


class Exim:
    """Takes mail and hands it to the server at the port next."""

    def __init__(self, next_port, name="mx.example.com", host="127.0.0.1",
                 port=0, rcpt="accept", transport=""):
        self.dir = tempfile.mkdtemp(prefix="maild-exim-")
        os.chmod(self.dir, 0o755)
        for sub in ("spool", "log"):
            os.mkdir(os.path.join(self.dir, sub))
            self.own(os.path.join(self.dir, sub))
        # It becomes another user, who may not come to where the project is.
        program = shutil.copy(EXIM, self.dir)
        self.port = port or free_port()
        cert, key = self.own(*certificate(self.dir, name))
        config = os.path.join(self.dir, "exim.conf")
        with open(config, "w") as f:
            f.write(CONFIG.format(
                name=name, exim=program, user=USER, dir=self.dir, host=host,
                port=self.port, cert=cert, key=key, next=next_port, rcpt=rcpt,
                transport=transport))
        self.process = subprocess.Popen([program, "-C", config, "-bdf"],
                                        stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        wait_for("Exim", 30, lambda: "listening for SMTP" in self.log())

    def own(self, *paths):
        for path in paths:
            shutil.chown(path, USER, USER)
        return paths

    def log(self, which="main"):
        try:
            with open(os.path.join(self.dir, "log", which + "log")) as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        wait_for("the end of what it delivers", 30,
                 lambda: removed(self.dir))
