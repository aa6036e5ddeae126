/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "imap_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	struct imap_client *c;
	unsigned commands;
};

static void
give_command(void *arg, struct imap_resp *r)
{
	struct session *s = arg;

	if ((r != NULL && r->kind != IMAP_RESP_TAGGED) || s->commands++ > 3)
		return;
	imap_client_begin(s->c, IMAP_WANT(IMAP_RESP_FETCH), give_command, s);
	imap_client_add(s->c, "APPEND ");
	imap_client_add_astring(s->c, SPAN_LIT("\xc3\xa4"));
	imap_client_add(s->c, " ");
	imap_client_add_literal(s->c, SPAN_LIT("a message"));
	imap_client_end(s->c);
}

/* An evil server says all this, whatever the client does. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imap_client_options o = { .secure = true, .user = "u",
		.password = "p" };
	struct session s = { .c = imap_client_new(&o) };
	size_t step = size > 0 ? data[0] % 16 + 1 : 1;
	const char *text;

	for (size_t at = 0; at < size; at += step) {
		struct span in = span_of((const char *)data, size);

		if (imap_client_next(s.c) == IMAP_CLIENT_READY) {
			imap_client_compress(s.c);
			give_command(&s, NULL);
		}
		imap_client_sent(s.c, imap_client_output(s.c).n / 2 + 1);
		imap_client_input(s.c, span_sub(in, at, step));
	}
	imap_client_eof(s.c);
	assert(imap_client_next(s.c) >= IMAP_CLIENT_CLOSED);
	imap_client_failure(s.c, &text);
	imap_client_free(s.c);
	return 0;
}
