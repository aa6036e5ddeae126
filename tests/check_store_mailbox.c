/* SPDX-License-Identifier: ISC */
#include "store_harness.h"

static struct box b;

static bool
add_name(void *arg, const struct store_listed *l)
{
	buf_add_span(arg, l->name);
	buf_addf(arg, "%s%s%s ", l->exists ? "" : "!",
	    l->subscribed ? "+" : "", l->children ? "*" : "");
	return true;
}

/* Everything but the special-use mailboxes that are there from the start. */
static void
expect_list(const char *want)
{
	static const char *const folder[] = { "INBOX", "Archive", "Drafts",
		"Junk", "Sent", "Trash" };
	struct buf out = { 0 }, rest = { 0 };
	struct span s, name;

	ck_assert_int_eq(store_mailbox_each(b.st, &b.user, add_name, &out),
	    STORE_OK);
	s = buf_span(&out);
	while (span_split(&s, ' ', &name)) {
		bool known = false;

		for (size_t i = 0; i < 6; i++)
			known |= name.n == strlen(folder[i]) + 1 &&
			    memcmp(name.p, folder[i], name.n - 1) == 0;
		if (!known) {
			buf_add_span(&rest, name);
			buf_addc(&rest, ' ');
		}
	}
	ck_buf_eq(&rest, want);
	buf_free(&out);
	buf_free(&rest);
}

static enum store_status
create(const char *name)
{
	return box_call(&b, store_mailbox_create(b.st, &b.user, span_str(name),
				0, box_done, &b));
}

static enum store_status
delete(const char *name)
{
	return box_call(&b, store_mailbox_delete(b.st, &b.user, span_str(name),
				box_done, &b));
}

static enum store_status
rename_to(const char *from, const char *to)
{
	return box_call(&b, store_mailbox_rename(b.st, &b.user, span_str(from),
				span_str(to), box_done, &b));
}

static enum store_status
subscribe(const char *name, bool on)
{
	return box_call(&b, store_subscribe(b.st, &b.user, span_str(name), on,
				box_done, &b));
}

/* ---- names ---- */

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A250 A50 A50 A50 A50 A50

static const struct {
	const char *in, *want; /* NULL: it cannot be one */
} names[] = {
	{ "a", "a" },
	{ "a/", "a" },
	{ "inbox/Sub", "INBOX/Sub" },
	{ "InBoxes", "InBoxes" },
	{ "a b", "a b" },
	{ "A\xcc\x88", "\xc3\x84" },
	{ "\xe5\x8f\xb0\xe5\x8c\x97", "\xe5\x8f\xb0\xe5\x8c\x97" },
	{ "%*\"\\{", "%*\"\\{" },
	{ "x.y", "x.y" },
	{ A250 "aaaaa", A250 "aaaaa" },
	{ A250 "aaaaaa", NULL },
	{ A250 "/" A50 A50 A50 "/b", NULL },
	{ "", NULL },
	{ "/", NULL },
	{ "/a", NULL },
	{ "a//b", NULL },
	{ "a//", NULL },
	{ "..", NULL },
	{ "a/../b", NULL },
	{ "a\x01", NULL },
	{ "a\x7f", NULL },
	{ "a\xc2\x85", NULL },
	{ "a\xe2\x80\xa8", NULL },
	{ "a\xff", NULL },
};

START_TEST(name_becomes_its_one_form)
{
	struct store_mailbox m, again;

	box_start(&b, HARNESS_MEM);
	ck_assert_int_eq(create(names[_i].in),
	    names[_i].want != NULL ? STORE_OK : STORE_CANNOT);
	if (names[_i].want != NULL) {
		m = box_mailbox(&b, names[_i].want);
		ck_assert_int_eq(create(names[_i].want), STORE_ALREADYEXISTS);
		again = box_mailbox(&b, names[_i].want);
		ck_assert_uint_eq(m.id, again.id);
	} else {
		ck_assert_int_eq(store_mailbox_open(b.st, &b.user,
				     span_str(names[_i].in), &m),
		    STORE_NONEXISTENT);
	}
	box_stop(&b);
}
END_TEST

/* ---- LIST ---- */

