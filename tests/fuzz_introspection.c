/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "introspection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct introspection_wants wants = { "username", "mail", 1000 };
	struct span s = span_of((const char *)data, size);
	struct introspection in;
	struct buf form = { 0 };

	if (introspection_parse(&in, s, &wants) == 0)
		free(in.user);
	introspection_form(&form, s);
	buf_free(&form);
	return 0;
}
