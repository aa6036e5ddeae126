/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdlib.h>

#include "sent.h"
#include "signing.h"
#include "smtp_session.h"
#include "stats.h"

/*
 * From a message that is whole to its replies.  The delivery outlives the
 * session, if that ends while the store works.
 */
struct smtp_delivery {
	struct smtp *sm;      /* NULL: it is gone */
	struct smtp_txn *txn; /* ours once the session is gone */
	struct route route;
	enum route_status *status; /* by recipient */
	struct store_mailbox sent; /* where the sender's copy goes, if it is */
	bool filed;                /* … to be filed */
	bool made;                 /* … which was missing */
	bool again; /* a mailbox went away or filled up meanwhile: routed
		     * anew */
};

const char *
smtp_store_reply(const struct smtp *sm, enum store_status st)
{
	switch (st) {
	case STORE_FULL:
		return "452 4.3.1 No space left for mail";
	case STORE_OVERQUOTA:
		return smtp_route_reply(sm, ROUTE_FULL);
	case STORE_LIMIT:
		return "552 5.3.4 Message is too large";
	default:
		return "451 4.3.0 Mail store is not available";
	}
}

/* ---- replies ---- */

static void
log_message(struct smtp *sm, const char *reply)
{
	const struct session_start *start = session_started(sm->session);
	const struct smtp_txn *txn = sm->txn;
	struct buf to = { .max = LOG_VALUE_MAX };

	for (size_t i = 0; i < txn->nrcpt && !to.failed; i++)
		buf_addf(&to, i > 0 ? ",%s" : "%s", txn->rcpt[i].address);
	log_info("smtp: message",
	    "session=" LOG_ID " message=%u service=%s peer=%s user=%s from=%s "
	    "recipients=%zu to=%s size=%" PRIu64 " priority=%d "
	    "message_id=%s reply=%s",
	    start->id, txn->number, sm->policy->name, start->peer, start->user,
	    txn->sender, txn->nrcpt, to.data, txn->size, txn->priority,
	    txn->message_id, reply);
	buf_free(&to);
}

static void
end_txn(struct smtp *sm)
{
	smtp_txn_free(sm->txn);
	sm->txn = NULL;
	smtp_set_state(sm, SMTP_COMMANDS);
}

void
smtp_refuse(struct smtp *sm, const char *reply)
{
	size_t n = sm->policy->lmtp ? sm->txn->nrcpt : 1;

	for (size_t i = 1; i < n; i++)
		smtp_reply(sm, "%s", reply);
	smtp_refuse_early(sm, reply);
}

void
smtp_refuse_early(struct smtp *sm, const char *reply)
{
	log_message(sm, reply);
	smtp_reply(sm, "%s", reply);
	end_txn(sm);
}

static void
delivery_free(struct smtp_delivery *d)
{
	if (d->sm != NULL)
		d->sm->delivery = NULL;
	else
		smtp_txn_free(d->txn);
	route_clear(&d->route);
	free(d->status);
	free(d);
}

/* st: of those that were routed. */
static void
reply_each(struct smtp_delivery *d, enum store_status st, const char *accepted)
{
	for (size_t i = 0; i < d->txn->nrcpt; i++) {
		const char *reply = d->status[i] != ROUTE_OK ?
				    smtp_route_reply(d->sm, d->status[i]) :
				    st != STORE_OK ?
				    smtp_store_reply(d->sm, st) :
						     accepted;

		smtp_reply(d->sm, "%s <%s>", reply,
		    smtp_show(d->sm, span_str(d->txn->rcpt[i].address)));
	}
}

static void
finish(struct smtp_delivery *d, enum store_status st)
{
	struct smtp *sm = d->sm;
	struct buf accepted = { 0 };

	buf_adds(&accepted, "250 2.0.0 Accepted as ");
	smtp_txn_id(sm, &accepted);
	log_message(sm, st == STORE_OK ? accepted.data :
					 smtp_store_reply(sm, st));
	if (sm->policy->lmtp)
		reply_each(d, st, accepted.data);
	else
		smtp_reply(sm, "%s", st == STORE_OK ? accepted.data :
						      smtp_store_reply(sm, st));
	delivery_free(d);
	end_txn(sm);
	buf_free(&accepted);
	smtp_resume(sm);
}

