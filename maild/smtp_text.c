/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <time.h>

#include "auth_results.h"
#include "header.h"
#include "signing.h"
#include "smtp_session.h"
#include "submission.h"
#include "trace.h"

/*
 * The message between DATA and its end.  Its header is held until it is whole,
 * the body goes to the store as it comes.  Once it is refused the rest is
 * dropped, and the reply waits for the end.
 */
#define TAKE_AT_ONCE ((size_t)32768)

void
smtp_txn_id(const struct smtp *sm, struct buf *out)
{
	buf_addf(out, LOG_ID ".%u", session_started(sm->session)->id,
	    sm->txn->number);
}

void
smtp_text_refuse(struct smtp *sm, const char *fmt, ...)
{
	struct smtp_txn *txn = sm->txn;
	va_list ap;

	if (txn->refusal.len > 0)
		return;
	va_start(ap, fmt);
	buf_vaddf(&txn->refusal, fmt, ap);
	va_end(ap);
	store_message_free(txn->message);
	store_message_free(txn->own);
	txn->message = txn->own = NULL;
	txn->blocked = 0;
}

void
smtp_text_refuse_bare(struct smtp *sm)
{
	smtp_text_refuse(sm, "550 5.5.2 Message has a CR or LF alone; lines "
			     "end with both");
}

/* ---- to the store ---- */

static void
on_drained(void *arg)
{
	struct smtp *sm = arg;

	sm->txn->blocked &= ~(unsigned)SMTP_BLOCKED_MESSAGE;
	smtp_resume(sm);
}

static void
on_own_drained(void *arg)
{
	struct smtp *sm = arg;

	sm->txn->blocked &= ~(unsigned)SMTP_BLOCKED_OWN;
	smtp_resume(sm);
}

static void
write_own(struct smtp *sm, struct span s)
{
	if (s.n > 0 && !store_message_write(sm->txn->own, s))
		sm->txn->blocked |= SMTP_BLOCKED_OWN;
}

void
smtp_text_store(struct smtp *sm, struct span s)
{
	struct smtp_txn *txn = sm->txn;

	if (txn->body == BODY_BINARYMIME)
		txn->text_body = txn->body;
	else if (txn->text_body == BODY_7BIT && !span_is_ascii(s))
		txn->text_body = BODY_8BITMIME;
	if (txn->signing != NULL)
		dkim_message_body(txn->signing, s);
	if (s.n > 0 && !store_message_write(txn->message, s))
		txn->blocked |= SMTP_BLOCKED_MESSAGE;
	if (txn->own != NULL)
		write_own(sm, s);
}

/* ---- the header ---- */

static bool
check_author(void *arg, const char *field, struct span address)
{
	struct smtp *sm = arg;
	const char *refusal;

	if (address.n == 0) {
		smtp_text_refuse(sm, "550 5.7.1 Too many addresses in %s", field);
		return false;
	}
	refusal = smtp_check_author(sm, address);
	if (refusal != NULL)
		smtp_text_refuse(sm, "%s: <%s> in %s", refusal,
		    smtp_show(sm, address), field);
	return refusal == NULL;
}

static unsigned
count_hops(struct span header)
{
	struct header_field f;
	unsigned n = 0;

	while (header_next(&header, &f))
		n += span_ieqs(f.name, "Received");
	return n;
}

static void
write_trace(struct smtp *sm, struct buf *out, const char *id)
{
	const struct session_start *start = session_started(sm->session);
	const struct conf *conf = smtp_conf(sm);
	const struct smtp_txn *txn = sm->txn;
	const struct trace t = {
		.helo = sm->helo,
		.peer = sm->policy->submit && conf->received_hide_client ?
			    NULL : start->peer,
		.tls = start->tls,
		.hostname = conf->hostname,
		.id = id,
		.rcpt = txn->nrcpt == 1 ? txn->rcpt[0].address : NULL,
		.lmtp = sm->policy->lmtp,
		.esmtp = sm->esmtp,
		.authenticated = sm->policy->submit,
		.utf8 = txn->utf8,
		.prioritized = txn->prioritized,
		.priority = txn->priority,
		.date = date_now(),
	};

	trace_write(out, &t);
}

