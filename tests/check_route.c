/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail_world.h"
#include "route.h"
#include "srs.h"

#include "check.h"

static struct world world;

static void
setup(void)
{
	static const char *const user[] = { "ann@example.org", "ben@example.org",
		"cid@example.net", "two+words@example.org" };
	static const char *const alias[][2] = {
		{ "both@example.org", "ann@example.org ben@example.org" },
		{ "nested@example.org", "both@example.org cid@example.net "
				      "ben+lists@example.org" },
		{ "twice@example.org", "both@example.org nested@example.org" },
		{ "box@example.org", "ben+Lists@example.org" },
		{ "one@example.org", "two@example.org" },
		{ "two@example.org", "three@example.org ann@example.org" },
		{ "three@example.org", "one@example.org" },
		{ "self@example.org", "self@example.org" },
		{ "stale@example.org", "gone@example.org ann@example.org" },
		{ "dead@example.org", "gone@example.org" },
		{ "away@example.org", "ann@example.org x@elsewhere.example" },
		{ "abuse@example.net", "ben@example.org" },
		{ "@example.com", "ann@example.org" },
		{ "real@example.com", "ben@example.org" },
		{ "dead@example.com", "gone@example.org" },
		{ "@example.edu", "x@example.edu" },
	};

	static char com[] = "example.com", edu[] = "example.edu";
	static char *domain[4];

	world_open(&world, engine_mem_open());
	domain[0] = world.conf.domain[0];
	domain[1] = world.conf.domain[1];
	domain[2] = com;
	domain[3] = edu;
	world.conf.domain = domain;
	world.conf.ndomains = 4;
	for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
		ck_assert_int_eq(world_add_user(&world, user[i]), STORE_OK);
	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		ck_assert_int_eq(world_set_alias(&world, alias[i][0],
				     alias[i][1]), STORE_OK);
	ck_assert_int_eq(world_add_mailbox(&world, "ben@example.org", "Lists"),
	    STORE_OK);
	ck_assert_int_eq(world_add_mailbox(&world, "ben@example.org",
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
		{ "ann@example.org", "INBOX" }, { "ben@example.org", "INBOX" },
		{ "ben@example.org", "Lists" },
		{ "ben@example.org", "Lists/Deep" },
		{ "cid@example.net", "INBOX" },
		{ "two+words@example.org", "INBOX" },
	};
	struct store_mailbox m;

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		ck_assert_int_eq(world_mailbox(&world, place[i][0],
				     place[i][1], &m), STORE_OK);
		if (m.id == t->mailbox.id)
			buf_addf(out, "%s:%s ", place[i][0], place[i][1]);
	}
}

