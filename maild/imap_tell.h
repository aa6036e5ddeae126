/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_TELL_H
#define MAILD_IMAP_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "seqset.h"
#include "store.h"

/*
 * Changes of the selected mailbox, told before a command's tagged reply and
 * during IDLE: EXPUNGE or VANISHED, EXISTS and RECENT, FETCH (FLAGS).  They are
 * taken from the store at one moment (imap_tell.c), and written as there is
 * room (imap_tell_write.c).
 */
struct imap_told {
	uint32_t uid;
	uint64_t modseq;
};

/* A zeroed one is empty and ready for use. */
struct imap_tell {
	/* To be told: */
	uint32_t *expunged; /* sequence numbers, descending; UIDs if they are
			     * to be told as such */
	size_t nexpunged, expunged_cap, expunged_at;
	struct seqset vanished; /* UIDs, told to exist before … */
	struct seqset earlier;  /* … or not in this session */
	size_t vanished_at, earlier_at;
	bool exists;
	struct seqset flags;   /* UIDs */
	struct seqset modseqs; /* UIDs whose MODSEQ is told, yet not the
				* flags */
	uint64_t flags_at, modseqs_at;
	struct seqset recheck; /* UIDs, for imap_context.h */
	uint64_t recheck_at;
	struct imap_gone *gone; /* descending, for the same */
	size_t ngone, gone_cap;

	/* What need not be, since this command has said it (FETCH), or was
	 * asked not to (STORE.SILENT); cleared by imap_tell_sync(): */
	struct imap_told *told; /* by UID */
	size_t ntold, told_cap;
	struct seqset silent; /* UIDs … */
	uint64_t silent_last; /* … up to this MODSEQ */
};

struct imap;

/* The flags of that message have been told. */
void imap_tell_has(struct imap *im, const struct store_msg *m);
/* Those UIDs have been changed by this session, which wants to hear nothing
 * of it; yet it hears of them if another session may have changed them, too,
 * since imap_tell_sync(). */
void imap_tell_silently(struct imap *im, const struct store_changed *c);
/* Those UIDs' flags are to be told, changed or not. */
void imap_tell_flags(struct imap *im, const struct seqset *uids);
/* Or at least their MODSEQs. */
void imap_tell_modseqs(struct imap *im, const struct seqset *uids);
/* Those UIDs are gone: VANISHED (EARLIER). */
void imap_tell_earlier(struct imap *im, const struct seqset *uids);

/*
 * Take what has happened; expunges only if that is allowed now, and once all
 * that was taken is written.  False: the mailbox is gone.
 */
bool imap_tell_sync(struct imap *im, bool expunges);
/* Write as much as there is room for.  True: all is told. */
bool imap_tell_write(struct imap *im);
/* Write EXISTS and, where it is still told, RECENT. */
void imap_tell_counts(struct imap *im);
/* Write EXISTS and RECENT if they are to be told. */
void imap_tell_exists(struct imap *im);
void imap_tell_clear(struct imap_tell *t);

/* How many messages of the view are \Recent to this session. */
uint32_t imap_recent_count(const struct imap *im);
/* New messages of the view become \Recent if no other session took them;
 * within store_begin() and store_end(). */
void imap_recent_take(struct imap *im);

#endif
