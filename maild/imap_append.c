/* SPDX-License-Identifier: ISC */
/*
 * APPEND (RFC 3501 section 6.3.11), with APPENDUID (RFC 4315), literal8 (RFC
 * 3516) and UTF8 (RFC 6855).  The message goes into the store as it comes in,
 * never as a whole through memory.
 */
#include <inttypes.h>

#include "conf.h"
#include "date.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"

/* A message that is refused, yet comes without being asked for (LITERAL+), is
 * read and forgotten up to this size; beyond, the connection ends. */
#define APPEND_SWALLOW_MAX ((uint64_t)1 << 30)

struct append {
	struct store_mailbox mailbox;
	struct imap_flag_args flags;
	struct mail_date date;
	uint64_t left; /* bytes of the literal to come */
	struct store_message *message; /* NULL: refused */
	bool full;                     /* until the store has written some */
	bool nul;                      /* it holds NUL */
	bool utf8;                     /* it came as "UTF8 (...)" */
	enum { APPEND_LITERAL, APPEND_TAIL, APPEND_STORED } step;
};

bool
imap_append_wants(void *arg, struct span so_far)
{
	struct buf scratch = { 0 };
	struct imap_cursor c = { .p = so_far.p, .end = span_end(so_far),
		.scratch = &scratch, .utf8 = true };
	struct span tag, name;
	bool wants;

	(void)arg;
	wants = imap_tag(&c, &tag) && imap_sp(&c) && imap_word(&c, "APPEND") &&
	    imap_sp(&c) && imap_astring(&c, &name) && imap_sp(&c) &&
	    memchr(c.p, '\n', (size_t)(c.end - c.p)) == NULL;
	buf_free(&scratch);
	return wants;
}

/* ---- arguments, up to the literal ---- */

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

static bool
parse(struct imap *im, struct append *a)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, &im->cmd.name[0]) ||
	    !imap_arg_sp(im))
		return false;
	if (imap_peek(c, '(') &&
	    !(imap_flag_args(im, false, &a->flags) && imap_arg_sp(im)))
		return false;
	if (!parse_date(im, &a->date))
		return false;
	a->utf8 = imap_word(c, "UTF8"); /* RFC 6855 section 4 */
	if (a->utf8 && (!imap_arg_sp(im) || !imap_char(c, '('))) {
		imap_bad(im, "(~{...} with the message was expected");
		return false;
	}
	imap_char(c, '~'); /* RFC 3516 section 4.4 */
	if (!imap_literal_header(c, &a->left)) {
		imap_bad(im, "A literal with the message was expected");
		return false;
	}
	return true;
}

static bool
admit(struct imap *im, struct append *a)
{
	uint64_t max = session_worker(im->session)->conf->message_size;
	enum store_status st;

	if (a->left > max) {
		imap_no(im, "TOOBIG", "A message has at most %" PRIu64
		    " bytes here", max);
		return false;
	}
	if (a->left == 0) {
		imap_no(im, "CANNOT", "An empty message cannot be stored");
		return false;
	}
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user,
	    buf_span(&im->cmd.name[0]), &a->mailbox);
	store_end(im->store);
	if (st != STORE_OK)
		imap_fail_target(im, st);
	return st == STORE_OK;
}

/* ---- the message ---- */

static void
on_drained(void *arg)
{
	struct imap *im = arg;
	struct append *a = im->cmd.state;

	a->full = false;
	if (im->session != NULL)
		session_wake(im->session);
}

/* False: wait for the store. */
static bool
take_bytes(struct imap *im, struct append *a)
{
	struct span in = session_input(im->session);

	if (a->full)
		return false;
	if (in.n > a->left)
		in.n = (size_t)a->left;
	if (in.n == 0)
		return true;
	a->nul = a->nul || memchr(in.p, '\0', in.n) != NULL;
	if (a->message != NULL)
		a->full = !store_message_write(a->message, in);
	a->left -= in.n;
	session_take(im->session, in.n);
	imap_alive(im);
	return true;
}