static const struct {
	const char *address;
	enum route_status status;
	const char *targets;
} routes[] = {
	{ "ann@example.org", ROUTE_OK, "ann@example.org:INBOX " },
	{ "ANN@Example.ORG", ROUTE_OK, "ann@example.org:INBOX " },
	{ "\"ann\"@example.org", ROUTE_OK, "ann@example.org:INBOX " },
	{ "\"a\\nn\"@example.org", ROUTE_OK, "ann@example.org:INBOX " },
	{ "ann@example.net", ROUTE_UNKNOWN, "" },
	{ "nobody@example.org", ROUTE_UNKNOWN, "" },
	{ "\"ann@example.org\"@example.org", ROUTE_UNKNOWN, "" },
	{ "ann@elsewhere.example", ROUTE_FOREIGN, "" },
	{ "ann@[127.0.0.1]", ROUTE_FOREIGN, "" },
	{ "ann@suexample.net.org", ROUTE_FOREIGN, "" },
	{ "ann", ROUTE_UNKNOWN, "" },
	{ "", ROUTE_UNKNOWN, "" },
	/* detail */
	{ "ben+Lists@example.org", ROUTE_OK, "ben@example.org:Lists " },
	{ "ben+lists@example.org", ROUTE_OK, "ben@example.org:Lists " },
	{ "ben+Lists/deep@example.org", ROUTE_OK, "ben@example.org:Lists/Deep " },
	{ "ben+none@example.org", ROUTE_OK, "ben@example.org:INBOX " },
	{ "ben+@example.org", ROUTE_OK, "ben@example.org:INBOX " },
	{ "ben+Lists+x@example.org", ROUTE_OK, "ben@example.org:INBOX " },
	{ "\"ben+../x\"@example.org", ROUTE_OK, "ben@example.org:INBOX " },
	{ "+ben@example.org", ROUTE_UNKNOWN, "" },
	{ "two+words@example.org", ROUTE_OK, "two+words@example.org:INBOX " },
	/* aliases */
	{ "both@example.org", ROUTE_OK,
	    "ann@example.org:INBOX ben@example.org:INBOX " },
	{ "both+x@example.org", ROUTE_OK,
	    "ann@example.org:INBOX ben@example.org:INBOX " },
	{ "Nested@example.org", ROUTE_OK,
	    "ann@example.org:INBOX ben@example.org:INBOX cid@example.net:INBOX "
	    "ben@example.org:Lists " },
	{ "twice@example.org", ROUTE_OK,
	    "ann@example.org:INBOX ben@example.org:INBOX cid@example.net:INBOX "
	    "ben@example.org:Lists " },
	{ "box@example.org", ROUTE_OK, "ben@example.org:Lists " },
	{ "one@example.org", ROUTE_LOOP, "" },
	{ "two+x@example.org", ROUTE_LOOP, "" },
	{ "self@example.org", ROUTE_LOOP, "" },
	{ "stale@example.org", ROUTE_OK, "ann@example.org:INBOX " },
	{ "dead@example.org", ROUTE_UNKNOWN, "" },
	{ "away@example.org", ROUTE_ELSEWHERE, "" },
	/* roles; ann was the first */
	{ "postmaster", ROUTE_OK, "ann@example.org:INBOX " },
	{ "Postmaster@example.net", ROUTE_OK, "ann@example.org:INBOX " },
	{ "postmaster+x@example.net", ROUTE_UNKNOWN, "" },
	{ "abuse@example.org", ROUTE_OK, "ann@example.org:INBOX " },
	{ "abuse@example.net", ROUTE_OK, "ben@example.org:INBOX " },
	{ "postmaster@elsewhere.example", ROUTE_FOREIGN, "" },
	/* whatever nobody else wanted */
	{ "Any.Body@Example.COM", ROUTE_OK, "ann@example.org:INBOX " },
	{ "x%elsewhere.example@example.com", ROUTE_OK,
	    "ann@example.org:INBOX " },
	{ "\"x@elsewhere.example\"@example.com", ROUTE_OK,
	    "ann@example.org:INBOX " },
	{ "real@example.com", ROUTE_OK, "ben@example.org:INBOX " },
	{ "real+x@example.com", ROUTE_OK, "ben@example.org:INBOX " },
	{ "dead@example.com", ROUTE_OK, "ann@example.org:INBOX " },
	{ "@example.com", ROUTE_UNKNOWN, "" },
	{ "y@example.edu", ROUTE_LOOP, "" },
};

START_TEST(address_leads_to_mailboxes)
{
	struct route r = { 0 };
	struct buf names = { 0 };

	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     span_str(routes[_i].address)), routes[_i].status);
	for (size_t i = 0; i < r.ntargets; i++)
		name_target(&names, &r.target[i]);
	ck_buf_eq(&names, routes[_i].targets);
	buf_free(&names);
	route_clear(&r);
}
END_TEST

static const unsigned char srs_key[SRS_KEY_SIZE] = "key";

static const struct {
	const char *sender, *back; /* NULL: to ann, here */
	bool key, domain;
	enum route_status status;
} returns[] = {
	{ "x@elsewhere.example", "x@elsewhere.example", true, true, ROUTE_OK },
	{ "ann@example.org", NULL, true, true, ROUTE_OK },
	{ "SRS0=a=b=c=d@first.example", "SRS0=a=b=c=d@first.example", true,
	    true, ROUTE_OK },
	{ "x@elsewhere.example", NULL, false, true, ROUTE_UNKNOWN },
	{ "x@elsewhere.example", NULL, true, false, ROUTE_UNKNOWN },
};

START_TEST(srs_address_leads_back)
{
	static char domain[] = "example.net";
	struct route r = { .srs_key = returns[_i].key ? srs_key : NULL };
	struct buf to = { 0 };

	world.conf.mx = true;
	world.conf.srs_domain = returns[_i].domain ? domain : NULL;
	srs_forward(&to, srs_key, span_str(returns[_i].sender), domain,
	    (int64_t)time(NULL));
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     buf_span(&to)), returns[_i].status);
	if (returns[_i].back != NULL)
		ck_assert_str_eq(r.remote[0].address, returns[_i].back);
	ck_assert_uint_eq(r.nremotes, returns[_i].back != NULL);
	route_clear(&r);
	/* Nobody else has signed it. */
	to.data[6] = to.data[6] == 'a' ? 'b' : 'a';
	r.srs_key = srs_key;
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     buf_span(&to)), ROUTE_UNKNOWN);
	route_clear(&r);
	buf_free(&to);
}
END_TEST

