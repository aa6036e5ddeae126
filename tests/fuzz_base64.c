/* SPDX-License-Identifier: ISC */
/* What decodes strictly is canonical, and the stream agrees with it. */
#include <assert.h>

#include "base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf strict = { 0 }, loose = { 0 }, again = { 0 };
	struct base64_stream st = { 0 };

	base64_stream(&st, &loose, span_sub(s, 0, size / 2));
	base64_stream(&st, &loose, span_sub(s, size / 2, SIZE_MAX));
	assert(loose.len <= (size + 3) / 4 * 3);
	if (base64_decode(&strict, s) == 0) {
		assert(span_eq(buf_span(&strict), buf_span(&loose)));
		base64_encode(&again, buf_span(&strict), 0);
		assert(span_eq(buf_span(&again), s));
	}
	buf_free(&strict);
	buf_free(&loose);
	buf_free(&again);
	return 0;
}
