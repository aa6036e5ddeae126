# SPDX-License-Identifier: ISC
"""nodemailer and imapflow, over TLS and STARTTLS; smtp-server as the smarthost.

Their pinned versions are installed by npm into $NODE_CLIENTS, where
scripts/runtests puts them.
"""

import os
import shutil
import tempfile

from maildtest import Maild, MaildTest, TOP, free_port, main
from sink import certificate

SCRIPTS = os.path.join(TOP, "tests", "clients", "node")


class Node(MaildTest):
    def node(self, script, *args):
        modules = os.path.join(os.environ["NODE_CLIENTS"], "node_modules")
        # Debian 12's node has what imapflow wants of it behind a flag.
        r = self.run_ok(["node", "--experimental-global-webcrypto",
                         os.path.join(SCRIPTS, script)] +
                        [str(a) for a in args],
                        env=dict(os.environ, NODE_PATH=modules))
        self.assertEqual(r.stdout.strip(), b"ok")

    def check(self, imap, smtp, mode):
        self.node("check.js", self.maild.port(imap), self.maild.port(smtp),
                  self.maild.ca, mode)

    def test_tls(self):
        self.check("imaps", "submissions", "tls")

    def test_starttls(self):
        self.check("imap", "submission", "starttls")

    def test_resync(self):
        self.node("resync.js", self.maild.port("imaps"), self.maild.ca)

    def test_extensions(self):
        self.node("extensions.js", self.maild.port("imaps"), self.maild.ca)

    def test_relay(self):
        folder = tempfile.mkdtemp(prefix="maild-node-")
        self.addCleanup(shutil.rmtree, folder)
        cert, key = certificate(folder)
        with open(folder + "/password", "w") as f:
            f.write("secret\n")
        port = free_port()
        maild = Maild("-o", "relay { smarthost smtp://localhost:%d; ca_file %s;"
                      " user me; password_file %s/password }" % (
                          port, cert, folder), "-o", "queue { retry 1s 2s }")
        self.addCleanup(maild.stop)
        self.node("relay.js", port, cert, key, maild.port("submissions"),
                  maild.ca)


if __name__ == "__main__":
    main()
