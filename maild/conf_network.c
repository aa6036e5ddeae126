/* SPDX-License-Identifier: ISC */
/* Settings that are networks: "192.0.2.0/24", "2001:db8::/32", one address. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "conf_table.h"

static bool
outside_is_zero(const struct conf_network *n)
{
	for (unsigned bit = n->bits; bit < (n->ipv6 ? 128 : 32); bit++) {
		if (n->address[bit / 8] & (0x80 >> bit % 8))
			return false;
	}
	return true;
}

static bool
parse_one(const char *s, struct conf_network *out)
{
	struct span rest = span_str(s), head;
	uint64_t bits;
	char *text;
	bool ok;

	*out = (struct conf_network){ .ipv6 = strchr(s, ':') != NULL };
	bits = out->ipv6 ? 128 : 32;
	span_split(&rest, '/', &head);
	text = span_dup(head);
	ok = inet_pton(out->ipv6 ? AF_INET6 : AF_INET, text, out->address) == 1;
	free(text);
	if (strchr(s, '/') != NULL && span_u64(rest, bits, &bits) < 0)
		return false;
	out->bits = (unsigned)bits;
	return ok && outside_is_zero(out);
}

static bool
parse_networks(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	struct conf_networks *list = CONF_FIELD(c, s, struct conf_networks);
	struct conf_network n;
	bool good = true;

	if (d->nwords < 2)
		return conf_one_value(s, d, e) != NULL;
	for (size_t i = 1; i < d->nwords; i++) {
		if (!parse_one(d->word[i].s, &n)) {
			scfg_error(e, &d->word[i].pos, "\"%s\" is no network, "
			    "as in 192.0.2.0/24 or 2001:db8::1",
			    d->word[i].s);
			good = false;
			continue;
		}
		list->network = xrealloc_array(list->network, list->len + 1,
		    sizeof(*list->network));
		list->network[list->len++] = n;
	}
	return good;
}

static void
format_network(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	const struct conf_networks *list =
	    &CONF_VALUE(c, s, struct conf_networks);
	const struct conf_network *n = &list->network[i];
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(n->ipv6 ? AF_INET6 : AF_INET, n->address, text, sizeof(text));
	buf_addf(out, "%s/%u", text, n->bits);
}

static size_t
count_networks(const struct conf *c, const struct conf_setting *s)
{
	return CONF_VALUE(c, s, struct conf_networks).len;
}

static void
clear_networks(struct conf *c, const struct conf_setting *s)
{
	free(CONF_FIELD(c, s, struct conf_networks)->network);
}

const struct conf_type conf_type_networks = {
	.syntax = "NETWORK ...",
	.multiple = true,
	.parse = parse_networks,
	.format = format_network,
	.count = count_networks,
	.clear = clear_networks,
};

static bool
holds(const struct conf_network *n, const unsigned char *address)
{
	for (unsigned bit = 0; bit < n->bits; bit++) {
		if ((n->address[bit / 8] ^ address[bit / 8]) & (0x80 >> bit % 8))
			return false;
	}
	return true;
}

bool
conf_networks_hold(const struct conf_networks *list, bool ipv6,
    const unsigned char *address)
{
	for (size_t i = 0; i < list->len; i++) {
		if (list->network[i].ipv6 == ipv6 &&
		    holds(&list->network[i], address))
			return true;
	}
	return false;
}
