/* SPDX-License-Identifier: ISC */
/* A date that was told is written and told again as the same moment. */
#include <assert.h>

#include "date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct mail_date d, again;
	struct buf out = { 0 };
	int64_t day;

	if (date_parse(s, &d) == 0 || date_parse_imap(s, &d) == 0) {
		date_format(&out, d);
		assert(date_parse(buf_span(&out), &again) == 0);
		assert(again.sec == d.sec && again.zone == d.zone);
		buf_clear(&out);
		date_format_imap(&out, d);
		assert(date_parse_imap(buf_span(&out), &again) == 0);
		assert(again.sec == d.sec && again.zone == d.zone);
		buf_clear(&out);
		date_format_rfc3339(&out, d.sec);
		assert(out.len == strlen("1970-01-01T00:00:00Z"));
	}
	if (date_parse_day(s, &day) == 0)
		assert(date_day((struct mail_date){ .sec = day }) * 86400 ==
		    day);
	buf_free(&out);
	return 0;
}
