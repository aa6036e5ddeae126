/* SPDX-License-Identifier: ISC */
#include "smtp_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct smtp_reply r = { 0 };
	ssize_t n;

	while ((n = smtp_reply_parse(s, &r)) > 0)
		s = span_sub(s, (size_t)n, s.n);
	smtp_reply_clear(&r);
	return 0;
}
