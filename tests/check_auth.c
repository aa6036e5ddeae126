/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>
#include <event2/thread.h>

#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include "auth_app.h"
#include "auth_guard.h"
#include "conf.h"
#include "roles_process.h"
#include "sasl.h"
#include "tls_binding.h"

#include "check.h"

/*
 * The auth role, with the test as its front and its mail on the same loop.
 */
static char dir[] = "/tmp/check_auth.XXXXXX";
static struct role_process process;
static struct buf text;
static struct role_channel *front, *mail, *outbound;

/* What they have heard. */
static struct {
	enum role_type type;
	uint64_t number; /* of the connection, or the request */
	unsigned result;
	struct role_ticket ticket;
	char user[ROLE_USER_MAX + 1];
	char data[512]; /* of a challenge or an answer */
	size_t size;
} heard[128];
static unsigned nheard, seen;

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	(void)arg;
	(void)ch;
	(void)fd;
	heard[nheard].type = m->type;
	switch (m->type) {
	case ROLE_VERDICT:
		heard[nheard].number = m->verdict.connection;
		heard[nheard].result = m->verdict.verdict;
		heard[nheard].ticket = m->verdict.ticket;
		break;
	case ROLE_TICKET:
		heard[nheard].ticket = m->ticket.ticket;
		heard[nheard].result = m->ticket.scope;
		snprintf(heard[nheard].user, sizeof(heard[0].user), "%.*s",
		    (int)m->ticket.user.n, m->ticket.user.p);
		break;
	case ROLE_SASL_CHALLENGE:
		heard[nheard].number = m->sasl_challenge.connection;
		snprintf(heard[nheard].data, sizeof(heard[0].data), "%.*s",
		    (int)m->sasl_challenge.data.n, m->sasl_challenge.data.p);
		break;
	case ROLE_INTROSPECT:
		heard[nheard].number = m->introspect.request;
		snprintf(heard[nheard].data, sizeof(heard[0].data), "%.*s",
		    (int)m->introspect.token.n, m->introspect.token.p);
		break;
	case ROLE_USER_ANSWER:
		heard[nheard].number = m->user_answer.request;
		heard[nheard].result = m->user_answer.status;
		snprintf(heard[nheard].data, sizeof(heard[0].data), "%.*s",
		    (int)m->user_answer.data.n, m->user_answer.data.p);
		heard[nheard].size = m->user_answer.data.n;
		break;
	default:
		ck_abort_msg("%s", role_msg_name(m->type));
	}
	nheard++;
}

static void
on_closed(void *arg, struct role_channel *ch)
{
	(void)arg;
	(void)ch;
}

static struct role_channel *
connect_as(enum role role)
{
	struct role_channel_end end = { .self = role, .other = ROLE_AUTH,
		.message = on_message, .closed = on_closed };
	int fd[2];

	ck_assert_int_eq(role_channel_pair(fd), 0);
	auth_ops.peer(&process, role, 0, fd[0]);
	return role_channel_new(process.base, fd[1], &end);
}

static void
setup(void)
{
	char path[64];
	struct buf why = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/auth", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	buf_addf(&text, "hostname mail.example.org\ndomain example.org\n"
			"state_dir %s\nauth { hash_cost 1 }\n"
			"auth { introspection_url https://x/ }\n"
			"tls { client_ca /some.pem }\n"
			"limits { auth_failures 3 per 1d }\n", dir);
	process.conf = conf_parse_text(buf_span(&text), "test", NULL, 0, &why);
	ck_assert_msg(process.conf != NULL, "%s", why.data);
	evthread_use_pthreads();
	process.base = event_base_new();
	process.state = auth_ops.start(&process, &why);
	ck_assert_msg(process.state != NULL, "%s", why.data);
	front = connect_as(ROLE_FRONT);
	mail = connect_as(ROLE_MAIL);
	outbound = connect_as(ROLE_OUTBOUND);
}

static void
teardown(void)
{
	struct buf rm = { 0 };

	auth_ops.end(&process);
	role_channel_free(front);
	role_channel_free(mail);
	role_channel_free(outbound);
	event_base_free(process.base);
	conf_free((struct conf *)(uintptr_t)process.conf);
	buf_addf(&rm, "rm -r %s", dir);
	ck_assert_int_eq(system(rm.data), 0);
	buf_free(&rm);
	buf_free(&text);
}

static void
set_password(uint32_t request, const char *user, const char *password,
    bool create)
{
	struct role_msg m = { .type = ROLE_SET_PASSWORD };

	m.set_password.request = request;
	m.set_password.create = create;
	m.set_password.user = span_str(user);
	m.set_password.password = span_str(password);
	ck_assert_int_eq(role_send(mail, &m, -1), 0);
}

