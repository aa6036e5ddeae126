/* SPDX-License-Identifier: ISC */
/* The first line is a label, the rest text: it becomes UTF-8, whatever it is,
 * and pieces of it become the same. */
#include <assert.h>

#include "charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
convert(struct buf *out, struct span label, struct span s, size_t cut)
{
	struct charset_stream *cs = charset_open(label);

	charset_stream(cs, out, span_sub(s, 0, cut));
	charset_stream(cs, out, span_sub(s, cut, SIZE_MAX));
	charset_end(cs, out);
	charset_close(cs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), label = { 0 };
	struct buf whole = { 0 }, pieces = { 0 }, strict = { 0 };

	span_split(&s, '\n', &label);
	convert(&whole, label, s, s.n);
	convert(&pieces, label, s, s.n / 2);
	assert(utf8_valid(buf_span(&whole)));
	assert(utf8_valid(buf_span(&pieces)));
	if (charset_to_utf8(&strict, label, s) == 0) {
		assert(charset_known(label));
		assert(span_eq(buf_span(&strict), buf_span(&whole)));
		assert(span_eq(buf_span(&strict), buf_span(&pieces)));
	}
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&strict);
	return 0;
}
