/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_CONTEXT_H
#define MAILD_IMAP_CONTEXT_H

#include "imap_search.h"
#include "imap_search_return.h"
#include "imap_sorted.h"

/*
 * Searches, sorted or not, whose results are kept up to date (RFC 5267 section
 * 4.3): ADDTO and
 * REMOVEFROM are told with the changes that cause them (imap_tell.h).  They end
 * with the selection, or by CANCELUPDATE.
 */
#define IMAP_CONTEXTS_MAX     8
#define IMAP_CONTEXT_TEXT_MAX ((size_t)16384) /* of the command */

struct imap_context {
	struct imap_context *next;
	char tag[IMAP_TAG_MAX + 1];
	bool uid;             /* tell UIDs */
	struct buf text;      /* the command, for the spans of search */
	struct buf scratch;
	struct search search;
	struct seqset uids;   /* what matches, as the client knows it */
	struct imap_sorted *sorted; /* of SORT: the same in order, and what is
				     * to be told of it */
	/* What is to be told, UIDs or message numbers: */
	struct seqset added, removed;
	size_t added_at, removed_at;
	struct span fetch;   /* "(UID …)", in text, of new messages (RFC 5465
			      * section 7) … */
	struct seqset fresh; /* … these UIDs */
	uint32_t last;       /* the highest UID that is not new */
};

/* Whether a search with that tag is kept. */
bool imap_context_has(const struct imap *im, struct span tag);
/*
 * Of the command in hand, whose charset and keys have been read from program
 * on, by parse.  NULL: UPDATE is not wanted, or refused, which has been told.
 */
struct imap_context *imap_context_begin(struct imap *im,
    const struct search_options *options, const char *program,
    bool (*parse)(struct search *s));
/* Keep it from now on; found: sequence numbers. */
void imap_context_keep(struct imap *im, struct imap_context *c,
    const struct seqset *found);
/* The same of SORT; sorted NULL: it is refused, and c freed. */
void imap_context_keep_sorted(struct imap *im, struct imap_context *c,
    const struct seqset *found, struct imap_sorted *sorted);
void imap_context_free(struct imap_context *c);
void imap_context_clear(struct imap *im);
/* UIDONLY is enabled: all of them tell UIDs from now on. */
void imap_context_by_uid(struct imap *im);

/* Make in out the arguments of a UID FETCH of new messages that some search
 * wants.  False: there are none. */
bool imap_context_fetch(struct imap *im, struct buf *out);

/* ---- for imap_tell*.c ---- */

/* Messages that are about to be told as expunged, n of them, in ascending
 * order. */
struct imap_gone {
	uint32_t seq, uid;
};
void imap_context_gone(struct imap *im, const struct imap_gone *gone, size_t n);
/* Write what has been found out.  False: there is no room. */
bool imap_context_write(struct imap *im);
/* Look at those UIDs again from *at on, and write what that shows.  False: call
 * again; the session is woken where it does not wait for room. */
bool imap_context_check(struct imap *im, const struct seqset *uids,
    uint64_t *at);

#endif