static void
delete_user(uint32_t request, const char *user)
{
	struct role_msg m = { .type = ROLE_DELETE_USER };

	m.delete_user.request = request;
	m.delete_user.user = span_str(user);
	ck_assert_int_eq(role_send(mail, &m, -1), 0);
}

static void
login(uint64_t connection, const char *peer, const char *authzid,
    const char *authcid, const char *password)
{
	struct role_msg m = { .type = ROLE_LOGIN };

	m.login.connection = connection;
	m.login.scope = ROLE_SCOPE_SUBMISSION;
	m.login.peer = span_str(peer);
	m.login.mechanism = SPAN_LIT("PLAIN");
	m.login.authzid = span_str(authzid);
	m.login.authcid = span_str(authcid);
	m.login.password = span_str(password);
	ck_assert_int_eq(role_send(front, &m, -1), 0);
}

static void
expect(enum role_type type, uint64_t number, unsigned result)
{
	while (seen == nheard)
		event_base_loop(process.base, EVLOOP_ONCE);
	ck_assert_str_eq(role_msg_name(heard[seen].type), role_msg_name(type));
	ck_assert_uint_eq(heard[seen].number, number);
	ck_assert_uint_eq(heard[seen].result, result);
	seen++;
}

static void
create_bob(void)
{
	set_password(1, "bob@example.org", "good", true);
	expect(ROLE_USER_ANSWER, 1, ROLE_USER_OK);
}

static void
expect_granted(uint64_t connection)
{
	expect(ROLE_TICKET, 0, ROLE_SCOPE_SUBMISSION);
	ck_assert_str_eq(heard[seen - 1].user, "bob@example.org");
	expect(ROLE_VERDICT, connection, ROLE_GRANTED);
	ck_assert_mem_eq(&heard[seen - 1].ticket, &heard[seen - 2].ticket,
	    sizeof(struct role_ticket));
}

static const struct {
	const char *authzid, *authcid, *password;
	bool granted;
} logins[] = {
	{ "", "bob@example.org", "good", true },
	{ "", "bob", "good", true },
	{ "", "BOB@Example.ORG", "good", true },
	{ "bob", "bob@example.org", "good", true },
	{ "Bob@example.org", "bob", "good", true },
	{ "eve", "bob", "good", false },
	{ "", "bob", "Good", false },
	{ "", "bob", "good ", false },
	{ "", "bob", "", false },
	{ "", "", "good", false },
	{ "", "bob@example.com", "good", false },
	{ "", "eve", "good", false },
	{ "", "bob\xff", "good", false },
	{ "", "bob\n", "good", false },
};

/* All at once, since refusals take their time, each from its own address. */
START_TEST(who_gets_in)
{
	const unsigned n = sizeof(logins) / sizeof(logins[0]);
	char peer[16];

	create_bob();
	for (unsigned i = 0; i < n; i++) {
		snprintf(peer, sizeof(peer), "192.0.2.%u", i);
		login(i, peer, logins[i].authzid, logins[i].authcid,
		    logins[i].password);
	}
	for (unsigned verdicts = 0; verdicts < n; seen++) {
		while (seen == nheard)
			event_base_loop(process.base, EVLOOP_ONCE);
		if (heard[seen].type != ROLE_VERDICT)
			continue;
		ck_assert_uint_eq(heard[seen].result,
		    logins[heard[seen].number].granted ? ROLE_GRANTED :
							 ROLE_DENIED);
		verdicts++;
	}
}
END_TEST

START_TEST(every_ticket_is_another)
{
	struct role_ticket first;

	create_bob();
	login(7, "192.0.2.1", "", "bob", "good");
	expect_granted(7);
	first = heard[seen - 1].ticket;
	login(8, "192.0.2.1", "", "bob", "good");
	expect_granted(8);
	ck_assert_mem_ne(&first, &heard[seen - 1].ticket, sizeof(first));
}
END_TEST

