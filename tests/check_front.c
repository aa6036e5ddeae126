/* SPDX-License-Identifier: ISC */
/* What is spoken before login, as dialogues. */
#include "check.h"
#include "front_fake.h"

struct dialogue {
	bool tls, certificate, tokens, clear_login;
	const char *in;
	const char *out;   /* what must come, exactly; NULL: not compared */
	const char *login; /* what front_login() gets; "" for no login */
	bool closed, starttls;
};

static const struct dialogue imap[] = {
	{ .in = "a NOOP\r\nb logout\r\n", .closed = true,
		.out = "a OK NOOP completed\r\n* BYE Logging out\r\n"
		       "b OK LOGOUT completed\r\n" },
	/* #= LOGINDISABLED RFC3501-6.2.3 negative: LOGIN without TLS */
	{ .in = "a LOGIN u p\r\n",
		.out = "a NO [PRIVACYREQUIRED] Logging in needs TLS: use "
		       "STARTTLS first\r\n" },
	/* #= STARTTLS RFC3501-6.2.1 pipelined: what came before TLS is void */
	{ .in = "a STARTTLS\r\nb NOOP\r\n", .starttls = true,
		.out = "a OK Begin TLS now\r\n" },
	/* #= STARTTLS RFC3501-6.2.1 negative: with TLS active */
	{ .tls = true, .in = "a STARTTLS\r\n",
		.out = "a BAD TLS is active already\r\n" },
	{ .tls = true, .in = "a LOGIN \"u\\\"x\" {3}\r\npw \r\n",
		.out = "+ Ready\r\n", .login = "LOGIN u\"x pw " },
	/* #= LOGINDISABLED RFC3501-6.2.3 case: not where it may be in clear
	 * #= LITERAL+ RFC7888-3 case: before login */
	{ .clear_login = true, .in = "a LOGIN u {2+}\r\npw\r\n",
		.out = "", .login = "LOGIN u pw" },
	/* #= SASL-IR RFC4959-3 case: the response comes with the command */
	{ .tls = true, .in = "a AUTHENTICATE PLAIN AHUAcA==\r\n",
		.out = "", .login = "PLAIN u p" },
	/* #= AUTH=PLAIN RFC3501-6.2.2 case: an empty challenge */
	{ .tls = true, .in = "a AUTHENTICATE PLAIN\r\nAHUAcA==\r\n",
		.out = "+ \r\n", .login = "PLAIN u p" },
	/* #= AUTH=LOGIN RFC3501-6.2.2 case: the prompts that Outlook wants */
	{ .tls = true, .in = "a authenticate login\r\ndQ==\r\ncA==\r\n",
		.out = "+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n",
		.login = "LOGIN u p" },
	/* #= AUTH=PLAIN RFC3501-6.2.2 negative: the client cancels */
	{ .tls = true, .in = "a AUTHENTICATE PLAIN\r\n*\r\nb NOOP\r\n",
		.out = "+ \r\na BAD Authentication cancelled\r\n"
		       "b OK NOOP completed\r\n" },
	/* #= SASL-IR RFC4959-3 negative: it is not base64 */
	{ .tls = true, .in = "a AUTHENTICATE PLAIN !!\r\n",
		.out = "a BAD That is not base64\r\n" },
	/* #= IMAP4rev1 RFC3501-6.2.2 negative: a mechanism that is not there */
	{ .tls = true, .in = "a AUTHENTICATE CRAM-MD5\r\n",
		.out = "a NO [CANNOT] No such mechanism here\r\n" },
	/* #= AUTH=SCRAM-SHA-256-PLUS RFC5802-6 case: with the first message */
	{ .tls = true, .in = "a AUTHENTICATE SCRAM-SHA-256-PLUS Zmlyc3Q=\r\n",
		.out = "", .login = "SCRAM-SHA-256-PLUS first" },
	/* #= AUTH=SCRAM-SHA-256 RFC7677-3 case: the client speaks first */
	{ .tls = true, .in = "a AUTHENTICATE scram-sha-256\r\nZmlyc3Q=\r\n",
		.out = "+ \r\n", .login = "SCRAM-SHA-256 first" },
	{ .clear_login = true, .in = "a AUTHENTICATE SCRAM-SHA-256 =\r\n",
		.out = "", .login = "SCRAM-SHA-256 " },
	/* #= AUTH=SCRAM-SHA-256-PLUS RFC5802-6 negative: without TLS */
	{ .clear_login = true, .in = "a AUTHENTICATE SCRAM-SHA-256-PLUS eA==\r\n",
		.out = "a NO [CANNOT] No such mechanism here\r\n" },
	{ .in = "a AUTHENTICATE SCRAM-SHA-256 eA==\r\n",
		.out = "a NO [PRIVACYREQUIRED] Logging in needs TLS: use "
		       "STARTTLS first\r\n" },
	/* #= AUTH=SCRAM-SHA-256 RFC7677-3 negative: the client cancels */
	{ .tls = true, .in = "a AUTHENTICATE SCRAM-SHA-256\r\n*\r\nb NOOP\r\n",
		.out = "+ \r\na BAD Authentication cancelled\r\n"
		       "b OK NOOP completed\r\n" },
	/* #= LOGINDISABLED RFC3501-6.2.3 pipelined: each is refused */
	{ .in = "a LOGIN u p\r\nb AUTHENTICATE PLAIN AHUAcA==\r\n",
		.out = "a NO [PRIVACYREQUIRED] Logging in needs TLS: use "
		       "STARTTLS first\r\nb NO [PRIVACYREQUIRED] Logging in "
		       "needs TLS: use STARTTLS first\r\n" },
	/* #= AUTH=LOGIN RFC3501-6.2.2 negative: the client cancels */
	{ .tls = true, .in = "a AUTHENTICATE LOGIN dQ==\r\n*\r\n",
		.out = "+ UGFzc3dvcmQ6\r\n"
		       "a BAD Authentication cancelled\r\n" },
	/* #= AUTH=OAUTHBEARER RFC7628-3.1 case: the message with the command */
	{ .tls = true, .tokens = true,
		.in = "a AUTHENTICATE OAUTHBEARER eA==\r\n",
		.out = "", .login = "OAUTHBEARER x" },
	/* #= AUTH=OAUTHBEARER RFC7628-3.1 negative: where nobody is to ask */
	{ .tls = true, .in = "a AUTHENTICATE OAUTHBEARER eA==\r\n",
		.out = "a NO [CANNOT] No such mechanism here\r\n" },
	/* #= AUTH=XOAUTH2 RFC3501-6.2.2 case: an empty challenge first */
	{ .clear_login = true, .tokens = true,
		.in = "a AUTHENTICATE XOAUTH2\r\neA==\r\n",
		.out = "+ \r\n", .login = "XOAUTH2 x" },
	/* #= AUTH=XOAUTH2 RFC3501-6.2.2 negative: not without TLS */
	{ .tokens = true, .in = "a AUTHENTICATE XOAUTH2 eA==\r\n",
		.out = "a NO [PRIVACYREQUIRED] Logging in needs TLS: use "
		       "STARTTLS first\r\n" },
	/* #= AUTH=EXTERNAL RFC4422-A negative: no certificate was shown */
	{ .tls = true, .in = "a AUTHENTICATE EXTERNAL dQ==\r\n",
		.out = "a NO [CANNOT] No such mechanism here\r\n" },
	/* #= AUTH=EXTERNAL RFC4422-A case: no authorization identity */
	{ .tls = true, .certificate = true,
		.in = "a AUTHENTICATE EXTERNAL =\r\n",
		.out = "", .login = "EXTERNAL " },
	/* #= AUTH=EXTERNAL RFC4422-A case: asked for by an empty challenge */
	{ .tls = true, .certificate = true,
		.in = "a AUTHENTICATE EXTERNAL\r\ndQ==\r\n",
		.out = "+ \r\n", .login = "EXTERNAL u" },
	{ .tls = true, .in = "a SELECT INBOX\r\n",
		.out = "a BAD Unknown command, or one that needs a login "
		       "first\r\n" },
	{ .tls = true, .in = "a NOOP x\r\n",
		.out = "a BAD This command takes no arguments\r\n" },
	{ .tls = true, .in = "\r\n",
		.out = "* BAD A command begins with a tag\r\n" },
	{ .tls = true, .in = "POST / HTTP/1.1\r\na NOOP\r\n", .closed = true,
		.out = "* BYE This is a mail server\r\n" },
	{ .tls = true, .in = "a LOGIN u {10+}\r\nx HTTP/1.1\r\n",
		.out = "", .login = "LOGIN u x HTTP/1.1" },
	/* #= LITERAL+ RFC7888-4 negative: one that is too large before login */
	{ .tls = true, .in = "a LOGIN {1025+}\r\n", .closed = true,
		.out = "* BYE [LIMIT] A literal is too large before login\r\n" },
};

