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
};

static inline bool
imap_enabled(const struct imap *im, unsigned bits)
{
	return (im->enabled & bits) == bits;
}

/* Enable without the word ENABLE: a command has shown that the client knows the
 * extension.  May write a response. */
void imap_enable_implicitly(struct imap *im, unsigned bits);

/* The MODSEQ up to which the client has been told all of the selected mailbox:
 * what it may resume from (RFC 7162 section 3.2). */
uint64_t imap_told_modseq(const struct imap *im);

#endif
