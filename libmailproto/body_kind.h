/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BODY_KIND_H
#define MAILPROTO_BODY_KIND_H

#include "span.h"

/*
 * What the text of a message asks of a server that is to take it: the BODY
 * parameter of MAIL (RFC 6152 section 2, RFC 3030 section 3).  Each is more
 * than the one before it.
 */
enum body_kind {
	BODY_7BIT,
	BODY_8BITMIME,
	BODY_BINARYMIME, /* not in lines; only BDAT carries it */
	BODY_KINDS
};

/* -1: no value of BODY. */
int body_kind_parse(struct span s, enum body_kind *out);
/* "8BITMIME". */
const char *body_kind_name(enum body_kind b);

#endif
