# SPDX-License-Identifier: ISC
"""nodemailer and imapflow, over TLS and STARTTLS.

Their pinned versions are installed by npm into $NODE_CLIENTS, where
scripts/runtests puts them.
"""

import os

from maildtest import MaildTest, TOP, main

SCRIPT = os.path.join(TOP, "tests", "clients", "node", "check.js")


class Node(MaildTest):
    def check(self, imap, smtp, mode):
        modules = os.path.join(os.environ["NODE_CLIENTS"], "node_modules")
        r = self.run_ok(["node", SCRIPT, str(self.maild.port(imap)),
                         str(self.maild.port(smtp)), self.maild.ca, mode],
                        env=dict(os.environ, NODE_PATH=modules))
        self.assertEqual(r.stdout.strip(), b"ok")

    def test_tls(self):
        self.check("imaps", "submissions", "tls")

    def test_starttls(self):
        self.check("imap", "submission", "starttls")


if __name__ == "__main__":
    main()
