/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail_world.h"
#include "route.h"

#include "check.h"

static const char settings[] = "hostname mx\ndomain a.example b.example\n";

static struct world world;

static void
setup(void)
{
	static const char *const user[] = { "ann@a.example", "ben@a.example",
		"cid@b.example", "two+words@a.example" };
	static const char *const alias[][2] = {
		{ "both@a.example", "ann@a.example ben@a.example" },
		{ "nested@a.example", "both@a.example cid@b.example "
				      "ben+lists@a.example" },
		{ "twice@a.example", "both@a.example nested@a.example" },
		{ "box@a.example", "ben+Lists@a.example" },
		{ "one@a.example", "two@a.example" },
		{ "two@a.example", "three@a.example ann@a.example" },
		{ "three@a.example", "one@a.example" },
		{ "self@a.example", "self@a.example" },
		{ "stale@a.example", "gone@a.example ann@a.example" },
		{ "dead@a.example", "gone@a.example" },
		{ "away@a.example", "ann@a.example x@elsewhere.example" },
		{ "abuse@b.example", "ben@a.example" },
	};

	world_open(&world, SPAN_LIT(settings));
	for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
		ck_assert_int_eq(world_add_user(&world, user[i]), STORE_OK);
	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		ck_assert_int_eq(world_set_alias(&world, alias[i][0],
				     alias[i][1]), STORE_OK);
	ck_assert_int_eq(world_add_mailbox(&world, "ben@a.example", "Lists"),
	    STORE_OK);
	ck_assert_int_eq(world_add_mailbox(&world, "ben@a.example",
			     "Lists/Deep"), STORE_OK);
}

static void
teardown(void)
{
	world_close(&world);
}

/* The mailbox of a target by the user's and its own name. */
static void
name_target(struct buf *out, const struct route_target *t)
{
	static const char *const place[][2] = {
		{ "ann@a.example", "INBOX" }, { "ben@a.example", "INBOX" },
		{ "ben@a.example", "Lists" },
		{ "ben@a.example", "Lists/Deep" },
		{ "cid@b.example", "INBOX" },
		{ "two+words@a.example", "INBOX" },
	};
	struct store_mailbox m;

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		store_begin(world.store);
		ck_assert_int_eq(world_mailbox(&world, place[i][0],
				     place[i][1], &m), STORE_OK);
		store_end(world.store);
		if (m.id == t->mailbox.id)
			buf_addf(out, "%s:%s ", place[i][0], place[i][1]);
	}
}

static const struct {
	const char *address;
	enum route_status status;
	const char *targets;
} routes[] = {
	{ "ann@a.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "ANN@A.Example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "\"ann\"@a.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "\"a\\nn\"@a.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "ann@b.example", ROUTE_UNKNOWN, "" },
	{ "nobody@a.example", ROUTE_UNKNOWN, "" },
	{ "\"ann@a.example\"@a.example", ROUTE_UNKNOWN, "" },
	{ "ann@elsewhere.example", ROUTE_FOREIGN, "" },
	{ "ann@[127.0.0.1]", ROUTE_FOREIGN, "" },
	{ "ann@sub.a.example", ROUTE_FOREIGN, "" },
	{ "ann", ROUTE_UNKNOWN, "" },
	{ "", ROUTE_UNKNOWN, "" },
	/* detail */
	{ "ben+Lists@a.example", ROUTE_OK, "ben@a.example:Lists " },
	{ "ben+lists@a.example", ROUTE_OK, "ben@a.example:Lists " },
	{ "ben+Lists/deep@a.example", ROUTE_OK, "ben@a.example:Lists/Deep " },
	{ "ben+none@a.example", ROUTE_OK, "ben@a.example:INBOX " },
	{ "ben+@a.example", ROUTE_OK, "ben@a.example:INBOX " },
	{ "ben+Lists+x@a.example", ROUTE_OK, "ben@a.example:INBOX " },
	{ "\"ben+../x\"@a.example", ROUTE_OK, "ben@a.example:INBOX " },
	{ "+ben@a.example", ROUTE_UNKNOWN, "" },
	{ "two+words@a.example", ROUTE_OK, "two+words@a.example:INBOX " },
	/* aliases */
	{ "both@a.example", ROUTE_OK,
	    "ann@a.example:INBOX ben@a.example:INBOX " },
	{ "both+x@a.example", ROUTE_OK,
	    "ann@a.example:INBOX ben@a.example:INBOX " },
	{ "Nested@a.example", ROUTE_OK,
	    "ann@a.example:INBOX ben@a.example:INBOX cid@b.example:INBOX "
	    "ben@a.example:Lists " },
	{ "twice@a.example", ROUTE_OK,
	    "ann@a.example:INBOX ben@a.example:INBOX cid@b.example:INBOX "
	    "ben@a.example:Lists " },
	{ "box@a.example", ROUTE_OK, "ben@a.example:Lists " },
	{ "one@a.example", ROUTE_LOOP, "" },
	{ "two+x@a.example", ROUTE_LOOP, "" },
	{ "self@a.example", ROUTE_LOOP, "" },
	{ "stale@a.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "dead@a.example", ROUTE_UNKNOWN, "" },
	{ "away@a.example", ROUTE_ELSEWHERE, "" },
	/* roles; ann was the first */
	{ "postmaster", ROUTE_OK, "ann@a.example:INBOX " },
	{ "Postmaster@b.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "postmaster+x@b.example", ROUTE_UNKNOWN, "" },
	{ "abuse@a.example", ROUTE_OK, "ann@a.example:INBOX " },
	{ "abuse@b.example", ROUTE_OK, "ben@a.example:INBOX " },
	{ "postmaster@elsewhere.example", ROUTE_FOREIGN, "" },
};

START_TEST(address_leads_to_mailboxes)
{
	struct route r = { 0 };
	struct buf names = { 0 };

	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     span_str(routes[_i].address)), routes[_i].status);
	for (size_t i = 0; i < r.ntargets; i++)
		name_target(&names, &r.target[i]);
	ck_buf_eq(&names, routes[_i].targets);
	buf_free(&names);
	route_clear(&r);
}
END_TEST

START_TEST(what_fails_adds_nothing)
{
	struct route r = { 0 };

	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("ben@a.example")), ROUTE_OK);
	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("away@a.example")), ROUTE_ELSEWHERE);
	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("both@a.example")), ROUTE_OK);
	ck_assert_uint_eq(r.ntargets, 2);
	ck_assert_str_eq(r.target[0].address, "ben@a.example");
	ck_assert_str_eq(r.target[1].address, "ann@a.example");
	route_clear(&r);
}
END_TEST

