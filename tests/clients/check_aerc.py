# SPDX-License-Identifier: ISC
"""aerc, in a terminal: list, read, flag, move, delete, search."""

import os
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message, wait_for
from terminal import Terminal

ACCOUNTS = """
[test]
source = imaps://test:{password}@localhost:{port}
default = INBOX
from = Test <test@localhost>
cache-headers = true
"""


class Aerc(MaildTest):
    def test_ordinary_day(self):
        home = tempfile.mkdtemp(prefix="aerc-")
        self.addCleanup(shutil.rmtree, home, True)
        config = os.path.join(home, "config", "aerc")
        os.makedirs(config)
        with open(os.path.join(config, "accounts.conf"), "w") as f:
            f.write(ACCOUNTS.format(password=PASSWORD,
                                    port=self.maild.port("imaps")))
        os.chmod(f.name, 0o600)
        for n in ("alpha", "beta", "gamma"):
            self.maild.deliver(message(n, body="The text of %s.\r\n" % n))
        t = Terminal(home, ["aerc"], {
            "HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config"),
            "XDG_CACHE_HOME": os.path.join(home, "cache"),
            "XDG_DATA_HOME": os.path.join(home, "data"),
            "SSL_CERT_FILE": self.maild.ca})
        self.addCleanup(t.close)
        t.see("alpha")
        t.see("Archive")

        def say(command):
            t.press(":")
            t.type(command)
            t.press("Enter")

        def found(mailbox, *keys):
            c = self.maild.imap()
            try:
                c.select(mailbox, readonly=True)
                return len(c.search(None, *keys)[1][0].split())
            finally:
                c.logout()

        say("select 0")
        say("flag -t")
        wait_for("a flag", 30, lambda: found("INBOX", "FLAGGED") == 1)
        say("read")
        wait_for("read", 30, lambda: found("INBOX", "SEEN") == 1)
        say("move Archive")
        wait_for("the move", 30, lambda: found("Archive", "FLAGGED") == 1)
        say("select 0")
        say("copy Sent")
        wait_for("the copy", 30, lambda: found("Sent", "ALL") == 1)
        say("mkdir Projects")
        wait_for("the folder", 30, lambda: b"Projects" in b"".join(
            self.maild.imap().list()[1]))
        say("cf INBOX")
        say("search -a alpha")
        say("clear")
        say("select 0")
        say("delete")
        wait_for("the delete", 30, lambda: found("INBOX", "ALL") == 1)
        self.maild.deliver(message("delta"))
        t.see("delta")
        say("quit")
        t.ended()


if __name__ == "__main__":
    main()