static void
keep_message_id(struct smtp_txn *txn, struct span header)
{
	struct header_field f;

	if (header_find(header, "Message-ID", &f))
		txn->message_id = span_dup(
		    span_sub(span_trim(f.value), 0, LOG_VALUE_MAX));
}

/* Where Bcc is taken out, the sender's copy has other bytes, which own gets. */
static void
mend(struct smtp *sm, struct buf *out, struct buf *own, const char *id,
    struct span header)
{
	struct buf unique = { 0 };
	struct submission s = { .hostname = smtp_conf(sm)->hostname,
		.date = date_now() };
	const bool bcc =
	    smtp_conf(sm)->file_sent && submission_has_bcc(header);

	if (bcc)
		buf_add_span(own, buf_span(out));
	buf_addf(&unique, "%" PRIx64 ".%s", (uint64_t)time(NULL), id);
	s.id = unique.data;
	submission_fix(out, header, &s);
	s.bcc = true;
	if (bcc)
		submission_fix(own, header, &s);
	buf_free(&unique);
}

static void
store_own(struct smtp *sm, struct buf *header, struct span body)
{
	if (header->len == 0)
		return;
	sm->txn->own = store_message_new(smtp_store(sm), on_own_drained, sm);
	buf_add_span(header, body);
	write_own(sm, buf_span(header));
}

void
smtp_text_header(struct smtp *sm, struct span added, struct span header,
    struct span body)
{
	struct buf out = { .max = 2 * SMTP_HEADER_MAX };
	struct buf own = { .max = 2 * SMTP_HEADER_MAX };
	struct buf id = { 0 };

	smtp_txn_id(sm, &id);
	buf_add_span(&out, added);
	write_trace(sm, &out, id.data);
	if (sm->policy->submit)
		mend(sm, &out, &own, id.data, header);
	else
		buf_add_span(&out, header);
	if (sm->txn->message_id == NULL)
		keep_message_id(sm->txn, buf_span(&out));
	if (sm->txn->require_tls == REQUIRE_TLS_UNSAID &&
	    require_tls_is_no(header))
		sm->txn->require_tls = REQUIRE_TLS_NO;
	sm->txn->header_utf8 = sm->txn->utf8 && !span_is_ascii(buf_span(&out));
	buf_add_span(&out, body);
	smtp_text_store(sm, buf_span(&out));
	store_own(sm, &own, body);
	if (sm->policy->submit)
		sm->txn->signing =
		    signing_begin(smtp_store(sm), buf_span(&out));
	buf_free(&out);
	buf_free(&own);
	buf_free(&id);
}

/* What others say that this server has found out is forged. */
static void
take_header_of_world(struct smtp *sm, struct span header, struct span body)
{
	struct buf honest = { 0 };

	auth_results_strip(&honest, header, smtp_conf(sm)->hostname);
	keep_message_id(sm->txn, header);
	if (smtp_filter_begin(sm)) {
		smtp_filter_header(sm, buf_span(&honest));
		smtp_filter_take(sm, body);
	} else {
		smtp_text_header(sm, SPAN_LIT(""), buf_span(&honest), body);
	}
	buf_free(&honest);
}

static void
take_header(struct smtp *sm, struct span header, struct span body)
{
	struct smtp_data_lines lines = { 0 };

	if (smtp_data_bare(&lines, header, body.n == 0))
		smtp_text_refuse_bare(sm);
	else if (count_hops(header) >= SMTP_HOPS_MAX)
		smtp_text_refuse(sm, "554 5.4.6 Message has come through too many "
				"servers; it may be in a loop");
	else if (sm->policy->inbound)
		take_header_of_world(sm, header, body);
	else if (!sm->policy->submit ||
		 submission_authors(header, check_author, sm))
		smtp_text_header(sm, SPAN_LIT(""), header, body);
}

