/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_ENABLE_H
#define MAILD_IMAP_ENABLE_H

#include "imap_state.h"

/*
 * What a client has enabled (RFC 5161): bits of im->enabled.  They stay for the
 * session's life.
 */
enum imap_enabled {
	IMAP_CONDSTORE = 1, /* RFC 7162: it wants MODSEQ and UID */
	IMAP_QRESYNC = 2,   /* RFC 7162: and VANISHED instead of EXPUNGE */
	IMAP_UTF8 = 4,      /* RFC 6855: UTF-8 in quoted strings and names */
	IMAP_REV2 = 8,      /* RFC 9051: nothing that is deprecated */
	IMAP_UIDONLY = 16,  /* RFC 9586: that, and no message numbers at all */
};

static inline bool
imap_enabled(const struct imap *im, unsigned bits)
{
	return (im->enabled & bits) == bits;
}

/* Of BAD, where message numbers are used nonetheless. */
#define IMAP_UIDREQUIRED \
	"[UIDREQUIRED] With UIDONLY there are no message numbers"

static inline bool
imap_tells_vanished(const struct imap *im)
{
	return (im->enabled & (IMAP_QRESYNC | IMAP_UIDONLY)) != 0;
}

/* Append the beginning of a FETCH response, or of what stands for it: "* 1 FETCH
 * (". */
void imap_out_fetch(struct imap *im, uint32_t seq, uint32_t uid);

/* Enable without the word ENABLE: a command has shown that the client knows the
 * extension.  May write a response. */
void imap_enable_implicitly(struct imap *im, unsigned bits);

/* The MODSEQ up to which the client has been told all of the selected mailbox:
 * what it may resume from (RFC 7162 section 3.2). */
uint64_t imap_told_modseq(const struct imap *im);

#endif