/* ---- the sender's copy ---- */

static void submit(struct smtp_delivery *d);

static void
not_filed(const struct smtp_delivery *d, const char *why)
{
	log_warning("smtp: not filed as sent", "from=%s message_id=%s why=%s",
	    d->txn->sender, d->txn->message_id, why);
}

static void
on_made(void *arg, enum store_status st)
{
	struct smtp_delivery *d = arg;

	if (st != STORE_OK)
		not_filed(d, store_strerror(st));
	if (d->sm == NULL)
		delivery_free(d);
	else
		submit(d);
}

static struct store_message *
own_copy(const struct smtp_txn *txn)
{
	return txn->own != NULL ? txn->own : txn->message;
}

/* A client may have put its own there before. */
static bool
has_room(struct smtp_delivery *d, const struct store_user *u)
{
	struct store *st = smtp_store(d->sm);
	enum store_status status;

	if (sent_find(st, &d->sent, own_copy(d->txn), false) != 0)
		return false;
	status = store_quota_room(st, u->id,
	    store_message_size(own_copy(d->txn)));
	if (status != STORE_OK)
		not_filed(d, store_strerror(status));
	return status == STORE_OK;
}

/* Whatever stands in its way, the message goes out.  False: the mailbox is
 * being made. */
static bool
find_sent(struct smtp_delivery *d)
{
	struct smtp *sm = d->sm;
	struct store_user u;
	enum store_status st;

	d->filed = false;
	if (!sm->policy->submit || !smtp_conf(sm)->file_sent || d->again)
		return true;
	st = store_user_find(smtp_store(sm),
	    span_str(session_started(sm->session)->user), &u);
	if (st != STORE_OK) {
		not_filed(d, store_strerror(st));
		return true;
	}
	st = sent_mailbox(smtp_store(sm), &u, &d->sent);
	if (st == STORE_NONEXISTENT && !d->made) {
		d->made = true;
		store_mailbox_create(smtp_store(sm), &u, SPAN_LIT(SENT_NAME),
		    STORE_USE_SENT, on_made, d);
		return false;
	}
	if (st == STORE_OK)
		d->filed = has_room(d, &u);
	else if (!d->made)
		not_filed(d, store_strerror(st));
	return true;
}

/* ---- to the store ---- */

static void
on_delivered(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct smtp_delivery *d = arg;

	(void)out;
	if (st == STORE_OK)
		stats_add(STATS_DELIVERIES, (int64_t)n - d->filed);
	if (d->sm == NULL) {
		log_info("smtp: client left before the reply",
		    "from=%s size=%" PRIu64 " message_id=%s result=%s",
		    d->txn->sender, d->txn->size, d->txn->message_id,
		    store_strerror(st));
		delivery_free(d);
	} else if (!d->again && (d->filed || st == STORE_NONEXISTENT ||
	    st == STORE_OVERQUOTA) && st != STORE_OK) {
		if (d->filed)
			not_filed(d, store_strerror(st));
		d->again = true;
		submit(d);
	} else {
		finish(d, st);
	}
}

/* RFC 6531 section 3.4: a server that cannot take SMTPUTF8 may still get what
 * does not need it. */