static const struct {
	const char *name, *target;
	bool loops;
} changes[] = {
	{ "new@example.org", "ann@example.org", false },
	{ "new@example.org", "both@example.org", false },
	{ "new@example.org", "x@elsewhere.example", false },
	{ "new@example.org", "nobody@example.org", false },
	{ "new@example.org", "new@example.org", true },
	{ "new@example.org", "NEW@example.org", true },
	{ "new@example.org", "new+x@example.org", true },
	{ "both@example.org", "nested@example.org", true },
	{ "ann2@example.org", "one@example.org", true },
	/* It would end the loop of these. */
	{ "three@example.org", "ann@example.org", false },
	{ "@example.org", "ann@example.org", false },
	{ "@example.org", "nobody@example.org", true },
	{ "@example.org", "nobody@example.com", false },
};

START_TEST(alias_that_would_loop)
{
	const struct span target = span_str(changes[_i].target);

	ck_assert_int_eq(route_loops(world.store, &world.conf,
			     changes[_i].name, &target, 1), changes[_i].loops);
}
END_TEST

static struct conf_smarthost smarthost = { .host = "mx.example", .port = 25 };

static const struct {
	bool relay;
	const char *address;
	enum route_status status;
	const char *remote; /* with its domain */
	size_t here;
} remotes[] = {
	{ true, "Ann@Elsewhere.EXAMPLE", ROUTE_OK,
	    "Ann@Elsewhere.EXAMPLE elsewhere.example ", 0 },
	{ true, "\"a b\"@x.example", ROUTE_OK, "\"a b\"@x.example x.example ",
	    0 },
	{ true, "a@b\xc3\xbc" "cher.example", ROUTE_OK,
	    "a@b\xc3\xbc" "cher.example xn--bcher-kva.example ", 0 },
	{ true, "a@[127.0.0.1]", ROUTE_OK, "a@[127.0.0.1] [127.0.0.1] ", 0 },
	{ false, "ann@elsewhere.example", ROUTE_FOREIGN, "", 0 },
	{ false, "away@example.org", ROUTE_OK,
	    "x@elsewhere.example elsewhere.example ", 1 },
	{ true, "away@example.org", ROUTE_OK,
	    "x@elsewhere.example elsewhere.example ", 1 },
	{ true, "ann@example.org", ROUTE_OK, "", 1 },
	{ true, "nobody@example.org", ROUTE_UNKNOWN, "", 0 },
};

START_TEST(what_is_elsewhere_is_relayed)
{
	struct route r = { .relay = remotes[_i].relay, .origin = 7 };
	struct buf names = { 0 };

	world.conf.smarthost = &smarthost;
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     span_str(remotes[_i].address)),
	    remotes[_i].status);
	for (size_t i = 0; i < r.nremotes; i++) {
		buf_addf(&names, "%s %s ", r.remote[i].address,
		    r.remote[i].domain);
		ck_assert_uint_eq(r.remote[i].origin, 7);
	}
	ck_buf_eq(&names, remotes[_i].remote);
	ck_assert_uint_eq(r.ntargets, remotes[_i].here);
	ck_assert_int_eq(r.here, remotes[_i].here > 0);
	/* Once more it is the same one. */
	route_add(&r, world.store, &world.conf, span_str(remotes[_i].address));
	ck_assert_uint_le(r.nremotes, 1);
	buf_free(&names);
	route_clear(&r);
}
END_TEST

START_TEST(what_fails_adds_nothing)
{
	struct route r = { 0 };

	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("ben@example.org")), ROUTE_OK);
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("away@example.org")), ROUTE_ELSEWHERE);
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("both@example.org")), ROUTE_OK);
	ck_assert_uint_eq(r.ntargets, 2);
	ck_assert_str_eq(r.target[0].address, "ben@example.org");
	ck_assert_str_eq(r.target[1].address, "ann@example.org");
	route_clear(&r);
}
END_TEST

START_TEST(roles_follow_the_first_domain)
{
	struct route r = { 0 };

	world_set_alias(&world, "postmaster@example.org", "ben@example.org");
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("postmaster@example.net")), ROUTE_OK);
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("abuse@example.org")), ROUTE_OK);
	ck_assert_uint_eq(r.ntargets, 1);
	ck_assert_str_eq(r.target[0].address, "ben@example.org");
	route_clear(&r);
}
END_TEST

