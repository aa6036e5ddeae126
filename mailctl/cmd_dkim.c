/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * dkim add, list, rotate, remove: the keys that sign the mail of a domain, by
 * the control API.
 */
static const struct out_column columns[] = {
	{ "domain", OUT_STRING, false },
	{ "algorithm", OUT_STRING, false },
	{ "state", OUT_STRING, false },
	{ "created", OUT_TIME, false },
	{ "name", OUT_STRING, false },
	{ "record", OUT_STRING, true },
};

static void
print_key(struct out *o, const json_t *key)
{
	out_str(o, span_str(ctl_client_string(key, "domain")));
	out_str(o, span_str(ctl_client_string(key, "algorithm")));
	out_str(o, span_str(ctl_client_string(key, "state")));
	out_time(o, ctl_client_time(key, "created"));
	out_str(o, span_str(ctl_client_string(key, "name")));
	out_str(o, span_str(ctl_client_string(key, "record")));
}

/* state: only those; NULL: all. */
static int
print_keys(struct cmd *c, json_t *answer, const char *state)
{
	json_t *key;
	size_t i;

	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(json_object_get(answer, "keys"), i, key) {
		if (state == NULL ||
		    strcmp(ctl_client_string(key, "state"), state) == 0)
			print_key(&c->out, key);
	}
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

/* What was made is to be copied into the DNS: it is shown whole. */
static int
post(struct cmd *c, const char *domain, const char *verb, const char *state)
{
	json_t *answer;
	int ret = ctl_client_call(c, "POST",
	    (struct ctl_path){ "/dkim/", domain, verb }, NULL, &answer);

	if (ret != 0)
		return ret;
	c->out.width = 0;
	return print_keys(c, answer, state);
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/dkim"), NULL, &answer);
	return ret != 0 ? ret : print_keys(c, answer, NULL);
}

const struct cmd_entry cmd_dkim_list = {
	.name = "dkim list",
	.usage = "",
	.summary = "list the keys that sign mail, and their DNS records",
	.example = { "mailctl dkim list", "mailctl dkim list --json" },
	.exec = exec_list,
};

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	return post(c, argv[0], NULL, NULL);
}

const struct cmd_entry cmd_dkim_add = {
	.name = "dkim add",
	.usage = "DOMAIN",
	.summary = "sign the mail of a domain, and print its DNS records",
	.example = { "mailctl dkim add example.org",
	    "mailctl dkim add --json example.org" },
	.exec = exec_add,
};

static int
exec_rotate(struct cmd *c, int argc, char **argv)
{
	bool finish = false;
	const struct opt options[] = {
		{ 0, "finish", OPT_FLAG, &finish, NULL,
		    "sign with the next keys, forget the former ones" },
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, options, 1, 1))
		return c->status;
	return finish ? post(c, argv[0], "/switch", NULL) :
			post(c, argv[0], "/next", "next");
}

const struct cmd_entry cmd_dkim_rotate = {
	.name = "dkim rotate",
	.usage = "[--finish] DOMAIN",
	.summary = "make new keys of a domain; once in the DNS, switch to them",
	.example = { "mailctl dkim rotate example.org",
	    "mailctl dkim rotate --finish example.org" },
	.exec = exec_rotate,
};

static int
exec_remove(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = ctl_client_call(c, "DELETE",
	    (struct ctl_path){ "/dkim/", argv[0], NULL }, NULL, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_dkim_remove = {
	.name = "dkim remove",
	.usage = "DOMAIN",
	.summary = "sign the mail of a domain no longer",
	.example = { "mailctl dkim remove example.org",
	    "mailctl dkim remove example.net" },
	.exec = exec_remove,
};
