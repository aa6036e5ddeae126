/* SPDX-License-Identifier: ISC */
#include "mailbox_index.h"

#include <stdlib.h>

#include "mail_flags.h"

struct reading {
	struct mailbox_index *index;
	bool over;
};

static void
add(struct reading *rd, const struct index_message *m)
{
	struct mailbox_index *x = rd->index;

	if (x->len == MAILBOX_INDEX_MAX) {
		rd->over = true;
		free(m->flags);
		return;
	}
	if (x->len == x->cap) {
		x->cap = x->cap > 0 ? 2 * x->cap : 256;
		x->message = xrealloc_array(x->message, x->cap,
		    sizeof(x->message[0]));
	}
	x->message[x->len++] = *m;
}

/* What lacks a part is not the answer: servers tell flags unasked. */
static void
on_fetch(void *arg, struct imap_resp *r)
{
	struct index_message m = { 0 };
	struct span flags = { 0 };
	struct imap_fetched f;
	bool date = false;

	while (imap_resp_item(r, &f)) {
		if (f.item == IMAP_ITEM_UID && f.number <= UINT32_MAX)
			m.uid = (uint32_t)f.number;
		else if (f.item == IMAP_ITEM_SIZE)
			m.size = f.number;
		else if (f.item == IMAP_ITEM_FLAGS)
			flags = f.value;
		else if (f.item == IMAP_ITEM_INTERNALDATE)
			date = date_parse_imap(f.value, &m.date) == 0;
	}
	if (m.uid == 0 || flags.p == NULL || !date)
		return;
	m.flags = mail_flags_read(flags);
	add(arg, &m);
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct index_message *)a)->uid;
	uint32_t y = ((const struct index_message *)b)->uid;

	return x < y ? -1 : x > y;
}

/* In order, and the latest word on each. */
static void
sort(struct mailbox_index *x)
{
	size_t n = 0;

	if (x->len > 1)
		qsort(x->message, x->len, sizeof(x->message[0]), by_uid);
	for (size_t i = 0; i < x->len; i++) {
		if (n > 0 && x->message[n - 1].uid == x->message[i].uid)
			free(x->message[--n].flags);
		x->message[n++] = x->message[i];
	}
	x->len = n;
}

/* *rest: what the server has left out. */
static int
read_part(struct reading *rd, struct imap_conn *ic, const char *name,
    const struct seqset *uids, struct seqset *rest)
{
	struct imap_answer a = { .data = on_fetch, .arg = rd };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, uids);
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_FETCH),
	    imap_answer_fn, &a);
	imap_client_add(ic->client,
	    "UID FETCH %s (UID FLAGS INTERNALDATE RFC822.SIZE)", set.data);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, name, EX_PROTOCOL);
	if (ret == 0 && imap_answer_rest(&a) > 0)
		seqset_add(rest, 1, imap_answer_rest(&a));
	seqset_intersect(rest, uids);
	imap_answer_clear(&a);
	buf_free(&set);
	return ret;
}

int
mailbox_index_read(struct mailbox_index *x, struct imap_conn *ic,
    const char *name, const struct seqset *uids)
{
	struct reading rd = { .index = x };
	struct seqset todo = { 0 };
	int ret = 0;

	*x = (struct mailbox_index){ 0 };
	if (uids != NULL)
		seqset_merge(&todo, uids);
	else
		seqset_add(&todo, 1, SEQSET_STAR);
	while (ret == 0 && todo.len > 0) {
		struct seqset rest = { 0 };

		ret = read_part(&rd, ic, name, &todo, &rest);
		seqset_clear(&todo);
		todo = rest;
	}
	seqset_clear(&todo);
	if (ret == 0 && rd.over)
		ret = cmd_fail(ic->cmd, EX_PROTOCOL,
		    "%s: more than %d messages", name, MAILBOX_INDEX_MAX);
	sort(x);
	return ret;
}

void
mailbox_index_clear(struct mailbox_index *x)
{
	for (size_t i = 0; i < x->len; i++)
		free(x->message[i].flags);
	free(x->message);
	*x = (struct mailbox_index){ 0 };
}

struct index_message *
mailbox_index_find(const struct mailbox_index *x, uint32_t uid)
{
	struct index_message key = { .uid = uid };

	if (x->len == 0)
		return NULL;
	return bsearch(&key, x->message, x->len, sizeof(key), by_uid);
}

void
mailbox_index_uids(const struct mailbox_index *x, struct seqset *out)
{
	for (size_t i = 0; i < x->len; i++)
		seqset_add(out, x->message[i].uid, x->message[i].uid);
}
