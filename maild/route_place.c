/* SPDX-License-Identifier: ISC */
#include "route_place.h"

#include <stdlib.h>

#include "address.h"
#include "domain_name.h"

/* Domains are configured in ASCII. */
static bool
domain_ascii(struct buf *out, struct span domain)
{
	char *text = span_dup(domain);
	bool ok = domain_name_ascii(out, text);

	free(text);
	return ok;
}

static void
unquote(struct buf *out, struct span local)
{
	if (local.n < 2 || local.p[0] != '"') {
		buf_add_span(out, local);
		return;
	}
	for (size_t i = 1; i < local.n - 1; i++) {
		if (local.p[i] == '\\')
			i++;
		buf_addc(out, local.p[i]);
	}
}

bool
place_set(struct place *p, struct span local, struct span domain)
{
	struct buf b = { .max = STORE_ADDRESS_MAX };
	size_t at;
	bool ok;

	unquote(&b, local);
	at = b.len;
	buf_addc(&b, '@');
	if (span_is_ascii(domain))
		buf_add_span(&b, domain);
	else if (!domain_ascii(&b, domain))
		b.failed = true;
	ok = !b.failed;
	if (ok) {
		memcpy(p->text, b.data, b.len + 1);
		p->local = span_of(p->text, at);
		p->domain = span_of(p->text + at + 1, b.len - at - 1);
	}
	buf_free(&b);
	return ok;
}

bool
place_parse(struct place *p, const struct conf *conf, struct span address)
{
	struct mailbox_addr a;

	if (span_ieqs(address, "postmaster"))
		return place_set(p, address, span_str(conf->domain[0]));
	return mailbox_addr_parse(address, true, &a) == 0 &&
	    place_set(p, a.local, a.domain);
}

bool
place_split_detail(const struct conf *conf, struct span local, struct span *base,
    struct span *detail)
{
	const char *sep = conf->detail_separator;

	for (size_t i = 1; sep[0] != '\0' && i < local.n; i++) {
		if (local.p[i] != sep[0])
			continue;
		*base = span_sub(local, 0, i);
		*detail = span_sub(local, i + 1, SIZE_MAX);
		return true;
	}
	return false;
}
