/* SPDX-License-Identifier: ISC */
#include "ctl_request.h"

#include <stdlib.h>

#include "user_name.h"

const struct ctl_route ctl_routes[] = {
	{ "GET", "/v1/aliases", ctl_aliases_list, false },
	{ "DELETE", "/v1/aliases/{address}", ctl_aliases_delete, false },
	{ "PUT", "/v1/aliases/{address}", ctl_aliases_set, true },
	{ "GET", "/v1/aliases/{address}/resolve", ctl_aliases_resolve, false },
	{ "GET", "/v1/dkim", ctl_dkim_list, false },
	{ "DELETE", "/v1/dkim/{domain}", ctl_dkim_remove, false },
	{ "POST", "/v1/dkim/{domain}", ctl_dkim_add, false },
	{ "POST", "/v1/dkim/{domain}/next", ctl_dkim_next, false },
	{ "POST", "/v1/dkim/{domain}/switch", ctl_dkim_switch, false },
	{ "GET", "/v1/domains", ctl_domains_list, false },
	{ "POST", "/v1/domains", ctl_domains_add, true },
	{ "DELETE", "/v1/domains/{domain}", ctl_domains_remove, false },
	{ "GET", "/v1/index", ctl_index_show, false },
	{ "POST", "/v1/index/rebuild", ctl_index_rebuild, false },
	{ "GET", "/v1/ping", ctl_ping, false },
	{ "POST", "/v1/queue/change", ctl_queue_change, true },
	{ "POST", "/v1/queue/search", ctl_queue_search, true },
	{ "GET", "/v1/stats", ctl_stats, false },
	{ "GET", "/v1/users", ctl_users_list, false },
	{ "POST", "/v1/users", ctl_users_create, true },
	{ "DELETE", "/v1/users/{address}", ctl_users_delete, false },
	{ "GET", "/v1/users/{address}", ctl_users_show, false },
	{ "GET", "/v1/users/{address}/app-passwords", ctl_apps_list, false },
	{ "POST", "/v1/users/{address}/app-passwords", ctl_apps_add, true },
	{ "DELETE", "/v1/users/{address}/app-passwords/{id}", ctl_apps_revoke,
	    false },
	{ "PUT", "/v1/users/{address}/disabled", ctl_users_disable, true },
	{ "GET", "/v1/users/{address}/imap", ctl_users_imap, false },
	{ "POST", "/v1/users/{address}/index/rebuild", ctl_index_rebuild_user,
	    false },
	{ "GET", "/v1/users/{address}/mailboxes", ctl_users_mailboxes, false },
	{ "PUT", "/v1/users/{address}/password", ctl_users_password, true },
	{ "GET", "/v1/users/{address}/quota", ctl_quota_show, false },
	{ "PUT", "/v1/users/{address}/quota", ctl_quota_set, true },
	{ "GET", "/v1/users/{address}/send-as", ctl_send_as_show, false },
	{ "PUT", "/v1/users/{address}/send-as", ctl_send_as_set, true },
};
const size_t ctl_nroutes = sizeof(ctl_routes) / sizeof(ctl_routes[0]);

/* ---- answers ---- */

static void
end(struct ctl_request *r, const struct ctl_reply *reply)
{
	r->reply(r->arg, reply);
	buf_free(&r->address);
	buf_free(&r->domain);
	json_decref(r->body);
	free(r);
}

static void
answer_json(struct ctl_request *r, struct ctl_reply *reply, json_t *o)
{
	struct buf text = { 0 };

	ctl_json_format(&text, o);
	reply->body = buf_span(&text);
	end(r, reply);
	buf_free(&text);
	json_decref(o);
}

void
ctl_answer(struct ctl_request *r, int status, json_t *o)
{
	struct ctl_reply reply = { .status = status,
		.type = "application/json" };
	json_t *whole = json_pack("{s:i}", "v", 1);

	json_object_update(whole, o);
	json_decref(o);
	answer_json(r, &reply, whole);
}

void
ctl_answer_done(struct ctl_request *r)
{
	end(r, &(struct ctl_reply){ .status = 204 });
}

void
ctl_answer_session(struct ctl_request *r, const char *user)
{
	end(r, &(struct ctl_reply){ .status = 101, .session = user });
}

void
ctl_answer_account(void *request, enum account_status st)
{
	struct ctl_request *r = request;

	if (st == ACCOUNT_OK)
		ctl_answer_done(r);
	else
		ctl_answer_problem(r, ctl_problem_of_account(st), NULL);
}

