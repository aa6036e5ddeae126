/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "roles.h"

/* The first byte says who talks to whom; what parses is formatted again, and
 * must give the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[ROLE_MSG_MAX];
	struct role_msg m;
	struct span s;

	if (size < 1)
		return 0;
	s = span_of((const char *)data + 1, size - 1);
	if (role_msg_parse(s, data[0] / ROLES % ROLES, data[0] % ROLES, &m) < 0)
		return 0;
	if (role_msg_format(out, &m) != (ssize_t)s.n ||
	    memcmp(out, s.p, s.n) != 0)
		abort();
	return 0;
}
