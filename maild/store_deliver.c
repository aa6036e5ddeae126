/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "store_incoming.h"
#include "store_index.h"
#include "store_insert.h"
#include "store_queue_impl.h"
#include "store_quota.h"
#include "store_replace.h"

/*
 * Deliveries into one mailbox are one step: its pages are read and written
 * once, however many messages come.
 */
struct item {
	struct store_message *message;
	size_t box;
	uint32_t flags;
	struct mail_date date;
	size_t keyword, nkeywords; /* in deliver.keyword */
	struct span prefix;        /* in deliver.text, as all spans here */
};

struct box {
	struct deliver *d;
	struct store_mailbox mailbox;
};

/* Whose mailboxes get something. */
struct owner {
	struct deliver *d;
	uint64_t id;
	struct store_usage added;
};

struct deliver {
	struct store_op op;
	struct item *item;
	struct box *box;
	struct owner *owner;
	struct span *keyword;
	struct store_delivered *out;
	struct store_limits limits;
	size_t n, nboxes, nowners, nkeywords;
	char *text;
	int64_t now;
	struct store_queue_job *queue; /* or NULL */
	struct store_replaced *replaced; /* or NULL */
	store_delivered_fn done;
	void *arg;
};

/* ---- in the writer ---- */

static enum engine_status
keywords(struct store_insert *in, const struct deliver *d,
    const struct item *it, struct store_row *row)
{
	for (size_t i = 0; i < it->nkeywords; i++) {
		int k = store_insert_keyword(in, d->keyword[it->keyword + i]);

		if (k < 0)
			return ENGINE_REFUSED;
		row->keyword[k / 64] |= (uint64_t)1 << k % 64;
	}
	return ENGINE_OK;
}

static enum engine_status
insert(struct store_insert *in, struct deliver *d, size_t i)
{
	const struct item *it = &d->item[i];
	const struct store_message *m = it->message;
	struct store_row row = { .flags = it->flags, .date = it->date,
		.saved = d->now, .blob = engine_blob_id(m->blob),
		.prefix = it->prefix };
	enum engine_status st = keywords(in, d, it, &row);

	row.size = it->prefix.n + engine_blob_size(m->blob);
	row.sent = m->has_date ? m->sent : it->date.sec;
	d->out[i].uidvalidity = in->head.uidvalidity;
	if (st == ENGINE_OK)
		st = store_insert_row(in, &row, &d->out[i].uid);
	return st;
}

static enum engine_status
reserve_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct owner *o = arg;
	struct store_usage net = o->added;

	if (o->d->replaced != NULL)
		net = store_replaced_net(o->d->replaced, o->id, &o->added);
	return store_usage_add(txn, part, &o->d->op, &net, &o->d->limits);
}

static enum engine_status
deliver_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct box *box = arg;
	struct deliver *d = box->d;
	struct store_insert *in = xmalloc(sizeof(*in));
	enum engine_status st =
	    store_insert_begin(in, &d->op, txn, &box->mailbox);

	for (size_t i = 0; st == ENGINE_OK && i < d->n; i++) {
		if (&d->box[d->item[i].box] == box)
			st = insert(in, d, i);
	}
	st = store_insert_end(in, st);
	(void)part;
	free(in);
	return st;
}

/* ---- on the caller's thread ---- */

/* Now and then is enough: it waits for many. */
static void
tell_index(const struct deliver *d)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->out[i].uid % STORE_INDEX_TELL == 0)
			store_index_changed(d->op.st,
			    d->box[d->item[i].box].mailbox.id);
	}
}

static void
deliver_done(void *arg, enum engine_status es)
{
	struct deliver *d = arg;
	enum store_status status = store_op_status(&d->op, es);

	if (status == STORE_OK)
		tell_index(d);
	d->done(d->arg, status, d->out, status == STORE_OK ? d->n : 0);
	free(d->item);
	free(d->box);
	free(d->owner);
	free(d->keyword);
	free(d->out);
	free(d->text);
	store_queue_job_free(d->queue);
	store_replaced_free(d->replaced);
	free(d);
}

static void
deliver_refused(void *arg, enum store_status status)
{
	struct deliver *d = arg;

	d->op.refused = status;
	deliver_done(d, ENGINE_REFUSED);
}