START_TEST(names_come_as_a_tree)
{
	box_start(&b, _i);
	ck_assert_int_eq(create("b/c/d"), STORE_OK);
	ck_assert_int_eq(create("b c"), STORE_OK);
	ck_assert_int_eq(create("b-c"), STORE_OK);
	expect_list("b* b/c* b/c/d b c b-c ");
	ck_assert_int_eq(create("b/a"), STORE_OK);
	ck_assert_int_eq(delete("b"), STORE_OK);
	ck_assert_int_eq(delete("b/c"), STORE_OK);
	expect_list("b!* b/a b/c!* b/c/d b c b-c ");
	ck_assert_int_eq(delete("b"), STORE_NONEXISTENT);
	ck_assert_int_eq(delete("b/c/d"), STORE_OK);
	expect_list("b!* b/a b c b-c ");
	ck_assert_int_eq(delete("b/a"), STORE_OK);
	expect_list("b c b-c ");
	ck_assert_int_eq(create("b/x"), STORE_OK);
	expect_list("b* b/x b c b-c ");
	box_stop(&b);
}
END_TEST

START_TEST(subscriptions_outlive_their_mailboxes)
{
	box_start(&b, _i);
	ck_assert_int_eq(create("a/b"), STORE_OK);
	ck_assert_int_eq(subscribe("a/b", true), STORE_OK);
	ck_assert_int_eq(subscribe("a/b", true), STORE_OK);
	ck_assert_int_eq(subscribe("n/o", true), STORE_OK);
	ck_assert_int_eq(subscribe("a/../b", true), STORE_CANNOT);
	expect_list("a* a/b+ n/o!+ ");
	ck_assert_int_eq(delete("a/b"), STORE_OK);
	expect_list("a a/b!+ n/o!+ ");
	ck_assert_int_eq(create("a/b/c"), STORE_OK);
	expect_list("a* a/b+* a/b/c n/o!+ ");
	ck_assert_int_eq(subscribe("a/b", false), STORE_OK);
	ck_assert_int_eq(subscribe("n/o", false), STORE_OK);
	ck_assert_int_eq(subscribe("n/o", false), STORE_OK);
	expect_list("a* a/b* a/b/c ");
	box_stop(&b);
}
END_TEST

/* ---- ids and UIDVALIDITY ---- */

START_TEST(a_new_mailbox_of_an_old_name_is_another)
{
	struct store_mailbox one, two;
	struct store_counts before, after;

	box_start(&b, _i);
	one = box_create(&b, "x");
	box_deliver(&b, one, 0, 3);
	before = box_counts(&b, one);
	ck_assert_uint_eq(before.messages, 3);
	ck_assert_int_eq(delete("x"), STORE_OK);
	ck_assert_int_eq(store_mailbox_counts(b.st, &one, &after),
	    STORE_NONEXISTENT);
	two = box_create(&b, "x");
	after = box_counts(&b, two);
	ck_assert_uint_ne(one.id, two.id);
	ck_assert_uint_gt(after.uidvalidity, before.uidvalidity);
	ck_assert_uint_eq(after.messages, 0);
	ck_assert_uint_eq(after.uidnext, 1);
	box_stop(&b);
}
END_TEST

/* ---- RENAME ---- */

START_TEST(rename_takes_all_below_along)
{
	struct store_mailbox m;

	box_start(&b, _i);
	m = box_create(&b, "a/b/c");
	ck_assert_int_eq(create("ab"), STORE_OK);
	ck_assert_int_eq(subscribe("a/b", true), STORE_OK);
	ck_assert_int_eq(rename_to("a", "x/y"), STORE_OK);
	expect_list("a/b!+ ab x* x/y* x/y/b* x/y/b/c ");
	ck_assert_uint_eq(box_mailbox(&b, "x/y/b/c").id, m.id);
	ck_assert_int_eq(rename_to("x/y", "x/y/z"), STORE_CANNOT);
	ck_assert_int_eq(rename_to("x/y", "x/y"), STORE_ALREADYEXISTS);
	ck_assert_int_eq(rename_to("x/y", "ab"), STORE_ALREADYEXISTS);
	ck_assert_int_eq(rename_to("nix", "y"), STORE_NONEXISTENT);
	ck_assert_int_eq(rename_to("x", "INBOX"), STORE_ALREADYEXISTS);
	ck_assert_int_eq(rename_to("ab", "a//b"), STORE_CANNOT);
	ck_assert_int_eq(delete("x"), STORE_OK);
	ck_assert_int_eq(rename_to("x", "z"), STORE_OK);
	expect_list("a/b!+ ab z!* z/y* z/y/b* z/y/b/c ");
	box_stop(&b);
}
END_TEST

