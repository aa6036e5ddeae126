/* SPDX-License-Identifier: ISC */
#include "imap_append.h"

#include <inttypes.h>

#include "conf.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"
#include "imap_limit.h"

/* ---- the target, and what is replaced ---- */

/* RFC 8508 section 3.2 */
static bool
parse_replaced(struct imap *im, struct append *a)
{
	const struct store_view *v = &im->view;
	bool star;
	uint32_t n = 0;

	if (!imap_arg_sp(im))
		return false;
	star = imap_char(&im->cmd.args, '*');
	if (!star && (!imap_number(&im->cmd.args, &n) || n == 0)) {
		imap_bad(im, "A message number was expected");
		return false;
	}
	if (star && v->len > 0)
		n = im->cmd.uid ? v->uid[v->len - 1] : (uint32_t)v->len;
	if (im->cmd.uid ? store_view_seq(v, n) == 0 : n == 0 || n > v->len) {
		if (im->cmd.uid)
			imap_no(im, "NONEXISTENT", "There is no such message");
		else
			imap_bad(im, "There are only %zu messages", v->len);
		return false;
	}
	a->replaces = im->cmd.uid ? n : v->uid[n - 1];
	return true;
}

static bool
parse_target(struct imap *im, struct append *a)
{
	const unsigned need = STORE_DELETE_MSG | STORE_EXPUNGE;

	if (im->cmd.def->handler == &imap_replace && !parse_replaced(im, a))
		return false;
	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]))
		return false;
	if (a->replaces == 0 || (im->view.mailbox.rights & need) == need)
		return true;
	imap_fail(im, STORE_DENIED);
	return false;
}

/* ---- a message ---- */

static bool
parse_flags(struct imap *im, struct append_message *m)
{
	struct imap_flag_args flags = { 0 };
	bool ok;

	if (!imap_peek(&im->cmd.args, '('))
		return true;
	/* Keywords would lie in the command's bytes, which move: they are read
	 * once more when all is here. */
	m->flags_at = (size_t)(im->cmd.args.p - buf_span(&im->frame.cmd).p);
	ok = imap_flag_args(im, false, &flags) && imap_arg_sp(im);
	imap_flag_args_clear(&flags);
	return ok;
}

static bool
parse_date(struct imap *im, struct mail_date *out)
{
	struct span s;

	if (!imap_peek(&im->cmd.args, '"'))
		return true;
	if (!imap_string(&im->cmd.args, &s) || date_parse_imap(s, out) < 0) {
		imap_bad(im, "A date and time was expected, such as "
		    "\"17-Jul-1996 02:44:25 -0700\"");
		return false;
	}
	return imap_arg_sp(im);
}

/* SP and what stands before a message's bytes. */
static bool
parse_message(struct imap *im, struct append_message *m)
{
	if (!imap_arg_sp(im) || !parse_flags(im, m) || !parse_date(im, &m->date))
		return false;
	m->catenated = imap_word(&im->cmd.args, "CATENATE");
	if (!m->catenated)
		return true;
	if (!imap_arg_sp(im))
		return false;
	if (imap_char(&im->cmd.args, '('))
		return true;
	imap_bad(im, "Parts in parentheses were expected");
	return false;
}

/* RFC 6855 section 4: maybe "UTF8 (" before a literal. */
static bool
parse_utf8(struct imap *im, struct append *a)
{
	struct imap_cursor *c = &im->cmd.args;

	a->utf8 = imap_word(c, "UTF8");
	if (!a->utf8 || (imap_sp(c) && imap_char(c, '(')))
		return true;
	imap_bad(im, "(~{...} with the message was expected");
	return false;
}

static bool
parse_literal(struct imap *im, uint64_t *size)
{
	imap_char(&im->cmd.args, '~'); /* RFC 3516 section 4.4 */
	if (imap_literal_header(&im->cmd.args, size))
		return true;
	imap_bad(im, "A literal with the message was expected");
	return false;
}

static bool
too_many(struct imap *im, const struct append *a)
{
	if (a->n < APPEND_MESSAGES && a->held < APPEND_HELD_MAX)
		return false;
	imap_no(im, "LIMIT", "These are too many messages, or too large ones, "
	    "for one APPEND: send them in several");
	return true;
}

/* ---- whether it may come ---- */

static bool
admit_size(struct imap *im, const struct append_message *m, uint64_t size)
{
	uint64_t max = session_worker(im->session)->conf->message_size;

	if (size <= max && m->size <= max - size)
		return true;
	imap_no(im, "TOOBIG", "A message has at most %" PRIu64 " bytes here",
	    max);
	return false;
}

static bool
is_empty(struct imap *im, uint64_t size)
{
	if (size == 0)
		imap_no(im, "CANNOT", "An empty message cannot be stored");
	return size == 0;
}

/* Whoever may not insert is not told how full it is.  What is replaced makes
 * room, which the store knows when it is done. */
static enum store_status
find_room(struct imap *im, const struct append *a)
{
	if ((a->mailbox.rights & STORE_INSERT) == 0)
		return a->mailbox.rights & STORE_LOOKUP ? STORE_DENIED :
							  STORE_NONEXISTENT;
	if (a->replaces != 0 && a->mailbox.owner == im->view.mailbox.owner)
		return STORE_OK;
	return store_quota_room(im->store, a->mailbox.owner, a->total);
}

/* Is there such a mailbox, and room for what came and comes? */
static bool
admit_mailbox(struct imap *im, struct append *a)
{
	enum store_status st;

	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user,
	    buf_span(&im->cmd.name[0]), &a->mailbox);
	if (st == STORE_OK)
		st = find_room(im, a);
	store_end(im->store);
	if (st != STORE_OK)
		imap_fail_target(im, st);
	return st == STORE_OK;
}

