/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "future_release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken repeats itself behind "for;" or "until;". */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct future_release f;

	if (future_release_for(s, 0, &f) == 0 &&
	    (f.at <= 0 || !span_eq(span_str(f.text + 4), s)))
		abort();
	if (future_release_until(s, &f) == 0 &&
	    !span_eq(span_str(f.text + 6), s))
		abort();
	return 0;
}
