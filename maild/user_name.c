/* SPDX-License-Identifier: ISC */
#include "config.h" /* memrchr() */

#include "user_name.h"

#include <utf8proc.h>

#include "casefold.h"
#include "charset.h"
#include "conf.h"

static void
lower(struct buf *out, struct span s)
{
	utf8proc_int32_t c;
	utf8proc_uint8_t utf8[4];
	utf8proc_ssize_t n;

	for (; s.n > 0; s = span_sub(s, (size_t)n, s.n)) {
		n = utf8proc_iterate((const utf8proc_uint8_t *)s.p,
		    (utf8proc_ssize_t)s.n, &c);
		buf_add(out, utf8,
		    (size_t)utf8proc_encode_char(utf8proc_tolower(c), utf8));
	}
}

int
user_name_fold(struct buf *out, struct span address)
{
	struct buf low = { 0 }, name = { 0 };
	int ret = -1;

	if (address.n > USER_NAME_MAX || !utf8_valid(address))
		return -1;
	lower(&low, address);
	if (utf8_nfc(&name, buf_span(&low)) == 0 && name.len <= USER_NAME_MAX) {
		buf_add_span(out, buf_span(&name));
		ret = 0;
	}
	buf_free(&low);
	buf_free(&name);
	return ret;
}

int
user_name_complete(struct buf *out, const struct conf *conf, struct span name)
{
	struct buf whole = { 0 };
	int ret;

	if (name.n > USER_NAME_MAX)
		return -1;
	buf_add_span(&whole, name);
	if (memchr(whole.data, '@', whole.len) == NULL)
		buf_addf(&whole, "@%s", conf->domain[0]);
	ret = user_name_fold(out, buf_span(&whole));
	buf_free(&whole);
	return ret;
}

bool
user_name_is_local(const struct conf *conf, struct span address)
{
	const char *at = NULL;
	struct span domain;

	if (address.n > 0)
		at = memrchr(address.p, '@', address.n);
	if (at == NULL)
		return false;
	domain = span_sub(address, (size_t)(at - address.p) + 1, address.n);
	for (size_t i = 0; i < conf->ndomains; i++)
		if (span_ieqs(domain, conf->domain[i]))
			return true;
	return false;
}
