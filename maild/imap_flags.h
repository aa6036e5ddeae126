/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_FLAGS_H
#define MAILD_IMAP_FLAGS_H

#include "imap_state.h"

/*
 * Flags on the wire (RFC 3501 section 2.3.2).
 */

/* More than any message's flags take. */
#define IMAP_FLAGS_ROOM \
	((size_t)STORE_KEYWORDS_MAX * (STORE_KEYWORD_MAX + 1) + 256)

/* What writing flags needs, within one store_begin() and store_end(). */
struct imap_flags {
	struct imap *im;
	struct store_keywords keywords;
	/* private: what was written last, since most messages are alike */
	char text[128];
	size_t text_len; /* 0: nothing, or longer than that */
	struct store_flags flags;
	bool recent;
};
void imap_flags_begin(struct imap_flags *f, struct imap *im);
/* Append FLAGS and PERMANENTFLAGS if the mailbox has keywords that the client
 * has not been told of; at the start of a line. */
void imap_flags_announce(struct imap_flags *f);
/* Append both in any case. */
void imap_flags_list(struct imap_flags *f);
/* Append "FLAGS (…)" of a message, \Recent included. */
void imap_flags_write(struct imap_flags *f, const struct store_msg *m);
/* The index of a keyword, ASCII case ignored; -1: the mailbox has none such. */
int imap_flags_find(const struct store_keywords *k, struct span name);

/* Flags as a client names them in STORE and APPEND.  Zeroed: none. */
#define IMAP_KEYWORDS_MAX STORE_KEYWORDS_MAX
struct imap_flag_args {
	uint32_t system;
	struct span *keyword; /* in the command's bytes */
	size_t nkeywords, cap;
};
/*
 * Take a flag list in parentheses or, where bare, flags without them up to the
 * command's end.  \Recent and system flags that are not permanent are passed
 * over (RFC 3501 section 7.1, PERMANENTFLAGS).  False: the reply is set.
 */
bool imap_flag_args(struct imap *im, bool bare, struct imap_flag_args *out);
void imap_flag_args_clear(struct imap_flag_args *a);

#endif
