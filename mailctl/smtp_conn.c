/* SPDX-License-Identifier: ISC */
#include "smtp_conn.h"

#include "smtp_client.h"
#include "transport.h"

#define PIECE ((size_t)16384)

struct smtp_conn {
	const struct cmd *cmd;
	const struct login *login;
	const struct smtp_conn_mail *mail; /* NULL: to log in is all … */
	int (*fn)(struct transport *t, void *arg); /* … but for this */
	void *arg;
	struct transport *transport;
	struct smtp_client *client;
	size_t sent; /* of the text */
	bool resulted;
	size_t accepted;
	int status;
};

static const struct {
	enum smtp_client_failure failure;
	int status;
} failures[] = {
	{ SMTP_CLIENT_REFUSED, EX_TEMPFAIL },
	{ SMTP_CLIENT_NOTLS, EX_NOPERM },
	{ SMTP_CLIENT_NOAUTH, EX_NOPERM },
	{ SMTP_CLIENT_BADLOGIN, EX_NOPERM },
	{ SMTP_CLIENT_PROTOCOL, EX_PROTOCOL },
	{ SMTP_CLIENT_LOST, EX_TEMPFAIL },
};

static int
report(struct smtp_conn *sc)
{
	const struct smtp_client_result *what;
	enum smtp_client_failure failure;
	int status = EX_PROTOCOL;

	failure = smtp_client_failure(sc->client, &what);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].failure == failure)
			status = failures[i].status;
	}
	/* "Try again later" is not what a 5yz says. */
	if (failure == SMTP_CLIENT_REFUSED && what->code / 100 == 5)
		status = EX_UNAVAILABLE;
	return cmd_fail(sc->cmd, status, "%s: %s", sc->login->smtp, what->text);
}

/* ---- the message ---- */

static void
begin(struct smtp_conn *sc)
{
	const struct smtp_conn_mail *m = sc->mail;
	struct smtp_client_mail mail = {
		.from = m->from,
		.rcpt = m->rcpt,
		.nrcpt = m->nrcpt,
		.size = m->text.n,
		.body = span_is_ascii(m->text) ? BODY_7BIT :
						 BODY_8BITMIME,
	};

	smtp_client_mail(sc->client, &mail);
}

static void
send_text(struct smtp_conn *sc)
{
	struct span piece = span_sub(sc->mail->text, sc->sent, PIECE);

	smtp_client_text(sc->client, piece);
	sc->sent += piece.n;
	if (sc->sent == sc->mail->text.n)
		smtp_client_text_end(sc->client);
}

static int
status_of(const struct smtp_client_result *r)
{
	if (r->code / 100 == 4)
		return EX_TEMPFAIL;
	if (r->code == 550 && strncmp(r->enhanced, "5.1.", 4) == 0)
		return EX_NOUSER;
	if (r->code == 530 || r->code == 535 ||
	    strncmp(r->enhanced, "5.7.", 4) == 0)
		return EX_NOPERM;
	return EX_DATAERR;
}

/* "5.2.2" and "4.2.2" (RFC 3463 section 3.3) */
static const char *
what_to_do(const struct smtp_client_result *r)
{
	return strcmp(r->enhanced, "5.2.2") == 0 ||
	    strcmp(r->enhanced, "4.2.2") == 0 ?
	    "; send it again when they have made room" : "";
}

static void
read_results(struct smtp_conn *sc)
{
	const struct smtp_client_result *r;
	size_t n;

	r = smtp_client_results(sc->client, &n);
	for (size_t i = 0; i < n; i++) {
		int status;

		if (r[i].code / 100 == 2) {
			sc->accepted++;
			continue;
		}
		status = cmd_fail(sc->cmd, status_of(&r[i]), "%s: %s%s%s%s",
		    sc->mail->rcpt[i], r[i].enhanced,
		    r[i].enhanced[0] != '\0' ? " " : "", r[i].text,
		    what_to_do(&r[i]));
		/* What a retry may mend counts most. */
		if (sc->status != EX_TEMPFAIL)
			sc->status = status;
	}
	sc->resulted = true;
}

/* ---- the connection ---- */

static bool
flush(struct smtp_conn *sc, bool *sent)
{
	struct span s;

	*sent = false;
	while ((s = smtp_client_output(sc->client)).n > 0) {
		ssize_t n = transport_send(sc->transport, s);

		if (n <= 0)
			return n == 0;
		*sent = true;
		smtp_client_sent(sc->client, (size_t)n);
	}
	return true;
}

