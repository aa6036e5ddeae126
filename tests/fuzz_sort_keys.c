/* SPDX-License-Identifier: ISC */
#include "sort_keys.h"

#include <stdlib.h>

/* Any header gives keys that can be read again; any bytes are keys or none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct buf out = { 0 };
	struct sort_keys k;

	sort_keys_pack(&out, in);
	if (sort_keys_parse(buf_span(&out), &k) < 0 ||
	    sort_keys_nrefs(&k) > SORT_REFS_MAX)
		abort();
	for (int i = 0; i < SORT_TEXTS; i++) {
		if (k.text[i].n > SORT_KEY_MAX)
			abort();
	}
	if (sort_keys_parse(in, &k) == 0) {
		for (size_t i = 0; i < sort_keys_nrefs(&k); i++)
			sort_keys_ref(&k, i);
	}
	buf_free(&out);
	return 0;
}
