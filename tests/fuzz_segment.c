/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "postings.h"
#include "segment.h"

/* A segment of the search index as a damaged disk gives it: the length of its
 * head (2), the head, its bytes. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
at(void *arg, uint64_t off, struct span *out)
{
	const struct span *s = arg;

	*out = span_sub(*s, (size_t)off, 1000);
	return 0;
}

/* Numbers and bits say the same. */
static void
unpack(const struct segment_list *l, uint32_t docs)
{
	uint32_t *v = xcalloc((size_t)docs + 1, sizeof(*v));
	uint64_t *bits = xcalloc((size_t)docs / 64 + 2, sizeof(*bits));
	int ret = postings_unpack(l->postings, l->n, docs, v);

	if (postings_unpack_bits(l->postings, l->n, docs, 7, bits) != ret)
		abort();
	for (uint32_t i = 0; ret == 0 && i < l->n; i++) {
		uint32_t bit = v[i] + 7;

		if ((i > 0 && v[i] <= v[i - 1]) || v[i] >= docs ||
		    (bits[bit / 64] >> bit % 64 & 1) == 0)
			abort();
	}
	free(v);
	free(bits);
}

static void
read_all(const struct segment_head *h, struct span bytes)
{
	const struct msgsrc src = { at, &bytes, bytes.n };
	struct segment_reader r = { .head = h, .src = &src };
	struct segment_list l;

	while (segment_next(&r, &l) == 1)
		unpack(&l, h->docs < 4096 ? h->docs : 4096);
	if (segment_find(&r, 0x414243, &l) == 1 && l.trigram != 0x414243)
		abort();
	segment_reader_clear(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), bytes;
	struct segment_head h;
	size_t n;

	if (size < 2)
		return 0;
	n = data[0] * 256u + data[1];
	bytes = span_sub(s, 2 + n, SIZE_MAX);
	if (segment_head_unpack(&h, span_sub(s, 2, n), bytes.n) == 0) {
		read_all(&h, bytes);
		segment_head_clear(&h);
	} else if (h.run != NULL) {
		abort();
	}
	return 0;
}
