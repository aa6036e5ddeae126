/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "seqset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was parsed and formatted parses to the same again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seqset set = { 0 }, again = { 0 };
	struct buf out = { 0 };

	if (seqset_parse(&set, span_of((const char *)data, size)) == 0) {
		seqset_format(&out, &set);
		assert(seqset_parse(&again, buf_span(&out)) == 0);
		assert(seqset_count(&set) == seqset_count(&again));
		seqset_resolve(&set, 1000);
		assert(seqset_has(&set, set.range[0].lo));
	}
	seqset_clear(&set);
	seqset_clear(&again);
	buf_free(&out);
	return 0;
}
