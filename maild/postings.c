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
	char *to;      /* when writing: has room for a word more */
};

/* v is of n bits, at most 56. */
static inline void
put(struct bits *b, uint64_t v, unsigned n)
{
	b->word |= v << b->n;
	b->n += n;
	le64_put(b->to, b->word);
	b->to += b->n / 8;
	b->word >>= b->n & ~7u;
	b->n %= 8;
}

static inline void
put_gap(struct bits *b, uint64_t gap, unsigned low)
{
	uint64_t q = gap >> low;

	for (; q >= 32; q -= 32)
		put(b, UINT32_MAX, 32);
	/* The rest of the ones, a zero, and the low bits. */
	put(b,
	    (((uint64_t)1 << q) - 1) | (gap & (((uint64_t)1 << low) - 1))
					   << (q + 1),
	    (unsigned)q + 1 + low);
}

/* Room for all gaps: their ones are at most ndocs >> low. */
static bool
begin(struct bits *b, struct buf *out, uint32_t n, uint32_t ndocs)
{
	unsigned low = low_bits(n, ndocs);
	size_t bits = (size_t)n * (low + 1) + (ndocs >> low);

	*b = (struct bits){ .to = buf_reserve(
				out, bits / 8 + 2 * sizeof(b->word)) };
	return b->to != NULL;
}

static void
end(struct bits *b, struct buf *out)
{
	if (b->n > 0)
		*b->to++ = (char)b->word;
	*b->to = '\0';
	out->len = (size_t)(b->to - out->data);
}

void
postings_pack(struct buf *out, const uint32_t *v, uint32_t n, uint32_t ndocs)
{
	unsigned low = low_bits(n, ndocs);
	uint32_t next = 0;
	struct bits b;

	if (!begin(&b, out, n, ndocs))
		return;
	for (uint32_t i = 0; i < n; i++) {
		put_gap(&b, v[i] - next, low);
		next = v[i] + 1;
	}
	end(&b, out);
}

/* Without low bits the code of a list is its bits, inverted, up to the last one
 * that is set. */
static void
put_inverted(struct bits *b, const uint64_t *bits, uint32_t n)
{
	for (; n > 0; bits++) {
		unsigned many = 64;

		n -= (uint32_t)__builtin_popcountll(*bits);
		if (n == 0)
			many -= (unsigned)__builtin_clzll(*bits);
		put(b, ~*bits & UINT32_MAX >> (many < 32 ? 32 - many : 0),
		    many < 32 ? many : 32);
		if (many > 32)
			put(b, ~*bits >> 32 & UINT32_MAX >> (64 - many),
			    many - 32);
	}
}

void
postings_pack_bits(
    struct buf *out, const uint64_t *bits, uint32_t n, uint32_t ndocs)
{
	unsigned low = low_bits(n, ndocs);
	uint32_t next = 0;
	struct bits b;

	if (!begin(&b, out, n, ndocs))
		return;
	if (low == 0)
		put_inverted(&b, bits, n);
	for (uint32_t at = 0; low > 0 && n > 0; at += 64, bits++) {
		for (uint64_t left = *bits; left != 0; left &= left - 1, n--) {
			uint32_t v = at + (uint32_t)__builtin_ctzll(left);

			put_gap(&b, v - next, low);
			next = v + 1;
		}
	}
	end(&b, out);
}

/* Bits that can be had at once, wherever they begin. */
#define WINDOW 57

/* The bits from pos on, zeros behind the end. */
static inline uint64_t
window(struct span s, uint64_t pos)
{
	uint64_t at = pos / 8, word = 0;

	if (at + sizeof(word) <= s.n)
		return le64_get(s.p + at) >> pos % 8;
	for (unsigned i = 0; at + i < s.n; i++)
		word |= (uint64_t)(uint8_t)s.p[at + i] << 8 * i;
	return word >> pos % 8;
}

static inline uint64_t
get_gap(struct span s, uint64_t *pos, unsigned low)
{
	const uint64_t stop = (uint64_t)1 << WINDOW;
	uint64_t word = window(s, *pos), q = 0;
	unsigned ones;

	while ((ones = (unsigned)__builtin_ctzll(~word | stop)) == WINDOW) {
		q += WINDOW;
		*pos += WINDOW;
		word = window(s, *pos);
	}
	*pos += ones + 1;
	word = ones + 1 + low <= WINDOW ? word >> (ones + 1) : window(s, *pos);
	*pos += low;
	return (q + ones) << low | (word & (((uint64_t)1 << low) - 1));
}

int
postings_unpack(struct span s, uint32_t n, uint32_t ndocs, uint32_t *v)
{
	uint64_t next = 0, pos = 0;
	unsigned low;

	if (n == 0 || n > ndocs)
		return -1;
	low = low_bits(n, ndocs);
	for (uint32_t i = 0; i < n; i++) {
		next += get_gap(s, &pos, low);
		if (next >= ndocs || pos > (uint64_t)s.n * 8)
			return -1;
		v[i] = (uint32_t)next++;
	}
	return 0;
}

static inline void
set_bits(uint64_t *bits, uint64_t at, uint64_t word)
{
	bits[at / 64] |= word << at % 64;
	if (at % 64 > 0 && word >> (64 - at % 64) != 0)
		bits[at / 64 + 1] |= word >> (64 - at % 64);
}

/* The reverse of put_inverted(). */
static int
get_inverted(struct span s, uint32_t n, uint32_t ndocs, uint32_t at,
    uint64_t *bits)
{
	for (uint64_t pos = 0; n > 0; pos += 32) {
		uint64_t word = ~window(s, pos) & UINT32_MAX;
		uint32_t set;

		if (pos / 8 >= s.n)
			return -1;
		if (s.n - pos / 8 < 4) /* there is less than that */
			word &= ((uint64_t)1 << (s.n * 8 - pos)) - 1;
		set = (uint32_t)__builtin_popcountll(word);
		for (; set > n; set--) /* what fills the last byte */
			word &= ~((uint64_t)1 << (63 - __builtin_clzll(word)));
		if (word != 0 && pos + 63 - (unsigned)__builtin_clzll(word) >=
		    ndocs)
			return -1;
		set_bits(bits, at + pos, word);
		n -= set;
	}
	return 0;
}

int
postings_unpack_bits(struct span s, uint32_t n, uint32_t ndocs, uint32_t at,
    uint64_t *bits)
{
	uint64_t next = at, pos = 0;
	unsigned low;

	if (n == 0 || n > ndocs)
		return -1;
	low = low_bits(n, ndocs);
	if (low == 0)
		return get_inverted(s, n, ndocs, at, bits);
	for (uint32_t i = 0; i < n; i++) {
		next += get_gap(s, &pos, low);
		if (next - at >= ndocs || pos > (uint64_t)s.n * 8)
			return -1;
		bits[next / 64] |= (uint64_t)1 << next % 64;
		next++;
	}
	return 0;
}
