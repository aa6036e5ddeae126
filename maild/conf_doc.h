/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_DOC_H
#define MAILD_CONF_DOC_H

#include "conf_table.h"

/*
 * The settings explained, from their table.
 */

/* A maild.conf that sets everything to its default, with a comment above each
 * line; all of it commented out, so that it can be installed as it is. */
void conf_doc_sample(struct buf *out);

/* One setting ("limits.recipients", or just "recipients"): what it takes, its
 * default and range, what it is.  False: there is none of that name. */
bool conf_doc_explain(struct buf *out, const char *name);

/* The values that are allowed, as text: "one of text, json", "30m to 1d"; none
 * appended where the kind of value says it all. */
void conf_doc_range(struct buf *out, const struct conf_setting *s);

#endif
