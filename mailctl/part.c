/* SPDX-License-Identifier: ISC */
#include "part.h"

#include <stdlib.h>

#include "header.h"
#include "html.h"
#include "mime.h"
#include "msgtext.h"

#define NUMBER_DEPTH_MAX (MIME_DEPTH_MAX + 1)

static int
at(void *arg, uint64_t off, struct span *out)
{
	const struct span *message = arg;

	*out = span_sub(*message, (size_t)off, message->n);
	return 0;
}

struct reader {
	struct mime_parser *parser;
	const struct mime_tree *tree;
	struct span message;
	struct msgsrc src;
	struct buf *text;
	struct part_list *attachments;
};

static void
reader_init(struct reader *r, struct span message)
{
	*r = (struct reader){ .parser = mime_parser_new(),
		.message = message };
	mime_parser_feed(r->parser, message);
	mime_parser_finish(r->parser);
	r->tree = mime_parser_tree(r->parser);
	r->src = (struct msgsrc){ at, &r->message, message.n };
}

void
part_list_clear(struct part_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->part[i].number);
		free(l->part[i].type);
		free(l->part[i].filename);
	}
	free(l->part);
	*l = (struct part_list){ 0 };
}

/* ---- what a part is ---- */

static const struct mime_part *
part_at(const struct reader *r, uint32_t i)
{
	return &r->tree->part[i];
}

static bool
is_type(const struct reader *r, uint32_t i, const char *type)
{
	struct param_list l = { 0 };
	bool yes;

	mime_content_type(mime_parser_header(r->parser, i), &l);
	yes = strcmp(l.value, type) == 0;
	param_list_clear(&l);
	return yes;
}

static void
disposition(const struct reader *r, uint32_t i, struct param_list *l)
{
	struct header_field f = { 0 };

	header_find(mime_parser_header(r->parser, i), "Content-Disposition",
	    &f);
	param_list_parse(l, f.value);
}

static bool
is_attached(const struct reader *r, uint32_t i)
{
	struct param_list l = { 0 };
	bool yes;

	disposition(r, i, &l);
	yes = span_ieqs(span_str(l.value), "attachment");
	param_list_clear(&l);
	return yes;
}

/* IMAP's number: counted among its siblings, below its parent's.  A message
 * inside has none itself, and its only part is 1. */
static void
add_number(const struct reader *r, uint32_t i, struct buf *out)
{
	const struct mime_part *p = part_at(r, i);
	uint32_t up = p->parent, n = 1;

	if (up == MIME_NONE || part_at(r, up)->kind == MIME_MESSAGE) {
		if (up != MIME_NONE)
			add_number(r, up, out);
		if (p->kind != MIME_MULTIPART)
			buf_adds(out, out->len > 0 ? ".1" : "1");
		return;
	}
	add_number(r, up, out);
	for (uint32_t c = part_at(r, up)->first_child; c != i; n++)
		c = part_at(r, c)->next;
	buf_addf(out, "%s%u", out->len > 0 ? "." : "", n);
}

static void
attach(struct reader *r, uint32_t i)
{
	struct buf number = { 0 }, name = { 0 };
	struct param_list type = { 0 }, disp = { 0 };
	struct part_list *l = r->attachments;

	if (l->len == PART_LIST_MAX)
		return;
	mime_content_type(mime_parser_header(r->parser, i), &type);
	disposition(r, i, &disp);
	if (!param_decode(&disp, "filename", &name))
		param_decode(&type, "name", &name);
	add_number(r, i, &number);
	l->part = xrealloc_array(l->part, l->len + 1, sizeof(l->part[0]));
	l->part[l->len++] = (struct part){
		.number = buf_steal(&number),
		.type = xstrdup(type.value),
		.filename = buf_steal(&name),
		.size = part_at(r, i)->body_len,
	};
	param_list_clear(&type);
	param_list_clear(&disp);
}