/* Logins that fail, with a command behind them in the same packet. */
static const char *const pipelined[] = {
	"a LOGIN u p\r\nb NOOP\r\n",
	/* #= SASL-IR RFC4959-3 pipelined: a command behind the response */
	"a AUTHENTICATE PLAIN AHUAcA==\r\nb NOOP\r\n",
	/* #= AUTH=PLAIN RFC3501-6.2.2 pipelined: a command behind the response */
	"a AUTHENTICATE PLAIN\r\nAHUAcA==\r\nb NOOP\r\n",
	/* #= AUTH=LOGIN RFC3501-6.2.2 pipelined: both answers at once */
	"a AUTHENTICATE LOGIN\r\ndQ==\r\ncA==\r\nb NOOP\r\n",
	/* #= AUTH=SCRAM-SHA-256 RFC7677-3 pipelined: a command behind it */
	"a AUTHENTICATE SCRAM-SHA-256 eA==\r\nb NOOP\r\n",
	/* #= AUTH=SCRAM-SHA-256-PLUS RFC5802-6 pipelined: a command behind it */
	"a AUTHENTICATE SCRAM-SHA-256-PLUS eA==\r\nb NOOP\r\n",
	/* #= AUTH=EXTERNAL RFC4422-A pipelined: a command behind it */
	"a AUTHENTICATE EXTERNAL =\r\nb NOOP\r\n",
	/* #= AUTH=OAUTHBEARER RFC7628-3.1 pipelined: a command behind it */
	"a AUTHENTICATE OAUTHBEARER eA==\r\nb NOOP\r\n",
	/* #= AUTH=XOAUTH2 RFC3501-6.2.2 pipelined: a command behind it */
	"a AUTHENTICATE XOAUTH2 eA==\r\nb NOOP\r\n",
};

