/* SPDX-License-Identifier: ISC */
#include "imap_resp.h"

static bool
field(struct imap_cursor *c, struct span *out)
{
	return imap_nstring(c, out) && (imap_peek(c, ')') || imap_sp(c));
}

/* NIL, or "(" addresses ")"; *list is what stands between. */
static bool
address_list(struct imap_cursor *c, struct imap_cursor *list)
{
	struct imap_address a;
	const char *start;

	*list = *c;
	list->end = list->p;
	if (imap_word(c, "NIL"))
		return imap_sp(c);
	if (!imap_char(c, '('))
		return false;
	start = c->p;
	while (imap_address_next(c, &a))
		;
	*list = *c;
	list->p = start;
	list->end = c->p;
	return imap_char(c, ')') && imap_sp(c);
}

bool
imap_address_next(struct imap_cursor *list, struct imap_address *out)
{
	struct imap_cursor c = *list;
	struct span route;

	while (imap_sp(&c))
		;
	if (!imap_char(&c, '(') || !field(&c, &out->name) ||
	    !field(&c, &route) || !field(&c, &out->mailbox) ||
	    !field(&c, &out->host) || !imap_char(&c, ')'))
		return false;
	list->p = c.p;
	return true;
}

bool
imap_envelope_read(struct span value, struct buf *scratch,
    struct imap_envelope *out)
{
	struct imap_cursor c = {
		.p = value.p,
		.end = span_end(value),
		.scratch = scratch,
		.utf8 = true,
		.nul = true,
	};

	/* Addresses are read here once and then by the caller. */
	buf_reserve(scratch, 3 * value.n);
	return imap_char(&c, '(') && field(&c, &out->date) &&
	    field(&c, &out->subject) && address_list(&c, &out->from) &&
	    address_list(&c, &out->sender) &&
	    address_list(&c, &out->reply_to) && address_list(&c, &out->to) &&
	    address_list(&c, &out->cc) && address_list(&c, &out->bcc) &&
	    field(&c, &out->in_reply_to) && field(&c, &out->message_id) &&
	    imap_char(&c, ')') && imap_end(&c);
}
