/* SPDX-License-Identifier: ISC */
/*
 * A part ends at a delimiter line of a multipart around it, or at the end of
 * input.  So the parser keeps the path of open parts, from the message down to
 * the part being read, and looks closely only at lines that begin with "--".
 */
#include "mime.h"

#include <stdlib.h>

#include "header.h"

#define HEADERS_MAX  ((size_t)4 << 20) /* kept of all headers together */
#define BOUNDARY_MAX ((size_t)1000)    /* a longer one is none */

/* An open part. */
struct level {
	uint32_t part, last_child;
	uint64_t lf_before_body;
	char *boundary; /* of a multipart, until its close delimiter */
	size_t boundary_len;
	bool delimited; /* one of its delimiters was seen */
	bool digest;
};

struct kept {
	size_t off, n;
};

struct mime_parser {
	struct mime_tree tree;
	struct kept *kept; /* by part: its header, in headers */
	size_t kept_cap;
	struct buf headers;
	struct level path[MIME_DEPTH_MAX + 1];
	size_t depth;      /* open parts */
	size_t boundaries; /* multiparts among them that may go on */
	bool in_header;    /* of the innermost */

	uint64_t off; /* bytes taken */
	/* The line being read: */
	uint64_t line_off, line_lf; /* bytes and line feeds before it */
	size_t line_kept;           /* bytes kept of the header before it */
	unsigned eol_before;        /* length of the line end before it */
	bool empty_before;          /* that line was empty */
	bool ends_in_cr;
	bool plain; /* as can be seen already, it is no delimiter */
	size_t nstart;
	char start[BOUNDARY_MAX + 4]; /* "--", boundary, "--" */
};

