/* SPDX-License-Identifier: ISC */
#include "imap_conn.h"

#include <time.h>

#include "ctl_session.h"
#include "transport.h"

#define WAIT_SECONDS 120 /* for the server to say anything */
#define PIECE        ((size_t)65536)

/* ---- the session ---- */

static const struct {
	enum imap_client_failure failure;
	int status;
} failures[] = {
	{ IMAP_CLIENT_REFUSED, EX_TEMPFAIL },
	{ IMAP_CLIENT_NOAUTH, EX_NOPERM },
	{ IMAP_CLIENT_BADLOGIN, EX_NOPERM },
	{ IMAP_CLIENT_PROTOCOL, EX_PROTOCOL },
	{ IMAP_CLIENT_LOST, EX_UNAVAILABLE },
};

static int
report(struct imap_conn *ic)
{
	enum imap_client_failure failure;
	const char *text;
	int status = EX_PROTOCOL;

	failure = imap_client_failure(ic->client, &text);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].failure == failure)
			status = failures[i].status;
	}
	if (failure == IMAP_CLIENT_BADLOGIN)
		return cmd_fail(ic->cmd, status, "%s does not let %s in: %s: "
		    "check the user and the password", ic->login->imap,
		    ic->login->user, text);
	return cmd_fail(ic->cmd, status, "%s: %s", ic->login->imap, text);
}

/* False: the connection is lost. */
static bool
flush(struct imap_conn *ic, bool *sent)
{
	struct span s;

	*sent = false;
	while ((s = imap_client_output(ic->client)).n > 0) {
		ssize_t n = transport_send(ic->transport, s);

		if (n <= 0)
			return n == 0;
		*sent = true;
		imap_client_sent(ic->client, (size_t)n);
	}
	return true;
}

/* Send and receive what can be at once; wait if that is nothing.  False: that
 * took all the time. */
static bool
exchange(struct imap_conn *ic, unsigned seconds)
{
	char piece[PIECE];
	bool sent, lost, eof;
	ssize_t n;

	lost = !flush(ic, &sent);
	n = transport_recv(ic->transport, piece, sizeof(piece), &eof);
	if (n > 0)
		imap_client_input(ic->client, span_of(piece, (size_t)n));
	else if (lost || n < 0 || eof)
		imap_client_eof(ic->client);
	else
		return sent || transport_wait(ic->transport,
		    imap_client_output(ic->client).n > 0, seconds);
	return true;
}

static int
exchange_in_time(struct imap_conn *ic)
{
	if (exchange(ic, WAIT_SECONDS))
		return 0;
	return cmd_fail(ic->cmd, EX_TEMPFAIL, "%s: no answer for %d seconds",
	    ic->login->imap, WAIT_SECONDS);
}

/* Behind the first commands of what carries many messages, so that it takes no
 * round trip of its own; RFC 4978 section 3 has one compression, not two. */
static void
compress(struct imap_conn *ic)
{
	if (ic->cmd->entry->bulk && !ic->login->admin &&
	    !transport_compressed(ic->transport))
		imap_client_compress(ic->client);
}

int
imap_conn_run(struct imap_conn *ic)
{
	int ret = 0;

	compress(ic);
	while (ret == 0) {
		switch (imap_client_next(ic->client)) {
		case IMAP_CLIENT_IO:
			ret = exchange_in_time(ic);
			break;
		case IMAP_CLIENT_READY:
		case IMAP_CLIENT_CLOSED:
			return 0;
		case IMAP_CLIENT_FAILED:
			ret = report(ic);
			break;
		}
	}
	return ret;
}

static unsigned
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts); /* a suspended machine ages, too */
	return (unsigned)ts.tv_sec;
}

int
imap_conn_idle(struct imap_conn *ic, const bool *stop, unsigned seconds)
{
	unsigned begun = now(), passed = 0;

	while (!*stop && passed < seconds &&
	    imap_client_next(ic->client) == IMAP_CLIENT_IO) {
		exchange(ic, seconds - passed);
		passed = now() - begun;
	}
	imap_client_idle_done(ic->client);
	return imap_conn_run(ic);
}

static void
on_other(void *arg, struct imap_resp *r)
{
	struct imap_conn *ic = arg;

	if (r->code == IMAP_CODE_ALERT)
		cmd_warn(ic->cmd, "the server says: %.*s", (int)r->text.n,
		    r->text.p);
}

