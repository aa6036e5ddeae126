# SPDX-License-Identifier: ISC
"""imapfilter: a day's rules, by flags, fields, text, size and age."""

import os
import shutil
import tempfile

from maildtest import MaildTest, PASSWORD, main, message

RULES = """
options.certificates = true
options.timeout = 30
account = IMAP {{ server = "localhost", port = {port}, username = "test",
	password = "{password}", ssl = "auto" }}

account:create_mailbox("Lists")
account:subscribe_mailbox("Lists")
inbox = account.INBOX

lists = inbox:contain_subject("[list]")
assert(#lists == 2)
lists:move_messages(account.Lists)

important = inbox:contain_from("boss@example.org") + inbox:contain_body("urgent")
important:mark_flagged()
inbox:contain_to("test@localhost"):add_flags({{ "Filtered" }})

large = inbox:is_larger(20000) * inbox:is_unseen()
large:mark_seen()
large:copy_messages(account.Archive)

spam = inbox:match_subject("^Buy")
spam:delete_messages()

exist, unread, unseen, uidnext = inbox:check_status()
print("status", exist, unread, unseen)
mailboxes = account:list_all()
table.sort(mailboxes)
print("mailboxes", table.concat(mailboxes, " "))
first = inbox:contain_subject("Hello")
for _, m in ipairs(first) do
	mailbox, uid = table.unpack(m)
	print("date", mailbox[uid]:fetch_date())
	print("body", mailbox[uid]:fetch_body())
	print("size", mailbox[uid]:fetch_size())
end
"""


class Imapfilter(MaildTest):
    def test_rules(self):
        for m in (message("Hello"), message("[list] one"), message("[list] two"),
                  message("Work", sender="boss@example.org"),
                  message("Note", body="This is URGENT.\r\n"),
                  message("Big", body="x" * 70 + "\r\n" + "y\r\n" * 10000),
                  message("Buy now")):
            self.maild.deliver(m)
        home = tempfile.mkdtemp(prefix="imapfilter-")
        self.addCleanup(shutil.rmtree, home)
        config = os.path.join(home, "config.lua")
        with open(config, "w") as f:
            f.write(RULES.format(password=PASSWORD, port=self.maild.port("imaps")))
        r = self.run_ok(["imapfilter", "-c", config, "-t",
                         self.maild.ca], timeout=60,
                        env=dict(os.environ, IMAPFILTER_HOME=home, HOME=home))
        out = r.stdout.decode()
        self.assertIn("body\tHi there.", out)
        self.assertRegex(out, r"mailboxes\t.*Archive .*INBOX .*Lists ")

        self.assertEqual(len(self.flags(mailbox="Lists")), 2)
        self.assertEqual(len(self.flags(mailbox="Archive")), 1)
        c = self.maild.imap()
        c.select("INBOX", readonly=True)

        def found(*keys):
            return len(c.search(None, *keys)[1][0].split())
        self.assertEqual(found("ALL"), 4)
        self.assertEqual(found("FLAGGED", "OR", "SUBJECT", "Work", "SUBJECT",
                               "Note"), 2)
        self.assertEqual(found("KEYWORD", "Filtered"), 4)
        self.assertEqual(found("SEEN", "SUBJECT", "Big"), 1)
        c.logout()


if __name__ == "__main__":
    main()