static const struct dialogue smtp[] = {
	{ .in = "NOOP\r\nRSET\r\nQUIT\r\nNOOP\r\n", .closed = true,
		.out = "250 2.0.0 OK\r\n250 2.0.0 OK\r\n221 2.0.0 Bye\r\n" },
	{ .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n"
		       "250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-MT-PRIORITY MIXER\r\n250-STARTTLS\r\n"
		       "250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .tls = true, .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n"
		       "250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-REQUIRETLS\r\n250-MT-PRIORITY MIXER\r\n"
		       "250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"
		       "\r\n250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .tls = true, .certificate = true, .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n"
		       "250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-REQUIRETLS\r\n250-MT-PRIORITY MIXER\r\n"
		       "250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS"
		       " EXTERNAL\r\n250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .clear_login = true, .tokens = true, .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n"
		       "250-CHUNKING\r\n250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-MT-PRIORITY MIXER\r\n250-STARTTLS\r\n"
		       "250-AUTH PLAIN LOGIN SCRAM-SHA-256 OAUTHBEARER XOAUTH2"
		       "\r\n250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .in = "HELO c\r\nAUTH PLAIN AHUAcA==\r\n",
		.out = "250 mail.example.org\r\n503 5.5.1 EHLO first\r\n" },
	{ .in = "EHLO c\r\nAUTH PLAIN AHUAcA==\r\n", .out = NULL },
	{ .in = "STARTTLS\r\nEHLO x\r\n", .starttls = true,
		.out = "220 2.0.0 Begin TLS now\r\n" },
	{ .in = "MAIL FROM:<a@b>\r\n",
		.out = "530 5.7.0 STARTTLS and log in first\r\n" },
	{ .tls = true, .in = "MAIL FROM:<a@b>\r\n",
		.out = "530 5.7.0 Log in first\r\n" },
	{ .tls = true, .in = "BDAT 6\r\nQUIT\r\nNOOP\r\nBDAT 0 LAST\r\n",
		.out = "530 5.7.0 Log in first\r\n250 2.0.0 OK\r\n"
		       "530 5.7.0 Log in first\r\n" },
	{ .tls = true, .in = "BDAT 6 LAST\r\nNOOP\r\nBDAT x\r\nNOOP\r\n",
		.out = "530 5.7.0 Log in first\r\n"
		       "501 5.5.2 syntax is BDAT size [LAST]\r\n"
		       "421 4.7.0 mail.example.org Cannot tell data from "
		       "commands\r\n", .closed = true },
	{ .tls = true, .in = "EHLO c\r\nAUTH PLAIN AHUAcA==\r\n",
		.login = "PLAIN u p" },
	{ .tls = true, .in = "EHLO c\r\nAUTH LOGIN dQ==\r\ncA==\r\n",
		.login = "LOGIN u p" },
	{ .tls = true, .in = "EHLO c\r\nAUTH LOGIN\r\ndQ==\r\ncA==\r\n",
		.login = "LOGIN u p" },
	{ .tls = true, .in = "EHLO c\r\nAUTH SCRAM-SHA-256-PLUS Zmlyc3Q=\r\n",
		.login = "SCRAM-SHA-256-PLUS first" },
	{ .tls = true, .in = "EHLO c\r\nAUTH SCRAM-SHA-256\r\nZmlyc3Q=\r\n",
		.login = "SCRAM-SHA-256 first" },
	{ .tls = true, .in = "NO\nOP\r\nNOOP\r\n", .out = NULL },
	{ .tls = true, .in = "GET / HTTP/1.1\r\n", .closed = true,
		.out = "554 5.7.0 This is a mail server\r\n" },
};

