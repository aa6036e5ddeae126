/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "ctl_client.h"

/*
 * user quota: by the control API.
 */
static const struct out_column columns[] = {
	{ "resource", OUT_STRING, false },
	{ "used", OUT_NUMBER, false },
	{ "limit", OUT_STRING, false },
	{ "default", OUT_BOOL, false },
};

static const char *const resources[] = { "storage", "messages", "mailboxes" };
#define NRESOURCES (sizeof(resources) / sizeof(resources[0]))

static void
print_resource(struct out *o, const char *name, const json_t *r)
{
	const json_t *limit = json_object_get(r, "limit");
	json_int_t used = json_integer_value(json_object_get(r, "used"));
	char text[24] = "none";

	if (json_is_integer(limit))
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(limit));
	out_str(o, span_str(name));
	out_num(o, used > 0 ? (uint64_t)used : 0);
	out_str(o, span_str(text));
	out_bool(o, json_is_true(json_object_get(r, "default")));
}

static int
show(struct cmd *c, const char *address)
{
	json_t *answer;
	int ret;

	ret = ctl_client_call(c, "GET",
	    (struct ctl_path){ "/users/", address, "/quota" }, NULL, &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < NRESOURCES; i++)
		print_resource(&c->out, resources[i],
		    json_object_get(answer, resources[i]));
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

/* "500M", "none", "default"; NULL: none of these. */
static json_t *
parse_limit(const char *s, bool sizes)
{
	static const char units[] = "KMGT";
	size_t digits = strspn(s, "0123456789");
	const char *unit = NULL;
	uint64_t n;

	if (strcmp(s, "none") == 0)
		return json_null();
	if (strcmp(s, "default") == 0)
		return json_string(s);
	if (sizes && digits > 0 && s[digits] != '\0' && s[digits + 1] == '\0')
		unit = strchr(units, s[digits]);
	if (span_u64(span_of(s, unit != NULL ? digits : strlen(s)),
		(uint64_t)1 << 60, &n) < 0)
		return NULL;
	for (; unit != NULL && unit >= units; unit--) {
		if (n > (uint64_t)1 << 50)
			return NULL;
		n *= 1024;
	}
	return json_integer((json_int_t)n);
}

static int
exec_quota(struct cmd *c, int argc, char **argv)
{
	const char *limit[NRESOURCES] = { 0 };
	const struct opt opts[] = {
		{ 0, "storage", OPT_STRING, &limit[0], "SIZE",
		    "bytes, K, M, G or T of mail; none; default" },
		{ 0, "messages", OPT_STRING, &limit[1], "N",
		    "messages; none; default" },
		{ 0, "mailboxes", OPT_STRING, &limit[2], "N",
		    "mailboxes; none; default" },
		{ 0 },
	};
	json_t *body, *answer, *v;
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 1, 1))
		return c->status;
	if (limit[0] == NULL && limit[1] == NULL && limit[2] == NULL)
		return show(c, argv[0]);
	body = json_object();
	for (size_t i = 0; i < NRESOURCES; i++) {
		if (limit[i] == NULL)
			continue;
		v = parse_limit(limit[i], i == 0);
		if (v == NULL) {
			json_decref(body);
			return cmd_usage(c, "%s is no limit: give %s, or "
			    "none", limit[i], i == 0 ? "500M or 5G" :
			    "a number");
		}
		json_object_set_new(body, resources[i], v);
	}
	ret = ctl_client_call(c, "PUT",
	    (struct ctl_path){ "/users/", argv[0], "/quota" }, body, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_user_quota = {
	.name = "user quota",
	.usage = "[--storage SIZE] [--messages N] [--mailboxes N] ADDRESS",
	.summary = "show what a user may keep, or set it",
	.example = { "mailctl user quota bob@example.org",
	    "mailctl user quota --storage 5G bob@example.org" },
	.exec = exec_quota,
};
