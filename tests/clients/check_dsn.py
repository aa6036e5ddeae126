# SPDX-License-Identifier: ISC
"""Delivery status notifications of each kind, as Python's email package reads
them: every field, and what of the message comes back."""

import email
import email.policy
import email.utils
import re
import smtplib

from maildtest import MaildTest, main, message, wait_for
from sink import Sink

# What a server says of a recipient by its local part.
REPLIES = {
    "gone": "550 5.1.1 no such user",
    "bare": "554 no enhanced code",
    "lines": "550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third",
    "odd": "550 5.2.0 gr\u00fc\u00dfe \x07\x1b[31m " + "word " * 60,
    "wide": "550 5.2.0 " + "x" * 400,
    "wrong": "550 4.7.9 the class of another",
    "later": "450 4.7.1 come back later",
}


def behave(session, line):
    found = re.match(r"RCPT TO:<(\w+)@", line)
    if found and found.group(1) in REPLIES:
        session.say(REPLIES[found.group(1)])
        return True
    if line == "." and session.got.rcpt[0].startswith("<text@"):
        session.say("554 5.6.0 not that text")
        return True
    return False


class Report:
    """A notification, whose outer form is right; fields are lists of pairs, of
    the message and then of each recipient."""

    def __init__(self, test, raw):
        self.raw = raw
        self.m = m = email.message_from_bytes(raw, policy=email.policy.default)
        test.assertNotRegex(raw, rb"(?<!\r)\n|\r(?!\n)")
        test.assertLessEqual(max(map(len, raw.split(b"\r\n"))), 998)
        for part in m.walk():
            test.assertEqual(part.defects, [], raw)
        test.assertEqual(m.get_content_type(), "multipart/report")
        kind = m.get_param("report-type")
        test.assertEqual(m["Return-Path"], "<>")
        test.assertEqual(m["Auto-Submitted"], "auto-replied")
        test.assertEqual(len(m.get_payload()), 3)
        words, status, self.original = m.get_payload()
        test.assertEqual(words.get_content_type(), "text/plain")
        test.assertEqual(status.get_content_type(), "message/" + kind)
        self.words = words.get_content()
        self.is_global = kind == "global-delivery-status"
        if not self.is_global:
            test.assertTrue(self.before_original().isascii())
        self.fields = self.blocks(status)

    def before_original(self):
        return self.raw.split(b"--" + self.m.get_boundary().encode())[2]

    def blocks(self, status):
        """Python knows the blocks of message/delivery-status only."""
        text = self.before_original().split(b"\r\n\r\n", 1)[1]
        found = [email.message_from_bytes(block + b"\r\n\r\n",
                                          policy=email.policy.default)
                 for block in text.strip().split(b"\r\n\r\n")]
        if not self.is_global:
            assert [f.items() for f in status.get_payload()] == \
                [f.items() for f in found]
        return found

    def of(self, address):
        return next(f for f in self.fields[1:]
                    if f["Final-Recipient"].split("; ")[1] == address)


