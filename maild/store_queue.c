/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "bytes.h"
#include "store_incoming.h"
#include "store_queue_impl.h"

/* "n": the id that the next message gets (8). */
#define NEXT_KEY   SPAN_LIT("n")
#define PREFIX_MAX 8192

struct store_queue_job {
	struct store_message *message; /* NULL: nothing is added */
	struct store_queue_msg msg;
	struct store_queue_rcpt *rcpt;
	uint64_t id;
	struct store_queue_change *change;
	size_t nchanges;
	int64_t now;
	struct buf text; /* all spans are of it */
};

/* ---- copying ---- */

static size_t
length(const struct store_queue_work *w)
{
	const struct store_queue_new *a = w->add;
	size_t n = 0;

	if (a != NULL)
		n += a->sender.n + a->envid.n + a->future.n + a->prefix.n;
	for (size_t i = 0; a != NULL && i < a->nrcpt; i++)
		n += a->rcpt[i].address.n + a->rcpt[i].domain.n +
		     a->rcpt[i].orcpt.n;
	for (size_t i = 0; i < w->nchanges; i++) {
		const struct store_queue_reply *r = &w->change[i].reply;

		n += r->enhanced.n + r->text.n + r->host.n;
	}
	return n;
}

/* There is room: length() has counted. */
static void
keep(struct store_queue_job *j, struct span *s)
{
	size_t at = j->text.len;

	buf_add_span(&j->text, *s);
	*s = span_of(j->text.data + at, s->n);
}

static void
copy_new(struct store_queue_job *j, const struct store_queue_new *a)
{
	j->message = a->message;
	j->msg = (struct store_queue_msg){ .created = j->now,
		.size = a->prefix.n + store_message_size(a->message),
		.left = (uint32_t)a->nrcpt,
		.body = a->body,
		.utf8 = a->utf8,
		.require_tls = a->require_tls,
		.priority = a->priority,
		.by = a->by,
		.ret = a->ret,
		.sender = a->sender,
		.envid = a->envid,
		.future = a->future,
		.prefix = a->prefix };
	keep(j, &j->msg.sender);
	keep(j, &j->msg.envid);
	keep(j, &j->msg.future);
	keep(j, &j->msg.prefix);
	j->rcpt = xcalloc(a->nrcpt, sizeof(*j->rcpt));
	for (size_t i = 0; i < a->nrcpt; i++) {
		j->rcpt[i] = a->rcpt[i];
		j->rcpt[i].index = (uint32_t)i;
		keep(j, &j->rcpt[i].address);
		keep(j, &j->rcpt[i].domain);
		keep(j, &j->rcpt[i].orcpt);
	}
}

static void
copy_changes(struct store_queue_job *j, const struct store_queue_work *w)
{
	j->id = w->id;
	j->nchanges = w->nchanges;
	j->change = xcalloc(w->nchanges + 1, sizeof(*j->change));
	for (size_t i = 0; i < w->nchanges; i++) {
		j->change[i] = w->change[i];
		keep(j, &j->change[i].reply.enhanced);
		keep(j, &j->change[i].reply.text);
		keep(j, &j->change[i].reply.host);
	}
}

static enum store_status
check(const struct store_queue_new *a)
{
	if (a->message->status != STORE_OK)
		return a->message->status;
	if (a->prefix.n > PREFIX_MAX || a->sender.n > STORE_ADDRESS_MAX ||
	    a->envid.n > DSN_ENVID_MAX || a->future.n > STORE_FUTURE_MAX)
		return STORE_LIMIT;
	for (size_t i = 0; i < a->nrcpt; i++) {
		const struct store_queue_rcpt *r = &a->rcpt[i];

		if (r->address.n > STORE_ADDRESS_MAX ||
		    r->domain.n > STORE_DOMAIN_MAX ||
		    r->orcpt.n > DSN_ORCPT_MAX)
			return STORE_LIMIT;
		if (r->domain.n > 0 &&
		    memchr(r->domain.p, '\0', r->domain.n) != NULL)
			return STORE_CANNOT;
	}
	return a->nrcpt > 0 ? STORE_OK : STORE_CANNOT;
}

