/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "smtp_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read to its end and had no bare line end is written as it came. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), rest = s;
	struct smtp_data_reader r = { 0 };
	struct smtp_data_writer w = { 0 };
	struct buf text = { 0 }, again = { 0 };
	enum smtp_data_event ev = SMTP_DATA_MORE;
	size_t used;

	while (rest.n > 0 && ev != SMTP_DATA_END) {
		ev = smtp_data_read(&r, rest, &text, &used);
		rest = span_sub(rest, used, rest.n);
	}
	smtp_data_write(&w, &again, buf_span(&text));
	smtp_data_write_end(&w, &again);
	if (ev == SMTP_DATA_END && !r.bare) {
		r = (struct smtp_data_reader){ 0 };
		buf_clear(&text);
		ev = smtp_data_read(&r, buf_span(&again), &text, &used);
		if (ev != SMTP_DATA_END || used != again.len || r.bare)
			abort();
	}
	buf_free(&text);
	buf_free(&again);
	return 0;
}
