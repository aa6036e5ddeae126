/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_HARNESS_H
#define TESTS_STORE_HARNESS_H

#include "engine_harness.h"
#include "store.h"

/* A store with one user, and every call with its outcome waited for. */
struct box {
	struct harness h;
	struct store *st;
	sem_t woken; /* st's; h has its own client */
	struct store_user user;
	/* the last outcome: */
	bool done;
	enum store_status status;
	struct store_changed changed; /* copied */
	struct store_delivered delivered[200];
};

static inline void
box_dispatch(struct box *b)
{
	while (sem_wait(&b->woken) != 0)
		ck_assert_int_eq(errno, EINTR);
	store_dispatch(b->st);
}

static inline void
box_wait(struct box *b)
{
	while (!b->done)
		box_dispatch(b);
	b->done = false;
}

static inline void
box_done(void *arg, enum store_status st)
{
	struct box *b = arg;

	b->done = true;
	b->status = st;
}

/* box_call(b, store_user_create(b->st, name, box_done, b)) is its outcome. */
#define box_call(b, call) ((call), box_wait(b), (b)->status)

static inline void
box_copy_set(struct seqset *to, const struct seqset *from)
{
	seqset_clear(to);
	for (size_t i = 0; i < from->len; i++)
		seqset_add(to, from->range[i].lo, from->range[i].hi);
}

static inline void
box_changed(void *arg, enum store_status st, const struct store_changed *c)
{
	struct box *b = arg;

	box_done(b, st);
	box_copy_set(&b->changed.done, &c->done);
	box_copy_set(&b->changed.modified, &c->modified);
	box_copy_set(&b->changed.missing, &c->missing);
	box_copy_set(&b->changed.source, &c->source);
	box_copy_set(&b->changed.copy, &c->copy);
	b->changed.first_modseq = c->first_modseq;
	b->changed.last_modseq = c->last_modseq;
	b->changed.uidvalidity = c->uidvalidity;
}

static inline void
box_delivered(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n)
{
	struct box *b = arg;

	box_done(b, st);
	ck_assert_uint_le(n, 200);
	memcpy(b->delivered, out, n * sizeof(*out));
}

static inline void
box_open(struct box *b, const struct engine_lmdb_options *o)
{
	harness_open(&b->h, o);
	sem_init(&b->woken, 0, 0);
	b->st = store_new(b->h.e, harness_wake, &b->woken);
}

static inline void
box_close(struct box *b)
{
	store_free(b->st);
	sem_destroy(&b->woken);
	harness_close(&b->h);
}

static inline void
box_user(struct box *b, const char *name)
{
	ck_assert_int_eq(box_call(b, store_user_create(b->st, span_str(name),
					 box_done, b)),
	    STORE_OK);
	ck_assert_int_eq(store_user_find(b->st, span_str(name), &b->user),
	    STORE_OK);
}

static inline void
box_start(struct box *b, int kind)
{
	struct engine_lmdb_options o = { .map_size = (uint64_t)1 << 30,
		.schema = STORE_SCHEMA, .migrate = store_migrate };

	memset(b, 0, sizeof(*b));
	if (kind == HARNESS_LMDB) {
		harness_dir(&b->h);
		o.dir = b->h.dir;
	}
	box_open(b, kind == HARNESS_LMDB ? &o : NULL);
	box_user(b, "bob@example.org");
}

static inline void
box_stop(struct box *b)
{
	seqset_clear(&b->changed.done);
	seqset_clear(&b->changed.modified);
	seqset_clear(&b->changed.missing);
	seqset_clear(&b->changed.source);
	seqset_clear(&b->changed.copy);
	ck_assert_uint_eq(engine_verify(b->h.c, NULL, NULL), 0);
	box_close(b);
	harness_rmdir(&b->h);
}

static inline struct store_mailbox
box_mailbox(struct box *b, const char *name)
{
	struct store_mailbox m;

	ck_assert_int_eq(store_mailbox_open(b->st, &b->user, span_str(name),
			     &m),
	    STORE_OK);
	return m;
}

static inline struct store_mailbox
box_create(struct box *b, const char *name)
{
	ck_assert_int_eq(box_call(b, store_mailbox_create(b->st, &b->user,
					 span_str(name), 0, box_done, b)),
	    STORE_OK);
	return box_mailbox(b, name);
}