START_TEST(added_domain_is_ours)
{
	struct route r = { 0 };

	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("x@added.example")), ROUTE_FOREIGN);
	world_add_domain(&world, "added.example");
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("x@Added.example")), ROUTE_UNKNOWN);
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("Postmaster@added.example")), ROUTE_OK);
	world_add_user(&world, "dan@added.example");
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("dan+x@added.example")), ROUTE_OK);
	ck_assert_uint_eq(r.ntargets, 2);
	ck_assert_str_eq(r.target[1].address, "dan+x@added.example");
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
		snprintf(name, sizeof(name), "a%d@example.org", i);
		snprintf(to, sizeof(to), "a%d@example.org", i + 1);
		world_set_alias(&world, name,
		    i + 1 < length ? to : "ann@example.org");
	}
	st = route_add(&r, world.store, &world.conf, SPAN_LIT("a0@example.org"));
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

		snprintf(name, sizeof(name), "f%d@example.org", i);
		for (int k = 0; k < 6; k++)
			n += (size_t)snprintf(to + n, sizeof(to) - n,
			    i < 7 ? "f%d+%d@example.org " : "ann@example.org ",
			    i + 1, k);
		to[n - 1] = '\0';
		world_set_alias(&world, name, to);
	}
	ck_assert_int_eq(route_add(&r, world.store, &world.conf,
			     SPAN_LIT("f0@example.org")), ROUTE_LOOP);
	route_clear(&r);
}
END_TEST

static const struct {
	const char *address;
	bool ben, cid;
} owned[] = {
	{ "ben@example.org", true, false },
	{ "BEN+x@example.org", true, false },
	{ "both@example.org", true, false },
	{ "box@example.org", true, false },
	{ "nested@example.org", true, true },
	{ "cid@example.net", false, true },
	{ "ann@example.org", false, false },
	{ "away@example.org", false, false },
	{ "dead@example.org", false, false },
	{ "one@example.org", false, false },
	{ "nobody@example.org", false, false },
	{ "ben@elsewhere.example", false, false },
	{ "abuse@example.net", true, false },
	{ "postmaster@example.org", false, false },
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
	return route_owned(world.store, &world.conf, &u, span_str(address));
}

START_TEST(owner_is_who_was_granted_it)
{
	ck_assert_int_eq(world_set_send_as(&world, "cid@example.net",
	    "ann@example.org X@Elsewhere.example"), STORE_OK);
	ck_assert(owns("cid@example.net", "Ann@example.org"));
	ck_assert(owns("cid@example.net", "x@elsewhere.EXAMPLE"));
	ck_assert(!owns("cid@example.net", "ann+x@example.org"));
	ck_assert(!owns("cid@example.net", "y@elsewhere.example"));
	ck_assert(!owns("ben@example.org", "ann@example.org"));
	ck_assert_int_eq(world_set_send_as(&world, "cid@example.net", ""),
	    STORE_OK);
	ck_assert(!owns("cid@example.net", "ann@example.org"));
	ck_assert_int_eq(world_set_send_as(&world, "nobody@example.org",
	    "ann@example.org"), STORE_NONEXISTENT);
}
END_TEST

START_TEST(owner_is_who_gets_the_mail)
{
	ck_assert_int_eq(owns("ben@example.org", owned[_i].address),
	    owned[_i].ben);
	ck_assert_int_eq(owns("cid@example.net", owned[_i].address),
	    owned[_i].cid);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, srs_address_leads_back, 0,
	    sizeof(returns) / sizeof(returns[0]));
	tcase_add_loop_test(tc, alias_that_would_loop, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_loop_test(tc, address_leads_to_mailboxes, 0,
	    sizeof(routes) / sizeof(routes[0]));
	tcase_add_loop_test(tc, what_is_elsewhere_is_relayed, 0,
	    sizeof(remotes) / sizeof(remotes[0]));
	tcase_add_test(tc, what_fails_adds_nothing);
	tcase_add_test(tc, roles_follow_the_first_domain);
	tcase_add_test(tc, added_domain_is_ours);
	tcase_add_test(tc, chain_of_aliases_has_an_end);
	tcase_add_test(tc, fan_of_aliases_is_cut_off);
	tcase_add_test(tc, owner_is_who_was_granted_it);
	tcase_add_loop_test(tc, owner_is_who_gets_the_mail, 0,
	    sizeof(owned) / sizeof(owned[0]));
}

int
main(void)
{
	return check_run("route", add);
}
