/* SPDX-License-Identifier: ISC */
#include "store_acl.h"
#include "store_dkim.h"
#include "store_harness.h"

static struct box b;

static bool
add_user(void *arg, const struct store_user *u)
{
	buf_addf(arg, "%s ", u->name);
	return true;
}

static bool
add_alias(void *arg, const struct store_alias *a)
{
	buf_addf(arg, "%s:", a->name);
	for (size_t i = 0; i < a->ntargets; i++) {
		buf_add_span(arg, a->target[i]);
		buf_addc(arg, ' ');
	}
	return true;
}

static bool
add_name(void *arg, const struct store_listed *l)
{
	buf_add_span(arg, l->name);
	buf_addf(arg, "%s%s%u ", l->exists ? "" : "!",
	    l->subscribed ? "+" : "-", l->use);
	return true;
}

START_TEST(users_are_found_in_any_case)
{
	struct store_user u;
	struct buf out = { 0 };

	box_start(&b, _i);
	ck_assert_int_eq(store_user_find(b.st, SPAN_LIT("BOB@Example.ORG"), &u),
	    STORE_OK);
	ck_assert_str_eq(u.name, "bob@example.org");
	ck_assert_uint_eq(u.id, b.user.id);
	ck_assert_int_eq(store_user_find(b.st, SPAN_LIT("bob"), &u),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(box_call(&b, store_user_create(b.st,
					  SPAN_LIT("Bob@example.org"), box_done,
					  &b)),
	    STORE_ALREADYEXISTS);
	box_user(&b, "alice");
	ck_assert_int_eq(store_user_each(b.st, add_user, &out), STORE_OK);
	ck_buf_eq(&out, "alice bob@example.org ");
	buf_free(&out);
	box_stop(&b);
}
END_TEST

/* ---- keys that sign ---- */

static enum store_status
change_keys(const char *domain, enum store_dkim_op op, const char *selector)
{
	const struct store_dkim_key k[] = {
		{ .algorithm = DKIM_RSA_SHA256, .created = 7,
		    .selector = span_str(selector), .der = SPAN_LIT("rsa") },
		{ .algorithm = DKIM_ED25519_SHA256, .created = 8,
		    .selector = span_str(selector), .der = SPAN_LIT("ed") },
	};

	return box_call(&b, store_dkim_change(b.st, span_str(domain), op, k,
				selector[0] != '\0' ? 2 : 0, box_done, &b));
}

static bool
add_dkim(void *arg, const struct store_dkim *d)
{
	buf_addf(arg, "%s:", d->domain);
	for (size_t i = 0; i < d->n; i++) {
		buf_addf(arg, " %u%s", d->key[i].algorithm,
		    d->key[i].next ? "+" : "=");
		buf_add_span(arg, d->key[i].selector);
		buf_addf(arg, "/%d/", (int)d->key[i].created);
		buf_add_span(arg, d->key[i].der);
	}
	buf_addc(arg, ';');
	return true;
}

static void
dkim_eq(const char *want)
{
	struct buf out = { 0 };

	ck_assert_int_eq(store_dkim_each(b.st, add_dkim, &out), STORE_OK);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

START_TEST(keys_follow_each_other)
{
	box_start(&b, _i);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_NEXT, "n"),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(change_keys("A.org", STORE_DKIM_ADD, "s"), STORE_OK);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_ADD, "t"),
	    STORE_ALREADYEXISTS);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_SWITCH, ""),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_NEXT, "n"), STORE_OK);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_NEXT, "o"),
	    STORE_ALREADYEXISTS);
	dkim_eq("a.org: 0=s/7/rsa 1=s/8/ed 0+n/7/rsa 1+n/8/ed;");
	ck_assert_int_eq(change_keys("0.org", STORE_DKIM_ADD, "z"), STORE_OK);
	ck_assert_int_eq(change_keys("a.org", STORE_DKIM_SWITCH, ""), STORE_OK);
	dkim_eq("0.org: 0=z/7/rsa 1=z/8/ed;a.org: 0=n/7/rsa 1=n/8/ed;");
	ck_assert_int_eq(change_keys("0.org", STORE_DKIM_REMOVE, ""), STORE_OK);
	ck_assert_int_eq(change_keys("0.org", STORE_DKIM_REMOVE, ""),
	    STORE_NONEXISTENT);
	dkim_eq("a.org: 0=n/7/rsa 1=n/8/ed;");
	box_stop(&b);
}
END_TEST

