/* SPDX-License-Identifier: ISC */
#include "outbound_dane.h"

#include <string.h>

#define FIXED 3 /* usage, selector, matching type */

/* Of data with matching type 1 or 2 (RFC 6698 section 2.1.3). */
static const size_t digest_size[] = { 0, 32, 64 };

static bool
is_usable(struct span rr)
{
	const unsigned char *p = (const unsigned char *)rr.p;

	if (rr.n <= FIXED || rr.n > OUTBOUND_DANE_DATA)
		return false;
	if (p[0] != OUTBOUND_DANE_TA && p[0] != OUTBOUND_DANE_EE)
		return false;
	return p[1] <= 1 && p[2] <= 2 &&
	       (p[2] == 0 || rr.n - FIXED == digest_size[p[2]]);
}

/* There is room: the caller has counted. */
static void
add(struct outbound_dane *d, struct span rr)
{
	const unsigned char *p = (const unsigned char *)rr.p;
	size_t at = d->text.len;

	buf_add_span(&d->text, span_sub(rr, FIXED, rr.n));
	d->record[d->n++] = (struct outbound_dane_record){ p[0], p[1], p[2],
		span_of(d->text.data + at, rr.n - FIXED) };
}

void
outbound_dane_read(struct outbound_dane *out,
    const struct outbound_dns_answer *a, const char *base)
{
	size_t room = 1;

	outbound_dane_clear(out);
	memcpy(out->base, base, strnlen(base, sizeof(out->base) - 1));
	for (size_t i = 0; i < a->n; i++)
		room += a->len[i] <= OUTBOUND_DANE_DATA ? (size_t)a->len[i] : 0;
	buf_reserve(&out->text, room);
	for (size_t i = 0; i < a->n && out->n < OUTBOUND_DANE_MAX; i++) {
		struct span rr = span_of(a->data[i], (size_t)a->len[i]);

		if (is_usable(rr))
			add(out, rr);
	}
}

void
outbound_dane_clear(struct outbound_dane *d)
{
	buf_free(&d->text);
	memset(d->base, 0, sizeof(d->base));
	d->n = 0;
}

void
outbound_dane_owner(struct buf *out, const char *base, uint16_t port)
{
	buf_addf(out, "_%u._tcp.%s", port, base);
}
