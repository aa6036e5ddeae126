/* SPDX-License-Identifier: ISC */
#include "user_config.h"

#include <stdlib.h>

#define SETTING(name) { #name, offsetof(struct user_account, name) }

static const struct {
	const char *name;
	size_t offset;
} settings[] = {
	SETTING(imap),
	SETTING(smtp),
	SETTING(user),
	SETTING(from),
	SETTING(password),
	SETTING(password_file),
	SETTING(password_cmd),
	SETTING(token_cmd),
	SETTING(ca_file),
};

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static char **
slot(struct user_account *a, size_t i)
{
	return (char **)(void *)((char *)a + settings[i].offset);
}

bool
user_config_setting(const struct user_account *a, size_t i, const char **name,
    const char **value)
{
	if (i >= NELEM(settings))
		return false;
	*name = settings[i].name;
	memcpy(value, (const char *)a + settings[i].offset, sizeof(*value));
	return true;
}

void
user_account_clear(struct user_account *a)
{
	if (a->password != NULL)
		explicit_bzero(a->password, strlen(a->password));
	for (size_t i = 0; i < NELEM(settings); i++)
		free(*slot(a, i));
	free(a->name);
	*a = (struct user_account){ 0 };
}

void
user_config_clear(struct user_config *config)
{
	for (size_t i = 0; i < config->len; i++)
		user_account_clear(&config->account[i]);
	free(config->account);
	*config = (struct user_config){ 0 };
}

static int
begin_account(struct user_config *c, struct span name, struct buf *err)
{
	char *dup = span_dup(name);

	if (user_config_find(c, dup) != NULL) {
		buf_addf(err, "account \"%s\" is there twice", dup);
		free(dup);
		return -1;
	}
	if (c->len == USER_CONFIG_ACCOUNTS_MAX) {
		buf_addf(err, "more than %d accounts",
		    USER_CONFIG_ACCOUNTS_MAX);
		free(dup);
		return -1;
	}
	c->account = xrealloc_array(c->account, c->len + 1,
	    sizeof(c->account[0]));
	c->account[c->len++] = (struct user_account){ .name = dup };
	return 0;
}

static int
set(struct user_config *c, struct span name, struct span value,
    struct buf *err)
{
	char **at;

	for (size_t i = 0; i < NELEM(settings); i++) {
		if (!span_eq(name, span_str(settings[i].name)))
			continue;
		if (c->len == 0) {
			buf_adds(err, "no \"account NAME\" before it");
			return -1;
		}
		at = slot(&c->account[c->len - 1], i);
		if (*at != NULL) {
			buf_addf(err, "\"%s\" is set twice", settings[i].name);
			return -1;
		}
		*at = span_dup(value);
		return 0;
	}
	buf_addf(err, "unknown setting \"%.*s\"", (int)name.n, name.p);
	return -1;
}

static int
parse_line(struct user_config *c, struct span line, struct buf *err)
{
	struct span name;

	line = span_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\0') {
			buf_adds(err, "a NUL byte");
			return -1;
		}
	}
	name = line;
	for (name.n = 0; name.n < line.n && line.p[name.n] != ' ' &&
	    line.p[name.n] != '\t'; name.n++)
		;
	line = span_trim(span_sub(line, name.n, line.n));
	if (line.n == 0) {
		buf_addf(err, "\"%.*s\" has no value", (int)name.n, name.p);
		return -1;
	}
	if (span_eq(name, SPAN_LIT("account")))
		return begin_account(c, line, err);
	return set(c, name, line, err);
}

int
user_config_parse(struct user_config *config, struct span text,
    struct buf *err)
{
	struct buf what = { 0 };
	struct span line;
	int ret = 0;

	*config = (struct user_config){ 0 };
	for (unsigned n = 1; ret == 0 && span_split(&text, '\n', &line); n++) {
		ret = parse_line(config, line, &what);
		if (ret < 0)
			buf_addf(err, "line %u: %s", n, what.data);
	}
	if (ret < 0)
		user_config_clear(config);
	buf_free(&what);
	return ret;
}

const struct user_account *
user_config_find(const struct user_config *config, const char *name)
{
	for (size_t i = 0; i < config->len; i++) {
		if (name == NULL || strcmp(config->account[i].name, name) == 0)
			return &config->account[i];
	}
	return NULL;
}

bool
user_config_secret(const struct user_config *config)
{
	for (size_t i = 0; i < config->len; i++) {
		if (config->account[i].password != NULL)
			return true;
	}
	return false;
}
