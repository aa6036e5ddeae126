/* SPDX-License-Identifier: ISC */
#include "ctl_addresses.h"

#include "address.h"
#include "user_name.h"

void
ctl_addresses_free(struct ctl_addresses *a)
{
	for (size_t i = 0; i < a->len; i++)
		buf_free(&a->text[i]);
}

static bool
add(struct ctl_addresses *a, const struct conf *conf, struct span s)
{
	struct buf *out = &a->text[a->len];
	struct mailbox_addr parts;

	if (user_name_complete(out, conf, s) < 0)
		return false;
	a->span[a->len++] = buf_span(out);
	return mailbox_addr_parse(buf_span(out), true, &parts) == 0;
}

const char *
ctl_addresses_read(struct ctl_addresses *a, const struct conf *conf,
    json_t *body, const char *key)
{
	json_t *list = json_object_get(body, key), *item;
	size_t i;

	if (!json_is_array(list) || json_object_size(body) != 1)
		return "the body is not an object with just the array";
	if (json_array_size(list) > STORE_TARGETS_MAX)
		return "these are more than 100 addresses";
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item) ||
		    !add(a, conf, span_of(json_string_value(item),
			json_string_length(item))))
			return "one of them is no address";
	}
	return NULL;
}

json_t *
ctl_addresses_json(const struct store_alias *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->ntargets; i++)
		json_array_append_new(list,
		    json_stringn(a->target[i].p, a->target[i].n));
	return list;
}
