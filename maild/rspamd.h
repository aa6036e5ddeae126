/* SPDX-License-Identifier: ISC */
#ifndef MAILD_RSPAMD_H
#define MAILD_RSPAMD_H

#include "buf.h"

/*
 * What rspamd says of a message: the answer to /checkv2, and what it makes of
 * the header.
 */
#define RSPAMD_ANSWER_MAX ((size_t)1 << 20) /* bytes, as it comes */
#define RSPAMD_SHORT_MAX  ((size_t)65536)   /* … and of what is used of it */
#define RSPAMD_EDITS_MAX  200               /* header fields */
#define RSPAMD_FIELD_MAX  ((size_t)16384)   /* bytes of one */

enum rspamd_action {
	RSPAMD_NO_ACTION, /* or one that is not known */
	RSPAMD_GREYLIST,
	RSPAMD_ADD_HEADER,
	RSPAMD_REWRITE_SUBJECT,
	RSPAMD_SOFT_REJECT,
	RSPAMD_REJECT,
	RSPAMD_QUARANTINE, /* or discard: nobody is to be bothered with it */
};

struct rspamd_edit {
	char *name;
	char *value; /* folded, without the last line end; NULL: remove … */
	int index;   /* … that one from the top, at 1, or from the end, at -1;
		      * 0: all of them */
};

/* A zeroed one is empty. */
struct rspamd_verdict {
	enum rspamd_action action;
	char *text;    /* for the client, printable ASCII; or NULL */
	char *subject; /* UTF-8, one line; or NULL */
	struct rspamd_edit *edit;
	size_t nedits;
};

/* -1: that is no answer, and out is empty. */
int rspamd_parse(struct rspamd_verdict *out, struct span json);
void rspamd_clear(struct rspamd_verdict *v);
/* "add header", for logs. */
const char *rspamd_action_name(enum rspamd_action a);

/* Append, as JSON, what rspamd_parse() looks at.  -1: that is no answer, or
 * even so longer than RSPAMD_SHORT_MAX. */
int rspamd_shrink(struct buf *out, struct span json);

/* Append the fields that go before the header. */
void rspamd_add(struct buf *out, const struct rspamd_verdict *v);
/* Append the header, up to and with its empty line, as it is then. */
void rspamd_edit(struct buf *out, struct span header,
    const struct rspamd_verdict *v);

#endif
