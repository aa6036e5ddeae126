/* SPDX-License-Identifier: ISC */
#include "store_harness.h"

/* Changes that take more pages than one update may. */

#define MANY 20000 /* 125 pages: two updates */

static struct box b;
static struct store_mailbox inbox;

static void
start(int kind)
{
	box_start(&b, kind);
	inbox = box_mailbox(&b, "INBOX");
	ck_assert_uint_eq(box_deliver(&b, inbox, 0, MANY), MANY);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, MANY);
}

/* Every UID in order, once, with those flags where (uid % every == 0). */
static void
expect_all(struct store_mailbox m, uint32_t first, uint32_t n, uint32_t every,
    uint32_t flags)
{
	struct store_cursor c = { .mailbox = m,
		.columns = STORE_HOT | STORE_COLD };
	struct store_msg msg;
	uint32_t uid = first;

	store_begin(b.st);
	for (uint32_t i = 0; i < n; i++, uid = msg.uid + 1) {
		ck_assert_int_eq(store_msg_next(b.st, &c, uid, &msg),
		    STORE_OK);
		ck_assert_uint_eq(msg.uid, first + i);
		ck_assert_uint_eq(msg.flags.system,
		    msg.uid % every == 0 ? flags : 0);
		ck_assert_uint_ne(msg.blob, 0);
	}
	ck_assert_int_eq(store_msg_next(b.st, &c, uid, &msg),
	    STORE_NONEXISTENT);
	store_cursor_end(&c);
	store_end(b.st);
}

START_TEST(flags_of_many)
{
	struct engine_stats before, after;

	start(_i);
	engine_stats(b.h.e, &before);
	ck_assert_int_eq(box_flags(&b, inbox, "1:*", STORE_FLAGS_ADD,
			     STORE_SEEN, NULL), STORE_OK);
	engine_stats(b.h.e, &after);
	ck_assert_uint_eq(after.updates - before.updates, 2);
	/* They wait together and are committed so, if the first is not gone
	 * before the second comes. */
	ck_assert_uint_le(after.syncs - before.syncs, 2);
	ck_assert_uint_eq(seqset_count(&b.changed.done), MANY);
	ck_assert_uint_eq(b.changed.done.len, 1);
	ck_assert_uint_eq(b.changed.last_modseq,
	    b.changed.first_modseq + 1);
	ck_assert_uint_eq(box_counts(&b, inbox).unseen, 0);
	expect_all(inbox, 1, MANY, 1, STORE_SEEN);
	box_stop(&b);
}
END_TEST

START_TEST(copies_of_many)
{
	struct store_mailbox to;

	start(_i);
	to = box_mailbox(&b, "Archive");
	ck_assert_int_eq(box_copy(&b, inbox, "1:*", to, false), STORE_OK);
	ck_assert_uint_eq(seqset_count(&b.changed.copy), MANY);
	expect_all(to, 1, MANY, 1, 0);
	expect_all(inbox, 1, MANY, 1, 0);
	ck_assert_int_eq(box_copy(&b, inbox, "5:*", to, true), STORE_OK);
	ck_assert_uint_eq(b.changed.copy.len, 1);
	ck_assert_uint_eq(b.changed.copy.range[0].lo, MANY + 1);
	expect_all(inbox, 1, 4, 1, 0);
	expect_all(to, 1, 2 * MANY - 4, 1, 0);
	ck_assert_uint_eq(box_counts(&b, to).size,
	    box_counts(&b, inbox).size / 4 * (2 * MANY - 4));
	box_stop(&b);
}
END_TEST

START_TEST(move_of_many_onto_themselves)
{
	start(_i);
	ck_assert_int_eq(box_copy(&b, inbox, "1:*", inbox, true), STORE_OK);
	ck_assert_uint_eq(seqset_count(&b.changed.copy), MANY);
	expect_all(inbox, MANY + 1, MANY, 1, 0);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, MANY);
	box_stop(&b);
}
END_TEST

START_TEST(expunge_of_many)
{
	struct seqset odd = { 0 };
	struct store_flag_change change = { .op = STORE_FLAGS_ADD,
		.system = STORE_DELETED, .unchangedsince = UINT64_MAX };
	struct store_view v;
	struct store_view_events ev = { 0 };

	start(_i);
	ck_assert_int_eq(store_view_open(b.st, &inbox, &v), STORE_OK);
	for (uint32_t uid = 1; uid <= MANY; uid += 2)
		seqset_add(&odd, uid, uid);
	store_change_flags(b.st, &inbox, &odd, &change, box_changed, &b);
	box_wait(&b);
	ck_assert_uint_eq(seqset_count(&b.changed.done), MANY / 2);
	store_expunge(b.st, &inbox, NULL, box_changed, &b);
	box_wait(&b);
	ck_assert_int_eq(b.status, STORE_OK);
	ck_assert_uint_eq(seqset_count(&b.changed.done), MANY / 2);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, MANY / 2);
	ck_assert_uint_eq(box_counts(&b, inbox).deleted, 0);
	ck_assert_int_eq(store_view_sync(b.st, &v, &ev), STORE_OK);
	ck_assert_uint_eq(v.len, MANY);
	store_view_clear(&v);
	ck_assert_int_eq(store_view_open(b.st, &inbox, &v), STORE_OK);
	ck_assert_uint_eq(v.len, MANY / 2);
	for (size_t i = 0; i < v.len; i++)
		ck_assert_uint_eq(v.uid[i], (i + 1) * 2);
	store_view_clear(&v);
	seqset_clear(&odd);
	box_stop(&b);
}
END_TEST