class Dsn(MaildTest):
    maild_users = 16
    maild_args = ("-o", "queue { retry 1s 1s 2s; warn_after 2s }", "-o",
                  "listen smtp localhost:@smtp@", "-o",
                  "relay { smarthost smtp+insecure://127.0.0.1:@sink@ }")
    users = 0

    @classmethod
    def setUpClass(cls):
        cls.sink = Sink(behave=behave, extensions=(
            "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"))
        cls.maild_args = tuple(a.replace("@sink@", str(cls.sink.port))
                               for a in cls.maild_args)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.sink.close()

    def setUp(self):
        """Each test has an account that is its own."""
        Dsn.users += 1
        self.user = "user%d" % Dsn.users
        self.sender = self.user + "@localhost"

    def send(self, *to, mail=(), rcpt=(), body="the text\r\n", subject="Hello"):
        """rcpt: parameters of each, or of all."""
        if not isinstance(rcpt, dict):
            rcpt = {t: rcpt for t in to}
        text = message(subject, to[0], self.sender, body)
        c = self.maild.smtp(self.user)
        c.ehlo()
        self.assertEqual(c.mail(self.sender, mail)[0], 250)
        for t in to:
            self.assertEqual(c.rcpt(t, rcpt.get(t, ()))[0], 250, t)
        self.assertEqual(c.data(text)[0], 250)
        c.quit()
        return text

    def reports(self, n=1):
        """What has come, once it is so many."""
        got = wait_for("%d notifications" % n, 60, lambda: [
            m for m in [self.fetch_all(self.user)] if len(m) >= n])[0]
        self.assertEqual(len(got), n)
        return [Report(self, raw) for _, raw in sorted(got.items())]

    def report(self):
        return self.reports()[0]

    def queue_empties(self):
        wait_for("an empty queue", 60, lambda: not self.maild.mailctl(
            "queue", "list", "--sender", self.sender).stdout)

    def check(self, fields, dates, **wanted):
        """Exactly these fields, and dates that can be read."""
        found = dict(fields.items())
        self.assertEqual(len(found), len(fields.items()))
        for name in dates:
            self.assertIsNotNone(email.utils.parsedate_to_datetime(
                found.pop(name)).tzinfo)
        self.assertEqual(found, {k.replace("_", "-"): v
                                 for k, v in wanted.items()})

    def check_recipient(self, report, address, action, status, code=None,
                        host="127.0.0.1", orcpt=None, kind="rfc822", dates=()):
        wanted = {"Original-Recipient": orcpt or "%s; %s" % (kind, address),
                  "Final-Recipient": "%s; %s" % (kind, address),
                  "Action": action, "Status": status}
        if code:
            wanted.update({"Remote-MTA": "dns; " + host,
                           "Diagnostic-Code": "smtp; " + code})
        self.check(report.of(address), dates, **wanted)

    LAST = ("Last-Attempt-Date",)

    def test_failed(self):
        """Several of one message, each with what was said of it."""
        self.send("gone@example.com", "bare@example.com", "lines@example.com",
                  "wrong@example.com", "good@example.com",
                  mail=["ENVID=QQ+2B314+3D159", "RET=HDRS"],
                  rcpt={"gone@example.com": ["ORCPT=rfc822;G+2BX@example.com",
                                             "NOTIFY=FAILURE"]})
        r = self.report()
        self.assertEqual(r.m["Subject"], "Undelivered mail")
        self.assertEqual(r.m["To"], self.sender)
        self.check(r.fields[0], ["Arrival-Date"],
                   Original_Envelope_Id="QQ+314=159",
                   Reporting_MTA="dns; localhost")
        self.assertEqual(len(r.fields), 5)
        for name, status, code, orcpt in (
                ("gone", "5.1.1", "550 5.1.1 no such user",
                 "rfc822; G+X@example.com"),
                ("bare", "5.0.0", "554 no enhanced code", None),
                ("lines", "5.7.1", "550 5.7.1 first / second / third", None),
                ("wrong", "5.7.9", "550 4.7.9 the class of another", None)):
            self.check_recipient(r, name + "@example.com", "failed", status,
                                 code, orcpt=orcpt, dates=self.LAST)
            self.assertIn("<%s@example.com>" % name, r.words)
        self.assertNotIn("good@", r.words)
        self.assertEqual(r.original.get_content_type(), "text/rfc822-headers")
        head = email.message_from_string(r.original.get_content())
        self.assertEqual(head["Subject"], "Hello")
        self.assertNotIn("the text", r.original.get_content())

    def test_the_whole_comes_back(self):
        text = self.send("text@example.com", mail=["RET=FULL", "BODY=8BITMIME"],
                         body="gr\u00fc\u00dfe\r\n.\r\n--=_x\r\n\r\n\r\n",
                         subject="Gr\u00fc\u00dfe")
        r = self.report()
        self.check_recipient(r, "text@example.com", "failed", "5.6.0",
                             "554 5.6.0 not that text", dates=self.LAST)
        self.assertEqual(r.original.get_content_type(), "message/rfc822")
        self.assertEqual(r.original["Content-Transfer-Encoding"], "8bit")
        self.assertIn(text + b"\r\n--" + r.m.get_boundary().encode() + b"--",
                      r.raw)

    def test_what_servers_say_is_tamed(self):
        self.send("odd@example.com", "wide@example.com")
        r = self.report()
        self.assertTrue(r.raw.isascii())
        self.assertNotRegex(r.raw, rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
        said = r.of("odd@example.com")["Diagnostic-Code"]
        self.assertRegex(said, r"^smtp; 550 5\.2\.0 gr.*e .*( word){40}")
        self.assertIn("x" * 300, r.of("wide@example.com")["Diagnostic-Code"])

    def test_no_field_comes_out_of_a_parameter(self):
        c = self.maild.smtp(self.user)
        c.ehlo()
        said = [c.mail(self.sender, ["ENVID=a+0D+0AAction:+20x"])]
        c.mail(self.sender)
        said += [c.rcpt("gone@example.com", ["ORCPT=" + x]) for x in (
            "rfc822;a+0D+0AAction:+20x@b.example", "utf-8;a+0Ab@b.example",
            "rf\tc822;a@b.example", "rfc822;a@b.example+00")]
        self.assertEqual([code for code, _ in said], [501, 501, 250, 501, 501])
        c.data(message(sender=self.sender))
        c.quit()
        self.check_recipient(self.report(), "gone@example.com", "failed",
                             "5.1.1", "550 5.1.1 no such user",
                             orcpt="utf-8; a+0Ab@b.example", dates=self.LAST)

    def test_delayed(self):
        self.send("later@example.com", mail=["ENVID=e1"],
                  rcpt=["NOTIFY=DELAY"])
        r = self.report()
        self.assertEqual(r.m["Subject"], "Delayed mail")
        self.check_recipient(
            r, "later@example.com", "delayed", "4.7.1",
            "450 4.7.1 come back later",
            dates=("Last-Attempt-Date", "Will-Retry-Until"))
        self.assertGreater(*(email.utils.parsedate_to_datetime(d) for d in (
            r.fields[1]["Will-Retry-Until"], r.fields[0]["Arrival-Date"])))
        self.assertEqual(r.original.get_content_type(), "text/rfc822-headers")
        self.maild.mailctl("queue", "cancel", "--sender", self.sender)

    def test_delivered_and_relayed(self):
        """Whatever RET says, the text does not come back."""
        self.send("good@example.com", "test@localhost", mail=["RET=FULL"],
                  rcpt=["NOTIFY=SUCCESS", "ORCPT=rfc822;as@said.example"])
        wait_for("both", 60, lambda: sum(
            raw.count(b"\nAction:") for raw in
            self.fetch_all(self.user).values()) == 2)
        found = {}
        for r in self.reports(len(self.fetch_all(self.user))):
            for f in r.fields[1:]:
                found[f["Action"]] = f
            self.assertEqual(r.original.get_content_type(),
                             "text/rfc822-headers")
        self.check(found["delivered"], (), Status="2.0.0", Action="delivered",
                   Original_Recipient="rfc822; as@said.example",
                   Final_Recipient="rfc822; test@localhost")
        self.check(found["relayed"], self.LAST, Status="2.0.0",
                   Action="relayed", Remote_MTA="dns; 127.0.0.1",
                   Original_Recipient="rfc822; as@said.example",
                   Final_Recipient="rfc822; good@example.com",
                   Diagnostic_Code="smtp; 250 2.0.0 got it")

    def test_an_alias(self):
        """What becomes of each target is told of the one that was named, and
        nothing of who lives here."""
        r = self.maild.mailctl("alias", "add", "several@localhost",
                               "test@localhost", "gone@example.com",
                               "good@example.com")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.send("several@localhost", rcpt=["NOTIFY=SUCCESS,FAILURE"])
        wait_for("all", 60, lambda: sum(
            raw.count(b"\nAction:") for raw in
            self.fetch_all(self.user).values()) == 3)
        found = {f["Final-Recipient"]: f["Action"]
                 for r in self.reports(len(self.fetch_all(self.user)))
                 for f in r.fields[1:]
                 if f["Original-Recipient"] == "rfc822; several@localhost"}
        self.assertEqual(found, {"rfc822; several@localhost": "delivered",
                                 "rfc822; gone@example.com": "failed",
                                 "rfc822; good@example.com": "relayed"})

    def test_notify(self):
        """Only what was asked for is told."""
        for n in ("NEVER", "SUCCESS", "DELAY"):
            self.send("gone@example.com", rcpt=["NOTIFY=" + n])
        for n in ("NEVER", "FAILURE", "DELAY", "FAILURE,DELAY"):
            self.send("good@example.com", "test@localhost",
                      rcpt=["NOTIFY=" + n])
        self.queue_empties()
        self.assertEqual(self.fetch_all(self.user), {})

    def test_utf8(self):
        """RFC 6533; the message or its header comes back as it was."""
        for ret, kind in (("FULL", "message/global"),
                          ("HDRS", "message/global-headers")):
            text = self.send(
                "gone@b\u00fccher.example", mail=["SMTPUTF8", "RET=" + ret],
                subject="Gr\u00fc\u00dfe", body="\u00e4\r\n",
                rcpt=["ORCPT=utf-8;\u00fc@b\u00fccher.example"])
            head = text[:text.index(b"\r\n\r\n") + 2]
            r = self.reports(1 if ret == "FULL" else 2)[-1]
            self.assertTrue(r.is_global)
            self.check_recipient(
                r, "gone@b\u00fccher.example", "failed", "5.1.1",
                "550 5.1.1 no such user", kind="utf-8", dates=self.LAST,
                orcpt="utf-8; \u00fc@b\u00fccher.example")
            self.assertIn("<gone@b\u00fccher.example>", r.words)
            self.assertEqual(r.original.get_content_type(), kind)
            self.assertEqual(r.original["Content-Transfer-Encoding"], "8bit")
            self.assertIn(text if ret == "FULL" else head, r.raw)
            self.assertEqual("\u00e4\r\n".encode() in r.raw, ret == "FULL")

    def test_to_a_sender_elsewhere(self):
        """From <>, and nobody is told where that fails as well."""
        r = self.maild.mailctl("alias", "add", "away@localhost",
                               "gone@example.com")
        self.assertEqual(r.returncode, 0, r.stderr)
        for sender in ("x@far.example", "gone@far.example"):
            with smtplib.SMTP("127.0.0.1", self.maild.port("smtp")) as c:
                c.ehlo()
                c.sendmail(sender, ["away@localhost"], message(),
                           ["ENVID=e5"])
        wait_for("a notification", 60, lambda: any(
            m.rcpt == ["<x@far.example>"] for m in self.sink.mail))
        mail = next(m for m in self.sink.mail if m.rcpt == ["<x@far.example>"])
        self.assertEqual(mail.sender, "")
        r = Report(self, b"Return-Path: <>\r\n" + mail.data)
        self.assertEqual(r.fields[0]["Original-Envelope-Id"], "e5")
        self.check_recipient(r, "gone@example.com", "failed", "5.1.1",
                             "550 5.1.1 no such user", dates=self.LAST,
                             orcpt="rfc822; away@localhost")
        wait_for("an empty queue", 60, lambda: b"gone@" not in
                 self.maild.mailctl("queue", "list").stdout)
        self.assertFalse([m for m in self.sink.mail if "gone" in m.rcpt[0]])


if __name__ == "__main__":
    main()
