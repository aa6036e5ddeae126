/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "imap_parse.h"

enum {
	FRAME_LINE,
	FRAME_LITERAL,
	FRAME_STREAM,
	FRAME_END,
};

/* How much of a literal's header ends the line so far. */
enum {
	HEADER_NONE,
	HEADER_OPEN,   /* "{" */
	HEADER_DIGITS, /* "{12" */
	HEADER_PLUS,   /* "{12+" */
	HEADER_CLOSED, /* "{12}" */
	HEADER_CR,
};

/* Memory that an idle session may keep for its next command. */
#define FRAME_KEEP 1024

static void
header_digit(struct imap_frame *f, char ch)
{
	uint64_t d = (uint64_t)(ch - '0');

	/* What is too large to count is too large for every limit. */
	if (f->want > (INT64_MAX - d) / 10)
		f->want = INT64_MAX;
	else
		f->want = f->want * 10 + d;
	f->header = HEADER_DIGITS;
}

/* Follow "{n}" and "{n+}"; at is where ch will stand in cmd. */
static void
header_step(struct imap_frame *f, char ch, size_t at)
{
	int header = f->header;

	f->header = HEADER_NONE;
	if (ch == '{') {
		f->header = HEADER_OPEN;
		f->header_at = at;
		f->want = 0;
		f->plus = false;
	} else if (ascii_digit(ch)) {
		if (header == HEADER_OPEN || header == HEADER_DIGITS)
			header_digit(f, ch);
	} else if (ch == '+' && header == HEADER_DIGITS) {
		f->header = HEADER_PLUS;
		f->plus = true;
	} else if (ch == '}') {
		if (header == HEADER_DIGITS || header == HEADER_PLUS)
			f->header = HEADER_CLOSED;
	} else if (ch == '\r' && header == HEADER_CLOSED) {
		f->header = HEADER_CR;
	}
}

/* Look at one character of a line, at which it will stand in cmd. */
static void
step(struct imap_frame *f, char ch, size_t at)
{
	if (f->escaped) {
		f->escaped = false;
	} else if (f->quoted) {
		f->escaped = ch == '\\';
		f->quoted = ch != '"';
	} else if (ch == '"') {
		f->quoted = true;
		f->header = HEADER_NONE;
	} else {
		header_step(f, ch, at);
		if (ch == '(' && ++f->depth > f->limits.depth)
			f->over = true;
		else if (ch == ')' && f->depth > 0)
			f->depth--;
	}
}

static enum imap_frame_event
end_command(struct imap_frame *f)
{
	f->state = FRAME_END;
	return f->over ? IMAP_FRAME_TOOLONG : IMAP_FRAME_DONE;
}

static enum imap_frame_event
begin_stream(struct imap_frame *f)
{
	buf_adds(&f->cmd, "\r\n");
	f->literal_size = f->want;
	f->literal_sync = !f->plus;
	f->want = 0;
	f->state = FRAME_STREAM;
	return IMAP_FRAME_STREAM;
}

/* The line has ended with a literal's header. */
static enum imap_frame_event
begin_literal(struct imap_frame *f)
{
	if (f->cmd.len + 2 > f->limits.line)
		f->over = true;
	if (!f->over && f->stream != NULL &&
	    f->stream(f->arg, span_of(f->cmd.data, f->header_at)))
		return begin_stream(f);
	if (f->want > f->limits.literal) {
		f->over = true;
		if (f->plus) {
			f->state = FRAME_END;
			return IMAP_FRAME_TOOBIG;
		}
	}
	if (!f->over && f->want > f->limits.line - f->cmd.len - 2)
		f->over = true;
	/* Without a "+" the peer sends nothing more of this command. */
	if (f->over && !f->plus)
		return end_command(f);
	if (!f->over)
		buf_adds(&f->cmd, "\r\n");
	f->literal_size = f->want;
	f->state = FRAME_LITERAL;
	return f->plus ? IMAP_FRAME_MORE : IMAP_FRAME_SYNC;
}

static enum imap_frame_event
end_line(struct imap_frame *f)
{
	bool literal = !f->quoted &&
	    (f->header == HEADER_CLOSED || f->header == HEADER_CR);

	f->quoted = f->escaped = false;
	f->header = HEADER_NONE;
	if (!f->over && f->cmd.len > 0 &&
	    f->cmd.data[f->cmd.len - 1] == '\r')
		f->cmd.data[--f->cmd.len] = '\0';
	return literal ? begin_literal(f) : end_command(f);
}

/* Take bytes up to a line's end, that LF not included. */
static void
take_line(struct imap_frame *f, struct span s)
{
	size_t room = f->limits.line - f->cmd.len, keep = 0;

	for (size_t i = 0; i < s.n; i++) {
		step(f, s.p[i], f->cmd.len + i);
		if (i == room)
			f->over = true;
		if (!f->over)
			keep = i + 1;
	}
	buf_add(&f->cmd, s.p, keep);
}

static size_t
feed_line(struct imap_frame *f, struct span s, enum imap_frame_event *ev)
{
	const char *lf = memchr(s.p, '\n', s.n);
	size_t n = lf != NULL ? (size_t)(lf - s.p) : s.n;

	take_line(f, span_of(s.p, n));
	if (lf == NULL)
		return n;
	*ev = end_line(f);
	return n + 1;
}

static size_t
feed_literal(struct imap_frame *f, struct span s)
{
	size_t n = s.n < f->want ? s.n : (size_t)f->want;

	if (!f->over)
		buf_add(&f->cmd, s.p, n);
	f->want -= n;
	if (f->want == 0)
		f->state = FRAME_LINE;
	return n;
}

enum imap_frame_event
imap_frame_feed(struct imap_frame *f, struct span s, size_t *used)
{
	enum imap_frame_event ev = IMAP_FRAME_MORE;
	size_t n = 0;

	assert(f->state == FRAME_LINE || f->state == FRAME_LITERAL);
	f->cmd.max = f->limits.line + 2;
	while (ev == IMAP_FRAME_MORE && n < s.n) {
		struct span rest = span_of(s.p + n, s.n - n);

		n += f->state == FRAME_LITERAL ? feed_literal(f, rest) :
						 feed_line(f, rest, &ev);
	}
	*used = n;
	return ev;
}

void
imap_frame_resume(struct imap_frame *f)
{
	assert(f->state == FRAME_STREAM);
	f->state = FRAME_LINE;
}

static void
reset(struct imap_frame *f)
{
	f->state = FRAME_LINE;
	f->header = HEADER_NONE;
	f->want = f->literal_size = 0;
	f->depth = 0;
	f->quoted = f->escaped = f->over = false;
}

void
imap_frame_next(struct imap_frame *f)
{
	if (f->cmd.cap > FRAME_KEEP) {
		buf_wipe(&f->cmd);
	} else {
		if (f->cmd.len > 0)
			explicit_bzero(f->cmd.data, f->cmd.len);
		buf_clear(&f->cmd);
	}
	reset(f);
}

void
imap_frame_clear(struct imap_frame *f)
{
	buf_wipe(&f->cmd);
	reset(f);
}
