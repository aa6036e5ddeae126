/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "address.h"
#include "smtp_client_state.h"

/* Commands are queued up to here, the rest when that has gone. */
#define OUTPUT_WINDOW ((size_t)16384)

static bool
accepted(const struct smtp_reply *r)
{
	return r->code / 100 == 2;
}

void
smtp_client_txn_clear(struct smtp_client_txn *t)
{
	for (size_t i = 0; i < t->nrcpt; i++) {
		free(t->rcpt[i].address);
		free(t->rcpt[i].orcpt);
		smtp_client_result_clear(&t->result[i]);
	}
	free(t->rcpt);
	free(t->result);
	free(t->from);
	free(t->envid);
	*t = (struct smtp_client_txn){ 0 };
}

/* ---- before anything is sent ---- */

static bool
is_address(const char *s)
{
	struct mailbox_addr a;

	return mailbox_addr_parse(span_str(s), true, &a) == 0;
}

/* The first text that is not what it should be, and so could break a line; or
 * NULL. */
static const char *
bad_text(const struct smtp_client_mail *m)
{
	if (m->envid != NULL && m->envid[0] != '\0' &&
	    !dsn_envid_ok(span_str(m->envid)))
		return m->envid;
	for (size_t i = 0; m->notify != NULL && i < m->nrcpt; i++) {
		const char *orcpt = m->notify[i].orcpt;

		if (orcpt[0] != '\0' && !dsn_orcpt_ok(span_str(orcpt)))
			return orcpt;
	}
	return NULL;
}

/* The first address that is none. */
static const char *
bad_address(const struct smtp_client_mail *m)
{
	if (m->from[0] != '\0' && !is_address(m->from))
		return m->from;
	for (size_t i = 0; i < m->nrcpt; i++) {
		if (!is_address(m->rcpt[i]))
			return m->rcpt[i];
	}
	return NULL;
}

/* By what its text asks: BODY=BINARYMIME and BDAT go together (RFC 3030 section
 * 3). */
static const unsigned needs[] = {
	[BODY_7BIT] = 0,
	[BODY_8BITMIME] = SMTP_CAP_8BITMIME,
	[BODY_BINARYMIME] = SMTP_CAP_BINARYMIME | SMTP_CAP_CHUNKING,
};

/* RFC 2852 section 4.1.4.1: what is to come back in time goes only to servers
 * that see to it. */
static bool
refuse_by(const struct smtp_client *c, struct smtp_client_result *r)
{
	const int64_t left = deliver_by_left(&c->txn.by, c->txn.now);

	if (c->txn.by.mode != DELIVER_BY_RETURN)
		return false;
	if ((c->caps & SMTP_CAP_DELIVERBY) == 0)
		smtp_client_result_local(r, 550, "5.4.4",
		    "the server does not know DELIVERBY");
	else if (left <= 0)
		smtp_client_result_local(r, 550, "5.4.7",
		    "no time is left to deliver it");
	else if ((uint64_t)left < c->by_least)
		smtp_client_result_local(r, 550, "5.4.4",
		    "the server wants %" PRIu64 " seconds to deliver it",
		    c->by_least);
	return r->code != 0;
}

/* What of m the server cannot take; false: it can take all. */
static bool
refuse(const struct smtp_client *c, const struct smtp_client_mail *m,
    struct smtp_client_result *r)
{
	const struct smtp_client_txn *t = &c->txn;
	const char *bad = bad_address(m), *odd = bad_text(m);

	if (bad != NULL)
		smtp_client_result_local(r, 553, "5.1.3",
		    "\"%s\" is no mail address", bad);
	else if (odd != NULL)
		smtp_client_result_local(r, 501, "5.5.4",
		    "\"%s\" is no value for a delivery notification", odd);
	else if (t->utf8 && (c->caps & SMTP_CAP_SMTPUTF8) == 0)
		smtp_client_result_local(r, 553, "5.6.7",
		    "the server takes no addresses in UTF-8");
	else if ((c->caps & needs[t->body]) != needs[t->body])
		smtp_client_result_local(r, 554, "5.6.3",
		    "the server takes no %s messages",
		    t->body == BODY_BINARYMIME ? "binary" : "8-bit");
	else if (t->require_tls &&
	    (!c->secure || (c->caps & SMTP_CAP_REQUIRETLS) == 0))
		smtp_client_result_local(r, 550, "5.7.30",
		    "the server does not know REQUIRETLS");
	else if (refuse_by(c, r))
		return true;
	else if (c->size_limit > 0 && t->size > c->size_limit)
		smtp_client_result_local(r, 552, "5.3.4",
		    "the message is larger than the %" PRIu64
		    " bytes that the server takes",
		    c->size_limit);
	return r->code != 0;
}

