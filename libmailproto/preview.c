/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "preview.h"

#include "header.h"
#include "imap_write.h"
#include "msgtext.h"
#include "msgtext_decode.h"
#include "utf8.h"

#define PLAIN_READ ((size_t)8192) /* bytes of text that are looked at */
#define HTML_READ  ((size_t)32768)

/* ---- characters into words ---- */

struct writer {
	struct buf *out;
	size_t left; /* characters */
	bool space, begun;
};

static bool
is_blank(uint32_t cp)
{
	return cp <= ' ' || cp == 0x7f || cp == 0xa0 || cp == 0xad ||
	       (cp >= 0x80 && cp < 0xa0) || (cp >= 0x2000 && cp <= 0x200f) ||
	       cp == 0x2028 || cp == 0x2029 || cp == 0x202f || cp == 0x3000 ||
	       cp == 0xfeff;
}

/* False: it is full. */
static bool
put(struct writer *w, uint32_t cp)
{
	char bytes[4];

	if (is_blank(cp)) {
		w->space = w->begun;
		return true;
	}
	if (w->left < (w->space ? 2 : 1)) {
		w->left = 0;
		return false;
	}
	if (w->space)
		buf_addc(w->out, ' ');
	w->left -= w->space ? 2 : 1;
	buf_add(w->out, bytes, utf8_put(bytes, cp));
	w->space = false;
	w->begun = true;
	return w->left > 0;
}

/* Take a character off *s. */
static uint32_t
next(struct span *s)
{
	uint32_t cp;
	int n = utf8_next(*s, &cp);

	if (n <= 0) {
		n = 1;
		cp = ' ';
	}
	*s = span_sub(*s, (size_t)n, SIZE_MAX);
	return cp;
}

/* ---- plain text ---- */

void
preview_plain(struct buf *out, struct span text, size_t max)
{
	struct writer w = { .out = out, .left = max };
	struct span line;

	while (text.n > 0 && w.left > 0) {
		span_split(&text, '\n', &line);
		if (line.n > 0 && line.p[0] == '>')
			continue;
		if (span_eq(line, SPAN_LIT("-- ")) ||
		    span_eq(line, SPAN_LIT("-- \r")))
			return;
		while (line.n > 0 && put(&w, next(&line)))
			;
		if (w.left > 0)
			put(&w, ' ');
	}
}

/* ---- HTML ---- */

static const struct {
	const char *name;
	uint32_t cp;
} entities[] = {
	{ "amp", '&' },
	{ "apos", '\'' },
	{ "bull", 0x2022 },
	{ "copy", 0xa9 },
	{ "euro", 0x20ac },
	{ "gt", '>' },
	{ "hellip", 0x2026 },
	{ "laquo", 0xab },
	{ "ldquo", 0x201c },
	{ "lsquo", 0x2018 },
	{ "lt", '<' },
	{ "mdash", 0x2014 },
	{ "nbsp", 0xa0 },
	{ "ndash", 0x2013 },
	{ "quot", '"' },
	{ "raquo", 0xbb },
	{ "rdquo", 0x201d },
	{ "rsquo", 0x2019 },
	{ "shy", 0xad },
	{ "zwnj", 0x200c },
};

/* What is within these is not shown. */
static const char *const hidden[] = { "head", "style", "script", "title",
	"template" };

static bool
is_scalar(uint32_t cp)
{
	return cp > 0 && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
}

/* "#65", "#x41" */
static bool
numeric(struct span name, uint32_t *cp)
{
	bool hex = name.n > 2 && ascii_lower(name.p[1]) == 'x';
	uint32_t v = 0;

	name = span_sub(name, hex ? 2 : 1, SIZE_MAX);
	for (size_t i = 0; i < name.n; i++) {
		int d = ascii_hex(name.p[i]);

		if (d < 0 || (!hex && d > 9) || v > 0x10ffff)
			return false;
		v = v * (hex ? 16 : 10) + (uint32_t)d;
	}
	*cp = v;
	return name.n > 0 && is_scalar(v);
}

static bool
entity(struct span name, uint32_t *cp)
{
	if (name.n > 0 && name.p[0] == '#')
		return numeric(name, cp);
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (span_eq(name, span_str(entities[i].name))) {
			*cp = entities[i].cp;
			return true;
		}
	}
	return false;
}

/* What stands behind a '&'; the '&' itself where that is no entity. */
static uint32_t
take_entity(struct span *s)
{
	struct span name = span_sub(*s, 0, 10);
	const char *end = name.n > 0 ? memchr(name.p, ';', name.n) : NULL;
	uint32_t cp;

	if (end == NULL)
		return '&';
	name.n = (size_t)(end - name.p);
	if (!entity(name, &cp))
		return '&';
	*s = span_sub(*s, name.n + 1, SIZE_MAX);
	return cp;
}

