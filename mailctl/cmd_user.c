/* SPDX-License-Identifier: ISC */
#include "charset.h"
#include "ctl_client.h"
#include "secret.h"

/*
 * user add, list, passwd, delete: by the control API.
 */
static const struct out_column columns[] = {
	{ "address", OUT_STRING, true },
	{ "created", OUT_TIME, false },
	{ "disabled", OUT_BOOL, false },
};

static void
print_user(struct out *o, const json_t *user)
{
	out_str(o, span_str(ctl_client_string(user, "address")));
	out_time(o, ctl_client_time(user, "created"));
	out_bool(o, json_is_true(json_object_get(user, "disabled")));
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *user;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/users"), NULL,
	    &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(json_object_get(answer, "users"), i, user)
		print_user(&c->out, user);
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_user_list = {
	.name = "user list",
	.usage = "",
	.summary = "list the server's users",
	.example = { "mailctl user list", "mailctl user list --json" },
	.exec = exec_list,
};

/* The new password, as a JSON string. */
static int
new_password(const struct cmd *c, const char *address, json_t **out)
{
	struct buf password = { 0 }, prompt = { 0 };
	bool found;
	int ret;

	*out = NULL;
	ret = secret_given(c, &password, &found);
	if (ret == 0 && !found) {
		buf_addf(&prompt, "New password of %s", address);
		ret = secret_prompt(c, prompt.data, true, &password);
	}
	if (ret == 0) {
		*out = json_stringn(password.data, password.len);
		if (*out == NULL)
			ret = cmd_fail(c, EX_DATAERR,
			    "the password is not UTF-8");
	}
	buf_wipe(&password);
	buf_free(&prompt);
	return ret;
}

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *password;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	if (!utf8_valid(span_str(argv[0])))
		return cmd_fail(c, EX_DATAERR, "%s: not UTF-8", argv[0]);
	ret = new_password(c, argv[0], &password);
	if (ret != 0)
		return ret;
	ret = ctl_client_call(c, "POST", CTL_PATH("/users"),
	    json_pack("{s:s, s:o}", "address", argv[0], "password", password),
	    &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_user_add = {
	.name = "user add",
	.usage = "[--password-file FILE] ADDRESS",
	.summary = "create a user",
	.example = { "mailctl user add bob@example.org",
	    "mailctl user add --password-file bob.pass bob@example.org" },
	.exec = exec_add,
};

static int
exec_passwd(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *password;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = new_password(c, argv[0], &password);
	if (ret != 0)
		return ret;
	ret = ctl_client_call(c, "PUT",
	    (struct ctl_path){ "/users/", argv[0], "/password" },
	    json_pack("{s:o}", "password", password), &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_user_passwd = {
	.name = "user passwd",
	.usage = "[--password-file FILE] ADDRESS",
	.summary = "set a user's password",
	.example = { "mailctl user passwd bob@example.org",
	    "mailctl user passwd --password-file bob.pass bob@example.org" },
	.exec = exec_passwd,
};

static int
exec_delete(struct cmd *c, int argc, char **argv)
{
	bool yes = false;
	const struct opt opts[] = {
		{ 'y', "yes", OPT_FLAG, &yes, NULL,
		    "do it: all mail of the user goes" },
		{ 0 },
	};
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 1, 1))
		return c->status;
	if (!yes)
		return cmd_usage(c, "all mail of %s would go; say --yes",
		    argv[0]);
	ret = ctl_client_call(c, "DELETE",
	    (struct ctl_path){ "/users/", argv[0], NULL }, NULL, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_user_delete = {
	.name = "user delete",
	.usage = "--yes ADDRESS",
	.summary = "delete a user and all its mail",
	.example = { "mailctl user delete --yes bob@example.org",
	    "mailctl user delete --json --yes bob@example.org" },
	.exec = exec_delete,
};
