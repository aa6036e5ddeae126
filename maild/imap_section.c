/* SPDX-License-Identifier: ISC */
#include "imap_section.h"

#include <stdlib.h>

#include "header.h"
#include "imap_write.h"

static const struct {
	const char *name;
	enum imap_section_what what;
} words[] = {
	{ "", IMAP_SECTION_ALL },
	{ "HEADER", IMAP_SECTION_HEADER },
	{ "HEADER.FIELDS", IMAP_SECTION_FIELDS_IN },
	{ "HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT },
	{ "TEXT", IMAP_SECTION_TEXT },
	{ "MIME", IMAP_SECTION_MIME },
};
#define NWORDS (sizeof(words) / sizeof(words[0]))

static bool
has_fields(const struct imap_section *s)
{
	return s->what == IMAP_SECTION_FIELDS_IN ||
	    s->what == IMAP_SECTION_FIELDS_NOT;
}

/* ---- from and to text ---- */

/* Take the leading numbers off *spec. */
static bool
parse_parts(struct imap_section *s, struct span *spec)
{
	while (spec->n > 0 && ascii_digit(spec->p[0])) {
		struct span number;
		uint32_t n;

		if (spec->p[spec->n - 1] == '.')
			return false;
		span_split(spec, '.', &number);
		if (span_u32(number, &n) < 0 || number.p[0] == '0' ||
		    s->nparts == IMAP_SECTION_PARTS)
			return false;
		s->part = xrealloc_array(s->part, s->nparts + 1,
		    sizeof(s->part[0]));
		s->part[s->nparts++] = n;
	}
	return true;
}

static bool
parse_word(struct imap_section *s, struct span spec)
{
	for (size_t i = 0; i < NWORDS; i++) {
		if (!span_ieqs(spec, words[i].name))
			continue;
		s->what = words[i].what;
		return s->what != IMAP_SECTION_MIME || s->nparts > 0;
	}
	return false;
}

/* Tells most names that are not wanted from those that may be. */
static uint64_t
name_bit(struct span name)
{
	unsigned first = name.n > 0 ? (unsigned char)name.p[0] & 0x1f : 0;

	return (uint64_t)1 << ((first + 7 * name.n) & 63);
}

static bool
parse_fields(struct imap_section *s, struct imap_cursor *c)
{
	struct span name;

	if (!imap_sp(c) || !imap_char(c, '('))
		return false;
	do {
		if (!imap_astring(c, &name) ||
		    s->nfields == IMAP_SECTION_FIELDS)
			return false;
		s->field = xrealloc_array(s->field, s->nfields + 1,
		    sizeof(s->field[0]));
		s->field[s->nfields++] = name;
		s->some |= name_bit(name);
	} while (imap_sp(c));
	return imap_char(c, ')');
}

bool
imap_section_parse(struct imap_section *s, struct span spec,
    struct imap_cursor *c)
{
	return parse_parts(s, &spec) && parse_word(s, spec) &&
	    (!has_fields(s) || parse_fields(s, c)) && imap_char(c, ']');
}

void
imap_section_clear(struct imap_section *s)
{
	free(s->part);
	free(s->field);
	*s = (struct imap_section){ 0 };
}

void
imap_section_format(struct buf *out, const struct imap_section *s)
{
	for (size_t i = 0; i < s->nparts; i++)
		buf_addf(out, "%s%u", i > 0 ? "." : "", s->part[i]);
	if (s->nparts > 0 && s->what != IMAP_SECTION_ALL)
		buf_addc(out, '.');
	buf_adds(out, words[s->what].name);
	for (size_t i = 0; i < s->nfields; i++) {
		buf_adds(out, i > 0 ? " " : " (");
		imap_write_astring(out, s->field[i]);
	}
	if (has_fields(s))
		buf_addc(out, ')');
}

/* ---- in a message ---- */

static bool
is_named(const struct imap_section *s, struct span name)
{
	if ((s->some & name_bit(name)) == 0)
		return false;
	for (size_t i = 0; i < s->nfields; i++) {
		if (s->field[i].n == name.n && span_ieq(s->field[i], name))
			return true;
	}
	return false;
}

/* The fields that are wanted, and the empty line that ends the header. */
static void
filter(const struct imap_section *s, struct span header, struct buf *text)
{
	bool in = s->what == IMAP_SECTION_FIELDS_IN;
	struct header_field f;

	buf_clear(text);
	while (has_fields(s) && header_next(&header, &f)) {
		if (is_named(s, f.name) == in)
			buf_add_span(text, f.line);
	}
	buf_add_span(text, header);
}

static enum store_status
filtered(const struct imap_section *s, enum store_status st,
    struct span header, struct buf *text, struct imap_range *out)
{
	if (st != STORE_OK)
		return st;
	filter(s, header, text);
	*out = (struct imap_range){ .exists = true, .made = true,
		.len = text->len };
	return STORE_OK;
}

/* The range of a part's header, or what is wanted of it. */
static enum store_status
take_header(const struct imap_section *s, struct imap_message *m, uint64_t off,
    uint64_t len, struct buf *text, struct imap_range *out)
{
	enum store_status st;
	struct span header;

	*out = (struct imap_range){ .exists = true, .off = off, .len = len };
	if (!has_fields(s))
		return STORE_OK;
	st = imap_gather(imap_message_src(m), off, len, &m->gathered, &header);
	return filtered(s, st, header, text, out);
}

/* That of the message: copied, it costs less than to check all of the first
 * piece of the message for it. */
static enum store_status
take_top_header(const struct imap_section *s, struct imap_message *m,
    const struct store_meta *meta, struct buf *text, struct imap_range *out)
{
	struct span header;
	enum store_status st;

	if (meta->header_sum == 0)
		return take_header(s, m, 0, meta->header_len, text, out);
	st = imap_message_header(m, &header);
	return filtered(s, st, header, text, out);
}

static enum store_status
find_top(const struct imap_section *s, struct imap_message *m,
    struct buf *text, struct imap_range *out)
{
	uint64_t size = imap_message_src(m)->size;
	const struct store_meta *meta;
	enum store_status st = imap_message_front(m, &meta);

	if (st != STORE_OK)
		return st;
	*out = (struct imap_range){ .exists = true, .len = size };
	if (s->what == IMAP_SECTION_TEXT) {
		out->off = meta->header_len;
		out->len -= meta->header_len;
	} else if (s->what != IMAP_SECTION_ALL) {
		return take_top_header(s, m, meta, text, out);
	}
	return STORE_OK;
}

static enum store_status
find_part(const struct imap_section *s, struct imap_message *m,
    struct buf *text, struct imap_range *out)
{
	const struct mime_tree *t;
	const struct mime_part *p;
	enum store_status st = imap_message_tree(m, &t);
	uint32_t part;

	if (st != STORE_OK)
		return st;
	part = mime_find(t, s->part, s->nparts);
	/* Of the message within, unless the part itself is meant. */
	if (part != MIME_NONE && s->what != IMAP_SECTION_ALL &&
	    s->what != IMAP_SECTION_MIME)
		part = t->part[part].kind == MIME_MESSAGE ?
		    t->part[part].first_child : MIME_NONE;
	*out = (struct imap_range){ .exists = part != MIME_NONE };
	if (part == MIME_NONE)
		return STORE_OK;
	p = &t->part[part];
	if (s->what != IMAP_SECTION_ALL && s->what != IMAP_SECTION_TEXT)
		return take_header(s, m, p->header_off, p->header_len, text,
		    out);
	out->off = p->body_off;
	out->len = p->body_len;
	return STORE_OK;
}

enum store_status
imap_section_find(const struct imap_section *s, struct imap_message *m,
    struct buf *text, struct imap_range *out)
{
	*out = (struct imap_range){ 0 };
	if (s->nparts == 0)
		return find_top(s, m, text, out);
	return find_part(s, m, text, out);
}
