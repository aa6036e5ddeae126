/* SPDX-License-Identifier: ISC */
/* However a message is cut, its signature is the same. */
#include <assert.h>
#include <stdlib.h>

#include "dkim.h"
#include "header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
sign(const struct dkim_key *k, struct span begin, struct span body, size_t step,
    struct buf *out)
{
	struct dkim_message *m = dkim_message_new(begin);
	struct dkim_signer s = { k, "example.org", "s", 1 };
	bool ok;

	if (m == NULL)
		return false;
	for (; body.n > 0; body = span_sub(body, step, body.n))
		dkim_message_body(m, span_sub(body, 0, step));
	dkim_message_end(m);
	ok = dkim_message_sign(m, &s, out);
	dkim_message_free(m);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dkim_key *k;
	struct span s = span_of((const char *)data, size), none = { 0 };
	struct buf whole = { 0 }, cut = { 0 };
	size_t n = header_length(s);
	bool one, two;

	if (k == NULL)
		k = dkim_key_make(DKIM_ED25519_SHA256);
	n = n > 0 ? n : s.n;
	one = sign(k, s, none, 1, &whole);
	two = sign(k, span_sub(s, 0, n), span_sub(s, n, s.n), 1, &cut);
	assert(one == two && span_eq(buf_span(&whole), buf_span(&cut)));
	assert(!one || whole.len <= DKIM_SIGNATURE_MAX);
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