/* Mail from the world; mail is the fake one. */
static const struct world {
	bool tls, away;
	const char *in, *out, *mail;
	bool closed, starttls;
} world[] = {
	{ .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n250-CHUNKING\r\n"
		       "250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-STARTTLS\r\n"
		       "250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .tls = true, .in = "EHLO c.example\r\n",
		.out = "250-mail.example.org\r\n250-PIPELINING\r\n"
		       "250-8BITMIME\r\n250-CHUNKING\r\n"
		       "250-BINARYMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-REQUIRETLS\r\n"
		       "250-SIZE 1000\r\n250-LIMITS RCPTMAX=50\r\n"
		       "250 ENHANCEDSTATUSCODES\r\n" },
	{ .in = "HELO c\r\nMAIL FROM:<a@b> SIZE=1 X\r\nRCPT TO:<c@d>\r\n"
		"DATA\r\n",
		.out = "250 mail.example.org\r\n250 MAIL\r\n250 RCPT\r\n"
		       "354 DATA\r\n",
		.mail = "MAIL 0 c <a@b> SIZE=1 X;RCPT <c@d> ;DATA;" },
	{ .in = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<@e,@f:c@d> NOTIFY=NEVER"
		"\r\nMAIL FROM:<a@b>\r\nRSET\r\nRSET\r\n",
		.out = "250 mail.example.org\r\n250 MAIL\r\n250 RCPT\r\n"
		       "503 5.5.1 One message at a time; RSET forgets it\r\n"
		       "250 RSET\r\n250 2.0.0 Forgotten\r\n",
		.mail = "MAIL 0 c <> ;RCPT <c@d> NOTIFY=NEVER;RSET;" },
	{ .in = "HELO c\r\nMAIL FROM:<no@b>\r\nRCPT TO:<c@d>\r\n"
		"MAIL FROM:<a@b>\r\nRCPT TO:<no@d>\r\nDATA\r\n",
		.out = "250 mail.example.org\r\n550 MAIL\r\n"
		       "503 5.5.1 MAIL first\r\n250 MAIL\r\n550 RCPT\r\n"
		       "554 5.5.1 No valid recipients\r\n",
		.mail = "MAIL 0 c <no@b> ;MAIL 0 c <a@b> ;RCPT <no@d> ;" },
	{ .in = "STARTTLS\r\nHELO x\r\n", .starttls = true,
		.out = "220 2.0.0 Begin TLS now\r\n" },
	{ .tls = true, .in = "STARTTLS\r\n",
		.out = "503 5.5.1 TLS is active already\r\n" },
	{ .in = "AUTH PLAIN AHUAcA==\r\nNOOP\r\nVRFY x\r\nQUIT\r\n",
		.closed = true,
		.out = "502 5.5.1 Logging in is for submission\r\n"
		       "250 2.0.0 Nothing done\r\n"
		       "252 2.1.5 Cannot say; try to send to it\r\n"
		       "221 2.0.0 Bye\r\n" },
	{ .in = "POST / HTTP/1.1\r\n", .closed = true,
		.out = "554 5.7.0 This is a mail server\r\n" },
	{ .in = "NO\nOP\r\nNO\rOP\r\nNOOP\r\n",
		.out = "500 5.5.2 Line too long, or with a bare CR, LF or NUL\r\n"
		       "500 5.5.2 Line too long, or with a bare CR, LF or NUL\r\n"
		       "250 2.0.0 Nothing done\r\n" },
	{ .in = "EHLO a\tb\r\n",
		.out = "501 5.5.2 Control characters are not allowed\r\n" },
	{ .in = "EHLO\r\nBDAT 5\r\nNOOP\nBDAT 3 LAST\r\nabcNOOP\r\n",
		.out = "501 5.5.2 an argument is needed here\r\n"
		       "503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n"
		       "250 2.0.0 Nothing done\r\n" },
	{ .in = "BDAT x\r\nNOOP\r\n", .closed = true,
		.out = "501 5.5.2 syntax is BDAT size [LAST]\r\n"
		       "421 4.7.0 Cannot tell data from commands\r\n" },
	{ .in = "HELO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 0\r\n"
		"BDAT 4\r\nx\r\n.BDAT 2 LAST\r\n\r\nBDAT 1\r\n\nNOOP\r\n",
		.out = "250 mail.example.org\r\n250 MAIL\r\n250 RCPT\r\n"
		       "250 BDAT\r\n250 BDAT\r\n250 BDAT\r\n"
		       "503 5.5.1 MAIL first\r\n250 2.0.0 Nothing done\r\n",
		.mail = "MAIL 0 c <a@b> ;RCPT <c@d> ;BDAT 0;BDAT 4;TEXTx\r\n."
			"BDAT 2 last;TEXT\r\n" },
	{ .away = true, .in = "HELO c\r\nMAIL FROM:<a@b>\r\n",
		.closed = true,
		.out = "250 mail.example.org\r\n"
		       "421 4.3.0 Mail store is not available\r\n" },
};