START_TEST(what_mail_asks_for_is_done_or_refused)
{
	static char long_one[600];

	memset(long_one, 'x', sizeof(long_one) - 1);
	create_bob();
	set_password(2, "bob@example.org", "other", true);
	expect(ROLE_USER_ANSWER, 2, ROLE_USER_EXISTS);
	set_password(3, "eve@example.org", "good", false);
	expect(ROLE_USER_ANSWER, 3, ROLE_USER_NONE);
	set_password(4, "bob@example.org", "", false);
	expect(ROLE_USER_ANSWER, 4, ROLE_USER_FAILED);
	set_password(5, "bob@example.org", long_one, false);
	expect(ROLE_USER_ANSWER, 5, ROLE_USER_FAILED);
	delete_user(6, "eve@example.org");
	expect(ROLE_USER_ANSWER, 6, ROLE_USER_NONE);
	delete_user(7, "bob@example.org");
	expect(ROLE_USER_ANSWER, 7, ROLE_USER_OK);
	login(7, "192.0.2.1", "", "bob", "good");
	expect(ROLE_VERDICT, 7, ROLE_DENIED);
}
END_TEST

START_TEST(a_new_password_counts_at_once)
{
	create_bob();
	login(1, "192.0.2.1", "", "bob", "good");
	expect_granted(1);
	login(2, "192.0.2.1", "", "bob", "better");
	expect(ROLE_VERDICT, 2, ROLE_DENIED);
	set_password(3, "bob@example.org", "better", false);
	expect(ROLE_USER_ANSWER, 3, ROLE_USER_OK);
	login(4, "192.0.2.1", "", "bob", "good");
	expect(ROLE_VERDICT, 4, ROLE_DENIED);
	login(5, "192.0.2.1", "", "bob", "better");
	expect_granted(5);
}
END_TEST

START_TEST(many_users_are_made_in_few_commits)
{
	char name[32];

	for (uint32_t i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "user%u@example.org", i);
		set_password(i, name, "test", true);
	}
	for (int i = 0; i < 50; i++) {
		while (seen == nheard)
			event_base_loop(process.base, EVLOOP_ONCE);
		ck_assert_uint_eq(heard[seen++].result, ROLE_USER_OK);
	}
	login(1, "192.0.2.1", "", "user49", "test");
	expect(ROLE_TICKET, 0, ROLE_SCOPE_SUBMISSION);
	expect(ROLE_VERDICT, 1, ROLE_GRANTED);
}
END_TEST

START_TEST(without_mail_it_is_temporary)
{
	create_bob();
	role_channel_free(mail);
	mail = NULL;
	event_base_loop(process.base, EVLOOP_ONCE);
	login(1, "192.0.2.1", "", "bob", "good");
	expect(ROLE_VERDICT, 1, ROLE_TEMPFAIL);
}
END_TEST

static void
turns(unsigned n)
{
	while (n-- > 0)
		event_base_loop(process.base, EVLOOP_NONBLOCK);
}

START_TEST(front_hears_nothing_before_mail_can)
{
	const int small = 1;
	char ticket[256];
	unsigned tickets = 0, verdicts = 0;
	int fd[2];

	create_bob();
	login(1, "192.0.2.1", "", "bob", "good");
	expect_granted(1);
	role_channel_free(mail);
	mail = NULL;
	ck_assert_int_eq(role_channel_pair(fd), 0);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	auth_ops.peer(&process, ROLE_MAIL, 0, fd[0]);
	for (uint64_t i = 0; i < 20; i++)
		login(2, "192.0.2.1", "", "bob", "good");
	for (turns(3); verdicts < 20; turns(3)) {
		for (; seen < nheard; verdicts++)
			expect(ROLE_VERDICT, 2, ROLE_GRANTED);
		if (tickets == 0)
			ck_assert_uint_lt(verdicts, 20);
		while (recv(fd[1], ticket, sizeof(ticket), 0) > 0)
			tickets++;
		ck_assert_uint_ge(tickets, verdicts);
	}
	ck_assert_uint_eq(tickets, 20);
	close(fd[1]);
}
END_TEST

START_TEST(a_front_that_dies_leaves_nothing)
{
	create_bob();
	for (int i = 0; i < 20; i++)
		login(1, "192.0.2.1", "", "bob", i % 2 ? "good" : "bad");
	event_base_loop(process.base, EVLOOP_ONCE);
	role_channel_free(front);
	front = connect_as(ROLE_FRONT);
	login(99, "192.0.2.9", "", "bob", "good");
	do {
		while (seen == nheard)
			event_base_loop(process.base, EVLOOP_ONCE);
	} while (heard[seen++].type == ROLE_TICKET);
	ck_assert_uint_eq(heard[seen - 1].number, 99);
}
END_TEST

