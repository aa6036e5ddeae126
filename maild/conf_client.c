/* SPDX-License-Identifier: ISC */
/* "client NAME* { hide CAPABILITY ... }". */
#include <stdlib.h>

#include "conf_table.h"

#define CLIENTS_MAX 64
#define HIDDEN_MAX  64 /* of one client */

static bool
is_capability(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s <= ' ' || *s == 0x7f || strchr("(){%*\"\\]", *s) != NULL)
			return false;
	}
	return true;
}

static bool
parse_hide(struct conf_client *client, const struct scfg_directive *d,
    struct scfg_errors *e)
{
	if (strcmp(d->word[0].s, "hide") != 0 || d->has_block ||
	    d->nwords < 2) {
		scfg_error(e, &d->word[0].pos,
		    "in a client stands \"hide CAPABILITY ...\"");
		return false;
	}
	for (size_t i = 1; i < d->nwords; i++) {
		const struct scfg_word *w = &d->word[i];

		if (!is_capability(w->s) || client->nhidden == HIDDEN_MAX) {
			scfg_error(e, &w->pos,
			    "\"%s\" is no capability, or one too many", w->s);
			return false;
		}
		client->hidden = xrealloc_array(client->hidden,
		    client->nhidden + 1, sizeof(*client->hidden));
		client->hidden[client->nhidden++] = xstrdup(w->s);
	}
	return true;
}

static void
clear_one(struct conf_client *client)
{
	for (size_t i = 0; i < client->nhidden; i++)
		free(client->hidden[i]);
	free(client->hidden);
	free(client->name);
}

static bool
parse_block(struct conf_client *client, const struct scfg_block *b,
    struct scfg_errors *e)
{
	bool good = true;

	for (size_t i = 0; i < b->len; i++)
		good &= !b->directive[i].bad &&
			parse_hide(client, &b->directive[i], e);
	return good;
}

static bool
parse_client(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *name = conf_one_value(s, d, e);
	struct conf_client client = { 0 };

	if (name == NULL)
		return false;
	if (!d->has_block || c->nclients == CLIENTS_MAX) {
		scfg_error(e, &d->word[0].pos,
		    "\"client\" takes a block, and there are at most %d",
		    CLIENTS_MAX);
		return false;
	}
	if (!parse_block(&client, &d->block, e)) {
		clear_one(&client);
		return false;
	}
	client.name = xstrdup(name->s);
	c->client =
	    xrealloc_array(c->client, c->nclients + 1, sizeof(*c->client));
	c->client[c->nclients++] = client;
	return true;
}

static void
format_client(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	const struct conf_client *client = &c->client[i];

	(void)s;
	scfg_quote(out, client->name);
	buf_adds(out, " {");
	for (size_t h = 0; h < client->nhidden; h++) {
		buf_adds(out, h == 0 ? " hide " : " ");
		scfg_quote(out, client->hidden[h]);
	}
	buf_adds(out, " }");
}

static size_t
count_client(const struct conf *c, const struct conf_setting *s)
{
	(void)s;
	return c->nclients;
}

static void
clear_client(struct conf *c, const struct conf_setting *s)
{
	(void)s;
	for (size_t i = 0; i < c->nclients; i++)
		clear_one(&c->client[i]);
	free(c->client);
}

const struct conf_type conf_type_client = {
	.syntax = "NAME { hide CAPABILITY ... }",
	.multiple = true,
	.block = true,
	.parse = parse_client,
	.format = format_client,
	.count = count_client,
	.clear = clear_client,
};

static bool
is_client(const struct conf_client *client, struct span name)
{
	struct span pattern = span_str(client->name);

	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '*')
		return span_iprefix(name, span_sub(pattern, 0, pattern.n - 1));
	return span_ieq(name, pattern);
}

bool
conf_hides(const struct conf *c, struct span client, const char *capability)
{
	for (size_t i = 0; i < c->nclients; i++) {
		if (client.n == 0 || !is_client(&c->client[i], client))
			continue;
		for (size_t h = 0; h < c->client[i].nhidden; h++) {
			if (span_ieqs(
				span_str(c->client[i].hidden[h]), capability))
				return true;
		}
	}
	return false;
}