static int
log_in(struct imap_conn *ic)
{
	struct imap_client_options o = {
		.secure = transport_secure(ic->transport),
		.plaintext = transport_private(ic->transport),
		.binding = transport_binding(ic->transport),
		.other = on_other,
		.arg = ic,
	};
	int ret;

	ret = login_password(ic->login, ic->cmd, ic->login->imap, &o.password);
	if (ret != 0)
		return ret;
	o.user = ic->login->user;
	o.token = ic->login->token;
	ic->client = imap_client_new(&o);
	/* libcurl has read the real one. */
	imap_client_input(ic->client, SPAN_LIT("* OK ready\r\n"));
	return imap_conn_run(ic);
}

/* An admin needs no login: the greeting is that of the user's session. */
static int
open_as_user(struct imap_conn *ic)
{
	const struct imap_client_options o = {
		.plaintext = true,
		.other = on_other,
		.arg = ic,
	};
	struct buf input = { 0 };
	int ret = ctl_session_open(ic->cmd, ic->login->user, &ic->transport,
	    &input);

	if (ret == 0) {
		ic->client = imap_client_new(&o);
		imap_client_input(ic->client, buf_span(&input));
		ret = imap_conn_run(ic);
	}
	buf_free(&input);
	return ret;
}

int
imap_conn_open(struct imap_conn *ic, const struct cmd *c, struct login *l)
{
	struct buf err = { 0 };
	int ret;

	*ic = (struct imap_conn){ .cmd = c, .login = l };
	if (l->admin)
		return open_as_user(ic);
	if (l->imap == NULL)
		return cmd_fail(c, EX_CONFIG, "no IMAP server is known: make "
		    "an account with mailctl account add, or give --imap URL");
	ic->transport = transport_open(l->imap, l->ca_file, 0, &ret, &err);
	if (ic->transport == NULL)
		ret = cmd_fail(c, ret, "%s", err.data);
	else
		ret = log_in(ic);
	buf_free(&err);
	return ret;
}

static bool
ready(const struct imap_conn *ic)
{
	return ic->client != NULL &&
	    imap_client_next(ic->client) == IMAP_CLIENT_READY;
}

void
imap_conn_close(struct imap_conn *ic)
{
	bool sent;

	if (ready(ic)) {
		imap_client_logout(ic->client);
		flush(ic, &sent);
	}
	imap_client_free(ic->client);
	transport_close(ic->transport);
	ic->client = NULL;
	ic->transport = NULL;
}

/* The options of the whole batch, and the line that an error is told with. */
static struct cmd
session_cmd(const struct imap_session *s, const struct cmd *c)
{
	struct cmd whole = *s->options;

	whole.line = c->line;
	return whole;
}

int
imap_session_login(struct imap_session *s, const struct cmd *c)
{
	struct cmd whole = session_cmd(s, c);
	int ret;

	if (s->known)
		return 0;
	ret = login_init(&s->login, &whole);
	s->known = ret == 0;
	if (ret != 0)
		login_clear(&s->login);
	return ret;
}

static int
session_open(struct imap_session *s, const struct cmd *c)
{
	struct cmd whole = session_cmd(s, c);
	int ret = imap_session_login(s, c);

	if (ret == 0 && !ready(&s->conn)) {
		imap_conn_close(&s->conn);
		ret = imap_conn_open(&s->conn, &whole, &s->login);
	}
	s->conn.cmd = c;
	return ret;
}

bool
imap_session_is_admin(const struct imap_session *s)
{
	return s != NULL && s->options->opt.as != NULL;
}

void
imap_session_close(struct imap_session *s)
{
	imap_conn_close(&s->conn);
	if (s->known)
		login_clear(&s->login);
}

int
imap_conn_identify(struct imap_conn *ic)
{
	struct imap_answer a = { 0 };
	int ret;

	if ((imap_client_caps(ic->client) & IMAP_CAP_ID) == 0)
		return 0;
	imap_client_begin(ic->client, 0, imap_answer_fn, &a);
	imap_client_add(ic->client, "ID (\"name\" \"mailctl\")");
	imap_client_end(ic->client);
	imap_client_begin(ic->client, 0, imap_answer_fn, &a);
	imap_client_add(ic->client, "CAPABILITY");
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	imap_answer_clear(&a);
	return ret;
}

