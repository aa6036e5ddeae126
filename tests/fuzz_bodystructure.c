/* SPDX-License-Identifier: ISC */
#include "bodystructure.h"

#include "imap_grammar.h"
#include "mime_input.h"

/* Any message gives a body after the grammar. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct mime_parser *p = mime_input(in, 0);

	for (int extended = 0; extended <= 1; extended++) {
		struct buf out = { 0 };
		struct span s;

		bodystructure_write(&out, p, extended);
		s = buf_span(&out);
		if (!g_body(&s, extended) || s.n > 0)
			abort();
		buf_free(&out);
	}
	mime_parser_free(p);
	return 0;
}
