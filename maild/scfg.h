/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SCFG_H
#define MAILD_SCFG_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/*
 * The syntax of maild.conf: scfg (https://git.sr.ht/~emersion/scfg).
 *
 *	# a comment
 *	name value "a value" 'another'
 *	name value {
 *		child value
 *	}
 *	name { child value; child value }
 *
 * A newline or ";" ends a directive.  A word stands bare, with "\" before
 * characters that mean something, or in quotes, "\" working in "" and not in
 * ''.  "#" at the start of a word begins a comment.  Control characters other
 * than tab and line ends are errors.
 */
#define SCFG_DEPTH_MAX  8
#define SCFG_ERRORS_MAX 20 /* reported; then the rest is passed over */

/* A text and where it came from.  All strings are borrowed. */
struct scfg_source {
	const char *name;
	struct span text;
	/* What included it, or NULL, and where. */
	const struct scfg_source *includer;
	size_t included_at;
};

struct scfg_pos {
	const struct scfg_source *source;
	size_t off;
};

struct scfg_word {
	char *s; /* quotes and escapes undone */
	struct scfg_pos pos;
};

struct scfg_block {
	struct scfg_directive *directive;
	size_t len, cap;
};

struct scfg_directive {
	struct scfg_word *word; /* the name, then its values: never empty */
	size_t nwords;
	bool has_block;
	bool bad; /* one of its words was reported already */
	struct scfg_block block;
};

/* What is wrong, ready to be shown: "file:line:column: error: …", the line, a
 * caret, and what included the file. */
struct scfg_errors {
	struct buf *out;
	unsigned count;
};

void scfg_error(struct scfg_errors *e, const struct scfg_pos *pos,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "maild.conf:9:5", to point at a second place. */
void scfg_pos_format(struct buf *out, const struct scfg_pos *pos);

/* Append the directives of a text to a block.  What can be read is there also
 * after errors, so that the rest can be checked. */
void scfg_parse(struct scfg_block *into, const struct scfg_source *source,
    struct scfg_errors *e);
void scfg_clear(struct scfg_block *b);

/* Append s as one word that reads back as s. */
void scfg_quote(struct buf *out, const char *s);

#endif
