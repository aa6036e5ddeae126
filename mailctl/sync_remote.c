/* SPDX-License-Identifier: ISC */
#include "sync_remote.h"

#include <inttypes.h>
#include <stdlib.h>

#include "permanent_flags.h"

/* ---- what the server tells ---- */

static void
add(struct sync_remote *r, uint32_t uid, unsigned flags)
{
	r->told++;
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
	add(r, (uint32_t)uid, maildir_keywords_bits(r->keywords, words));
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
	else if (resp->type == IMAP_RESP_EXISTS)
		r->exists = resp->number;
	else if (resp->type == IMAP_RESP_EXPUNGE)
		r->exists -= r->exists > 0;
	else if (resp->type == IMAP_RESP_OTHER &&
	    span_ieqs(resp->word, "VANISHED"))
		on_vanished(r, span_of(resp->data.p,
		    (size_t)(resp->data.end - resp->data.p)));
	else if (resp->code == IMAP_CODE_UIDVALIDITY)
		r->uidvalidity = (uint32_t)resp->code_number;
	else if (resp->code == IMAP_CODE_HIGHESTMODSEQ)
		r->modseq = resp->code_number;
	else if (resp->code == IMAP_CODE_PERMANENTFLAGS) {
		free(r->permanent);
		r->permanent = permanent_flags_read(resp->code_arg);
	}
}

/* ---- commands ---- */

#define WANTS                                                                  \
	(IMAP_WANT(IMAP_RESP_OK) | IMAP_WANT(IMAP_RESP_FETCH) |                \
	    IMAP_WANT(IMAP_RESP_OTHER) | IMAP_WANT(IMAP_RESP_EXPUNGE))

/* *rest: see imap_answer_rest(). */
static int
run(struct sync_remote *r, struct imap_answer *a, uint32_t *rest)
{
	int ret;

	imap_client_end(r->conn->client);
	ret = imap_conn_run(r->conn);
	if (ret == 0)
		ret = imap_conn_check(r->conn, a, r->mailbox, EX_NOMESSAGE);
	*rest = imap_answer_rest(a);
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
	uint32_t rest;
	int ret;

	r->delta = (caps & IMAP_CAP_QRESYNC) && s->name != NULL &&
	    s->modseq > 0;
	if (r->delta) {
		imap_client_begin(r->conn->client, 0, imap_answer_fn,
		    &enabled);
		imap_client_add(r->conn->client, "ENABLE QRESYNC");
		imap_client_end(r->conn->client);
	}
	/* Not later: what comes then need not be told of. */
	imap_client_begin(r->conn->client, WANTS | IMAP_WANT(IMAP_RESP_EXISTS),
	    imap_answer_fn, &a);
	imap_client_add(r->conn->client, "SELECT ");
	imap_client_add_mailbox(r->conn->client, span_str(r->mailbox));
	if (r->delta)
		imap_client_add(r->conn->client,
		    " (QRESYNC (%" PRIu32 " %" PRIu64 "))", s->uidvalidity,
		    s->modseq);
	else if (caps & IMAP_CAP_CONDSTORE)
		imap_client_add(r->conn->client, " (CONDSTORE)");
	ret = run(r, &a, &rest);
	imap_answer_clear(&enabled);
	if (ret == 0 && rest > 0)
		ret = cmd_fail(r->conn->cmd, EX_PROTOCOL,
		    "%s: the server told only a part of what has changed",
		    r->mailbox);
	return ret;
}

/* Flags of all, or of those that have changed since, up to *uid; what is left
 * to be asked for goes there. */
static int
fetch_part(struct sync_remote *r, uint64_t since, uint32_t *uid)
{
	struct imap_answer a = { .data = on_data, .arg = r };

	imap_client_begin(r->conn->client, WANTS, imap_answer_fn, &a);
	if (*uid == SEQSET_STAR)
		imap_client_add(r->conn->client, "UID FETCH 1:* (UID FLAGS)");
	else
		imap_client_add(r->conn->client,
		    "UID FETCH 1:%" PRIu32 " (UID FLAGS)", *uid);
	if (since > 0)
		imap_client_add(r->conn->client,
		    " (CHANGEDSINCE %" PRIu64 ")", since);
	return run(r, &a, uid);
}

static int
fetch_flags(struct sync_remote *r, uint64_t since)
{
	uint32_t uid = SEQSET_STAR;
	int ret = 0;

	while (ret == 0 && uid > 0)
		ret = fetch_part(r, since, &uid);
	return ret;
}

/* What is not told is not gone for certain: a server may have said less than
 * there is. */
static int
check_told(const struct sync_remote *r, uint64_t told)
{
	if (told >= r->exists)
		return 0;
	return cmd_fail(r->conn->cmd, EX_TEMPFAIL,
	    "%s: the server tells of %" PRIu64 " messages and has %" PRIu32,
	    r->mailbox, told, r->exists);
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

static int
search_part(struct sync_remote *r, struct seqset *there, uint32_t *uid)
{
	struct imap_uids u;
	int ret;

	imap_conn_search(r->conn, &u);
	if (*uid == SEQSET_STAR)
		imap_client_add(r->conn->client, " ALL");
	else
		imap_client_add(r->conn->client, " UID 1:%" PRIu32, *uid);
	imap_client_end(r->conn->client);
	ret = imap_conn_run(r->conn);
	if (ret == 0)
		ret = imap_conn_check(r->conn, &u.answer, r->mailbox,
		    EX_PROTOCOL);
	*uid = imap_answer_rest(&u.answer);
	seqset_merge(there, &u.uids);
	imap_uids_clear(&u);
	return ret;
}

/* CONDSTORE tells nothing of what is gone: see what is there. */
static int
search_gone(struct sync_remote *r)
{
	struct seqset there = { 0 };
	uint32_t uid = SEQSET_STAR;
	int ret = 0;

	while (ret == 0 && uid > 0)
		ret = search_part(r, &there, &uid);
	if (ret == 0)
		ret = check_told(r, seqset_count(&there));
	for (size_t i = 0; ret == 0 && i < r->state->len; i++) {
		uint32_t known = r->state->entry[i].uid;

		if (!seqset_has(&there, known))
			seqset_add(&r->gone, known, known);
	}
	seqset_clear(&there);
	return ret;
}

static int
find_gone(struct sync_remote *r)
{
	int ret = check_told(r, r->told);

	if (ret != 0)
		return ret;
	for (size_t i = 0; i < r->state->len; i++) {
		uint32_t uid = r->state->entry[i].uid;

		if (find(r, uid) == NULL)
			seqset_add(&r->gone, uid, uid);
	}
	return 0;
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
		ret = find_gone(r);
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
	free(r->permanent);
}

unsigned
sync_remote_flags(const struct sync_remote *r, const struct sync_entry *e)
{
	const struct remote_flags *f = find(r, e->uid);

	return f != NULL ? f->flags : e->flags;
}
