/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "outbound_mx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* MX records, each behind a byte that is its length. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *record[64];
	int len[64];
	struct outbound_dns_answer a = { .data = record, .len = len };
	struct outbound_mx mx;

	while (size > 0 && a.n < 64 && data[0] < size) {
		record[a.n] = (const char *)data + 1;
		len[a.n++] = data[0];
		size -= data[0] + 1u;
		data += data[0] + 1u;
	}
	if (outbound_mx_read(&mx, &a, "mx.example.org") == OUTBOUND_MX_OK &&
	    (mx.n == 0 || mx.host[0].name[0] == '\0'))
		abort();
	return 0;
}