/* The text of a message behind its DATA, in pieces of any size. */
static const struct {
	const char *text, *mail;
} texts[] = {
	{ ".\r\nNOOP\r\n", "END;" },
	{ "a\r\n.\r\nNOOP\r\n", "TEXTa\r\nEND;" },
	{ "..\r\n...\r\n.a\r\n.\r\nNOOP\r\n", "TEXT.\r\n..\r\na\r\nEND;" },
	{ "a\n.\r\nb\r\n.\r\nNOOP\r\n", "TEXTa\n.\r\nb\r\nEND bare;" },
	{ "a\r.\r\n\n.\n\r\n.\r\nNOOP\r\n",
		"TEXTa\r.\r\n\n.\n\r\nEND bare;" },
};

static char url[] = "https://x.example/";

static void
run(const struct front_proto *proto, const struct dialogue *d, bool slow)
{
	struct front_conn *c = fake_new(proto);

	c->tls = d->tls;
	c->certificate = d->certificate;
	if (d->tokens)
		c->conf.introspection_url = url;
	c->clear_login = d->clear_login;
	for (const char *p = d->in; slow && *p != '\0'; p++)
		fake_input(c, span_of(p, 1));
	if (!slow)
		fake_input(c, span_str(d->in));
	if (d->out != NULL)
		ck_buf_eq(&c->out, d->out);
	ck_buf_eq(&c->login, d->login != NULL ? d->login : "");
	ck_assert_int_eq(c->closed, d->closed);
	ck_assert_int_eq(c->starttls, d->starttls);
	if (d->login != NULL) {
		buf_clear(&c->out);
		fake_denied(c, FRONT_DENIED);
		ck_assert(strstr(buf_span(&c->out).p,
			      proto == &front_imap ? "a NO [AUTHENTICATIONFAILED]"
						   : "535 5.7.8") != NULL);
	}
	fake_free(c);
}

