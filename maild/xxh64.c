/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "xxh64.h"

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static inline uint64_t
rotate(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static inline uint64_t
lane(uint64_t acc, uint64_t word)
{
	return rotate(acc + word * P2, 31) * P1;
}

static inline uint64_t
merge(uint64_t h, uint64_t acc)
{
	return (h ^ lane(0, acc)) * P1 + P4;
}

/* Whole stripes of 32 bytes, in four lanes; moves *pp behind them. */
static uint64_t
stripes(const uint8_t **pp, size_t n, uint64_t seed)
{
	const uint8_t *p = *pp, *end = p + n / 32 * 32;
	uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
	uint64_t h;

	for (; p < end; p += 32) {
		a = lane(a, le64_get(p));
		b = lane(b, le64_get(p + 8));
		c = lane(c, le64_get(p + 16));
		d = lane(d, le64_get(p + 24));
	}
	*pp = p;
	h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
	return merge(merge(merge(merge(h, a), b), c), d);
}

uint64_t
xxh64(const void *data, size_t n, uint64_t seed)
{
	const uint8_t *p = n > 0 ? data : (const uint8_t *)"", *end = p + n;
	uint64_t h = n >= 32 ? stripes(&p, n, seed) : seed + P5;

	h += n;
	for (; end - p >= 8; p += 8)
		h = rotate(h ^ lane(0, le64_get(p)), 27) * P1 + P4;
	if (end - p >= 4) {
		h = rotate(h ^ le32_get(p) * P1, 23) * P2 + P3;
		p += 4;
	}
	for (; p < end; p++)
		h = rotate(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}
