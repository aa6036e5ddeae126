/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SUBMISSION_H
#define MAILD_SUBMISSION_H

#include <stdbool.h>

#include "buf.h"
#include "date.h"

/*
 * What submission does to the header of a message (RFC 6409 section 8), on
 * bytes.  A header is the block of fields with the empty line that ends it,
 * if there is one.
 */

/*
 * Call fn for each address that says who wrote the message: of From and
 * Sender; where Resent-From stands, of Resent-From and Resent-Sender instead,
 * of the first block of them only: those below are of others, who have resent
 * it before (RFC 5322 section 3.6.6).
 * address is "local@domain" with whatever stood there, and lives as long as fn
 * runs.  False: fn said false and was not called again, or a field holds more
 * addresses than are looked at (fn was then called with an empty address).
 */
typedef bool (*submission_author)(void *arg, const char *field,
    struct span address);
bool submission_authors(struct span header, submission_author fn, void *arg);

struct submission {
	const char *hostname, *id; /* for a Message-ID that is unique by id */
	struct mail_date date;
	bool bcc; /* keep Bcc: it is the sender's own copy */
};

/*
 * Append header with Message-ID and Date, where they lack, in front of it, and
 * without Bcc and Resent-Bcc, unless s says so; all else as it is.  A text that begins without
 * any field, and holds none of From, Bcc and Resent-Bcc in what would be its
 * header, gets an empty line before it.
 */
void submission_fix(struct buf *out, struct span header,
    const struct submission *s);

/* Whether a header has Bcc or Resent-Bcc. */
bool submission_has_bcc(struct span header);

#endif
