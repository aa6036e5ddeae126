/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "part.h"
#include "term.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What show makes of a hostile message: no control reaches the terminal. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_of((const char *)data, size);
	struct buf text = { 0 }, clean = { 0 };
	struct part_list l = { 0 };

	part_read(&text, &l, message);
	for (size_t i = 0; i < l.len; i++) {
		struct buf bytes = { 0 };

		assert(part_decode(&bytes, message, l.part[i].number) ||
		    bytes.failed);
		buf_free(&bytes);
	}
	term_clean_text(&clean, buf_span(&text));
	for (size_t i = 0; i < clean.len; i++)
		assert((unsigned char)clean.data[i] >= ' ' ||
		    clean.data[i] == '\n' || clean.data[i] == '\t');
	part_list_clear(&l);
	buf_free(&text);
	buf_free(&clean);
	return 0;
}