START_TEST(guessing_is_stopped)
{
	char password[8];

	create_bob();
	for (unsigned i = 0; i < 3; i++) {
		snprintf(password, sizeof(password), "%u", i);
		login(i, "192.0.2.1", "", "bob", password);
	}
	login(4, "192.0.2.1", "", "bob", "good"); /* right, but too late */
	login(5, "192.0.2.2", "", "bob", "good");
	expect_granted(5);
	for (unsigned i = 0; i < 4; i++, seen++) {
		while (seen == nheard)
			event_base_loop(process.base, EVLOOP_ONCE);
		ck_assert_uint_eq(heard[seen].result, ROLE_DENIED);
	}
}
END_TEST

/* ---- other mechanisms ---- */

/* Names in the client's certificate. */
#define CERTIFICATE "Bob@example.org eve@example.org bob"

static void
sasl_start(uint64_t connection, const char *mechanism, struct span initial)
{
	struct role_msg m = { .type = ROLE_SASL_START };

	m.sasl_start.connection = connection;
	m.sasl_start.scope = ROLE_SCOPE_SUBMISSION;
	m.sasl_start.peer = SPAN_LIT("192.0.2.1");
	m.sasl_start.mechanism = span_str(mechanism);
	m.sasl_start.initial = initial;
	m.sasl_start.exporter = SPAN_LIT("exported");
	m.sasl_start.certificate = SPAN_LIT(CERTIFICATE);
	ck_assert_int_eq(role_send(front, &m, -1), 0);
}

static void
sasl_respond(uint64_t connection, struct span data, bool cancel)
{
	struct role_msg m = { .type = ROLE_SASL_RESPONSE };

	m.sasl_response.connection = connection;
	m.sasl_response.cancel = cancel;
	m.sasl_response.data = data;
	ck_assert_int_eq(role_send(front, &m, -1), 0);
}

static struct sasl_client
scram_client(const char *mechanism, const char *user, const char *password)
{
	return (struct sasl_client){
		.mech = sasl_mech_find(span_str(mechanism)),
		.authcid = user,
		.password = password,
		.binding = { TLS_BINDING_EXPORTER, SPAN_LIT("exported") },
	};
}

/* Until the client has sent its proof. */
static void
scram_prove(struct sasl_client *c, uint64_t connection)
{
	struct buf say = { 0 };

	sasl_client_step(c, span_of(NULL, 0), &say);
	sasl_start(connection, sasl_mech_name(c->mech), buf_span(&say));
	expect(ROLE_SASL_CHALLENGE, connection, 0);
	buf_clear(&say);
	ck_assert_int_eq(sasl_client_step(c, span_str(heard[seen - 1].data),
			     &say), SASL_CONTINUE);
	sasl_respond(connection, buf_span(&say), false);
	buf_free(&say);
}

/* Until the client is content with the server. */
static void
scram_verify(struct sasl_client *c, uint64_t connection)
{
	struct buf say = { 0 };

	expect(ROLE_SASL_CHALLENGE, connection, 0);
	ck_assert_int_eq(sasl_client_step(c, span_str(heard[seen - 1].data),
			     &say), SASL_CONTINUE);
	ck_assert_uint_eq(say.len, 0);
	sasl_client_clear(c);
}

START_TEST(scram_logs_in)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "Bob",
	    "good");

	create_bob();
	scram_prove(&c, 1);
	scram_verify(&c, 1);
	sasl_respond(1, SPAN_LIT(""), false);
	expect_granted(1);
	/* It is over: there is nothing to go on with. */
	sasl_respond(1, SPAN_LIT(""), false);
	expect(ROLE_VERDICT, 1, ROLE_TEMPFAIL);
}
END_TEST

static const struct {
	const char *user, *password;
} strangers[] = {
	{ "bob", "bad" },
	{ "bob", "" },
	{ "eve", "good" },
	{ "bob\xff", "good" },
};

START_TEST(scram_refuses)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS",
	    strangers[_i].user, strangers[_i].password);

	create_bob();
	if (_i == 3) { /* no UTF-8: that is not what the mechanism says */
		sasl_start(1, "SCRAM-SHA-256", SPAN_LIT("n,,n=bob\xff,r=x"));
		expect(ROLE_VERDICT, 1, ROLE_MALFORMED);
	} else {
		scram_prove(&c, 1);
		expect(ROLE_VERDICT, 1, ROLE_DENIED);
	}
	sasl_client_clear(&c);
}
END_TEST