/* Where parts end. */
struct end {
	uint64_t off, lf;
	bool partial; /* in a line without line feed */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct level *
innermost(struct mime_parser *p)
{
	return &p->path[p->depth - 1];
}

static struct mime_part *
part_of(struct mime_parser *p, const struct level *l)
{
	return &p->tree.part[l->part];
}

/* Once all parts are used up, the last one is all the rest. */
static bool
want_delimiters(const struct mime_parser *p)
{
	return p->boundaries > 0 && p->tree.len < MIME_PARTS_MAX;
}

static void
open_part(struct mime_parser *p, uint64_t off)
{
	struct level *up = p->depth > 0 ? innermost(p) : NULL;
	uint32_t i = mime_tree_add(&p->tree, up != NULL ? up->part : MIME_NONE,
	    up != NULL ? up->last_child : MIME_NONE);

	if (p->kept_cap < p->tree.cap) {
		p->kept_cap = p->tree.cap;
		p->kept = xrealloc_array(p->kept, p->kept_cap,
		    sizeof(*p->kept));
	}
	p->kept[i] = (struct kept){ .off = p->headers.len };
	p->line_kept = 0;
	p->tree.part[i].header_off = off;
	if (up != NULL)
		up->last_child = i;
	p->path[p->depth++] = (struct level){
		.part = i, .last_child = MIME_NONE,
	};
	p->in_header = true;
}

static void
drop_boundary(struct mime_parser *p, struct level *l)
{
	if (l->boundary == NULL)
		return;
	free(l->boundary);
	l->boundary = NULL;
	p->boundaries--;
}

/* Make the innermost part a multipart, if its parameters let it be one. */
static void
start_multipart(struct mime_parser *p, const struct param_list *type)
{
	const char *boundary = param_get(type, "boundary");
	struct level *l = innermost(p);
	struct span s;

	if (boundary == NULL)
		return;
	/* Space at the end of a delimiter line does not count (RFC 2046
	 * section 5.1.1), so it cannot be part of a boundary. */
	s = span_str(boundary);
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	if (s.n == 0 || s.n > BOUNDARY_MAX)
		return;
	l->boundary = span_dup(s);
	l->boundary_len = s.n;
	l->digest = strcmp(type->value, "multipart/digest") == 0;
	part_of(p, l)->kind = MIME_MULTIPART;
	p->boundaries++;
}

static bool
is_message(const struct mime_parser *p, struct span header,
    const struct param_list *type)
{
	struct header_field f;

	if (strcmp(type->value, "message/rfc822") == 0 ||
	    strcmp(type->value, "message/global") == 0)
		return true;
	/* RFC 2046 section 5.1.5 */
	return p->depth > 1 && p->path[p->depth - 2].digest &&
	    !header_find(header, "Content-Type", &f);
}

/* The innermost part's header ends at off, with lf line feeds before. */
static void
end_header(struct mime_parser *p, uint64_t off, uint64_t lf)
{
	struct level *l = innermost(p);
	struct mime_part *part = part_of(p, l);
	struct span header = mime_parser_header(p, l->part);
	struct param_list type = { 0 }, encoding = { 0 };
	bool may_nest = p->depth <= MIME_DEPTH_MAX &&
	    p->tree.len < MIME_PARTS_MAX;

	part->header_len = off - part->header_off;
	part->body_off = off;
	l->lf_before_body = lf;
	p->in_header = false;
	mime_content_type(header, &type);
	part->encoding = mime_transfer_encoding(header, &encoding);
	if (may_nest && strncmp(type.value, "multipart/", 10) == 0) {
		start_multipart(p, &type);
	} else if (may_nest && is_message(p, header, &type) &&
	    part->encoding != MIME_ENC_BASE64 &&
	    part->encoding != MIME_ENC_QP) {
		part->kind = MIME_MESSAGE;
		open_part(p, off);
	}
	param_list_clear(&type);
	param_list_clear(&encoding);
}

static void
close_part(struct mime_parser *p, struct end end)
{
	struct level *l = innermost(p);
	struct mime_part *part = part_of(p, l);

	part->body_len = end.off - part->body_off;
	if (part->body_len > 0)
		part->lines = end.lf - l->lf_before_body + end.partial;
	/* Its text would show in no part: it is more useful as one. */
	if (part->kind == MIME_MULTIPART && !l->delimited)
		part->kind = MIME_LEAF;
	drop_boundary(p, l);
	p->depth--;
}

/* The end of what is open where a delimiter line was read: the line end before
 * the delimiter is part of it, but not one that ends the header. */
static struct end
end_before_line(struct mime_parser *p)
{
	struct end end = { p->line_off, p->line_lf, false };

	while (p->in_header)
		end_header(p, p->line_off, p->line_lf);
	if (p->line_off > part_of(p, innermost(p))->body_off) {
		end.off -= p->eol_before;
		end.lf--;
		end.partial = !p->empty_before;
	}
	return end;
}

static struct level *
find_boundary(struct mime_parser *p, struct span s)
{
	for (size_t i = p->depth; i-- > 0;) {
		struct level *l = &p->path[i];

		if (l->boundary != NULL && l->boundary_len == s.n &&
		    memcmp(l->boundary, s.p, s.n) == 0)
			return l;
	}
	return NULL;
}

/*
 * The multipart whose delimiter the line is, or NULL.  A line that only begins
 * like a delimiter is none: it may be that of a longer boundary.
 */
static struct level *
find_delimiter(struct mime_parser *p, bool *closes)
{
	struct span s = span_of(p->start, p->nstart);
	struct level *l;

	*closes = false;
	if (!want_delimiters(p) || p->plain || s.n < 2)
		return NULL;
	while (is_space(s.p[s.n - 1]))
		s.n--;
	s = span_sub(s, 2, s.n);
	l = find_boundary(p, s);
	if (l == NULL && s.n >= 2 && memcmp(s.p + s.n - 2, "--", 2) == 0) {
		*closes = true;
		s.n -= 2;
		l = find_boundary(p, s);
	}
	return l;
}

/* True if the line was a delimiter, and was dealt with. */
static bool
take_delimiter(struct mime_parser *p)
{
	bool closes;
	struct level *l = find_delimiter(p, &closes);
	struct end end;

	if (l == NULL)
		return false;
	if (p->in_header) {
		p->headers.len -= p->kept[innermost(p)->part].n - p->line_kept;
		p->kept[innermost(p)->part].n = p->line_kept;
	}
	l->delimited = true;
	end = end_before_line(p);
	while (innermost(p) != l)
		close_part(p, end);
	if (closes)
		drop_boundary(p, l);
	else
		open_part(p, p->off);
	return true;
}

/* Behind a line feed. */
static void
end_line(struct mime_parser *p)
{
	unsigned eol = p->ends_in_cr ? 2 : 1;
	bool empty = p->off - p->line_off == eol;

	if (!take_delimiter(p) && p->in_header && empty)
		end_header(p, p->off, p->line_lf + 1);
	p->line_off = p->off;
	p->line_lf++;
	p->line_kept = p->in_header ? p->kept[innermost(p)->part].n : 0;
	p->eol_before = eol;
	p->empty_before = empty;
	p->ends_in_cr = false;
	p->plain = false;
	p->nstart = 0;
}

static void
keep_header(struct mime_parser *p, struct span s)
{
	struct kept *k = &p->kept[innermost(p)->part];

	s = span_sub(s, 0, MIME_HEADER_MAX - k->n);
	s = span_sub(s, 0, HEADERS_MAX - p->headers.len);
	buf_add_span(&p->headers, s);
	k->n += s.n;
}

/* Gather the line while it may be a delimiter. */
static void
gather(struct mime_parser *p, struct span s)
{
	size_t n = s.n;

	if (p->nstart == 0 && s.p[0] != '-') {
		p->plain = true;
		return;
	}
	if (n > sizeof(p->start) - p->nstart)
		n = sizeof(p->start) - p->nstart;
	memcpy(p->start + p->nstart, s.p, n);
	p->nstart += n;
	if (p->nstart >= 2 && p->start[1] != '-')
		p->plain = true;
	/* Space at the end does not count, however much it is. */
	while (n < s.n && !p->plain)
		p->plain = !is_space(s.p[n++]);
}

/* s is not empty and holds at most one line feed, at its end. */
static void
take(struct mime_parser *p, struct span s)
{
	bool lf = s.p[s.n - 1] == '\n';

	if (!p->plain && want_delimiters(p))
		gather(p, s);
	if (p->in_header)
		keep_header(p, s);
	if (s.n > lf)
		p->ends_in_cr = s.p[s.n - lf - 1] == '\r';
	p->off += s.n;
	if (lf)
		end_line(p);
}

struct mime_parser *
mime_parser_new(void)
{
	struct mime_parser *p = xcalloc(1, sizeof(*p));

	p->headers.max = HEADERS_MAX;
	open_part(p, 0);
	return p;
}

void
mime_parser_feed(struct mime_parser *p, struct span s)
{
	while (s.n > 0) {
		const char *lf = memchr(s.p, '\n', s.n);
		size_t n = lf != NULL ? (size_t)(lf - s.p) + 1 : s.n;

		take(p, span_of(s.p, n));
		s = span_of(s.p + n, s.n - n);
	}
}

void
mime_parser_finish(struct mime_parser *p)
{
	struct end end = { p->off, p->line_lf, p->off > p->line_off };

	take_delimiter(p);
	while (p->in_header)
		end_header(p, p->off, p->line_lf);
	while (p->depth > 0)
		close_part(p, end);
}

void
mime_parser_free(struct mime_parser *p)
{
	if (p == NULL)
		return;
	while (p->depth > 0)
		drop_boundary(p, &p->path[--p->depth]);
	mime_tree_clear(&p->tree);
	buf_free(&p->headers);
	free(p->kept);
	free(p);
}

const struct mime_tree *
mime_parser_tree(const struct mime_parser *p)
{
	return &p->tree;
}

struct span
mime_parser_header(const struct mime_parser *p, uint32_t part)
{
	const struct kept *k = &p->kept[part];

	return span_sub(buf_span(&p->headers), k->off, k->n);
}
