/* SPDX-License-Identifier: ISC */
#include "login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netrc.h"
#include "secret.h"
#include "slurp.h"
#include "transport.h"

#define CONFIG_MAX ((size_t)1 << 20)

static char *
config_path(const struct cmd *c)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");
	struct buf path = { 0 };

	if (c->opt.config != NULL)
		return xstrdup(c->opt.config);
	if (xdg == NULL || xdg[0] != '/')
		return slurp_home_path(".config/mailctl/config");
	buf_addf(&path, "%s/mailctl/config", xdg);
	return buf_steal(&path);
}

/* The file's text and mode are of one open file. */
static int
read_file(const char *path, struct buf *text, struct stat *sb)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1, saved;

	if (fd < 0)
		return -1;
	text->max = CONFIG_MAX;
	if (fstat(fd, sb) == 0)
		ret = slurp_fd(fd, text);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

static int
refuse_mode(const struct cmd *c, const char *path)
{
	return cmd_fail(c, EX_CONFIG, "%s holds a password and others can "
	    "read it; do this first: chmod 600 %s", path, path);
}

static bool
others_read(const struct stat *sb)
{
	return S_ISREG(sb->st_mode) && (sb->st_mode & 077) != 0;
}

static int
parse_config(struct login *l, const struct cmd *c, const char *path,
    struct span text, const struct stat *sb)
{
	struct buf err = { 0 };
	int ret = 0;

	if (user_config_parse(&l->config, text, &err) < 0)
		ret = cmd_fail(c, EX_CONFIG, "%s: %s", path, err.data);
	else if (user_config_secret(&l->config) && others_read(sb))
		ret = refuse_mode(c, path);
	buf_free(&err);
	return ret;
}

static int
read_config(struct login *l, const struct cmd *c)
{
	struct buf text = { 0 };
	char *path = config_path(c);
	struct stat sb;
	int ret = 0;

	if (path == NULL)
		return 0;
	if (read_file(path, &text, &sb) == 0)
		ret = parse_config(l, c, path, buf_span(&text), &sb);
	else if (errno != ENOENT || c->opt.config != NULL)
		ret = cmd_fail(c, EX_CONFIG, "%s: %s", path, strerror(errno));
	buf_wipe(&text);
	free(path);
	return ret;
}

static const char *
first(const char *option, const char *setting)
{
	return option != NULL ? option : setting;
}

int
login_init(struct login *l, const struct cmd *c)
{
	static const struct user_account none;
	const struct user_account *a;
	int ret;

	*l = (struct login){ 0 };
	ret = read_config(l, c);
	if (ret != 0)
		return ret;
	a = user_config_find(&l->config, c->opt.account);
	if (a == NULL && c->opt.account != NULL)
		return cmd_fail(c, EX_CONFIG,
		    "no account \"%s\" is in the configuration",
		    c->opt.account);
	l->account = a != NULL ? a : &none;
	l->imap = first(c->opt.imap, l->account->imap);
	l->smtp = first(c->opt.smtp, l->account->smtp);
	l->user = first(c->opt.user, l->account->user);
	l->ca_file = first(c->opt.ca_file, l->account->ca_file);
	l->from = l->account->from;
	return 0;
}

void
login_clear(struct login *l)
{
	buf_wipe(&l->password);
	buf_free(&l->netrc_user);
	user_config_clear(&l->config);
}

/* ~/.netrc; *found says whether it has one for the host of url. */
static int
from_netrc(struct login *l, const struct cmd *c, const char *url, bool *found)
{
	char *path = slurp_home_path(".netrc"), *host = transport_host(url);
	struct buf text = { 0 };
	struct stat sb;
	int ret = 0;

	*found = path != NULL && host != NULL &&
	    read_file(path, &text, &sb) == 0 &&
	    netrc_find(buf_span(&text), host, l->user, &l->netrc_user,
		&l->password);
	if (*found && others_read(&sb))
		ret = refuse_mode(c, path);
	if (*found && l->user == NULL && l->netrc_user.len > 0)
		l->user = l->netrc_user.data;
	buf_wipe(&text);
	free(path);
	free(host);
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
		return secret_file(c, a->password_file, &l->password);
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
