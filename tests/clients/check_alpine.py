# SPDX-License-Identifier: ISC
"""alpine, in a terminal: list, read, flag, save elsewhere, search, expunge."""

import os
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message, wait_for
from terminal import Terminal

CONFIG = """
user-domain=localhost
inbox-path={{localhost:{port}/ssl/novalidate-cert/user=test}}INBOX
folder-collections=Mail {{localhost:{port}/ssl/novalidate-cert/user=test}}[]
feature-list=enable-flag-cmd,enable-aggregate-command-set,quit-without-confirm,
	expunge-without-confirm-everywhere,disable-password-file-saving,
	enable-msg-view-urls,disable-keymenu
last-version-used=6.26
mail-check-interval=15
quell-extra-post-prompt=yes
"""


class Alpine(MaildTest):
    def open(self):
        home = tempfile.mkdtemp(prefix="alpine-")
        self.addCleanup(shutil.rmtree, home, True)
        config = os.path.join(home, "pinerc")
        with open(config, "w") as f:
            f.write(CONFIG.format(port=self.maild.port("imaps")))
        t = Terminal(home, ["alpine", "-p", config, "-i"], {"HOME": home})
        self.addCleanup(t.close)
        t.see(("PASSWORD", "delta"))
        if "delta" not in t.screen():
            t.type(PASSWORD)
            t.press("Enter")
        t.see("delta")
        return t

    def found(self, mailbox, *keys):
        c = self.maild.imap()
        try:
            c.select(mailbox, readonly=True)
            return len(c.search(None, *keys)[1][0].split())
        finally:
            c.logout()

    def test_ordinary_day(self):
        for n in ("alpha", "beta", "gamma", "delta"):
            self.maild.deliver(message(n, body="The text of %s.\r\n" % n))
        t = self.open()
        # Read the first.
        t.press("j", "1", "Enter")
        t.press("Enter")
        t.see("The text of alpha.")
        t.press("i")
        t.see("gamma")
        wait_for("read", 30, lambda: self.found("INBOX", "SEEN") == 1)
        # Flag the second.
        t.press("j")
        t.see("essage")
        t.press("2", "Enter")
        t.press("*")
        t.see("Important")
        t.press("*")
        wait_for("the flag", 30, lambda: self.found("INBOX", "FLAGGED") == 1)
        # Save the third elsewhere, which deletes it here.
        t.press("j")
        t.see("essage")
        t.press("3", "Enter")
        t.press("s")
        t.see("SAVE")
        t.press("C-u")
        t.type("Archive")
        t.press("Enter")
        wait_for("the copy", 30, lambda: self.found("Archive", "ALL") == 1)
        wait_for("its mark", 30, lambda: self.found("INBOX", "DELETED") == 1)
        # Delete the fourth, and expunge both.
        t.press("j")
        t.see("essage")
        t.press("4", "Enter")
        t.press("d")
        t.press("x")
        wait_for("the expunge", 30, lambda: self.found("INBOX", "ALL") == 2)
        # New mail is found when the user asks.
        self.maild.deliver(message("epsilon"))
        t.press("C-l")
        t.see("epsilon")
        t.press("q")
        t.ended()


if __name__ == "__main__":
    main()
