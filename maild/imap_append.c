/* SPDX-License-Identifier: ISC */
/*
 * APPEND (RFC 3501 section 6.3.11) of one message or several (RFC 3502), with
 * APPENDUID (RFC 4315), literal8 (RFC 3516) and UTF8 (RFC 6855).  All of them
 * appear in one commit, or none.  REPLACE (RFC 8508) is APPEND of one that
 * takes the place of another, and what was submitted takes that of the copy
 * that was filed (sent.h).  A message may be made of several parts, some copied
 * from other messages (RFC 4469).
 */
#include "imap_append.h"

#include <stdlib.h>

#include "conf.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_flags.h"
#include "sent.h"

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

/* A literal that comes next is a URL. */
static bool
is_url(struct span s)
{
	return s.n > 4 && span_ieqs(span_sub(s, s.n - 4, 4), "URL ") &&
	    (s.p[s.n - 5] == '(' || s.p[s.n - 5] == ' ');
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
	/* All literals behind the name are messages, or parts of one. */
	wants = imap_tag(&c, &tag) && imap_sp(&c) &&
	    (imap_word(&c, "APPEND") || wants_replace(&c)) &&
	    imap_sp(&c) && imap_astring(&c, &name) && imap_sp(&c) &&
	    !is_url(span_of(c.p, (size_t)(c.end - c.p)));
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

static void
look_at_header(struct append_header *h, struct span s)
{
	for (size_t i = 0; i < s.n && !h->ended; i++) {
		h->has_8bit |= (unsigned char)s.p[i] >= 0x80;
		if (s.p[i] == '\n') {
			h->ended = !h->in_line;
			h->in_line = false;
		} else if (s.p[i] != '\r') {
			h->in_line = true;
		}
	}
}

void
append_write(struct append *a, struct span s)
{
	look_at_header(&a->message[a->n - 1].header, s);
	a->nul = a->nul || memchr(s.p, '\0', s.n) != NULL;
	a->full = !store_message_write(a->message[a->n - 1].stored, s);
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
	if (!a->refused)
		append_write(a, in);
	a->left -= in.n;
	session_take(im->session, in.n);
	imap_alive(im);
	return true;
}

/* A literal is announced, and all before it is read.  DONE: the client waits,
 * and is told at once that the command has failed; MORE: the bytes come; WAIT:
 * the session ends. */
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

/* ---- all of them ---- */

static enum imap_result deliver(struct imap *im, struct append *a);

/* Filed copies that were found are gone: so it is done without them. */
static bool
again(struct imap *im, enum store_status st)
{
	struct append *a = im->cmd.state;

	if (st != STORE_EXPUNGED || !a->replaces_filed)
		return false;
	a->again = true;
	deliver(im, a);
	return true;
}

static void
on_delivered(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n)
{
	struct imap *im = arg;
	struct seqset uids = { 0 };
	struct buf text = { 0 };

	if (!imap_write_end(im) || again(im, st))
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
	if (!imap_write_end(im) || again(im, st))
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

/* ---- what they replace ---- */

static bool
has_place(const struct store_place *old, size_t n, const struct store_place *p)
{
	for (size_t i = 0; i < n; i++) {
		if (old[i].mailbox.id == p->mailbox.id && old[i].uid == p->uid)
			return true;
	}
	return false;
}

static bool
goes_to_sent(struct imap *im, const struct append *a)
{
	struct store_mailbox sent;

	return session_worker(im->session)->conf->file_sent && !a->again &&
	    a->mailbox.owner == im->user.id &&
	    sent_mailbox(im->store, &im->user, &sent) == STORE_OK &&
	    sent.id == a->mailbox.id;
}

/* old has room for one more than there are messages. */
static size_t
find_replaced(struct imap *im, struct append *a, struct store_place *old)
{
	const bool to_sent = goes_to_sent(im, a);
	size_t n = 0, named;

	if (a->replaces != 0)
		old[n++] = (struct store_place){ im->view.mailbox,
			a->replaces };
	named = n;
	for (size_t i = 0; to_sent && i < a->n; i++) {
		const struct store_place p = { a->mailbox,
			sent_find(im->store, &a->mailbox, a->message[i].stored,
			    true) };

		if (p.uid != 0 && !has_place(old, n, &p))
			old[n++] = p;
	}
	a->replaces_filed = n > named;
	return n;
}

static enum imap_result
deliver(struct imap *im, struct append *a)
{
	struct store_place *old = xcalloc(a->n + 1, sizeof(*old));
	size_t nold = find_replaced(im, a, old);
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
	if (nold > 0)
		store_replace(im->store, d, a->n, old, nold,
		    a->replaces != 0 ? on_replaced : on_delivered, im);
	else
		store_deliver(im->store, d, a->n, on_delivered, im);
	for (size_t i = 0; i < a->n; i++)
		imap_flag_args_clear(&flags[i]);
	free(flags);
	free(d);
	free(old);
	return IMAP_WAIT;
}

/* ---- the command ---- */

/* Read on in its text, which was left at what has now been copied, or has
 * grown.  MORE: go on as a->step says. */
static enum imap_result
read_on(struct imap *im, struct append *a)
{
	enum append_next next =
	    a->refused ? APPEND_REFUSED : append_text(im, a);

	if (next == APPEND_COPIES) {
		a->step = APPEND_COPY;
		return IMAP_MORE;
	}
	a->refused = next == APPEND_REFUSED;
	if (!a->whole)
		return begin_literal(im, a);
	a->step = APPEND_STORED;
	return a->refused ? IMAP_DONE : deliver(im, a);
}

/* These go one step.  False: return *r. */

static bool
take_copy(struct imap *im, struct append *a, enum imap_result *r)
{
	switch (append_copy(im, a)) {
	case APPEND_COPY_WAITS:
		*r = IMAP_WAIT;
		return false;
	case APPEND_COPY_PAUSES:
		imap_progress(im, 0, 0);
		*r = imap_pause(im);
		return false;
	case APPEND_COPY_REFUSED:
		a->refused = true;
		break;
	case APPEND_COPY_DONE:
		break;
	}
	*r = read_on(im, a);
	return *r == IMAP_MORE;
}

/* What stands behind a literal. */
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
		break;
	case IMAP_FRAME_STREAM:
	case IMAP_FRAME_DONE:
		a->whole = ev == IMAP_FRAME_DONE;
		*r = read_on(im, a);
		return *r == IMAP_MORE;
	case IMAP_FRAME_SYNC: /* a URL */
		if (!a->refused)
			buf_adds(&im->out, "+ Go ahead\r\n");
		else
			*r = IMAP_DONE;
		return !a->refused;
	case IMAP_FRAME_TOOBIG:
		imap_bye(im, "[TOOBIG] That literal is not wanted");
		break;
	case IMAP_FRAME_TOOLONG:
		*r = a->refused ? IMAP_DONE :
				  imap_bad(im, "The command is too long");
		break;
	}
	return false;
}

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
	static bool (*const step[])(struct imap *, struct append *,
	    enum imap_result *) = {
		[APPEND_COPY] = take_copy,
		[APPEND_LITERAL] = take_literal,
		[APPEND_TAIL] = take_tail,
	};
	struct append *a = im->cmd.state;
	enum imap_result r = IMAP_DONE;

	while (a->step != APPEND_STORED && step[a->step](im, a, &r))
		;
	return r;
}

static enum imap_result
start(struct imap *im)
{
	struct append *a = xcalloc(1, sizeof(*a));
	enum imap_result r;

	im->cmd.state = a;
	a->refused = im->cmd.refused;
	a->whole = !im->cmd.stream;
	r = read_on(im, a);
	return r == IMAP_MORE ? resume(im) : r;
}

static void
clear(struct imap *im)
{
	struct append *a = im->cmd.state;

	for (size_t i = 0; i < a->n; i++)
		store_message_free(a->message[i].stored);
	free(a->message);
	append_copy_clear(&a->copy);
}

const struct imap_handler imap_append = { start, resume, clear };
const struct imap_handler imap_replace = { start, resume, clear };
