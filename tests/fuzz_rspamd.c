/* SPDX-License-Identifier: ISC */
/* An answer, and a header behind the first line feed: whatever it wants of
 * that, the fields stay fields. */
#include <assert.h>

#include "header.h"
#include "rspamd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span header = span_of((const char *)data, size), json = { 0 };
	struct buf out = { 0 }, brief = { 0 };
	struct rspamd_verdict v;
	struct header_field f;

	span_split(&header, '\n', &json);
	if (rspamd_parse(&v, json) == 0) {
		struct span rest;

		rspamd_add(&out, &v);
		for (rest = buf_span(&out); header_next(&rest, &f);)
			assert(f.name.n > 0);
		assert(rest.n == 0);
		rspamd_edit(&out, header, &v);
	}
	rspamd_shrink(&brief, json);
	rspamd_clear(&v);
	buf_free(&out);
	buf_free(&brief);
	return 0;
}
