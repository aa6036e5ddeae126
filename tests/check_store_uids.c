/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "store_uids.h"

/* One user's part of an array. */
struct part {
	struct store_uids *uids;
	size_t len;
};

static void
append(struct part *p, uint32_t from, uint32_t n)
{
	uint32_t uid[100];

	for (uint32_t i = 0; i < n; i++)
		uid[i] = from + i;
	store_uids_append(&p->uids, p->len, uid, n);
	p->len += n;
}

static void
take_out(struct part *p, const char *set)
{
	struct seqset gone = { 0 };

	ck_assert_int_eq(seqset_parse(&gone, span_str(set)), 0);
	p->len = store_uids_remove(&p->uids, p->len, &gone);
	seqset_clear(&gone);
}

static struct part
share(const struct part *p)
{
	return (struct part){ store_uids_share(p->uids), p->len };
}

static void
expect(const struct part *p, const char *want)
{
	struct seqset set = { 0 };
	uint64_t uid = 0;

	ck_assert_int_eq(seqset_parse(&set, span_str(want)), 0);
	ck_assert_uint_eq(p->len, seqset_count(&set));
	for (size_t i = 0; i < p->len; i++, uid++) {
		ck_assert(seqset_next(&set, uid, &uid));
		ck_assert_uint_eq(p->uids->uid[i], uid);
	}
	seqset_clear(&set);
}

static struct part a, b;

static void
setup(void)
{
	a = (struct part){ store_uids_new(5), 0 };
	append(&a, 1, 5);
	b = share(&a);
}

static void
teardown(void)
{
	store_uids_release(a.uids);
	store_uids_release(b.uids);
	store_uids_release(NULL);
}

START_TEST(what_both_append_is_there_once)
{
	take_out(&b, "1"); /* with an array of its own it has room … */
	append(&b, 6, 3);
	store_uids_release(a.uids);
	a = share(&b); /* … that both have now */
	append(&a, 9, 1);
	append(&b, 9, 1);
	ck_assert_ptr_eq(a.uids, b.uids);
	expect(&a, "2:9");
	expect(&b, "2:9");
}
END_TEST

START_TEST(who_appends_does_not_change_the_others)
{
	append(&a, 6, 90);
	expect(&a, "1:95");
	expect(&b, "1:5");
	append(&b, 6, 2);
	expect(&b, "1:7");
}
END_TEST

START_TEST(what_differs_parts_them)
{
	append(&a, 6, 1);
	store_uids_release(b.uids);
	b = share(&a);
	append(&a, 7, 1);
	append(&b, 8, 2);
	expect(&a, "1:7");
	expect(&b, "1:6,8:9");
}
END_TEST

START_TEST(what_one_loses_the_other_keeps)
{
	take_out(&a, "2,4:9");
	expect(&a, "1,3");
	expect(&b, "1:5");
	append(&a, 10, 1);
	expect(&a, "1,3,10");
	take_out(&b, "1:5");
	ck_assert_uint_eq(b.len, 0);
	append(&b, 10, 1);
	expect(&b, "10");
}
END_TEST

START_TEST(who_is_alone_changes_it_in_place)
{
	store_uids_release(b.uids);
	take_out(&a, "3");
	b = (struct part){ store_uids_new(0), 0 };
	append(&b, 1, 100);
	take_out(&b, "1:99");
	expect(&a, "1:2,4:5");
	expect(&b, "100");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_both_append_is_there_once);
	tcase_add_test(tc, who_appends_does_not_change_the_others);
	tcase_add_test(tc, what_differs_parts_them);
	tcase_add_test(tc, what_one_loses_the_other_keeps);
	tcase_add_test(tc, who_is_alone_changes_it_in_place);
}

int
main(void)
{
	return check_run("store_uids", add);
}