/* Bytes of the header that ends in s, or 0; from: where to begin to look. */
static size_t
find_header_end(struct span s, size_t from)
{
	if (from == 0 && s.n >= 2 && memcmp(s.p, "\r\n", 2) == 0)
		return 2;
	for (size_t i = from; i + 3 < s.n; i++) {
		const char *cr = memchr(s.p + i, '\r', s.n - i - 3);

		if (cr == NULL)
			return 0;
		i = (size_t)(cr - s.p);
		if (memcmp(cr, "\r\n\r\n", 4) == 0)
			return i + 4;
	}
	return 0;
}

static void
end_header(struct smtp *sm, size_t n)
{
	struct span all = buf_span(&sm->txn->header);

	sm->txn->in_body = true;
	take_header(sm, span_sub(all, 0, n), span_sub(all, n, SIZE_MAX));
	buf_free(&sm->txn->header);
}

/* ---- bytes as they come ---- */

static void
collect_header(struct smtp *sm, struct span s)
{
	struct smtp_txn *txn = sm->txn;
	size_t had = txn->header.len, n;

	buf_add_span(&txn->header, s);
	if (txn->header.failed)
		smtp_text_refuse(sm, "552 5.3.4 Header is too large");
	n = find_header_end(buf_span(&txn->header), had > 3 ? had - 3 : 0);
	if (n > 0)
		end_header(sm, n);
}

void
smtp_text_take(struct smtp *sm, struct span s)
{
	struct smtp_txn *txn = sm->txn;

	txn->size += s.n;
	txn->nul = txn->nul ||
	    (s.n > 0 && memchr(s.p, '\0', s.n) != NULL);
	if (txn->size > smtp_conf(sm)->message_size)
		smtp_text_refuse(sm, "552 5.3.4 Message is larger than %" PRIu64
				" bytes", smtp_conf(sm)->message_size);
	if (txn->refusal.len > 0)
		return;
	if (txn->in_body && txn->filter != NULL)
		smtp_filter_take(sm, s);
	else if (txn->in_body)
		smtp_text_store(sm, s);
	else
		collect_header(sm, s);
}

/* The final dot has come; what was written last may wait for the store yet. */
static void
end_text(struct smtp *sm)
{
	struct smtp_txn *txn = sm->txn;

	if (txn->refusal.len > 0)
		smtp_refuse(sm, txn->refusal.data);
	else if (!txn->in_body)
		end_header(sm, txn->header.len);
	else if (txn->filter != NULL)
		smtp_filter_ask(sm);
	else
		smtp_deliver(sm);
}

void
smtp_text_end(struct smtp *sm, bool bare)
{
	if (bare)
		smtp_text_refuse_bare(sm);
	sm->txn->ended = true;
}

bool
smtp_text(struct smtp *sm)
{
	struct smtp_txn *txn = sm->txn;
	struct span in = session_input(sm->session);
	enum smtp_data_event ev;
	size_t used;

	if (txn->blocked)
		return false;
	if (txn->ended) {
		end_text(sm);
		return true;
	}
	if (in.n == 0)
		return false;
	ev = smtp_data_read(&txn->reader, span_sub(in, 0, TAKE_AT_ONCE),
	    &txn->decoded, &used);
	session_take(sm->session, used);
	smtp_text_take(sm, buf_span(&txn->decoded));
	buf_clear(&txn->decoded);
	if (ev == SMTP_DATA_BARE)
		smtp_text_refuse_bare(sm);
	txn->ended = ev == SMTP_DATA_END;
	return true;
}

void
smtp_text_begin(struct smtp *sm)
{
	struct smtp_txn *txn = sm->txn;

	txn->begun = true;
	buf_init(&txn->header, SMTP_HEADER_MAX);
	txn->message = store_message_new(smtp_store(sm), on_drained, sm);
}

void
smtp_data(struct smtp *sm, const struct smtp_cmd *cmd)
{
	(void)cmd;
	if (sm->txn->begun || sm->txn->body == BODY_BINARYMIME) {
		smtp_reply(sm, "503 5.5.1 This message comes by BDAT");
		return;
	}
	smtp_text_begin(sm);
	smtp_set_state(sm, SMTP_TEXT);
	smtp_reply(sm, "354 Go ahead; end with a dot alone on a line");
}