static struct span
tag_name(struct span tag)
{
	size_t n = 0;

	while (n < tag.n && (ascii_alpha(tag.p[n]) || ascii_digit(tag.p[n])))
		n++;
	return span_sub(tag, 0, n);
}

/* Up to behind "</name". */
static void
skip_element(struct span *s, const char *name)
{
	while (s->n > 0) {
		struct span before;

		span_split(s, '<', &before);
		if (s->n > 0 && s->p[0] == '/' &&
		    span_ieqs(tag_name(span_sub(*s, 1, SIZE_MAX)), name))
			return;
	}
}

/* What stands behind a '<'. */
static void
skip_tag(struct span *s)
{
	struct span name = tag_name(*s), tag;

	if (span_iprefix(*s, SPAN_LIT("!--"))) {
		const char *end = memmem(s->p, s->n, "-->", 3);

		*s = end != NULL
			 ? span_sub(*s, (size_t)(end - s->p) + 3, SIZE_MAX)
			 : (struct span){ 0 };
		return;
	}
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (span_ieqs(name, hidden[i])) {
			skip_element(s, hidden[i]);
			break;
		}
	}
	span_split(s, '>', &tag);
}

/* Inline elements do not end a word. */
static bool
is_inline(struct span tag)
{
	static const char *const names[] = { "a", "b", "i", "u", "em", "font",
		"span", "strong" };
	struct span name = tag_name(
	    tag.n > 0 && tag.p[0] == '/' ? span_sub(tag, 1, SIZE_MAX) : tag);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_ieqs(name, names[i]))
			return true;
	}
	return false;
}

void
preview_html(struct buf *out, struct span text, size_t max)
{
	struct writer w = { .out = out, .left = max };

	while (text.n > 0 && w.left > 0) {
		uint32_t cp = next(&text);

		if (cp == '<') {
			if (!is_inline(text))
				put(&w, ' ');
			skip_tag(&text);
		} else {
			put(&w, cp == '&' ? take_entity(&text) : cp);
		}
	}
}

/* ---- the part ---- */

/* The type of a part that may be shown; *type is the caller's to clear. */
static bool
shows(const struct mime_part *p, const struct msgsrc *src, struct buf *scratch,
    struct param_list *type)
{
	struct param_list disposition = { 0 };
	struct header_field f;
	struct span header;
	bool attached = false;

	if (p->kind != MIME_LEAF || p->header_off + p->header_len > src->size ||
	    msgtext_header(scratch, p, src, &header) < 0)
		return false;
	if (header_find(header, "Content-Disposition", &f)) {
		param_list_parse(&disposition, f.value);
		attached = span_ieqs(span_str(disposition.value), "attachment");
		param_list_clear(&disposition);
	}
	mime_content_type(header, type);
	return !attached;
}

static uint32_t
find(const struct mime_tree *t, const struct msgsrc *src, const char *wanted)
{
	struct buf scratch = { 0 };
	uint32_t found = MIME_NONE;

	for (uint32_t i = 0; i < t->len && found == MIME_NONE &&
			     t->part[i].body_off < src->size;
	     i++) {
		struct param_list type = { 0 };

		if (shows(&t->part[i], src, &scratch, &type) &&
		    strcmp(type.value, wanted) == 0)
			found = i;
		param_list_clear(&type);
	}
	buf_free(&scratch);
	return found;
}

static bool
read_part(struct buf *text, const struct mime_tree *t, uint32_t part,
    const struct msgsrc *src, size_t max)
{
	struct mime_part p = t->part[part];
	const struct mime_tree one = { .part = &p, .len = 1 };

	if (p.body_len > src->size - p.body_off)
		p.body_len = src->size - p.body_off;
	return msgtext_part(text, &one, 0, src, max) == 0;
}

void
preview_make(
    struct buf *out, const struct mime_tree *t, const struct msgsrc *src)
{
	uint32_t plain = find(t, src, "text/plain");
	uint32_t html =
	    plain == MIME_NONE ? find(t, src, "text/html") : MIME_NONE;
	struct buf text = { 0 };

	if (plain != MIME_NONE && read_part(&text, t, plain, src, PLAIN_READ))
		preview_plain(out, buf_span(&text), PREVIEW_MAX);
	else if (html != MIME_NONE && read_part(&text, t, html, src, HTML_READ))
		preview_html(out, buf_span(&text), PREVIEW_MAX);
	buf_free(&text);
}

void
preview_write(struct buf *out, const struct mime_tree *t,
    const struct msgsrc *src)
{
	struct buf text = { 0 };

	preview_make(&text, t, src);
	imap_write_string(out, buf_span(&text));
	buf_free(&text);
}
