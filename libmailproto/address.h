/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_ADDRESS_H
#define MAILPROTO_ADDRESS_H

#include "buf.h"

/*
 * Address lists (RFC 5322 section 3.4 with the obsolete forms of 4.4), for
 * ENVELOPE, SEARCH and the sender checks.  Broken lists give what can be told
 * from them, never an error: mail is as it is.
 */
#define ADDRESS_MAX 2048 /* of one list; the rest is left out */

enum address_kind {
	ADDRESS_MAILBOX,
	ADDRESS_GROUP_START, /* mailbox holds the group's name */
	ADDRESS_GROUP_END,
};

/* Strings are NUL-terminated without any NUL inside; NULL stands for NIL. */
struct address {
	enum address_kind kind;
	char *name;    /* display name: quotes and comments undone, encoded
			* words kept as they stand; or NULL */
	char *route;   /* source route (RFC 9051: at-domain-list), or NULL */
	char *mailbox; /* local part, unquoted */
	char *host;    /* domain; NULL in groups, "" where it is missing */
};

struct address_list {
	struct address *addr;
	size_t len, cap;
};

/* Replace l with the addresses of a field's value; false: more than
 * ADDRESS_MAX stood there. */
bool address_list_parse(struct address_list *l, struct span value);
void address_list_clear(struct address_list *l);

/* Append a's mailbox as text for people: Name <local@host>, encoded words
 * decoded to UTF-8. */
void address_format(struct buf *out, const struct address *a);

/*
 * An address that stands alone, "local@domain", as in MAIL and RCPT without
 * their brackets (RFC 5321 section 4.1.2, RFC 6531).  Strict.  Out spans lie
 * in s; local keeps its quotes.  -1: bad syntax.
 */
#define ADDRESS_TEXT_MAX 254

struct mailbox_addr {
	struct span local, domain; /* domain: name, or [literal] */
};
int mailbox_addr_parse(struct span s, bool utf8, struct mailbox_addr *out);

#endif
