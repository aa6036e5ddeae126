/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAIL_FLAGS_H
#define MAILCTL_MAIL_FLAGS_H

#include "buf.h"

/*
 * The flags of a message as one string: words in order, a space between them,
 * "\Seen" and the like first and as RFC 9051 writes them, no \Recent, none
 * twice; so that equal flags are equal strings.  Whatever is no flag is left
 * out: the string can be put into a command as it stands.
 */

/* From words between spaces, or "(…)" as in FETCH; the caller frees it. */
char *mail_flags_read(struct span words);

/*
 * Those that file formats know, and $Forwarded.
 */
enum {
	MAIL_FLAG_ANSWERED = 1,
	MAIL_FLAG_DELETED = 2,
	MAIL_FLAG_DRAFT = 4,
	MAIL_FLAG_FLAGGED = 8,
	MAIL_FLAG_SEEN = 16,
	MAIL_FLAG_FORWARDED = 32,
	MAIL_FLAGS_ALL = 63,
};
unsigned mail_flags_bits(const char *flags);
/* Append the words of bits, with a space before each but the first. */
void mail_flags_format(struct buf *out, unsigned bits);
/* Append the words that have no bit, in the same way. */
void mail_flags_keywords(struct buf *out, const char *flags);

/* A keyword that a Maildir has a letter for, from a on: maildir_keywords.h. */
#define MAIL_KEYWORDS_MAX 26
#define MAIL_KEYWORD(i)   (1U << (6 + (i)))

/* "DFPRSTab", the letters of Maildir, and back; others are left out. */
void mail_flags_letters(struct buf *out, unsigned bits);
unsigned mail_flags_from_letters(struct span letters);

#endif
