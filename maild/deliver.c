/* SPDX-License-Identifier: ISC */
#include "deliver.h"

#include <stdlib.h>
#include <time.h>

/* ---- into mailboxes ---- */

/* What only this recipient's copy begins with; not part of the shared body. */
static void
add_prefix(struct buf *out, const char *sender, const struct route_target *t)
{
	buf_addf(out, "Return-Path: <%s>\r\nDelivered-To: %s\r\n", sender,
	    t->address);
}

/* prefixes: what the deliveries' spans lie in. */
static struct store_delivery *
make_deliveries(
    const struct deliver *d, const struct route *r, struct buf *prefixes)
{
	struct store_delivery *each = xcalloc(r->ntargets + 1, sizeof(*each));
	size_t off = 0;

	for (size_t i = 0; i < r->ntargets; i++) {
		size_t before = prefixes->len;

		add_prefix(prefixes, d->sender, &r->target[i]);
		each[i].message = d->message;
		each[i].mailbox = r->target[i].mailbox;
		each[i].prefix.n = prefixes->len - before;
	}
	for (size_t i = 0; i < r->ntargets; i++) {
		each[i].prefix.p = prefixes->data + off;
		off += each[i].prefix.n;
	}
	if (d->filed != NULL)
		each[r->ntargets] = *d->filed;
	return each;
}

/* ---- into the queue ---- */

/* Where the sender did not say, the address as it was given to us is what it
 * knows the recipient by (RFC 3461 section 5.2.1). */
static struct span
original(const struct deliver_rcpt *r, struct buf *out)
{
	struct buf xtext = { 0 };
	size_t at = out->len;

	if (r->orcpt[0] != '\0')
		return span_str(r->orcpt);
	for (const char *c = r->address; *c != '\0'; c++) {
		if ((unsigned char)*c >= 0x80)
			return span_of("", 0);
	}
	dsn_xtext_encode(&xtext, span_str(r->address));
	buf_addf(out, "rfc822;%s", xtext.data);
	buf_free(&xtext);
	return span_sub(buf_span(out), at, out->len);
}

static void
add_remotes(const struct deliver *d, const struct route *r,
    struct store_queue_rcpt *rcpt, const struct span *orcpt)
{
	for (size_t i = 0; i < r->nremotes; i++) {
		const struct route_remote *to = &r->remote[i];

		rcpt[i] = (struct store_queue_rcpt){
			.address = span_str(to->address),
			.domain = span_str(to->domain),
			.orcpt = orcpt[to->origin],
			.notify = d->rcpt[to->origin].notify,
			.next = (int64_t)time(NULL),
		};
	}
}

/* Those that are here, and whose sender wants to hear so. */
static size_t
add_delivered(const struct deliver *d, struct store_queue_rcpt *rcpt,
    const struct span *orcpt)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nrcpt; i++) {
		if (!d->rcpt[i].here || d->sender[0] == '\0' ||
		    (d->rcpt[i].notify & DSN_NOTIFY_SUCCESS) == 0)
			continue;
		rcpt[n++] = (struct store_queue_rcpt){
			.state = STORE_QUEUE_DELIVERED,
			.address = span_str(d->rcpt[i].address),
			.domain = span_of("", 0),
			.orcpt = orcpt[i],
			.notify = d->rcpt[i].notify,
		};
	}
	return n;
}

/* What is made for one call. */
struct work {
	struct buf prefixes, *original;
	struct span *orcpt;
	struct store_delivery *each;
	struct store_queue_rcpt *rcpt;
	struct store_queue_new add;
};

static void
make_add(struct work *w, const struct deliver *d)
{
	w->original = xcalloc(d->nrcpt, sizeof(*w->original));
	w->orcpt = xcalloc(d->nrcpt, sizeof(*w->orcpt));
	for (size_t i = 0; i < d->nrcpt; i++)
		w->orcpt[i] = original(&d->rcpt[i], &w->original[i]);
	w->add = (struct store_queue_new){ .message = d->message,
		.sender = span_str(d->sender),
		.envid = span_str(d->envid),
		.prefix = d->signatures,
		.future = span_str(d->future != NULL ? d->future : ""),
		.ret = d->ret,
		.body = d->body,
		.utf8 = d->utf8,
		.require_tls = d->require_tls,
		.priority = d->priority,
		.by = d->by };
}

static void
make_queue(struct work *w, const struct deliver *d, const struct route *r)
{
	make_add(w, d);
	w->rcpt = xcalloc(r->nremotes + d->nrcpt, sizeof(*w->rcpt));
	add_remotes(d, r, w->rcpt, w->orcpt);
	w->add.rcpt = w->rcpt;
	w->add.nrcpt = r->nremotes +
		       add_delivered(d, w->rcpt + r->nremotes, w->orcpt);
}

static void
work_free(struct work *w, const struct deliver *d)
{
	for (size_t i = 0; i < d->nrcpt; i++)
		buf_free(&w->original[i]);
	free(w->original);
	free(w->orcpt);
	free(w->rcpt);
	free(w->each);
	buf_free(&w->prefixes);
}

void
deliver_later(struct store *st, const struct deliver *d, int64_t at,
    store_delivered_fn done, void *arg)
{
	struct work w = { 0 };
	struct store_queue_work also = { .add = &w.add };

	make_add(&w, d);
	w.rcpt = xcalloc(d->nrcpt, sizeof(*w.rcpt));
	for (size_t i = 0; i < d->nrcpt; i++)
		w.rcpt[i] = (struct store_queue_rcpt){
			.state = STORE_QUEUE_FUTURE,
			.address = span_str(d->rcpt[i].address),
			.domain = span_of("", 0),
			.orcpt = w.orcpt[i],
			.notify = d->rcpt[i].notify,
			.next = at,
		};
	w.add.rcpt = w.rcpt;
	w.add.nrcpt = d->nrcpt;
	store_deliver_queue(st, d->filed, d->filed != NULL ? 1 : 0, &also, done,
	    arg);
	work_free(&w, d);
}

void
deliver_route(struct store *st, const struct deliver *d, const struct route *r,
    struct store_queue_work also, store_delivered_fn done, void *arg)
{
	struct work w = { 0 };

	w.each = make_deliveries(d, r, &w.prefixes);
	make_queue(&w, d, r);
	if (w.add.nrcpt > 0)
		also.add = &w.add;
	store_deliver_queue(st, w.each,
	    r->ntargets + (d->filed != NULL ? 1 : 0), &also, done, arg);
	work_free(&w, d);
}