static void
count(void *arg, enum store_status st, const struct store_changed *c)
{
	(void)st;
	(void)c;
	++*(unsigned *)arg;
}

/* Pages may change between the cut and the piece. */
START_TEST(series_at_the_same_time)
{
	struct store_mailbox to;
	struct seqset all = box_set("1:*");
	struct store_flag_change change = { .op = STORE_FLAGS_ADD,
		.system = STORE_DELETED, .unchangedsince = UINT64_MAX };
	unsigned n = 0;

	start(_i);
	to = box_mailbox(&b, "Archive");
	store_copy(b.st, &inbox, &all, &to, true, count, &n);
	store_change_flags(b.st, &inbox, &all, &change, count, &n);
	store_expunge(b.st, &inbox, NULL, count, &n);
	store_copy(b.st, &inbox, &all, &to, true, count, &n);
	while (n < 4)
		box_dispatch(&b);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, 0);
	expect_all(to, 1, MANY, 1, 0);
	seqset_clear(&all);
	box_stop(&b);
}
END_TEST

START_TEST(a_series_that_breaks_off_says_how_far_it_got)
{
	start(HARNESS_MEM);
	engine_mem_fail(b.h.e, 2, ENGINE_IO);
	ck_assert_int_eq(box_flags(&b, inbox, "1:*", STORE_FLAGS_ADD,
			     STORE_SEEN, NULL), STORE_UNAVAILABLE);
	ck_assert_uint_eq(b.changed.done.len, 1);
	ck_assert_uint_eq(b.changed.done.range[0].hi, 64 * 160);
	box_stop(&b);
}
END_TEST

/* The second of two updates is refused, since the target has no room for
 * another keyword; what the first did is taken back. */
START_TEST(a_copy_that_breaks_off_leaves_nothing)
{
	struct store_mailbox to;
	char name[8];

	start(_i);
	to = box_mailbox(&b, "Archive");
	ck_assert_uint_eq(box_deliver(&b, to, 0, 1), 1);
	for (int i = 0; i < STORE_KEYWORDS_MAX; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		ck_assert_int_eq(box_flags(&b, to, "1", STORE_FLAGS_ADD, 0,
				     name), STORE_OK);
	}
	ck_assert_int_eq(box_flags(&b, inbox, "20000", STORE_FLAGS_ADD, 0,
			     "another"), STORE_OK);
	ck_assert_int_eq(box_copy(&b, inbox, "1:*", to, false), STORE_LIMIT);
	ck_assert_uint_eq(b.changed.copy.len, 0);
	ck_assert_uint_eq(box_counts(&b, to).messages, 1);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, MANY);
	ck_assert_int_eq(box_copy(&b, inbox, "1:*", to, true), STORE_LIMIT);
	ck_assert_uint_eq(seqset_count(&b.changed.copy), 64 * 160);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, MANY - 64 * 160);
	box_stop(&b);
}
END_TEST

START_TEST(a_mailbox_may_go_in_the_middle)
{
	struct seqset all = box_set("1:*");
	struct store_mailbox to;
	unsigned n = 0;

	start(HARNESS_MEM);
	to = box_create(&b, "to");
	store_mailbox_delete(b.st, &b.user, SPAN_LIT("to"), box_done, &b);
	store_copy(b.st, &inbox, &all, &to, true, count, &n);
	box_wait(&b);
	while (n < 1)
		box_dispatch(&b);
	expect_all(inbox, 1, MANY, 1, 0);
	ck_assert_int_eq(box_copy(&b, inbox, "1:*", to, false),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(box_flags(&b, to, "1:*", STORE_FLAGS_ADD, 1, NULL),
	    STORE_NONEXISTENT);
	seqset_clear(&all);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, flags_of_many, 0, n);
	tcase_add_loop_test(tc, copies_of_many, 0, n);
	tcase_add_loop_test(tc, move_of_many_onto_themselves, 0, n);
	tcase_add_loop_test(tc, expunge_of_many, 0, n);
	tcase_add_loop_test(tc, series_at_the_same_time, 0, n);
	tcase_add_test(tc, a_series_that_breaks_off_says_how_far_it_got);
	tcase_add_loop_test(tc, a_copy_that_breaks_off_leaves_nothing, 0, n);
	tcase_add_test(tc, a_mailbox_may_go_in_the_middle);
}

int
main(void)
{
	return check_run("store_series", add);
}
