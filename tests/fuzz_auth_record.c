/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "auth_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What can be read is written as the same bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct auth_record r;
	struct buf out = { 0 };

	if (auth_record_parse(s, &r) == 0) {
		auth_record_format(&out, &r);
		if (!span_eq(buf_span(&out), s))
			abort();
	}
	buf_free(&out);
	return 0;
}