START_TEST(keys_are_of_host_names)
{
	static const char *const bad[] = { "", ".", "a.", "a..b", "a b", "a_b",
		"\xc3\xa4.org" };
	char label[65];

	box_start(&b, _i);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(change_keys(bad[i], STORE_DKIM_ADD, "s"),
		    STORE_CANNOT);
	memset(label, 'a', 64);
	label[64] = '\0';
	ck_assert_int_eq(change_keys(label, STORE_DKIM_ADD, "s"), STORE_CANNOT);
	ck_assert_int_eq(change_keys("a", STORE_DKIM_ADD, label), STORE_LIMIT);
	label[63] = '\0';
	ck_assert_int_eq(change_keys(label, STORE_DKIM_ADD, label), STORE_OK);
	box_stop(&b);
}
END_TEST

START_TEST(bad_addresses_are_refused)
{
	static const char *const bad[] = { "", "a\nb", "a\x7f", "\xff\xfe" };

	box_start(&b, HARNESS_MEM);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(box_call(&b, store_user_create(b.st,
						  span_str(bad[i]), box_done,
						  &b)),
		    STORE_CANNOT);
		ck_assert_int_eq(store_user_find(b.st, span_str(bad[i]),
				     &b.user),
		    STORE_NONEXISTENT);
	}
	box_stop(&b);
}
END_TEST

START_TEST(new_users_have_their_folders)
{
	struct buf out = { 0 };
	struct store_counts c;

	box_start(&b, _i);
	ck_assert_int_eq(store_mailbox_each(b.st, &b.user, add_name, &out),
	    STORE_OK);
	ck_buf_eq(&out, "INBOX+0 Archive+2 Drafts+4 Junk+16 Sent+32 Trash+64 ");
	buf_free(&out);
	c = box_counts(&b, box_mailbox(&b, "Sent"));
	ck_assert_uint_eq(c.uidnext, 1);
	ck_assert_uint_eq(c.messages, 0);
	ck_assert_uint_gt(c.uidvalidity, 1000000000);
	box_stop(&b);
}
END_TEST

static uint64_t
size_used(void)
{
	struct engine_stats s;

	engine_stats(b.h.e, &s);
	return s.size_used;
}

static void
sweep(void)
{
	struct harness_result r = { false, ENGINE_OK };

	engine_sweep(b.h.c, 0, 1000, harness_done, &r);
	while (!r.done)
		harness_wait(&b.h);
}

/* How many mailboxes are known to be shared with a user. */
static size_t
shared_with(uint64_t user)
{
	struct engine_scan s = { 0 };
	uint64_t id = 0;
	size_t n = 0;

	store_begin(b.st);
	while (store_acl_next(b.st->txn, &s, user, &id) == ENGINE_OK)
		n++;
	engine_scan_end(&s);
	store_end(b.st);
	return n;
}

