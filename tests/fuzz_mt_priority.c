/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "mt_priority.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is written as it was. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	char text[16];
	int priority;

	if (mt_priority_parse(s, &priority) == 0) {
		snprintf(text, sizeof(text), "%d", priority);
		if (!span_eq(span_str(text), s))
			abort();
	} else if (priority != 0) {
		abort();
	}
	return 0;
}