/* Wait only where nothing moves: the client may have more to say once some
 * has gone. */
static int
exchange(struct smtp_conn *sc)
{
	bool sent, lost = !flush(sc, &sent), eof;
	char piece[PIECE];
	ssize_t n;

	n = transport_recv(sc->transport, piece, sizeof(piece), &eof);
	if (n > 0) {
		smtp_client_input(sc->client, span_of(piece, (size_t)n));
	} else if (lost || n < 0 || eof) {
		smtp_client_eof(sc->client);
	} else if (!sent && !transport_wait(sc->transport,
	    smtp_client_output(sc->client).n > 0,
	    smtp_client_timeout(sc->client))) {
		return cmd_fail(sc->cmd, EX_TEMPFAIL, "%s: no answer in time",
		    sc->login->smtp);
	}
	return 0;
}

/* Once the results are in, how the connection ends is no matter. */
static int
run(struct smtp_conn *sc)
{
	int ret = 0;

	while (ret == 0 && !sc->resulted) {
		switch (smtp_client_next(sc->client)) {
		case SMTP_CLIENT_IO:
			ret = exchange(sc);
			break;
		case SMTP_CLIENT_READY:
			if (sc->mail == NULL)
				return sc->fn != NULL ?
				    sc->fn(sc->transport, sc->arg) : 0;
			begin(sc);
			break;
		case SMTP_CLIENT_TEXT:
			send_text(sc);
			break;
		case SMTP_CLIENT_RESULT:
			read_results(sc);
			break;
		case SMTP_CLIENT_TLS:
		case SMTP_CLIENT_CLOSED:
		case SMTP_CLIENT_FAILED:
			ret = report(sc);
			break;
		}
	}
	return ret != 0 ? ret : sc->status;
}

static void
say_goodbye(struct smtp_conn *sc)
{
	bool sent;

	if (smtp_client_next(sc->client) != SMTP_CLIENT_READY)
		return;
	smtp_client_quit(sc->client);
	flush(sc, &sent);
}

static int
log_in_and_send(struct smtp_conn *sc, struct login *l)
{
	bool secure = transport_secure(sc->transport);
	struct smtp_client_options o = {
		.helo = "[127.0.0.1]", /* nobody's business */
		.tls = secure ? SMTP_CLIENT_TLS_IMPLICIT :
				SMTP_CLIENT_TLS_NONE,
		.plaintext = transport_private(sc->transport),
		.binding = transport_binding(sc->transport),
	};
	int ret;

	ret = login_password(l, sc->cmd, l->smtp, &o.password);
	if (ret != 0)
		return ret;
	o.user = l->user;
	o.token = l->token;
	sc->client = smtp_client_new(&o);
	/* libcurl has read the real one. */
	smtp_client_input(sc->client, SPAN_LIT("220 ready\r\n"));
	ret = run(sc);
	say_goodbye(sc);
	smtp_client_free(sc->client);
	return ret;
}

static int
connect_and_send(struct smtp_conn *sc, struct login *l)
{
	struct buf err = { 0 };
	int ret;

	if (l->smtp == NULL)
		return cmd_fail(sc->cmd, EX_CONFIG, "no submission server is "
		    "known: give --smtp URL, or write it into the "
		    "configuration");
	sc->transport = transport_open(l->smtp, l->ca_file, 0, &ret, &err);
	if (sc->transport == NULL)
		ret = cmd_fail(sc->cmd, ret, "%s", err.data);
	else
		ret = log_in_and_send(sc, l);
	transport_close(sc->transport);
	buf_free(&err);
	return ret;
}

int
smtp_conn_send(const struct cmd *c, struct login *l,
    const struct smtp_conn_mail *mail, size_t *accepted)
{
	struct smtp_conn sc = { .cmd = c, .login = l, .mail = mail };
	int ret = connect_and_send(&sc, l);

	*accepted = sc.accepted;
	return ret;
}

int
smtp_conn_with(const struct cmd *c, struct login *l,
    int (*fn)(struct transport *t, void *arg), void *arg)
{
	struct smtp_conn sc = { .cmd = c, .login = l, .fn = fn, .arg = arg };

	return connect_and_send(&sc, l);
}
