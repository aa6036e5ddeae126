/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "smtp_client.h"

/*
 * Each case is what must go over the wire and what the driver must see: "S:"
 * is fed to the client once all before it has been said, "C:" is what it
 * sends, and the rest are its events.
 */
#define HELLO "S:220 mx ESMTP\nC:EHLO me\n"

static const char *const two[] = { "b@x.example", "c@x.example" };
static const char *const bad[] = { "b@x.example>\r\nRCPT TO:<d@x.example" };
static const char *const utf8[] = { "\xc3\xa4@x.example" };

static const struct smtp_client_notify notify[] = {
	{ DSN_NOTIFY_SUCCESS | DSN_NOTIFY_DELAY, "rfc822;b" },
	{ 0, "" },
};

#define MAIL(...) \
	{ .from = "a@x.example", .rcpt = two, .nrcpt = 2, __VA_ARGS__ }
#define ENVELOPE                                                               \
	"C:MAIL FROM:<a@x.example>\nC:RCPT TO:<b@x.example>\n"                 \
	"C:RCPT TO:<c@x.example>\nC:DATA\n"
#define TEXT "C:Subject: x\nC:\nC:..dot\nC:.\n"
#define CHUNKED                                                                \
	"C:MAIL FROM:<a@x.example>\nC:RCPT TO:<b@x.example>\n"               \
	"C:RCPT TO:<c@x.example>\n"
#define CHUNK "C:BDAT 19 LAST\nC:Subject: x\nC:\nC:.dot\n"
#define QUIT "C:QUIT\nS:221 bye\nCLOSED\n"

