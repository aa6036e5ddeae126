/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <sched.h>
#include <stdio.h>

#include "ctl_harness.h"
#include "file.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct ctl_harness h;

static void
setup(void)
{
	ctl_harness_open(&h, NULL, NULL);
}

static void
teardown(void)
{
	ctl_harness_close(&h);
}

/* Ask; the answer has that status and, unless want is NULL, is that JSON but
 * for "created". */
static void
ask(const char *method, const char *path, const char *body, int status,
    const char *want)
{
	json_t *have, *w;

	ctl_harness_ask(&h, method, path, span_str(body != NULL ? body : ""));
	ck_assert_msg(h.status == status, "%s %s: %d, not %d: %s", method,
	    path, h.status, status, h.body.data);
	if (want == NULL)
		return;
	have = json_loadb(h.body.data, h.body.len, 0, NULL);
	w = json_loads(want, 0, NULL);
	ck_assert(have != NULL && w != NULL);
	json_object_del(have, "created");
	ck_assert_msg(json_equal(have, w), "%s %s: %s", method, path,
	    h.body.data);
	json_decref(have);
	json_decref(w);
}

/* The same where it is an error: it has that code, and is whole. */
static void
fails(const char *method, const char *path, const char *body, int status,
    const char *code)
{
	const char *got, *title;
	json_t *o;
	int v, in_body;

	ask(method, path, body, status, NULL);
	o = json_loadb(h.body.data, h.body.len, 0, NULL);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(json_unpack(o, "{s:i, s:s, s:s, s:i}", "v", &v,
			     "code", &got, "title", &title, "status",
			     &in_body), 0);
	ck_assert_str_eq(got, code);
	ck_assert_int_eq(in_body, status);
	json_decref(o);
}

#define USERS       "/v1/users"
#define BOB         "/v1/users/bob"
#define CREATE(u, p) "{\"address\":\"" u "\",\"password\":\"" p "\"}"
#define BOB_JSON                                                               \
	"{\"v\":1,\"address\":\"bob@one.example\",\"disabled\":false}"

/* ---- the server ---- */

START_TEST(index_can_be_made_anew)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("POST", "/v1/index/rebuild", NULL, 204, NULL);
	ask("POST", USERS "/bob@one.example/index/rebuild", NULL, 204, NULL);
	fails("POST", USERS "/ann@one.example/index/rebuild", NULL, 404,
	    "no_such_user");
	while (!indexer_idle(h.env.indexer))
		sched_yield();
	ask("GET", "/v1/index", NULL, 200,
	    "{\"v\":1,\"mailboxes\":6,\"messages\":0,\"indexed\":0,"
	    "\"segments\":0,\"bytes\":0,\"idle\":true}");
}
END_TEST

START_TEST(ping_and_stats)
{
	int64_t uptime, updates, sessions;
	json_t *o;

	ask("GET", "/v1/ping", NULL, 200, NULL);
	o = json_loadb(h.body.data, h.body.len, 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(o, "hostname")),
	    "mail.example");
	json_decref(o);
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("GET", "/v1/stats", NULL, 200, NULL);
	o = json_loadb(h.body.data, h.body.len, 0, NULL);
	ck_assert_int_eq(json_unpack(o, "{s:I, s:I, s:{s:I}}", "uptime",
	    &uptime, "sessions", &sessions, "engine", "updates", &updates), 0);
	ck_assert_int_ge(uptime, 5);
	ck_assert_int_ge(updates, 1);
	ck_assert_int_eq(sessions, 0);
	json_decref(o);
}
END_TEST

