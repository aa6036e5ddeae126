/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "imap_client.h"

static const struct imap_client_options secure = {
	.secure = true,
	.user = "tim",
	.password = "tanstaaftanstaaf",
};

/* The input is given in pieces of that size; the tests run with several. */
static size_t piece = SIZE_MAX;

static void
server(struct imap_client *c, const char *bytes)
{
	struct span s = span_str(bytes);

	while (s.n > 0) {
		imap_client_input(c, span_sub(s, 0, piece));
		s = span_sub(s, piece, s.n);
	}
}

/* All that the client sends now, and no more, is want. */
static void
client(struct imap_client *c, const char *want)
{
	struct buf out = { 0 };
	struct span s;

	while ((s = imap_client_output(c)).n > 0) {
		s = span_sub(s, 0, piece);
		buf_add_span(&out, s);
		imap_client_sent(c, s.n);
	}
	ck_buf_eq(&out, want);
	buf_free(&out);
}

static void
failed(struct imap_client *c, enum imap_client_failure want, const char *text)
{
	const char *what;

	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_FAILED);
	ck_assert_int_eq(imap_client_failure(c, &what), want);
	ck_assert_ptr_nonnull(strstr(what, text));
	imap_client_free(c);
}

/* A client that is logged in to a server with these capabilities. */
static struct imap_client *
ready(const char *caps)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, "* PREAUTH [CAPABILITY ");
	server(c, caps);
	server(c, "] hi\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	return c;
}

/* ---- setting up ---- */

START_TEST(login_plain_with_initial_response)
{
	struct imap_client *c = imap_client_new(&secure);

	client(c, "");
	server(c, "* OK ready\r\n");
	client(c, "a1 CAPABILITY\r\n");
	server(c, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN AUTH=PLAIN\r\n"
		  "a1 OK done\r\n");
	client(c, "a2 AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n");
	server(c, "a2 OK [CAPABILITY IMAP4rev1 LITERAL+] in\r\n");
	client(c, "");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	ck_assert_uint_eq(imap_client_caps(c), IMAP_CAP_LITERAL_PLUS);
	imap_client_logout(c);
	client(c, "a3 LOGOUT\r\n");
	server(c, "* BYE bye\r\na3 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_CLOSED);
	imap_client_free(c);
}
END_TEST

START_TEST(login_plain_waits_for_the_challenge)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
	client(c, "a1 AUTHENTICATE PLAIN\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_IO);
	server(c, "+ Go ahead\r\n");
	client(c, "AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n");
	server(c, "a1 OK in\r\n");
	client(c, "a2 CAPABILITY\r\n");
	server(c, "* CAPABILITY IMAP4rev2\r\na2 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	ck_assert(imap_client_caps(c) & IMAP_CAP_LITERAL_MINUS);
	imap_client_free(c);
}
END_TEST

static const struct {
	const char *caps, *binding, *mech;
	bool token;
} choices[] = {
	{ "AUTH=PLAIN AUTH=SCRAM-SHA-256", NULL, "SCRAM-SHA-256", false },
	{ "AUTH=PLAIN AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS", NULL,
	    "SCRAM-SHA-256", false },
	{ "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-256-PLUS", "tls-exporter",
	    "SCRAM-SHA-256-PLUS", false },
	{ "AUTH=SCRAM-SHA-256-PLUS AUTH=PLAIN", NULL, "PLAIN", false },
	{ "AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=PLAIN", NULL, "PLAIN", false },
	{ "AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=PLAIN", NULL, "OAUTHBEARER",
	    true },
	{ "AUTH=PLAIN AUTH=XOAUTH2", NULL, "XOAUTH2", true },
};

START_TEST(login_by_the_best_mechanism)
{
	struct imap_client_options o = secure;
	struct imap_client *c;
	char line[64];

	o.binding.name = choices[_i].binding;
	o.token = choices[_i].token;
	c = imap_client_new(&o);
	server(c, "* OK [CAPABILITY IMAP4rev1 ");
	server(c, choices[_i].caps);
	server(c, "] ready\r\n");
	snprintf(line, sizeof(line), "a1 AUTHENTICATE %s\r\n",
	    choices[_i].mech);
	client(c, line);
	imap_client_free(c);
}
END_TEST

START_TEST(token_is_no_password)
{
	struct imap_client_options o = secure;
	struct imap_client *c;

	o.token = true;
	c = imap_client_new(&o);
	server(c, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
	failed(c, IMAP_CLIENT_NOAUTH, "no way");
}
END_TEST

/* The server says why, which ends in its refusal. */
START_TEST(token_is_refused)
{
	struct imap_client_options o = secure;
	struct imap_client *c;

	o.token = true;
	c = imap_client_new(&o);
	server(c, "* OK [CAPABILITY SASL-IR AUTH=XOAUTH2] ready\r\n");
	client(c, "a1 AUTHENTICATE XOAUTH2 dXNlcj10aW0BYXV0aD1CZWFyZXIgdGFuc3R"
		  "hYWZ0YW5zdGFhZgEB\r\n");
	server(c, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n");
	client(c, "\r\n");
	server(c, "a1 NO [AUTHENTICATIONFAILED] expired\r\n");
	failed(c, IMAP_CLIENT_BADLOGIN, "expired");
}
END_TEST

/* Whatever the server says, it has not shown that it knows the password. */
START_TEST(login_by_scram_needs_the_servers_proof)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, "* OK [CAPABILITY AUTH=SCRAM-SHA-256] ready\r\n");
	client(c, "a1 AUTHENTICATE SCRAM-SHA-256\r\n");
	server(c, "a1 OK in\r\n");
	failed(c, IMAP_CLIENT_PROTOCOL, "before the login was complete");
}
END_TEST

START_TEST(login_by_the_mechanism_login)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, "* OK [CAPABILITY AUTH=LOGIN] ready\r\n");
	client(c, "a1 AUTHENTICATE LOGIN\r\n");
	server(c, "+ VXNlcm5hbWU6\r\n");
	client(c, "dGlt\r\n");
	server(c, "+ UGFzc3dvcmQ6\r\n");
	client(c, "dGFuc3RhYWZ0YW5zdGFhZg==\r\n");
	server(c, "* CAPABILITY IMAP4rev1\r\na1 OK in\r\n");
	client(c, "");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	imap_client_free(c);
}
END_TEST

