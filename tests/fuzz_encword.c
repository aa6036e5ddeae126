/* SPDX-License-Identifier: ISC */
/* UTF-8 text stays that when decoded, and what was encoded comes back. */
#include <assert.h>

#include "charset.h"
#include "encword.h"
#include "header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	}
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf out = { 0 }, line = { 0 };
	size_t col = size > 0 ? data[0] % 80 : 0;

	encword_decode(&out, s);
	assert(!utf8_valid(s) || utf8_valid(buf_span(&out)));
	buf_clear(&out);
	encword_encode(&out, s, col);
	header_unfold(&line, buf_span(&out));
	buf_clear(&out);
	encword_decode(&out, buf_span(&line));
	if (utf8_valid(s) && !has_control(s) && span_eq(s, span_trim(s)))
		assert(span_eq(buf_span(&out), s));
	buf_free(&out);
	buf_free(&line);
	return 0;
}
