/* SPDX-License-Identifier: ISC */
#ifndef MAILD_INTROSPECTION_H
#define MAILD_INTROSPECTION_H

#include "buf.h"

/*
 * What an authorization server says of a token (RFC 7662): the question as a
 * form, and the answer's JSON.
 */
#define INTROSPECTION_ANSWER_MAX ((size_t)65536) /* bytes */

/* Append the form that asks about token. */
void introspection_form(struct buf *out, struct span token);

struct introspection_wants {
	const char *claim; /* the one that holds the user's name */
	const char *scope; /* that the token must have, or NULL */
	int64_t now;       /* seconds since 1970 */
};

struct introspection {
	bool active;      /* the token is good, for that scope, and for … */
	char *user;       /* … this user, the caller's to free; else NULL */
	uint32_t seconds; /* that it will be, as far as that is told */
};

#define INTROSPECTION_NO_END UINT32_MAX

/* -1: that is no answer. */
int introspection_parse(struct introspection *out, struct span json,
    const struct introspection_wants *wants);

#endif
