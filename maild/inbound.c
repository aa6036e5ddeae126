/* SPDX-License-Identifier: ISC */
#include "inbound.h"

#include <assert.h>

/* The bodies: texts end with a NUL, a flag is one byte. */

static void
add_text(struct buf *out, struct span s)
{
	buf_add_span(out, s);
	buf_addc(out, '\0');
}

static void
add_number(struct buf *out, uint64_t n, unsigned bytes)
{
	while (bytes-- > 0)
		buf_addc(out, (char)(n >> (8 * bytes)));
}

static uint64_t
number(const char *p, unsigned bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | (unsigned char)*p++;
	return n;
}

static void
write_body(struct buf *out, const struct inbound_frame *f)
{
	switch (f->type) {
	case INBOUND_MAIL:
		buf_addc(out, f->esmtp);
		add_text(out, f->helo);
		add_text(out, f->path);
		add_text(out, f->params);
		break;
	case INBOUND_RCPT:
		add_text(out, f->path);
		add_text(out, f->params);
		break;
	case INBOUND_BDAT:
		add_number(out, f->chunk, 8);
		buf_addc(out, f->last);
		break;
	case INBOUND_TEXT:
		buf_add_span(out, f->text);
		break;
	case INBOUND_END:
		buf_addc(out, f->bare);
		break;
	case INBOUND_DATA:
	case INBOUND_RSET:
	case INBOUND_TYPES:
		break;
	}
}

void
inbound_write(struct buf *out, const struct inbound_frame *f)
{
	struct buf body = { 0 };

	write_body(&body, f);
	assert(body.len <= INBOUND_BODY_MAX);
	buf_addc(out, (char)f->type);
	add_number(out, body.len, INBOUND_HEAD - 1);
	buf_add_span(out, buf_span(&body));
	buf_free(&body);
}

static bool
take_flag(struct span *s, bool *out)
{
	if (s->n == 0 || (unsigned char)s->p[0] > 1)
		return false;
	*out = s->p[0];
	*s = span_sub(*s, 1, SIZE_MAX);
	return true;
}

static bool
take_size(struct span *s, uint64_t *out)
{
	if (s->n < 8)
		return false;
	*out = number(s->p, 8);
	*s = span_sub(*s, 8, SIZE_MAX);
	return true;
}

static bool
take_text(struct span *s, struct span *out)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != '\0') {
		unsigned char c = (unsigned char)s->p[n++];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	if (n == s->n)
		return false;
	*out = span_of(s->p, n);
	*s = span_sub(*s, n + 1, SIZE_MAX);
	return true;
}

static bool
parse_body(struct span s, struct inbound_frame *f)
{
	bool ok = true;

	switch (f->type) {
	case INBOUND_MAIL:
		ok = take_flag(&s, &f->esmtp) && take_text(&s, &f->helo) &&
		    take_text(&s, &f->path) && take_text(&s, &f->params);
		break;
	case INBOUND_RCPT:
		ok = take_text(&s, &f->path) && take_text(&s, &f->params);
		break;
	case INBOUND_BDAT:
		ok = take_size(&s, &f->chunk) && take_flag(&s, &f->last);
		break;
	case INBOUND_TEXT:
		f->text = s;
		return true;
	case INBOUND_END:
		ok = take_flag(&s, &f->bare);
		break;
	case INBOUND_DATA:
	case INBOUND_RSET:
	case INBOUND_TYPES:
		break;
	}
	return ok && s.n == 0;
}

ssize_t
inbound_parse(struct span s, struct inbound_frame *f)
{
	size_t n;

	*f = (struct inbound_frame){ 0 };
	if (s.n > 0 && (unsigned char)s.p[0] >= INBOUND_TYPES)
		return -1;
	if (s.n < INBOUND_HEAD)
		return 0;
	n = number(s.p + 1, INBOUND_HEAD - 1);
	if (n > INBOUND_BODY_MAX)
		return -1;
	if (s.n - INBOUND_HEAD < n)
		return 0;
	f->type = (enum inbound_type)s.p[0];
	if (parse_body(span_sub(s, INBOUND_HEAD, n), f))
		return (ssize_t)(INBOUND_HEAD + n);
	*f = (struct inbound_frame){ 0 };
	return -1;
}
