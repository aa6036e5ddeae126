/* SPDX-License-Identifier: ISC */
#include <limits.h>

#include "imap_resp.h"

#include "utf7.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *word;
	enum imap_code code;
} codes[] = {
	{ "ALERT", IMAP_CODE_ALERT },
	{ "ALREADYEXISTS", IMAP_CODE_ALREADYEXISTS },
	{ "APPENDUID", IMAP_CODE_APPENDUID },
	{ "AUTHENTICATIONFAILED", IMAP_CODE_AUTHENTICATIONFAILED },
	{ "AUTHORIZATIONFAILED", IMAP_CODE_AUTHORIZATIONFAILED },
	{ "CANNOT", IMAP_CODE_CANNOT },
	{ "CAPABILITY", IMAP_CODE_CAPABILITY },
	{ "COPYUID", IMAP_CODE_COPYUID },
	{ "EXPIRED", IMAP_CODE_EXPIRED },
	{ "HIGHESTMODSEQ", IMAP_CODE_HIGHESTMODSEQ },
	{ "INUSE", IMAP_CODE_INUSE },
	{ "LIMIT", IMAP_CODE_LIMIT },
	{ "MESSAGELIMIT", IMAP_CODE_MESSAGELIMIT },
	{ "NONEXISTENT", IMAP_CODE_NONEXISTENT },
	{ "NOPERM", IMAP_CODE_NOPERM },
	{ "OVERQUOTA", IMAP_CODE_OVERQUOTA },
	{ "PERMANENTFLAGS", IMAP_CODE_PERMANENTFLAGS },
	{ "PRIVACYREQUIRED", IMAP_CODE_PRIVACYREQUIRED },
	{ "READ-ONLY", IMAP_CODE_READ_ONLY },
	{ "SERVERBUG", IMAP_CODE_SERVERBUG },
	{ "TRYCREATE", IMAP_CODE_TRYCREATE },
	{ "UIDNEXT", IMAP_CODE_UIDNEXT },
	{ "UIDVALIDITY", IMAP_CODE_UIDVALIDITY },
	{ "UNAVAILABLE", IMAP_CODE_UNAVAILABLE },
};

static enum imap_code
code_of(struct span word)
{
	for (size_t i = 0; i < NELEM(codes); i++) {
		if (span_ieqs(word, codes[i].word))
			return codes[i].code;
	}
	return IMAP_CODE_OTHER;
}

static struct span
rest_of(const struct imap_cursor *c)
{
	return span_of(c->p, (size_t)(c->end - c->p));
}

/* "[UIDNEXT 5]"; text that only looks like a code stays text. */
static void
read_code(struct imap_resp *r, struct imap_cursor *c)
{
	struct imap_cursor try = *c, arg;
	struct span word;
	const char *end;

	if (!imap_char(&try, '[') || !imap_atom(&try, &word))
		return;
	end = memchr(try.p, ']', (size_t)(try.end - try.p));
	if (end == NULL)
		return;
	r->code = code_of(word);
	arg = try;
	arg.end = end;
	imap_sp(&arg);
	r->code_arg = rest_of(&arg);
	if (!imap_number64(&arg, &r->code_number))
		r->code_number = 0;
	c->p = end + 1;
}

static bool
read_status(struct imap_resp *r, struct imap_cursor *c)
{
	imap_sp(c);
	read_code(r, c);
	imap_sp(c);
	r->text = rest_of(c);
	c->p = c->end;
	return true;
}

/* Only spaces are left: many servers end some lines with one. */
static bool
ends(struct imap_cursor *c)
{
	while (imap_sp(c))
		;
	return imap_end(c);
}

/* "(…)" without parentheses or strings inside; *in is what stands there. */
static bool
read_flat(struct imap_cursor *c, struct imap_cursor *in)
{
	const char *end;

	if (!imap_char(c, '('))
		return false;
	end = memchr(c->p, ')', (size_t)(c->end - c->p));
	if (end == NULL)
		return false;
	*in = *c;
	in->end = end;
	c->p = end + 1;
	return true;
}

static bool
read_words(struct imap_resp *r, struct imap_cursor *c)
{
	r->data = *c;
	return true;
}

static bool
read_flags(struct imap_resp *r, struct imap_cursor *c)
{
	return imap_sp(c) && read_flat(c, &r->data) && ends(c);
}

