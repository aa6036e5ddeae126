/* SPDX-License-Identifier: ISC */
/* What is taken is within its limits, and quoting it changes nothing. */
#include <assert.h>

#include "imap_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct buf quoted = { 0 };
	struct imap_url u;

	imap_url_quote(&quoted, in);
	if (imap_url_parse(&u, in) == 0) {
		assert(u.uid > 0 && u.mailbox.len > 0);
		assert(u.mailbox.len + u.section.len < in.n);
		assert(u.off <= INT64_MAX && u.len <= INT64_MAX);
		assert(span_eq(buf_span(&quoted), in));
	}
	imap_url_clear(&u);
	buf_free(&quoted);
	return 0;
}
