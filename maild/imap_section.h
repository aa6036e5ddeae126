/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_SECTION_H
#define MAILD_IMAP_SECTION_H

#include "imap_message.h"
#include "imap_state.h"

/*
 * Body sections, "1.2.HEADER.FIELDS (From To)" (RFC 3501 section 6.4.5).
 */
#define IMAP_SECTION_PARTS  128 /* numbers of one section */
#define IMAP_SECTION_FIELDS 256 /* names of one HEADER.FIELDS */

enum imap_section_what {
	IMAP_SECTION_ALL,
	IMAP_SECTION_HEADER,
	IMAP_SECTION_FIELDS_IN,
	IMAP_SECTION_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME,
};

struct imap_section {
	enum imap_section_what what;
	uint32_t *part;
	size_t nparts;
	struct span *field; /* in the command's bytes */
	size_t nfields;
	uint64_t some; /* bits of what fields there are: imap_section.c */
};

/*
 * Take a section that begins with spec (what stood behind '[' in an atom) off
 * c, up to its ']'.  False: bad syntax, or over a limit.
 */
bool imap_section_parse(struct imap_section *s, struct span spec,
    struct imap_cursor *c);
void imap_section_clear(struct imap_section *s);
/* Append it in its canonical form, without brackets. */
void imap_section_format(struct buf *out, const struct imap_section *s);

/* What a section is in a message. */
struct imap_range {
	bool exists;       /* false: NIL */
	bool made;         /* it is all of text, no range of the message */
	uint64_t off, len;
};
enum store_status imap_section_find(const struct imap_section *s,
    struct imap_message *m, struct buf *text, struct imap_range *out);

#endif
