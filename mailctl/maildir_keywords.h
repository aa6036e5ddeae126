/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAILDIR_KEYWORDS_H
#define MAILCTL_MAILDIR_KEYWORDS_H

#include "cmd.h"
#include "mail_flags.h"

/*
 * The keywords of a Maildir: its file dovecot-keywords has lines "0 Work", "1
 * $Junk", which give them the letters a, b … in the names of its files.  That is
 * Dovecot's way, which other programs read.
 *
 * A keyword keeps its letter; the 27th gets none.  A letter that stands for
 * nothing and that a file has nevertheless, since the list was lost, is given to
 * no keyword, or it would mark what never had it.
 */
#define MAILDIR_KEYWORDS_MAX  MAIL_KEYWORDS_MAX
#define MAILDIR_KEYWORDS_FILE "dovecot-keywords"

struct maildir_keywords {
	char *word[MAILDIR_KEYWORDS_MAX]; /* NULL: the letter has none */
	unsigned used; /* bits that files have */
	bool changed;  /* not written yet */
};

/* Takes the lines that are right; of a letter's the first. */
void maildir_keywords_parse(struct maildir_keywords *k, struct span text);
void maildir_keywords_format(struct buf *out, const struct maildir_keywords *k);
void maildir_keywords_clear(struct maildir_keywords *k);

/* Bits as in mail_flags.h, of flags and keywords; a new keyword is given a
 * letter. */
unsigned maildir_keywords_bits(struct maildir_keywords *k, const char *flags);
/* And back: append the words of bits, with a space before each but the first. */
void maildir_keywords_words(struct buf *out, const struct maildir_keywords *k,
    unsigned bits);
/* The bits that stand for something. */
unsigned maildir_keywords_known(const struct maildir_keywords *k);

/* Those of a folder; a file that lacks is an empty one.  0 or an exit code. */
int maildir_keywords_read(struct maildir_keywords *k, const struct cmd *c,
    const char *folder);
/* Where they have changed: before the first name that has a new letter. */
int maildir_keywords_write(struct maildir_keywords *k, const struct cmd *c,
    const char *folder);

#endif
