/* SPDX-License-Identifier: ISC */
#include "message.h"

#include <inttypes.h>

/* ---- which ones ---- */

/* What was asked for by its number and is not there. */
static int
say_missing(struct imap_conn *ic, const struct msgid *id,
    const struct seqset *found)
{
	int ret = 0;

	for (size_t i = 0; i < id->uids.len; i++) {
		const struct seqrange *r = &id->uids.range[i];

		if (r->lo == r->hi && r->lo != SEQSET_STAR &&
		    !seqset_has(found, r->lo))
			ret = cmd_fail(ic->cmd, EX_NOMESSAGE,
			    "%s has no message %u", id->mailbox, r->lo);
	}
	if (ret == 0 && found->len == 0)
		ret = cmd_fail(ic->cmd, EX_NOMESSAGE,
		    "%s has none of these messages", id->mailbox);
	return ret;
}

void
message_look(struct imap_conn *ic, struct message_look *l,
    const struct msgid *id, bool write)
{
	struct buf set = { 0 };

	*l = (struct message_look){ .conn = ic, .id = id, .write = write };
	if (write)
		imap_conn_select(ic, &l->mailbox, id->mailbox);
	else
		imap_conn_examine(ic, &l->mailbox, id->mailbox);
	seqset_format(&set, &id->uids);
	imap_conn_search(ic, &l->found);
	imap_client_add(ic->client, " UID %s", set.data);
	imap_client_end(ic->client);
	buf_free(&set);
}

/* What was not asked for is not taken for found: "*" is the last message, and
 * "7:*" none below 7, which servers add where that is the last one. */
static void
drop_others(const struct msgid *id, struct seqset *found)
{
	uint32_t last = found->len > 0 ? found->range[found->len - 1].hi : 0;
	struct seqset wanted = { 0 };

	for (size_t i = 0; i < id->uids.len; i++) {
		const struct seqrange *r = &id->uids.range[i];

		seqset_add(&wanted, r->lo == SEQSET_STAR ? last : r->lo,
		    r->hi);
	}
	seqset_intersect(found, &wanted);
	seqset_clear(&wanted);
}

int
message_looked(struct message_look *l, int *missing)
{
	struct imap_conn *ic = l->conn;
	const struct msgid *id = l->id;
	int ret;

	ret = imap_conn_check(ic, &l->mailbox.answer, id->mailbox,
	    EX_NOMESSAGE);
	if (ret == 0 && l->write &&
	    l->mailbox.answer.code == IMAP_CODE_READ_ONLY)
		ret = cmd_fail(ic->cmd, EX_NOPERM, "%s may only be read; its "
		    "owner may give you the right to change it", id->mailbox);
	if (ret == 0)
		ret = imap_conn_check(ic, &l->found.answer, id->mailbox,
		    EX_NOMESSAGE);
	if (ret == 0 && id->uidvalidity != 0 &&
	    id->uidvalidity != l->mailbox.uidvalidity)
		ret = cmd_fail(ic->cmd, EX_NOMESSAGE,
		    "%s has been made anew: its ids of before (UIDVALIDITY "
		    "%u) hold no longer", id->mailbox, id->uidvalidity);
	if (ret == 0) {
		drop_others(id, &l->found.uids);
		*missing = say_missing(ic, id, &l->found.uids);
	}
	return ret;
}

void
message_look_clear(struct message_look *l)
{
	imap_mailbox_clear(&l->mailbox);
	imap_uids_clear(&l->found);
}

int
message_parts(const struct message_look *l,
    int (*visit)(const struct message_look *l, void *arg), void *arg)
{
	const struct seqset *all = &l->found.uids;
	struct message_look part = *l;
	int ret = 0;

	for (size_t i = 0; i < all->len && ret == 0; i += MSGID_RANGES_MAX) {
		part.found.uids = (struct seqset){ 0 };
		for (size_t j = i;
		     j < all->len && j < i + MSGID_RANGES_MAX; j++)
			seqset_add(&part.found.uids, all->range[j].lo,
			    all->range[j].hi);
		ret = visit(&part, arg);
		seqset_clear(&part.found.uids);
	}
	return ret;
}

static int
visit_one(struct imap_conn *ic, const struct msgid *id,
    const struct message_visitor *v)
{
	struct message_look l;
	int ret, missing = 0;

	message_look(ic, &l, id, v->write);
	if (v->ask != NULL)
		v->ask(&l, v->arg);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = message_looked(&l, &missing);
	if (ret == 0)
		ret = message_parts(&l, v->visit, v->arg);
	message_look_clear(&l);
	return ret != 0 ? ret : missing;
}

