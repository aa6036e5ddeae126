/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "inbound.h"

/* A stream of frames; what is taken of it is written the same again. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct inbound_frame f;
	struct buf again = { 0 };
	ssize_t n;

	while ((n = inbound_parse(s, &f)) > 0) {
		buf_clear(&again);
		inbound_write(&again, &f);
		if (!span_eq(buf_span(&again), span_sub(s, 0, (size_t)n)))
			abort();
		s = span_sub(s, (size_t)n, s.n);
	}
	buf_free(&again);
	return 0;
}
