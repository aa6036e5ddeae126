/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_ID_H
#define MAILD_IMAP_ID_H

#include "imap_parse.h"

/*
 * ID (RFC 2971), before login and after.
 */
#define IMAP_ID_PAIRS_MAX 30 /* section 3.3 */
#define IMAP_ID_FIELD_MAX 30
#define IMAP_ID_VALUE_MAX 1024
#define IMAP_ID_NAME_MAX  255

/* Nothing that tells an attacker a version, nothing but the one field that every
 * client's parser knows. */
#define IMAP_ID_ANSWER "* ID (\"name\" \"maild\")\r\n"

/* Take NIL or the list of fields off c.  name: what the client calls itself,
 * empty if it does not say, or says so with control characters or at more than
 * IMAP_ID_NAME_MAX bytes; as long as the command.  False: malformed. */
bool imap_id_parse(struct imap_cursor *c, struct span *name);

#endif
