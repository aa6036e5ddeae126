/* SPDX-License-Identifier: ISC */
/* TLSA records: any bytes, and what OpenSSL then makes of them. */
#include <assert.h>
#include <stdlib.h>

#include "outbound_tls.h"

#define RECORDS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Records, each behind a byte with its length. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outbound_tls *tls;
	struct span s = span_of((const char *)data, size);
	const char *rr[RECORDS];
	int len[RECORDS];
	struct outbound_dns_answer a = { .data = rr, .len = len };
	struct outbound_dane d = { 0 };
	struct buf why = { 0 };
	SSL *ssl;

	if (tls == NULL)
		tls = outbound_tls_new(span_of("", 0), &why);
	while (s.n > 0 && a.n < RECORDS) {
		size_t n = (unsigned char)s.p[0];

		s = span_sub(s, 1, s.n);
		n = n < s.n ? n : s.n;
		rr[a.n] = s.p;
		len[a.n++] = (int)n;
		s = span_sub(s, n, s.n);
	}
	outbound_dane_read(&d, &a, "mx.example");
	assert(d.n <= OUTBOUND_DANE_MAX && d.n <= a.n);
	ssl = outbound_tls_dane(tls, &d, "mx.example", "example");
	SSL_free(ssl);
	outbound_dane_clear(&d);
	buf_free(&why);
	return 0;
}