struct store_queue_job *
store_queue_job_new(const struct store_queue_work *w, enum store_status *status)
{
	struct store_queue_job *j;

	*status = w->add != NULL ? check(w->add) : STORE_OK;
	if (*status != STORE_OK)
		return NULL;
	j = xcalloc(1, sizeof(*j));
	j->now = (int64_t)time(NULL);
	buf_reserve(&j->text, length(w) + 1);
	if (w->add != NULL)
		copy_new(j, w->add);
	copy_changes(j, w);
	return j;
}

void
store_queue_job_free(struct store_queue_job *j)
{
	if (j == NULL)
		return;
	buf_free(&j->text);
	free(j->rcpt);
	free(j->change);
	free(j);
}

struct engine_blob *
store_queue_job_blob(const struct store_queue_job *j)
{
	return j->message != NULL ? j->message->blob : NULL;
}

/* ---- in the writer ---- */

static void
put_msg(struct engine_txn *txn, const struct store_queue_msg *m)
{
	char key[STORE_QUEUE_KEY];
	struct buf v = { 0 };

	store_queue_msg_pack(&v, m);
	engine_put(txn, store_queue_msg_key(key, m->id), buf_span(&v));
	buf_free(&v);
}

static struct span
due_domain(const struct store_queue_rcpt *r)
{
	return r->state == STORE_QUEUE_WAITING ? r->domain :
	    r->state == STORE_QUEUE_FUTURE     ? SPAN_LIT(STORE_QUEUE_BEGIN) :
						 span_of("", 0);
}

/* Where the schedule has it; false: it does not. */
static bool
due_key(char key[STORE_QUEUE_KEY], uint64_t id,
    const struct store_queue_rcpt *r, struct span *out)
{
	if (r->state == STORE_QUEUE_HELD)
		return false;
	*out = store_queue_due_key(key, due_domain(r), r->next, id, r->index);
	return true;
}

static void
put_rcpt(struct engine_txn *txn, const struct store_queue_msg *m,
    const struct store_queue_rcpt *r)
{
	char key[STORE_QUEUE_KEY];
	struct buf v = { 0 };
	struct span due;

	store_queue_rcpt_pack(&v, r);
	engine_put(txn, store_queue_rcpt_key(key, m->id, r->index),
	    buf_span(&v));
	buf_clear(&v);
	store_queue_due_pack(&v, m->priority);
	if (due_key(key, m->id, r, &due))
		engine_put(txn, due, buf_span(&v));
	buf_free(&v);
}

static enum engine_status
add(struct engine_txn *txn, struct engine_part part, struct store_queue_job *j)
{
	char next[8];
	struct span v;
	enum engine_status st = engine_get(txn, part, NEXT_KEY, &v);

	if (st != ENGINE_OK && st != ENGINE_NOTFOUND)
		return st;
	if (st == ENGINE_OK && v.n != sizeof(next))
		return ENGINE_CORRUPT;
	j->msg.id = st == ENGINE_OK ? le64_get(v.p) : 1;
	j->msg.blob = engine_blob_id(j->message->blob);
	le64_put(next, j->msg.id + 1);
	engine_put(txn, NEXT_KEY, span_of(next, sizeof(next)));
	engine_blob_ref(txn, j->msg.blob);
	put_msg(txn, &j->msg);
	for (uint32_t i = 0; i < j->msg.left; i++)
		put_rcpt(txn, &j->msg, &j->rcpt[i]);
	engine_notify(txn, part);
	return ENGINE_OK;
}

static void
defer(
    struct store_queue_rcpt *r, const struct store_queue_change *c, int64_t now)
{
	r->attempts++;
	r->last = now;
	r->next = c->next;
	r->reply = c->reply;
	if (r->warning == STORE_QUEUE_NOT_WARNED)
		r->warning = c->warning;
}

static void
finish(
    struct store_queue_rcpt *r, const struct store_queue_change *c, int64_t now)
{
	r->attempts++;
	r->last = r->next = now;
	r->state = c->state;
	r->reply = c->reply;
}

/* What r becomes.  False: the change is not for it as it is. */
static bool
change(
    struct store_queue_rcpt *r, const struct store_queue_change *c, int64_t now)
{
	const bool held = r->state == STORE_QUEUE_HELD;
	const bool future = r->state == STORE_QUEUE_FUTURE;
	const bool open = held || future || r->state == STORE_QUEUE_WAITING;

