/* SPDX-License-Identifier: ISC */
/* The fields of a header are its bytes, none lost and none twice. */
#include <assert.h>

#include "auth_results.h"
#include "charset.h"
#include "header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), rest = s;
	struct buf out = { 0 };
	struct header_field f;
	const char *at = rest.p;

	while (header_next(&rest, &f)) {
		assert(f.line.p == at && f.line.n > 0);
		at += f.line.n;
		header_unfold(&out, f.value);
		assert(memchr(buf_span(&out).p, '\n', out.len) == NULL);
		buf_clear(&out);
		header_decode(&out, f.value);
		assert(utf8_valid(buf_span(&out)));
		buf_clear(&out);
	}
	assert(at == rest.p);
	auth_results_strip(&out, s, "mx.example.org");
	assert(out.len <= size);
	for (rest = buf_span(&out); header_next(&rest, &f);)
		assert(!span_ieqs(f.name, "Authentication-Results") ||
		    !auth_results_by(f.value, "mx.example.org"));
	assert(header_length(s) == 0 || header_length(s) > (size_t)(at - s.p));
	buf_free(&out);
	return 0;
}
