/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "account_file.h"
#include "out_json.h"
#include "user_config_edit.h"

/*
 * account list, show, remove, default: what is in the configuration.
 */

/* By name, else the default. */
static int
find(const struct cmd *c, const struct account_file *f, const char *name,
    const struct user_account **a)
{
	*a = user_config_find(&f->config, name);
	if (*a != NULL)
		return 0;
	if (name == NULL)
		return cmd_fail(c, EX_CONFIG, "there is no account: make "
		    "one with mailctl account add");
	return cmd_fail(c, EX_CONFIG,
	    "no account \"%s\" is in the configuration; "
	    "mailctl account list shows which are", name);
}

static const struct out_column columns[] = {
	{ "name", OUT_STRING, true },
	{ "user", OUT_STRING, true },
	{ "imap", OUT_STRING, true },
	{ "smtp", OUT_STRING, true },
	{ "default", OUT_BOOL, false },
};

static void
print_cell(struct out *o, const char *s)
{
	out_str(o, span_str(s != NULL ? s : ""));
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	struct account_file f;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = account_file_read(&f, c, true);
	if (ret == 0 && f.config.len == 0)
		ret = EX_NO;
	if (ret == 0) {
		out_begin(&c->out, columns,
		    sizeof(columns) / sizeof(columns[0]));
		for (size_t i = 0; i < f.config.len; i++) {
			const struct user_account *a = &f.config.account[i];

			print_cell(&c->out, a->name);
			print_cell(&c->out, a->user);
			print_cell(&c->out, a->imap);
			print_cell(&c->out, a->smtp);
			out_bool(&c->out, i == 0);
		}
		out_end(&c->out);
	}
	account_file_clear(&f);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_account_list = {
	.name = "account list",
	.usage = "",
	.summary = "list the accounts of the configuration",
	.example = { "mailctl account list", "mailctl account list --json" },
	.exec = exec_list,
};

/* ---- show ---- */

/* What to show of a setting: a password is nobody's business. */
static struct span
shown(const struct user_account *a, const char *value)
{
	return value == a->password ? SPAN_LIT("(hidden)") : span_str(value);
}

static void
show_json(struct out *o, const struct user_account *a)
{
	json_t *j = json_pack("{s:i, s:o}", "v", 1, "name",
	    out_json_string(span_str(a->name)));
	const char *name, *value;

	for (size_t i = 0; user_config_setting(a, i, &name, &value); i++) {
		if (value != NULL)
			json_object_set_new(j, name,
			    out_json_string(shown(a, value)));
	}
	out_json_print(o, j);
	json_decref(j);
}

static const struct out_column setting_columns[] = {
	{ "setting", OUT_STRING, false },
	{ "value", OUT_STRING, true },
};

static void
show_rows(struct out *o, const struct user_account *a)
{
	const char *name, *value;

	out_begin(o, setting_columns, 2);
	out_str(o, SPAN_LIT("account"));
	out_str(o, span_str(a->name));
	for (size_t i = 0; user_config_setting(a, i, &name, &value); i++) {
		if (value == NULL)
			continue;
		out_str(o, span_str(name));
		out_str(o, shown(a, value));
	}
	out_end(o);
}

static int
exec_show(struct cmd *c, int argc, char **argv)
{
	const struct user_account *a;
	struct account_file f;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 1))
		return c->status;
	ret = account_file_read(&f, c, true);
	if (ret == 0)
		ret = find(c, &f, argc > 0 ? argv[0] : c->opt.account, &a);
	if (ret == 0 && c->out.mode == OUT_JSON)
		show_json(&c->out, a);
	else if (ret == 0)
		show_rows(&c->out, a);
	account_file_clear(&f);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_account_show = {
	.name = "account show",
	.usage = "[NAME]",
	.summary = "show the settings of an account, but for its password",
	.example = { "mailctl account show",
	    "mailctl account show work --json" },
	.exec = exec_show,
};

/* ---- changes ---- */

static int
change(struct cmd *c, int argc, char **argv,
    bool (*edit)(struct buf *out, struct span text, const char *name))
{
	const struct user_account *a;
	struct buf text = { 0 };
	struct account_file f = { 0 };
	int ret, lock;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = account_file_lock(c, &lock);
	if (ret == 0)
		ret = account_file_read(&f, c, true);
	if (ret == 0)
		ret = find(c, &f, argv[0], &a);
	if (ret == 0) {
		edit(&text, buf_span(&f.text), argv[0]);
		ret = account_file_write(&f, c, buf_span(&text));
	}
	buf_wipe(&text);
	account_file_clear(&f);
	if (lock >= 0)
		close(lock);
	return cmd_end(c, ret);
}

static int
exec_remove(struct cmd *c, int argc, char **argv)
{
	return change(c, argc, argv, user_config_remove);
}

const struct cmd_entry cmd_account_remove = {
	.name = "account remove",
	.usage = "NAME",
	.summary = "take an account out of the configuration",
	.example = { "mailctl account remove work",
	    "mailctl account remove bob@example.org" },
	.exec = exec_remove,
};

static int
exec_default(struct cmd *c, int argc, char **argv)
{
	return change(c, argc, argv, user_config_first);
}

const struct cmd_entry cmd_account_default = {
	.name = "account default",
	.usage = "NAME",
	.summary = "make an account the one that is used unless another is named",
	.example = { "mailctl account default work",
	    "mailctl account default bob@example.org" },
	.exec = exec_default,
};