START_TEST(imap_dialogue)
{
	run(&front_imap, &imap[_i], false);
	run(&front_imap, &imap[_i], true);
}
END_TEST

START_TEST(smtp_dialogue)
{
	run(&front_smtp, &smtp[_i], false);
	run(&front_smtp, &smtp[_i], true);
}
END_TEST

static void
run_world(const struct world *w, bool slow)
{
	struct front_conn *c = fake_new(&front_mx);

	c->tls = w->tls;
	c->away = w->away;
	for (const char *p = w->in; slow && *p != '\0'; p++)
		fake_input(c, span_of(p, 1));
	if (!slow)
		fake_input(c, span_str(w->in));
	ck_buf_eq(&c->out, w->out);
	ck_buf_eq(&c->mail, w->mail != NULL ? w->mail : "");
	ck_assert_int_eq(c->closed, w->closed);
	ck_assert_int_eq(c->starttls, w->starttls);
	fake_free(c);
}

START_TEST(world_dialogue)
{
	/* What must come alone in its packet does, so that it is in step. */
	run_world(&world[_i], true);
	if (strncmp(world[_i].in, "HELO", 4) != 0)
		run_world(&world[_i], false);
}
END_TEST

static struct front_conn *
fake_at_data(void)
{
	struct front_conn *c = fake_new(&front_mx);

	fake_input(c, SPAN_LIT("EHLO c\r\n"));
	fake_input(c, SPAN_LIT("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"));
	return c;
}

START_TEST(text_to_its_end)
{
	const size_t n = strlen(texts[_i].text);

	for (size_t piece = 1; piece <= n; piece++) {
		struct front_conn *c = fake_at_data();

		fake_input(c, SPAN_LIT("DATA\r\n"));
		buf_clear(&c->out);
		buf_clear(&c->mail);
		for (size_t at = 0; at < n; at += piece)
			fake_input(c, span_sub(span_str(texts[_i].text), at,
					  piece));
		ck_buf_eq(&c->mail, texts[_i].mail);
		ck_buf_eq(&c->out, "250 END\r\n250 2.0.0 Nothing done\r\n");
		fake_free(c);
	}
}
END_TEST

