/* SPDX-License-Identifier: ISC */
/* Errors of the control API: application/problem+json (RFC 9457). */
#include "ctl_request.h"

static const struct {
	int status;
	const char *code, *title;
} problems[] = {
	[CTL_BAD_REQUEST] = { 400, "bad_request", "Malformed request" },
	[CTL_BAD_ADDRESS] = { 400, "bad_address",
	    "Not an address of a local domain" },
	[CTL_BAD_DOMAIN] = { 400, "bad_domain", "Not a domain" },
	[CTL_BAD_PASSWORD] = { 400, "bad_password", "Not a usable password" },
	[CTL_FORBIDDEN] = { 403, "forbidden",
	    "Only root, the server's user and its group may do this" },
	[CTL_NO_SUCH_RESOURCE] = { 404, "no_such_resource",
	    "No such resource" },
	[CTL_NO_SUCH_USER] = { 404, "no_such_user", "No such user" },
	[CTL_NO_SUCH_ALIAS] = { 404, "no_such_alias", "No such alias" },
	[CTL_NO_SUCH_DOMAIN] = { 404, "no_such_domain",
	    "Not a domain of this server" },
	[CTL_NO_SUCH_KEY] = { 404, "no_such_key",
	    "The domain has no such key" },
	[CTL_NO_SUCH_APP_PASSWORD] = { 404, "no_such_app_password",
	    "No such application password" },
	[CTL_METHOD_NOT_ALLOWED] = { 405, "method_not_allowed",
	    "Method not allowed" },
	[CTL_USER_EXISTS] = { 409, "user_exists", "User exists" },
	[CTL_ALIAS_EXISTS] = { 409, "alias_exists",
	    "The address is that of an alias" },
	[CTL_DOMAIN_EXISTS] = { 409, "domain_exists",
	    "It is a domain of this server already" },
	[CTL_DOMAIN_IN_USE] = { 409, "domain_in_use",
	    "The domain has users or aliases" },
	[CTL_DOMAIN_CONFIGURED] = { 409, "domain_configured",
	    "The configuration names the domain" },
	[CTL_KEY_EXISTS] = { 409, "key_exists",
	    "The domain has such keys already" },
	[CTL_TOO_MANY_APP_PASSWORDS] = { 409, "too_many_app_passwords",
	    "The user has 32 application passwords" },
	[CTL_USER_DISABLED] = { 409, "user_disabled",
	    "The user is disabled" },
	[CTL_TOO_MANY_SESSIONS] = { 409, "too_many_sessions",
	    "The user has as many sessions as connections_per_user allows" },
	[CTL_UPGRADE_REQUIRED] = { 426, "upgrade_required",
	    "This is for a connection that becomes one of IMAP" },
	[CTL_DISK_FULL] = { 507, "disk_full", "The disk is full" },
	[CTL_UNAVAILABLE] = { 503, "unavailable",
	    "The server cannot do this now; its log says why" },
};

const char *
ctl_problem_code(enum ctl_problem p)
{
	return problems[p].code;
}

int
ctl_problem_status(enum ctl_problem p)
{
	return problems[p].status;
}

json_t *
ctl_problem_json(enum ctl_problem p, const char *detail)
{
	return json_pack("{s:i, s:s, s:s, s:i, s:s*}", "v", 1, "code",
	    problems[p].code, "title", problems[p].title, "status",
	    problems[p].status, "detail", detail);
}

enum ctl_problem
ctl_problem_of_store(enum store_status st)
{
	return st == STORE_FULL ? CTL_DISK_FULL : CTL_UNAVAILABLE;
}

enum ctl_problem
ctl_problem_of_account(enum account_status st)
{
	switch (st) {
	case ACCOUNT_NONE:
		return CTL_NO_SUCH_USER;
	case ACCOUNT_EXISTS:
		return CTL_USER_EXISTS;
	case ACCOUNT_BAD_NAME:
		return CTL_BAD_ADDRESS;
	case ACCOUNT_BAD_PASSWORD:
		return CTL_BAD_PASSWORD;
	case ACCOUNT_ALIAS:
		return CTL_ALIAS_EXISTS;
	case ACCOUNT_FULL:
		return CTL_DISK_FULL;
	default:
		return CTL_UNAVAILABLE;
	}
}
