/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>

#include "http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was cut somewhere is not taken for the whole. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	struct http_head whole, part;
	ssize_t n = http_head_parse(s, size, &whole);

	if (n > (ssize_t)size || (n > 0 && whole.status < 100))
		abort();
	if (n > 0 && (http_head_parse(s, (size_t)n - 1, &part) != 0 ||
			 http_head_parse(s, (size_t)n, &part) != n ||
			 part.length != whole.length))
		abort();
	return 0;
}
