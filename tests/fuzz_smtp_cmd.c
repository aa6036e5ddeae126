/* SPDX-License-Identifier: ISC */
#include "smtp_cmd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), line;
	struct buf out = { 0 };
	struct smtp_cmd cmd;
	const char *why;
	bool found;
	ssize_t n;

	while ((n = smtp_line(s, SMTP_LINE_MAX, &line)) != 0) {
		if (n < 0)
			n = (ssize_t)smtp_line_skip(s, &found);
		else if (smtp_cmd_parse(line, &cmd, &why) == SMTP_CMD_OK)
			smtp_xtext_decode(&out, cmd.arg);
		if (n == 0)
			break;
		s = span_sub(s, (size_t)n, s.n);
	}
	buf_free(&out);
	return 0;
}
