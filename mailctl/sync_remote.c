/* SPDX-License-Identifier: ISC */
#include "sync_remote.h"

#include <inttypes.h>
#include <stdlib.h>

#include "mail_flags.h"

/* ---- what the server tells ---- */

static void
add(struct sync_remote *r, uint32_t uid, unsigned flags)
{
	if (sync_state_find(r->state, uid) == NULL) {
		seqset_add(&r->fresh, uid, uid);
		return;
	}
	if (r->len == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 64;
		r->changed = xrealloc_array(r->changed, r->cap,
		    sizeof(r->changed[0]));
	}
	r->changed[r->len++] = (struct remote_flags){ uid, flags };
}

static void
on_fetch(struct sync_remote *r, struct imap_resp *resp)
{
	struct imap_fetched f;
	struct span flags = { 0 };
	uint64_t uid = 0;
	char *words;

	while (imap_resp_item(resp, &f)) {
		if (f.item == IMAP_ITEM_UID)
			uid = f.number;
		else if (f.item == IMAP_ITEM_FLAGS)
			flags = f.value;
	}
	if (uid == 0 || uid > UINT32_MAX || flags.p == NULL)
		return;
	words = mail_flags_read(flags);
	add(r, (uint32_t)uid, mail_flags_bits(words));
	free(words);
}

/* "(EARLIER) 1:5,9" */
static void
on_vanished(struct sync_remote *r, struct span s)
{
	static const struct span earlier = { "(EARLIER)", 9 };
	struct seqset set = { 0 };

	s = span_trim(s);
	if (span_iprefix(s, earlier))
		s = span_trim(span_sub(s, earlier.n, s.n));
	if (seqset_parse(&set, s) == 0)
		seqset_merge(&r->gone, &set);
	seqset_clear(&set);
}

static void
on_data(void *arg, struct imap_resp *resp)
{
	struct sync_remote *r = arg;

	if (resp->type == IMAP_RESP_FETCH)
		on_fetch(r, resp);
	else if (resp->type == IMAP_RESP_OTHER &&
	    span_ieqs(resp->word, "VANISHED"))
		on_vanished(r, span_of(resp->data.p,
		    (size_t)(resp->data.end - resp->data.p)));
	else if (resp->code == IMAP_CODE_UIDVALIDITY)
		r->uidvalidity = (uint32_t)resp->code_number;
	else if (resp->code == IMAP_CODE_HIGHESTMODSEQ)
		r->modseq = resp->code_number;
}

/* ---- commands ---- */

#define WANTS                                                                  \
	(IMAP_WANT(IMAP_RESP_OK) | IMAP_WANT(IMAP_RESP_FETCH) |                \
	    IMAP_WANT(IMAP_RESP_OTHER))

static int
run(struct sync_remote *r, struct imap_answer *a)
{
	int ret;

	imap_client_end(r->conn->client);
	ret = imap_conn_run(r->conn);
	if (ret == 0)
		ret = imap_conn_check(r->conn, a, r->mailbox, EX_NOMESSAGE);
	imap_answer_clear(a);
	return ret;
}

/* With what is known, where the server can use it. */
static int
select_mailbox(struct sync_remote *r, unsigned caps)
{
	struct imap_answer a = { .data = on_data, .arg = r };
	struct imap_answer enabled = { 0 };
	const struct sync_state *s = r->state;
	int ret;

	r->delta = (caps & IMAP_CAP_QRESYNC) && s->name != NULL &&
	    s->modseq > 0;
	if (r->delta) {
		imap_client_begin(r->conn->client, 0, imap_answer_fn,
		    &enabled);
		imap_client_add(r->conn->client, "ENABLE QRESYNC");
		imap_client_end(r->conn->client);
	}
	imap_client_begin(r->conn->client, WANTS, imap_answer_fn, &a);
	imap_client_add(r->conn->client, "SELECT ");
	imap_client_add_mailbox(r->conn->client, span_str(r->mailbox));
	if (r->delta)
		imap_client_add(r->conn->client,
		    " (QRESYNC (%" PRIu32 " %" PRIu64 "))", s->uidvalidity,
		    s->modseq);
	else if (caps & IMAP_CAP_CONDSTORE)
		imap_client_add(r->conn->client, " (CONDSTORE)");
	ret = run(r, &a);
	imap_answer_clear(&enabled);
	return ret;
}

