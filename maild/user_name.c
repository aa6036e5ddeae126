/* SPDX-License-Identifier: ISC */
#include "config.h" /* memrchr() */

#include "user_name.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "casefold.h"
#include "charset.h"
#include "conf.h"
#include "domain_name.h"

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

struct span
user_name_domain(struct span address)
{
	const char *at = NULL;

	if (address.n > 0)
		at = memrchr(address.p, '@', address.n);
	if (at == NULL)
		return span_of("", 0);
	return span_sub(address, (size_t)(at - address.p) + 1, address.n);
}

/* What is in ASCII already stays as it is, be it a domain or not. */
static bool
add_ascii(struct buf *out, struct span address)
{
	struct span domain = user_name_domain(address);
	struct buf ascii = { 0 };
	char *text = span_dup(domain);
	bool good = true;

	if (span_is_ascii(domain))
		buf_add_span(&ascii, domain);
	else
		good = domain_name_ascii(&ascii, text) &&
		       address.n - domain.n + ascii.len <= USER_NAME_MAX;
	if (good) {
		buf_add_span(out, span_sub(address, 0, address.n - domain.n));
		buf_add_span(out, buf_span(&ascii));
	}
	free(text);
	buf_free(&ascii);
	return good;
}

int
user_name_complete(struct buf *out, const struct conf *conf, struct span name)
{
	struct buf whole = { 0 }, folded = { 0 };
	int ret;

	if (name.n > USER_NAME_MAX)
		return -1;
	buf_add_span(&whole, name);
	if (memchr(whole.data, '@', whole.len) == NULL)
		buf_addf(&whole, "@%s", conf->domain[0]);
	ret = user_name_fold(&folded, buf_span(&whole));
	if (ret == 0 && !add_ascii(out, buf_span(&folded)))
		ret = -1;
	buf_free(&whole);
	buf_free(&folded);
	return ret;
}
