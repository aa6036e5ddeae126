/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MESSAGE_ID_H
#define MAILPROTO_MESSAGE_ID_H

#include "lex.h"

/*
 * Message IDs (RFC 5322 section 3.6.4), as they are compared: without quotes,
 * comments and white space (RFC 5256 section 3, REFERENCES).
 */
#define MESSAGE_ID_MAX ((size_t)998)

/* Replace out with the next valid one, without its brackets, of an unfolded
 * field.  False: there is none. */
bool message_id_next(struct lexer *l, struct buf *out);

/* What stands for one in the store; never 0. */
uint64_t message_id_hash(struct span id);

#endif
