/* SPDX-License-Identifier: ISC */
#include "dkim_canon.h"

/* ---- fields ---- */

static bool
is_white(char c)
{
	return c == ' ' || c == '\t';
}

void
dkim_canon_field(struct buf *out, const struct header_field *f)
{
	bool space = false, begun = false;

	for (size_t i = 0; i < f->name.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)f->name.p[i]));
	buf_addc(out, ':');
	for (size_t i = 0; i < f->value.n; i++) {
		char c = f->value.p[i];

		if (c == '\r' || c == '\n')
			continue;
		if (is_white(c)) {
			space = true;
			continue;
		}
		if (space && begun)
			buf_addc(out, ' ');
		buf_addc(out, c);
		space = false;
		begun = true;
	}
}

/* ---- bodies ---- */

static void
flush(struct dkim_canon_body *c)
{
	if (c->n > 0)
		c->fn(c->arg, span_of(c->piece, c->n));
	c->n = 0;
}

static void
write_byte(struct dkim_canon_body *c, char byte)
{
	if (c->n == sizeof(c->piece))
		flush(c);
	c->piece[c->n++] = byte;
}

/* A character that counts, behind what was held back for it. */
static void
write_text(struct dkim_canon_body *c, char byte)
{
	for (; c->lines > 0; c->lines--) {
		write_byte(c, '\r');
		write_byte(c, '\n');
	}
	if (c->space)
		write_byte(c, ' ');
	write_byte(c, byte);
	c->space = false;
	c->any = true;
}

static void
write_cr(struct dkim_canon_body *c)
{
	if (c->cr)
		write_text(c, '\r');
	c->cr = false;
}

void
dkim_canon_body(struct dkim_canon_body *c, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char byte = s.p[i];

		if (byte == '\n' && c->cr) {
			c->lines++;
			c->space = c->cr = false;
			continue;
		}
		write_cr(c);
		if (byte == '\r')
			c->cr = true;
		else if (is_white(byte))
			c->space = true;
		else
			write_text(c, byte);
	}
}

/* Empty lines at the end do not count, and the last line has an end. */
void
dkim_canon_body_end(struct dkim_canon_body *c)
{
	write_cr(c);
	if (c->any) {
		write_byte(c, '\r');
		write_byte(c, '\n');
	}
	flush(c);
}
