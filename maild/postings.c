/* SPDX-License-Identifier: ISC */
#include "postings.h"

#include "bytes.h"

void
varint_put(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_addc(out, (char)(v | 0x80));
	buf_addc(out, (char)v);
}

bool
varint_get(struct span *s, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < s->n && i < 9; i++) {
		uint8_t c = (uint8_t)s->p[i];

		*v |= (uint64_t)(c & 0x7f) << 7 * i;
		if (c < 0x80) {
			*s = span_sub(*s, i + 1, SIZE_MAX);
			return true;
		}
	}
	return false;
}

/* The bits of a gap that are written as they are: about those of 0.69 times
 * the mean gap. */
static unsigned
low_bits(uint32_t n, uint32_t ndocs)
{
	uint64_t mean = (uint64_t)ndocs * 69 / 100 / n;

	return mean < 2 ? 0 : 63 - (unsigned)__builtin_clzll(mean);
}

struct bits {
	uint64_t word; /* the lowest first */
	unsigned n;    /* of them valid; below 8 between calls when writing */
};

static void
put(struct buf *out, struct bits *b, uint64_t v, unsigned n)
{
	b->word |= v << b->n;
	b->n += n;
	for (; b->n >= 8; b->n -= 8, b->word >>= 8)
		buf_addc(out, (char)b->word);
}

/* q ones and a zero. */
static void
put_unary(struct buf *out, struct bits *b, uint32_t q)
{
	for (; q >= 32; q -= 32)
		put(out, b, UINT32_MAX, 32);
	put(out, b, ((uint64_t)1 << q) - 1, q + 1);
}

void
postings_pack(struct buf *out, const uint32_t *v, uint32_t n, uint32_t ndocs)
{
	unsigned low = low_bits(n, ndocs);
	struct bits b = { 0 };
	uint32_t next = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t gap = v[i] - next;

		put_unary(out, &b, gap >> low);
		put(out, &b, gap & (((uint64_t)1 << low) - 1), low);
		next = v[i] + 1;
	}
	if (b.n > 0)
		buf_addc(out, (char)b.word);
}

static void
fill(struct span *s, struct bits *b)
{
	while (b->n <= 56 && s->n > 0) {
		b->word |= (uint64_t)(uint8_t)*s->p++ << b->n;
		b->n += 8;
		s->n--;
	}
}

/* -1: the bits end before a zero does. */
static int64_t
get_unary(struct span *s, struct bits *b)
{
	int64_t q = 0;

	for (;;) {
		unsigned ones;

		fill(s, b);
		if (b->n == 0)
			return -1;
		ones = ~b->word == 0 ? 64 :
		    (unsigned)__builtin_ctzll(~b->word);
		if (ones < b->n) {
			b->word = b->word >> ones >> 1; /* 64 together */
			b->n -= ones + 1;
			return q + ones;
		}
		q += b->n;
		b->word = 0;
		b->n = 0;
	}
}

int
postings_unpack(struct span s, uint32_t n, uint32_t ndocs, uint32_t *v)
{
	unsigned low;
	struct bits b = { 0 };
	uint64_t next = 0;

	if (n == 0 || n > ndocs)
		return -1;
	low = low_bits(n, ndocs);
	for (uint32_t i = 0; i < n; i++) {
		int64_t q = get_unary(&s, &b);

		fill(&s, &b);
		if (q < 0 || q > UINT32_MAX || b.n < low)
			return -1;
		next += (uint64_t)q << low | (b.word & (((uint64_t)1 << low) - 1));
		if (next >= ndocs)
			return -1;
		v[i] = (uint32_t)next++;
		b.word >>= low;
		b.n -= low;
	}
	return 0;
}