START_TEST(out_of_step)
{
	static const char *const in[] = { "EHLO c\r\nNOOP\r\n",
		"DATA\r\nSubject: x\r\n\r\nx\r\n.\r\n" };
	struct front_conn *c = fake_at_data();

	buf_clear(&c->out);
	buf_clear(&c->mail);
	fake_input(c, span_str(in[_i]));
	ck_buf_eq(&c->out, "554 5.5.0 Wait for the reply before saying more"
			   "\r\n");
	ck_buf_eq(&c->mail, "");
	ck_assert(c->closed);
	fake_free(c);
}
END_TEST

START_TEST(third_refusal_is_slow)
{
	struct front_conn *c = fake_at_data();

	c->conf.inbound_tarpit = 5;
	for (unsigned n = 1; n < 5; n++) {
		fake_input(c, n % 2 ? SPAN_LIT("RCPT TO:<no@d>\r\n")
				    : SPAN_LIT("FOO\r\n"));
		ck_assert_uint_eq(c->paused, n < 3 ? 0 : 5 * (n - 2));
	}
	fake_free(c);
}
END_TEST

START_TEST(hello_within_a_transaction_ends_it)
{
	struct front_conn *c = fake_at_data();

	buf_clear(&c->mail);
	buf_clear(&c->out);
	fake_input(c, SPAN_LIT("HELO d\r\n"));
	ck_buf_eq(&c->out, "250 mail.example.org\r\n");
	fake_input(c, SPAN_LIT("MAIL FROM:<b@b>\r\n"));
	ck_buf_eq(&c->mail, "RSET;MAIL 0 d <b@b> ;");
	fake_free(c);
}
END_TEST

START_TEST(mail_goes_away)
{
	struct front_conn *c = fake_new(&front_mx);

	fake_input(c, SPAN_LIT("EHLO c\r\n"));
	c->proto->reply(c, c->state, (struct span){ 0 });
	ck_assert(!c->closed);
	fake_input(c, SPAN_LIT("MAIL FROM:<a@b>\r\n"));
	buf_clear(&c->out);
	if (_i == 0)
		c->proto->reply(c, c->state, (struct span){ 0 });
	else
		c->proto->reply(c, c->state, SPAN_LIT("421 4.3.2 Bye"));
	ck_assert(c->closed);
	ck_buf_eq(&c->out, _i == 0 ?
	    "421 4.3.0 Mail store is not available\r\n" :
	    "421 4.3.2 Bye\r\n");
	fake_free(c);
}
END_TEST

START_TEST(twenty_malformed_commands_end_it)
{
	static const struct front_proto *const protos[] = { &front_imap,
		&front_smtp, &front_mx };
	const struct front_proto *proto = protos[_i];
	struct front_conn *c = fake_new(proto);

	for (int n = 0; n < FRONT_BAD_MAX - 1; n++)
		fake_input(c, SPAN_LIT("x y z\r\n"));
	ck_assert(!c->closed);
	fake_input(c, SPAN_LIT("x y z\r\n"));
	ck_assert(c->closed);
	fake_free(c);
}
END_TEST

START_TEST(pipelined_behind_a_failed_login)
{
	struct front_conn *c = fake_new(&front_imap);

	c->tls = c->certificate = true;
	c->conf.introspection_url = url;
	fake_input(c, span_str(pipelined[_i]));
	buf_clear(&c->out);
	fake_denied(c, FRONT_TEMPFAIL);
	ck_buf_eq(&c->out, "a NO [UNAVAILABLE] Logins are not possible just "
			   "now, try again\r\nb OK NOOP completed\r\n");
	fake_free(c);
}
END_TEST