static void
store_all(struct smtp_delivery *d)
{
	const struct smtp_txn *txn = d->txn;
	static const struct span keyword = { SENT_KEYWORD,
		sizeof(SENT_KEYWORD) - 1 };
	const struct store_delivery filed = {
		.message = own_copy(txn),
		.mailbox = d->sent,
		.flags = STORE_SEEN,
		.keyword = &keyword,
		.nkeywords = 1 };
	struct buf signatures = { 0 };
	struct deliver all = { .message = txn->message,
		.sender = txn->sender,
		.envid = txn->envid,
		.future = txn->future.text,
		.ret = txn->ret,
		.body = txn->text_body,
		.utf8 = txn->header_utf8,
		.require_tls = txn->require_tls,
		.priority = txn->priority,
		.by = txn->by,
		.rcpt = txn->rcpt,
		.nrcpt = txn->nrcpt,
		.filed = d->filed ? &filed : NULL };

	if (txn->signing != NULL && d->route.nremotes > 0)
		signing_write(smtp_store(d->sm), txn->signing, &signatures);
	all.signatures = buf_span(&signatures);
	if (txn->future.at > 0)
		deliver_later(smtp_store(d->sm), &all, txn->future.at,
		    on_delivered, d);
	else
		deliver_route(smtp_store(d->sm), &all, &d->route,
		    (struct store_queue_work){ 0 }, on_delivered, d);
	buf_free(&signatures);
}

/* The aliases and mailboxes may be others than they were at RCPT. */
static bool
route_all(struct smtp_delivery *d)
{
	struct smtp_txn *txn = d->txn;
	bool good = true;

	route_clear(&d->route);
	d->route.size = store_message_size(txn->message);
	d->route.relay = d->sm->policy->submit;
	d->route.srs_key = session_worker(d->sm->session)->srs_key;
	for (size_t i = 0; i < txn->nrcpt; i++) {
		d->route.origin = i;
		d->route.here = false;
		d->status[i] = route_add(&d->route, smtp_store(d->sm),
		    smtp_conf(d->sm), span_str(txn->rcpt[i].address));
		txn->rcpt[i].here = d->route.here && d->status[i] == ROUTE_OK;
		good = good && d->status[i] == ROUTE_OK;
	}
	return good;
}

static enum store_status
why_none(const struct smtp_delivery *d)
{
	for (size_t i = 0; i < d->txn->nrcpt; i++) {
		if (d->status[i] == ROUTE_FULL)
			return STORE_OVERQUOTA;
	}
	return STORE_NONEXISTENT;
}

/* Where NUL is meant, no mailbox could give it back (RFC 3516 section 6); where
 * it is a mistake, as in text (RFC 5321 section 4.1.1.4), it is kept. */
static bool
has_misplaced_nul(const struct smtp_delivery *d)
{
	return d->txn->nul && d->txn->body == BODY_BINARYMIME &&
	    d->route.ntargets > 0;
}

static void
submit(struct smtp_delivery *d)
{
	struct smtp *sm = d->sm;
	bool good = route_all(d);

	if (smtp_filter_junk(d->txn->filter))
		route_junk(&d->route, smtp_store(sm));
	if (has_misplaced_nul(d)) {
		delivery_free(d);
		smtp_refuse(sm, "554 5.6.1 A mailbox cannot hold a binary "
				"message with NUL in it");
		smtp_resume(sm);
	} else if ((good || sm->policy->lmtp) &&
	    d->route.ntargets + d->route.nremotes > 0) {
		if (find_sent(d))
			store_all(d);
	} else {
		finish(d, why_none(d));
	}
}

void
smtp_deliver(struct smtp *sm)
{
	enum store_status st = store_message_finish(sm->txn->message);
	struct smtp_delivery *d;

	if (st == STORE_OK && sm->txn->own != NULL)
		st = store_message_finish(sm->txn->own);
	if (st != STORE_OK) {
		smtp_refuse(sm, smtp_store_reply(sm, st));
		return;
	}
	if (sm->txn->signing != NULL)
		dkim_message_end(sm->txn->signing);
	d = xcalloc(1, sizeof(*d));
	d->sm = sm;
	d->txn = sm->txn;
	d->status = xcalloc(sm->txn->nrcpt, sizeof(*d->status));
	sm->delivery = d;
	smtp_set_state(sm, SMTP_DELIVERING);
	submit(d);
}

void
smtp_deliver_abandon(struct smtp *sm)
{
	if (sm->delivery == NULL)
		return;
	sm->delivery->sm = NULL;
	sm->delivery = NULL;
	sm->txn = NULL;
}
