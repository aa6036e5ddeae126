/* SPDX-License-Identifier: ISC */
#include "dnsbl.h"

#include "peer.h"

int
dnsbl_name(struct buf *out, const char *peer, struct span zone)
{
	unsigned char address[16];
	bool ipv6;

	if (!peer_address(peer, &ipv6, address))
		return -1;
	for (int i = ipv6 ? 15 : 3; i >= 0; i--) {
		if (ipv6)
			buf_addf(out, "%x.%x.", address[i] & 15u,
			    address[i] >> 4);
		else
			buf_addf(out, "%u.", address[i]);
	}
	buf_add_span(out, zone);
	return 0;
}

/* All lists answer below 127.0.0.0/8; where they complain, those that have a
 * way to do so use 127.255.255.0/24. */
enum dnsbl_answer
dnsbl_answer(struct span data)
{
	if (data.n != 4 || data.p[0] != 127)
		return DNSBL_NOTHING;
	return memcmp(data.p, "\x7f\xff\xff", 3) == 0 ? DNSBL_REFUSED :
							 DNSBL_LISTED;
}

void
dnsbl_reason(struct buf *out, struct span data)
{
	size_t left = DNSBL_REASON_MAX;

	while (data.n > 0 && left > 0) {
		struct span text = span_sub(data, 1, (unsigned char)data.p[0]);

		data = span_sub(data, 1 + text.n, SIZE_MAX);
		for (size_t i = 0; i < text.n && left > 0; i++, left--) {
			unsigned char c = (unsigned char)text.p[i];

			buf_addc(out, c < ' ' || c > '~' ? '?' : (char)c);
		}
	}
}