/* What auth asks goes out, what the client answers comes in; pipelined. */
START_TEST(exchange_is_relayed)
{
	const bool is_imap = _i == 0;
	struct front_conn *c = fake_new(is_imap ? &front_imap : &front_smtp);

	c->tls = true;
	if (is_imap)
		fake_input(c, SPAN_LIT("a AUTHENTICATE SCRAM-SHA-256 MQ==\r\n"
				       "Mg==\r\n\r\na2 NOOP\r\n"));
	else
		fake_input(c, SPAN_LIT("EHLO c\r\nAUTH SCRAM-SHA-256 MQ==\r\n"
				       "Mg==\r\n\r\nNOOP\r\n"));
	ck_buf_eq(&c->login, "SCRAM-SHA-256 1");
	buf_clear(&c->out);
	fake_challenge(c, "x");
	ck_buf_eq(&c->out, is_imap ? "+ eA==\r\n" : "334 eA==\r\n");
	ck_buf_eq(&c->login, "SCRAM-SHA-256 2");
	fake_challenge(c, "");
	ck_buf_eq(&c->login, "SCRAM-SHA-256 ");
	buf_clear(&c->out);
	fake_denied(c, FRONT_MALFORMED);
	ck_buf_eq(&c->out, is_imap
		? "a BAD That is not what the mechanism says\r\n"
		  "a2 OK NOOP completed\r\n"
		: "501 5.5.2 That is not what the mechanism says\r\n"
		  "250 2.0.0 OK\r\n");
	fake_free(c);
}
END_TEST

static const struct {
	const char *line;
	const char *imap, *smtp;
} ends[] = {
	{ "*\r\n", "a BAD Authentication cancelled\r\n",
	    "501 5.7.0 Authentication cancelled\r\n" },
	{ "!\r\n", "a BAD That is not base64\r\n",
	    "501 5.5.2 That is not base64\r\n" },
};

START_TEST(exchange_is_given_up)
{
	const bool is_imap = _i % 2 == 0;
	struct front_conn *c = fake_new(is_imap ? &front_imap : &front_smtp);

	c->tls = true;
	fake_input(c, is_imap ? SPAN_LIT("a AUTHENTICATE SCRAM-SHA-256 MQ==\r\n")
			   : SPAN_LIT("EHLO c\r\n"
				      "AUTH SCRAM-SHA-256 MQ==\r\n"));
	fake_challenge(c, "x");
	buf_clear(&c->out);
	fake_input(c, span_str(ends[_i / 2].line));
	ck_buf_eq(&c->out, is_imap ? ends[_i / 2].imap : ends[_i / 2].smtp);
	ck_buf_eq(&c->login, ""); /* auth has been told */
	fake_free(c);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, imap_dialogue, 0,
	    sizeof(imap) / sizeof(imap[0]));
	tcase_add_loop_test(tc, smtp_dialogue, 0,
	    sizeof(smtp) / sizeof(smtp[0]));
	tcase_add_loop_test(tc, twenty_malformed_commands_end_it, 0, 3);
	tcase_add_loop_test(tc, world_dialogue, 0,
	    sizeof(world) / sizeof(world[0]));
	tcase_add_loop_test(tc, text_to_its_end, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(tc, out_of_step, 0, 2);
	tcase_add_test(tc, third_refusal_is_slow);
	tcase_add_test(tc, hello_within_a_transaction_ends_it);
	tcase_add_loop_test(tc, mail_goes_away, 0, 2);
	tcase_add_loop_test(tc, pipelined_behind_a_failed_login, 0,
	    sizeof(pipelined) / sizeof(pipelined[0]));
	tcase_add_loop_test(tc, exchange_is_relayed, 0, 2);
	tcase_add_loop_test(tc, exchange_is_given_up, 0, 4);
}

int
main(void)
{
	return check_run("front", add);
}