static const struct {
	const char *method, *path, *body;
	int status;
	const char *code, *allow;
} wrong[] = {
	{ "GET", "/", NULL, 404, "no_such_resource", NULL },
	{ "GET", "/v1", NULL, 404, "no_such_resource", NULL },
	{ "GET", "/v1/users/", NULL, 404, "no_such_resource", NULL },
	{ "GET", "/v1/users//password", NULL, 404, "no_such_resource", NULL },
	{ "GET", "/v1/users/a/b", NULL, 404, "no_such_resource", NULL },
	{ "GET", "//v1/users", NULL, 404, "no_such_resource", NULL },
	{ "DELETE", USERS, NULL, 405, "method_not_allowed", "GET, POST" },
	{ "", USERS, NULL, 405, "method_not_allowed", "GET, POST" },
	{ "POST", BOB, "{}", 405, "method_not_allowed", "DELETE, GET" },
	{ "GET", "/v1/users/%zz", NULL, 400, "bad_request", NULL },
	{ "GET", "/v1/users/%ff", NULL, 400, "bad_request", NULL },
	{ "GET", "/v1/users/%4", NULL, 400, "bad_request", NULL },
	{ "GET", "/v1/users/nobody", NULL, 404, "no_such_user", NULL },
	{ "GET", "/v1/users/a%00b", NULL, 404, "no_such_user", NULL },
	{ "GET", "/v1/users/nobody/mailboxes", NULL, 404, "no_such_user",
	    NULL },
	{ "DELETE", "/v1/users/nobody", NULL, 404, "no_such_user", NULL },
	{ "DELETE", "/v1/aliases/nobody", NULL, 404, "no_such_alias", NULL },
	{ "DELETE", "/v1/dkim/no.example", NULL, 404, "no_such_key", NULL },
	{ "POST", "/v1/dkim/a..b", NULL, 400, "bad_domain", NULL },
	{ "POST", "/v1/dkim/a%00b", NULL, 400, "bad_domain", NULL },
	{ "POST", "/v1/dkim/a%2fb", NULL, 400, "bad_domain", NULL },
	{ "POST", "/v1/dkim/%zz", NULL, 400, "bad_request", NULL },
	{ "POST", "/v1/domains", "{\"domain\":\"a..b\"}", 400, "bad_domain",
	    NULL },
	{ "POST", "/v1/domains", "{\"domain\":\"-a.b\"}", 400, "bad_domain",
	    NULL },
	{ "POST", "/v1/domains", "{\"domain\":\"\"}", 400, "bad_domain",
	    NULL },
	{ "POST", "/v1/domains", "{\"domain\":\"a b\"}", 400, "bad_domain",
	    NULL },
	{ "POST", "/v1/domains", "{\"domain\":1}", 400, "bad_request", NULL },
	{ "DELETE", "/v1/domains/no.example", NULL, 404, "no_such_domain",
	    NULL },
	{ "DELETE", "/v1/domains/a%00b", NULL, 400, "bad_domain", NULL },
	{ "POST", USERS, "", 400, "bad_request", NULL },
	{ "POST", USERS, "[]", 400, "bad_request", NULL },
	{ "POST", USERS, "{\"address\":", 400, "bad_request", NULL },
	{ "POST", USERS, "{\"address\":\"a\"}", 400, "bad_request", NULL },
	{ "POST", USERS, "{\"address\":\"a\",\"password\":1}", 400,
	    "bad_request", NULL },
	{ "POST", USERS, "{\"address\":\"a\",\"password\":\"b\\u0000\"}", 400,
	    "bad_request", NULL },
	{ "POST", USERS, "{\"address\":\"a\",\"password\":\"b\",\"x\":1}", 400,
	    "bad_request", NULL },
	{ "POST", USERS,
	    "{\"address\":\"a\",\"address\":\"b\",\"password\":\"b\"}", 400,
	    "bad_request", NULL },
	{ "POST", USERS, CREATE("", "x"), 400, "bad_address", NULL },
	{ "POST", USERS, CREATE("a b", "x"), 400, "bad_address", NULL },
	{ "POST", USERS, CREATE("a@", "x"), 400, "bad_address", NULL },
	{ "POST", USERS, CREATE("a@b@one.example", "x"), 400, "bad_address",
	    NULL },
	{ "POST", USERS, CREATE("a@foreign.example", "x"), 400, "bad_address",
	    NULL },
	{ "POST", USERS, CREATE("\\\"a\\\"", "x"), 400, "bad_address", NULL },
	{ "POST", USERS, CREATE("a\\r\\nb", "x"), 400, "bad_address", NULL },
	{ "POST", USERS, CREATE("bob", ""), 400, "bad_password", NULL },
	{ "PUT", BOB "/password", "{\"password\":\"x\"}", 404, "no_such_user",
	    NULL },
	{ "PUT", BOB "/password", "{\"password\":\"\"}", 400, "bad_password",
	    NULL },
	{ "PUT", BOB "/password", "{}", 400, "bad_request", NULL },
	{ "PUT", "/v1/aliases/a", "{}", 400, "bad_request", NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":\"b\"}", 400, "bad_request",
	    NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":[]}", 400, "bad_request",
	    NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":[1]}", 400, "bad_request",
	    NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":[\"b@c@\"]}", 400,
	    "bad_request", NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":[\"\"]}", 400, "bad_request",
	    NULL },
	{ "PUT", "/v1/aliases/a", "{\"targets\":[\"b\",\"A@ONE.example\"]}",
	    400, "bad_request", NULL },
	{ "PUT", "/v1/aliases/a@foreign.example", "{\"targets\":[\"b\"]}", 400,
	    "bad_address", NULL },
};

START_TEST(bad_request_gets_its_problem)
{
	fails(wrong[_i].method, wrong[_i].path, wrong[_i].body,
	    wrong[_i].status, wrong[_i].code);
	if (wrong[_i].allow != NULL)
		ck_assert_str_eq(h.allow, wrong[_i].allow);
	else
		ck_assert_ptr_null(h.allow);
	ck_assert_int_eq(fake_find(&h.auth, SPAN_LIT("bob@one.example")), -1);
}
END_TEST

/* ---- users ---- */

