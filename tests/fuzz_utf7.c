/* SPDX-License-Identifier: ISC */
/* A name has one encoding: what decodes encodes to the same again. */
#include <assert.h>

#include "charset.h"
#include "utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf name = { 0 }, again = { 0 };

	if (utf7_decode(&name, s) == 0) {
		assert(utf7_encode(&again, buf_span(&name)) == 0);
		assert(span_eq(buf_span(&again), s));
	}
	buf_clear(&name);
	buf_clear(&again);
	assert((utf7_encode(&name, s) == 0) == utf8_valid(s));
	if (name.len > 0 && memchr(s.p, '\0', s.n) == NULL) {
		assert(utf7_decode(&again, buf_span(&name)) == 0);
		assert(span_eq(buf_span(&again), s));
	}
	buf_free(&name);
	buf_free(&again);
	return 0;
}
