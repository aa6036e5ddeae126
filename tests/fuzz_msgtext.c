/* SPDX-License-Identifier: ISC */
#include "msgtext.h"

#include "charset.h"
#include "mime_input.h"
#include "preview.h"

/* Text does not depend on the runs it is read in, is UTF-8, and the matcher
 * finds in it what is there.  A part's text is no longer than asked for,
 * and a preview is UTF-8 whatever is cut off. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
gather(void *arg, struct span folded)
{
	if (!utf8_valid(folded))
		abort();
	buf_add_span(arg, folded);
	return 0;
}

static struct buf
walked(const struct mime_tree *t, struct span in, size_t chunk)
{
	struct mime_memory m = { .s = in, .chunk = chunk };
	struct msgsrc src = mime_memory_src(&m);
	struct buf text = { 0 };

	if (msgtext_walk(t, &src, MSGTEXT_HEADERS | MSGTEXT_BODY, gather,
		&text) != 0)
		abort();
	free(m.run);
	return text;
}

static void
search(const struct mime_tree *t, struct span in, struct span needle)
{
	struct mime_memory m = { .s = in, .chunk = 7 };
	struct msgsrc src = mime_memory_src(&m);
	struct msgtext_match *match = msgtext_match_new(needle);

	if (msgtext_walk(t, &src, MSGTEXT_HEADERS | MSGTEXT_BODY,
		msgtext_match_feed, match) != 1)
		abort();
	msgtext_match_free(match);
	free(m.run);
}

static void
read_part(const struct mime_tree *t, uint32_t part, struct span in)
{
	struct mime_memory m = { .s = in, .chunk = 50 };
	struct msgsrc src = mime_memory_src(&m);
	struct buf text = { 0 }, bytes = { 0 };

	if (msgtext_part(&text, t, part, &src, 40) < 0 ||
	    !utf8_valid(buf_span(&text)) || text.len > 40 ||
	    msgtext_decode_part(&bytes, t, part, &src) < 0 ||
	    bytes.len > t->part[part].body_len)
		abort();
	free(m.run);
	buf_free(&text);
	buf_free(&bytes);
}

static void
preview(const struct mime_tree *t, struct span in)
{
	struct mime_memory m = { .s = in, .chunk = 50 };
	struct msgsrc src = mime_memory_src(&m);
	struct buf text = { 0 };

	preview_make(&text, t, &src);
	if (!utf8_valid(buf_span(&text)) || text.len > 4 * (size_t)PREVIEW_MAX)
		abort();
	free(m.run);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct mime_parser *p = mime_input(in, 0);
	const struct mime_tree *t = mime_parser_tree(p);
	struct buf a = walked(t, in, SIZE_MAX), b = walked(t, in, 3);

	if (!span_eq(buf_span(&a), buf_span(&b)))
		abort();
	for (uint32_t i = 0; i < t->len && i < 10; i++)
		read_part(t, i, in);
	preview(t, in);
	preview(t, span_sub(in, 0, size / 2));
	if (a.len > 0)
		search(t, in, span_sub(buf_span(&a), a.len / 3, 20));
	buf_free(&a);
	buf_free(&b);
	mime_parser_free(p);
	return 0;
}
