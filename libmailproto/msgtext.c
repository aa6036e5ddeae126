/* SPDX-License-Identifier: ISC */
#include "msgtext.h"

#include "casefold.h"
#include "header.h"
#include "msgtext_decode.h"
#include "utf8.h"

#define PIECE_MAX ((size_t)16 << 10) /* bytes of text that are folded at once */

struct walk {
	const struct mime_tree *tree;
	const struct msgsrc *src;
	msgtext_fn fn;
	void *arg;
	struct buf header;       /* read from src */
	struct buf text; /* not yet given to fn */
	struct buf folded;
};

/* Hand over what has gathered, once it is at least min bytes. */
static int
hand_over(struct walk *w, size_t min)
{
	struct span rest = buf_span(&w->text);
	int ret = 0;

	if (rest.n < min)
		return 0;
	while (rest.n > 0 && ret == 0) {
		size_t n = utf8_fit(rest, PIECE_MAX);

		casefold(&w->folded, span_sub(rest, 0, n));
		ret = w->fn(w->arg, buf_span(&w->folded));
		buf_clear(&w->folded);
		rest = span_sub(rest, n, SIZE_MAX);
	}
	buf_clear(&w->text);
	return ret;
}

/* A file name that only RFC 2231 can tell is a line of its own. */
static void
add_extended_name(struct buf *text, const struct header_field *f,
    const char *param)
{
	struct param_list l = { 0 };

	param_list_parse(&l, f->value);
	if (param_get(&l, param) == NULL && param_decode(&l, param, text))
		buf_addc(text, '\n');
	param_list_clear(&l);
}

static void
add_field(struct buf *text, const struct header_field *f)
{
	if (f->name.n > 0) {
		utf8_scrub(text, f->name);
		buf_adds(text, ": ");
	}
	header_decode(text, f->value);
	buf_addc(text, '\n');
	if (span_ieqs(f->name, "Content-Type"))
		add_extended_name(text, f, "name");
	else if (span_ieqs(f->name, "Content-Disposition"))
		add_extended_name(text, f, "filename");
}

static int
walk_header(struct walk *w, struct span header)
{
	struct header_field f;
	int ret = 0;

	while (ret == 0 && header_next(&header, &f)) {
		add_field(&w->text, &f);
		ret = hand_over(w, PIECE_MAX);
	}
	return ret == 0 ? hand_over(w, 0) : ret;
}

/* Of a multipart that is none, and of a message that was encoded, the bytes
 * are all there is to see. */
static bool
is_text(const struct param_list *type)
{
	return strncmp(type->value, "text/", 5) == 0 ||
	    strncmp(type->value, "message/", 8) == 0 ||
	    strncmp(type->value, "multipart/", 10) == 0;
}

static int
walk_body(struct walk *w, uint32_t part, const char *charset)
{
	struct msgtext_decoder d;
	int ret, more;

	msgtext_decoder_init(&d, &w->tree->part[part], w->src, charset);
	do {
		more = msgtext_decoder_next(&d, &w->text);
		ret = more < 0 ? -1 : hand_over(w, 0);
	} while (more > 0 && ret == 0);
	msgtext_decoder_clear(&d);
	if (ret == 0) {
		buf_addc(&w->text, '\n');
		ret = hand_over(w, 0);
	}
	return ret;
}

static int
walk_part(struct walk *w, uint32_t part, unsigned what)
{
	const struct mime_part *p = &w->tree->part[part];
	bool in_body = (what & MSGTEXT_BODY) != 0;
	struct param_list type = { 0 };
	struct span header;
	int ret = 0;

	if (msgtext_header(&w->header, p, w->src, &header) < 0)
		return -1;
	mime_content_type(header, &type);
	if (part == 0 ? (what & MSGTEXT_HEADERS) != 0 : in_body)
		ret = walk_header(w, header);
	if (ret == 0 && in_body && p->kind == MIME_LEAF && is_text(&type))
		ret = walk_body(w, part, param_get(&type, "charset"));
	param_list_clear(&type);
	return ret;
}

int
msgtext_walk(const struct mime_tree *t, const struct msgsrc *src, unsigned what,
    msgtext_fn fn, void *arg)
{
	struct walk w = { .tree = t, .src = src, .fn = fn, .arg = arg };
	size_t parts = (what & MSGTEXT_BODY) != 0 ? t->len : 1;
	int ret = 0;

	for (uint32_t i = 0; i < parts && i < t->len && ret == 0; i++)
		ret = walk_part(&w, i, what);
	buf_free(&w.header);
	buf_free(&w.text);
	buf_free(&w.folded);
	return ret;
}
