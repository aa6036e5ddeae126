/* SPDX-License-Identifier: ISC */
#include "store_harness.h"

static struct box b;
static struct store_mailbox inbox;

static void
start(int kind)
{
	box_start(&b, kind);
	inbox = box_mailbox(&b, "INBOX");
}

static struct store_quota
quota(void)
{
	struct store_quota q;

	ck_assert_int_eq(store_quota_get(b.st, b.user.id, &q), STORE_OK);
	return q;
}

static void
limit(uint64_t storage, uint64_t messages, uint64_t mailboxes)
{
	const uint64_t l[STORE_RESOURCES] = { storage, messages, mailboxes };

	ck_assert_int_eq(box_call(&b, store_quota_set(b.st, b.user.id, l,
	    box_done, &b)), STORE_OK);
}

START_TEST(usage_follows_what_comes_and_goes)
{
	uint64_t size;

	start(_i);
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 0);
	ck_assert_uint_eq(quota().used[STORE_MAILBOXES], 6);
	box_deliver(&b, inbox, STORE_DELETED, 3);
	size = box_counts(&b, inbox).size;
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 3);
	ck_assert_uint_eq(quota().used[STORE_STORAGE], size);
	store_expunge(b.st, &inbox, NULL, box_changed, &b);
	box_wait(&b);
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 0);
	ck_assert_uint_eq(quota().used[STORE_STORAGE], 0);
	box_stop(&b);
}
END_TEST

START_TEST(own_limits_come_before_the_default)
{
	const uint64_t def[STORE_RESOURCES] = { 1000, 10, 20 };

	start(_i);
	ck_assert_uint_eq(quota().limit[STORE_STORAGE], STORE_QUOTA_NONE);
	store_quota_default(b.st, def);
	ck_assert_uint_eq(quota().limit[STORE_STORAGE], 1000);
	limit(STORE_QUOTA_NONE, 5, STORE_QUOTA_KEEP);
	ck_assert_uint_eq(quota().limit[STORE_STORAGE], STORE_QUOTA_NONE);
	ck_assert_uint_eq(quota().limit[STORE_MESSAGES], 5);
	ck_assert_uint_eq(quota().limit[STORE_MAILBOXES], 20);
	ck_assert_uint_eq(quota().set[STORE_MAILBOXES], STORE_QUOTA_DEFAULT);
	limit(STORE_QUOTA_DEFAULT, STORE_QUOTA_KEEP, 7);
	ck_assert_uint_eq(quota().limit[STORE_STORAGE], 1000);
	ck_assert_uint_eq(quota().limit[STORE_MESSAGES], 5);
	ck_assert_uint_eq(quota().limit[STORE_MAILBOXES], 7);
	box_stop(&b);
}
END_TEST

/* More than one update's worth: what was copied before is taken back. */
START_TEST(copy_over_the_limit_leaves_nothing)
{
	struct store_mailbox archive;
	struct seqset all = { 0 };

	start(_i);
	archive = box_mailbox(&b, "Archive");
	box_deliver(&b, inbox, 0, 12000);
	limit(STORE_QUOTA_NONE, 23000, STORE_QUOTA_NONE);
	seqset_add(&all, 1, UINT32_MAX);
	store_copy(b.st, &inbox, &all, &archive, false, box_changed, &b);
	box_wait(&b);
	ck_assert_int_eq(b.status, STORE_OVERQUOTA);
	ck_assert_uint_eq(box_counts(&b, archive).messages, 0);
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 12000);
	ck_assert_uint_eq(quota().used[STORE_STORAGE],
	    box_counts(&b, inbox).size);
	store_copy(b.st, &inbox, &all, &archive, true, box_changed, &b);
	box_wait(&b);
	ck_assert_int_eq(b.status, STORE_OK);
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 12000);
	seqset_clear(&all);
	box_stop(&b);
}
END_TEST

START_TEST(a_deleted_mailbox_frees_its_room)
{
	start(_i);
	box_deliver(&b, box_mailbox(&b, "Archive"), 0, 7);
	box_deliver(&b, inbox, 0, 2);
	ck_assert_int_eq(box_call(&b, store_mailbox_delete(b.st, &b.user,
	    SPAN_LIT("Archive"), box_done, &b)), STORE_OK);
	ck_assert_uint_eq(quota().used[STORE_MESSAGES], 2);
	ck_assert_uint_eq(quota().used[STORE_STORAGE],
	    box_counts(&b, inbox).size);
	ck_assert_uint_eq(quota().used[STORE_MAILBOXES], 5);
	box_stop(&b);
}
END_TEST

START_TEST(room_is_for_what_fits)
{
	start(_i);
	limit(1000, 2, STORE_QUOTA_NONE);
	ck_assert_int_eq(store_quota_room(b.st, b.user.id, 1000), STORE_OK);
	ck_assert_int_eq(store_quota_room(b.st, b.user.id, 1001),
	    STORE_OVERQUOTA);
	limit(STORE_QUOTA_NONE, 0, STORE_QUOTA_NONE);
	ck_assert_int_eq(store_quota_room(b.st, b.user.id, 1),
	    STORE_OVERQUOTA);
	ck_assert_int_eq(store_quota_room(b.st, 999, 1), STORE_NONEXISTENT);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, usage_follows_what_comes_and_goes, 0,
	    HARNESS_ENGINES);
	tcase_add_loop_test(tc, own_limits_come_before_the_default, 0,
	    HARNESS_ENGINES);
	tcase_add_loop_test(tc, copy_over_the_limit_leaves_nothing, 0,
	    HARNESS_ENGINES);
	tcase_add_loop_test(tc, a_deleted_mailbox_frees_its_room, 0,
	    HARNESS_ENGINES);
	tcase_add_loop_test(tc, room_is_for_what_fits, 0, HARNESS_ENGINES);
}

int
main(void)
{
	return check_run("store_quota", add);
}