START_TEST(user_is_created_changed_and_deleted)
{
	ask("GET", USERS, NULL, 200, "{\"v\":1,\"users\":[]}");
	ask("POST", USERS, CREATE("Bob", "s3cret"), 201, BOB_JSON);
	ask("GET", "/v1/users/b%6Fb@ONE.example", NULL, 200, BOB_JSON);
	ck_assert_str_eq(h.auth.user[0], "bob@one.example");
	ck_assert_str_eq(h.auth.password[0], "s3cret");
	fails("POST", USERS, CREATE("bob@one.example", "other"), 409,
	    "user_exists");
	ck_assert_str_eq(h.auth.password[0], "s3cret");
	ask("POST", USERS, CREATE("alice@two.example", "x"), 201, NULL);
	ask("GET", USERS, NULL, 200, NULL);
	ck_assert(strstr(h.body.data, "alice@two.example") <
	    strstr(h.body.data, "bob@one.example"));
	ck_buf_eq(&h.ended, "");

	ask("PUT", BOB "/password", "{\"password\":\"n3w\"}", 204, NULL);
	ck_buf_eq(&h.body, "");
	ck_assert_str_eq(h.auth.password[0], "n3w");
	ck_buf_eq(&h.ended, "bob@one.example;");

	ask("DELETE", BOB, NULL, 204, NULL);
	ck_buf_eq(&h.ended, "bob@one.example;bob@one.example;");
	ck_assert_int_eq(fake_find(&h.auth, SPAN_LIT("bob@one.example")), -1);
	fails("GET", BOB, NULL, 404, "no_such_user");
	fails("DELETE", BOB, NULL, 404, "no_such_user");
}
END_TEST

START_TEST(user_has_mailboxes)
{
	static const char *const names[] = { "INBOX", "Archive", "Drafts",
		"Junk", "Sent", "Trash" };
	json_t *o, *list, *m, *use;

	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("GET", BOB "/mailboxes", NULL, 200, NULL);
	o = json_loadb(h.body.data, h.body.len, 0, NULL);
	list = json_object_get(o, "mailboxes");
	ck_assert_uint_eq(json_array_size(list), LEN(names));
	for (size_t i = 0; i < LEN(names); i++) {
		m = json_array_get(list, i);
		use = json_object_get(m, "use");
		ck_assert_str_eq(json_string_value(json_object_get(m, "name")),
		    names[i]);
		ck_assert_int_eq(json_integer_value(
		    json_object_get(m, "uidnext")), 1);
		ck_assert_uint_eq(json_array_size(use), i > 0);
		if (i > 0)
			ck_assert_str_eq(json_string_value(
			    json_array_get(use, 0)), names[i]);
	}
	json_decref(o);
}
END_TEST

static json_int_t
quota(const char *resource, const char *member)
{
	const json_t *v;
	json_int_t n;
	json_t *o;

	ask("GET", BOB "/quota", NULL, 200, NULL);
	o = json_loadb(h.body.data, h.body.len, 0, NULL);
	v = json_object_get(json_object_get(o, resource), member);
	ck_assert_ptr_nonnull(v);
	n = json_is_null(v) ? -1 : json_integer_value(v);
	json_decref(o);
	return n;
}

START_TEST(user_has_a_quota)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ck_assert_int_eq(quota("mailboxes", "used"), 6);
	ck_assert_int_eq(quota("storage", "limit"), -1);
	ask("PUT", BOB "/quota", "{\"storage\":4096,\"messages\":7}", 204,
	    NULL);
	ck_assert_int_eq(quota("storage", "limit"), 4096);
	ask("PUT", BOB "/quota", "{\"storage\":null}", 204, NULL);
	ck_assert_int_eq(quota("storage", "limit"), -1);
	ck_assert_int_eq(quota("messages", "limit"), 7);
	ask("PUT", BOB "/quota", "{\"messages\":\"default\"}", 204, NULL);
	ck_assert_int_eq(quota("messages", "limit"), -1);
	fails("PUT", BOB "/quota", "{\"storage\":-1}", 400, "bad_request");
	fails("PUT", BOB "/quota", "{\"storage\":\"much\"}", 400,
	    "bad_request");
	fails("PUT", BOB "/quota", "{\"mail\":1}", 400, "bad_request");
	fails("PUT", USERS "/nobody/quota", "{}", 404, "no_such_user");
	fails("GET", USERS "/nobody/quota", NULL, 404, "no_such_user");
}
END_TEST

/* ---- half a user ---- */

START_TEST(auth_away_creates_nothing)
{
	h.auth.fails = true;
	fails("POST", USERS, CREATE("bob", "x"), 503, "unavailable");
	fails("GET", BOB, NULL, 404, "no_such_user");
}
END_TEST

START_TEST(store_failing_takes_auth_back)
{
	engine_mem_fail(h.engine, 1, ENGINE_IO);
	fails("POST", USERS, CREATE("bob", "x"), 503, "unavailable");
	ck_assert_int_eq(fake_find(&h.auth, SPAN_LIT("bob@one.example")), -1);
}
END_TEST

START_TEST(user_only_in_auth_is_completed)
{
	fake_set(&h.auth, SPAN_LIT("bob@one.example"), SPAN_LIT("old"), true);
	fails("GET", BOB, NULL, 404, "no_such_user");
	ask("POST", USERS, CREATE("bob", "new"), 201, BOB_JSON);
	ck_assert_str_eq(h.auth.password[0], "new");
}
END_TEST

