/* SPDX-License-Identifier: ISC */
#include "casefold.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "charset.h"
#include "utf8.h"

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* What one character decomposes to at most (U+FDFA: 18), with room. */
#define DECOMPOSED_MAX 32

/* The upper case of eight ASCII bytes at once. */
static uint64_t
upper_word(uint64_t w)
{
	uint64_t from_a = w + EACH(0x80 - 'a');
	uint64_t past_z = w + EACH(0x7f - 'z');
	uint64_t letters = from_a & ~past_z & EACH(0x80);

	return w ^ letters >> 2;
}

static void
fold_ascii(struct buf *out, struct span s)
{
	char *to = buf_reserve(out, s.n);
	uint64_t w;
	size_t i = 0;

	if (to == NULL)
		return;
	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.p + i, sizeof(w));
		w = upper_word(w);
		memcpy(to + i, &w, sizeof(w));
	}
	for (; i < s.n; i++)
		to[i] = (char)ascii_upper((unsigned char)s.p[i]);
	to[s.n] = '\0';
	out->len += s.n;
}

/* utf8proc gives sharp s a capital, U+1E9E; UnicodeData gives it none. */
static utf8proc_int32_t
titlecase(uint32_t cp)
{
	return cp == 0xdf ? 0xdf : utf8proc_totitle((utf8proc_int32_t)cp);
}

static void
fold_char(struct buf *out, uint32_t cp)
{
	utf8proc_int32_t to[DECOMPOSED_MAX];
	char utf8[4 * DECOMPOSED_MAX];
	size_t len = 0;
	int last = 0;
	utf8proc_ssize_t n = utf8proc_decompose_char(titlecase(cp), to,
	    DECOMPOSED_MAX, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &last);

	for (utf8proc_ssize_t i = 0; i < n && i < DECOMPOSED_MAX; i++)
		len += utf8_put(utf8 + len, (uint32_t)to[i]);
	buf_add(out, utf8, len);
}

void
casefold(struct buf *out, struct span s)
{
	uint32_t cp;

	while (s.n > 0) {
		size_t run = utf8_ascii_run(s);
		int n;

		if (run > 0) {
			fold_ascii(out, span_sub(s, 0, run));
		} else if ((n = utf8_next(s, &cp)) > 0) {
			fold_char(out, cp);
			run = (size_t)n;
		} else {
			buf_addc(out, s.p[0]);
			run = 1;
		}
		s = span_sub(s, run, SIZE_MAX);
	}
}

int
utf8_nfc(struct buf *out, struct span s)
{
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t n;

	if (s.n > UTF8_NFC_MAX || !utf8_valid(s))
		return -1;
	if (utf8_ascii_run(s) == s.n) {
		buf_add_span(out, s);
		return 0;
	}
	n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n,
	    &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n >= 0)
		buf_add(out, nfc, (size_t)n);
	free(nfc);
	return n >= 0 ? 0 : -1;
}