	switch (c->op) {
	case STORE_QUEUE_DEFER:
		defer(r, c, now);
		return open;
	case STORE_QUEUE_FINISH:
		finish(r, c, now);
		return true;
	case STORE_QUEUE_NOTED:
		r->warning = STORE_QUEUE_WARNED;
		return true;
	case STORE_QUEUE_HOLD:
		r->state = STORE_QUEUE_HELD;
		return open && !future;
	case STORE_QUEUE_RELEASE:
		if (held)
			r->state = STORE_QUEUE_WAITING;
		r->next = c->next;
		return held || future;
	case STORE_QUEUE_MOVE:
		r->next = c->next;
		return open;
	case STORE_QUEUE_BOUNCE:
		finish(r, c, now);
		return open;
	case STORE_QUEUE_REMOVE:
		break;
	}
	return true;
}

/* ENGINE_NOTFOUND: it is gone, which is fine. */
static enum engine_status
change_one(struct engine_txn *txn, struct engine_part part,
    const struct store_queue_job *j, const struct store_queue_msg *m,
    const struct store_queue_change *c, uint32_t *removed)
{
	char key[STORE_QUEUE_KEY], old[STORE_QUEUE_KEY];
	struct span k = store_queue_rcpt_key(key, j->id, c->index), v, due;
	enum engine_status st = engine_get(txn, part, k, &v);
	struct store_queue_rcpt r;
	bool scheduled;

	if (st == ENGINE_OK && store_queue_rcpt_parse(k, v, &r) < 0)
		st = ENGINE_CORRUPT;
	if (st != ENGINE_OK)
		return st;
	scheduled = due_key(old, j->id, &r, &due);
	if (!change(&r, c, j->now))
		return ENGINE_OK;
	if (scheduled)
		engine_del(txn, due);
	if (c->op == STORE_QUEUE_REMOVE) {
		engine_del(txn, k);
		++*removed;
	} else {
		put_rcpt(txn, m, &r);
	}
	return ENGINE_OK;
}

static enum engine_status
change_all(struct engine_txn *txn, struct engine_part part,
    const struct store_queue_job *j)
{
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, j->id), v;
	enum engine_status st = engine_get(txn, part, k, &v);
	struct store_queue_msg m;
	uint32_t removed = 0;

	if (st == ENGINE_NOTFOUND)
		return ENGINE_OK;
	if (st == ENGINE_OK && store_queue_msg_parse(k, v, &m) < 0)
		st = ENGINE_CORRUPT;
	for (size_t i = 0; st == ENGINE_OK && i < j->nchanges; i++) {
		st = change_one(txn, part, j, &m, &j->change[i], &removed);
		if (st == ENGINE_NOTFOUND)
			st = ENGINE_OK;
	}
	if (st != ENGINE_OK || removed == 0)
		return st;
	m.left -= removed < m.left ? removed : m.left;
	if (m.left > 0) {
		put_msg(txn, &m);
	} else {
		engine_del(txn, k);
		engine_blob_unref(txn, m.blob);
	}
	return ENGINE_OK;
}

enum engine_status
store_queue_run(struct engine_txn *txn, struct engine_part part, void *arg)
{
	struct store_queue_job *j = arg;
	enum engine_status st = ENGINE_OK;

	if (j->message != NULL)
		st = add(txn, part, j);
	if (st == ENGINE_OK && j->id != 0)
		st = change_all(txn, part, j);
	if (st == ENGINE_OK && j->nchanges > 0 &&
	    j->change[0].op >= STORE_QUEUE_HOLD)
		engine_notify(txn, part);
	return st;
}

/* ---- changes alone ---- */

struct change_call {
	store_done done;
	void *arg;
};

static void
changed(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct change_call *c = arg;

	(void)out;
	(void)n;
	c->done(c->arg, st);
	free(c);
}

void
store_queue_change(struct store *st, uint64_t id,
    const struct store_queue_change *change_list, size_t n, store_done done,
    void *arg)
{
	struct store_queue_work w = {
		.id = id, .change = change_list, .nchanges = n
	};
	struct change_call *c = xcalloc(1, sizeof(*c));

	*c = (struct change_call){ done, arg };
	store_deliver_queue(st, NULL, 0, &w, changed, c);
}
