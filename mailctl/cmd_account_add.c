/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "discover.h"
#include "imap_conn.h"
#include "smtp_conn.h"
#include "srv.h"
#include "user_config_edit.h"

/*
 * account test, add: an account is tried before it is written down.
 */
static const struct out_column columns[] = {
	{ "service", OUT_STRING, false },
	{ "url", OUT_STRING, true },
	{ "works", OUT_BOOL, false },
};

static int
try_imap(const struct cmd *c, struct login *l)
{
	struct imap_conn ic;
	int ret = imap_conn_open(&ic, c, l);

	imap_conn_close(&ic);
	return ret;
}

static int
try_smtp(const struct cmd *c, struct login *l)
{
	return smtp_conn_with(c, l, NULL, NULL);
}

static const struct {
	const char *service;
	size_t url; /* where struct login has it */
	int (*try)(const struct cmd *c, struct login *l);
} services[] = {
	{ "imap", offsetof(struct login, imap), try_imap },
	{ "smtp", offsetof(struct login, smtp), try_smtp },
};

/* Log in to each server that is known.  Returns what the first one that does
 * not let us in gave. */
static int
try_account(struct cmd *c, struct login *l)
{
	const char *url[2];
	int ret = 0, one;

	if (l->imap == NULL && l->smtp == NULL)
		return cmd_fail(c, EX_CONFIG, "the account has no server");
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < 2; i++) {
		memcpy(&url[i], (char *)l + services[i].url, sizeof(url[i]));
		if (url[i] == NULL)
			continue;
		one = services[i].try(c, l);
		ret = ret != 0 ? ret : one;
		out_str(&c->out, span_str(services[i].service));
		out_str(&c->out, span_str(url[i]));
		out_bool(&c->out, one == 0);
	}
	out_end(&c->out);
	return ret;
}

static int
exec_test(struct cmd *c, int argc, char **argv)
{
	struct login l;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 1))
		return c->status;
	if (argc > 0)
		c->opt.account = argv[0];
	ret = login_init(&l, c);
	if (ret == 0)
		ret = try_account(c, &l);
	login_clear(&l);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_account_test = {
	.name = "account test",
	.usage = "[NAME]",
	.summary = "log in to the servers of an account",
	.example = { "mailctl account test", "mailctl account test work" },
	.exec = exec_test,
};

/* ---- add ---- */

struct add {
	struct cmd *cmd;
	const char *address;
	const char *from, *password_cmd, *token_cmd, *resolver;
	bool first, untested, yes;
	struct user_account account;
};

static void
set(char **at, const char *value)
{
	*at = value != NULL ? xstrdup(value) : NULL;
}

/* A file that is named here is to be found from elsewhere, too. */
static int
set_path(struct add *a, char **at, const char *path)
{
	if (path == NULL)
		return 0;
	*at = realpath(path, NULL);
	if (*at == NULL)
		return cmd_fail(a->cmd, EX_NOINPUT, "%s: %s", path,
		    strerror(errno));
	return 0;
}

static int
fill(struct add *a, const char *name)
{
	const struct cmd_options *o = &a->cmd->opt;
	struct user_account *to = &a->account;
	int ret;

	set(&to->name, name);
	set(&to->imap, o->imap);
	set(&to->smtp, o->smtp);
	set(&to->user, o->user != NULL ? o->user : a->address);
	set(&to->from, a->from != NULL ? a->from : a->address);
	set(&to->password_cmd, a->password_cmd);
	set(&to->token_cmd, a->token_cmd);
	ret = set_path(a, &to->password_file, o->password_file);
	if (ret == 0)
		ret = set_path(a, &to->ca_file, o->ca_file);
	return ret;
}

/* One that was typed in, or came by a descriptor, is written down. */
static int
keep_password(struct add *a, struct login *l, bool asked)
{
	const char *url = l->imap != NULL ? l->imap : l->smtp, *password;
	int ret = 0;

	if (asked)
		ret = login_password(l, a->cmd, url, &password);
	if (ret == 0 && l->asked)
		set(&a->account.password, l->password.data);
	return ret;
}

static int
try_it(struct add *a)
{
	struct login l = { 0 };
	int ret = 0;

	login_use(&l, a->cmd, &a->account);
	if (!a->untested)
		ret = try_account(a->cmd, &l);
	if (ret == 0)
		ret = keep_password(a, &l, a->untested &&
		    a->cmd->opt.password_fd != UINT32_MAX);
	login_clear(&l);
	return ret;
}

static int
check_values(const struct add *a)
{
	const char *name, *value;

	if (!user_config_value_ok(a->account.name))
		return cmd_fail(a->cmd, EX_DATAERR, "a name is one line");
	for (size_t i = 0; user_config_setting(&a->account, i, &name, &value);
	     i++) {
		if (value != NULL && !user_config_value_ok(value))
			return cmd_fail(a->cmd, EX_DATAERR, "what %s is set to "
			    "does not fit into the configuration: use "
			    "--password-cmd or --password-file", name);
	}
	return 0;
}

/* Once it is read, that name is free. */
static int
read_config(const struct add *a, const char *name, struct account_file *f)
{
	int ret = account_file_read(f, a->cmd, false);

	if (ret == 0 && user_config_find(&f->config, name) != NULL)
		ret = cmd_fail(a->cmd, EX_CANTCREAT, "the account \"%s\" is "
		    "there already: give another name behind the address, or "
		    "remove it with mailctl account remove", name);
	return ret;
}

