/* SPDX-License-Identifier: ISC */
#include "autoconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct autoconfig a;

	if (autoconfig_parse(&a, span_of((const char *)data, size),
		"bob@example.org") == 0)
		autoconfig_clear(&a);
	return 0;
}