START_TEST(rename_leaves_no_name_too_long)
{
	box_start(&b, HARNESS_MEM);
	ck_assert_int_eq(create("a/" A250), STORE_OK);
	ck_assert_int_eq(rename_to("a", A50 A50 A50), STORE_CANNOT);
	expect_list("a* a/" A250 " ");
	ck_assert_int_eq(rename_to("a", A50 A50), STORE_OK);
	box_stop(&b);
}
END_TEST

START_TEST(rename_of_inbox_moves_its_messages)
{
	struct store_mailbox inbox, old;
	struct store_counts before, after;

	box_start(&b, _i);
	inbox = box_mailbox(&b, "INBOX");
	box_deliver(&b, inbox, STORE_SEEN, 500);
	ck_assert_int_eq(create("INBOX/sub"), STORE_OK);
	before = box_counts(&b, inbox);
	ck_assert_int_eq(rename_to("inbox", "old/mail"), STORE_OK);
	old = box_mailbox(&b, "old/mail");
	after = box_counts(&b, inbox);
	ck_assert_uint_eq(after.messages, 0);
	ck_assert_uint_eq(after.size, 0);
	ck_assert_uint_eq(after.uidvalidity, before.uidvalidity);
	ck_assert_uint_eq(after.uidnext, before.uidnext);
	ck_assert_uint_eq(box_counts(&b, old).messages, 500);
	ck_assert_uint_eq(box_counts(&b, old).size, before.size);
	expect_list("INBOX+* INBOX/sub old* old/mail ");
	ck_assert_int_eq(rename_to("INBOX", "old"), STORE_ALREADYEXISTS);
	ck_assert_int_eq(delete("INBOX"), STORE_CANNOT);
	ck_assert_int_eq(delete("inbox"), STORE_CANNOT);
	box_stop(&b);
}
END_TEST

/* ---- rights, and two at once ---- */

START_TEST(a_stranger_sees_nothing)
{
	struct store_mailbox m;
	struct store_counts c;
	struct store_view v;

	box_start(&b, HARNESS_MEM);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 1);
	m.rights = 0;
	ck_assert_int_eq(store_mailbox_counts(b.st, &m, &c),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(store_view_open(b.st, &m, &v), STORE_NONEXISTENT);
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, STORE_SEEN,
			     NULL), STORE_NONEXISTENT);
	ck_assert_int_eq(box_expunge(&b, m, "1"), STORE_NONEXISTENT);
	ck_assert_int_eq(box_copy(&b, m, "1", box_mailbox(&b, "Sent"), true),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(box_copy(&b, box_mailbox(&b, "INBOX"), "1", m, true),
	    STORE_NONEXISTENT);
	ck_assert_uint_eq(store_recent(b.st, &m, true), UINT32_MAX);
	ck_assert_uint_eq(box_counts(&b, box_mailbox(&b, "INBOX")).messages, 1);
	box_stop(&b);
}
END_TEST

static void
count_ok(void *arg, enum store_status st)
{
	unsigned *n = arg;

	n[st == STORE_OK ? 0 : 1]++;
}

START_TEST(changes_at_the_same_time_are_planned_anew)
{
	static const char *const name[] = { "a/b", "a/c", "a/b", "x", "y/z" };
	unsigned n[2] = { 0, 0 };

	box_start(&b, _i);
	for (size_t i = 0; i < 5; i++)
		store_mailbox_create(b.st, &b.user, span_str(name[i]), 0,
		    count_ok, n);
	while (n[0] + n[1] < 5)
		box_dispatch(&b);
	ck_assert_uint_eq(n[1], 1);
	expect_list("a* a/b a/c x y* y/z ");
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, name_becomes_its_one_form, 0,
	    sizeof(names) / sizeof(names[0]));
	tcase_add_loop_test(tc, names_come_as_a_tree, 0, n);
	tcase_add_loop_test(tc, subscriptions_outlive_their_mailboxes, 0, n);
	tcase_add_loop_test(tc, a_new_mailbox_of_an_old_name_is_another, 0, n);
	tcase_add_loop_test(tc, rename_takes_all_below_along, 0, n);
	tcase_add_test(tc, rename_leaves_no_name_too_long);
	tcase_add_loop_test(tc, rename_of_inbox_moves_its_messages, 0, n);
	tcase_add_test(tc, a_stranger_sees_nothing);
	tcase_add_loop_test(tc, changes_at_the_same_time_are_planned_anew, 0,
	    n);
}

int
main(void)
{
	return check_run("store_mailbox", add);
}