START_TEST(user_only_in_auth_can_go)
{
	fake_set(&h.auth, SPAN_LIT("bob@one.example"), SPAN_LIT("old"), true);
	ask("DELETE", BOB, NULL, 204, NULL);
	fails("DELETE", BOB, NULL, 404, "no_such_user");
}
END_TEST

START_TEST(half_deleted_user_can_go_or_come_back)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	engine_mem_fail(h.engine, 1, ENGINE_CORRUPT);
	fails("DELETE", BOB, NULL, 503, "unavailable");
	engine_mem_fail(h.engine, 1, ENGINE_OK);
	ck_assert_int_eq(fake_find(&h.auth, SPAN_LIT("bob@one.example")), -1);
	switch (_i) {
	case 0:
		ask("DELETE", BOB, NULL, 204, NULL);
		fails("GET", BOB, NULL, 404, "no_such_user");
		break;
	case 1:
		ask("POST", USERS, CREATE("bob", "again"), 201, BOB_JSON);
		ck_assert_str_eq(h.auth.password[0], "again");
		break;
	case 2:
		ask("PUT", BOB "/password", "{\"password\":\"again\"}", 204,
		    NULL);
		ck_assert_str_eq(h.auth.password[0], "again");
		break;
	}
}
END_TEST

/* ---- aliases ---- */

#define INFO "/v1/aliases/info"

START_TEST(alias_is_set_listed_and_deleted)
{
	ask("GET", "/v1/aliases", NULL, 200, "{\"v\":1,\"aliases\":[]}");
	ask("PUT", INFO, "{\"targets\":[\"bob\"]}", 204, NULL);
	ask("PUT", "/v1/aliases/Info@ONE.example",
	    "{\"targets\":[\"Bob\",\"Sales@Foreign.example\"]}", 204, NULL);
	ask("GET", "/v1/aliases", NULL, 200,
	    "{\"v\":1,\"aliases\":[{\"v\":1,\"address\":\"info@one.example\","
	    "\"targets\":[\"bob@one.example\",\"sales@foreign.example\"]}]}");
	ask("DELETE", INFO, NULL, 204, NULL);
	fails("DELETE", INFO, NULL, 404, "no_such_alias");
	ask("GET", "/v1/aliases", NULL, 200, "{\"v\":1,\"aliases\":[]}");
}
END_TEST

START_TEST(address_is_user_or_alias)
{
	ask("PUT", INFO, "{\"targets\":[\"bob\"]}", 204, NULL);
	fails("POST", USERS, CREATE("info", "x"), 409, "alias_exists");
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	fails("PUT", "/v1/aliases/bob", "{\"targets\":[\"info\"]}", 409,
	    "user_exists");
}
END_TEST

static bool
disabled(void)
{
	ask("PUT", BOB "/disabled", "{\"disabled\":true}", 204, NULL);
	return true;
}

static bool
nested(void)
{
	ask("PUT", INFO, "{\"targets\":[\"bob+x\",\"a@b.example\"]}", 204,
	    NULL);
	ask("PUT", "/v1/aliases/@two.example", "{\"targets\":[\"info\"]}",
	    204, NULL);
	return true;
}

#define END(kind, address, via)                                                \
	"{\"v\":1,\"kind\":\"" kind "\",\"address\":\"" address           \
	"\",\"via\":[" via "]"
#define TO_BOB ",\"user\":\"bob@one.example\",\"mailbox\":"

static const struct {
	const char *address;
	bool (*before)(void);
	const char *accepted, *ends;
} resolved[] = {
	{ "Bob", NULL, "true", END("mailbox", "bob@one.example", "")
	    TO_BOB "\"INBOX\"}" },
	{ "bob%2bjunk@one.example", NULL, "true",
	    END("mailbox", "bob+junk@one.example", "") TO_BOB "\"Junk\"}" },
	{ "postmaster@two.example", NULL, "true",
	    END("mailbox", "postmaster@one.example", "") TO_BOB "\"INBOX\"}" },
	{ "any@two.example", nested, "true",
	    END("mailbox", "bob+x@one.example",
		"\"@two.example\",\"info@one.example\"") TO_BOB "\"INBOX\"},"
	    END("remote", "a@b.example",
		"\"@two.example\",\"info@one.example\"") "}" },
	{ "eve", NULL, "false,\"reply\":\"550 5.1.1 No such user here\"",
	    END("refused", "eve@one.example", "")
	    ",\"reply\":\"550 5.1.1 No such user here\"}" },
	{ "info", disabled, "true",
	    END("refused", "bob+x@one.example", "\"info@one.example\"")
	    ",\"reply\":\"550 5.2.1 Mailbox takes no mail\"},"
	    END("remote", "a@b.example", "\"info@one.example\"") "}" },
};

