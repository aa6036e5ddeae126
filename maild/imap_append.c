/* SPDX-License-Identifier: ISC */
/*
 * APPEND (RFC 3501 section 6.3.11) of one message or several (RFC 3502), with
 * APPENDUID (RFC 4315), literal8 (RFC 3516) and UTF8 (RFC 6855).  All of them
 * appear in one commit, or none.  REPLACE (RFC 8508) is APPEND of one that
 * takes the place of another.
 */
#include "imap_append.h"

#include <stdlib.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"

/* A message that is refused, yet comes without being asked for (LITERAL+), is
 * read and forgotten up to this size; beyond, the connection ends. */
#define APPEND_SWALLOW_MAX ((uint64_t)1 << 30)

static bool
wants_replace(struct imap_cursor *c)
{
	uint32_t number;

	if (imap_word(c, "UID") && !imap_sp(c))
		return false;
	return imap_word(c, "REPLACE") && imap_sp(c) &&
	    (imap_char(c, '*') || imap_number(c, &number));
}

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
	wants = imap_tag(&c, &tag) && imap_sp(&c) &&
	    (imap_word(&c, "APPEND") || wants_replace(&c)) &&
	    imap_sp(&c) && imap_astring(&c, &name) && imap_sp(&c);
	buf_free(&scratch);
	return wants;
}

/* ---- a message's bytes ---- */

void
append_drained(void *arg)
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

/* A literal is announced.  DONE: the client waits, and is told at once that the
 * command has failed; MORE: the bytes come; WAIT: the session ends. */
static enum imap_result
begin_literal(struct imap *im, struct append *a)
{
	if (!a->refused)
		a->refused = append_text(im, a, false) != APPEND_BYTES;
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

/* RFC 8508 section 4.3: the new one is made known before the old one goes. */
static void
on_replaced(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct imap *im = arg;

	(void)n;
	if (!imap_write_end(im))
		return;
	if (st != STORE_OK) {
		imap_fail_target(im, st);
		return;
	}
	buf_addf(&im->out, "* OK [APPENDUID %u %u] The replacement is there\r\n",
	    out->uidvalidity, out->uid);
	im->cmd.modseq = imap_enabled(im, IMAP_QRESYNC);
	imap_completed(im);
}

/* The flags that were read once before, to know them good. */
static void
read_flags(struct imap *im, const struct append_message *m,
    struct imap_flag_args *out)
{
	if (m->flags_at == 0)
		return;
	im->cmd.args.p = buf_span(&im->frame.cmd).p + m->flags_at;
	imap_flag_args(im, false, out);
}

static enum imap_result
deliver(struct imap *im, struct append *a)
{
	struct store_delivery *d = xcalloc(a->n, sizeof(*d));
	struct imap_flag_args *flags = xcalloc(a->n, sizeof(*flags));

	for (size_t i = 0; i < a->n; i++) {
		const struct append_message *m = &a->message[i];

		read_flags(im, m, &flags[i]);
		d[i] = (struct store_delivery){ .message = m->stored,
			.mailbox = a->mailbox, .flags = flags[i].system,
			.keyword = flags[i].keyword,
			.nkeywords = flags[i].nkeywords,
			.internaldate = m->date };
	}
	imap_write_begin(im);
	if (a->replaces != 0)
		store_replace(im->store, d, &im->view.mailbox, a->replaces,
		    on_replaced, im);
	else
		store_deliver(im->store, d, a->n, on_delivered, im);
	for (size_t i = 0; i < a->n; i++)
		imap_flag_args_clear(&flags[i]);
	free(flags);
	free(d);
	return IMAP_WAIT;
}

/* The whole command is here. */
static enum imap_result
finish(struct imap *im, struct append *a)
{
	a->step = APPEND_STORED;
	if (a->refused || append_text(im, a, true) != APPEND_END)
		return IMAP_DONE;
	return deliver(im, a);
}

/* ---- the command ---- */

/* What stands behind a literal.  True: another message comes. */
static bool
take_tail(struct imap *im, struct append *a, enum imap_result *r)
{
	size_t used;
	enum imap_frame_event ev = imap_frame_feed(&im->frame,
	    session_input(im->session), &used);

	session_take(im->session, used);
	*r = IMAP_MORE;
	switch (ev) {
	case IMAP_FRAME_MORE:
		return false;
	case IMAP_FRAME_STREAM:
		return (*r = begin_literal(im, a)) == IMAP_MORE;
	case IMAP_FRAME_TOOBIG:
		imap_bye(im, "[TOOBIG] That literal is not wanted");
		return false;
	case IMAP_FRAME_DONE:
		*r = finish(im, a);
		return false;
	case IMAP_FRAME_SYNC:
	case IMAP_FRAME_TOOLONG:
		*r = a->refused ? IMAP_DONE :
				  imap_bad(im, "The command is too long");
		return false;
	}
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
	a->refused = im->cmd.refused;
	if (!im->cmd.stream)
		return finish(im, a);
	r = begin_literal(im, a);
	return r == IMAP_MORE ? resume(im) : r;
}

static void
clear(struct imap *im)
{
	struct append *a = im->cmd.state;

	for (size_t i = 0; i < a->n; i++)
		store_message_free(a->message[i].stored);
	free(a->message);
}

const struct imap_handler imap_append = { start, resume, clear };
const struct imap_handler imap_replace = { start, resume, clear };
