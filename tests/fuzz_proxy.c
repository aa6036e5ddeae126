/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is a header is none yet without its last byte. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct proxy p;
	ssize_t n = proxy_parse(s, &p);

	if (n > (ssize_t)size || n > PROXY_V2_MAX ||
	    (n > 0 && proxy_parse(span_sub(s, 0, (size_t)n - 1), &p) != 0))
		abort();
	return 0;
}
