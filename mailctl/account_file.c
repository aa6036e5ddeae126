/* SPDX-License-Identifier: ISC */
#include "account_file.h"

#include <errno.h>
#include <stdlib.h>

#include "atomic_file.h"
#include "private_file.h"
#include "slurp.h"

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

static int
parse(struct account_file *f, const struct cmd *c, bool shared)
{
	struct buf err = { 0 };
	int ret = 0;

	if (user_config_parse(&f->config, buf_span(&f->text), &err) < 0)
		ret = cmd_fail(c, EX_CONFIG, "%s: %s", f->path, err.data);
	else if (shared && user_config_secret(&f->config))
		ret = private_file_refuse(c, f->path);
	buf_free(&err);
	return ret;
}

int
account_file_read(struct account_file *f, const struct cmd *c, bool must)
{
	bool shared = false;

	*f = (struct account_file){ .path = config_path(c) };
	if (f->path == NULL)
		return 0;
	if (private_file_read(f->path, &f->text, &shared) == 0)
		return parse(f, c, shared);
	if (errno == ENOENT && !(must && c->opt.config != NULL))
		return 0;
	return cmd_fail(c, EX_CONFIG, "%s: %s", f->path, strerror(errno));
}

void
account_file_clear(struct account_file *f)
{
	user_config_clear(&f->config);
	buf_wipe(&f->text);
	free(f->path);
	f->path = NULL;
}

/* What a symbolic link points to is replaced, not the link. */
static char *
real_path(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : xstrdup(path);
}

static int
cannot_write(const struct cmd *c, const char *path)
{
	return cmd_fail(c, EX_CANTCREAT, "%s: %s", path, strerror(errno));
}

int
account_file_lock(const struct cmd *c, int *lock)
{
	char *path = config_path(c), *real;
	int ret = 0;

	*lock = -1;
	if (path == NULL)
		return cmd_fail(c, EX_CONFIG, "HOME is not set: give --config");
	real = real_path(path);
	*lock = atomic_file_lock(real);
	if (*lock < 0)
		ret = cannot_write(c, path);
	free(real);
	free(path);
	return ret;
}

int
account_file_write(struct account_file *f, const struct cmd *c,
    struct span text)
{
	char *real;
	int ret = 0;

	user_config_clear(&f->config);
	buf_wipe(&f->text);
	buf_add_span(&f->text, text);
	if (parse(f, c, false) != 0)
		return EX_CONFIG;
	real = real_path(f->path);
	if (atomic_file_write(real, text) < 0)
		ret = cannot_write(c, f->path);
	free(real);
	return ret;
}
