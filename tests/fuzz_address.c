/* SPDX-License-Identifier: ISC */
/* Whatever stands in a list, its groups are closed and its strings are there. */
#include <assert.h>

#include "address.h"
#include "charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct address_list l = { 0 };
	struct buf out = { 0 };
	struct mailbox_addr m;
	bool open = false;

	address_list_parse(&l, s);
	assert(l.len <= ADDRESS_MAX);
	for (size_t i = 0; i < l.len; i++) {
		const struct address *a = &l.addr[i];

		address_format(&out, a);
		assert((a->mailbox != NULL) == (a->kind != ADDRESS_GROUP_END));
		assert((a->host != NULL) == (a->kind == ADDRESS_MAILBOX));
		if (a->kind != ADDRESS_MAILBOX) {
			assert(open == (a->kind == ADDRESS_GROUP_END));
			open = !open;
		}
	}
	assert(!open);
	assert(utf8_valid(buf_span(&out)));
	buf_free(&out);
	address_list_clear(&l);
	if (mailbox_addr_parse(s, true, &m) == 0)
		assert(m.local.n + 1 + m.domain.n == s.n);
	return 0;
}
