/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * alias add, list, remove: by the control API.
 */
#define TARGETS_MAX 100 /* of one alias; the server has no more */

static const struct out_column columns[] = {
	{ "address", OUT_STRING, true },
	{ "targets", OUT_LIST, true },
};

static void
print_alias(struct out *o, const json_t *alias)
{
	struct span word[TARGETS_MAX];
	size_t i, n = 0;
	json_t *target;

	json_array_foreach(json_object_get(alias, "targets"), i, target) {
		const char *s = json_string_value(target);

		if (s != NULL && n < TARGETS_MAX)
			word[n++] = span_str(s);
	}
	out_str(o, span_str(ctl_client_string(alias, "address")));
	out_list(o, word, n);
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *alias;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/aliases"), NULL,
	    &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(json_object_get(answer, "aliases"), i, alias)
		print_alias(&c->out, alias);
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_alias_list = {
	.name = "alias list",
	.usage = "",
	.summary = "list the server's aliases",
	.example = { "mailctl alias list", "mailctl alias list --json" },
	.exec = exec_list,
};

/* Is address (with or without a domain) this alias? */
static bool
same(const char *address, const char *alias)
{
	size_t n = strlen(address);

	if (strchr(address, '@') == NULL && alias[0] != '\0')
		return strncasecmp(address, alias, n) == 0 && alias[n] == '@';
	return strcasecmp(address, alias) == 0;
}

/* The targets it has now, for the caller to release; empty where it is new. */
static int
targets_of(const struct cmd *c, const char *address, json_t **targets)
{
	json_t *answer, *alias;
	size_t i;
	int ret;

	*targets = NULL;
	ret = ctl_client_call(c, "GET", CTL_PATH("/aliases"), NULL,
	    &answer);
	if (ret != 0)
		return ret;
	json_array_foreach(json_object_get(answer, "aliases"), i, alias) {
		if (same(address, ctl_client_string(alias, "address")))
			*targets = json_copy(json_object_get(alias, "targets"));
	}
	json_decref(answer);
	if (*targets == NULL)
		*targets = json_array();
	return 0;
}

static int
put(const struct cmd *c, const char *address, json_t *targets)
{
	json_t *answer;
	int ret;

	ret = ctl_client_call(c, "PUT",
	    (struct ctl_path){ "/aliases/", address, NULL },
	    json_pack("{s:o}", "targets", targets), &answer);
	json_decref(answer);
	return ret;
}

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	json_t *targets;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 2, -1))
		return c->status;
	ret = targets_of(c, argv[0], &targets);
	if (ret != 0)
		return ret;
	for (int i = 1; i < argc; i++) {
		json_t *target = json_string(argv[i]);

		if (target == NULL) {
			json_decref(targets);
			return cmd_fail(c, EX_DATAERR, "%s: not UTF-8",
			    argv[i]);
		}
		if (ctl_client_position(targets, argv[i]) == json_array_size(targets))
			json_array_append(targets, target);
		json_decref(target);
	}
	return put(c, argv[0], targets);
}

const struct cmd_entry cmd_alias_add = {
	.name = "alias add",
	.usage = "ALIAS TARGET...",
	.summary = "create an alias, or add targets to it",
	.example = { "mailctl alias add sales@example.org bob@example.org",
	    "mailctl alias add @example.org bob@example.org eve@example.net" },
	.exec = exec_add,
};

/* All of it, or only those targets. */
static int
exec_remove(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *targets;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, -1))
		return c->status;
	ret = argc > 1 ? targets_of(c, argv[0], &targets) : 0;
	if (ret != 0)
		return ret;
	for (int i = 1; i < argc; i++) {
		size_t at = ctl_client_position(targets, argv[i]);

		if (at == json_array_size(targets)) {
			json_decref(targets);
			return cmd_fail(c, EX_NOUSER,
			    "%s is no target of %s", argv[i], argv[0]);
		}
		json_array_remove(targets, at);
	}
	if (argc > 1 && json_array_size(targets) > 0)
		return put(c, argv[0], targets);
	if (argc > 1)
		json_decref(targets);
	ret = ctl_client_call(c, "DELETE",
	    (struct ctl_path){ "/aliases/", argv[0], NULL }, NULL, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_alias_remove = {
	.name = "alias remove",
	.usage = "ALIAS [TARGET...]",
	.summary = "remove an alias, or targets of it",
	.example = { "mailctl alias remove sales@example.org eve@example.net",
	    "mailctl alias remove sales@example.org" },
	.exec = exec_remove,
};
