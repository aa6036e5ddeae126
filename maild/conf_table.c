/* SPDX-License-Identifier: ISC */
#include "conf_table_impl.h"

static const struct conf_setting *const tables[] = {
	conf_table_top,
	conf_table_server,
	conf_table_tls,
	conf_table_auth,
	conf_table_log,
	conf_table_quota,
	conf_table_limits,
	conf_table_proxy,
	conf_table_inbound,
	conf_table_relay,
	conf_table_queue,
};

const struct conf_setting *
conf_setting_at(size_t i)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct conf_setting *s = tables[t]; s->name != NULL;
		    s++)
			if (i-- == 0)
				return s;
	return NULL;
}

size_t
conf_settings_count(void)
{
	size_t n = 0;

	while (conf_setting_at(n) != NULL)
		n++;
	return n;
}

size_t
conf_setting_number(const struct conf_setting *s)
{
	size_t i = 0;

	while (conf_setting_at(i) != s)
		i++;
	return i;
}

const struct conf_setting *
conf_setting_find(const char *block, const char *name)
{
	const struct conf_setting *s;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++)
		if (strcmp(s->block, block) == 0 && strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

bool
conf_block_exists(const char *block)
{
	const struct conf_setting *s;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++)
		if (block[0] != '\0' && strcmp(s->block, block) == 0)
			return true;
	return false;
}

const char *
conf_name_like(const char *block, const char *name)
{
	const struct conf_setting *s;
	const char *best = NULL, *known;
	size_t least = 2 + strlen(name) / 4, d;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		if (strcmp(s->block, block) == 0)
			known = s->name;
		else if (block[0] == '\0')
			known = s->block;
		else
			continue;
		d = span_distance(span_str(name), span_str(known));
		if (d < least) {
			best = known;
			least = d;
		}
	}
	return best;
}
