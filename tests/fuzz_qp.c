/* SPDX-License-Identifier: ISC */
/* Pieces decode as the whole does; what was encoded comes back. */
#include <assert.h>

#include "qp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode(struct buf *out, struct span s, size_t cut)
{
	struct qp_stream st = { 0 };

	qp_stream(&st, out, span_sub(s, 0, cut));
	qp_stream(&st, out, span_sub(s, cut, SIZE_MAX));
	qp_stream_end(&st, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf whole = { 0 }, pieces = { 0 }, encoded = { 0 };

	decode(&whole, s, size);
	decode(&pieces, s, size / 2);
	assert(whole.len <= size);
	if (size < QP_HELD_MAX)
		assert(span_eq(buf_span(&whole), buf_span(&pieces)));
	qp_encode(&encoded, s);
	buf_clear(&whole);
	decode(&whole, buf_span(&encoded), encoded.len);
	if (memchr(s.p, '\r', size) == NULL && memchr(s.p, '\n', size) == NULL)
		assert(span_eq(buf_span(&whole), s));
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&encoded);
	return 0;
}
