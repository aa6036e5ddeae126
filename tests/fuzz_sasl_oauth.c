/* SPDX-License-Identifier: ISC */
#include "sasl_oauth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as each mechanism's first message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct sasl_oauth o;

	if (sasl_oauthbearer_parse(&o, s) == 0)
		sasl_oauth_clear(&o);
	if (sasl_xoauth2_parse(&o, s) == 0)
		sasl_oauth_clear(&o);
	return 0;
}
