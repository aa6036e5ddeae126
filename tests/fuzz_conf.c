/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted must survive being written out and read back. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf errors = { 0 }, text = { 0 };
	struct conf *c, *again;

	c = conf_parse_text(span_of((const char *)data, size), "fuzz", NULL, 0,
	    &errors);
	if (c != NULL) {
		conf_format(&text, c);
		again = conf_parse_text(buf_span(&text), "again", NULL, 0,
		    &errors);
		if (again == NULL || !conf_equal(c, again))
			abort();
		conf_free(again);
	}
	conf_free(c);
	buf_free(&text);
	buf_free(&errors);
	return 0;
}
