/* SPDX-License-Identifier: ISC */
/*
 * SETMETADATA (RFC 5464 section 4.3).
 */
#include <stdio.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_metadata.h"
#include "imap_notify.h"
#include "imap_use.h"

struct setting {
	bool server;
	struct buf names;
	struct store_annot a[IMAP_ENTRIES_MAX];
	size_t n;
	bool sets_use;
	unsigned use;
};

/* nstring, or "~" and a literal that may hold any byte. */
static bool
take_value(struct imap_cursor *c, struct span *out)
{
	struct imap_cursor at = *c;
	bool ok;

	if (!imap_char(&at, '~'))
		return imap_nstring(c, out);
	at.nul = true;
	ok = imap_peek(&at, '{') && imap_string(&at, out);
	at.nul = c->nul;
	if (ok)
		*c = at;
	return ok;
}

/* The value of /private/specialuse (RFC 6154 section 4). */
static bool
parse_use(struct setting *s, struct span value)
{
	struct span name;

	s->sets_use = true;
	s->use = 0;
	while (span_split(&value, ' ', &name)) {
		unsigned use = imap_use_find(name) & IMAP_USES;

		if (use == 0)
			return false;
		s->use |= use;
	}
	return true;
}

/* False: the reply is set. */
static bool
add(struct imap *im, struct setting *s, size_t from, struct span value)
{
	struct span entry =
	    span_sub(buf_span(&s->names), from, s->names.len - from);

	if (!s->server && span_eq(entry, SPAN_LIT("/private/specialuse"))) {
		s->names.len = from; /* it is no annotation */
		if (parse_use(s, value))
			return true;
		imap_no(im, "USEATTR", IMAP_USES_SAID);
		return false;
	}
	if (value.n > STORE_ANNOT_VALUE_MAX) {
		char code[40];

		snprintf(code, sizeof(code), "METADATA MAXSIZE %d",
		    STORE_ANNOT_VALUE_MAX);
		imap_no(im, code, "That value is too large");
		return false;
	}
	/* The name's place is known once no more of them come. */
	s->a[s->n++] = (struct store_annot){ { NULL, entry.n }, value };
	return true;
}

static bool
take_pair(struct imap *im, struct setting *s)
{
	struct imap_cursor *c = &im->cmd.args;
	size_t from = s->names.len;
	struct span name, value, made;

	if (s->n == IMAP_ENTRIES_MAX) {
		imap_no(im, "LIMIT", "A command takes at most %d entries",
		    IMAP_ENTRIES_MAX);
		return false;
	}
	if (!imap_astring(c, &name) || !store_annot_name(&s->names, name)) {
		imap_bad(im, "The name of an entry was expected: /shared/... "
			     "or /private/...");
		return false;
	}
	made = span_sub(buf_span(&s->names), from, s->names.len - from);
	if (memchr(made.p + 1, '/', made.n - 1) == NULL) {
		imap_bad(im, "An entry has a name behind /shared or /private");
		return false;
	}
	if (!imap_sp(c) || !take_value(c, &value)) {
		imap_bad(im, "A value for the entry was expected, or NIL");
		return false;
	}
	return add(im, s, from, value);
}

static bool
parse(struct imap *im, struct setting *s)
{
	struct imap_cursor *c = &im->cmd.args;
	size_t at = 0;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]) ||
	    !imap_arg_sp(im))
		return false;
	s->server = im->cmd.name[0].len == 0;
	if (!imap_char(c, '(')) {
		imap_bad(im, "Entries and values in parentheses were expected");
		return false;
	}
	do {
		if (!take_pair(im, s))
			return false;
	} while (imap_sp(c));
	if (!imap_char(c, ')')) {
		imap_bad(im, "The list of entries has no end");
		return false;
	}
	for (size_t i = 0; i < s->n; i++) {
		s->a[i].entry.p = buf_span(&s->names).p + at;
		at += s->a[i].entry.n;
	}
	return imap_arg_end(im);
}

static void
on_set(void *arg, enum store_status st)
{
	struct imap *im = arg;

	if (!imap_write_end(im))
		return;
	if (st == STORE_LIMIT)
		imap_no(im, "METADATA TOOMANY",
		    "There can be %d entries, shared and private each",
		    STORE_ANNOT_MAX);
	else if (st != STORE_OK)
		imap_fail(im, st);
	else {
		imap_notify_annotated(im);
		imap_completed(im);
	}
}

static enum imap_result
resume(struct imap *im)
{
	(void)im;
	return IMAP_DONE;
}

static enum imap_result
setmetadata(struct imap *im)
{
	struct setting *s = xcalloc(1, sizeof(*s));
	struct span name;
	struct store_mailbox m;
	enum store_status st = STORE_OK;

	im->cmd.state = s;
	if (!parse(im, s))
		return IMAP_DONE;
	name = buf_span(&im->cmd.name[0]);
	store_begin(im->store);
	if (!s->server)
		st = store_mailbox_open(im->store, &im->user, name, &m);
	store_end(im->store);
	if (st != STORE_OK)
		return imap_fail(im, st);
	imap_write_begin(im);
	store_annot_set(im->store, &im->user, s->server ? NULL : &m, s->a, s->n,
	    name, s->sets_use ? &s->use : NULL, on_set, im);
	return IMAP_WAIT;
}

static void
clear(struct imap *im)
{
	buf_free(&((struct setting *)im->cmd.state)->names);
}

const struct imap_handler imap_setmetadata = { setmetadata, resume, clear };
