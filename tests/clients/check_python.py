# SPDX-License-Identifier: ISC
"""Python's imaplib and smtplib, over TLS and STARTTLS."""

import email
import imaplib
import smtplib

from maildtest import MaildTest, Maild, PASSWORD, main, message, wait_for


class Python(MaildTest):
    maild_users = 6

    def imap_starttls(self, user):
        c = imaplib.IMAP4("localhost", self.maild.port("imap"))
        self.assertIn("STARTTLS", c.capabilities)
        self.assertIn("LOGINDISABLED", c.capabilities)
        c.starttls(self.maild.tls())
        self.assertNotIn("LOGINDISABLED", c.capabilities)
        c.login(user, PASSWORD)
        return c

    def test_login_with_and_without_domain(self):
        for name in ("test", "test@localhost", "TEST@LocalHost"):
            c = self.maild.imap(name)
            self.assertEqual(c.select()[0], "OK")
            c.logout()

    def test_no_login_before_tls(self):
        c = imaplib.IMAP4("localhost", self.maild.port("imap"))
        with self.assertRaisesRegex(imaplib.IMAP4.error, "PRIVACYREQUIRED"):
            c.login("test", PASSWORD)
        c.logout()
        s = smtplib.SMTP("localhost", self.maild.port("submission"))
        s.ehlo()
        self.assertFalse(s.has_extn("auth"))
        self.assertTrue(s.has_extn("starttls"))
        s.quit()

    def test_wrong_password(self):
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            self.maild.imap("user6", "wrong")
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            self.maild.smtp("user6", "wrong")

    def test_unknown_user_is_told_nothing_more(self):
        texts = []
        for user in ("user6", "nobody"):
            try:
                self.maild.imap(user, "never")
            except imaplib.IMAP4.error as e:
                texts.append(str(e))
        self.assertEqual(len(texts), 2)
        self.assertEqual(texts[0], texts[1])

    def test_submit_and_read_back(self):
        s = smtplib.SMTP("localhost", self.maild.port("submission"))
        s.starttls(context=self.maild.tls())
        s.login("user1", PASSWORD)
        sent = message("Gr\u00fc\u00dfe", "user2@localhost", "user1@localhost",
                       extra="Bcc: hidden@example.org\r\n")
        s.sendmail("user1@localhost", ["user2@localhost"], sent)
        s.quit()
        c = self.imap_starttls("user2")
        c.select()
        got = wait_for("the message", 5,
                       lambda: c.noop() and c.search(None, "ALL")[1][0].split())
        typ, data = c.fetch(got[-1], "(RFC822)")
        m = email.message_from_bytes(data[0][1])
        self.assertIn("Received", m)
        self.assertEqual(m["Return-Path"], "<user1@localhost>")
        self.assertNotIn("Bcc", m)
        self.assertTrue(data[0][1].endswith(sent.split(b"\r\n\r\n", 1)[1]))
        c.logout()

    def test_sender_must_be_own(self):
        s = self.maild.smtp("user1")
        with self.assertRaises(smtplib.SMTPSenderRefused) as e:
            s.sendmail("user2@localhost", ["test@localhost"], message())
        self.assertIn(b"user2@localhost", e.exception.smtp_error)
        with self.assertRaises(smtplib.SMTPDataError) as e:
            s.sendmail("user1@localhost", ["test@localhost"],
                       message(sender="user2@localhost"))
        self.assertEqual(e.exception.smtp_code, 550)
        self.assertIn(b"user2@localhost", e.exception.smtp_error)
        s.quit()

    def test_remote_recipient_is_refused_clearly(self):
        s = self.maild.smtp("user1")
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as e:
            s.sendmail("user1@localhost", ["a@example.com"],
                       message(sender="user1@localhost"))
        code, text = e.exception.recipients["a@example.com"]
        self.assertEqual(code, 550)
        s.quit()

    def test_lmtp_replies_per_recipient(self):
        c = self.maild.lmtp()
        refused = c.sendmail("a@example.org",
                             ["user3@localhost", "no-such@localhost",
                              "user4+lists@localhost"], message("LMTP"))
        self.assertEqual(list(refused), ["no-such@localhost"])
        self.assertEqual(refused["no-such@localhost"][0], 550)
        c.quit()
        for user in ("user3", "user4"):
            self.assertEqual(len(self.fetch_all(user)), 1)

    def test_detail_goes_to_its_folder(self):
        c = self.maild.imap("user5")
        c.create("lists")
        c.logout()
        self.maild.deliver(message("detail"), "user5+lists@localhost")
        self.assertEqual(len(self.fetch_all("user5", "lists")), 1)
        self.assertEqual(self.fetch_all("user5"), {})

    def test_append_flags_search_copy_move_expunge(self):
        c = self.imap_starttls("user3")
        self.assertEqual(c.create("Work")[0], "OK")
        for n in range(10):
            typ, data = c.append("Work", r"(\Seen $label1)" if n % 2 else None,
                                 '"17-Jul-2024 02:44:25 -0700"',
                                 message("number %d" % n))
            self.assertEqual(typ, "OK")
            self.assertIn(b"APPENDUID", data[0])
        c.select("Work")
        self.assertEqual(c.search(None, "KEYWORD", "$label1")[1],
                         [b"2 4 6 8 10"])
        self.assertEqual(c.search(None, "SUBJECT", '"number 3"')[1], [b"4"])
        self.assertEqual(c.uid("COPY", "1:3", "Archive")[0], "OK")
        self.assertEqual(c.uid("MOVE", "9:10", "Trash")[0], "OK")
        c.store("1:2", "+FLAGS", r"(\Deleted)")
        # imaplib gives those of MOVE, too.
        self.assertEqual(c.expunge()[1][-2:], [b"2", b"1"])
        self.assertEqual(c.uid("SEARCH", "ALL")[1], [b"3 4 5 6 7 8"])
        c.logout()
        self.assertEqual(len(self.fetch_all("user3", "Archive")), 3)
        self.assertEqual(len(self.fetch_all("user3", "Trash")), 2)

    def test_idle_is_pushed(self):
        c = self.maild.imap("user2")
        c.select()
        tag = c._new_tag()
        c.send(tag + b" IDLE\r\n")
        self.assertTrue(c.readline().startswith(b"+"))
        self.maild.deliver(message("pushed"), "user2@localhost")
        c.sock.settimeout(5)
        while b"EXISTS" not in c.readline():
            pass
        c.send(b"DONE\r\n")
        c.shutdown()

    def test_message_over_the_limit(self):
        m = Maild("-o", "limits { message_size 100K }")
        try:
            big = message(body="x" * 70 + "\r\n")[:-2] + b"y\r\n" * 50000
            s = m.smtp()
            with self.assertRaises(smtplib.SMTPException) as e:
                s.sendmail("test@localhost", ["test@localhost"], big)
            self.assertEqual(e.exception.args[0], 552)
            c = m.imap()
            with self.assertRaisesRegex(
                    (c.error, c.abort), "(?i)TOOBIG|LIMIT|too large|exceeds"):
                typ, data = c.append("INBOX", None, None, big)
                if typ != "OK":
                    raise c.error(data[0].decode())
            c.shutdown()
            c = m.imap()
            self.assertEqual(c.select()[1], [b"0"])
            c.logout()
        finally:
            m.stop()


if __name__ == "__main__":
    main()
