/* SPDX-License-Identifier: ISC */
/* Policies of MTA-STS: a good one has servers, and knows each of them. */
#include <assert.h>

#include "mta_sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), rest, one;
	char id[MTA_STS_ID_MAX + 1];
	struct mta_sts p = { 0 };
	int ret = mta_sts_record_parse(s, id);

	assert((ret == 0) == (id[0] != '\0'));
	ret = mta_sts_parse(&p, s);
	assert(ret == 0 || (p.nmx == 0 && p.mode == MTA_STS_NONE));
	assert(ret != 0 || p.nmx > 0 || p.mode == MTA_STS_NONE);
	assert(p.max_age <= MTA_STS_AGE_MAX);
	rest = buf_span(&p.mx);
	while (span_split(&rest, '\n', &one))
		assert(one.n == 0 || mta_sts_has(&p, one));
	mta_sts_clear(&p);
	return 0;
}