START_TEST(address_is_resolved)
{
	json_t *o;

	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	for (size_t i = 0; i < LEN(resolved); i++) {
		struct buf path = { 0 }, want = { 0 };

		if (resolved[i].before != NULL)
			resolved[i].before();
		buf_addf(&path, "/v1/aliases/%s/resolve", resolved[i].address);
		ask("GET", path.data, NULL, 200, NULL);
		o = json_loadb(h.body.data, h.body.len, 0, NULL);
		buf_addf(&want, "{\"v\":1,\"address\":\"%s\",\"accepted\":%s,"
		    "\"ends\":[%s]}", json_string_value(
		    json_object_get(o, "address")), resolved[i].accepted,
		    resolved[i].ends);
		ask("GET", path.data, NULL, 200, want.data);
		json_decref(o);
		buf_free(&path);
		buf_free(&want);
	}
}
END_TEST

/* ---- domains ---- */

#define DOMAINS    "/v1/domains"
#define DOMAIN(d)  "{\"domain\":\"" d "\"}"
#define CONFIGURED                                                             \
	"{\"v\":1,\"domain\":\"one.example\",\"source\":\"configuration\"}," \
	"{\"v\":1,\"domain\":\"two.example\",\"source\":\"configuration\"}"
#define ADDED(d) "{\"v\":1,\"domain\":\"" d "\",\"source\":\"added\"}"

START_TEST(domain_is_added_listed_and_removed)
{
	ask("GET", DOMAINS, NULL, 200,
	    "{\"v\":1,\"domains\":[" CONFIGURED "]}");
	fails("POST", USERS, CREATE("ann@Three.example", "x"), 400,
	    "bad_address");
	ask("POST", DOMAINS, DOMAIN("Three.example"), 201,
	    ADDED("three.example"));
	ask("POST", DOMAINS, DOMAIN("b\\u00fccher.example"), 201,
	    ADDED("xn--bcher-kva.example"));
	fails("POST", DOMAINS, DOMAIN("three.EXAMPLE"), 409, "domain_exists");
	fails("POST", DOMAINS, DOMAIN("one.example"), 409, "domain_exists");
	ask("GET", DOMAINS, NULL, 200, "{\"v\":1,\"domains\":[" CONFIGURED ","
	    ADDED("three.example") "," ADDED("xn--bcher-kva.example") "]}");
	ask("POST", USERS, CREATE("ann@b\\u00fccher.example", "x"), 201,
	    "{\"v\":1,\"address\":\"ann@xn--bcher-kva.example\","
	    "\"disabled\":false}");
	ask("POST", USERS, CREATE("ann@Three.example", "x"), 201, NULL);
	ask("PUT", "/v1/aliases/@three.example", "{\"targets\":[\"bob\"]}",
	    204, NULL);
	fails("DELETE", DOMAINS "/b%c3%bccher.example", NULL, 409,
	    "domain_in_use");
	fails("DELETE", DOMAINS "/three.example", NULL, 409, "domain_in_use");
	ask("DELETE", "/v1/users/ann@three.example", NULL, 204, NULL);
	fails("DELETE", DOMAINS "/three.example", NULL, 409, "domain_in_use");
	ask("DELETE", "/v1/aliases/@three.example", NULL, 204, NULL);
	ask("DELETE", DOMAINS "/three.example", NULL, 204, NULL);
	fails("DELETE", DOMAINS "/three.example", NULL, 404, "no_such_domain");
	fails("DELETE", DOMAINS "/two.example", NULL, 409,
	    "domain_configured");
}
END_TEST

/* What was added before the configuration named it. */
START_TEST(domain_of_both_kinds_can_be_removed)
{
	struct conf *conf = h.conf;
	struct buf errors = { 0 };

	ask("POST", DOMAINS, DOMAIN("new.example"), 201, NULL);
	ask("POST", USERS, CREATE("ann@new.example", "x"), 201, NULL);
	h.conf = conf_parse_text(SPAN_LIT("domain one.example new.example"),
	    "test", NULL, 0, &errors);
	h.env.accounts.conf = h.conf;
	conf_free(conf);
	ask("DELETE", DOMAINS "/new.example", NULL, 204, NULL);
	fails("DELETE", DOMAINS "/new.example", NULL, 409,
	    "domain_configured");
}
END_TEST

/* ---- keys ---- */

#define KEYS "/v1/dkim/Keys.example"

/* How many keys of a state the last answer told. */
static size_t
count_keys(const char *state)
{
	json_t *o = json_loadb(h.body.data, h.body.len, 0, NULL), *key;
	size_t i, n = 0;

	json_array_foreach(json_object_get(o, "keys"), i, key) {
		ck_assert_str_eq(
		    json_string_value(json_object_get(key, "domain")),
		    "keys.example");
		n += strcmp(json_string_value(json_object_get(key, "state")),
			 state) == 0;
	}
	json_decref(o);
	return n;
}

