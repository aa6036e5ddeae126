/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "imap_resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_envelope(struct span value)
{
	struct buf scratch = { 0 };
	struct imap_envelope e;
	struct imap_address a;
	size_t n = 0;

	if (imap_envelope_read(value, &scratch, &e)) {
		while (imap_address_next(&e.from, &a))
			n += a.name.n + a.mailbox.n + a.host.n;
		n += e.subject.n;
	}
	buf_free(&scratch);
	return n;
}

static size_t
walk(struct imap_resp *r)
{
	struct imap_fetched f;
	struct span a, b;
	uint32_t n32;
	size_t n = r->text.n + r->mailbox.n + r->code_arg.n;

	while (r->type == IMAP_RESP_FETCH && imap_resp_item(r, &f)) {
		n += f.value.n + f.section.n + (size_t)f.number;
		if (f.item == IMAP_ITEM_ENVELOPE)
			n += read_envelope(f.value);
	}
	while (r->type == IMAP_RESP_SEARCH && imap_resp_number(r, &n32))
		n += n32;
	while ((r->type == IMAP_RESP_STATUS || r->type == IMAP_RESP_ESEARCH) &&
	    imap_resp_pair(r, &a, &b))
		n += a.n + b.n;
	while ((r->type == IMAP_RESP_CAPABILITY || r->type == IMAP_RESP_FLAGS ||
		   r->type == IMAP_RESP_LIST) && imap_resp_word(r, &a))
		n += a.n;
	return n;
}

/* Read the input in pieces of that size; sums up what came out. */
static size_t
read_all(struct span s, size_t piece)
{
	struct imap_resp_reader rd = { .limits = { 2048, 256, 0 } };
	enum imap_resp_event ev = IMAP_RESP_MORE;
	struct imap_resp r;
	size_t used, sum = 0;

	while (s.n > 0 && ev <= IMAP_RESP_DONE) {
		ev = imap_resp_feed(&rd, span_sub(s, 0, piece), &used, &r);
		s = span_sub(s, used, s.n);
		if (ev == IMAP_RESP_DONE)
			sum = sum * 31 + walk(&r) + (size_t)r.type;
	}
	imap_resp_clear(&rd);
	return sum * 31 + (size_t)ev;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);

	assert(read_all(s, size) == read_all(s, 1));
	return 0;
}
