/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "store_queue_impl.h"

/* Records of the queue as a damaged disk gives them: the first byte says of
 * which kind; what is taken comes out of packing as it went in. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(const struct buf *b, struct span s)
{
	if (!span_eq(buf_span(b), s))
		abort();
}

/* What was of an older version comes out as of the last, 5, and then as it went in. */
static void
message(struct span s)
{
	char key[STORE_QUEUE_KEY];
	struct store_queue_msg m;
	struct buf b = { 0 };

	if (store_queue_msg_parse(store_queue_msg_key(key, 7), s, &m) == 0) {
		store_queue_msg_pack(&b, &m);
		if (s.p[0] < 5)
			message(buf_span(&b));
		else
			same(&b, s);
	}
	buf_free(&b);
}

static void
recipient(struct span s)
{
	char key[STORE_QUEUE_KEY];
	struct store_queue_rcpt r;
	struct buf b = { 0 };

	if (store_queue_rcpt_parse(store_queue_rcpt_key(key, 7, 1), s, &r) ==
	    0) {
		store_queue_rcpt_pack(&b, &r);
		same(&b, s);
	}
	buf_free(&b);
}

static void
schedule(struct span s)
{
	struct span domain;
	int64_t next;
	uint64_t id;
	int priority;

	store_queue_due_parse(s, &domain, &next, &id);
	if (store_queue_due_priority(s, &priority) &&
	    (priority < -MT_PRIORITY_MAX || priority > MT_PRIORITY_MAX))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);

	if (size == 0)
		return 0;
	s = span_sub(s, 1, s.n);
	if (data[0] == 'q')
		message(s);
	else if (data[0] == 'r')
		recipient(s);
	else
		schedule(s);
	return 0;
}