static void
txn_init(struct smtp_client_txn *t, const struct smtp_client_mail *m)
{
	smtp_client_txn_clear(t);
	t->from = xstrdup(m->from);
	t->rcpt = xcalloc(m->nrcpt, sizeof(*t->rcpt));
	t->result = xcalloc(m->nrcpt, sizeof(*t->result));
	t->nrcpt = m->nrcpt;
	t->size = m->size;
	t->body = m->body;
	t->left = m->size;
	t->utf8 = m->utf8 || !span_is_ascii(span_str(m->from));
	t->envid = xstrdup(m->envid != NULL ? m->envid : "");
	t->ret = m->ret;
	t->require_tls = m->require_tls;
	t->priority = m->priority;
	t->by = m->by;
	t->now = m->now;
	for (size_t i = 0; i < m->nrcpt; i++) {
		t->rcpt[i].address = xstrdup(m->rcpt[i]);
		t->rcpt[i].orcpt = xstrdup(
		    m->notify != NULL ? m->notify[i].orcpt : "");
		t->rcpt[i].notify = m->notify != NULL ? m->notify[i].notify : 0;
		t->utf8 = t->utf8 || !span_is_ascii(span_str(m->rcpt[i]));
	}
	t->commands = m->nrcpt + 2;
}

void
smtp_client_mail(struct smtp_client *c, const struct smtp_client_mail *m)
{
	struct smtp_client_txn *t = &c->txn;
	struct smtp_client_result r = { 0 };

	assert(c->state == CLIENT_READY);
	assert(m->body != BODY_BINARYMIME || m->exact);
	txn_init(t, m);
	t->chunk = m->exact && (c->caps & SMTP_CAP_CHUNKING) != 0;
	if (t->chunk)
		t->commands--;
	c->state = CLIENT_ENVELOPE;
	if (m->nrcpt == 0 || refuse(c, m, &r))
		c->state = CLIENT_RESULT;
	for (size_t i = 0; i < t->nrcpt && r.code != 0; i++)
		smtp_client_result_copy(&t->result[i], &r);
	smtp_client_result_clear(&r);
}

/* ---- the envelope ---- */

static void
send_mail(struct smtp_client *c)
{
	const struct smtp_client_txn *t = &c->txn;

	buf_addf(&c->out, "MAIL FROM:<%s>", t->from);
	if (t->size > 0 && (c->caps & SMTP_CAP_SIZE) != 0)
		buf_addf(&c->out, " SIZE=%" PRIu64, t->size);
	if (t->body != BODY_7BIT)
		buf_addf(&c->out, " BODY=%s", body_kind_name(t->body));
	if (t->utf8)
		buf_adds(&c->out, " SMTPUTF8");
	if (t->require_tls)
		buf_adds(&c->out, " REQUIRETLS");
	if ((c->caps & SMTP_CAP_MT_PRIORITY) != 0)
		buf_addf(&c->out, " MT-PRIORITY=%d", t->priority);
	if ((c->caps & SMTP_CAP_DELIVERBY) != 0)
		deliver_by_write(&c->out, &t->by, t->now);
	if ((c->caps & SMTP_CAP_DSN) != 0) {
		dsn_ret_write(&c->out, t->ret);
		if (t->envid[0] != '\0')
			buf_addf(&c->out, " ENVID=%s", t->envid);
	}
	buf_adds(&c->out, "\r\n");
}

/* An ORCPT in UTF-8 is for those who know SMTPUTF8 (RFC 6533 section 3). */
static void
send_rcpt(struct smtp_client *c, const struct smtp_client_rcpt *r)
{
	buf_addf(&c->out, "RCPT TO:<%s>", r->address);
	if ((c->caps & SMTP_CAP_DSN) != 0) {
		dsn_notify_write(&c->out, r->notify);
		if (r->orcpt[0] != '\0' &&
		    (c->txn.utf8 || span_is_ascii(span_str(r->orcpt))))
			buf_addf(&c->out, " ORCPT=%s", r->orcpt);
	}
	buf_adds(&c->out, "\r\n");
}

/* Sends what may be sent now: all of it where the server pipelines (RFC 2920),
 * else one command after the reply to the one before. */
void
smtp_client_txn_send(struct smtp_client *c)
{
	const bool pipelining = (c->caps & SMTP_CAP_PIPELINING) != 0;
	struct smtp_client_txn *t = &c->txn;

	while (t->sent < t->commands && c->out.len < OUTPUT_WINDOW &&
	    (pipelining || t->sent == t->answered)) {
		if (t->sent == 0)
			send_mail(c);
		else if (t->sent <= t->nrcpt)
			send_rcpt(c, &t->rcpt[t->sent - 1]);
		else
			buf_adds(&c->out, "DATA\r\n");
		t->sent++;
	}
}

