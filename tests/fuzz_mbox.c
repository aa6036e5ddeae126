/* SPDX-License-Identifier: ISC */
#include "mbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
ignore(void *arg, const struct mbox_message *m)
{
	struct buf head = { 0 };

	(void)arg;
	mbox_write_head(&head, m->body, m->date, m->flags, "1.2.3");
	buf_free(&head);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbox_parser p = { .fn = ignore };
	struct span s = span_of((const char *)data, size);

	if (mbox_feed(&p, span_sub(s, 0, size / 2)) == 0 &&
	    mbox_feed(&p, span_sub(s, size / 2, size)) == 0)
		mbox_end(&p);
	mbox_clear(&p);
	return 0;
}
