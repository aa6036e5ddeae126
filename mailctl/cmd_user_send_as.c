/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * user send-as add, list, remove: addresses that a user may write from though
 * their mail goes elsewhere.
 */
static struct ctl_path
path_of(const char *user)
{
	return (struct ctl_path){ "/users/", user, "/send-as" };
}

/* The answer, for the caller to release, and the array in it. */
static int
get(const struct cmd *c, const char *user, json_t **answer, json_t **list)
{
	int ret = ctl_client_call(c, "GET", path_of(user), NULL, answer);

	*list = json_object_get(*answer, "send_as");
	return ret;
}

/* Takes the answer's reference. */
static int
put(const struct cmd *c, const char *user, json_t *answer, json_t *list)
{
	json_t *said;
	int ret = ctl_client_call(c, "PUT", path_of(user),
	    json_pack("{s:O}", "send_as", list), &said);

	json_decref(said);
	json_decref(answer);
	return ret;
}

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *list;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 2, -1))
		return c->status;
	ret = get(c, argv[0], &answer, &list);
	if (ret != 0)
		return ret;
	for (int i = 1; i < argc; i++) {
		json_t *address = json_string(argv[i]);

		if (address == NULL) {
			json_decref(answer);
			return cmd_fail(c, EX_DATAERR, "%s: not UTF-8",
			    argv[i]);
		}
		if (ctl_client_position(list, argv[i]) == json_array_size(list))
			json_array_append(list, address);
		json_decref(address);
	}
	return put(c, argv[0], answer, list);
}

const struct cmd_entry cmd_user_send_as_add = {
	.name = "user send-as add",
	.usage = "USER ADDRESS...",
	.summary = "let a user write from addresses of others",
	.example = { "mailctl user send-as add bob@example.org "
		     "office@example.org",
	    "mailctl user send-as add bob@example.org bob@example.net" },
	.exec = exec_add,
};

static const struct out_column columns[] = {
	{ "address", OUT_STRING, false },
};

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *list, *address;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = get(c, argv[0], &answer, &list);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, 1);
	json_array_foreach(list, i, address)
		out_str(&c->out, span_str(json_string_value(address)));
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_user_send_as_list = {
	.name = "user send-as list",
	.usage = "USER",
	.summary = "list those addresses",
	.example = { "mailctl user send-as list bob@example.org",
	    "mailctl user send-as list --json bob@example.org" },
	.exec = exec_list,
};

static int
exec_remove(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *list;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 2, -1))
		return c->status;
	ret = get(c, argv[0], &answer, &list);
	if (ret != 0)
		return ret;
	for (int i = 1; i < argc; i++) {
		size_t at = ctl_client_position(list, argv[i]);

		if (at == json_array_size(list)) {
			json_decref(answer);
			return cmd_fail(c, EX_NOUSER,
			    "%s was not granted to %s", argv[i], argv[0]);
		}
		json_array_remove(list, at);
	}
	return put(c, argv[0], answer, list);
}

const struct cmd_entry cmd_user_send_as_remove = {
	.name = "user send-as remove",
	.usage = "USER ADDRESS...",
	.summary = "take that back",
	.example = { "mailctl user send-as remove bob@example.org "
		     "office@example.org",
	    "mailctl user send-as remove bob@example.org bob@example.net" },
	.exec = exec_remove,
};