/* Into the configuration as it is by now. */
static int
append(const struct add *a)
{
	struct buf text = { 0 }, moved = { 0 };
	struct account_file f;
	int ret = read_config(a, a->account.name, &f);

	if (ret == 0) {
		user_config_add(&text, buf_span(&f.text), &a->account);
		if (a->first)
			user_config_first(&moved, buf_span(&text),
			    a->account.name);
		ret = account_file_write(&f, a->cmd,
		    buf_span(a->first ? &moved : &text));
	}
	buf_wipe(&text);
	buf_wipe(&moved);
	account_file_clear(&f);
	return ret;
}

static int
write_down(const struct add *a)
{
	int lock, ret = check_values(a);

	if (ret == 0)
		ret = account_file_lock(a->cmd, &lock);
	if (ret == 0) {
		ret = append(a);
		close(lock);
	}
	return ret;
}

/* What DNS alone says may be made up by anybody on the way, in order to be
 * told the password. */
static int
check_found(const struct add *a, const struct discovered *d)
{
	if (d->url == NULL)
		return 0;
	if (!d->sure && !a->yes)
		return cmd_fail(a->cmd, EX_NOPERM, "%s is what DNS says, and "
		    "is not in the address's domain: if you know it, add "
		    "--yes", d->url);
	if (d->oauth && a->token_cmd == NULL)
		return cmd_fail(a->cmd, EX_CONFIG, "%s takes OAuth 2.0 tokens "
		    "only: give --token-cmd", d->url);
	return 0;
}

/* Take over what was found; of the user's name IMAP's decides. */
static void
use_found(struct add *a, struct discovery *d)
{
	struct user_account *to = &a->account;
	const char *user = d->imap.url != NULL ? d->imap.user : d->smtp.user;

	to->imap = d->imap.url;
	to->smtp = d->smtp.url;
	d->imap.url = d->smtp.url = NULL;
	if (a->cmd->opt.user == NULL) {
		free(to->user);
		to->user = xstrdup(user);
	}
}

static int
find_servers(struct add *a)
{
	struct discover_options o = {
		.ca_file = a->cmd->opt.ca_file,
		.resolver = a->resolver,
	};
	struct discovery d;
	int ret;

	if (a->account.imap != NULL || a->account.smtp != NULL)
		return 0;
	discover(&d, a->address, &o);
	if (d.imap.url == NULL && d.smtp.url == NULL) {
		ret = cmd_fail(a->cmd, EX_UNAVAILABLE, "%s: no server was "
		    "found: give --imap and --smtp", a->address);
	} else {
		ret = check_found(a, &d.imap);
		if (ret == 0)
			ret = check_found(a, &d.smtp);
		if (ret == 0)
			use_found(a, &d);
	}
	discovery_clear(&d);
	return ret;
}

static int
add(struct add *a, const char *name)
{
	struct account_file f;
	/* Before anything is asked; what others do meanwhile comes later. */
	int ret = read_config(a, name, &f);

	account_file_clear(&f);
	if (ret == 0)
		ret = fill(a, name);
	if (ret == 0)
		ret = find_servers(a);
	if (ret == 0)
		ret = try_it(a);
	if (ret == 0)
		ret = write_down(a);
	user_account_clear(&a->account);
	return ret;
}

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	struct add a = { .cmd = c };
	struct mailbox_addr parts;
	const struct opt opts[] = {
		{ 0, "from", OPT_STRING, &a.from, "ADDRESS",
		    "who writes what is sent, Bob <bob@example.org>" },
		{ 0, "password-cmd", OPT_STRING, &a.password_cmd, "COMMAND",
		    "a command that prints the password" },
		{ 0, "token-cmd", OPT_STRING, &a.token_cmd, "COMMAND",
		    "a command that prints an OAuth 2.0 token" },
		{ 0, "default", OPT_FLAG, &a.first, NULL,
		    "use it unless another account is named" },
		{ 0, "no-test", OPT_FLAG, &a.untested, NULL,
		    "write it down without logging in" },
		{ 0, "resolver", OPT_STRING, &a.resolver, "ADDRESS[:PORT]",
		    "ask that DNS server for SRV records" },
		{ 'y', "yes", OPT_FLAG, &a.yes, NULL,
		    "take servers that DNS alone tells" },
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 1, 2))
		return c->status;
	a.address = argv[0];
	if (mailbox_addr_parse(span_str(a.address), true, &parts) < 0)
		return cmd_usage(c, "%s: not an address", a.address);
	if (a.resolver != NULL && srv_server_ok(a.resolver) < 0)
		return cmd_usage(c, "%s: not an IPv4 address", a.resolver);
	return cmd_end(c, add(&a, argc > 1 ? argv[1] : argv[0]));
}

const struct cmd_entry cmd_account_add = {
	.name = "account add",
	.usage = "[--imap URL] [--smtp URL] [OPTION...] ADDRESS [NAME]",
	.summary = "try an account and write it into the configuration",
	.example = { "mailctl account add bob@example.org home",
	    "mailctl account add --imap imaps://mail.example.com "
	    "--password-cmd 'pass show work' bob@example.com work" },
	.exec = exec_add,
};