START_TEST(roles_follow_the_first_domain)
{
	struct route r = { 0 };

	world_set_alias(&world, "postmaster@a.example", "ben@a.example");
	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("postmaster@b.example")), ROUTE_OK);
	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("abuse@a.example")), ROUTE_OK);
	ck_assert_uint_eq(r.ntargets, 1);
	ck_assert_str_eq(r.target[0].address, "ben@a.example");
	route_clear(&r);
}
END_TEST

/* a0 leads to a1 … to ann: as long as may be, and longer. */
static enum route_status
route_chain(int length)
{
	struct route r = { 0 };
	enum route_status st;
	char name[32], to[32];

	for (int i = 0; i < length; i++) {
		snprintf(name, sizeof(name), "a%d@a.example", i);
		snprintf(to, sizeof(to), "a%d@a.example", i + 1);
		world_set_alias(&world, name,
		    i + 1 < length ? to : "ann@a.example");
	}
	st = route_add(&r, world.store, world.conf, SPAN_LIT("a0@a.example"));
	route_clear(&r);
	return st;
}

START_TEST(chain_of_aliases_has_an_end)
{
	ck_assert_int_eq(route_chain(ROUTE_DEPTH_MAX), ROUTE_OK);
	ck_assert_int_eq(route_chain(ROUTE_DEPTH_MAX + 1), ROUTE_LOOP);
}
END_TEST

/* Each of eight levels names the next one six times: 6^8 ways to ann. */
START_TEST(fan_of_aliases_is_cut_off)
{
	struct route r = { 0 };
	char name[32], to[256];

	for (int i = 0; i < 8; i++) {
		size_t n = 0;

		snprintf(name, sizeof(name), "f%d@a.example", i);
		for (int k = 0; k < 6; k++)
			n += (size_t)snprintf(to + n, sizeof(to) - n,
			    i < 7 ? "f%d+%d@a.example " : "ann@a.example ",
			    i + 1, k);
		to[n - 1] = '\0';
		world_set_alias(&world, name, to);
	}
	ck_assert_int_eq(route_add(&r, world.store, world.conf,
			     SPAN_LIT("f0@a.example")), ROUTE_LOOP);
	route_clear(&r);
}
END_TEST

static const struct {
	const char *address;
	bool ben, cid;
} owned[] = {
	{ "ben@a.example", true, false },
	{ "BEN+x@a.example", true, false },
	{ "both@a.example", true, false },
	{ "box@a.example", true, false },
	{ "nested@a.example", true, true },
	{ "cid@b.example", false, true },
	{ "ann@a.example", false, false },
	{ "away@a.example", false, false },
	{ "dead@a.example", false, false },
	{ "one@a.example", false, false },
	{ "nobody@a.example", false, false },
	{ "ben@elsewhere.example", false, false },
	{ "abuse@b.example", true, false },
	{ "postmaster@a.example", false, false },
	{ "", false, false },
};

static bool
owns(const char *user, const char *address)
{
	struct store_user u;

	store_begin(world.store);
	ck_assert_int_eq(store_user_find(world.store, span_str(user), &u),
	    STORE_OK);
	store_end(world.store);
	return route_owned(world.store, world.conf, &u, span_str(address));
}

START_TEST(owner_is_who_gets_the_mail)
{
	ck_assert_int_eq(owns("ben@a.example", owned[_i].address),
	    owned[_i].ben);
	ck_assert_int_eq(owns("cid@b.example", owned[_i].address),
	    owned[_i].cid);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, address_leads_to_mailboxes, 0,
	    sizeof(routes) / sizeof(routes[0]));
	tcase_add_test(tc, what_fails_adds_nothing);
	tcase_add_test(tc, roles_follow_the_first_domain);
	tcase_add_test(tc, chain_of_aliases_has_an_end);
	tcase_add_test(tc, fan_of_aliases_is_cut_off);
	tcase_add_loop_test(tc, owner_is_who_gets_the_mail, 0,
	    sizeof(owned) / sizeof(owned[0]));
}

int
main(void)
{
	return check_run("route", add);
}