static const struct {
	const char *mechanism, *initial;
	enum role_verdict verdict;
} beginnings[] = {
	{ "SCRAM-SHA-1", "n,,n=bob,r=x", ROLE_MALFORMED },
	{ "PLAIN", "n,,n=bob,r=x", ROLE_MALFORMED },
	{ "SCRAM-SHA-256", "", ROLE_MALFORMED },
	{ "SCRAM-SHA-256", "y,,n=bob,r=x", ROLE_MALFORMED },
	{ "SCRAM-SHA-256", "p=tls-exporter,,n=bob,r=x", ROLE_MALFORMED },
	{ "SCRAM-SHA-256-PLUS", "n,,n=bob,r=x", ROLE_MALFORMED },
	{ "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=bob,r=x",
	    ROLE_MALFORMED },
	{ "SCRAM-SHA-256", "n,a=eve,n=bob,r=x", ROLE_DENIED },
};

START_TEST(scram_begins_as_it_must)
{
	create_bob();
	sasl_start(1, beginnings[_i].mechanism, span_str(beginnings[_i].initial));
	expect(ROLE_VERDICT, 1, beginnings[_i].verdict);
}
END_TEST

START_TEST(scram_ends_as_it_must)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "bob",
	    "good");

	create_bob();
	scram_prove(&c, 1);
	scram_verify(&c, 1);
	sasl_respond(1, SPAN_LIT("more"), false);
	expect(ROLE_VERDICT, 1, ROLE_MALFORMED);
}
END_TEST

/* Proven, but not yet let in. */
START_TEST(scram_minds_a_new_password)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "bob",
	    "good");

	create_bob();
	scram_prove(&c, 1);
	scram_verify(&c, 1);
	set_password(2, "bob@example.org", "better", false);
	expect(ROLE_USER_ANSWER, 2, ROLE_USER_OK);
	sasl_respond(1, SPAN_LIT(""), false);
	expect(ROLE_VERDICT, 1, ROLE_TEMPFAIL);
	c = scram_client("SCRAM-SHA-256-PLUS", "bob", "better");
	scram_prove(&c, 3);
	scram_verify(&c, 3);
	sasl_respond(3, SPAN_LIT(""), false);
	expect_granted(3);
}
END_TEST

START_TEST(scram_can_be_given_up_and_begun_again)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "bob",
	    "good");

	create_bob();
	sasl_start(1, "SCRAM-SHA-256", SPAN_LIT("n,,n=bob,r=x"));
	expect(ROLE_SASL_CHALLENGE, 1, 0);
	sasl_respond(1, SPAN_LIT(""), true);
	sasl_start(1, "SCRAM-SHA-256", SPAN_LIT("n,,n=bob,r=x"));
	expect(ROLE_SASL_CHALLENGE, 1, 0);
	scram_prove(&c, 1);
	scram_verify(&c, 1);
	sasl_respond(1, SPAN_LIT(""), false);
	expect_granted(1);
}
END_TEST

START_TEST(scram_guessing_is_stopped)
{
	struct sasl_client c;

	create_bob();
	for (unsigned i = 0; i < 4; i++) {
		c = scram_client("SCRAM-SHA-256", "bob", i < 3 ? "x" : "good");
		c.binding.name = NULL;
		scram_prove(&c, i);
		sasl_client_clear(&c);
	}
	/* The last one is right, but too late. */
	for (unsigned i = 0; i < 4; i++, seen++) {
		while (seen == nheard)
			event_base_loop(process.base, EVLOOP_ONCE);
		ck_assert_int_eq(heard[seen].type, ROLE_VERDICT);
		ck_assert_uint_eq(heard[seen].result, ROLE_DENIED);
	}
	/* Nothing was learnt of an empty password. */
	login(9, "192.0.2.9", "", "bob", "");
	expect(ROLE_VERDICT, 9, ROLE_DENIED);
}
END_TEST

static const struct {
	const char *identity;
	bool granted;
} identities[] = {
	{ "", true },
	{ "bob", true },
	{ "bob@EXAMPLE.org", true },
	{ "eve", false }, /* in it, but no user */
	{ "tim", false },
	{ "bob\xff", false },
};

START_TEST(external_goes_by_the_certificate)
{
	create_bob();
	sasl_start(1, "EXTERNAL", span_str(identities[_i].identity));
	if (identities[_i].granted)
		expect_granted(1);
	else
		expect(ROLE_VERDICT, 1, ROLE_DENIED);
}
END_TEST

static void
change_user(uint32_t request, enum role_change what, const char *user,
    uint32_t app)
{
	struct role_msg m = { .type = ROLE_CHANGE_USER };

	m.change_user.request = request;
	m.change_user.what = what;
	m.change_user.user = span_str(user);
	m.change_user.app = app;
	m.change_user.name = SPAN_LIT("phone");
	ck_assert_int_eq(role_send(mail, &m, -1), 0);
}

/* ---- tokens ---- */