START_TEST(keys_are_made_followed_and_forgotten)
{
	fails("POST", KEYS "/next", NULL, 404, "no_such_key");
	ask("POST", KEYS, NULL, 200, NULL);
	ck_assert_uint_eq(count_keys("active"), 2);
	fails("POST", KEYS, NULL, 409, "key_exists");
	fails("POST", KEYS "/switch", NULL, 404, "no_such_key");
	ask("POST", KEYS "/next", NULL, 200, NULL);
	ck_assert_uint_eq(count_keys("next"), 2);
	fails("POST", KEYS "/next", NULL, 409, "key_exists");
	ask("POST", KEYS "/switch", NULL, 200, NULL);
	ck_assert_uint_eq(count_keys("active"), 2);
	ask("GET", "/v1/dkim", NULL, 200, NULL);
	ck_assert_uint_eq(count_keys("next"), 0);
	ask("DELETE", KEYS, NULL, 204, NULL);
	ask("GET", "/v1/dkim", NULL, 200, "{\"v\":1,\"keys\":[]}");
}
END_TEST

/* Others are answered while they are made; what ends before is told so. */
START_TEST(keys_are_made_beside_the_rest)
{
	h.answered = false;
	ctl_dispatch(&h.env, "POST", KEYS, span_of(NULL, 0), ctl_harness_reply,
	    &h);
	ck_assert(!h.answered);
	ask("GET", "/v1/dkim", NULL, 200, "{\"v\":1,\"keys\":[]}");
	h.answered = false;
	dkim_maker_free(h.env.dkim);
	h.env.dkim = NULL;
	ck_assert(h.answered);
	ck_assert_int_eq(h.status, 503);
}
END_TEST

START_TEST(keys_are_made_by_so_many_at_a_time)
{
	h.answered = false;
	/* However fast the thread is. */
	for (size_t i = 0; !h.answered && i < 1000; i++) {
		ctl_dispatch(&h.env, "POST", KEYS, span_of(NULL, 0),
		    ctl_harness_reply, &h);
	}
	ck_assert(h.answered);
	ck_assert_int_eq(h.status, 503);
	dkim_maker_free(h.env.dkim);
	h.env.dkim = NULL;
}
END_TEST

START_TEST(targets_are_bounded)
{
	struct buf body = { 0 };

	for (int n = STORE_TARGETS_MAX; n <= STORE_TARGETS_MAX + 1; n++) {
		buf_adds(&body, "{\"targets\":[");
		for (int i = 0; i < n; i++)
			buf_addf(&body, "%s\"u%d\"", i > 0 ? "," : "", i);
		buf_adds(&body, "]}");
		if (n == STORE_TARGETS_MAX)
			ask("PUT", INFO, body.data, 204, NULL);
		else
			fails("PUT", INFO, body.data, 400, "bad_request");
		buf_clear(&body);
	}
	buf_free(&body);
}
END_TEST

/* ---- who may log in ---- */

START_TEST(user_is_disabled)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("PUT", BOB "/disabled", "{\"disabled\":true}", 204, NULL);
	ck_assert(h.auth.disabled[0]);
	ck_buf_eq(&h.ended, "bob@one.example;");
	ask("GET", BOB, NULL, 200, "{\"v\":1,\"address\":\"bob@one.example\","
				   "\"disabled\":true}");
	ask("PUT", BOB "/disabled", "{\"disabled\":false}", 204, NULL);
	ck_assert(!h.auth.disabled[0]);
	ask("GET", BOB, NULL, 200, BOB_JSON);
	ck_buf_eq(&h.ended, "bob@one.example;");
	fails("PUT", BOB "/disabled", "{\"disabled\":1}", 400, "bad_request");
	fails("PUT", BOB "/disabled", "{}", 400, "bad_request");
	fails("PUT", USERS "/eve/disabled", "{\"disabled\":true}", 404,
	    "no_such_user");
	fails("PUT", USERS "/eve%40x/disabled", "{\"disabled\":true}", 404,
	    "no_such_user");
	h.auth.fails = true;
	fails("PUT", BOB "/disabled", "{\"disabled\":true}", 503,
	    "unavailable");
	ask("GET", BOB, NULL, 200, BOB_JSON);
}
END_TEST

#define SEND_AS BOB "/send-as"

START_TEST(user_may_send_as)
{
	fails("GET", SEND_AS, NULL, 404, "no_such_user");
	fails("PUT", SEND_AS, "{\"send_as\":[\"x@y.example\"]}", 404,
	    "no_such_user");
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("GET", SEND_AS, NULL, 200, "{\"v\":1,\"send_as\":[]}");
	ask("PUT", SEND_AS, "{\"send_as\":[\"Eve\",\"X@Y.example\"]}", 204,
	    NULL);
	ask("GET", SEND_AS, NULL, 200, "{\"v\":1,\"send_as\":"
	    "[\"eve@one.example\",\"x@y.example\"]}");
	fails("PUT", SEND_AS, "{\"send_as\":\"x@y.example\"}", 400,
	    "bad_request");
	fails("PUT", SEND_AS, "{\"send_as\":[\"\"]}", 400, "bad_request");
	fails("PUT", SEND_AS, "{\"send_as\":[],\"x\":1}", 400, "bad_request");
	ask("PUT", SEND_AS, "{\"send_as\":[]}", 204, NULL);
	ask("PUT", SEND_AS, "{\"send_as\":[]}", 204, NULL);
	ask("GET", SEND_AS, NULL, 200, "{\"v\":1,\"send_as\":[]}");
	ask("PUT", SEND_AS, "{\"send_as\":[\"eve\"]}", 204, NULL);
	ask("DELETE", BOB, NULL, 204, NULL);
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("GET", SEND_AS, NULL, 200, "{\"v\":1,\"send_as\":[]}");
}
END_TEST

