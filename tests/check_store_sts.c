/* SPDX-License-Identifier: ISC */
#include "store_harness.h"
#include "store_sts.h"

static struct box b;

static void
set(const char *domain, const char *id, const char *text, int64_t expires,
    enum store_status want)
{
	struct store_sts p = { expires, span_str(id), span_str(text) };

	ck_assert_int_eq(box_call(&b, store_sts_set(b.st, span_str(domain), &p,
					  box_done, &b)), want);
}

/* text NULL: there is none. */
static void
finds(const char *domain, const char *id, const char *text, int64_t expires)
{
	enum store_status st;
	struct store_sts p;

	store_begin(b.st);
	st = store_sts_find(b.st, span_str(domain), &p);
	ck_assert_int_eq(st, text != NULL ? STORE_OK : STORE_NONEXISTENT);
	if (text != NULL) {
		ck_assert(span_eq(p.id, span_str(id)));
		ck_assert(span_eq(p.text, span_str(text)));
		ck_assert_int_eq(p.expires, expires);
	}
	store_end(b.st);
}

START_TEST(policy_is_kept_until_the_next)
{
	box_start(&b, _i);
	finds("a.example", NULL, NULL, 0);
	set("A.example", "1", "one", 5, STORE_OK);
	set("b.example", "", "", 6, STORE_OK);
	finds("a.EXAMPLE", "1", "one", 5);
	finds("b.example", "", "", 6);
	set("a.example", "22", "another", INT64_C(1) << 40, STORE_OK);
	finds("a.example", "22", "another", INT64_C(1) << 40);
	finds("example", NULL, NULL, 0);
	box_stop(&b);
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
	char text[STORE_STS_TEXT_MAX + 2];
	char *domain = text + STORE_STS_TEXT_MAX - STORE_DOMAIN_MAX;
	char *id = text + STORE_STS_TEXT_MAX - STORE_STS_ID_MAX;

	box_start(&b, HARNESS_MEM);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	set("a.example", "1", text, 1, STORE_CANNOT);
	set("a.example", id, "", 1, STORE_CANNOT);
	set(domain, "1", "", 1, STORE_CANNOT);
	set("", "1", "", 1, STORE_CANNOT);
	set(domain + 1, id + 1, text + 1, 1, STORE_OK);
	finds(domain + 1, id + 1, text + 1, 1);
	finds(domain, NULL, NULL, 0);
	box_stop(&b);
}
END_TEST

START_TEST(the_one_that_ends_first_makes_room)
{
	char name[32];

	box_start(&b, HARNESS_MEM);
	for (int i = 0; i < STORE_STS_MAX; i++) {
		snprintf(name, sizeof(name), "d%d.example", i);
		set(name, "1", name, i == 500 ? 1 : 1000 + i, STORE_OK);
	}
	finds("d500.example", "1", "d500.example", 1);
	set("d7.example", "2", "again", 9999, STORE_OK);
	finds("d500.example", "1", "d500.example", 1);
	set("new.example", "1", "new", 9999, STORE_OK);
	finds("d500.example", NULL, NULL, 0);
	finds("d0.example", "1", "d0.example", 1000);
	set("newer.example", "1", "newer", 9999, STORE_OK);
	finds("d0.example", NULL, NULL, 0);
	finds("new.example", "1", "new", 9999);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, policy_is_kept_until_the_next, 0,
	    HARNESS_ENGINES);
	tcase_add_test(tc, what_is_too_long_is_refused);
	tcase_add_test(tc, the_one_that_ends_first_makes_room);
}

int
main(void)
{
	return check_run("store_sts", add);
}
