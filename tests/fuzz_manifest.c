/* SPDX-License-Identifier: ISC */
#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sum is put right: what has a wrong one is not looked at further. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf text = { 0 }, again = { 0 }, err = { 0 };
	char hash[MANIFEST_HASH_LEN + 1];
	struct manifest m;

	manifest_parse(&m, s, &err);
	manifest_clear(&m);
	buf_add_span(&text, s);
	manifest_hash(hash, s);
	buf_addf(&text, "end %s\n", hash);
	if (manifest_parse(&m, buf_span(&text), &err) == 0)
		manifest_format(&again, &m);
	manifest_clear(&m);
	buf_free(&text);
	buf_free(&again);
	buf_free(&err);
	return 0;
}