static const struct {
	const char *name;
	struct smtp_client_options o;
	struct smtp_client_mail mail[2];
	size_t nmail;
	const char *script;
} cases[] = {
	{ "pipelined", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 2.1.0 ok\nS:250 ok\nS:250 ok\nS:354 go\n" TEXT
	    "S:250 2.0.0 queued\nRESULT 250 2.0.0 queued\n"
	    "RESULT 250 2.0.0 queued\n" QUIT },
	{ "one at a time, where it must", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250 mx\nC:MAIL FROM:<a@x.example>\nS:250 ok\n"
	    "C:RCPT TO:<b@x.example>\nS:250 ok\nC:RCPT TO:<c@x.example>\n"
	    "S:251 will forward\nC:DATA\nS:354 go\n" TEXT
	    "S:250 ok\nRESULT 250  ok\nRESULT 250  ok\n" QUIT },
	{ "some recipients refused", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:550 5.1.1 who?\nS:250 ok\nS:354 go\n" TEXT
	    "S:250 ok\nRESULT 550 5.1.1 who?\nRESULT 250  ok\n" QUIT },
	{ "all refused, DATA taken", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:550 5.1.1 who?\nS:450 later\nS:354 go\nC:.\n"
	    "S:554 no valid recipients\nRESULT 550 5.1.1 who?\n"
	    "RESULT 450  later\n" QUIT },
	{ "all refused, DATA too; next message", { 0 }, { MAIL(0), MAIL(0) }, 2,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:550 5.1.1 who?\nS:450 later\nS:503 no\n"
	    "RESULT 550 5.1.1 who?\nRESULT 450  later\nC:RSET\nS:250 ok\n"
	    ENVELOPE "S:250 ok\nS:250 ok\nS:250 ok\nS:354 go\n" TEXT
	    "S:552 5.3.4 big\nRESULT 552 5.3.4 big\nRESULT 552 5.3.4 big\n"
	    QUIT },
	{ "all refused, no DATA then", { 0 }, { MAIL(0), MAIL(0) }, 2,
	    HELLO "S:250 mx\nC:MAIL FROM:<a@x.example>\nS:250 ok\n"
	    "C:RCPT TO:<b@x.example>\nS:550 no\nC:RCPT TO:<c@x.example>\n"
	    "S:550 nor\nRESULT 550  no\nRESULT 550  nor\nC:RSET\nS:250 ok\n"
	    "C:MAIL FROM:<a@x.example>\nS:550 5.7.1 you?\n"
	    "RESULT 550 5.7.1 you?\nRESULT 550 5.7.1 you?\n" QUIT },
	{ "sender refused, pipelined", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:550 5.7.1 you?\nS:503 x\nS:503 x\nS:503 x\n"
	    "RESULT 550 5.7.1 you?\nRESULT 550 5.7.1 you?\n" QUIT },
	{ "lmtp answers for each", { .lmtp = true }, { MAIL(0) }, 1,
	    "S:220 mx\nC:LHLO me\nS:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:250 ok\nS:250 ok\nS:354 go\n" TEXT
	    "S:250 one\nS:452 4.2.2 full\nRESULT 250  one\n"
	    "RESULT 452 4.2.2 full\n" QUIT },
	{ "lmtp skips who was refused", { .lmtp = true }, { MAIL(0) }, 1,
	    "S:220 mx\nC:LHLO me\nS:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:550 no\nS:250 ok\nS:354 go\n" TEXT
	    "S:250 two\nRESULT 550  no\nRESULT 250  two\n" QUIT },
	{ "parameters as offered", { 0 },
	    { MAIL(.size = 17, .body = BODY_8BITMIME, .utf8 = true) }, 1,
	    HELLO "S:250-mx\nS:250-SIZE 1000\nS:250-8bitmime\n"
	    "S:250 SMTPUTF8\n"
	    "C:MAIL FROM:<a@x.example> SIZE=17 BODY=8BITMIME SMTPUTF8\n"
	    "S:550 no\nRESULT 550  no\nRESULT 550  no\n" QUIT },
	{ "notifications as offered", { 0 },
	    { MAIL(.envid = "e1", .ret = DSN_RET_HDRS, .notify = notify) }, 1,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 DSN\n"
	    "C:MAIL FROM:<a@x.example> RET=HDRS ENVID=e1\n"
	    "C:RCPT TO:<b@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b\n"
	    "C:RCPT TO:<c@x.example>\nC:DATA\n"
	    "S:550 no\nS:503 x\nS:503 x\nS:503 x\n"
	    "RESULT 550  no\nRESULT 550  no\n" QUIT },
	{ "notifications not offered", { 0 },
	    { MAIL(.envid = "e1", .ret = DSN_RET_HDRS, .notify = notify) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:550 no\nS:503 x\nS:503 x\nS:503 x\n"
	    "RESULT 550  no\nRESULT 550  no\n" QUIT },
	{ "line break in an envelope id", { 0 },
	    { MAIL(.envid = "e\r\nRSET") }, 1,
	    HELLO "S:250 mx\nRESULT 501 5.5.4 \"e\r\nRSET\" is no value for a "
	    "delivery notification\nRESULT 501 5.5.4 \"e\r\nRSET\" is no "
	    "value for a delivery notification\n" QUIT },
	{ "starttls where it is offered", { .tls = SMTP_CLIENT_TLS_MAY },
	    { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 STARTTLS\nC:STARTTLS\nS:220 go\nTLS\n"
	    "C:EHLO me\nS:250 mx\n" QUIT },
	{ "clear where it is not", { .tls = SMTP_CLIENT_TLS_MAY },
	    { MAIL(0) }, 0, HELLO "S:250 mx\n" QUIT },
	{ "larger than the server takes", { 0 }, { MAIL(.size = 1001) }, 1,
	    HELLO "S:250-mx\nS:250 SIZE 1000\nRESULT 552 5.3.4 the message is"
	    " larger than the 1000 bytes that the server takes\nRESULT 552"
	    " 5.3.4 the message is larger than the 1000 bytes that the server"
	    " takes\n" QUIT },
	{ "8 bits not taken", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .body = BODY_8BITMIME } }, 1,
	    HELLO "S:250 mx\nRESULT 554 5.6.3 the server takes no 8-bit "
	    "messages\n" QUIT },
	{ "exact, as it is, by BDAT", { 0 },
	    { MAIL(.size = 19, .exact = true), MAIL(.size = 19, .exact = true) },
	    2, HELLO "S:250-mx\nS:250-PIPELINING\nS:250 CHUNKING\n" CHUNKED
	    "S:250 ok\nS:550 no\nS:250 ok\n" CHUNK
	    "S:552 big\nRESULT 550  no\nRESULT 552  big\n"
	    CHUNKED "S:250 ok\nS:250 ok\nS:250 ok\n" CHUNK
	    "S:250 2.0.0 in\nRESULT 250 2.0.0 in\nRESULT 250 2.0.0 in\n" QUIT },
	{ "BDAT by LMTP, one at a time", { .lmtp = true },
	    { MAIL(.size = 19, .exact = true) }, 1,
	    "S:220 mx\nC:LHLO me\nS:250-mx\nS:250 CHUNKING\n"
	    "C:MAIL FROM:<a@x.example>\nS:250 ok\nC:RCPT TO:<b@x.example>\n"
	    "S:250 ok\nC:RCPT TO:<c@x.example>\nS:250 ok\n" CHUNK
	    "S:250 one\nS:452 two\nRESULT 250  one\nRESULT 452  two\n" QUIT },
	{ "no recipient, no BDAT", { 0 },
	    { MAIL(.size = 19, .exact = true) }, 1,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 CHUNKING\n" CHUNKED
	    "S:250 ok\nS:550 no\nS:550 no\n"
	    "RESULT 550  no\nRESULT 550  no\n" QUIT },
	{ "sender refused, no BDAT", { 0 },
	    { MAIL(.size = 19, .exact = true) }, 1,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 CHUNKING\n" CHUNKED
	    "S:550 no\nS:503 x\nS:503 x\n"
	    "RESULT 550  no\nRESULT 550  no\n" QUIT },
	{ "longer than was said", { 0 }, { MAIL(.size = 18, .exact = true) }, 1,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 CHUNKING\n" CHUNKED
	    "S:250 ok\nS:250 ok\nS:250 ok\n"
	    "FAILED 4 0 the message is not as long as was said\n" },
	{ "shorter than was said", { 0 }, { MAIL(.size = 20, .exact = true) }, 1,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 CHUNKING\n" CHUNKED
	    "S:250 ok\nS:250 ok\nS:250 ok\n"
	    "FAILED 4 0 the message is not as long as was said\n" },
	{ "binary", { 0 },
	    { MAIL(.size = 19, .exact = true, .body = BODY_BINARYMIME) }, 1,
	    HELLO "S:250-mx\nS:250-BINARYMIME\nS:250 CHUNKING\n"
	    "C:MAIL FROM:<a@x.example> BODY=BINARYMIME\nS:250 ok\n"
	    "C:RCPT TO:<b@x.example>\nS:250 ok\nC:RCPT TO:<c@x.example>\n"
	    "S:250 ok\n" CHUNK
	    "S:250 ok\nRESULT 250  ok\nRESULT 250  ok\n" QUIT },
	{ "binary not taken", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .exact = true,
		.body = BODY_BINARYMIME } }, 1,
	    HELLO "S:250-mx\nS:250-8BITMIME\nS:250 CHUNKING\nRESULT 554 5.6.3 "
	    "the server takes no binary messages\n" QUIT },
	{ "binary without BDAT", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .exact = true,
		.body = BODY_BINARYMIME } }, 1,
	    HELLO "S:250-mx\nS:250-8BITMIME\nS:250 BINARYMIME\nRESULT 554 "
	    "5.6.3 the server takes no binary messages\n" QUIT },
	{ "REQUIRETLS", { .tls = SMTP_CLIENT_TLS_IMPLICIT },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .require_tls = true } }, 1,
	    HELLO "S:250-mx\nS:250 REQUIRETLS\nC:MAIL FROM:<> REQUIRETLS\n"
	    "S:250 ok\nC:RCPT TO:<b@x.example>\nS:550 no\n"
	    "RESULT 550  no\n" QUIT },
	{ "REQUIRETLS not known", { .tls = SMTP_CLIENT_TLS_IMPLICIT },
	    { MAIL(.require_tls = true) }, 1,
	    HELLO "S:250 mx\nRESULT 550 5.7.30 the server does not know "
	    "REQUIRETLS\nRESULT 550 5.7.30 the server does not know "
	    "REQUIRETLS\n" QUIT },
	{ "REQUIRETLS in clear", { 0 }, { MAIL(.require_tls = true) }, 1,
	    HELLO "S:250 REQUIRETLS\nRESULT 550 5.7.30 the server does not "
	    "know REQUIRETLS\nRESULT 550 5.7.30 the server does not know "
	    "REQUIRETLS\n" QUIT },
	{ "priority", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .priority = -4 } }, 1,
	    HELLO "S:250-mx\nS:250 MT-PRIORITY MIXER\n"
	    "C:MAIL FROM:<> MT-PRIORITY=-4\nS:550 no\nRESULT 550  no\n"
	    QUIT },
	{ "deliver by", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 22,
		.by = { DELIVER_BY_RETURN, true, 120 } } }, 1,
	    HELLO "S:250-mx\nS:250 DELIVERBY 98,x\n"
	    "C:MAIL FROM:<> BY=98;RT\nS:550 no\nRESULT 550  no\n" QUIT },
	{ "deliver by, not known", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 22,
		.by = { DELIVER_BY_RETURN, false, 120 } } }, 1,
	    HELLO "S:250 mx\nRESULT 550 5.4.4 the server does not know "
	    "DELIVERBY\n" QUIT },
	{ "deliver by, too soon", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 23,
		.by = { DELIVER_BY_RETURN, false, 120 } } }, 1,
	    HELLO "S:250-mx\nS:250 DELIVERBY 98\nRESULT 550 5.4.4 the server "
	    "wants 98 seconds to deliver it\n" QUIT },
	{ "deliver by, too late", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 120,
		.by = { DELIVER_BY_RETURN, false, 120 } } }, 1,
	    HELLO "S:250-mx\nS:250 DELIVERBY\nRESULT 550 5.4.7 no time is "
	    "left to deliver it\n" QUIT },
	{ "notify when late", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 125,
		.by = { DELIVER_BY_NOTIFY, false, 120 } } }, 1,
	    HELLO "S:250-mx\nS:250 DELIVERBY 98\n"
	    "C:MAIL FROM:<> BY=-5;N\nS:550 no\nRESULT 550  no\n" QUIT },
	{ "notify when late, not known", { 0 },
	    { { .from = "", .rcpt = two, .nrcpt = 1, .now = 20,
		.by = { DELIVER_BY_NOTIFY, false, 120 } } }, 1,
	    HELLO "S:250 mx\nC:MAIL FROM:<>\nS:550 no\nRESULT 550  no\n"
	    QUIT },
	{ "UTF-8 not taken", { 0 },
	    { { .from = "", .rcpt = utf8, .nrcpt = 1 } }, 1, HELLO "S:250 mx\nRESULT 553 5.6.7 the server takes no addresses"
	    " in UTF-8\n" QUIT },
	{ "line break in an address", { 0 },
	    { { .from = "", .rcpt = bad, .nrcpt = 1 } }, 1,
	    HELLO "S:250 mx\nRESULT 553 5.1.3 \"b@x.example>\r\nRCPT "
	    "TO:<d@x.example\" is no mail address\n" QUIT },
	{ "no recipients", { 0 }, { { .from = "" } }, 1,
	    HELLO "S:250 mx\n" QUIT },
	{ "starttls", { .tls = SMTP_CLIENT_TLS_STARTTLS }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250-PIPELINING\nS:250 STARTTLS\nC:STARTTLS\n"
	    "S:220 go\nTLS\nC:EHLO me\nS:250 mx\n" QUIT },
	{ "starttls not offered", { .tls = SMTP_CLIENT_TLS_STARTTLS },
	    { MAIL(0) }, 0, HELLO "S:250 mx\nFAILED 1 0 the server does not offer "
	    "STARTTLS\n" },
	{ "starttls refused", { .tls = SMTP_CLIENT_TLS_STARTTLS },
	    { MAIL(0) }, 0, HELLO "S:250-mx\nS:250 STARTTLS\nC:STARTTLS\nS:454 4.7.0 not now\n"
	    "FAILED 1 454 not now\n" },
	{ "injected behind starttls", { .tls = SMTP_CLIENT_TLS_STARTTLS },
	    { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 STARTTLS\nC:STARTTLS\nS:220 go\n"
	    "S:250-evil\nS:250 AUTH PLAIN\nFAILED 4 0 the server sent more "
	    "before the TLS handshake\n" },
	{ "plain", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "tim",
		       .password = "tanstaaftanstaaf" }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH LOGIN PLAIN\n"
	    "C:AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\nS:235 ok\n" QUIT },
	{ "login", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "tim",
		       .password = "pw" }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH LOGIN CRAM-MD5\nC:AUTH LOGIN\n"
	    "S:334 VXNlcm5hbWU6\nC:dGlt\nS:334 UGFzc3dvcmQ6\nC:cHc=\n"
	    "S:235 2.7.0 ok\n" QUIT },
	{ "the mechanism asked for", { .plaintext = true, .user = "tim",
		       .password = "pw", .mech = "login" }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH PLAIN LOGIN\nC:AUTH LOGIN\n"
	    "S:334 \nC:dGlt\nS:535 5.7.8 no\nFAILED 3 535 no\n" },
	{ "no password in clear", { .user = "tim", .password = "pw" },
	    { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH PLAIN\nFAILED 2 0 the password is not "
	    "sent over a connection without TLS\n" },
	{ "no mechanism", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "tim",
		       .password = "pw" }, { MAIL(0) }, 0,
	    HELLO "S:250 mx\nFAILED 2 0 the server offers no way to log in "
	    "that is known here\n" },
	{ "a token", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "tim",
		       .password = "t.k", .token = true }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH PLAIN XOAUTH2\n"
	    "C:AUTH XOAUTH2 dXNlcj10aW0BYXV0aD1CZWFyZXIgdC5rAQE=\n"
	    "S:334 e30=\nC:\nS:535 5.7.8 expired\n"
	    "FAILED 3 535 expired\n" },
	{ "challenge too many", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "t",
		       .password = "p" }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH PLAIN\nC:AUTH PLAIN AHQAcA==\nS:334 \n"
	    "FAILED 4 0 the server's login challenge makes no sense\n" },
	{ "in too soon", { .tls = SMTP_CLIENT_TLS_IMPLICIT, .user = "t",
		       .password = "p", .mech = "LOGIN" }, { MAIL(0) }, 0,
	    HELLO "S:250-mx\nS:250 AUTH LOGIN\nC:AUTH LOGIN\nS:235 welcome\n"
	    "FAILED 4 0 the server let us in before the login was complete\n" },
	{ "not now", { 0 }, { MAIL(0) }, 0,
	    "S:554 no service\nFAILED 0 554 no service\n" },
	{ "not SMTP", { 0 }, { MAIL(0) }, 0,
	    "S:* OK IMAP4rev1\nFAILED 4 0 the server does not speak SMTP, or "
	    "too much of it\n" },
	{ "shut down amid a message", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:250 ok\nS:421 4.3.2 bye\nFAILED 0 421 bye\n" },
	{ "lost before the end", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250-mx\nS:250 PIPELINING\n" ENVELOPE
	    "S:250 ok\nS:250 ok\nS:250 ok\nS:354 go\n" TEXT
	    "FAILED 5 0 the server closed the connection\n" },
	{ "a reply for a greeting too many", { 0 }, { MAIL(0) }, 0,
	    HELLO "S:250 mx\nS:250 again\nFAILED 4 250 again\n" },
	/* The last: cut up, its reply comes when the next command is out. */
	{ "a reply that was not asked for", { 0 }, { MAIL(0) }, 1,
	    HELLO "S:250 mx\nC:MAIL FROM:<a@x.example>\nS:250 ok\nS:250 ok\n"
	    "FAILED 4 0 the server replied to what was not asked\n" },
};

