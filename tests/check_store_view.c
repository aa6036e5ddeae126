/* SPDX-License-Identifier: ISC */
#include "store_harness.h"
#include "store_impl.h"
#include "store_uids.h"
#include "store_views.h"

static struct box b;

static void
expunged(void *arg, uint32_t seq, uint32_t uid)
{
	buf_addf(arg, "-%u=%u ", seq, uid);
}

static void
exists(void *arg, uint32_t count, uint32_t first_new_uid)
{
	buf_addf(arg, "*%u,%u ", count, first_new_uid);
}

static void
changed(void *arg, uint32_t seq, const struct store_msg *m)
{
	buf_addf(arg, "%u=%u:%u ", seq, m->uid, m->flags.system);
}

/* Take what has happened; expunges only where they are allowed. */
static void
expect_sync(struct store_view *v, bool expunges, const char *want)
{
	struct buf out = { 0 };
	struct store_view_events ev = { expunges ? expunged : NULL, exists,
		changed, &out };

	ck_assert_int_eq(store_view_sync(b.st, v, &ev), STORE_OK);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

static void
open_view(struct store_mailbox m, struct store_view *v)
{
	ck_assert_int_eq(store_view_open(b.st, &m, v), STORE_OK);
}

START_TEST(a_view_is_told_each_thing_once)
{
	struct store_mailbox m;
	struct store_view one, two;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 5);
	open_view(m, &one);
	open_view(m, &two);
	ck_assert_uint_eq(one.len, 5);
	ck_assert_uint_eq(one.uidnext, 6);
	expect_sync(&one, true, "");
	box_deliver(&b, m, 0, 2);
	box_flags(&b, m, "2,7", STORE_FLAGS_ADD, STORE_SEEN, NULL);
	expect_sync(&one, true, "*7,6 2=2:1 ");
	expect_sync(&one, true, "");
	box_flags(&b, m, "1,4,7", STORE_FLAGS_ADD, STORE_DELETED, NULL);
	box_expunge(&b, m, "1:*");
	box_deliver(&b, m, 0, 1);
	box_flags(&b, m, "3,5", STORE_FLAGS_ADD, STORE_FLAGGED, NULL);
	expect_sync(&one, true, "-7=7 -4=4 -1=1 *5,8 2=3:4 3=5:4 ");
	expect_sync(&two, true, "-4=4 -1=1 *5,6 1=2:1 2=3:4 3=5:4 ");
	expect_sync(&two, true, "");
	ck_assert_uint_eq(store_view_seq(&one, 5), 3);
	ck_assert_uint_eq(store_view_seq(&one, 4), 0);
	ck_assert_uint_eq(store_view_seq(&one, 8), 5);
	store_view_clear(&one);
	store_view_clear(&two);
	box_stop(&b);
}
END_TEST

#define OLD_HEAD 52 /* bytes */

static enum engine_status
make_old_head(struct engine_txn *txn, struct engine_part part, void *arg)
{
	char old[OLD_HEAD];
	struct span v;

	(void)arg;
	ck_assert_int_eq(engine_get(txn, part, SPAN_LIT("h"), &v), ENGINE_OK);
	ck_assert_uint_gt(v.n, OLD_HEAD);
	memcpy(old, v.p, OLD_HEAD);
	old[0] = 1;
	engine_put(txn, SPAN_LIT("h"), span_of(old, OLD_HEAD));
	return ENGINE_OK;
}

static void
on_made(void *arg, enum engine_status st)
{
	box_done(arg, st == ENGINE_OK ? STORE_OK : STORE_UNAVAILABLE);
}

/* It does not say when flags changed last. */
START_TEST(an_older_head_is_read)
{
	struct engine_step step = { .fn = make_old_head };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = on_made, .arg = &b };
	struct store_mailbox m;
	struct store_view one, two;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	step.part = store_part(m.id);
	box_deliver(&b, m, 0, 2);
	open_view(m, &one);
	open_view(m, &two);
	box_flags(&b, m, "2", STORE_FLAGS_ADD, STORE_SEEN, NULL);
	ck_assert_int_eq(box_call(&b, engine_update(b.st->c, &u)), STORE_OK);
	expect_sync(&one, true, "2=2:1 ");
	box_deliver(&b, m, 0, 1);
	expect_sync(&one, true, "*3,3 ");
	expect_sync(&two, true, "*3,3 2=2:1 ");
	store_view_clear(&one);
	store_view_clear(&two);
	box_stop(&b);
}
END_TEST