/* Does the command end with the literal? */
static bool
is_end(const struct append *a, struct span cmd)
{
	struct span end = a->utf8 ? SPAN_LIT("\r\n)") : SPAN_LIT("\r\n");

	return cmd.n >= end.n &&
	    span_eq(span_sub(cmd, cmd.n - end.n, end.n), end);
}

/* What stands behind the literal; nothing may. */
static enum imap_result
take_tail(struct imap *im, struct append *a)
{
	size_t used;
	enum imap_frame_event ev = imap_frame_feed(&im->frame,
	    session_input(im->session), &used);
	struct span cmd = buf_span(&im->frame.cmd);

	session_take(im->session, used);
	if (ev == IMAP_FRAME_MORE)
		return IMAP_MORE;
	if (ev == IMAP_FRAME_TOOBIG) {
		imap_bye(im, "[TOOBIG] That literal is not wanted");
		return IMAP_MORE;
	}
	a->step = APPEND_STORED;
	if (ev == IMAP_FRAME_DONE && is_end(a, cmd))
		return IMAP_WAIT;
	return imap_bad(im, "There is something behind the message");
}

static void
on_delivered(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n)
{
	struct imap *im = arg;

	(void)n;
	if (!imap_write_end(im))
		return;
	if (st != STORE_OK)
		imap_fail_target(im, st);
	else
		imap_ok(im, "[APPENDUID %u %u] APPEND completed",
		    out->uidvalidity, out->uid);
}

static enum imap_result
deliver(struct imap *im, struct append *a)
{
	enum store_status st = store_message_finish(a->message);
	struct store_delivery d = { .message = a->message,
		.mailbox = a->mailbox };

	if (st != STORE_OK)
		return imap_fail(im, st);
	if (!imap_enabled(im, IMAP_UTF8) && store_message_8bit(a->message))
		return imap_no(im, "CANNOT", "A message with 8-bit characters "
		    "in its header needs ENABLE UTF8=ACCEPT first");
	/* BODY[] could not give it back as it came (RFC 3516 section 6). */
	if (a->nul)
		return imap_no(im, "UNKNOWN-CTE",
		    "A message with NUL in it cannot be stored");
	/* The keywords lay in the command's bytes, which have moved. */
	imap_args_rewind(im);
	imap_flag_args_clear(&a->flags);
	if (!parse(im, a))
		return IMAP_DONE;
	d.flags = a->flags.system;
	d.keyword = a->flags.keyword;
	d.nkeywords = a->flags.nkeywords;
	d.internaldate = a->date;
	imap_write_begin(im);
	store_deliver(im->store, &d, 1, on_delivered, im);
	return IMAP_WAIT;
}

static enum imap_result
resume(struct imap *im)
{
	struct append *a = im->cmd.state;
	enum imap_result r;

	if (a->step == APPEND_STORED)
		return IMAP_DONE;
	if (a->step == APPEND_LITERAL) {
		if (!take_bytes(im, a))
			return IMAP_WAIT;
		if (a->left > 0)
			return IMAP_MORE;
		imap_frame_resume(&im->frame);
		a->step = APPEND_TAIL;
	}
	r = take_tail(im, a);
	if (r != IMAP_WAIT)
		return r;
	return a->message != NULL ? deliver(im, a) : IMAP_DONE;
}

static enum imap_result
start(struct imap *im)
{
	struct append *a = xcalloc(1, sizeof(*a));
	bool ok;

	im->cmd.state = a;
	ok = parse(im, a) && admit(im, a);
	if (!im->cmd.stream)
		return IMAP_DONE;
	a->left = im->frame.literal_size;
	if (ok) {
		a->message = store_message_new(im->store, on_drained, im);
		if (im->frame.literal_sync)
			buf_adds(&im->out, "+ Send the message\r\n");
	} else if (im->frame.literal_sync) {
		return IMAP_DONE;
	} else if (a->left > APPEND_SWALLOW_MAX) {
		imap_bye(im, "[TOOBIG] The message is far too big");
		return IMAP_WAIT;
	}
	return resume(im);
}

static void
clear(struct imap *im)
{
	struct append *a = im->cmd.state;

	imap_flag_args_clear(&a->flags);
	if (a->message != NULL)
		store_message_free(a->message);
}

const struct imap_handler imap_append = { start, resume, clear };
