/* SPDX-License-Identifier: ISC */
#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf err = { 0 };
	struct words w;

	if (words_split(&w, span_of((const char *)data, size), &err) == 0)
		words_clear(&w);
	buf_free(&err);
	return 0;
}