#define BEARER(user, token) "n," user ",\1auth=Bearer " token "\1\1"
#define XOAUTH2(user, token)                                                  \
	"user=" user "\1auth=Bearer " token "\1\1"

/* Auth has asked about token, and is told this. */
static void
expect_question(const char *token, enum role_token verdict, const char *user,
    uint32_t seconds)
{
	struct role_msg m = { .type = ROLE_INTROSPECTED };

	expect(ROLE_INTROSPECT, heard[seen].number, 0);
	ck_assert_str_eq(heard[seen - 1].data, token);
	m.introspected.request = (uint32_t)heard[seen - 1].number;
	m.introspected.verdict = verdict;
	m.introspected.user = span_str(user);
	m.introspected.seconds = seconds;
	ck_assert_int_eq(role_send(outbound, &m, -1), 0);
}

/* A refusal, which the client is told of first. */
static void
expect_error(uint64_t connection, const char *error)
{
	expect(ROLE_SASL_CHALLENGE, connection, 0);
	ck_assert_str_eq(heard[seen - 1].data, error);
	sasl_respond(connection, SPAN_LIT("\1"), false);
	expect(ROLE_VERDICT, connection, ROLE_DENIED);
}

#define INVALID "{\"status\":\"invalid_token\"}"

static void
wait_for_question(void)
{
	while (seen == nheard)
		event_base_loop(process.base, EVLOOP_ONCE);
}

START_TEST(a_token_is_asked_about_once)
{
	create_bob();
	sasl_start(1, "OAUTHBEARER", SPAN_LIT(BEARER("", "tok")));
	wait_for_question();
	expect_question("tok", ROLE_TOKEN_GOOD, "Bob", UINT32_MAX);
	expect_granted(1);
	sasl_start(2, "XOAUTH2", SPAN_LIT(XOAUTH2("bob", "tok")));
	expect_granted(2);
	sasl_start(3, "OAUTHBEARER", SPAN_LIT(BEARER("a=bob", "tok")));
	expect_granted(3);
	/* Not after it was disabled, though the token is as good as before. */
	change_user(4, ROLE_CHANGE_DISABLE, "bob@example.org", 0);
	expect(ROLE_USER_ANSWER, 4, ROLE_USER_OK);
	sasl_start(5, "XOAUTH2", SPAN_LIT(XOAUTH2("bob", "tok")));
	expect(ROLE_VERDICT, 5, ROLE_DENIED);
}
END_TEST

START_TEST(a_token_is_forgotten_when_it_ends)
{
	create_bob();
	for (uint64_t i = 1; i < 3; i++) {
		sasl_start(i, "XOAUTH2", SPAN_LIT(XOAUTH2("bob", "tok")));
		wait_for_question();
		expect_question("tok", ROLE_TOKEN_GOOD, "bob", 0);
		expect_granted(i);
	}
}
END_TEST

START_TEST(a_bad_token_is_asked_about_once)
{
	create_bob();
	sasl_start(1, "OAUTHBEARER", SPAN_LIT(BEARER("a=bob", "tok")));
	wait_for_question();
	expect_question("tok", ROLE_TOKEN_BAD, "", 0);
	expect_error(1, INVALID);
	sasl_start(2, "OAUTHBEARER", SPAN_LIT(BEARER("a=bob", "tok")));
	expect_error(2, INVALID);
	sasl_start(3, "XOAUTH2", SPAN_LIT(XOAUTH2("bob", "tok")));
	expect_error(3, "{\"status\":\"401\",\"schemes\":\"bearer\"}");
}
END_TEST

static const struct {
	const char *initial, *user; /* whom the token is for */
	bool question;
	enum role_verdict verdict;
} token_logins[] = {
	{ BEARER("a=eve", "tok"), "bob", true, ROLE_DENIED },
	{ BEARER("a=bob", "tok"), "eve", true, ROLE_DENIED },
	{ BEARER("", "tok"), "bob\xff", true, ROLE_DENIED },
	{ "n,,\1auth=Basic x\1\1", "", false, ROLE_MALFORMED },
	{ XOAUTH2("bob", "tok"), "", false, ROLE_MALFORMED },
};

START_TEST(a_token_is_for_one_user)
{
	create_bob();
	sasl_start(1, "OAUTHBEARER", span_str(token_logins[_i].initial));
	if (token_logins[_i].question) {
		wait_for_question();
		expect_question("tok", ROLE_TOKEN_GOOD, token_logins[_i].user,
		    60);
		expect_error(1, INVALID);
	} else {
		expect(ROLE_VERDICT, 1, token_logins[_i].verdict);
	}
}
END_TEST

