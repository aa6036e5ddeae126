/* SPDX-License-Identifier: ISC */
#include "imap_resp.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static struct span
from_to(const char *start, const struct imap_cursor *c)
{
	return span_of(start, (size_t)(c->p - start));
}

static void
skip_spaces(struct imap_cursor *c)
{
	while (imap_sp(c))
		;
}

/* Take the characters up to one of those in stop; at least one. */
static bool
take_until(struct imap_cursor *c, const char *stop, struct span *out)
{
	const char *start = c->p;

	while (c->p < c->end && *c->p != '\0' && strchr(stop, *c->p) == NULL)
		c->p++;
	*out = from_to(start, c);
	return out->n > 0;
}

/* Take one value of any form, lists with all that is in them; as written. */
static bool
skip_value(struct imap_cursor *c, struct span *out)
{
	struct imap_cursor at = *c;
	struct span s;
	size_t depth = 0;

	at.scratch = NULL;
	do {
		imap_char(&at, '~');
		if (imap_char(&at, '('))
			depth++;
		else if (depth > 0 && imap_char(&at, ')'))
			depth--;
		else if ((depth == 0 || !imap_sp(&at)) &&
		    !imap_string(&at, &s) &&
		    !take_until(&at, " ()\"{\r\n", &s))
			return false;
	} while (depth > 0);
	*out = from_to(c->p, &at);
	c->p = at.p;
	return true;
}

bool
imap_resp_word(struct imap_resp *r, struct span *out)
{
	skip_spaces(&r->data);
	return take_until(&r->data, " ", out);
}

bool
imap_resp_number(struct imap_resp *r, uint32_t *out)
{
	skip_spaces(&r->data);
	return imap_number(&r->data, out);
}

bool
imap_resp_pair(struct imap_resp *r, struct span *name, struct span *value)
{
	struct imap_cursor at = r->data;

	skip_spaces(&at);
	if (!imap_atom(&at, name) || !imap_sp(&at) || !skip_value(&at, value))
		return false;
	r->data.p = at.p;
	return true;
}

static bool
item_number(struct imap_cursor *c, struct imap_fetched *f)
{
	const char *start = c->p;

	if (!imap_number64(c, &f->number))
		return false;
	f->value = from_to(start, c);
	return true;
}

static bool
item_string(struct imap_cursor *c, struct imap_fetched *f)
{
	return imap_nstring(c, &f->value);
}

static bool
item_list(struct imap_cursor *c, struct imap_fetched *f)
{
	return imap_peek(c, '(') && skip_value(c, &f->value);
}

static bool
item_any(struct imap_cursor *c, struct imap_fetched *f)
{
	return skip_value(c, &f->value);
}

static const struct form {
	const char *name;
	enum imap_item item;
	bool section;
	bool (*read)(struct imap_cursor *, struct imap_fetched *);
} forms[] = {
	{ "UID", IMAP_ITEM_UID, false, item_number },
	{ "RFC822.SIZE", IMAP_ITEM_SIZE, false, item_number },
	{ "FLAGS", IMAP_ITEM_FLAGS, false, item_list },
	{ "INTERNALDATE", IMAP_ITEM_INTERNALDATE, false, item_string },
	{ "ENVELOPE", IMAP_ITEM_ENVELOPE, false, item_list },
	{ "BODY", IMAP_ITEM_BODY, true, item_string },
};

static const struct form other = { "", IMAP_ITEM_OTHER, false, item_any };

static const struct form *
form_of(struct span name, bool section)
{
	for (size_t i = 0; i < NELEM(forms); i++) {
		if (forms[i].section == section &&
		    span_ieqs(name, forms[i].name))
			return &forms[i];
	}
	return &other;
}

/* "[HEADER.FIELDS (From "To")]<0>", which may all lack. */
static bool
read_section(struct imap_cursor *c, struct imap_fetched *f, bool *section)
{
	struct imap_cursor at = *c;
	struct span s;
	const char *start;

	*section = imap_char(&at, '[');
	if (!*section)
		return true;
	at.scratch = NULL;
	start = at.p;
	while (imap_string(&at, &s) || take_until(&at, "]\"{\r\n", &s))
		;
	f->section = from_to(start, &at);
	if (!imap_char(&at, ']'))
		return false;
	if (imap_char(&at, '<') &&
	    (!imap_number64(&at, &f->number) || !imap_char(&at, '>')))
		return false;
	c->p = at.p;
	return true;
}

bool
imap_resp_item(struct imap_resp *r, struct imap_fetched *out)
{
	struct imap_cursor at = r->data;
	const struct form *form;
	bool section;

	*out = (struct imap_fetched){ .item = IMAP_ITEM_OTHER };
	skip_spaces(&at);
	if (!take_until(&at, " []()\"{\r\n", &out->name) ||
	    !read_section(&at, out, &section) || !imap_sp(&at))
		return false;
	form = form_of(out->name, section);
	out->item = form->item;
	if (!form->read(&at, out))
		return false;
	r->data.p = at.p;
	return true;
}