/* The reply becomes that of every recipient that has none yet. */
static void
result_for_rest(struct smtp_client_txn *t, const struct smtp_reply *r)
{
	for (size_t i = 0; i < t->nrcpt; i++) {
		if (t->result[i].code == 0)
			smtp_client_result_reply(&t->result[i], r);
	}
}

static void
on_mail(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_txn *t = &c->txn;

	t->open = accepted(r);
	if (t->open)
		return;
	result_for_rest(t, r);
	t->commands = t->sent;
}

static void
on_rcpt(struct smtp_client *c, const struct smtp_reply *r, size_t i)
{
	struct smtp_client_txn *t = &c->txn;

	if (accepted(r) && t->open) {
		t->rcpt[i].accepted = true;
		t->accepted++;
	} else if (t->result[i].code == 0) {
		smtp_client_result_reply(&t->result[i], r);
	}
	/* Without a recipient there is no use in DATA, if it can be spared. */
	if (t->answered == t->nrcpt + 1 && t->accepted == 0)
		t->commands = t->sent;
}

/* The whole text is one chunk.  Its bytes go only once they are wanted: those of
 * a message that nobody gets would have to be sent all the same. */
static void
begin_chunk(struct smtp_client *c)
{
	buf_addf(&c->out, "BDAT %" PRIu64 " LAST\r\n", c->txn.left);
	c->state = CLIENT_TEXT;
}

/* A pipelined DATA may be answered by 354 though every recipient was refused:
 * then an empty text ends it (RFC 2920 section 3.1). */
static void
on_data(struct smtp_client *c, const struct smtp_reply *r)
{
	struct smtp_client_txn *t = &c->txn;

	if (r->code == 354 && t->accepted > 0) {
		c->state = CLIENT_TEXT;
	} else if (r->code == 354 && !c->o.lmtp) {
		smtp_data_write_end(&t->writer, &c->out);
		c->state = CLIENT_FINAL;
	} else if (r->code / 100 == 4 || r->code / 100 == 5) {
		result_for_rest(t, r);
	} else {
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server's reply to DATA makes no sense");
	}
}

void
smtp_client_txn_envelope(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct smtp_client_txn *t = &c->txn;
	size_t number = t->answered++;

	if (number >= t->sent) {
		smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
		    "the server replied to what was not asked");
		return;
	}
	if (number == 0)
		on_mail(c, reply);
	else if (number <= t->nrcpt)
		on_rcpt(c, reply, number - 1);
	else
		on_data(c, reply);
	if (c->state != CLIENT_ENVELOPE || t->answered < t->commands)
		return;
	if (t->chunk && t->open && t->accepted > 0)
		begin_chunk(c);
	else
		c->state = CLIENT_RESULT;
}

/* ---- the text and its end ---- */

static void
not_exact(struct smtp_client *c)
{
	smtp_client_fail(c, SMTP_CLIENT_PROTOCOL,
	    "the message is not as long as was said");
}

void
smtp_client_text(struct smtp_client *c, struct span s)
{
	struct smtp_client_txn *t = &c->txn;

	assert(c->state == CLIENT_TEXT || c->state == CLIENT_FAILED);
	if (!t->chunk) {
		smtp_data_write(&t->writer, &c->out, s);
	} else if (s.n > t->left) {
		not_exact(c);
	} else {
		t->left -= s.n;
		buf_add_span(&c->out, s);
	}
}

void
smtp_client_text_end(struct smtp_client *c)
{
	assert(c->state == CLIENT_TEXT || c->state == CLIENT_FAILED);
	if (c->txn.chunk && c->txn.left > 0)
		not_exact(c);
	if (c->state == CLIENT_FAILED)
		return;
	if (!c->txn.chunk)
		smtp_data_write_end(&c->txn.writer, &c->out);
	c->state = CLIENT_FINAL;
}

/* LMTP answers once for each accepted recipient, in their order (RFC 2033
 * section 4.2); SMTP once for all. */
void
smtp_client_txn_final(struct smtp_client *c, const struct smtp_reply *reply)
{
	struct smtp_client_txn *t = &c->txn;

	t->open = false;
	if (!c->o.lmtp) {
		result_for_rest(t, reply);
		c->state = CLIENT_RESULT;
		return;
	}
	while (!t->rcpt[t->final].accepted)
		t->final++;
	smtp_client_result_reply(&t->result[t->final++], reply);
	if (--t->accepted == 0)
		c->state = CLIENT_RESULT;
}

const struct smtp_client_result *
smtp_client_results(const struct smtp_client *c, size_t *n)
{
	*n = c->txn.nrcpt;
	return c->txn.result;
}