static void
answer_problem(struct ctl_request *r, enum ctl_problem p, const char *detail,
    const char *allow)
{
	struct ctl_reply reply = { .status = ctl_problem_status(p),
		.type = "application/problem+json",
		.allow = allow };

	answer_json(r, &reply, ctl_problem_json(p, detail));
}

void
ctl_answer_problem(struct ctl_request *r, enum ctl_problem p,
    const char *detail)
{
	answer_problem(r, p, detail, NULL);
}

/* ---- routes ---- */

static int
hex(char c)
{
	if (ascii_digit((unsigned char)c))
		return c - '0';
	c = (char)ascii_lower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: a "%" without two digits. */
static bool
percent_decode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			buf_addc(out, s.p[i]);
			continue;
		}
		if (s.n - i < 3 || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
			return false;
		buf_addc(out, (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2])));
		i += 2;
	}
	return true;
}

/* What stands for {address}, {domain} and {id} in a path. */
struct params {
	struct span address, domain;
	uint32_t id;
};

/* Level by level. */
static bool
path_fits(const char *path, const char *pattern, struct params *params)
{
	struct span p = span_str(path), t = span_str(pattern), level, want;

	*params = (struct params){ 0 };
	while (span_split(&t, '/', &want)) {
		if (!span_split(&p, '/', &level))
			return false;
		if (span_eq(want, SPAN_LIT("{address}")) && level.n > 0)
			params->address = level;
		else if (span_eq(want, SPAN_LIT("{domain}")) && level.n > 0)
			params->domain = level;
		else if (span_eq(want, SPAN_LIT("{id}")) &&
		    span_u32(level, &params->id) == 0)
			continue;
		else if (!span_eq(want, level))
			return false;
	}
	return p.n == 0 && path[strlen(path) - 1] != '/';
}

/* NULL: no such path, or (*allow) not with this method. */
static const struct ctl_route *
find_route(const char *method, const char *path, struct params *params,
    struct buf *allow)
{
	for (size_t i = 0; i < ctl_nroutes; i++) {
		const struct ctl_route *rt = &ctl_routes[i];

		if (!path_fits(path, rt->path, params))
			continue;
		if (strcmp(method, rt->method) == 0)
			return rt;
		buf_addf(allow, allow->len > 0 ? ", %s" : "%s", rt->method);
	}
	return NULL;
}

static bool
take_address(struct ctl_request *r, struct span encoded)
{
	struct buf plain = { 0 };
	bool good;

	good = encoded.n <= 3 * USER_NAME_MAX &&
	       percent_decode(&plain, encoded) && plain.len > 0 &&
	    user_name_complete(&r->address, r->env.accounts.conf,
		buf_span(&plain)) == 0;
	buf_free(&plain);
	return good;
}

/* NULL: good; or what is wrong with it. */
static const char *
take_body(struct ctl_request *r, struct span body)
{
	json_error_t error;

	r->body = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &error);
	if (r->body == NULL)
		return "the body is not JSON";
	if (!json_is_object(r->body))
		return "the body is not a JSON object";
	return NULL;
}

static void
call_handler(struct ctl_request *r, const struct ctl_route *rt,
    const struct params *params, struct span body)
{
	const char *wrong = NULL;

	r->id = params->id;
	if (params->address.p != NULL && !take_address(r, params->address))
		wrong = "the address in the path is malformed";
	else if (!percent_decode(&r->domain, params->domain))
		wrong = "the domain in the path is malformed";
	else if (rt->has_body)
		wrong = take_body(r, body);
	if (wrong != NULL)
		ctl_answer_problem(r, CTL_BAD_REQUEST, wrong);
	else
		rt->handler(r);
}

void
ctl_dispatch(const struct ctl_env *env, const char *method, const char *path,
    struct span body, ctl_reply_fn reply, void *arg)
{
	struct ctl_request *r = xcalloc(1, sizeof(*r));
	struct params params;
	struct buf allow = { 0 };
	const struct ctl_route *rt;

	r->env = *env;
	r->reply = reply;
	r->arg = arg;
	rt = find_route(method, path, &params, &allow);
	if (rt != NULL)
		call_handler(r, rt, &params, body);
	else if (allow.len > 0)
		answer_problem(r, CTL_METHOD_NOT_ALLOWED, NULL, allow.data);
	else
		ctl_answer_problem(r, CTL_NO_SUCH_RESOURCE, NULL);
	buf_free(&allow);
}