START_TEST(login_by_the_command_login)
{
	struct imap_client_options o = secure;
	struct imap_client *c;

	o.user = "t im";
	o.password = "\xc3\xa4";
	c = imap_client_new(&o);
	server(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n");
	client(c, "a1 LOGIN \"t im\" {2}\r\n");
	server(c, "+\r\n");
	client(c, "\xc3\xa4\r\n");
	server(c, "a1 NO [AUTHENTICATIONFAILED] wrong\r\n");
	failed(c, IMAP_CLIENT_BADLOGIN, "wrong");
}
END_TEST

START_TEST(password_stays_here_without_tls)
{
	struct imap_client_options o = secure;
	struct imap_client *c;

	o.secure = false;
	c = imap_client_new(&o);
	server(c, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready\r\n");
	client(c, "");
	failed(c, IMAP_CLIENT_NOAUTH, "without TLS");
	c = imap_client_new(&secure);
	server(c, "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n");
	failed(c, IMAP_CLIENT_NOAUTH, "no way");
}
END_TEST

static const struct {
	const char *bytes;
	enum imap_client_failure failure;
	const char *text;
} openings[] = {
	{ "* BYE [UNAVAILABLE] come back later\r\n", IMAP_CLIENT_REFUSED,
	    "come back later" },
	{ "* NO no\r\n", IMAP_CLIENT_PROTOCOL, "greeting" },
	{ "a1 OK hi\r\n", IMAP_CLIENT_PROTOCOL, "greeting" },
	{ "220 mail ESMTP\r\n", IMAP_CLIENT_PROTOCOL, "not IMAP" },
	{ "\r\n", IMAP_CLIENT_PROTOCOL, "not IMAP" },
	{ "* OK [CAPABILITY IMAP4rev1] x\r\na1 NO [UNAVAILABLE] later\r\n",
	    IMAP_CLIENT_REFUSED, "later" },
	{ "* OK [CAPABILITY IMAP4rev1] x\r\na7 OK\r\n", IMAP_CLIENT_PROTOCOL,
	    "not given" },
	{ "* OK [CAPABILITY IMAP4rev1] x\r\n+ more?\r\n", IMAP_CLIENT_PROTOCOL,
	    "not begun" },
	{ "* OK hi\r\na1 OK\r\n", IMAP_CLIENT_PROTOCOL, "capabilities" },
	{ "* OK hi\r\na1 BAD what\r\n", IMAP_CLIENT_PROTOCOL, "capabilities" },
	{ "* OK [CAPABILITY AUTH=PLAIN] x\r\na1 OK in\r\n",
	    IMAP_CLIENT_PROTOCOL, "before the login" },
	{ "* OK [CAPABILITY AUTH=LOGIN] x\r\n+ !!!\r\n", IMAP_CLIENT_PROTOCOL,
	    "challenge" },
	{ "* OK [CAPABILITY AUTH=PLAIN] x\r\n+ \r\n+ \r\n",
	    IMAP_CLIENT_PROTOCOL, "exchange" },
	{ "* OK [CAPABILITY IMAP4rev1] x\r\n* 1 FETCH (X {16777217}\r\n",
	    IMAP_CLIENT_PROTOCOL, "too long" },
};

START_TEST(hostile_opening_fails_clearly)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, openings[_i].bytes);
	failed(c, openings[_i].failure, openings[_i].text);
}
END_TEST

