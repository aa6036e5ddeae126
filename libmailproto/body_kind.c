/* SPDX-License-Identifier: ISC */
#include "body_kind.h"

static const char *const names[] = {
	[BODY_7BIT] = "7BIT",
	[BODY_8BITMIME] = "8BITMIME",
	[BODY_BINARYMIME] = "BINARYMIME",
};

const char *
body_kind_name(enum body_kind b)
{
	return names[b];
}

int
body_kind_parse(struct span s, enum body_kind *out)
{
	for (unsigned b = 0; b < BODY_KINDS; b++) {
		if (span_ieqs(s, names[b])) {
			*out = (enum body_kind)b;
			return 0;
		}
	}
	*out = BODY_7BIT;
	return -1;
}
