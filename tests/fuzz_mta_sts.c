/* SPDX-License-Identifier: ISC */
/* Policies of MTA-STS: a good one has servers, knows each of them, and is the
 * same when what is written of it is read. */
#include <assert.h>

#include "mta_sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_and_read(const struct mta_sts *p)
{
	struct mta_sts again = { 0 };
	struct buf text = { 0 };
	int ret;

	mta_sts_format(&text, p);
	assert(text.len <= MTA_STS_TEXT_MAX);
	ret = mta_sts_parse(&again, buf_span(&text));
	assert(ret == 0 && again.mode == p->mode &&
	    again.max_age == p->max_age && again.nmx == p->nmx);
	assert(span_eq(buf_span(&again.mx), buf_span(&p->mx)));
	mta_sts_clear(&again);
	buf_free(&text);
}

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
	if (ret == 0)
		write_and_read(&p);
	mta_sts_clear(&p);
	return 0;
}