int
imap_conn_with(const struct cmd *c, int (*fn)(struct imap_conn *ic, void *arg),
    void *arg)
{
	struct imap_conn ic;
	struct login login;
	int ret;

	if (c->session != NULL) {
		ret = session_open(c->session, c);
		return ret != 0 ? ret : fn(&c->session->conn, arg);
	}
	ret = login_init(&login, c);
	if (ret == 0) {
		ret = imap_conn_open(&ic, c, &login);
		if (ret == 0)
			ret = fn(&ic, arg);
		imap_conn_close(&ic);
	}
	login_clear(&login);
	return ret;
}

/* ---- answers ---- */

void
imap_answer_fn(void *answer, struct imap_resp *r)
{
	struct imap_answer *a = answer;

	if (r->kind != IMAP_RESP_TAGGED) {
		if (a->data != NULL)
			a->data(a->arg, r);
		return;
	}
	a->done = true;
	a->type = r->type;
	a->code = r->code;
	buf_clear(&a->code_arg);
	buf_add_span(&a->code_arg, r->code_arg);
	buf_clear(&a->text);
	buf_add_span(&a->text, r->text);
}

void
imap_answer_all_fn(void *answer, struct imap_resp *r)
{
	struct imap_answer *a = answer;

	if (r->kind != IMAP_RESP_TAGGED || !a->done ||
	    a->type == IMAP_RESP_OK)
		imap_answer_fn(answer, r);
}

void
imap_answer_clear(struct imap_answer *a)
{
	buf_free(&a->code_arg);
	buf_free(&a->text);
}

uint32_t
imap_answer_rest(const struct imap_answer *a)
{
	struct span rest = buf_span(&a->code_arg), limit;
	uint32_t lowest;

	if (a->code != IMAP_CODE_MESSAGELIMIT ||
	    !span_split(&rest, ' ', &limit) || span_u32(rest, &lowest) < 0)
		return 0;
	return lowest > 0 ? lowest - 1 : 0;
}

static const struct {
	enum imap_code code;
	int status;
} codes[] = {
	{ IMAP_CODE_ALREADYEXISTS, EX_CANTCREAT },
	{ IMAP_CODE_AUTHENTICATIONFAILED, EX_NOPERM },
	{ IMAP_CODE_AUTHORIZATIONFAILED, EX_NOPERM },
	{ IMAP_CODE_CANNOT, EX_DATAERR },
	{ IMAP_CODE_EXPIRED, EX_NOPERM },
	{ IMAP_CODE_INUSE, EX_TEMPFAIL },
	{ IMAP_CODE_LIMIT, EX_CANTCREAT },
	{ IMAP_CODE_NONEXISTENT, EX_NOMESSAGE },
	{ IMAP_CODE_NOPERM, EX_NOPERM },
	{ IMAP_CODE_OVERQUOTA, EX_CANTCREAT },
	{ IMAP_CODE_PRIVACYREQUIRED, EX_NOPERM },
	{ IMAP_CODE_SERVERBUG, EX_TEMPFAIL },
	{ IMAP_CODE_TRYCREATE, EX_NOMESSAGE },
	{ IMAP_CODE_UNAVAILABLE, EX_TEMPFAIL },
};

static const struct {
	enum imap_code code;
	const char *what;
} to_do[] = {
	{ IMAP_CODE_NONEXISTENT, "; mailctl mailbox list shows what is there" },
	{ IMAP_CODE_TRYCREATE, "; mailctl mailbox create makes it" },
	{ IMAP_CODE_OVERQUOTA, "; mailctl quota shows what takes the room" },
	{ IMAP_CODE_NOPERM, "; its owner may give you the right to" },
};

static const char *
what_to_do(enum imap_code code)
{
	for (size_t i = 0; i < sizeof(to_do) / sizeof(to_do[0]); i++) {
		if (to_do[i].code == code)
			return to_do[i].what;
	}
	return "";
}

int
imap_conn_check(struct imap_conn *ic, const struct imap_answer *a,
    const char *about, int no)
{
	int status = no;

	if (a->type == IMAP_RESP_OK)
		return 0;
	if (a->type == IMAP_RESP_BAD)
		status = EX_PROTOCOL;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].code == a->code)
			status = codes[i].status;
	}
	return cmd_fail(ic->cmd, status, "%s: %s%s", about,
	    a->text.len > 0 ? a->text.data : "the server refuses",
	    what_to_do(a->code));
}