/* Its user is nobody here: the token is good, the login is not. */
START_TEST(a_token_of_nobody)
{
	sasl_start(1, "OAUTHBEARER", SPAN_LIT(BEARER("", "tok")));
	wait_for_question();
	expect_question("tok", ROLE_TOKEN_GOOD, "ghost", 60);
	expect(ROLE_VERDICT, 1, ROLE_DENIED);
}
END_TEST

START_TEST(without_outbound_it_is_temporary)
{
	create_bob();
	sasl_start(1, "OAUTHBEARER", SPAN_LIT(BEARER("", "tok")));
	wait_for_question();
	expect_question("tok", ROLE_TOKEN_UNKNOWN, "", 0);
	expect(ROLE_VERDICT, 1, ROLE_TEMPFAIL);
	role_channel_free(outbound);
	outbound = NULL;
	event_base_loop(process.base, EVLOOP_ONCE);
	sasl_start(2, "OAUTHBEARER", SPAN_LIT(BEARER("", "tok")));
	expect(ROLE_VERDICT, 2, ROLE_TEMPFAIL);
}
END_TEST

/* ---- disabling, application passwords ---- */

#define USER "bob@example.org"

START_TEST(who_is_disabled_is_a_stranger)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "bob",
	    "good");

	create_bob();
	login(1, "192.0.2.1", "", "bob", "good");
	expect_granted(1);
	change_user(2, ROLE_CHANGE_DISABLE, USER, 0);
	expect(ROLE_USER_ANSWER, 2, ROLE_USER_OK);
	login(3, "192.0.2.1", "", "bob", "good");
	expect(ROLE_VERDICT, 3, ROLE_DENIED);
	scram_prove(&c, 4);
	expect(ROLE_VERDICT, 4, ROLE_DENIED);
	sasl_client_clear(&c);
	sasl_start(5, "EXTERNAL", SPAN_LIT(""));
	expect(ROLE_VERDICT, 5, ROLE_DENIED);
	change_user(6, ROLE_CHANGE_ENABLE, USER, 0);
	expect(ROLE_USER_ANSWER, 6, ROLE_USER_OK);
	login(7, "192.0.2.2", "", "bob", "good");
	expect_granted(7);
	change_user(8, ROLE_CHANGE_DISABLE, "eve@example.org", 0);
	expect(ROLE_USER_ANSWER, 8, ROLE_USER_NONE);
}
END_TEST

START_TEST(disabled_while_it_proves_itself)
{
	struct sasl_client c = scram_client("SCRAM-SHA-256-PLUS", "bob",
	    "good");

	create_bob();
	scram_prove(&c, 1);
	scram_verify(&c, 1);
	change_user(2, ROLE_CHANGE_DISABLE, USER, 0);
	expect(ROLE_USER_ANSWER, 2, ROLE_USER_OK);
	sasl_respond(1, SPAN_LIT(""), false);
	expect(ROLE_VERDICT, 1, ROLE_TEMPFAIL);
}
END_TEST

/* The text of a new one, until the next answer. */
static const char *
add_app(uint32_t request)
{
	change_user(request, ROLE_CHANGE_APP_ADD, USER, 0);
	expect(ROLE_USER_ANSWER, request, ROLE_USER_OK);
	ck_assert_uint_eq(heard[seen - 1].size, strlen(AUTH_APP_TEXT));
	return heard[seen - 1].data;
}

START_TEST(an_application_password_opens_everything)
{
	struct sasl_client c;
	const char *first, *second;

	create_bob();
	first = add_app(2);
	second = add_app(3);
	ck_assert_str_ne(first, second);
	login(4, "192.0.2.1", "", "bob", first);
	expect_granted(4);
	login(5, "192.0.2.1", "", "bob", "good");
	expect_granted(5);
	c = scram_client("SCRAM-SHA-256-PLUS", "bob", second);
	scram_prove(&c, 6);
	scram_verify(&c, 6);
	sasl_respond(6, SPAN_LIT(""), false);
	expect_granted(6);
	/* Another password of the user changes nothing about them. */
	set_password(7, USER, "better", false);
	expect(ROLE_USER_ANSWER, 7, ROLE_USER_OK);
	c = scram_client("SCRAM-SHA-256-PLUS", "bob", first);
	scram_prove(&c, 8);
	scram_verify(&c, 8);
	sasl_respond(8, SPAN_LIT(""), false);
	expect_granted(8);
}
END_TEST