#define APPS    BOB "/app-passwords"
#define APP(n)  "{\"name\":\"" n "\"}"
#define SIXTEEN "xxxxxxxxxxxxxxxx"

START_TEST(application_passwords)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	ask("GET", APPS, NULL, 200, "{\"v\":1,\"app_passwords\":[]}");
	ask("POST", APPS, APP("phone"), 201,
	    "{\"v\":1,\"password\":\"made-up\"}");
	ask("GET", APPS, NULL, 200, "{\"v\":1,\"app_passwords\":[{\"v\":1,"
	    "\"id\":1,\"name\":\"phone\","
	    "\"created\":\"1970-01-01T00:00:00Z\"}]}");
	ask("POST", APPS, APP(SIXTEEN SIXTEEN SIXTEEN SIXTEEN), 201, NULL);
	fails("POST", APPS, APP("one more"), 409, "too_many_app_passwords");
	ask("DELETE", APPS "/2", NULL, 204, NULL);
	ck_buf_eq(&h.ended, "bob@one.example;");
	fails("DELETE", APPS "/2", NULL, 404, "no_such_app_password");
	ck_buf_eq(&h.ended, "bob@one.example;");
}
END_TEST

START_TEST(application_passwords_that_cannot_be)
{
	ask("POST", USERS, CREATE("bob", "x"), 201, NULL);
	fails("POST", APPS, APP(""), 400, "bad_request");
	fails("POST", APPS, APP("a\\nb"), 400, "bad_request");
	fails("POST", APPS, APP(SIXTEEN SIXTEEN SIXTEEN SIXTEEN "x"), 400,
	    "bad_request");
	fails("POST", APPS, "{}", 400, "bad_request");
	fails("DELETE", APPS "/x", NULL, 404, "no_such_resource");
	fails("DELETE", APPS "/4294967296", NULL, 404, "no_such_resource");
	fails("GET", APPS "/1", NULL, 405, "method_not_allowed");
	fails("GET", USERS "/eve/app-passwords", NULL, 404, "no_such_user");
	fails("POST", USERS "/eve/app-passwords", APP("x"), 404,
	    "no_such_user");
	fails("DELETE", USERS "/eve/app-passwords/1", NULL, 404,
	    "no_such_user");
}
END_TEST

/* ---- the queue ---- */

#define CHANGE "/v1/queue/change"
#define SEARCH "/v1/queue/search"

static const struct {
	const char *path, *body;
} odd[] = {
	{ SEARCH, "{\"id\":\"1\"}" },
	{ SEARCH, "{\"id\":-1}" },
	{ SEARCH, "{\"colour\":1}" },
	{ CHANGE, "{}" },
	{ CHANGE, "{\"op\":\"paint\"}" },
	{ CHANGE, "{\"op\":1}" },
	{ CHANGE, "{\"op\":\"delay\"}" },
	{ CHANGE, "{\"op\":\"delay\",\"seconds\":-1}" },
	{ CHANGE, "{\"op\":\"delay\",\"seconds\":2592001}" },
	{ CHANGE, "{\"op\":\"hold\",\"seconds\":1}" },
};

START_TEST(odd_request_of_the_queue)
{
	fails("POST", odd[_i].path, odd[_i].body, 400, "bad_request");
}
END_TEST

START_TEST(empty_queue)
{
	ask("POST", SEARCH, "{}", 200,
	    "{\"v\":1,\"messages\":[],\"last\":0,\"more\":false}");
	ask("POST", SEARCH, "{\"domain\":\"x\",\"after\":7,\"older\":9}", 200,
	    "{\"v\":1,\"messages\":[],\"last\":7,\"more\":false}");
	ask("POST", CHANGE, "{\"op\":\"retry\",\"id\":7}", 200,
	    "{\"v\":1,\"messages\":0,\"recipients\":0,\"last\":6,"
	    "\"more\":false}");
}
END_TEST

/* ---- the specification ---- */

static void
read_openapi(struct buf *out)
{
	const char *top = getenv("top_srcdir");
	struct buf path = { 0 };

	buf_addf(&path, "%s/conf/openapi.yaml", top != NULL ? top : ".");
	ck_assert_int_eq(file_read(out, path.data, NULL), 0);
	buf_free(&path);
}

/* The routes of the table and of the file, "GET /v1/ping body;" each. */
static void
list_routes(struct buf *out)
{
	for (size_t i = 0; i < ctl_nroutes; i++)
		buf_addf(out, "%s %s%s\n", ctl_routes[i].method,
		    ctl_routes[i].path, ctl_routes[i].has_body ? " body" : "");
}

