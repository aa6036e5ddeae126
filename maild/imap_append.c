/* SPDX-License-Identifier: ISC */
/*
 * APPEND (RFC 3501 section 6.3.11) of one message or several (RFC 3502), with
 * APPENDUID (RFC 4315), literal8 (RFC 3516) and UTF8 (RFC 6855).  A message goes
 * into the store as it comes in, never as a whole through memory; all of them
 * appear in one commit, or none.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "conf.h"
#include "date.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_flags.h"
#include "imap_limit.h"

/* A message that is refused, yet comes without being asked for (LITERAL+), is
 * read and forgotten up to this size; beyond, the connection ends. */
#define APPEND_SWALLOW_MAX ((uint64_t)1 << 30)

#define APPEND_MESSAGES 1000 /* of one command */
/* Of each message the store holds so much until all are committed … */
#define APPEND_HELD     ENGINE_BLOB_WINDOW
#define APPEND_HELD_MAX ((uint64_t)16 << 20) /* … and of all no more */

struct message {
	struct imap_flag_args flags;
	struct mail_date date;
	bool utf8;     /* it comes as "UTF8 (...)" */
	uint64_t size;
	struct store_message *stored;
};

struct append {
	struct store_mailbox mailbox;
	struct message *message;
	size_t n;      /* the last one is coming in */
	size_t args;   /* where its literal begins in cmd.args */
	uint64_t left; /* bytes of the literal to come */
	uint64_t total; /* of all literals */
	uint64_t held;  /* of them, in memory */
	bool refused;  /* the reply is set; the rest is read and forgotten */
	bool nul;      /* a message holds NUL */
	bool full;     /* until the store has written some */
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
	/* All literals behind the name are messages. */
	wants = imap_tag(&c, &tag) && imap_sp(&c) && imap_word(&c, "APPEND") &&
	    imap_sp(&c) && imap_astring(&c, &name) && imap_sp(&c);
	buf_free(&scratch);
	return wants;
}

/* ---- arguments ---- */

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
parse_mailbox(struct imap *im)
{
	return imap_arg_sp(im) && imap_arg_mailbox(im, &im->cmd.name[0]);
}

/* SP and a message, up to behind its literal's header. */
static bool
parse_message(struct imap *im, struct message *m)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_arg_sp(im))
		return false;
	if (imap_peek(c, '(') &&
	    !(imap_flag_args(im, false, &m->flags) && imap_arg_sp(im)))
		return false;
	if (!parse_date(im, &m->date))
		return false;
	m->utf8 = imap_word(c, "UTF8"); /* RFC 6855 section 4 */
	if (m->utf8 && (!imap_arg_sp(im) || !imap_char(c, '('))) {
		imap_bad(im, "(~{...} with the message was expected");
		return false;
	}
	imap_char(c, '~'); /* RFC 3516 section 4.4 */
	if (!imap_literal_header(c, &m->size)) {
		imap_bad(im, "A literal with the message was expected");
		return false;
	}
	return true;
}

/* What stands directly behind a literal. */
static bool
parse_close(struct imap *im, const struct message *m)
{
	if (!m->utf8 || imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "UTF8 has no end");
	return false;
}

static bool
admit_size(struct imap *im, uint64_t size)
{
	uint64_t max = session_worker(im->session)->conf->message_size;

	if (size > max)
		imap_no(im, "TOOBIG", "A message has at most %" PRIu64
		    " bytes here", max);
	else if (size == 0)
		imap_no(im, "CANNOT", "An empty message cannot be stored");
	return size <= max && size > 0;
}

/* Is there such a mailbox, and room for what came and comes? */
static bool
admit_mailbox(struct imap *im, struct append *a, uint64_t size)
{
	enum store_status st;

	a->total += size;
	store_begin(im->store);
	st = store_mailbox_open(im->store, &im->user,
	    buf_span(&im->cmd.name[0]), &a->mailbox);
	if (st == STORE_OK)
		st = store_quota_room(im->store, a->mailbox.owner, a->total);
	store_end(im->store);
	if (st != STORE_OK)
		imap_fail_target(im, st);
	return st == STORE_OK;
}

/* ---- a message ---- */

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
	if (!a->refused)
		a->full = !store_message_write(a->message[a->n - 1].stored, in);
	a->left -= in.n;
	session_take(im->session, in.n);
	imap_alive(im);
	return true;
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

/* A message is to come; its arguments are next.  False: the reply is set. */
static bool
begin_message(struct imap *im, struct append *a)
{
	struct message *m;

	if (a->n > 0 && !parse_close(im, &a->message[a->n - 1]))
		return false;
	if (too_many(im, a) || !imap_limit_allows(im, a->n + 1))
		return false;
	a->message = xrealloc_array(a->message, a->n + 1,
	    sizeof(a->message[0]));
	m = &a->message[a->n++];
	*m = (struct message){ 0 };
	if (!parse_message(im, m) || !admit_size(im, m->size) ||
	    !admit_mailbox(im, a, m->size))
		return false;
	a->held += m->size < APPEND_HELD ? m->size : APPEND_HELD;
	a->args = (size_t)(im->cmd.args.p - buf_span(&im->frame.cmd).p);
	m->stored = store_message_new(im->store, on_drained, im);
	return true;
}

/* A literal is announced.  DONE: the client waits, and is told at once that the
 * command has failed; MORE: the bytes come; WAIT: the session ends. */
