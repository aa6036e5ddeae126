/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_HTML_H
#define MAILCTL_HTML_H

#include "buf.h"

/*
 * Append what there is to read in HTML (UTF-8): tags, scripts and styles go,
 * character references are decoded, white space is joined, and blocks begin
 * on a line of their own.  Takes whatever there is, well-formed or not.
 */
void html_to_text(struct buf *out, struct span html);

#endif
