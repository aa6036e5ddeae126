/* SPDX-License-Identifier: ISC */
#include "mime_input.h"

/* Chunks do not matter, and what was packed comes back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct mime_parser *a = mime_input(in, 0), *b = mime_input(in, 5);
	const struct mime_tree *tree = mime_parser_tree(a);
	struct mime_tree unpacked = { 0 };
	struct buf packed = { 0 };

	if (!mime_tree_eq(tree, mime_parser_tree(b)))
		abort();
	mime_tree_pack(&packed, tree);
	if (mime_tree_unpack(&unpacked, buf_span(&packed)) < 0 ||
	    !mime_tree_eq(tree, &unpacked) ||
	    tree->part[0].body_off + tree->part[0].body_len != size)
		abort();
	mime_tree_clear(&unpacked);
	buf_free(&packed);
	mime_parser_free(a);
	mime_parser_free(b);
	return 0;
}
