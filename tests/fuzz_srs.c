/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "srs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A sender goes there and back; and a local part that anyone may send. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[SRS_KEY_SIZE] = "key";
	struct span s = span_of((const char *)data, size), local;
	struct buf to = { 0 }, back = { 0 };

	srs_reverse(&back, key, s, 0);
	buf_clear(&back);
	if (srs_forward(&to, key, s, "fwd.example", 0) == 0 &&
	    memcmp(to.data, "SRS0", 4) == 0) {
		local = span_sub(buf_span(&to), 0, to.len - 12);
		/* A host with "=" in it is none. */
		if (memchr(memrchr(data, '@', size), '=', (size_t)(data + size -
		    (const uint8_t *)memrchr(data, '@', size))) == NULL &&
		    srs_reverse(&back, key, local, 0) == 0 &&
		    !span_eq(buf_span(&back), s))
			abort();
	}
	buf_free(&to);
	buf_free(&back);
	return 0;
}
