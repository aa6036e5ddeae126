/* SPDX-License-Identifier: ISC */
#include "imap_id.h"

/* A name that may go into logs and messages. */
static struct span
clean_name(struct span value)
{
	bool clean = value.n <= IMAP_ID_NAME_MAX;

	for (size_t i = 0; clean && i < value.n; i++)
		clean = (unsigned char)value.p[i] >= ' ' && value.p[i] != 0x7f;
	return clean ? value : (struct span){ 0 };
}

static bool
parse_pair(struct imap_cursor *c, struct span *name)
{
	struct span field, value;

	if (!imap_string(c, &field) || field.n > IMAP_ID_FIELD_MAX ||
	    !imap_sp(c) || !imap_nstring(c, &value) ||
	    value.n > IMAP_ID_VALUE_MAX)
		return false;
	if (span_ieqs(field, "name"))
		*name = clean_name(value);
	return true;
}

bool
imap_id_parse(struct imap_cursor *c, struct span *name)
{
	unsigned n = 0;

	*name = (struct span){ 0 };
	if (imap_word(c, "NIL"))
		return true;
	if (!imap_char(c, '('))
		return false;
	if (imap_char(c, ')'))
		return true;
	do {
		if (++n > IMAP_ID_PAIRS_MAX || !parse_pair(c, name))
			return false;
	} while (imap_sp(c));
	return imap_char(c, ')');
}
