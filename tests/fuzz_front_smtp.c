/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "front_fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SMTP before login or with the world: the first byte says which, whether there
 * is TLS, and where the input is cut in two. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct front_conn *c;
	struct span all = span_of((const char *)data, size);
	size_t cut;

	if (size == 0)
		return 0;
	c = fake_new(data[0] & 0x80 ? &front_mx : &front_smtp);
	c->tls = data[0] & 1;
	cut = 1 + (data[0] & 0x7f) / 2 % size;
	fake_input(c, span_sub(all, 1, cut));
	fake_input(c, span_sub(all, 1 + cut, size));
	for (int n = 0; c->busy && n < 20; n++) {
		if (c->exchange && n % 4 < 3)
			fake_challenge(c, "ask");
		else
			fake_denied(c, n % 2 ? FRONT_DENIED : FRONT_TEMPFAIL);
	}
	fake_free(c);
	return 0;
}
