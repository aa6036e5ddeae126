/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_TEMPLATE_H
#define MAILCTL_TEMPLATE_H

#include "opt.h"

/*
 * A message to be filled in: fields From, To, Cc, Bcc and Subject in UTF-8, an
 * empty line, and the text.  "{{name}}" in any of them stands for a value.
 */
#define TEMPLATE_MAX ((size_t)16 << 20)

struct template {
	struct buf from, to, cc, bcc, subject, body; /* empty: has none */
};

/* values are "name=value".  A value is never read as more than the text of its
 * field.  -1: what is wrong stands in *err. */
int template_read(struct template *t, struct span text,
    const struct opt_list *values, struct buf *err);
void template_clear(struct template *t);

#endif
