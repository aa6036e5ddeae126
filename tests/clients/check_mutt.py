# SPDX-License-Identifier: ISC
"""mutt, in a terminal: list, read, flag, save elsewhere, search, delete."""

import os
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message, wait_for
from terminal import Terminal

CONFIG = """
set folder = "imaps://test@localhost:{port}/"
set spoolfile = "+INBOX"
set imap_pass = "{password}"
set certificate_file = "{ca}"
set ssl_force_tls = yes
set sort = date-received
set header_cache = "{dir}/cache"
set mail_check = 1
set timeout = 1
set delete = yes
set move = no
set wait_key = no
set confirmappend = no
set record = ""
set index_format = "%Z [%s]"
set quit = yes
set imap_idle = yes
set beep = no
"""


class Mutt(MaildTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="mutt-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.config = os.path.join(self.dir, "muttrc")
        with open(self.config, "w") as f:
            f.write(CONFIG.format(dir=self.dir, ca=self.maild.ca,
                                  password=PASSWORD,
                                  port=self.maild.port("imaps")))

    def goto(self, t, n):
        t.press(str(n))
        t.see("Jump to message: %d" % n)
        t.press("Enter")
        wait_for("the index", 30, lambda: "Jump to" not in t.screen())

    def marked(self, t, subject, mark):
        wait_for("%s at %s" % (mark, subject), 30, lambda: any(
            mark in line.split("[")[0] and "[%s]" % subject in line
            for line in t.screen().split("\n")))

    def test_ordinary_day(self):
        for n in ("alpha", "beta", "gamma", "delta"):
            self.maild.deliver(message(n, body="The text of %s.\r\n" % n))
        t = Terminal(self.dir, ["mutt", "-n", "-F", self.config],
                     {"HOME": self.dir})
        self.addCleanup(t.close)
        t.see("[delta]")
        self.goto(t, 1)
        t.press("Enter")
        t.see("The text of alpha.")
        t.press("i")
        t.see("[gamma]")
        # Flag the second; delete the third; the fourth goes to Archive.
        self.goto(t, 2)
        t.press("F")
        self.marked(t, "beta", "!")
        self.goto(t, 3)
        t.press("d")
        self.marked(t, "gamma", "D")
        self.goto(t, 4)
        t.press("s")
        t.see("Save to mailbox")
        t.press("C-a", "C-k")
        t.type("+Archive")
        t.see("+Archive")
        t.press("Enter")
        wait_for("the copy", 30,
                 lambda: len(self.flags(mailbox="Archive")) == 1)
        self.marked(t, "delta", "D")
        t.press("$")
        wait_for("the expunge", 30, lambda: len(self.flags()) == 2)
        flags = list(self.flags().values())
        self.assertIn("\\Seen", flags[0])
        self.assertIn("\\Flagged", flags[1])

        # New mail shows while it idles; a search on the server's side.
        self.maild.deliver(message("epsilon", body="A needle in it.\r\n"))
        t.see("[epsilon]")
        t.press("l")
        t.see("Limit to messages matching")
        t.type("=b needle")
        t.press("Enter")
        wait_for("the limit", 30, lambda: "[beta]" not in t.screen())
        t.see("[epsilon]")
        t.press("q")
        t.ended()
        c = self.maild.imap()
        c.select("Archive", readonly=True)
        self.assertIn(b"The text of delta.",
                      c.fetch("1", "(BODY.PEEK[TEXT])")[1][0][1])
        c.logout()


if __name__ == "__main__":
    main()
