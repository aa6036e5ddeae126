/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_PARAM_H
#define MAILPROTO_PARAM_H

#include "buf.h"

/*
 * Structured MIME fields: Content-Type, Content-Disposition and their
 * parameters (RFC 2045 section 5.1), with the extended and continued
 * parameters of RFC 2231.  Tolerant.
 */
#define PARAM_MAX 64 /* parameters of one field; the rest is left out */

struct param {
	char *name;  /* lower case; "filename*0*" and its like as they stand */
	char *value; /* unquoted bytes as they stand, no NUL */
};

struct param_list {
	char *value; /* what stands before the first ';': "text/plain",
		      * "attachment"; comments and white space gone; may be "" */
	struct param *param;
	size_t len, cap;
};

void param_list_parse(struct param_list *l, struct span value);
void param_list_clear(struct param_list *l);

/* The raw value of the first parameter of that name, or NULL. */
const char *param_get(const struct param_list *l, const char *name);

/* Append the value of name as UTF-8: RFC 2231 pieces joined and decoded, else
 * the plain parameter with RFC 2047 words decoded (which they should not be,
 * but are).  False: there is none. */
bool param_decode(const struct param_list *l, const char *name, struct buf *out);

#endif
