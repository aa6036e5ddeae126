# SPDX-License-Identifier: ISC
"""Perl's Mail::IMAPClient: the day is in mail_imapclient.pl."""

import os

from maildtest import MaildTest, main, message


class MailIMAPClient(MaildTest):
    def test_ordinary_day(self):
        for subject in ("first", "second", "third"):
            self.maild.deliver(message(subject))
        self.run_ok(["perl", os.path.join(os.path.dirname(__file__),
                                          "mail_imapclient.pl"),
                     str(self.maild.port("imaps")), self.maild.ca],
                    timeout=60)
        flags = self.flags()
        self.assertEqual([f - {r"\Recent"} for f in flags.values()],
                         [{r"\Seen"}])
        self.assertEqual([f - {r"\Recent"} for f in
                          self.flags(mailbox="Perl2").values()],
                         [{r"\Flagged"}, set(), {r"\Seen"}])
        bodies = b"".join(self.fetch_all(mailbox="Perl2").values())
        self.assertIn(b"By Perl.", bodies)
        self.assertIn(b"Subject: third", bodies)


if __name__ == "__main__":
    main()
