/* SPDX-License-Identifier: ISC */
#include "outbound_mx.h"

#include <stdlib.h>
#include <string.h>

/*
 * A name of wire format without compression (RFC 1035 section 3.1) as text
 * without its last dot.  False: it is none, or no host's (RFC 1123).
 */
static bool
read_name(struct span s, char out[OUTBOUND_MX_NAME])
{
	size_t n = 0;

	while (s.n > 0 && s.p[0] != 0) {
		size_t len = (unsigned char)s.p[0];

		if (len > 63 || len >= s.n || n + len + 1 >= OUTBOUND_MX_NAME)
			return false;
		if (n > 0)
			out[n++] = '.';
		for (size_t i = 1; i <= len; i++) {
			int c = ascii_lower((unsigned char)s.p[i]);

			if (!ascii_alpha(c) && !ascii_digit(c) && c != '-' &&
			    c != '_')
				return false;
			out[n++] = (char)c;
		}
		s = span_sub(s, len + 1, s.n);
	}
	out[n] = '\0';
	return s.n == 1;
}

static int
compare(const void *a, const void *b)
{
	const struct outbound_mx_host *x = a, *y = b;

	return (int)x->preference - (int)y->preference;
}

/* Equal ones share the load (RFC 5321 section 5.1). */
static void
shuffle(struct outbound_mx *m)
{
	for (size_t i = m->n; i > 1; i--) {
		size_t k = (size_t)random() % i;
		struct outbound_mx_host swap = m->host[k];

		m->host[k] = m->host[i - 1];
		m->host[i - 1] = swap;
	}
}

static void
add(struct outbound_mx *m, struct span record)
{
	struct outbound_mx_host h;

	if (m->n == OUTBOUND_MX_MAX || record.n < 3)
		return;
	h.preference = (uint16_t)((unsigned char)record.p[0] << 8 |
				  (unsigned char)record.p[1]);
	if (read_name(span_sub(record, 2, record.n), h.name))
		m->host[m->n++] = h;
}

static bool
is_null(const struct outbound_mx *m)
{
	return m->n == 1 && m->host[0].name[0] == '\0';
}

/* From the first that is self on, they are no better than we. */
static void
cut(struct outbound_mx *m, const char *self)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcasecmp(m->host[i].name, self) != 0)
			continue;
		for (size_t k = 0; k < i; k++) {
			if (m->host[k].preference == m->host[i].preference)
				i = k;
		}
		m->n = i;
	}
}

static void
drop_empty(struct outbound_mx *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->host[i].name[0] != '\0')
			m->host[n++] = m->host[i];
	}
	m->n = n;
}

enum outbound_mx_status
outbound_mx_read(struct outbound_mx *out, const struct outbound_dns_answer *a,
    const char *self)
{
	*out = (struct outbound_mx){ 0 };
	for (size_t i = 0; i < a->n; i++)
		add(out, span_of(a->data[i], (size_t)a->len[i]));
	if (is_null(out))
		return OUTBOUND_MX_NULL;
	drop_empty(out);
	if (out->n == 0)
		return OUTBOUND_MX_BAD;
	shuffle(out);
	qsort(out->host, out->n, sizeof(out->host[0]), compare);
	cut(out, self);
	return out->n > 0 ? OUTBOUND_MX_OK : OUTBOUND_MX_LOOP;
}

void
outbound_mx_one(struct outbound_mx *mx, struct span name)
{
	struct outbound_mx_host *h = &mx->host[0];

	mx->n = 1;
	h->preference = 0;
	name = span_sub(name, 0, OUTBOUND_MX_NAME - 1);
	memcpy(h->name, name.p, name.n);
	h->name[name.n] = '\0';
}

bool
outbound_mx_literal(struct span domain, struct span *address)
{
	if (domain.n < 3 || domain.p[0] != '[')
		return false;
	*address = span_sub(domain, 1, domain.n - 2);
	if (span_iprefix(*address, SPAN_LIT("ipv6:")))
		*address = span_sub(*address, 5, address->n);
	return true;
}