START_TEST(expunges_wait_where_they_may_not_be_told)
{
	struct store_mailbox m;
	struct store_view v;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 4);
	open_view(m, &v);
	box_flags(&b, m, "2", STORE_FLAGS_ADD, STORE_DELETED, NULL);
	box_expunge(&b, m, "1:*");
	box_flags(&b, m, "3", STORE_FLAGS_ADD, STORE_SEEN, NULL);
	box_deliver(&b, m, 0, 1);
	expect_sync(&v, false, "*5,5 3=3:1 ");
	expect_sync(&v, false, "");
	ck_assert_uint_eq(store_view_seq(&v, 2), 2);
	box_flags(&b, m, "4", STORE_FLAGS_ADD, STORE_SEEN, NULL);
	expect_sync(&v, false, "4=4:1 ");
	expect_sync(&v, true, "-2=2 ");
	expect_sync(&v, true, "");
	store_view_clear(&v);
	box_stop(&b);
}
END_TEST

START_TEST(a_view_of_what_is_gone_says_so)
{
	struct store_mailbox m;
	struct store_view v;
	struct store_view_events ev = { 0 };

	box_start(&b, _i);
	m = box_create(&b, "x");
	box_deliver(&b, m, 0, 1);
	open_view(m, &v);
	ck_assert_int_eq(box_call(&b, store_mailbox_delete(b.st, &b.user,
					  SPAN_LIT("x"), box_done, &b)),
	    STORE_OK);
	ck_assert_int_eq(store_view_sync(b.st, &v, &ev), STORE_NONEXISTENT);
	store_view_clear(&v);
	ck_assert_int_eq(store_view_open(b.st, &m, &v), STORE_NONEXISTENT);
	box_stop(&b);
}
END_TEST

/* Open m anew, and compare with what a store that never opened it sees. */
static void
reopen(struct store_mailbox m, struct store_view *v)
{
	struct store *st = store_new(b.h.e, harness_wake, &b.woken);
	struct store_view want;

	open_view(m, v);
	ck_assert_int_eq(store_view_open(st, &m, &want), STORE_OK);
	ck_assert_uint_eq(v->len, want.len);
	ck_assert_uint_eq(v->uidnext, want.uidnext);
	ck_assert_uint_eq(v->uidvalidity, want.uidvalidity);
	ck_assert_uint_eq(v->modseq, want.modseq);
	ck_assert_uint_eq(v->expunge_modseq, want.expunge_modseq);
	for (size_t i = 0; i < want.len; i++)
		ck_assert_uint_eq(v->uid[i], want.uid[i]);
	store_view_clear(&want);
	store_free(st);
}

START_TEST(what_was_opened_before_is_opened_as_it_is_now)
{
	struct store_mailbox m;
	struct store_view v[8] = { 0 };

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	for (uint32_t n = 0; n < 100; n++) {
		struct store_view *one = &v[n % 8];

		if (n % 3 != 0)
			box_deliver(&b, m, 0, n % 7);
		if (n % 5 == 4) {
			char uid[12];

			snprintf(uid, sizeof(uid), "%u", n);
			box_flags(&b, m, uid, STORE_FLAGS_ADD, STORE_DELETED,
			    NULL);
			box_expunge(&b, m, "1:*");
		}
		if (n >= 8)
			ck_assert_int_eq(store_view_sync(b.st, one,
					     &(struct store_view_events){ 0 }),
			    STORE_OK);
		store_view_clear(one);
		reopen(m, one);
	}
	for (unsigned i = 0; i < 8; i++)
		store_view_clear(&v[i]);
	box_stop(&b);
}
END_TEST

/* More of them than are kept. */
START_TEST(many_mailboxes_are_opened_in_turn)
{
	struct store_mailbox m[STORE_VIEWS_MAX + 3];
	const uint32_t n = sizeof(m) / sizeof(m[0]);
	struct store_view v;

	box_start(&b, HARNESS_MEM);
	for (uint32_t i = 0; i < 3 * n; i++) {
		char name[12];

		snprintf(name, sizeof(name), "%u", i % n);
		if (i < n)
			m[i] = box_create(&b, name);
		box_deliver(&b, m[i % n], 0, i % n);
		reopen(m[i % n], &v);
		ck_assert_uint_eq(v.len, (size_t)(i / n + 1) * (i % n));
		store_view_clear(&v);
	}
	box_stop(&b);
}
END_TEST

struct reading {
	struct store_mailbox m;
	struct store_view v;
};

static void
read_view(struct store *reader, void *arg)
{
	struct reading *r = arg;

	ck_assert_int_eq(store_view_open(reader, &r->m, &r->v), STORE_OK);
}

