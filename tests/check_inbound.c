/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "inbound.h"

static const struct inbound_frame frames[] = {
	{ .type = INBOUND_MAIL, .esmtp = true, .helo = { "c.example", 9 },
		.path = { "a@b", 3 }, .params = { "SIZE=1", 6 } },
	{ .type = INBOUND_MAIL, .helo = { "c", 1 }, .path = { "", 0 },
		.params = { "", 0 } },
	{ .type = INBOUND_RCPT, .path = { "\"x y\"@b", 7 },
		.params = { "A=1 B", 5 } },
	{ .type = INBOUND_DATA },
	{ .type = INBOUND_BDAT, .chunk = 0x8000000000000001, .last = true },
	{ .type = INBOUND_BDAT },
	{ .type = INBOUND_TEXT, .text = { "a\0\r\n", 4 } },
	{ .type = INBOUND_TEXT },
	{ .type = INBOUND_END, .bare = true },
	{ .type = INBOUND_END },
	{ .type = INBOUND_RSET },
};

static void
same(const struct inbound_frame *a, const struct inbound_frame *b)
{
	ck_assert_int_eq(a->type, b->type);
	ck_assert_int_eq(a->esmtp, b->esmtp);
	ck_assert_int_eq(a->bare, b->bare);
	ck_assert_int_eq(a->last, b->last);
	ck_assert_uint_eq(a->chunk, b->chunk);
	ck_assert(span_eq(a->helo, b->helo));
	ck_assert(span_eq(a->path, b->path));
	ck_assert(span_eq(a->params, b->params));
	ck_assert(span_eq(a->text, b->text));
}

START_TEST(frame_comes_out_as_it_went_in)
{
	struct inbound_frame f;
	struct buf b = { 0 };
	size_t n;

	inbound_write(&b, &frames[_i]);
	n = b.len;
	buf_adds(&b, "next");
	ck_assert_int_eq(inbound_parse(buf_span(&b), &f), (ssize_t)n);
	same(&f, &frames[_i]);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(inbound_parse(span_of(b.data, i), &f), 0);
	buf_free(&b);
}
END_TEST

static const struct {
	const char *what;
	struct span frame;
} bad[] = {
	{ "a type", SPAN_LIT("\7\0\0\0\0") },
	{ "a size", SPAN_LIT("\3\0\0\0\7\0\0\0\0\0\0\0") },
	{ "too long", SPAN_LIT("\4\0\0\x80\1") },
	{ "longer than memory", SPAN_LIT("\4\xff\xff\xff\xff") },
	{ "a flag", SPAN_LIT("\5\0\0\0\1\2") },
	{ "no flag", SPAN_LIT("\5\0\0\0\0") },
	{ "a text without end", SPAN_LIT("\1\0\0\0\2a\0") },
	{ "a control character", SPAN_LIT("\1\0\0\0\4a\n\0\0") },
	{ "a DEL", SPAN_LIT("\1\0\0\0\4a\x7f\0\0") },
	{ "more than its fields", SPAN_LIT("\1\0\0\0\4a\0\0b") },
	{ "DATA with a body", SPAN_LIT("\2\0\0\0\1a") },
};

START_TEST(frame_that_is_none)
{
	struct inbound_frame f;

	ck_assert_msg(inbound_parse(bad[_i].frame, &f) == -1, "%s",
	    bad[_i].what);
	same(&f, &(struct inbound_frame){ 0 });
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, frame_comes_out_as_it_went_in, 0,
	    sizeof(frames) / sizeof(frames[0]));
	tcase_add_loop_test(tc, frame_that_is_none, 0,
	    sizeof(bad) / sizeof(bad[0]));
}

int
main(void)
{
	return check_run("inbound", add);
}