/* (\flags) "/" mailbox, and perhaps extended data. */
static bool
read_list(struct imap_resp *r, struct imap_cursor *c)
{
	struct span separator;

	if (!imap_sp(c) || !read_flat(c, &r->data) || !imap_sp(c) ||
	    !imap_nstring(c, &separator) || !imap_sp(c) ||
	    !imap_astring(c, &r->mailbox))
		return false;
	if (separator.p != NULL && separator.n == 1)
		r->separator = separator.p[0];
	return imap_end(c) || imap_sp(c);
}

static bool
read_pairs(struct imap_resp *r, struct imap_cursor data)
{
	struct span name, value;

	r->data = data;
	while (imap_resp_pair(r, &name, &value))
		;
	if (!ends(&r->data))
		return false;
	r->data = data;
	return true;
}

static bool
read_mailbox_status(struct imap_resp *r, struct imap_cursor *c)
{
	struct imap_cursor in;

	return imap_sp(c) && imap_astring(c, &r->mailbox) && imap_sp(c) &&
	    read_flat(c, &in) && read_pairs(r, in) && ends(c);
}

static bool
read_search(struct imap_resp *r, struct imap_cursor *c)
{
	uint32_t n;

	r->data = *c;
	while (imap_resp_number(r, &n))
		;
	/* RFC 7162 puts a MODSEQ behind them. */
	if (!imap_peek(&r->data, '(') && !ends(&r->data))
		return false;
	r->data = *c;
	return true;
}

/* (TAG "a1") UID ALL 1:5 …, each of which may lack. */
static bool
read_esearch(struct imap_resp *r, struct imap_cursor *c)
{
	struct imap_cursor in, next = *c;

	if (imap_sp(&next) && read_flat(&next, &in)) {
		*c = next;
		if (!imap_word(&in, "TAG") || !imap_sp(&in) ||
		    !imap_astring(&in, &r->tag))
			r->tag = span_of(NULL, 0);
	}
	next = *c;
	if (imap_sp(&next) && imap_word(&next, "UID")) {
		r->uid = true;
		*c = next;
	}
	return read_pairs(r, *c);
}

static bool
read_fetch(struct imap_resp *r, struct imap_cursor *c)
{
	struct imap_fetched item;
	struct imap_cursor in;

	if (!imap_sp(c) || !imap_char(c, '('))
		return false;
	in = *c;
	/* Look without unescaping, so that scratch is left for the walk. */
	r->data = in;
	r->data.scratch = NULL;
	while (imap_resp_item(r, &item))
		;
	if (!imap_char(&r->data, ')') || !ends(&r->data))
		return false;
	r->data = in;
	return true;
}

static bool
read_nothing(struct imap_resp *r, struct imap_cursor *c)
{
	(void)r;
	return ends(c);
}

static bool
read_other(struct imap_resp *r, struct imap_cursor *c)
{
	r->data = *c;
	return true;
}

static const struct form {
	const char *word;
	enum imap_resp_type type;
	bool numbered;
	bool (*read)(struct imap_resp *, struct imap_cursor *);
} forms[] = {
	{ "OK", IMAP_RESP_OK, false, read_status },
	{ "NO", IMAP_RESP_NO, false, read_status },
	{ "BAD", IMAP_RESP_BAD, false, read_status },
	{ "BYE", IMAP_RESP_BYE, false, read_status },
	{ "PREAUTH", IMAP_RESP_PREAUTH, false, read_status },
	{ "EXISTS", IMAP_RESP_EXISTS, true, read_nothing },
	{ "RECENT", IMAP_RESP_RECENT, true, read_nothing },
	{ "EXPUNGE", IMAP_RESP_EXPUNGE, true, read_nothing },
	{ "FETCH", IMAP_RESP_FETCH, true, read_fetch },
	{ "CAPABILITY", IMAP_RESP_CAPABILITY, false, read_words },
	{ "FLAGS", IMAP_RESP_FLAGS, false, read_flags },
	{ "LIST", IMAP_RESP_LIST, false, read_list },
	{ "STATUS", IMAP_RESP_STATUS, false, read_mailbox_status },
	{ "SEARCH", IMAP_RESP_SEARCH, false, read_search },
	{ "ESEARCH", IMAP_RESP_ESEARCH, false, read_esearch },
};

