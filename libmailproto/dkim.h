/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DKIM_H
#define MAILPROTO_DKIM_H

#include "dkim_key.h"

/*
 * Signing a message as it goes by (RFC 6376): c=relaxed/relaxed, without a
 * length of the body.  From and the fields that readers see are signed once
 * more than they stand there, so that none can be added (section 8.15).
 */
#define DKIM_FIELDS_MAX    60   /* fields that are signed and there */
#define DKIM_SIGNATURE_MAX 3000 /* bytes of a signature field */

struct dkim_message;

/* The domain of a message's author, the first one of From, to be freed: ""
 * where that has none.  NULL: there is no From, or several.  begin: see below. */
char *dkim_author_domain(struct span begin);

/* begin: the whole header, and what is there of the body.  NULL: it cannot be
 * signed, as it has no From or several, or more fields than can be named. */
struct dkim_message *dkim_message_new(struct span begin);
void dkim_message_free(struct dkim_message *m); /* NULL is fine */

/* The same of this one, as long as it is there. */
const char *dkim_message_domain(const struct dkim_message *m);

/* More of the body, as it goes on the wire but for its dots; then its end. */
void dkim_message_body(struct dkim_message *m, struct span s);
void dkim_message_end(struct dkim_message *m);

/* Who signs, in ASCII; time: seconds since 1970. */
struct dkim_signer {
	const struct dkim_key *key;
	const char *domain, *selector;
	int64_t time;
};

/* After the end: append a DKIM-Signature field, with its line end.  False:
 * nothing was, since it would be too long, or OpenSSL cannot. */
bool dkim_message_sign(const struct dkim_message *m,
    const struct dkim_signer *s, struct buf *out);

#endif
