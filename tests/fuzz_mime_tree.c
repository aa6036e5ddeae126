/* SPDX-License-Identifier: ISC */
#include "mime.h"

#include <stdlib.h>

/* What unpacks has its parts in place, and packs again into what unpacks. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mime_tree t = { 0 }, again = { 0 };
	struct buf packed = { 0 };
	static const uint32_t nums[] = { 1, 2, 1, 1 };

	if (mime_tree_unpack(&t, span_of((const char *)data, size)) == 0) {
		mime_tree_pack(&packed, &t);
		if (mime_tree_unpack(&again, buf_span(&packed)) < 0 ||
		    again.len != t.len)
			abort();
		for (size_t n = 0; n <= 4; n++) {
			uint32_t part = mime_find(&t, nums, n);

			if (part != MIME_NONE && part >= t.len)
				abort();
		}
	}
	mime_tree_clear(&t);
	mime_tree_clear(&again);
	buf_free(&packed);
	return 0;
}
