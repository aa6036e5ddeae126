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

/* Open the mailbox and see which of the UIDs are there, in one go. */
static int
look(struct imap_conn *ic, const struct msgid *id, struct imap_mailbox *m,
    struct imap_uids *u)
{
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, &id->uids);
	imap_conn_examine(ic, m, id->mailbox);
	imap_conn_search(ic, u);
	imap_client_add(ic->client, " UID %s", set.data);
	imap_client_end(ic->client);
	buf_free(&set);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &m->answer, id->mailbox,
		    EX_NOMESSAGE);
	if (ret == 0)
		ret = imap_conn_check(ic, &u->answer, id->mailbox,
		    EX_NOMESSAGE);
	if (ret == 0 && id->uidvalidity != 0 &&
	    id->uidvalidity != m->uidvalidity)
		ret = cmd_fail(ic->cmd, EX_NOMESSAGE,
		    "%s has been made anew: its ids of before (UIDVALIDITY "
		    "%u) hold no longer", id->mailbox, id->uidvalidity);
	return ret;
}

static int
each_of(struct imap_conn *ic, const struct msgid *id,
    int (*fn)(const struct message *m, void *arg), void *arg)
{
	struct imap_mailbox m = { 0 };
	struct imap_uids u = { 0 };
	bool star = seqset_has(&id->uids, SEQSET_STAR);
	int ret, missing = 0;
	uint64_t uid;

	ret = look(ic, id, &m, &u);
	if (ret == 0)
		missing = say_missing(ic, id, &u.uids);
	for (uid = 0; ret == 0 && seqset_next(&u.uids, uid, &uid); uid++) {
		struct message msg = { ic, id->mailbox, m.uidvalidity,
			(uint32_t)uid };

		/* What was not asked for is not taken for found. */
		if (seqset_has(&id->uids, (uint32_t)uid) || star)
			ret = fn(&msg, arg);
	}
	imap_answer_clear(&m.answer);
	imap_uids_clear(&u);
	return ret != 0 ? ret : missing;
}

int
message_each(struct imap_conn *ic, const struct msgid_list *l,
    int (*fn)(const struct message *m, void *arg), void *arg)
{
	int ret = 0, one;

	for (size_t i = 0; i < l->len; i++) {
		one = each_of(ic, &l->id[i], fn, arg);
		if (one != 0)
			ret = one;
		if (one != 0 && one != EX_NOMESSAGE)
			break;
	}
	return ret;
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
