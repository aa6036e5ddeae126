# SPDX-License-Identifier: ISC
"""A day of Thunderbird's; each step is looked at through a second connection."""

import email
import email.policy

from maildtest import MaildTest, PASSWORD, main, message, wait_for
from marionette import Thunderbird

CREATE_ACCOUNT = """
const [imapPort, smtpPort, socketType, password] = args;
const server = MailServices.accounts.createIncomingServer(
	"test", "localhost", "imap");
server.port = imapPort;
server.socketType = socketType;
server.authMethod = 3;
server.password = password;
server.loginAtStartUp = true;
const made = MailServices.accounts.createAccount();
made.incomingServer = server;
const identity = MailServices.accounts.createIdentity();
identity.email = "test@localhost";
identity.fullName = "Test User";
made.addIdentity(identity);
const out = MailServices.outgoingServer.createServer("smtp")
	.QueryInterface(Ci.nsISmtpServer);
out.hostname = "localhost";
out.port = smtpPort;
out.socketType = socketType;
out.authMethod = 3;
out.username = "test";
out.password = password;
MailServices.outgoingServer.defaultServer = out;
identity.smtpServerKey = out.key;
server.performExpand(null);
await until("the special folders", () => ["Inbox", "SentMail", "Drafts", "Trash",
	"Junk", "Archive"].every((f) => special(f)));
return root().descendants.map((f) => f.name);
"""

SEND = """
const fields = Cc["@mozilla.org/messengercompose/composefields;1"]
	.createInstance(Ci.nsIMsgCompFields);
fields.to = args[0];
fields.from = "test@localhost";
fields.subject = args[1];
fields.body = args[2];
const params = Cc["@mozilla.org/messengercompose/composeparams;1"]
	.createInstance(Ci.nsIMsgComposeParams);
params.type = Ci.nsIMsgCompType.New;
params.format = Ci.nsIMsgCompFormat.PlainText;
params.composeFields = fields;
params.identity = account().defaultIdentity;
const compose = MailServices.compose.initCompose(params);
const progress = Cc["@mozilla.org/messenger/progress;1"]
	.createInstance(Ci.nsIMsgProgress);
await compose.sendMsg(Ci.nsIMsgSend.nsMsgDeliverNow, account().defaultIdentity,
	account().key, null, progress);
"""

READ = """
const { MsgHdrToMimeMessage } = ChromeUtils.importESModule(
	"resource:///modules/gloda/MimeMessage.sys.mjs");
const hdr = bySubject(special("Inbox"), args[0]);
const mime = await new Promise((resolve) => MsgHdrToMimeMessage(hdr, null,
	(h, m) => resolve(m), true, { examineEncryptedParts: true }));
special("Inbox").markMessagesRead([hdr], true);
return mime.coerceBodyToPlaintext(special("Inbox"));
"""

SEARCH = """
const session = Cc["@mozilla.org/messenger/searchSession;1"]
	.createInstance(Ci.nsIMsgSearchSession);
session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, special("Inbox"));
const term = session.createTerm();
term.attrib = Ci.nsMsgSearchAttrib.Body;
term.op = Ci.nsMsgSearchOp.Contains;
const value = term.value;
value.attrib = term.attrib;
value.str = args[0];
term.value = value;
session.appendTerm(term);
const hits = [];
await new Promise((resolve) => {
	session.registerListener({
		onSearchHit(hdr) { hits.push(hdr.mime2DecodedSubject); },
		onSearchDone() { resolve(); },
		onNewSearch() {},
		QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
	});
	session.search(null);
});
return hits;
"""