/* ---- reading ---- */

static size_t
room(const struct reader *r)
{
	return r->text->len < PART_TEXT_MAX ? PART_TEXT_MAX - r->text->len : 0;
}

static void
read_html(struct reader *r, uint32_t i)
{
	struct buf html = { 0 };

	msgtext_part(&html, r->tree, i, &r->src, room(r));
	html_to_text(r->text, buf_span(&html));
	buf_free(&html);
}

static void
end_line(struct buf *text)
{
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		buf_addc(text, '\n');
}

static void
read_leaf(struct reader *r, uint32_t i)
{
	bool plain = is_type(r, i, "text/plain");

	if (is_attached(r, i) || (!plain && !is_type(r, i, "text/html"))) {
		attach(r, i);
		return;
	}
	if (plain)
		msgtext_part(r->text, r->tree, i, &r->src, room(r));
	else
		read_html(r, i);
	end_line(r->text);
}

/* The header of a message inside, as far as people want it. */
static void
read_inner_header(struct reader *r, uint32_t i)
{
	static const char *const names[] = { "From", "To", "Date", "Subject" };
	struct span header = mime_parser_header(r->parser, i);
	struct header_field f;

	buf_adds(r->text, "\n---\n");
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		if (!header_find(header, names[n], &f))
			continue;
		buf_addf(r->text, "%s: ", names[n]);
		header_decode(r->text, f.value);
		buf_addc(r->text, '\n');
	}
	buf_addc(r->text, '\n');
}

/* Of alternatives: plain text, else what may hold it, else the last. */
static uint32_t
choose(const struct reader *r, uint32_t multipart)
{
	uint32_t c = part_at(r, multipart)->first_child, best = MIME_NONE;

	for (; c != MIME_NONE; c = part_at(r, c)->next) {
		if (is_type(r, c, "text/plain"))
			return c;
		if (best == MIME_NONE ||
		    part_at(r, best)->kind != MIME_MULTIPART)
			best = c;
	}
	return best;
}

static void
read_part(struct reader *r, uint32_t i)
{
	const struct mime_part *p = part_at(r, i);
	uint32_t c = p->first_child;

	if (p->kind == MIME_LEAF) {
		read_leaf(r, i);
	} else if (p->kind == MIME_MESSAGE && is_attached(r, i)) {
		attach(r, i);
	} else if (is_type(r, i, "multipart/alternative")) {
		c = choose(r, i);
		if (c != MIME_NONE)
			read_part(r, c);
	} else {
		if (p->kind == MIME_MESSAGE && c != MIME_NONE)
			read_inner_header(r, c);
		/* The depth of the tree is limited by mime.h. */
		for (; c != MIME_NONE; c = part_at(r, c)->next)
			read_part(r, c);
	}
}

void
part_read(struct buf *text, struct part_list *attachments, struct span message)
{
	struct reader r;

	reader_init(&r, message);
	r.text = text;
	r.attachments = attachments;
	read_part(&r, 0);
	mime_parser_free(r.parser);
}

static uint32_t
find(const struct mime_tree *t, const char *number)
{
	uint32_t nums[NUMBER_DEPTH_MAX];
	struct span s = span_str(number), word;
	size_t n = 0;

	while (span_split(&s, '.', &word)) {
		if (n == NUMBER_DEPTH_MAX || span_u32(word, &nums[n++]) < 0)
			return MIME_NONE;
	}
	return n > 0 ? mime_find(t, nums, n) : MIME_NONE;
}

bool
part_decode(struct buf *out, struct span message, const char *number)
{
	struct reader r;
	uint32_t i;
	bool ok;

	reader_init(&r, message);
	i = find(r.tree, number);
	ok = i != MIME_NONE && part_at(&r, i)->kind != MIME_MULTIPART &&
	    msgtext_decode_part(out, r.tree, i, &r.src) == 0;
	mime_parser_free(r.parser);
	return ok;
}