/* Flags of all, or of those that have changed since. */
static int
fetch_flags(struct sync_remote *r, uint64_t since)
{
	struct imap_answer a = { .data = on_data, .arg = r };

	imap_client_begin(r->conn->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, &a);
	imap_client_add(r->conn->client, "UID FETCH 1:* (UID FLAGS)");
	if (since > 0)
		imap_client_add(r->conn->client,
		    " (CHANGEDSINCE %" PRIu64 ")", since);
	return run(r, &a);
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct remote_flags *)a)->uid;
	uint32_t y = ((const struct remote_flags *)b)->uid;

	return x < y ? -1 : x > y;
}

static const struct remote_flags *
find(const struct sync_remote *r, uint32_t uid)
{
	struct remote_flags key = { .uid = uid };

	if (r->len == 0)
		return NULL;
	return bsearch(&key, r->changed, r->len, sizeof(key), by_uid);
}

/* CONDSTORE tells nothing of what is gone: see what is there. */
static int
search_gone(struct sync_remote *r)
{
	struct imap_uids u;
	int ret;

	imap_conn_search(r->conn, &u);
	imap_client_add(r->conn->client, " ALL");
	imap_client_end(r->conn->client);
	ret = imap_conn_run(r->conn);
	if (ret == 0)
		ret = imap_conn_check(r->conn, &u.answer, r->mailbox,
		    EX_PROTOCOL);
	for (size_t i = 0; ret == 0 && i < r->state->len; i++) {
		uint32_t uid = r->state->entry[i].uid;

		if (!seqset_has(&u.uids, uid))
			seqset_add(&r->gone, uid, uid);
	}
	imap_uids_clear(&u);
	return ret;
}

static void
find_gone(struct sync_remote *r)
{
	for (size_t i = 0; i < r->state->len; i++) {
		uint32_t uid = r->state->entry[i].uid;

		if (find(r, uid) == NULL)
			seqset_add(&r->gone, uid, uid);
	}
}

static void
sort(struct sync_remote *r)
{
	size_t n = 0;

	if (r->len > 1)
		qsort(r->changed, r->len, sizeof(r->changed[0]), by_uid);
	for (size_t i = 0; i < r->len; i++) {
		if (n > 0 && r->changed[n - 1].uid == r->changed[i].uid)
			n--;
		r->changed[n++] = r->changed[i];
	}
	r->len = n;
}

static int
read_rest(struct sync_remote *r, unsigned caps)
{
	const struct sync_state *s = r->state;
	bool since = (caps & IMAP_CAP_CONDSTORE) && s->name != NULL &&
	    s->modseq > 0;
	int ret;

	if (r->delta)
		return 0;
	ret = fetch_flags(r, since ? s->modseq : 0);
	sort(r);
	if (ret == 0 && since)
		ret = search_gone(r);
	else if (ret == 0)
		find_gone(r);
	r->delta = since;
	return ret;
}

int
sync_remote_read(struct sync_remote *r, const struct sync_state *state)
{
	static const struct sync_state none;
	unsigned caps = imap_client_caps(r->conn->client);
	int ret;

	r->state = state;
	ret = select_mailbox(r, caps);
	if (ret == 0 && state->name != NULL &&
	    state->uidvalidity != r->uidvalidity) {
		/* Whatever was told was about other messages. */
		seqset_clear(&r->gone);
		seqset_clear(&r->fresh);
		r->len = 0;
		r->delta = false;
		r->state = &none;
	}
	if (ret == 0)
		ret = read_rest(r, caps);
	sort(r);
	seqset_subtract(&r->fresh, &r->gone);
	return ret;
}

void
sync_remote_clear(struct sync_remote *r)
{
	seqset_clear(&r->gone);
	seqset_clear(&r->fresh);
	free(r->changed);
}

unsigned
sync_remote_flags(const struct sync_remote *r, const struct sync_entry *e)
{
	const struct remote_flags *f = find(r, e->uid);

	return f != NULL ? f->flags : e->flags;
}
