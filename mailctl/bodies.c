/* SPDX-License-Identifier: ISC */
#include "bodies.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"

#define WINDOW        6 /* commands under way */
#define GROUP_BYTES   ((uint64_t)256 << 10)
#define GROUP_MESSAGES 100

struct fetching {
	struct imap_conn *conn;
	const char *mailbox;
	uint32_t uidvalidity;
	const struct mailbox_index *index;
	const struct seqset *uids;
	size_t at; /* in index: what is asked for next */
	struct seqset done;
	body_fn fn;
	void *arg;
	int ret;
};

static bool
ended(const struct fetching *f)
{
	return f->ret != 0 || interrupted();
}

static void
hand_over(struct fetching *f, const struct index_message *m, struct span body)
{
	/* A server may send one twice. */
	if (ended(f) || seqset_has(&f->done, m->uid))
		return;
	seqset_add(&f->done, m->uid, m->uid);
	f->ret = f->fn(f->arg, m, body);
}

/* ---- many in one command ---- */

static void
on_fetch(void *arg, struct imap_resp *r)
{
	struct fetching *f = arg;
	struct imap_fetched item;
	const struct index_message *m;
	struct span body = { 0 };
	uint64_t uid = 0;

	while (imap_resp_item(r, &item)) {
		if (item.item == IMAP_ITEM_UID)
			uid = item.number;
		else if (item.item == IMAP_ITEM_BODY && item.section.n == 0)
			body = item.value;
	}
	if (body.p == NULL || uid > UINT32_MAX)
		return;
	m = mailbox_index_find(f->index, (uint32_t)uid);
	if (m != NULL && seqset_has(f->uids, m->uid))
		hand_over(f, m, body);
}

static bool
is_large(const struct index_message *m)
{
	return m->size > MESSAGE_PIECE;
}

/* The next messages, up to a large one. */
static void
next_group(struct fetching *f, struct seqset *group)
{
	uint64_t bytes = 0;
	size_t n = 0;

	for (; f->at < f->index->len; f->at++) {
		const struct index_message *m = &f->index->message[f->at];

		if (!seqset_has(f->uids, m->uid))
			continue;
		if (is_large(m) || n == GROUP_MESSAGES ||
		    (n > 0 && bytes + m->size > GROUP_BYTES))
			return;
		seqset_add(group, m->uid, m->uid);
		bytes += m->size;
		n++;
	}
}

static void on_answer(void *arg, struct imap_resp *r);

static void
ask(struct fetching *f)
{
	struct seqset group = { 0 };
	struct buf set = { 0 };

	if (!ended(f))
		next_group(f, &group);
	if (group.len > 0) {
		seqset_format(&set, &group);
		imap_client_begin(f->conn->client, IMAP_WANT(IMAP_RESP_FETCH),
		    on_answer, f);
		imap_client_add(f->conn->client,
		    "UID FETCH %s (UID BODY.PEEK[])", set.data);
		imap_client_end(f->conn->client);
	}
	seqset_clear(&group);
	buf_free(&set);
}

/* Messages that have gone meanwhile may make it NO; they are just not there. */
static void
on_answer(void *arg, struct imap_resp *r)
{
	struct fetching *f = arg;

	if (r->kind != IMAP_RESP_TAGGED) {
		on_fetch(f, r);
		return;
	}
	if (r->type == IMAP_RESP_BAD && f->ret == 0)
		f->ret = cmd_fail(f->conn->cmd, EX_PROTOCOL, "%s: %.*s",
		    f->mailbox, (int)r->text.n, r->text.p);
	ask(f);
}

/* ---- a large one ---- */

struct spool {
	struct imap_conn *conn;
	FILE *file;
};

static int
cannot_spool(struct imap_conn *ic)
{
	return cmd_fail(ic->cmd, EX_CANTCREAT, "a temporary file: %s",
	    strerror(errno));
}

static int
to_spool(void *arg, struct span piece)
{
	struct spool *s = arg;

	if (fwrite(piece.p, 1, piece.n, s->file) == piece.n)
		return 0;
	return cannot_spool(s->conn);
}

static int
from_spool(struct fetching *f, const struct index_message *m, FILE *file)
{
	long size;
	void *p;

	if (fflush(file) != 0 || (size = ftell(file)) <= 0)
		return cannot_spool(f->conn);
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fileno(file), 0);
	if (p == MAP_FAILED)
		return cannot_spool(f->conn);
	hand_over(f, m, span_of(p, (size_t)size));
	munmap(p, (size_t)size);
	return 0;
}

static int
fetch_large(struct fetching *f, const struct index_message *m)
{
	struct message msg = { f->conn, f->mailbox, f->uidvalidity, m->uid };
	struct spool s = { f->conn, tmpfile() };
	int ret;

	if (s.file == NULL)
		return cannot_spool(f->conn);
	ret = message_fetch(&msg, to_spool, &s);
	if (ret == 0)
		ret = from_spool(f, m, s.file);
	fclose(s.file);
	return ret;
}

int
bodies_fetch(struct imap_conn *ic, const char *mailbox, uint32_t uidvalidity,
    const struct mailbox_index *x, const struct seqset *uids, body_fn fn,
    void *arg)
{
	struct fetching f = { .conn = ic, .mailbox = mailbox,
		.uidvalidity = uidvalidity, .index = x, .uids = uids, .fn = fn,
		.arg = arg };
	int ret;

	while (f.at < x->len && !ended(&f)) {
		for (int i = 0; i < WINDOW; i++)
			ask(&f);
		ret = imap_conn_run(ic);
		if (f.ret == 0)
			f.ret = ret;
		if (f.at < x->len && !ended(&f))
			f.ret = fetch_large(&f, &x->message[f.at++]);
	}
	seqset_clear(&f.done);
	if (f.ret == 0 && interrupted())
		return interrupt_fail(ic->cmd);
	return f.ret;
}
