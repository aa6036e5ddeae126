/* SPDX-License-Identifier: ISC */
#include "msgtext.h"

#include "charset.h"
#include "mime_input.h"

/* Text does not depend on the runs it is read in, is UTF-8, and the matcher
 * finds in it what is there. */
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct mime_parser *p = mime_input(in, 0);
	const struct mime_tree *t = mime_parser_tree(p);
	struct buf a = walked(t, in, SIZE_MAX), b = walked(t, in, 3);

	if (!span_eq(buf_span(&a), buf_span(&b)))
		abort();
	if (a.len > 0)
		search(t, in, span_sub(buf_span(&a), a.len / 3, 20));
	buf_free(&a);
	buf_free(&b);
	mime_parser_free(p);
	return 0;
}
