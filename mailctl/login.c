/* SPDX-License-Identifier: ISC */
#include "login.h"

#include <stdlib.h>

#include "ctl_client.h"
#include "netrc.h"
#include "private_file.h"
#include "secret.h"
#include "slurp.h"
#include "transport.h"

static const char *
first(const char *option, const char *setting)
{
	return option != NULL ? option : setting;
}

void
login_use(struct login *l, const struct cmd *c, const struct user_account *a)
{
	const char *ca_file = first(c->opt.ca_file, a->ca_file);

	l->account = a;
	l->imap = first(c->opt.imap, a->imap);
	l->smtp = first(c->opt.smtp, a->smtp);
	l->user = first(c->opt.user, a->user);
	l->from = a->from;
	if (ca_file != NULL)
		l->ca_file = l->ca_path = private_file_path(ca_file);
}

int
login_init(struct login *l, const struct cmd *c)
{
	static const struct user_account none;
	const struct user_account *a;
	int ret;

	*l = (struct login){ 0 };
	if (c->opt.as != NULL) {
		l->admin = true;
		l->imap = ctl_client_socket(c);
		l->user = c->opt.as;
		return 0;
	}
	ret = account_file_read(&l->file, c, true);
	if (ret != 0)
		return ret;
	a = user_config_find(&l->file.config, c->opt.account);
	if (a == NULL && c->opt.account != NULL)
		return cmd_fail(c, EX_CONFIG,
		    "no account \"%s\" is in the configuration; "
		    "mailctl account list shows which are",
		    c->opt.account);
	login_use(l, c, a != NULL ? a : &none);
	return 0;
}

void
login_clear(struct login *l)
{
	buf_wipe(&l->password);
	buf_free(&l->netrc_user);
	free(l->ca_path);
	account_file_clear(&l->file);
}

/* ~/.netrc; *found says whether it has one for the host of url. */
static int
from_netrc(struct login *l, const struct cmd *c, const char *url, bool *found)
{
	char *path = slurp_home_path(".netrc"), *host = transport_host(url);
	struct buf text = { 0 };
	bool shared;
	int ret = 0;

	*found = path != NULL && host != NULL &&
	    private_file_read(path, &text, &shared) == 0 &&
	    netrc_find(buf_span(&text), host, l->user, &l->netrc_user,
		&l->password);
	if (*found && shared)
		ret = private_file_refuse(c, path);
	if (*found && l->user == NULL && l->netrc_user.len > 0)
		l->user = l->netrc_user.data;
	buf_wipe(&text);
	free(path);
	free(host);
	return ret;
}

static int
password_file(struct login *l, const struct cmd *c, const char *name)
{
	char *path = private_file_path(name);
	int ret = secret_file(c, path, &l->password);

	free(path);
	return ret;
}

static int
find_password(struct login *l, const struct cmd *c, const char *url)
{
	const struct user_account *a = l->account;
	struct buf prompt = { 0 };
	bool found;
	int ret;

	ret = secret_given(c, &l->password, &found);
	l->asked = found && c->opt.password_fd != UINT32_MAX;
	if (ret != 0 || found)
		return ret;
	if (a->password_cmd != NULL)
		return secret_command(c, "password_cmd", a->password_cmd,
		    &l->password);
	if (a->token_cmd != NULL) {
		l->token = true;
		return secret_command(c, "token_cmd", a->token_cmd,
		    &l->password);
	}
	if (a->password_file != NULL)
		return password_file(l, c, a->password_file);
	if (a->password != NULL) {
		buf_adds(&l->password, a->password);
		return 0;
	}
	ret = from_netrc(l, c, url, &found);
	if (ret != 0 || found)
		return ret;
	if (l->user == NULL)
		return cmd_fail(c, EX_CONFIG, "no user is known for %s: give "
		    "--user, or write it into the configuration", url);
	l->asked = true;
	buf_addf(&prompt, "Password of %s", l->user);
	ret = secret_prompt(c, prompt.data, false, &l->password);
	buf_free(&prompt);
	return ret;
}

int
login_password(struct login *l, const struct cmd *c, const char *url,
    const char **password)
{
	int ret;

	if (!l->has_password) {
		ret = find_password(l, c, url);
		if (ret != 0)
			return ret;
		l->has_password = true;
	}
	if (l->user == NULL)
		return cmd_fail(c, EX_CONFIG, "no user is known for %s: give "
		    "--user, or write it into the configuration", url);
	*password = l->password.data;
	return 0;
}
