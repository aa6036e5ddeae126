/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_COMPOSE_H
#define MAILCTL_COMPOSE_H

#include "address.h"
#include "buf.h"
#include "date.h"

/*
 * A new message (RFC 5322, MIME), with CRLF line ends.
 */
struct compose_attachment {
	const char *name;  /* as the recipient sees it; UTF-8 */
	struct span bytes;
};

/* Strings are UTF-8, addresses as people write them: "Bob <bob@x>, eve@x".
 * NULL or empty: no such field. */
struct compose {
	const char *from;
	const char *const *to, *const *cc, *const *bcc;
	size_t nto, ncc, nbcc;
	const char *subject;
	const char *in_reply_to, *references; /* message ids, one space between */
	struct span body; /* any line ends */
	const struct compose_attachment *attachment;
	size_t nattachments;
	struct mail_date date;
	const char *unique; /* random letters, for boundary and Message-ID */
};

/* Append the message, Bcc included.  -1: what is wrong stands in *err. */
int compose_message(struct buf *out, const struct compose *m, struct buf *err);

/* Append one field of addresses, names encoded; nothing where there are none. */
int compose_address_field(struct buf *out, const char *field,
    const char *const *value, size_t nvalues, struct buf *err);

/*
 * Addresses of a message.  Append each of the list in value to l, as
 * local@host; one without a host gets domain, where that is not NULL.  -1: one
 * is none, and stands in *err.
 */
struct compose_rcpts {
	const char *domain;
	char **address;
	size_t len, cap;
};
int compose_add_rcpts(struct compose_rcpts *l, struct span value,
    struct buf *err);
/* Those of its To, Cc and Bcc fields. */
int compose_header_rcpts(struct compose_rcpts *l, struct span header,
    struct buf *err);
void compose_rcpts_clear(struct compose_rcpts *l);

/* Append message without the fields of that name, all other bytes as they
 * are. */
void compose_without(struct buf *out, struct span message, const char *field);

#endif
