/* SPDX-License-Identifier: ISC */
#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a byte stands for; from NO on it stands for none. */
#define NO 64
#define PD 65

/* clang-format off */
static const unsigned char values[128] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, PD, NO, NO,
	NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
};
/* clang-format on */

static unsigned
value_of(char c)
{
	return (unsigned char)c < 128 ? values[(unsigned char)c] : NO;
}

static void
encode_group(char to[4], const unsigned char *from, size_t n)
{
	uint32_t v = (uint32_t)from[0] << 16;

	if (n > 1)
		v |= (uint32_t)from[1] << 8;
	if (n > 2)
		v |= from[2];
	to[0] = alphabet[v >> 18];
	to[1] = alphabet[v >> 12 & 63];
	to[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
	to[3] = n > 2 ? alphabet[v & 63] : '=';
}

void
base64_encode(struct buf *out, struct span s, unsigned wrap)
{
	const unsigned char *from = (const unsigned char *)s.p;
	size_t chars = (s.n + 2) / 3 * 4;
	char *to = buf_reserve(out, chars + (wrap > 0 ? chars / wrap * 2 : 0));
	char group[4];
	unsigned col = 0;

	if (to == NULL)
		return;
	for (size_t i = 0; i < s.n; i += 3) {
		encode_group(group, from + i, s.n - i);
		for (size_t k = 0; k < sizeof(group); k++) {
			*to++ = group[k];
			if (wrap == 0 || ++col < wrap)
				continue;
			*to++ = '\r';
			*to++ = '\n';
			col = 0;
		}
	}
	*to = '\0';
	out->len = (size_t)(to - out->data);
}

/* The n bytes, 1 to 3, of a group of n + 1 characters.  -1: one is foreign, or
 * bits that no byte has are set (RFC 4648 section 3.5). */
static int
decode_group(char *to, const char *from, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned c = i <= n ? value_of(from[i]) : 0;

		if (c >= NO)
			return -1;
		v = v << 6 | c;
	}
	if ((v & (0xffffffU >> (8 * n))) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(v >> (16 - 8 * i));
	return 0;
}

int
base64_decode(struct buf *out, struct span s)
{
	size_t pad = 0, len;
	char *to;

	if (s.n % 4 != 0)
		return -1;
	while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
		pad++;
	len = s.n / 4 * 3 - pad;
	to = buf_reserve(out, len);
	if (to == NULL)
		return -1;
	for (size_t i = 0, o = 0; i < s.n; i += 4, o += 3) {
		if (decode_group(to + o, s.p + i, len - o < 3 ? len - o : 3) < 0)
			return -1;
	}
	to[len] = '\0';
	out->len += len;
	return 0;
}

/* Four characters that make a whole group; false: not all of them do. */
static bool
whole_group(char *to, const char *from)
{
	unsigned a = value_of(from[0]), b = value_of(from[1]);
	unsigned c = value_of(from[2]), d = value_of(from[3]);
	uint32_t v = a << 18 | b << 12 | c << 6 | d;

	if ((a | b | c | d) >= NO)
		return false;
	to[0] = (char)(v >> 16);
	to[1] = (char)(v >> 8);
	to[2] = (char)v;
	return true;
}

static size_t
stream_block(struct base64_stream *st, char *to, struct span s)
{
	size_t o = 0, i = 0;

	while (i < s.n) {
		unsigned v;

		if (st->bits == 0 && s.n - i >= 4 &&
		    whole_group(to + o, s.p + i)) {
			i += 4;
			o += 3;
			continue;
		}
		v = value_of(s.p[i++]);
		if (v == PD)
			st->acc = st->bits = 0;
		if (v >= NO)
			continue;
		st->acc = st->acc << 6 | v;
		st->bits += 6;
		if (st->bits < 8)
			continue;
		st->bits -= 8;
		to[o++] = (char)(st->acc >> st->bits);
		st->acc &= (1U << st->bits) - 1;
	}
	return o;
}

void
base64_stream(struct base64_stream *st, struct buf *out, struct span s)
{
	char block[3072];

	while (s.n > 0) {
		struct span part = span_sub(s, 0, sizeof(block));

		buf_add(out, block, stream_block(st, block, part));
		s = span_sub(s, part.n, SIZE_MAX);
	}
}