int
message_visit(struct imap_conn *ic, const struct msgid_list *l,
    const struct message_visitor *v)
{
	int ret = 0, one;

	for (size_t i = 0; i < l->len; i++) {
		one = visit_one(ic, &l->id[i], v);
		if (one != 0)
			ret = one;
		if (one != 0 && one != EX_NOMESSAGE)
			break;
	}
	return ret;
}

struct each {
	int (*fn)(const struct message *m, void *arg);
	void *arg;
};

static int
each_of(const struct message_look *l, void *arg)
{
	const struct each *e = arg;
	uint64_t uid;
	int ret = 0;

	for (uid = 0; ret == 0 && seqset_next(&l->found.uids, uid, &uid);
	     uid++) {
		struct message m = { l->conn, l->id->mailbox,
			l->mailbox.uidvalidity, (uint32_t)uid };

		ret = e->fn(&m, e->arg);
	}
	return ret;
}

int
message_each(struct imap_conn *ic, const struct msgid_list *l,
    int (*fn)(const struct message *m, void *arg), void *arg)
{
	struct each e = { fn, arg };
	struct message_visitor v = { .visit = each_of, .arg = &e };

	return message_visit(ic, l, &v);
}

/* ---- the bytes ---- */

#define AHEAD 4 /* pieces that are asked for at once */

struct download {
	const struct message *m;
	int (*sink)(void *arg, struct span piece);
	void *arg;
	struct imap_answer answer; /* of the last piece that was answered */
	uint64_t size, asked, got;
	bool found;
	int status;
};

static void ask(struct download *d);

/* Take a piece, if it is the one that comes next. */
static void
take(struct download *d, const struct imap_fetched *body)
{
	if (d->status != 0 || body->number != d->got || body->value.n == 0)
		return;
	d->got += body->value.n;
	d->status = d->sink(d->arg, body->value);
}

static void
on_fetch(void *arg, struct imap_resp *r)
{
	struct imap_fetched f, body = { 0 };
	struct download *d = arg;
	uint64_t uid = 0, size = 0;
	bool has_body = false;

	while (imap_resp_item(r, &f)) {
		if (f.item == IMAP_ITEM_UID)
			uid = f.number;
		else if (f.item == IMAP_ITEM_SIZE)
			size = f.number;
		else if (f.item == IMAP_ITEM_BODY && f.section.n == 0) {
			body = f;
			has_body = true;
		}
	}
	if (uid != d->m->uid || !has_body)
		return;
	if (!d->found)
		d->size = size;
	d->found = true;
	take(d, &body);
	while (d->status == 0 && d->asked < d->size &&
	    d->asked - d->got < AHEAD * MESSAGE_PIECE)
		ask(d);
}

static void
ask(struct download *d)
{
	struct imap_client *c = d->m->conn->client;

	imap_client_begin(c, IMAP_WANT(IMAP_RESP_FETCH), imap_answer_fn,
	    &d->answer);
	imap_client_add(c,
	    "UID FETCH %u (UID RFC822.SIZE BODY.PEEK[]<%" PRIu64 ".%zu>)",
	    d->m->uid, d->asked, MESSAGE_PIECE);
	imap_client_end(c);
	d->asked += MESSAGE_PIECE;
}

int
message_fetch(const struct message *m,
    int (*sink)(void *arg, struct span piece), void *arg)
{
	struct download d = { .m = m, .sink = sink, .arg = arg };
	int ret;

	d.answer.data = on_fetch;
	d.answer.arg = &d;
	ask(&d);
	ret = imap_conn_run(m->conn);
	if (ret == 0)
		ret = d.status;
	if (ret == 0)
		ret = imap_conn_check(m->conn, &d.answer, m->mailbox,
		    EX_NOMESSAGE);
	if (ret == 0 && !d.found)
		ret = cmd_fail(m->conn->cmd, EX_NOMESSAGE,
		    "%s has no message %u any more", m->mailbox, m->uid);
	if (ret == 0 && d.got != d.size)
		ret = cmd_fail(m->conn->cmd, EX_PROTOCOL,
		    "%s:%u: the server sent %" PRIu64 " bytes of %" PRIu64,
		    m->mailbox, m->uid, d.got, d.size);
	imap_answer_clear(&d.answer);
	return ret;
}

struct reading {
	const struct message *m;
	struct buf *out;
};

static int
append(void *arg, struct span piece)
{
	struct reading *r = arg;

	buf_add_span(r->out, piece);
	if (!r->out->failed)
		return 0;
	return cmd_fail(r->m->conn->cmd, EX_DATAERR,
	    "%s:%u is larger than %zu bytes; see mailctl get", r->m->mailbox,
	    r->m->uid, r->out->max);
}

int
message_read(const struct message *m, struct buf *out)
{
	struct reading r = { m, out };

	return message_fetch(m, append, &r);
}