static const struct form other = { "", IMAP_RESP_OTHER, false, read_other };

static const struct form *
form_of(struct span word, bool numbered)
{
	for (size_t i = 0; i < NELEM(forms); i++) {
		if (forms[i].numbered == numbered &&
		    span_ieqs(word, forms[i].word))
			return &forms[i];
	}
	return &other;
}

static bool
read_untagged(struct imap_resp *r, struct imap_cursor *c)
{
	const struct form *f;
	bool numbered;

	numbered = imap_number(c, &r->number) && imap_sp(c);
	if (!imap_atom(c, &r->word))
		return false;
	f = form_of(r->word, numbered);
	r->type = f->type;
	return f->read(r, c);
}

static bool
read_tagged(struct imap_resp *r, struct imap_cursor *c)
{
	const struct form *f;

	r->kind = IMAP_RESP_TAGGED;
	if (!imap_tag(c, &r->tag) || !imap_sp(c) || !imap_atom(c, &r->word))
		return false;
	f = form_of(r->word, false);
	r->type = f->type;
	return f->type <= IMAP_RESP_BAD && f->read(r, c);
}

static bool
read_response(struct imap_resp *r, struct imap_cursor *c)
{
	*r = (struct imap_resp){ .kind = IMAP_RESP_UNTAGGED };
	if (imap_char(c, '+')) {
		r->kind = IMAP_RESP_CONTINUE;
		imap_sp(c);
		r->text = rest_of(c);
		return true;
	}
	if (!imap_char(c, '*'))
		return read_tagged(r, c);
	return imap_sp(c) && read_untagged(r, c);
}

/* A line whose end is text for people: "{5}" there is no literal. */
static bool
is_text(void *arg, struct span so_far)
{
	struct imap_cursor c = { .p = so_far.p, .end = span_end(so_far) };
	struct span word;

	(void)arg;
	if (!imap_char(&c, '*'))
		return true;
	return imap_sp(&c) && imap_atom(&c, &word) &&
	    form_of(word, false)->read == read_status;
}

static enum imap_resp_event
read_frame(struct imap_resp_reader *rd, size_t n, struct imap_resp *out)
{
	struct imap_cursor c = {
		.p = rd->frame.cmd.data,
		.end = rd->frame.cmd.data + n,
		.scratch = &rd->scratch,
		.utf8 = true,
		.nul = true,
	};

	rd->done = true;
	return n > 0 && read_response(out, &c) ? IMAP_RESP_DONE :
						 IMAP_RESP_INVALID;
}

static void
begin(struct imap_resp_reader *rd)
{
	rd->frame.limits = rd->limits;
	rd->frame.limits.depth = UINT_MAX;
	rd->frame.stream = is_text;
	rd->scratch.max = 2 * rd->limits.line;
	if (!rd->done)
		return;
	imap_frame_next(&rd->frame);
	buf_clear(&rd->scratch);
	rd->done = false;
}

enum imap_resp_event
imap_resp_feed(struct imap_resp_reader *rd, struct span s, size_t *used,
    struct imap_resp *out)
{
	size_t n;

	begin(rd);
	*used = 0;
	for (;;) {
		enum imap_frame_event ev = imap_frame_feed(&rd->frame,
		    span_sub(s, *used, s.n), &n);

		*used += n;
		switch (ev) {
		case IMAP_FRAME_MORE:
			return rd->frame.over ? IMAP_RESP_TOOLONG :
						IMAP_RESP_MORE;
		case IMAP_FRAME_SYNC:
			break; /* a server's literals are all of this form */
		case IMAP_FRAME_STREAM:
			imap_frame_resume(&rd->frame);
			return read_frame(rd, rd->frame.cmd.len - 2, out);
		case IMAP_FRAME_DONE:
			return read_frame(rd, rd->frame.cmd.len, out);
		case IMAP_FRAME_TOOLONG:
		case IMAP_FRAME_TOOBIG:
			return IMAP_RESP_TOOLONG;
		}
	}
}

void
imap_resp_clear(struct imap_resp_reader *rd)
{
	imap_frame_clear(&rd->frame);
	buf_free(&rd->scratch);
	rd->done = false;
}

void
imap_resp_mailbox(struct buf *out, struct span name)
{
	if (utf7_decode(out, name) < 0)
		buf_add_span(out, name);
}