START_TEST(an_application_password_is_taken_back)
{
	struct sasl_client c;
	const char *first, *second;

	create_bob();
	first = add_app(2);
	second = add_app(3);
	login(4, "192.0.2.1", "", "bob", first);
	expect_granted(4);
	change_user(5, ROLE_CHANGE_APP_REVOKE, USER, 1);
	expect(ROLE_USER_ANSWER, 5, ROLE_USER_OK);
	change_user(6, ROLE_CHANGE_APP_REVOKE, USER, 1);
	expect(ROLE_USER_ANSWER, 6, ROLE_USER_NO_APP);
	login(7, "192.0.2.1", "", "bob", first);
	expect(ROLE_VERDICT, 7, ROLE_DENIED);
	c = scram_client("SCRAM-SHA-256-PLUS", "bob", first);
	scram_prove(&c, 8);
	expect(ROLE_VERDICT, 8, ROLE_DENIED);
	sasl_client_clear(&c);
	login(9, "192.0.2.1", "", "bob", second);
	expect_granted(9);
	change_user(10, ROLE_CHANGE_APP_LIST, USER, 0);
	expect(ROLE_USER_ANSWER, 10, ROLE_USER_OK);
	ck_assert_uint_eq(heard[seen - 1].size, 4 + 8 + 1 + strlen("phone"));
}
END_TEST

START_TEST(application_passwords_are_few)
{
	create_bob();
	for (uint32_t i = 0; i < AUTH_APPS_MAX; i++)
		add_app(i);
	change_user(50, ROLE_CHANGE_APP_ADD, USER, 0);
	expect(ROLE_USER_ANSWER, 50, ROLE_USER_LIMIT);
	change_user(51, ROLE_CHANGE_APP_ADD, "eve@example.org", 0);
	expect(ROLE_USER_ANSWER, 51, ROLE_USER_NONE);
	change_user(52, ROLE_CHANGE_APP_LIST, "eve@example.org", 0);
	expect(ROLE_USER_ANSWER, 52, ROLE_USER_NONE);
}
END_TEST

/* Typed on another keyboard it is the same: RFC 4013. */
START_TEST(a_password_is_prepared)
{
	set_password(1, "bob@example.org", "u\xcc\x88", true);
	expect(ROLE_USER_ANSWER, 1, ROLE_USER_OK);
	login(2, "192.0.2.1", "", "bob", "\xc3\xbc");
	expect_granted(2);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_gets_in);
	tcase_add_test(tc, every_ticket_is_another);
	tcase_add_test(tc, what_mail_asks_for_is_done_or_refused);
	tcase_add_test(tc, a_new_password_counts_at_once);
	tcase_add_test(tc, many_users_are_made_in_few_commits);
	tcase_add_test(tc, without_mail_it_is_temporary);
	tcase_add_test(tc, front_hears_nothing_before_mail_can);
	tcase_add_test(tc, a_front_that_dies_leaves_nothing);
	tcase_add_test(tc, guessing_is_stopped);
	tcase_add_test(tc, scram_logs_in);
	tcase_add_loop_test(tc, scram_refuses, 0,
	    sizeof(strangers) / sizeof(strangers[0]));
	tcase_add_loop_test(tc, scram_begins_as_it_must, 0,
	    sizeof(beginnings) / sizeof(beginnings[0]));
	tcase_add_test(tc, scram_ends_as_it_must);
	tcase_add_test(tc, scram_minds_a_new_password);
	tcase_add_test(tc, scram_can_be_given_up_and_begun_again);
	tcase_add_test(tc, scram_guessing_is_stopped);
	tcase_add_test(tc, a_password_is_prepared);
	tcase_add_test(tc, a_token_is_asked_about_once);
	tcase_add_test(tc, a_token_is_forgotten_when_it_ends);
	tcase_add_test(tc, a_bad_token_is_asked_about_once);
	tcase_add_loop_test(tc, a_token_is_for_one_user, 0,
	    sizeof(token_logins) / sizeof(token_logins[0]));
	tcase_add_test(tc, a_token_of_nobody);
	tcase_add_test(tc, without_outbound_it_is_temporary);
	tcase_add_test(tc, who_is_disabled_is_a_stranger);
	tcase_add_test(tc, disabled_while_it_proves_itself);
	tcase_add_test(tc, an_application_password_opens_everything);
	tcase_add_test(tc, an_application_password_is_taken_back);
	tcase_add_test(tc, application_passwords_are_few);
	tcase_add_loop_test(tc, external_goes_by_the_certificate, 0,
	    sizeof(identities) / sizeof(identities[0]));
}

int
main(void)
{
	return check_run("auth", add);
}
