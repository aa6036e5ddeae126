/* SPDX-License-Identifier: ISC */
#include "mt_priority.h"

int
mt_priority_parse(struct span s, int *out)
{
	const bool minus = s.n == 2 && s.p[0] == '-';

	*out = 0;
	if (minus)
		s = span_sub(s, 1, 1);
	if (s.n != 1 || !ascii_digit((unsigned char)s.p[0]) ||
	    (minus && s.p[0] == '0'))
		return -1;
	*out = minus ? '0' - s.p[0] : s.p[0] - '0';
	return 0;
}
