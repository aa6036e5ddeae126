/* SPDX-License-Identifier: ISC */
/* A pattern, a line end, names: the answer is that of a plain recursion. */
#include <assert.h>

#include "imap_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
plain(struct span p, struct span s)
{
	if (p.n == 0)
		return s.n == 0;
	if (p.p[0] != '*' && p.p[0] != '%')
		return s.n > 0 && s.p[0] == p.p[0] &&
		    plain(span_sub(p, 1, p.n), span_sub(s, 1, s.n));
	if (plain(span_sub(p, 1, p.n), s))
		return true;
	return s.n > 0 && (p.p[0] == '*' || s.p[0] != '/') &&
	    plain(p, span_sub(s, 1, s.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size), text, name;
	struct imap_pattern p;

	if (!span_split(&in, '\n', &text))
		return 0;
	imap_pattern_init(&p, text, '/');
	while (span_split(&in, '\n', &name)) {
		bool match = imap_pattern_match(&p, name);

		/* The recursion explodes; INBOX is not its business. */
		if (text.n > 12 || name.n > 12 ||
		    span_iprefix(name, SPAN_LIT("INBOX")))
			continue;
		assert(match == plain(text, name));
	}
	return 0;
}