struct drive {
	struct smtp_client *c;
	const char *script;
	struct buf log;
	size_t step, nmail;
	int number;
};

/* What the client sends, as lines of the script. */
static void
log_output(struct drive *d)
{
	struct span out = smtp_client_output(d->c), line;
	size_t n = out.n;

	ck_assert(n == 0 || out.p[n - 1] == '\n');
	while (span_split(&out, '\n', &line))
		buf_addf(&d->log, "C:%.*s\n", (int)span_trim(line).n, line.p);
	smtp_client_sent(d->c, n);
}

/* The lines that the server says now; none is left: it hangs up. */
static void
feed(struct drive *d)
{
	struct buf say = { 0 };
	struct span s, line;

	ck_assert_msg(strncmp(d->script, d->log.data != NULL ? d->log.data : "",
	    d->log.len) == 0, "%s: got\n%s", cases[d->number].name,
	    d->log.data);
	s = span_str(d->script + d->log.len);
	while (s.n > 2 && strncmp(s.p, "S:", 2) == 0) {
		span_split(&s, '\n', &line);
		buf_addf(&d->log, "%.*s\n", (int)line.n, line.p);
		buf_add_span(&say, span_sub(line, 2, line.n));
		buf_adds(&say, "\r\n");
	}
	if (say.len == 0)
		smtp_client_eof(d->c);
	for (size_t i = 0; i < say.len; i += d->step) {
		smtp_client_input(d->c, span_sub(buf_span(&say), i, d->step));
		if (i + d->step < say.len)
			smtp_client_next(d->c);
	}
	buf_free(&say);
}

