/* SPDX-License-Identifier: ISC */
#include "store_harness.h"

/*
 * Random operations on two mailboxes, against a model that is too simple to be
 * wrong; and views that hear of it all from time to time must end up knowing
 * the same.  _i is engine and seed.
 */
#define BOXES    2
#define MESSAGES 3000 /* a mailbox's, over its life */
#define KEYWORDS 200
#define STEPS    200
#define SEEDS    4

struct model {
	uint32_t uidnext;
	struct {
		bool there;
		uint32_t flags;
		uint64_t kw[4]; /* kw0 … by number */
	} msg[MESSAGES];
};

/* A session: its view, and the flags that it knows of. */
struct session {
	struct store_view v;
	uint32_t flags[MESSAGES];
};

static struct box b;
static struct store_mailbox box[BOXES];
static struct model model[BOXES];
static struct session session[BOXES];
static uint64_t rnd;

static uint32_t
dice(uint32_t n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rnd >> 33) % n;
}

/* Few long ranges or many short ones, some of it beyond the mailbox. */
static void
random_set(const struct model *m, struct seqset *out)
{
	uint32_t ranges = 1 + dice(dice(4) == 0 ? 50 : 3);
	uint32_t len = dice(3) == 0 ? 400 : 6;

	for (uint32_t i = 0; i < ranges; i++) {
		uint32_t lo = 1 + dice(m->uidnext + 5);

		seqset_add(out, lo, lo + dice(len));
	}
}

/* ---- what may be done ---- */

static void
deliver(size_t at)
{
	struct model *m = &model[at];
	uint32_t n = 1 + dice(dice(3) == 0 ? 190 : 3), flags = dice(32);

	if (m->uidnext + n >= MESSAGES)
		return;
	box_deliver(&b, box[at], flags, n);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_uint_eq(b.delivered[i].uid, m->uidnext);
		m->msg[m->uidnext].there = true;
		m->msg[m->uidnext++].flags = flags;
	}
}

static uint64_t
combine(enum store_flag_op op, uint64_t old, uint64_t with)
{
	if (op == STORE_FLAGS_SET)
		return with;
	return op == STORE_FLAGS_ADD ? old | with : old & ~with;
}

static void
change(size_t at)
{
	struct model *m = &model[at];
	struct seqset set = { 0 };
	enum store_flag_op op = (enum store_flag_op)dice(3);
	uint32_t flags = dice(32), kw = dice(KEYWORDS), nkw = dice(2);
	char name[16];

	snprintf(name, sizeof(name), "kw%u", kw);
	random_set(m, &set);
	{
		struct span k = span_str(name);
		struct store_flag_change c = { .op = op, .system = flags,
			.keyword = &k, .nkeywords = nkw,
			.unchangedsince = UINT64_MAX };

		store_change_flags(b.st, &box[at], &set, &c, box_changed, &b);
		box_wait(&b);
		ck_assert_int_eq(b.status, STORE_OK);
	}
	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		if (!seqset_has(&set, uid) || !m->msg[uid].there)
			continue;
		m->msg[uid].flags = (uint32_t)combine(op, m->msg[uid].flags,
		    flags);
		for (uint32_t w = 0; w < 4; w++)
			m->msg[uid].kw[w] = combine(op, m->msg[uid].kw[w],
			    nkw > 0 && kw / 64 == w ? (uint64_t)1 << kw % 64 :
						      0);
		ck_assert(seqset_has(&b.changed.done, uid));
	}
	seqset_clear(&set);
}

static void
expunge(size_t at)
{
	struct model *m = &model[at];
	struct seqset set = { 0 };

	random_set(m, &set);
	store_expunge(b.st, &box[at], &set, box_changed, &b);
	box_wait(&b);
	ck_assert_int_eq(b.status, STORE_OK);
	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		bool gone = seqset_has(&set, uid) && m->msg[uid].there &&
		    (m->msg[uid].flags & STORE_DELETED);

		if (gone)
			m->msg[uid].there = false;
		ck_assert_int_eq(seqset_has(&b.changed.done, uid), gone);
	}
	seqset_clear(&set);
}

static void
copy(size_t from, size_t to, bool move)
{
	struct model *f = &model[from], *t = &model[to];
	uint32_t end = f->uidnext, n = 0;
	struct seqset set = { 0 };

	random_set(f, &set);
	for (uint32_t uid = 1; uid < end; uid++)
		n += seqset_has(&set, uid) && f->msg[uid].there;
	if (t->uidnext + n < MESSAGES) {
		store_copy(b.st, &box[from], &set, &box[to], move, box_changed,
		    &b);
		box_wait(&b);
		ck_assert_int_eq(b.status, STORE_OK);
		ck_assert_uint_eq(seqset_count(&b.changed.copy), n);
	} else {
		end = 0;
	}
	for (uint32_t uid = 1; uid < end; uid++) {
		if (!seqset_has(&set, uid) || !f->msg[uid].there)
			continue;
		t->msg[t->uidnext] = f->msg[uid];
		ck_assert(seqset_has(&b.changed.copy, t->uidnext));
		t->uidnext++;
		f->msg[uid].there = !move;
	}
	seqset_clear(&set);
}

/* ---- what must hold ---- */

/* Keywords by the model's numbers, whatever the mailbox's are. */
static void
compare_keywords(const struct store_keywords *names,
    const struct store_msg *msg, const uint64_t *want)
{
	uint64_t got[4] = { 0 }, n;

	for (size_t k = 0; k < names->len; k++) {
		if (!(msg->flags.keyword[k / 64] >> k % 64 & 1))
			continue;
		ck_assert_int_eq(span_u64(span_sub(names->name[k], 2, 9),
				     KEYWORDS, &n), 0);
		got[n / 64] |= (uint64_t)1 << n % 64;
	}
	ck_assert_int_eq(memcmp(got, want, sizeof(got)), 0);
}