static inline struct store_message *
box_message(struct box *b, const char *text)
{
	struct store_message *m = store_message_new(b->st, NULL, NULL);

	store_message_write(m, span_str(text));
	ck_assert_int_eq(store_message_finish(m), STORE_OK);
	return m;
}

/* Deliver n copies of a short message with those flags; the last UID. */
static inline uint32_t
box_deliver(struct box *b, struct store_mailbox m, uint32_t flags, size_t n)
{
	struct store_delivery d[200];
	struct store_message *msg = box_message(b,
	    "Subject: a\r\nDate: Thu, 1 Jan 1970 00:01:00 +0000\r\n\r\nhello\r\n");
	size_t some = 0;

	for (; n > 0; n -= some) {
		some = n < 200 ? n : 200;
		for (size_t i = 0; i < some; i++)
			d[i] = (struct store_delivery){ .message = msg,
				.mailbox = m, .flags = flags };
		ck_assert_int_eq(box_call(b, store_deliver(b->st, d, some,
						 box_delivered, b)),
		    STORE_OK);
	}
	store_message_free(msg);
	return b->delivered[some - 1].uid;
}

static inline struct seqset
box_set(const char *s)
{
	struct seqset set = { 0 };

	ck_assert_int_eq(seqset_parse(&set, span_str(s)), 0);
	seqset_resolve(&set, UINT32_MAX);
	return set;
}

#define box_set_eq(set, want)                                                  \
	do {                                                                   \
		struct buf bs_b = { 0 };                                       \
		seqset_format(&bs_b, set);                                     \
		ck_buf_eq(&bs_b, want);                                        \
		buf_free(&bs_b);                                               \
	} while (0)

static inline enum store_status
box_flags(struct box *b, struct store_mailbox m, const char *uids,
    enum store_flag_op op, uint32_t system, const char *keyword)
{
	struct seqset set = box_set(uids);
	struct span kw = span_str(keyword != NULL ? keyword : "");
	struct store_flag_change c = { .op = op, .system = system,
		.keyword = &kw, .nkeywords = keyword != NULL,
		.unchangedsince = UINT64_MAX };

	store_change_flags(b->st, &m, &set, &c, box_changed, b);
	seqset_clear(&set);
	box_wait(b);
	return b->status;
}

static inline enum store_status
box_expunge(struct box *b, struct store_mailbox m, const char *uids)
{
	struct seqset set = box_set(uids);

	store_expunge(b->st, &m, &set, box_changed, b);
	seqset_clear(&set);
	box_wait(b);
	return b->status;
}

static inline enum store_status
box_copy(struct box *b, struct store_mailbox from, const char *uids,
    struct store_mailbox to, bool move)
{
	struct seqset set = box_set(uids);

	store_copy(b->st, &from, &set, &to, move, box_changed, b);
	seqset_clear(&set);
	box_wait(b);
	return b->status;
}

/* Messages of a mailbox as "uid:flags " each, keywords by name. */
static inline void
box_show(struct box *b, struct store_mailbox m, struct buf *out)
{
	struct store_cursor c = { .mailbox = m, .columns = STORE_HOT };
	struct store_keywords kw;
	struct store_msg msg;

	store_begin(b->st);
	ck_assert_int_eq(store_mailbox_keywords(b->st, &m, &kw), STORE_OK);
	for (uint32_t uid = 1;
	     store_msg_next(b->st, &c, uid, &msg) == STORE_OK;
	     uid = msg.uid + 1) {
		buf_addf(out, "%u:%u", msg.uid, msg.flags.system);
		for (size_t k = 0; k < kw.len; k++) {
			if (msg.flags.keyword[k / 64] >> k % 64 & 1) {
				buf_addc(out, ',');
				buf_add_span(out, kw.name[k]);
			}
		}
		buf_addc(out, ' ');
	}
	store_cursor_end(&c);
	store_end(b->st);
}

#define box_expect(b, m, want)                                                 \
	do {                                                                   \
		struct buf be_b = { 0 };                                       \
		box_show(b, m, &be_b);                                         \
		ck_buf_eq(&be_b, want);                                        \
		buf_free(&be_b);                                               \
	} while (0)

static inline struct store_counts
box_counts(struct box *b, struct store_mailbox m)
{
	struct store_counts c = { 0 };

	ck_assert_int_eq(store_mailbox_counts(b->st, &m, &c), STORE_OK);
	return c;
}

#endif
