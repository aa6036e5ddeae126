/* SPDX-License-Identifier: ISC */
/* Folding goes character by character: it may be cut between any two. */
#include <assert.h>

#include "casefold.h"
#include "charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf whole = { 0 }, pieces = { 0 };
	size_t cut = size / 2;

	while (cut > 0 && (data[cut] & 0xc0) == 0x80)
		cut--;
	casefold(&whole, s);
	casefold(&pieces, span_sub(s, 0, cut));
	casefold(&pieces, span_sub(s, cut, SIZE_MAX));
	assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	assert(utf8_valid(s) == utf8_valid(buf_span(&whole)));
	buf_clear(&whole);
	if (utf8_nfc(&whole, s) == 0)
		assert(utf8_valid(buf_span(&whole)));
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
