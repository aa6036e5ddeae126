/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "ctl_client.h"

/*
 * user disable, user enable, and user app-password add, list, revoke: who may
 * log in, and how.
 */
static int
set_disabled(struct cmd *c, int argc, char **argv, bool disabled)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = ctl_client_call(c, "PUT",
	    (struct ctl_path){ "/users/", argv[0], "/disabled" },
	    json_pack("{s:b}", "disabled", (int)disabled), &answer);
	json_decref(answer);
	return ret;
}

static int
exec_disable(struct cmd *c, int argc, char **argv)
{
	return set_disabled(c, argc, argv, true);
}

const struct cmd_entry cmd_user_disable = {
	.name = "user disable",
	.usage = "ADDRESS",
	.summary = "let a user neither log in nor get mail",
	.example = { "mailctl user disable bob@example.org",
	    "mailctl user disable --json bob@example.org" },
	.exec = exec_disable,
};

static int
exec_enable(struct cmd *c, int argc, char **argv)
{
	return set_disabled(c, argc, argv, false);
}

const struct cmd_entry cmd_user_enable = {
	.name = "user enable",
	.usage = "ADDRESS",
	.summary = "take that back",
	.example = { "mailctl user enable bob@example.org",
	    "mailctl user enable --json bob@example.org" },
	.exec = exec_enable,
};

/* ---- application passwords ---- */

static const struct out_column added_columns[] = {
	{ "password", OUT_STRING, true },
};

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 2, 2))
		return c->status;
	if (!utf8_valid(span_str(argv[1])))
		return cmd_fail(c, EX_DATAERR, "%s: not UTF-8", argv[1]);
	ret = ctl_client_call(c, "POST",
	    (struct ctl_path){ "/users/", argv[0], "/app-passwords" },
	    json_pack("{s:s}", "name", argv[1]), &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, added_columns, 1);
	out_str(&c->out, span_str(ctl_client_string(answer, "password")));
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_user_app_add = {
	.name = "user app-password add",
	.usage = "ADDRESS NAME",
	.summary = "make a password for one program of a user",
	.example = { "mailctl user app-password add bob@example.org phone",
	    "mailctl user app-password add bob@example.org 'old printer'" },
	.exec = exec_add,
};

static const struct out_column list_columns[] = {
	{ "id", OUT_NUMBER, true },
	{ "name", OUT_STRING, false },
	{ "created", OUT_TIME, false },
};

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *app;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = ctl_client_call(c, "GET",
	    (struct ctl_path){ "/users/", argv[0], "/app-passwords" }, NULL,
	    &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, list_columns,
	    sizeof(list_columns) / sizeof(list_columns[0]));
	json_array_foreach(json_object_get(answer, "app_passwords"), i, app) {
		out_num(&c->out, (uint64_t)json_integer_value(
				     json_object_get(app, "id")));
		out_str(&c->out, span_str(ctl_client_string(app, "name")));
		out_time(&c->out, ctl_client_time(app, "created"));
	}
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_user_app_list = {
	.name = "user app-password list",
	.usage = "ADDRESS",
	.summary = "list those that there are, without the passwords",
	.example = { "mailctl user app-password list bob@example.org",
	    "mailctl user app-password list --json bob@example.org" },
	.exec = exec_list,
};

static int
exec_revoke(struct cmd *c, int argc, char **argv)
{
	struct buf behind = { 0 };
	json_t *answer;
	uint32_t id;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 2, 2))
		return c->status;
	if (span_u32(span_str(argv[1]), &id) < 0)
		return cmd_usage(c, "%s is no id; see user app-password list",
		    argv[1]);
	buf_addf(&behind, "/app-passwords/%u", id);
	ret = ctl_client_call(c, "DELETE",
	    (struct ctl_path){ "/users/", argv[0], behind.data }, NULL,
	    &answer);
	json_decref(answer);
	buf_free(&behind);
	return ret;
}

const struct cmd_entry cmd_user_app_revoke = {
	.name = "user app-password revoke",
	.usage = "ADDRESS ID",
	.summary = "take one back; the user's sessions end",
	.example = { "mailctl user app-password revoke bob@example.org 3",
	    "mailctl user app-password revoke --json bob@example.org 3" },
	.exec = exec_revoke,
};