START_TEST(close_amid_something)
{
	struct imap_client *c = imap_client_new(&secure);

	server(c, "* OK hi\r\n* CAP");
	imap_client_eof(c);
	failed(c, IMAP_CLIENT_LOST, "closed");
	c = ready("IMAP4rev1");
	imap_client_logout(c);
	imap_client_eof(c);
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_CLOSED);
	imap_client_free(c);
}
END_TEST

/* ---- commands ---- */

struct seen {
	struct buf log;
	char name;
};

static void
saw(void *arg, struct imap_resp *r)
{
	struct seen *seen = arg;

	buf_addf(&seen->log, "%c:%s%.*s ", seen->name,
	    r->kind == IMAP_RESP_TAGGED ? "tagged " : "", (int)r->word.n,
	    r->word.p);
}

static void
search(struct imap_client *c, struct seen *seen, const char *what)
{
	imap_client_begin(c, IMAP_WANT(IMAP_RESP_SEARCH) |
	    IMAP_WANT(IMAP_RESP_ESEARCH), saw, seen);
	imap_client_add(c, "UID SEARCH TEXT ");
	imap_client_add_astring(c, span_str(what));
	imap_client_end(c);
}

START_TEST(commands_are_pipelined)
{
	struct imap_client *c = ready("IMAP4rev1");
	struct seen a = { .name = 'A' }, b = { .name = 'B' };

	search(c, &a, "x y");
	search(c, &b, "z");
	client(c, "a1 UID SEARCH TEXT \"x y\"\r\na2 UID SEARCH TEXT z\r\n");
	server(c, "* SEARCH 1 2\r\n* 4 EXISTS\r\na1 OK\r\n* SEARCH 3\r\n");
	ck_buf_eq(&a.log, "A:SEARCH A:tagged OK ");
	ck_buf_eq(&b.log, "B:SEARCH ");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_IO);
	server(c, "a2 BAD\r\n");
	ck_buf_eq(&b.log, "B:SEARCH B:tagged BAD ");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	buf_free(&a.log);
	buf_free(&b.log);
	imap_client_free(c);
}
END_TEST

START_TEST(esearch_goes_to_the_command_it_names)
{
	struct imap_client *c = ready("IMAP4rev1 ESEARCH");
	struct seen a = { .name = 'A' }, b = { .name = 'B' };

	search(c, &a, "x");
	search(c, &b, "y");
	client(c, "a1 UID SEARCH TEXT x\r\na2 UID SEARCH TEXT y\r\n");
	server(c, "* ESEARCH (TAG \"a2\") UID ALL 1\r\n"
		  "* ESEARCH (TAG \"a9\") UID ALL 1\r\n");
	ck_buf_eq(&a.log, "");
	ck_buf_eq(&b.log, "B:ESEARCH ");
	server(c, "* ESEARCH UID ALL 1\r\na1 OK\r\na2 OK\r\n");
	ck_buf_eq(&a.log, "A:ESEARCH A:tagged OK ");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	buf_free(&a.log);
	buf_free(&b.log);
	imap_client_free(c);
}
END_TEST