static enum imap_result
begin_literal(struct imap *im, struct append *a)
{
	a->left = im->frame.literal_size;
	a->step = APPEND_LITERAL;
	if (im->frame.literal_sync && a->refused)
		return IMAP_DONE;
	if (im->frame.literal_sync)
		buf_adds(&im->out, "+ Send the message\r\n");
	else if (a->refused && a->left > APPEND_SWALLOW_MAX)
		imap_bye(im, "[TOOBIG] The message is far too big");
	return im->phase == IMAP_CLOSING ? IMAP_WAIT : IMAP_MORE;
}

/* All of the last message is here.  False: it cannot be taken. */
static bool
end_message(struct imap *im, struct append *a)
{
	struct store_message *m = a->message[a->n - 1].stored;
	enum store_status st = store_message_finish(m);

	if (st != STORE_OK)
		imap_fail(im, st);
	else if (a->nul) /* BODY[] could not give it back (RFC 3516 section 6) */
		imap_no(im, "UNKNOWN-CTE",
		    "A message with NUL in it cannot be stored");
	else
		return true;
	return false;
}

/* ---- all of them ---- */

static void
on_delivered(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n)
{
	struct imap *im = arg;
	struct seqset uids = { 0 };
	struct buf text = { 0 };

	if (!imap_write_end(im))
		return;
	if (st != STORE_OK) {
		imap_fail_target(im, st);
		return;
	}
	for (size_t i = 0; i < n; i++)
		seqset_add(&uids, out[i].uid, out[i].uid);
	seqset_format(&text, &uids);
	imap_ok(im, "[APPENDUID %u %s] APPEND completed", out->uidvalidity,
	    text.data);
	seqset_clear(&uids);
	buf_free(&text);
}

/* The keywords lay in the command's bytes, which have moved: read them once
 * more, and that nothing stands behind them. */
static bool
parse_again(struct imap *im, struct append *a)
{
	imap_args_rewind(im);
	if (!parse_mailbox(im))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		struct message *m = &a->message[i];

		imap_flag_args_clear(&m->flags);
		if (!parse_message(im, m) || !parse_close(im, m))
			return false;
	}
	if (imap_end(&im->cmd.args))
		return true;
	imap_bad(im, "There is something behind the message");
	return false;
}

static enum imap_result
deliver(struct imap *im, struct append *a)
{
	struct store_delivery *d;

	if (!parse_again(im, a))
		return IMAP_DONE;
	d = xcalloc(a->n, sizeof(*d));
	for (size_t i = 0; i < a->n; i++) {
		const struct message *m = &a->message[i];

		d[i] = (struct store_delivery){ .message = m->stored,
			.mailbox = a->mailbox, .flags = m->flags.system,
			.keyword = m->flags.keyword,
			.nkeywords = m->flags.nkeywords,
			.internaldate = m->date };
	}
	imap_write_begin(im);
	store_deliver(im->store, d, a->n, on_delivered, im);
	free(d);
	return IMAP_WAIT;
}

/* ---- the command ---- */

/* Another message is announced. */
static enum imap_result
next_message(struct imap *im, struct append *a)
{
	imap_args_rewind(im);
	im->cmd.args.p = buf_span(&im->frame.cmd).p + a->args;
	if (!a->refused)
		a->refused = !begin_message(im, a);
	return begin_literal(im, a);
}

/* What stands behind a literal.  True: another message comes. */
static bool
take_tail(struct imap *im, struct append *a, enum imap_result *r)
{
	size_t used;
	enum imap_frame_event ev = imap_frame_feed(&im->frame,
	    session_input(im->session), &used);

	session_take(im->session, used);
	*r = IMAP_MORE;
	if (ev == IMAP_FRAME_MORE)
		return false;
	if (ev == IMAP_FRAME_STREAM)
		return (*r = next_message(im, a)) == IMAP_MORE;
	if (ev == IMAP_FRAME_TOOBIG) {
		imap_bye(im, "[TOOBIG] That literal is not wanted");
		return false;
	}
	a->step = APPEND_STORED;
	if (a->refused)
		*r = IMAP_DONE;
	else if (ev == IMAP_FRAME_DONE)
		*r = deliver(im, a);
	else
		*r = imap_bad(im, "The command is too long");
	return false;
}

/* True: the literal is through. */
static bool
take_literal(struct imap *im, struct append *a, enum imap_result *r)
{
	*r = IMAP_WAIT;
	if (!take_bytes(im, a))
		return false;
	*r = IMAP_MORE;
	if (a->left > 0)
		return false;
	if (!a->refused)
		a->refused = !end_message(im, a);
	/* The store says no more of a message that is finished. */
	a->full = false;
	imap_frame_resume(&im->frame);
	a->step = APPEND_TAIL;
	return true;
}

static enum imap_result
resume(struct imap *im)
{
	struct append *a = im->cmd.state;
	enum imap_result r = IMAP_DONE;
	bool on = true;

	while (on && a->step != APPEND_STORED)
		on = a->step == APPEND_LITERAL ? take_literal(im, a, &r) :
						 take_tail(im, a, &r);
	return r;
}

static enum imap_result
start(struct imap *im)
{
	struct append *a = xcalloc(1, sizeof(*a));
	enum imap_result r;

	im->cmd.state = a;
	a->refused = !parse_mailbox(im) || !begin_message(im, a);
	if (!im->cmd.stream)
		return IMAP_DONE;
	r = begin_literal(im, a);
	return r == IMAP_MORE ? resume(im) : r;
}

static void
clear(struct imap *im)
{
	struct append *a = im->cmd.state;

	for (size_t i = 0; i < a->n; i++) {
		imap_flag_args_clear(&a->message[i].flags);
		store_message_free(a->message[i].stored);
	}
	free(a->message);
}

const struct imap_handler imap_append = { start, resume, clear };