static uint64_t
held(uint64_t size)
{
	return size < APPEND_HELD ? size : APPEND_HELD;
}

bool
append_admit(struct imap *im, struct append *a, uint64_t size)
{
	struct append_message *m = &a->message[a->n - 1];

	if (!admit_size(im, m, size))
		return false;
	a->total += size;
	a->held += held(m->size + size) - held(m->size);
	m->size += size;
	return admit_mailbox(im, a);
}

/* ---- its bytes ---- */

static enum append_next
begin_bytes(struct imap *im, struct append *a)
{
	struct append_message *m = &a->message[a->n - 1];
	uint64_t size;

	if (!parse_literal(im, &size))
		return APPEND_REFUSED;
	if (!m->catenated && is_empty(im, size))
		return APPEND_REFUSED;
	return append_admit(im, a, size) ? APPEND_BYTES : APPEND_REFUSED;
}

/* RFC 4469 section 5, cat-part */
static enum append_next
begin_part(struct imap *im, struct append *a)
{
	struct imap_cursor *c = &im->cmd.args;
	struct span url;

	if (imap_word(c, "URL")) {
		if (imap_sp(c) && imap_astring(c, &url))
			return append_url(im, a, url) ? APPEND_COPIES :
							APPEND_REFUSED;
	} else if (imap_word(c, "TEXT")) {
		if (imap_sp(c))
			return begin_bytes(im, a);
	} else if (imap_peek(c, 'U') || imap_peek(c, 'u')) {
		return parse_utf8(im, a) ? begin_bytes(im, a) : APPEND_REFUSED;
	}
	imap_bad(im, "TEXT and a literal, or URL and a string, was expected");
	return APPEND_REFUSED;
}

/* What follows of a message of several parts. */
static enum append_next
next_part(struct imap *im, struct append *a)
{
	struct append_message *m = &a->message[a->n - 1];

	if (m->parts > 0 && imap_char(&im->cmd.args, ')'))
		return APPEND_END;
	if (m->parts > 0 && !imap_arg_sp(im))
		return APPEND_REFUSED;
	m->parts++;
	return begin_part(im, a);
}

/* What follows of the message.  APPEND_END: it is all here. */
static enum append_next
go_on(struct imap *im, struct append *a)
{
	struct append_message *m = &a->message[a->n - 1];

	if (a->utf8 && !imap_char(&im->cmd.args, ')')) {
		imap_bad(im, "UTF8 has no end");
		return APPEND_REFUSED;
	}
	a->utf8 = false;
	if (m->catenated)
		return next_part(im, a);
	if (m->parts++ > 0)
		return APPEND_END;
	return parse_utf8(im, a) ? begin_bytes(im, a) : APPEND_REFUSED;
}

/* ---- one after the other ---- */

static bool
begin_message(struct imap *im, struct append *a)
{
	struct append_message *m;

	if (too_many(im, a) || !imap_limit_allows(im, a->n + 1))
		return false;
	a->message = xrealloc_array(a->message, a->n + 1,
	    sizeof(a->message[0]));
	m = &a->message[a->n++];
	*m = (struct append_message){ 0 };
	a->nul = false;
	if (!parse_message(im, m))
		return false;
	m->stored = store_message_new(im->store, append_drained, im);
	a->open = true;
	return true;
}

/* RFC 6855 section 4, where it is to be kept to: nothing may be lost. */
static bool
header_allowed(struct imap *im, const struct append_message *m)
{
	return !m->header.has_8bit || imap_enabled(im, IMAP_UTF8) ||
	    session_worker(im->session)->conf->imap_8bit_headers;
}

static bool
end_message(struct imap *im, struct append *a)
{
	struct append_message *m = &a->message[a->n - 1];
	enum store_status st;

	if (is_empty(im, m->size))
		return false;
	a->open = false;
	st = store_message_finish(m->stored);
	/* The store says no more of a message that is finished. */
	a->full = false;
	if (st != STORE_OK)
		imap_fail(im, st);
	else if (a->nul) /* BODY[] could not give it back (RFC 3516 section 6) */
		imap_no(im, "UNKNOWN-CTE",
		    "A message with NUL in it cannot be stored");
	else if (!header_allowed(im, m))
		imap_no(im, "CANNOT", "8-bit characters in a header want "
		    "ENABLE UTF8=ACCEPT first");
	else
		return true;
	return false;
}

/* No message is open: the next one begins, or there is none. */
static enum append_next
between(struct imap *im, struct append *a)
{
	if (a->n > 0 && a->whole && imap_end(&im->cmd.args))
		return APPEND_END;
	if (a->n > 0 && im->cmd.def->handler == &imap_replace) {
		imap_bad(im, "There is something behind the message");
		return APPEND_REFUSED;
	}
	return begin_message(im, a) ? go_on(im, a) : APPEND_REFUSED;
}

static enum append_next
next(struct imap *im, struct append *a)
{
	enum append_next r;

	if (!a->begun && !parse_target(im, a))
		return APPEND_REFUSED;
	a->begun = true;
	if (!a->open)
		return between(im, a);
	r = go_on(im, a);
	if (r != APPEND_END)
		return r;
	return end_message(im, a) ? between(im, a) : APPEND_REFUSED;
}

enum append_next
append_text(struct imap *im, struct append *a)
{
	const char *text = buf_span(&im->frame.cmd).p;
	enum append_next r;

	imap_args_rewind(im);
	if (a->at > 0)
		im->cmd.args.p = text + a->at;
	r = next(im, a);
	a->at = (size_t)(im->cmd.args.p - text);
	return r;
}