class ThunderbirdDay(MaildTest):
    def start(self, imap, smtp, socket_type):
        tb = Thunderbird(self.maild.ca)
        self.addCleanup(tb.close)
        names = tb.run(CREATE_ACCOUNT, self.maild.port(imap),
                       self.maild.port(smtp), socket_type, PASSWORD)
        for name in ("Inbox", "Sent", "Drafts", "Trash", "Junk", "Archive"):
            self.assertIn(name, [n.replace("INBOX", "Inbox") for n in names])
        return tb

    def subjects(self, mailbox):
        return {email.message_from_bytes(m, policy=email.policy.default)["Subject"]:
                uid for uid, m in self.fetch_all("test", mailbox).items()}

    def has_flag(self, subject, flag, mailbox="INBOX"):
        uid = self.subjects(mailbox)[subject]
        return wait_for("%s on %s" % (flag, subject), 10,
                        lambda: flag in self.flags("test", mailbox)[uid])

    def test_a_day_over_tls(self):
        tb = self.start("imaps", "submissions", 3)

        # Open the inbox; from here on IDLE tells.
        tb.run("special('Inbox').updateFolder(null); await sleep(1500);")
        self.maild.deliver(message("pushed", body="Na\u00efve needle here.\r\n",
                                   extra="Content-Type: text/plain; charset=utf-8\r\n"
                                         "Content-Transfer-Encoding: 8bit\r\n"))
        tb.run("await until('the pushed message', () => "
               "bySubject(special('Inbox'), 'pushed'), 5000);")

        self.assertIn("needle", tb.run(READ, "pushed"))
        self.has_flag("pushed", r"\Seen")
        tb.run("special('Inbox').markMessagesFlagged("
               "[bySubject(special('Inbox'), 'pushed')], true);")
        self.has_flag("pushed", r"\Flagged")
        tb.run("special('Inbox').addKeywordsToMessages("
               "[bySubject(special('Inbox'), 'pushed')], '$label1');")
        self.has_flag("pushed", "$label1")

        # What another client does shows here.
        c = self.maild.imap()
        c.select()
        c.store("1", "-FLAGS", r"(\Flagged)")
        c.logout()
        tb.run("await until('the star taken away', () => "
               "!bySubject(special('Inbox'), 'pushed').isFlagged);")

        # Sent to oneself: it arrives, and a copy is in Sent.
        tb.run(SEND, "test@localhost", "Gr\u00fc\u00dfe", "Hello from Thunderbird.\n")
        wait_for("the copy in Sent", 20, lambda: "Gr\u00fc\u00dfe" in self.subjects("Sent"))
        self.assertIn("Gr\u00fc\u00dfe", self.subjects("INBOX"))
        tb.run("await until('the sent message', () => "
               "bySubject(special('Inbox'), args[0]));", "Gr\u00fc\u00dfe")

        self.assertEqual(tb.run(SEARCH, "NA\u00cfVE NEEDLE"), ["pushed"])
        self.assertEqual(tb.run(SEARCH, "absent-word"), [])

        tb.run("root().createSubfolder('Projects', null);"
               "await until('the new folder', () => named('Projects'));")
        c = self.maild.imap()
        self.assertEqual(len([l for l in c.list()[1] if b"Projects" in l]), 1)
        self.assertEqual(len([l for l in c.lsub()[1] if b"Projects" in l]), 1)
        c.logout()

        tb.run("await copied((l) => MailServices.copy.copyMessages("
               "special('Inbox'), [bySubject(special('Inbox'), 'pushed')],"
               "named('Projects'), true, l, null, false));")
        wait_for("the move", 10, lambda: "pushed" in self.subjects("Projects"))
        self.assertNotIn("pushed", self.subjects("INBOX"))
        self.has_flag("pushed", "$label1", "Projects")

        tb.run("special('Inbox').deleteMessages("
               "[bySubject(special('Inbox'), args[0])], null, false, false, null,"
               "true);", "Gr\u00fc\u00dfe")
        wait_for("the deletion", 10, lambda: "Gr\u00fc\u00dfe" in self.subjects("Trash"))
        self.assertEqual(self.subjects("INBOX"), {})

    def test_starttls(self):
        tb = self.start("imap", "submission", 2)
        tb.run(SEND, "user1@localhost", "by STARTTLS", "Hello.\n")
        wait_for("the message", 10, lambda: len(self.fetch_all("user1")) == 1)


if __name__ == "__main__":
    main()
