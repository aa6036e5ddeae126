/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "deliver_by.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is the same when it is read as it is written. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct deliver_by d, again;
	struct buf out = { 0 };

	if (deliver_by_parse(s, 7, &d) == 0) {
		deliver_by_write(&out, &d, 7);
		if (deliver_by_parse(span_sub(buf_span(&out), 4, out.len), 7,
			&again) < 0 ||
		    again.mode != d.mode || again.trace != d.trace ||
		    again.at != d.at)
			abort();
	} else if (d.mode != DELIVER_BY_NONE || d.trace || d.at != 0) {
		abort();
	}
	buf_free(&out);
	return 0;
}