static void
have_read(void *arg)
{
	(void)arg;
	box_done(&b, STORE_OK);
}

START_TEST(what_a_reader_has_opened_is_opened_as_it_is_now)
{
	struct reading r;
	struct store_view v;
	struct store_uids *uids;

	box_start(&b, _i);
	r.m = box_mailbox(&b, "INBOX");
	for (unsigned n = 0; n < 3; n++) {
		box_deliver(&b, r.m, 0, 5);
		store_pool_read(b.st, read_view, have_read, &r);
		box_wait(&b);
		ck_assert_uint_eq(r.v.len, 5 + n * 4);
		uids = store_uids_share(r.v.uids);
		store_view_keep(b.st, &r.v);
		ck_assert_ptr_null(r.v.uids);
		open_view(r.m, &v);
		/* What was kept before stays, as others have it, too. */
		ck_assert((v.uids == uids) == (n == 0));
		store_uids_release(uids);
		store_view_clear(&v);
		box_flags(&b, r.m, "1:3", STORE_FLAGS_ADD, STORE_DELETED, NULL);
		box_expunge(&b, r.m, n == 0 ? "2" : n == 1 ? "1" : "3");
		reopen(r.m, &v);
		ck_assert_uint_eq(v.len, 4 + n * 4);
		store_view_clear(&v);
	}
	box_stop(&b);
}
END_TEST

static const struct {
	const char *seq, *want; /* NULL: beyond the view */
} sets[] = {
	{ "1", "1" },
	{ "1:3", "1,3:4" },
	{ "2:5", "3:4,7,9" },
	{ "5", "9" },
	{ "6", NULL },
	{ "1,6", NULL },
	{ "4:6", NULL },
};

START_TEST(sequence_numbers_become_uids)
{
	struct store_mailbox m;
	struct store_view v;
	struct seqset seq, uids = { 0 };

	box_start(&b, HARNESS_MEM);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 9);
	box_flags(&b, m, "2,5,6,8", STORE_FLAGS_ADD, STORE_DELETED, NULL);
	box_expunge(&b, m, "1:*");
	open_view(m, &v);
	ck_assert_uint_eq(v.len, 5);
	seq = box_set(sets[_i].seq);
	ck_assert_int_eq(store_view_uids(&v, &seq, &uids),
	    sets[_i].want != NULL);
	if (sets[_i].want != NULL)
		box_set_eq(&uids, sets[_i].want);
	seqset_clear(&seq);
	seqset_clear(&uids);
	store_view_clear(&v);
	box_stop(&b);
}
END_TEST

static void
told(void *arg)
{
	++*(unsigned *)arg;
}

START_TEST(a_watcher_hears_of_deliveries_flags_and_expunges)
{
	struct store_mailbox m, other;
	struct engine_watch *w;
	unsigned n = 0;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	other = box_mailbox(&b, "Sent");
	w = store_mailbox_watch(b.st, &m, told, &n);
	box_deliver(&b, other, 0, 1);
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 0);
	box_deliver(&b, m, 0, 1);
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 1);
	box_flags(&b, m, "1", STORE_FLAGS_ADD, STORE_DELETED, NULL);
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 2);
	box_flags(&b, m, "1", STORE_FLAGS_ADD, STORE_DELETED, NULL);
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 2);
	box_expunge(&b, m, "1");
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 3);
	box_copy(&b, other, "1", m, true);
	store_dispatch(b.st);
	ck_assert_uint_eq(n, 4);
	engine_unwatch(w);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, a_view_is_told_each_thing_once, 0, n);
	tcase_add_loop_test(tc, an_older_head_is_read, 0, n);
	tcase_add_loop_test(tc, expunges_wait_where_they_may_not_be_told, 0,
	    n);
	tcase_add_loop_test(tc, a_view_of_what_is_gone_says_so, 0, n);
	tcase_add_loop_test(tc,
	    what_was_opened_before_is_opened_as_it_is_now, 0, n);
	tcase_add_loop_test(tc,
	    what_a_reader_has_opened_is_opened_as_it_is_now, 0, n);
	tcase_add_test(tc, many_mailboxes_are_opened_in_turn);
	tcase_add_loop_test(tc, sequence_numbers_become_uids, 0,
	    sizeof(sets) / sizeof(sets[0]));
	tcase_add_loop_test(tc,
	    a_watcher_hears_of_deliveries_flags_and_expunges, 0, n);
}

int
main(void)
{
	return check_run("store_view", add);
}
