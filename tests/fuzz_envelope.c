/* SPDX-License-Identifier: ISC */
#include "envelope.h"

#include <stdlib.h>

#include "imap_grammar.h"

/* Any header gives an envelope after the grammar. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = { 0 };
	struct span s;

	envelope_write(&out, span_of((const char *)data, size));
	s = buf_span(&out);
	if (!g_envelope(&s) || s.n > 0)
		abort();
	buf_free(&out);
	return 0;
}