static void
list_specified(struct buf *out, struct span yaml)
{
	static const char *const methods[] = { "get", "post", "put",
		"delete" };
	struct span line, path = { 0 };

	while (span_split(&yaml, '\n', &line)) {
		if (span_iprefix(line, SPAN_LIT("  /v1/")))
			path = span_sub(line, 2, line.n - 3);
		if (span_eq(line, SPAN_LIT("      requestBody:"))) {
			out->len--;
			buf_adds(out, " body\n");
		}
		for (size_t i = 0; i < LEN(methods); i++) {
			struct span t = span_trim(line);

			if (line.n - t.n == 4 && t.n > 1 &&
			    t.p[t.n - 1] == ':' &&
			    span_eq(span_sub(t, 0, t.n - 1),
				span_str(methods[i])))
				buf_addf(out, "%s %.*s\n", methods[i],
				    (int)path.n, path.p);
		}
	}
}

static int
by_text(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

/* Lines sorted by path, methods in upper case. */
static char *
sorted(struct buf *b)
{
	char *line[64], *save = NULL;
	struct buf out = { 0 };
	size_t n = 0;

	for (char *l = strtok_r(b->data, "\n", &save); l != NULL;
	     l = strtok_r(NULL, "\n", &save)) {
		ck_assert_uint_lt(n, LEN(line));
		for (char *c = l; *c != ' '; c++)
			*c = (char)ascii_upper((unsigned char)*c);
		line[n++] = l;
	}
	qsort(line, n, sizeof(line[0]), by_text);
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%s\n", line[i]);
	return buf_steal(&out);
}

START_TEST(specification_has_the_same_routes)
{
	struct buf yaml = { 0 }, have = { 0 }, want = { 0 };
	char *a, *b;

	read_openapi(&yaml);
	list_routes(&have);
	list_specified(&want, buf_span(&yaml));
	a = sorted(&have);
	b = sorted(&want);
	ck_assert_str_eq(a, b);
	free(a);
	free(b);
	buf_free(&have);
	buf_free(&want);
	buf_free(&yaml);
}
END_TEST

/* "- code   # status" stands there for each problem, and for no other. */
START_TEST(specification_has_the_same_problems)
{
	struct buf yaml = { 0 };
	struct span rest, line;
	const char *at;
	size_t n = 0;

	read_openapi(&yaml);
	at = strstr(yaml.data, "            - bad_request ");
	ck_assert_ptr_nonnull(at);
	rest = span_str(at);
	while (span_split(&rest, '\n', &line)) {
		struct span code = span_trim(line), word;
		char *comment = span_dup(line);
		int status = atoi(strchr(comment, '#') + 1);

		ck_assert_uint_lt(n, CTL_PROBLEMS);
		code = span_sub(code, 2, code.n);
		span_split(&code, ' ', &word);
		ck_span_eq(word, ctl_problem_code((enum ctl_problem)n));
		ck_assert_int_eq(status,
		    ctl_problem_status((enum ctl_problem)n));
		free(comment);
		n++;
	}
	ck_assert_uint_eq(n, CTL_PROBLEMS);
	buf_free(&yaml);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ping_and_stats);
	tcase_add_test(tc, index_can_be_made_anew);
	tcase_add_loop_test(tc, bad_request_gets_its_problem, 0, LEN(wrong));
	tcase_add_test(tc, user_is_created_changed_and_deleted);
	tcase_add_test(tc, user_has_mailboxes);
	tcase_add_test(tc, user_has_a_quota);
	tcase_add_test(tc, user_is_disabled);
	tcase_add_test(tc, user_may_send_as);
	tcase_add_test(tc, application_passwords);
	tcase_add_test(tc, application_passwords_that_cannot_be);
	tcase_add_test(tc, auth_away_creates_nothing);
	tcase_add_test(tc, store_failing_takes_auth_back);
	tcase_add_test(tc, user_only_in_auth_is_completed);
	tcase_add_test(tc, user_only_in_auth_can_go);
	tcase_add_loop_test(tc, half_deleted_user_can_go_or_come_back, 0, 3);
	tcase_add_test(tc, alias_is_set_listed_and_deleted);
	tcase_add_test(tc, address_is_user_or_alias);
	tcase_add_test(tc, address_is_resolved);
	tcase_add_test(tc, domain_is_added_listed_and_removed);
	tcase_add_test(tc, domain_of_both_kinds_can_be_removed);
	tcase_add_test(tc, keys_are_made_followed_and_forgotten);
	tcase_add_test(tc, keys_are_made_beside_the_rest);
	tcase_add_test(tc, keys_are_made_by_so_many_at_a_time);
	tcase_add_test(tc, targets_are_bounded);
	tcase_add_loop_test(tc, odd_request_of_the_queue, 0, LEN(odd));
	tcase_add_test(tc, empty_queue);
	tcase_add_test(tc, specification_has_the_same_routes);
	tcase_add_test(tc, specification_has_the_same_problems);
}

int
main(void)
{
	return check_run("ctl", add);
}