static void
log_results(struct drive *d)
{
	const struct smtp_client_result *r;
	size_t n;

	r = smtp_client_results(d->c, &n);
	for (size_t i = 0; i < n; i++)
		buf_addf(&d->log, "RESULT %u %s %s\n", r[i].code, r[i].enhanced,
		    r[i].text);
}

static void
log_failure(struct drive *d)
{
	const struct smtp_client_result *what, *r;
	enum smtp_client_failure f = smtp_client_failure(d->c, &what);
	size_t n;

	buf_addf(&d->log, "FAILED %d %u %s\n", (int)f, what->code, what->text);
	r = smtp_client_results(d->c, &n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_ne(r[i].code / 100, 2);
}

/* False: it is over. */
static bool
turn(struct drive *d, enum smtp_client_event ev)
{
	switch (ev) {
	case SMTP_CLIENT_IO:
		log_output(d);
		feed(d);
		return true;
	case SMTP_CLIENT_TLS:
		buf_adds(&d->log, "TLS\n");
		smtp_client_tls_done(d->c);
		return true;
	case SMTP_CLIENT_READY:
		if (d->nmail < cases[d->number].nmail)
			smtp_client_mail(d->c,
			    &cases[d->number].mail[d->nmail++]);
		else
			smtp_client_quit(d->c);
		return true;
	case SMTP_CLIENT_TEXT:
		smtp_client_text(d->c, SPAN_LIT("Subject: x\n\r\n."));
		smtp_client_text(d->c, SPAN_LIT("dot\r\n"));
		smtp_client_text_end(d->c);
		return true;
	case SMTP_CLIENT_RESULT:
		log_results(d);
		if (d->nmail == cases[d->number].nmail)
			smtp_client_quit(d->c);
		return true;
	case SMTP_CLIENT_CLOSED:
		buf_adds(&d->log, "CLOSED\n");
		return false;
	case SMTP_CLIENT_FAILED:
		log_failure(d);
		return false;
	}
	return false;
}

static void
drive(int number, size_t step)
{
	struct smtp_client_options o = cases[number].o;
	struct drive d = { .script = cases[number].script, .step = step,
		.number = number };

	o.helo = "me";
	d.c = smtp_client_new(&o);
	while (turn(&d, smtp_client_next(d.c)))
		ck_assert_uint_gt(smtp_client_timeout(d.c), 0);
	ck_assert_msg(span_eq(buf_span(&d.log), span_str(d.script)),
	    "%s: got\n%s", cases[number].name, d.log.data);
	smtp_client_free(d.c);
	buf_free(&d.log);
}

START_TEST(conversation_goes_as_scripted)
{
	drive(_i, SIZE_MAX / 2);
}
END_TEST

START_TEST(byte_by_byte_goes_the_same)
{
	drive(_i, 1);
}
END_TEST

static void
feed_forever(struct smtp_client *c, const char *s)
{
	struct span in = span_str(s);

	for (size_t fed = 0; smtp_client_next(c) != SMTP_CLIENT_FAILED;
	     fed += in.n) {
		ck_assert_uint_lt(fed, 1 << 20);
		smtp_client_input(c, in);
	}
	smtp_client_free(c);
}

START_TEST(endless_server_is_left)
{
	struct smtp_client_options o = { .helo = "me" };

	feed_forever(smtp_client_new(&o), "220-and on it goes\r\n");
	feed_forever(smtp_client_new(&o), "220 no end of this line");
	feed_forever(smtp_client_new(&o), "220 again and again\r\n");
}
END_TEST

START_TEST(envelope_goes_out_in_windows)
{
	static const char *rcpt[2000];
	struct smtp_client_options o = { .helo = "me" };
	struct smtp_client_mail m = { .from = "", .rcpt = rcpt, .nrcpt = 2000 };
	struct smtp_client *c = smtp_client_new(&o);
	size_t total = 0, n;

	for (size_t i = 0; i < 2000; i++)
		rcpt[i] = "somebody@somewhere.example";
	smtp_client_input(c, SPAN_LIT("220 mx\r\n250-mx\r\n"
				      "250 PIPELINING\r\n"));
	ck_assert_int_eq(smtp_client_next(c), SMTP_CLIENT_READY);
	smtp_client_sent(c, smtp_client_output(c).n);
	smtp_client_mail(c, &m);
	ck_assert_int_eq(smtp_client_next(c), SMTP_CLIENT_IO);
	while ((n = smtp_client_output(c).n) > 0) {
		ck_assert_uint_lt(n, 17000);
		total += n;
		smtp_client_sent(c, n);
		ck_assert_int_eq(smtp_client_next(c), SMTP_CLIENT_IO);
	}
	ck_assert_uint_eq(total, 14 + 2000 * 38 + 6);
	smtp_client_free(c);
}
END_TEST

static void
add(TCase *tc)
{
	int n = sizeof(cases) / sizeof(cases[0]);

	tcase_add_loop_test(tc, conversation_goes_as_scripted, 0, n);
	tcase_add_loop_test(tc, byte_by_byte_goes_the_same, 0, n - 1);
	tcase_add_test(tc, endless_server_is_left);
	tcase_add_test(tc, envelope_goes_out_in_windows);
}

int
main(void)
{
	return check_run("smtp_client", add);
}
