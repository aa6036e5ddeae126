/* SPDX-License-Identifier: ISC */
/* /v1/users/{address}/disabled and …/app-passwords: who may log in, and how. */
#include "ctl_request.h"

#include "charset.h"

/* ---- disabling ---- */

void
ctl_users_disable(struct ctl_request *r)
{
	json_error_t error;
	int value;

	if (json_unpack_ex(r->body, &error, 0, "{s:b !}", "disabled", &value) <
	    0)
		ctl_answer_problem(r, CTL_BAD_REQUEST, error.text);
	else
		account_disable(&r->env.accounts, buf_span(&r->address), value,
		    ctl_answer_account, r);
}

/* ---- application passwords ---- */

static void
answer_auth(struct ctl_request *r, enum auth_client_status st)
{
	static const enum ctl_problem problems[] = {
		[AUTH_CLIENT_NOUSER] = CTL_NO_SUCH_USER,
		[AUTH_CLIENT_EXISTS] = CTL_UNAVAILABLE,
		[AUTH_CLIENT_FAILED] = CTL_UNAVAILABLE,
		[AUTH_CLIENT_NO_APP] = CTL_NO_SUCH_APP_PASSWORD,
		[AUTH_CLIENT_LIMIT] = CTL_TOO_MANY_APP_PASSWORDS,
	};

	ctl_answer_problem(r, problems[st], NULL);
}

static void
listed(void *arg, enum auth_client_status st, struct span data)
{
	struct ctl_request *r = arg;
	struct auth_client_app app;
	json_t *list;

	if (st != AUTH_CLIENT_OK) {
		answer_auth(r, st);
		return;
	}
	list = json_array();
	while (auth_client_app_next(&data, &app))
		json_array_append_new(list,
		    json_pack("{s:i, s:I, s:s%, s:o}", "v", 1, "id",
			(json_int_t)app.id, "name", app.name.p, app.name.n,
			"created", ctl_time_json(app.created)));
	ctl_answer(r, 200, json_pack("{s:o}", "app_passwords", list));
}

void
ctl_apps_list(struct ctl_request *r)
{
	auth_client_app_list(r->env.accounts.auth, buf_span(&r->address),
	    listed, r);
}

static void
added(void *arg, enum auth_client_status st, struct span data)
{
	struct ctl_request *r = arg;

	if (st == AUTH_CLIENT_OK)
		ctl_answer(r, 201,
		    json_pack("{s:s%}", "password", data.p, data.n));
	else
		answer_auth(r, st);
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return s.n > 0 && s.n <= AUTH_CLIENT_NAME_MAX && utf8_valid(s);
}

void
ctl_apps_add(struct ctl_request *r)
{
	json_error_t error;
	struct span name;

	if (json_unpack_ex(r->body, &error, 0, "{s:s% !}", "name", &name.p,
		&name.n) < 0)
		ctl_answer_problem(r, CTL_BAD_REQUEST, error.text);
	else if (!is_name(name))
		ctl_answer_problem(r, CTL_BAD_REQUEST,
		    "a name has 1 to 64 bytes, and no control characters");
	else
		auth_client_app_add(r->env.accounts.auth,
		    buf_span(&r->address), name, added, r);
}

/* Which session it has opened is not known: all of the user's end. */
static void
revoked(void *arg, enum auth_client_status st)
{
	struct ctl_request *r = arg;
	const struct accounts *a = &r->env.accounts;

	if (st != AUTH_CLIENT_OK) {
		answer_auth(r, st);
		return;
	}
	if (a->ended != NULL)
		a->ended(a->arg, r->address.data);
	ctl_answer_done(r);
}

void
ctl_apps_revoke(struct ctl_request *r)
{
	auth_client_app_revoke(r->env.accounts.auth, buf_span(&r->address),
	    r->id, revoked, r);
}