START_TEST(literal_holds_back_what_follows)
{
	struct imap_client *c = ready("IMAP4rev1");
	struct seen a = { .name = 'A' };

	search(c, &a, "\xc3\xa4");
	search(c, &a, "z");
	client(c, "a1 UID SEARCH TEXT {2}\r\n");
	server(c, "* SEARCH 7\r\n+ ok\r\n");
	client(c, "\xc3\xa4\r\na2 UID SEARCH TEXT z\r\n");
	server(c, "a2 OK\r\na1 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	ck_buf_eq(&a.log, "A:SEARCH A:tagged OK A:tagged OK ");
	buf_free(&a.log);
	imap_client_free(c);
}
END_TEST

START_TEST(refused_literal_is_not_sent)
{
	struct imap_client *c = ready("IMAP4rev1");
	struct seen a = { .name = 'A' };

	search(c, &a, "\xc3\xa4");
	search(c, &a, "z");
	client(c, "a1 UID SEARCH TEXT {2}\r\n");
	server(c, "a1 NO no\r\n");
	client(c, "a2 UID SEARCH TEXT z\r\n");
	server(c, "a2 OK\r\n");
	ck_buf_eq(&a.log, "A:tagged NO A:tagged OK ");
	buf_free(&a.log);
	imap_client_free(c);
}
END_TEST

static void
append(struct imap_client *c, struct seen *seen, struct span message)
{
	imap_client_begin(c, 0, saw, seen);
	imap_client_add(c, "APPEND ");
	imap_client_add_mailbox(c, SPAN_LIT("R&D \xc3\xa4"));
	imap_client_add(c, " ");
	imap_client_add_literal(c, message);
	imap_client_end(c);
}

START_TEST(literal_plus_waits_for_nothing)
{
	struct imap_client *c = ready("LITERAL+");
	struct seen a = { .name = 'A' };

	append(c, &a, SPAN_LIT("one"));
	append(c, &a, SPAN_LIT(""));
	client(c, "a1 APPEND \"R&-D &AOQ-\" {3+}\r\none\r\na2 APPEND \"R&-D &AOQ-\" {0+}\r\n\r\n");
	server(c, "a1 OK\r\na2 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	buf_free(&a.log);
	imap_client_free(c);
}
END_TEST

START_TEST(literal_minus_is_for_small_ones)
{
	struct imap_client *c = ready("LITERAL-");
	struct seen a = { .name = 'A' };
	char big[4097];

	memset(big, 'x', sizeof(big));
	append(c, &a, span_of(big, 1));
	append(c, &a, span_of(big, sizeof(big)));
	client(c, "a1 APPEND \"R&-D &AOQ-\" {1+}\r\nx\r\na2 APPEND \"R&-D &AOQ-\" {4097}\r\n");
	buf_free(&a.log);
	imap_client_free(c);
}
END_TEST

static void
forget(void *arg, struct imap_resp *r)
{
	char *message = arg;

	(void)r;
	memset(message, '!', strlen(message));
}

/* The server says NO while the message is still going out. */
START_TEST(early_answer_to_a_literal_under_way)
{
	struct imap_client *c = ready("LITERAL+");
	char message[] = "message";

	imap_client_begin(c, 0, forget, message);
	imap_client_add(c, "APPEND x ");
	imap_client_add_literal(c, span_str(message));
	imap_client_end(c);
	imap_client_sent(c, imap_client_output(c).n);
	ck_span_eq(imap_client_output(c), "message");
	imap_client_sent(c, 2);
	server(c, "a1 NO [OVERQUOTA] full\r\n");
	ck_assert_str_eq(message, "!!!!!!!");
	client(c, "ssage\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	imap_client_free(c);
}
END_TEST

static void
next_command(void *arg, struct imap_resp *r)
{
	struct imap_client *c = arg;

	if (r->kind != IMAP_RESP_TAGGED)
		return;
	imap_client_begin(c, 0, forget, (char[]){ "" });
	imap_client_add(c, "NOOP");
	imap_client_end(c);
}

START_TEST(idle_lasts_until_it_is_done)
{
	struct imap_client *c = ready("IMAP4rev1 IDLE");
	struct seen a = { .name = 'A' }, b = { .name = 'B' };

	imap_client_idle(c, IMAP_WANT(IMAP_RESP_EXISTS), saw, &a);
	search(c, &b, "x");
	client(c, "a1 IDLE\r\n");
	server(c, "+ idling\r\n* 5 EXISTS\r\n");
	ck_buf_eq(&a.log, "A:EXISTS ");
	client(c, "");
	imap_client_idle_done(c);
	imap_client_idle_done(c);
	client(c, "DONE\r\n");
	server(c, "a1 OK\r\n");
	client(c, "a2 UID SEARCH TEXT x\r\n");
	server(c, "a2 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	buf_free(&a.log);
	buf_free(&b.log);
	imap_client_free(c);
}
END_TEST

START_TEST(idle_that_is_done_early_or_refused)
{
	struct imap_client *c = ready("IMAP4rev1 IDLE");
	struct seen a = { .name = 'A' };

	imap_client_idle(c, 0, saw, &a);
	imap_client_idle_done(c);
	client(c, "a1 IDLE\r\n");
	server(c, "+\r\n");
	client(c, "DONE\r\n");
	server(c, "a1 OK\r\n");
	imap_client_idle(c, 0, saw, &a);
	client(c, "a2 IDLE\r\n");
	server(c, "a2 NO not now\r\n");
	ck_buf_eq(&a.log, "A:tagged OK A:tagged NO ");
	imap_client_idle_done(c);
	client(c, "");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	buf_free(&a.log);
	imap_client_free(c);
}
END_TEST

START_TEST(command_from_within_an_answer)
{
	struct imap_client *c = ready("IMAP4rev1");

	imap_client_begin(c, 0, next_command, c);
	imap_client_add(c, "CHECK");
	imap_client_end(c);
	client(c, "a1 CHECK\r\n");
	server(c, "a1 OK\r\n");
	client(c, "a2 NOOP\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_IO);
	imap_client_free(c);
}
END_TEST

START_TEST(unwanted_data_goes_to_other)
{
	struct seen o = { .name = 'O' };
	struct imap_client_options opt = { .secure = true, .other = saw,
		.arg = &o };
	struct imap_client *c = imap_client_new(&opt);

	server(c, "* OK [CAPABILITY IMAP4rev1] hi\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	server(c, "* 5 EXISTS\r\n* OK [ALERT] the disk burns\r\n");
	ck_buf_eq(&o.log, "O:EXISTS O:OK ");
	server(c, "* BYE too idle\r\n");
	failed(c, IMAP_CLIENT_REFUSED, "too idle");
	buf_free(&o.log);
}
END_TEST

static void
add_all(TCase *tc)
{
	tcase_add_test(tc, login_plain_with_initial_response);
	tcase_add_test(tc, login_plain_waits_for_the_challenge);
	tcase_add_loop_test(tc, login_by_the_best_mechanism, 0,
	    sizeof(choices) / sizeof(choices[0]));
	tcase_add_test(tc, login_by_scram_needs_the_servers_proof);
	tcase_add_test(tc, token_is_no_password);
	tcase_add_test(tc, token_is_refused);
	tcase_add_test(tc, login_by_the_mechanism_login);
	tcase_add_test(tc, login_by_the_command_login);
	tcase_add_test(tc, password_stays_here_without_tls);
	tcase_add_loop_test(tc, hostile_opening_fails_clearly, 0,
	    sizeof(openings) / sizeof(openings[0]));
	tcase_add_test(tc, close_amid_something);
	tcase_add_test(tc, commands_are_pipelined);
	tcase_add_test(tc, esearch_goes_to_the_command_it_names);
	tcase_add_test(tc, literal_holds_back_what_follows);
	tcase_add_test(tc, refused_literal_is_not_sent);
	tcase_add_test(tc, literal_plus_waits_for_nothing);
	tcase_add_test(tc, literal_minus_is_for_small_ones);
	tcase_add_test(tc, early_answer_to_a_literal_under_way);
	tcase_add_test(tc, idle_lasts_until_it_is_done);
	tcase_add_test(tc, idle_that_is_done_early_or_refused);
	tcase_add_test(tc, command_from_within_an_answer);
	tcase_add_test(tc, unwanted_data_goes_to_other);
}

int
main(void)
{
	int status = check_run("imap_client", add_all);

	piece = 1;
	return status | check_run("imap_client byte by byte", add_all);
}