static struct span
keep(char **at, struct span s)
{
	struct span copy = span_of(*at, s.n);

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

static size_t
find_box(struct deliver *d, const struct store_mailbox *m)
{
	for (size_t i = 0; i < d->nboxes; i++) {
		if (d->box[i].mailbox.id == m->id)
			return i;
	}
	d->box[d->nboxes] = (struct box){ d, *m };
	return d->nboxes++;
}

static void
reserve(struct deliver *d, const struct item *it)
{
	uint64_t id = store_mailbox_owner(d->box[it->box].mailbox.id);
	size_t i = 0;

	while (i < d->nowners && d->owner[i].id != id)
		i++;
	if (i == d->nowners)
		d->owner[d->nowners++] = (struct owner){ .d = d, .id = id };
	d->owner[i].added.messages++;
	d->owner[i].added.storage += it->prefix.n +
	    engine_blob_size(it->message->blob);
}

static enum store_status
check(const struct store_delivery *in)
{
	enum store_status status = store_allowed(&in->mailbox, STORE_INSERT);

	if (status != STORE_OK)
		return status;
	if (in->message->status != STORE_OK)
		return in->message->status;
	if (in->prefix.n > STORE_PREFIX_MAX)
		return STORE_LIMIT;
	for (size_t i = 0; i < in->nkeywords; i++) {
		if (!store_keyword_ok(in->keyword[i]))
			return in->keyword[i].n > STORE_KEYWORD_MAX ?
			    STORE_LIMIT : STORE_CANNOT;
	}
	return STORE_OK;
}

/* Copies all that the caller may drop when we return. */
static void
copy(struct deliver *d, const struct store_delivery *in)
{
	struct mail_date now = date_now();
	size_t text = 0, kw = 0;
	char *at;

	for (size_t i = 0; i < d->n; i++) {
		text += in[i].prefix.n;
		kw += in[i].nkeywords;
		for (size_t k = 0; k < in[i].nkeywords; k++)
			text += in[i].keyword[k].n;
	}
	d->text = at = xmalloc(text + 1);
	d->keyword = xcalloc(kw + 1, sizeof(*d->keyword));
	for (size_t i = 0; i < d->n; i++) {
		struct item *it = &d->item[i];

		it->message = in[i].message;
		it->box = find_box(d, &in[i].mailbox);
		it->flags = in[i].flags & 31;
		it->date = in[i].internaldate.sec != 0 ? in[i].internaldate :
		    now;
		it->prefix = keep(&at, in[i].prefix);
		reserve(d, it);
		it->keyword = d->nkeywords;
		it->nkeywords = in[i].nkeywords;
		for (size_t k = 0; k < in[i].nkeywords; k++)
			d->keyword[d->nkeywords++] = keep(&at,
			    in[i].keyword[k]);
	}
	d->now = now.sec;
}

/* One handle to each different blob, for the engine to consume. */
static size_t
add_blob(struct engine_blob **blobs, size_t n, struct engine_blob *b)
{
	for (size_t i = 0; i < n; i++) {
		if (blobs[i] == b)
			return n;
	}
	blobs[n] = engine_blob_share(b);
	return n + 1;
}

static size_t
collect_blobs(const struct deliver *d, struct engine_blob **blobs)
{
	struct engine_blob *queued = d->queue != NULL ?
	    store_queue_job_blob(d->queue) : NULL;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n = add_blob(blobs, n, d->item[i].message->blob);
	return queued != NULL ? add_blob(blobs, n, queued) : n;
}

static void
submit(struct deliver *d)
{
	struct engine_step *steps = xcalloc(
	    d->nowners + d->nboxes + 1 + store_replaced_steps(d->replaced),
	    sizeof(*steps));
	struct engine_blob **blobs = xcalloc(d->n + 1, sizeof(*blobs));
	struct engine_update u = { .steps = steps, .blobs = blobs,
		.nblobs = collect_blobs(d, blobs), .weight = d->nboxes * 8192,
		.done = deliver_done, .arg = d };

	if (d->replaced != NULL)
		u.nsteps += store_replaced_find(d->replaced, d->owner[0].id,
		    &d->owner[0].added, steps);
	for (size_t i = 0; i < d->nowners; i++)
		steps[u.nsteps++] = (struct engine_step){
			store_root(d->owner[i].id), reserve_run,
			&d->owner[i] };
	for (size_t i = 0; i < d->nboxes; i++)
		steps[u.nsteps++] = (struct engine_step){
			store_part(d->box[i].mailbox.id), deliver_run,
			&d->box[i] };
	if (d->queue != NULL)
		steps[u.nsteps++] = (struct engine_step){ store_queue(),
			store_queue_run, d->queue };
	if (d->replaced != NULL)
		u.nsteps += store_replaced_take(d->replaced,
		    steps + u.nsteps);
	engine_update(d->op.st->c, &u);
	free(steps);
	free(blobs);
}

static struct deliver *
deliver_new(struct store *st, size_t n, store_delivered_fn done, void *arg)
{
	struct deliver *d = xcalloc(1, sizeof(*d));

	d->op.st = st;
	d->done = done;
	d->arg = arg;
	d->n = n;
	d->item = xcalloc(n, sizeof(*d->item));
	d->box = xcalloc(n, sizeof(*d->box));
	d->owner = xcalloc(n, sizeof(*d->owner));
	d->limits = *st->limits;
	d->out = xcalloc(n, sizeof(*d->out));
	return d;
}

static void
begin(struct deliver *d, const struct store_delivery *in,
    enum store_status status)
{
	for (size_t i = 0; status == STORE_OK && i < d->n; i++)
		status = check(&in[i]);
	if (status != STORE_OK) {
		store_later(d->op.st, status, deliver_refused, d);
		return;
	}
	copy(d, in);
	submit(d);
}

void
store_deliver(struct store *st, const struct store_delivery *in, size_t n,
    store_delivered_fn done, void *arg)
{
	store_deliver_queue(st, in, n, NULL, done, arg);
}

void
store_deliver_queue(struct store *st, const struct store_delivery *in, size_t n,
    const struct store_queue_work *work, store_delivered_fn done, void *arg)
{
	struct deliver *d = deliver_new(st, n, done, arg);
	enum store_status status = STORE_OK;

	assert(n > 0 || work != NULL);
	if (work != NULL)
		d->queue = store_queue_job_new(work, &status);
	begin(d, in, status);
}

void
store_replace(struct store *st, const struct store_delivery *in, size_t n,
    const struct store_place *old, size_t nold, store_delivered_fn done,
    void *arg)
{
	struct deliver *d = deliver_new(st, n, done, arg);
	enum store_status status = STORE_OK;

	d->replaced = store_replaced_new(&d->op, old, nold);
	for (size_t i = 0; status == STORE_OK && i < nold; i++)
		status = store_allowed(&old[i].mailbox,
		    STORE_DELETE_MSG | STORE_EXPUNGE);
	begin(d, in, status);
}
