/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "answering.h"
#include "header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply to a hostile message has the fields that we gave it, and no more. */
static void
check(const struct answering *a)
{
	const char *to = a->to.data, *cc = a->cc.data;
	struct compose m = {
		.from = "me@x",
		.to = &to,
		.nto = to != NULL,
		.cc = &cc,
		.ncc = cc != NULL,
		.subject = a->subject.data,
		.in_reply_to = a->in_reply_to.data,
		.references = a->references.data,
		.body = buf_span(&a->text),
		.unique = "unique",
	};
	struct buf out = { .max = SIZE_MAX / 4 }, err = { 0 };
	struct header_field f;
	struct span rest;
	size_t n = 0;

	if (compose_message(&out, &m, &err) == 0) {
		assert(!header_find(buf_span(&out), "Bcc", &f));
		for (rest = buf_span(&out); header_next(&rest, &f); n++)
			assert(f.name.n > 0);
		assert(n <= 11);
	}
	buf_free(&out);
	buf_free(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_of((const char *)data, size);
	struct answering reply = { 0 }, forward = { 0 };

	answering_reply(&reply, message, true, "me@x");
	check(&reply);
	answering_forward(&forward, message);
	check(&forward);
	answering_clear(&reply);
	answering_clear(&forward);
	return 0;
}
