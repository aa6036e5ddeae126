/* SPDX-License-Identifier: ISC */
/* /v1/index: the search index. */
#include "ctl_request.h"
#include "indexer.h"
#include "store_index.h"

struct totals {
	struct store *store;
	json_int_t mailboxes, messages, indexed, segments, bytes;
};

static bool
add_mailbox(void *arg, uint64_t id)
{
	struct totals *t = arg;
	struct store_mailbox m = { .id = id, .rights = STORE_ALL };
	struct store_counts counts;
	struct store_index x;

	if (store_mailbox_counts(t->store, &m, &counts) != STORE_OK ||
	    store_index_get(t->store, id, &x) != STORE_OK)
		return true;
	t->mailboxes++;
	t->messages += counts.messages;
	t->segments += (json_int_t)x.n;
	for (size_t i = 0; i < x.n; i++) {
		t->indexed += x.segment[i].docs;
		t->bytes += (json_int_t)x.segment[i].size;
	}
	store_index_clear(&x);
	return true;
}

static bool
add_user(void *arg, const struct store_user *u)
{
	struct totals *t = arg;

	return store_index_mailboxes(t->store, u->id, add_mailbox, t) ==
	    STORE_OK;
}

void
ctl_index_show(struct ctl_request *r)
{
	struct totals t = { .store = r->env.accounts.store };
	enum store_status st;

	store_begin(t.store);
	st = store_user_each(t.store, add_user, &t);
	store_end(t.store);
	if (st != STORE_OK) {
		ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
		return;
	}
	ctl_answer(r, 200,
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "mailboxes",
		t.mailboxes, "messages", t.messages, "indexed", t.indexed,
		"segments", t.segments, "bytes", t.bytes, "idle",
		(int)indexer_idle(r->env.indexer)));
}

void
ctl_index_rebuild(struct ctl_request *r)
{
	indexer_rebuild(r->env.indexer, 0);
	ctl_answer_done(r);
}

void
ctl_index_rebuild_user(struct ctl_request *r)
{
	struct store_user u;
	enum store_status st = store_user_find(r->env.accounts.store,
	    buf_span(&r->address), &u);

	if (st != STORE_OK) {
		ctl_answer_problem(r,
		    st == STORE_NONEXISTENT ? CTL_NO_SUCH_USER
					    : ctl_problem_of_store(st),
		    NULL);
		return;
	}
	indexer_rebuild(r->env.indexer, u.id);
	ctl_answer_done(r);
}