static void
compare(size_t at)
{
	const struct model *m = &model[at];
	struct store_cursor c = { .mailbox = box[at],
		.columns = dice(2) ? STORE_HOT : STORE_HOT | STORE_COLD };
	struct store_counts want = { 0 }, got = box_counts(&b, box[at]);
	struct store_msg msg = { 0 };
	struct store_keywords names;

	store_begin(b.st);
	ck_assert_int_eq(store_mailbox_keywords(b.st, &box[at], &names),
	    STORE_OK);
	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		enum store_status st = store_msg_get(b.st, &c, uid, &msg);

		ck_assert_int_eq(st, m->msg[uid].there ? STORE_OK :
			STORE_NONEXISTENT);
		if (st != STORE_OK)
			continue;
		ck_assert_uint_eq(msg.flags.system, m->msg[uid].flags);
		compare_keywords(&names, &msg, m->msg[uid].kw);
		want.messages++;
		want.unseen += !(msg.flags.system & STORE_SEEN);
		want.deleted += (msg.flags.system & STORE_DELETED) != 0;
		want.size += c.columns & STORE_COLD ? msg.size : 0;
	}
	store_cursor_end(&c);
	store_end(b.st);
	ck_assert_uint_eq(got.messages, want.messages);
	ck_assert_uint_eq(got.unseen, want.unseen);
	ck_assert_uint_eq(got.deleted, want.deleted);
	ck_assert_uint_eq(got.uidnext, m->uidnext);
	if (c.columns & STORE_COLD)
		ck_assert_uint_eq(got.size, want.size);
}

/* What the quota counts is what there is. */
static void
compare_quota(void)
{
	struct store_counts sum = { 0 };
	struct store_quota q;

	for (size_t i = 0; i < BOXES; i++) {
		struct store_counts c = box_counts(&b, box[i]);

		sum.messages += c.messages;
		sum.size += c.size;
	}
	ck_assert_int_eq(store_quota_get(b.st, b.user.id, &q), STORE_OK);
	ck_assert_uint_eq(q.used[STORE_MESSAGES], sum.messages);
	ck_assert_uint_eq(q.used[STORE_STORAGE], sum.size);
}

static void
on_changed(void *arg, uint32_t seq, const struct store_msg *m)
{
	struct session *s = arg;

	ck_assert_uint_eq(s->v.uid[seq - 1], m->uid);
	s->flags[m->uid] = m->flags.system;
}

static void
on_expunged(void *arg, uint32_t seq, uint32_t uid)
{
	const struct session *s = arg;

	ck_assert_uint_eq(s->v.uid[seq - 1], uid);
}

/* New messages' flags are asked for, as a client does. */
static void
on_exists(void *arg, uint32_t count, uint32_t first)
{
	struct session *s = arg;
	struct store_cursor c = { .mailbox = s->v.mailbox,
		.columns = STORE_HOT };
	struct store_msg m;

	ck_assert_uint_eq(count, s->v.len);
	while (store_msg_next(b.st, &c, first, &m) == STORE_OK) {
		s->flags[m.uid] = m.flags.system;
		first = m.uid + 1;
	}
	store_cursor_end(&c);
}

static void
sync_session(size_t at, bool expunges)
{
	struct session *s = &session[at];
	struct store_view_events ev = { expunges ? on_expunged : NULL,
		on_exists, on_changed, s };
	const struct model *m = &model[at];
	uint32_t there = 0;

	ck_assert_int_eq(store_view_sync(b.st, &s->v, &ev), STORE_OK);
	for (uint32_t uid = 1; uid < m->uidnext; uid++) {
		uint32_t seq = store_view_seq(&s->v, uid);

		there += m->msg[uid].there;
		ck_assert(!m->msg[uid].there || seq != 0);
		if (m->msg[uid].there)
			ck_assert_uint_eq(s->flags[uid], m->msg[uid].flags);
	}
	if (expunges)
		ck_assert_uint_eq(s->v.len, there);
}

static void
step(size_t at)
{
	size_t other = dice(4) == 0 ? at : 1 - at;

	switch (dice(8)) {
	case 0:
	case 1:
		deliver(at);
		break;
	case 2:
	case 3:
		change(at);
		break;
	case 4:
		expunge(at);
		break;
	case 5:
		copy(at, other, dice(2));
		break;
	case 6:
		sync_session(at, dice(2));
		break;
	default:
		compare(at);
		compare_quota();
		break;
	}
}

START_TEST(store_agrees_with_the_model)
{
	box_start(&b, _i % HARNESS_ENGINES);
	rnd = (uint64_t)_i * 77 + 1;
	box[0] = box_mailbox(&b, "INBOX");
	box[1] = box_mailbox(&b, "Archive");
	for (size_t i = 0; i < BOXES; i++) {
		model[i].uidnext = 1;
		ck_assert_int_eq(store_view_open(b.st, &box[i], &session[i].v),
		    STORE_OK);
	}
	for (int i = 0; i < STEPS; i++)
		step(dice(BOXES));
	for (size_t i = 0; i < BOXES; i++) {
		sync_session(i, true);
		compare(i);
		store_view_clear(&session[i].v);
	}
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, store_agrees_with_the_model, 0,
	    HARNESS_ENGINES * SEEDS);
}

int
main(void)
{
	return check_run("store_model", add);
}