START_TEST(deleting_a_user_removes_all_it_had)
{
	struct store_mailbox inbox, old;
	struct store_user bob;
	struct store_counts c;
	uint64_t before;

	box_start(&b, HARNESS_MEM);
	before = size_used();
	bob = b.user;
	box_user(&b, "alice");
	inbox = box_mailbox(&b, "INBOX");
	old = box_create(&b, "a/b/c");
	box_deliver(&b, inbox, 0, 700);
	box_deliver(&b, old, 0, 7);
	ck_assert_int_eq(box_flags(&b, inbox, "1:10", STORE_FLAGS_ADD,
			     STORE_DELETED, "kw"), STORE_OK);
	ck_assert_int_eq(box_expunge(&b, inbox, "1:*"), STORE_OK);
	ck_assert_int_eq(box_call(&b, store_acl_set(b.st, &old,
					  SPAN_LIT("anyone"), STORE_FLAGS_SET,
					  STORE_LOOKUP, box_done, &b)),
	    STORE_OK);
	ck_assert_uint_eq(shared_with(STORE_ANYONE), 1);
	ck_assert_int_eq(box_call(&b, store_user_delete(b.st,
					  SPAN_LIT("Alice"), box_done, &b)),
	    STORE_OK);
	ck_assert_int_eq(store_user_find(b.st, SPAN_LIT("alice"), &b.user),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(box_call(&b, store_user_delete(b.st,
					  SPAN_LIT("alice"), box_done, &b)),
	    STORE_NONEXISTENT);
	/* What is purged behind our back ends some time. */
	for (int i = 0; i < 10000 && size_used() > before + 64; i++) {
		usleep(1000);
		store_dispatch(b.st);
		sweep();
	}
	ck_assert_uint_le(size_used(), before + 64);
	ck_assert_uint_eq(shared_with(STORE_ANYONE), 0);
	ck_assert_int_eq(store_mailbox_counts(b.st, &inbox, &c),
	    STORE_NONEXISTENT);
	b.user = bob;
	ck_assert_uint_eq(box_counts(&b, box_mailbox(&b, "INBOX")).messages, 0);
	box_user(&b, "alice");
	ck_assert_uint_eq(box_counts(&b, box_mailbox(&b, "INBOX")).messages, 0);
	box_stop(&b);
}
END_TEST

START_TEST(a_purge_goes_on_after_a_restart)
{
	struct engine_lmdb_options o = { .map_size = (uint64_t)1 << 30,
		.schema = STORE_SCHEMA };
	struct store_mailbox inbox;
	struct store_counts c;
	int tries = 0;

	box_start(&b, HARNESS_LMDB);
	inbox = box_mailbox(&b, "INBOX");
	box_deliver(&b, inbox, 0, 3000);
	store_user_delete(b.st, SPAN_LIT("bob@example.org"), box_done, &b);
	box_wait(&b);
	o.dir = b.h.dir;
	/* Each opening goes a step further, closing breaks it off. */
	do {
		box_close(&b);
		box_open(&b, &o);
		ck_assert_int_lt(++tries, 100);
	} while (store_mailbox_counts(b.st, &inbox, &c) == STORE_OK);
	ck_assert_uint_eq(engine_verify(b.h.c, NULL, NULL), 0);
	box_stop(&b);
}
END_TEST

static void
set_alias(const char *name, const char *one, const char *two,
    enum store_status want)
{
	struct span target[2] = { { 0 }, { 0 } };
	size_t n = 0;

	if (one != NULL)
		target[n++] = span_str(one);
	if (two != NULL)
		target[n++] = span_str(two);
	ck_assert_int_eq(box_call(&b, store_alias_set(b.st, span_str(name),
					  target, n, box_done, &b)),
	    want);
}

START_TEST(aliases_are_set_and_removed)
{
	struct buf out = { 0 };

	box_start(&b, _i);
	set_alias("Info@example.org", "BOB@example.org", "x@y", STORE_OK);
	set_alias("all", "info@example.org", NULL, STORE_OK);
	set_alias("bob@example.org", "x", NULL, STORE_ALREADYEXISTS);
	set_alias("x\n", "x", NULL, STORE_CANNOT);
	set_alias("x", "", NULL, STORE_CANNOT);
	set_alias("none", NULL, NULL, STORE_NONEXISTENT);
	ck_assert_int_eq(box_call(&b, store_user_create(b.st,
					  SPAN_LIT("INFO@example.org"),
					  box_done, &b)),
	    STORE_ALREADYEXISTS);
	ck_assert_int_eq(store_alias_each(b.st, add_alias, &out), STORE_OK);
	ck_buf_eq(&out, "all:info@example.org info@example.org:"
	    "bob@example.org x@y ");
	buf_clear(&out);
	set_alias("INFO@example.org", NULL, NULL, STORE_OK);
	ck_assert_int_eq(store_alias_find(b.st, SPAN_LIT("info@example.org"),
			     add_alias, &out), STORE_NONEXISTENT);
	ck_assert_int_eq(store_alias_find(b.st, SPAN_LIT("ALL"), add_alias,
			     &out), STORE_OK);
	ck_buf_eq(&out, "all:info@example.org ");
	buf_free(&out);
	box_stop(&b);
}
END_TEST

START_TEST(an_alias_has_so_many_targets)
{
	struct span target[STORE_TARGETS_MAX + 1];

	box_start(&b, HARNESS_MEM);
	for (size_t i = 0; i <= STORE_TARGETS_MAX; i++)
		target[i] = SPAN_LIT("someone@example.org");
	ck_assert_int_eq(box_call(&b, store_alias_set(b.st, SPAN_LIT("a"),
					  target, STORE_TARGETS_MAX + 1,
					  box_done, &b)),
	    STORE_LIMIT);
	ck_assert_int_eq(box_call(&b, store_alias_set(b.st, SPAN_LIT("a"),
					  target, STORE_TARGETS_MAX, box_done,
					  &b)),
	    STORE_OK);
	box_stop(&b);
}
END_TEST

static bool
add_domain(void *arg, struct span domain)
{
	buf_add_span(arg, domain);
	buf_addc(arg, ' ');
	return true;
}

static void
change_domain(bool add, const char *domain, enum store_status want)
{
	if (add)
		ck_assert_int_eq(box_call(&b, store_domain_add(b.st,
		    span_str(domain), box_done, &b)), want);
	else
		ck_assert_int_eq(box_call(&b, store_domain_remove(b.st,
		    span_str(domain), box_done, &b)), want);
}

START_TEST(domains_are_added_and_removed)
{
	char longest[STORE_DOMAIN_MAX + 2];
	struct buf out = { 0 };

	box_start(&b, _i);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	change_domain(true, "b.example", STORE_OK);
	change_domain(true, "A.Example", STORE_OK);
	change_domain(true, "a.exAMPLE", STORE_ALREADYEXISTS);
	change_domain(true, "", STORE_CANNOT);
	change_domain(true, longest, STORE_CANNOT);
	change_domain(true, longest + 1, STORE_OK);
	change_domain(false, longest + 1, STORE_OK);
	ck_assert_int_eq(store_domain_find(b.st, SPAN_LIT("B.example")),
	    STORE_OK);
	ck_assert_int_eq(store_domain_find(b.st, SPAN_LIT("example")),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(store_domain_find(b.st, span_str(longest)),
	    STORE_NONEXISTENT);
	ck_assert_int_eq(store_domain_each(b.st, add_domain, &out), STORE_OK);
	ck_buf_eq(&out, "a.example b.example ");
	change_domain(false, "B.EXAMPLE", STORE_OK);
	change_domain(false, "b.example", STORE_NONEXISTENT);
	buf_clear(&out);
	ck_assert_int_eq(store_domain_each(b.st, add_domain, &out), STORE_OK);
	ck_buf_eq(&out, "a.example ");
	buf_free(&out);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, users_are_found_in_any_case, 0,
	    HARNESS_ENGINES);
	tcase_add_loop_test(tc, keys_follow_each_other, 0, HARNESS_ENGINES);
	tcase_add_test(tc, keys_are_of_host_names);
	tcase_add_test(tc, bad_addresses_are_refused);
	tcase_add_loop_test(tc, new_users_have_their_folders, 0,
	    HARNESS_ENGINES);
	tcase_add_test(tc, deleting_a_user_removes_all_it_had);
	tcase_add_test(tc, a_purge_goes_on_after_a_restart);
	tcase_add_loop_test(tc, aliases_are_set_and_removed, 0,
	    HARNESS_ENGINES);
	tcase_add_test(tc, an_alias_has_so_many_targets);
	tcase_add_loop_test(tc, domains_are_added_and_removed, 0,
	    HARNESS_ENGINES);
}

int
main(void)
{
	return check_run("store_user", add);
}
