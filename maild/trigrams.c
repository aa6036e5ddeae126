/* SPDX-License-Identifier: ISC */
#include "trigrams.h"

#include <stdlib.h>

static int
by_value(const void *a, const void *b)
{
	uint32_t va = *(const uint32_t *)a, vb = *(const uint32_t *)b;

	return (va > vb) - (va < vb);
}

size_t
trigrams_of(struct span needle, uint32_t *v)
{
	size_t n = 0, kept = 0;
	uint32_t last = 0;

	for (size_t i = 0; i < needle.n; i++) {
		last = (last << 8 | (uint8_t)needle.p[i]) & (TRIGRAM_ANY - 1);
		if (i + 1 >= TRIGRAM_BYTES)
			v[n++] = last;
	}
	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || v[i] != v[i - 1])
			v[kept++] = v[i];
	}
	return kept;
}
