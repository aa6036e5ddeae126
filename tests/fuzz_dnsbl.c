/* SPDX-License-Identifier: ISC */
/* What a list says goes into a reply: printable, and not for long. */
#include <assert.h>

#include "dnsbl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf out = { 0 };

	dnsbl_answer(s);
	dnsbl_reason(&out, s);
	assert(out.len <= DNSBL_REASON_MAX);
	for (size_t i = 0; i < out.len; i++)
		assert(out.data[i] >= ' ' && out.data[i] <= '~');
	buf_free(&out);
	return 0;
}
