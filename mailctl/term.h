/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_TERM_H
#define MAILCTL_TERM_H

#include "buf.h"

/*
 * Text from elsewhere on its way to a terminal.  What is appended is valid
 * UTF-8 without controls, line separators, and formatting characters that
 * reorder what stands around them; each of these becomes U+FFFD.
 */

/* One line: line ends and tabs become a space. */
void term_clean(struct buf *out, struct span s);
/* Many lines: LF and tab stay, CRLF becomes LF. */
void term_clean_text(struct buf *out, struct span s);

/* Columns that clean text takes. */
size_t term_width(struct span clean);
/* Append clean text cut to that many columns, with an ellipsis where it was. */
void term_cut(struct buf *out, struct span clean, size_t width);

#endif
