/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_CHARSET_NAME_H
#define MAILPROTO_CHARSET_NAME_H

#include "span.h"

/*
 * The charset labels that mail uses, and what decodes them.  What is not in
 * the table is unknown: a peer's string never reaches iconv_open(3).
 */
enum charset_kind {
	CHARSET_ASCII,
	CHARSET_UTF8,
	CHARSET_WINDOWS_1252,
	CHARSET_ICONV,       /* bytes below 0x80 are ASCII at each start of a
			      * character */
	CHARSET_ICONV_OTHER, /* with shifts, not on bytes, or composing */
};

struct charset_name {
	const char *label; /* lower case, without "-" and "_" */
	enum charset_kind kind;
	const char *iconv; /* for iconv_open(3) */
};

/* NULL: unknown.  Case, "-" and "_" do not matter. */
const struct charset_name *charset_name_find(struct span label);

#endif
