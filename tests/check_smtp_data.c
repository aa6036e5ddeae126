/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "smtp_data.h"

/* Input, decoded text, what is left behind the end (NULL: no end came). */
static const struct {
	const char *in, *text, *rest;
	bool bare;
} reads[] = {
	{ "a\r\n.\r\nQUIT", "a\r\n", "QUIT", false },
	{ ".\r\n", "", "", false },
	{ "..\r\n.\r\n", ".\r\n", "", false },
	{ ".a\r\n...\r\n.\r\n", "a\r\n..\r\n", "", false },
	{ "a.\r\n.b.\r\n\r\n.\r\n", "a.\r\nb.\r\n\r\n", "", false },
	{ "a\r\n.", "a\r\n", NULL, false },
	{ "a\r\n.\r", "a\r\n", NULL, false },
	/* Other ends of lines never end the text: the smuggling matrix. */
	{ "a\n.\nMAIL\r\n.\r\nx", "a\n.\nMAIL\r\n", "x", true },
	{ "a\n.\r\nMAIL\r\n.\r\nx", "a\n.\r\nMAIL\r\n", "x", true },
	{ "a\r\n.\nMAIL\r\n.\r\nx", "a\r\n\nMAIL\r\n", "x", true },
	{ "a\r.\rMAIL\r\n.\r\nx", "a\r.\rMAIL\r\n", "x", true },
	{ "a\r.\r\nMAIL\r\n.\r\nx", "a\r.\r\nMAIL\r\n", "x", true },
	{ "a\r\n.\rMAIL\r\n.\r\nx", "a\r\n\rMAIL\r\n", "x", true },
	{ "a\r\n.\r\r\nMAIL\r\n.\r\nx", "a\r\n\r\r\nMAIL\r\n", "x", true },
	{ "a\r\r\n.\r\nx", "a\r\r\n", "x", true },
	{ "a\r\n\n.\r\nMAIL\r\n.\r\nx", "a\r\n\n.\r\nMAIL\r\n", "x", true },
	{ "a\r\n\r.\r\nMAIL\r\n.\r\nx", "a\r\n\r.\r\nMAIL\r\n", "x", true },
	{ "\n.\r\n.\r\nx", "\n.\r\n", "x", true },
};

static enum smtp_data_event
read_all(struct smtp_data_reader *r, struct span *s, size_t step,
    struct buf *out, int *bares)
{
	enum smtp_data_event ev = SMTP_DATA_MORE;
	size_t used;

	while (s->n > 0 && ev != SMTP_DATA_END) {
		struct span part = span_sub(*s, 0, step);

		ev = smtp_data_read(r, part, out, &used);
		ck_assert(ev != SMTP_DATA_MORE || used == part.n);
		*bares += ev == SMTP_DATA_BARE;
		*s = span_sub(*s, used, s->n);
	}
	return ev;
}

static void
check_read(int i, size_t step)
{
	struct smtp_data_reader r = { 0 };
	struct span s = span_str(reads[i].in);
	struct buf out = { 0 };
	int bares = 0;
	enum smtp_data_event ev = read_all(&r, &s, step, &out, &bares);

	ck_buf_eq(&out, reads[i].text);
	ck_assert_int_eq(ev == SMTP_DATA_END, reads[i].rest != NULL);
	if (reads[i].rest != NULL)
		ck_span_eq(s, reads[i].rest);
	ck_assert_int_eq(r.bare, reads[i].bare);
	ck_assert_int_eq(bares, reads[i].bare ? 1 : 0);
	buf_free(&out);
}

START_TEST(only_crlf_dot_crlf_ends_the_text)
{
	check_read(_i, SIZE_MAX);
}
END_TEST

START_TEST(byte_by_byte_reads_the_same)
{
	check_read(_i, 1);
}
END_TEST

static const struct {
	const char *in;
	bool bare;
} lines[] = {
	{ "", false },
	{ "a", false },
	{ "a\r\n\r\nb", false },
	{ "\r\n.\r\n", false },
	{ "\n", true },
	{ "a\nb", true },
	{ "a\r", true },
	{ "a\rb\r\n", true },
	{ "a\r\r\n", true },
	{ "a\r\n\n", true },
	{ "a\r\n\rb", true },
};

START_TEST(lone_line_ends_are_seen_in_any_pieces)
{
	struct smtp_data_lines whole = { 0 }, bytes = { 0 };
	struct span s = span_str(lines[_i].in);
	bool bare = false;

	ck_assert_int_eq(smtp_data_bare(&whole, s, true), lines[_i].bare);
	for (size_t i = 0; i < s.n && !bare; i++)
		bare = smtp_data_bare(&bytes, span_of(s.p + i, 1), false);
	bare = bare || smtp_data_bare(&bytes, span_of("", 0), true);
	ck_assert_int_eq(bare, lines[_i].bare);
}
END_TEST

static const struct {
	const char *in, *out;
} writes[] = {
	{ "", ".\r\n" },
	{ "a", "a\r\n.\r\n" },
	{ "a\r\n", "a\r\n.\r\n" },
	{ ".\r\n..\r\na.b\r\n", "..\r\n...\r\na.b\r\n.\r\n" },
	{ "a\n.b\n\nc", "a\r\n..b\r\n\r\nc\r\n.\r\n" },
	{ "a\r.b\r\rc\r", "a\r\n..b\r\n\r\nc\r\n.\r\n" },
	{ "a\r\r\nb\n\r\n", "a\r\n\r\nb\r\n\r\n.\r\n" },
};

static void
check_write(int i, size_t step)
{
	struct smtp_data_writer w = { 0 };
	struct span s = span_str(writes[i].in);
	struct buf out = { 0 };

	while (s.n > 0) {
		struct span part = span_sub(s, 0, step);

		smtp_data_write(&w, &out, part);
		s = span_sub(s, part.n, s.n);
	}
	smtp_data_write_end(&w, &out);
	ck_buf_eq(&out, writes[i].out);
	buf_free(&out);
}

START_TEST(text_goes_out_stuffed_with_crlf)
{
	check_write(_i, SIZE_MAX);
	check_write(_i, 1);
}
END_TEST

static void
add(TCase *tc)
{
	size_t n = sizeof(reads) / sizeof(reads[0]);

	tcase_add_loop_test(tc, only_crlf_dot_crlf_ends_the_text, 0, (int)n);
	tcase_add_loop_test(tc, byte_by_byte_reads_the_same, 0, (int)n);
	tcase_add_loop_test(tc, lone_line_ends_are_seen_in_any_pieces, 0,
	    sizeof(lines) / sizeof(lines[0]));
	tcase_add_loop_test(tc, text_goes_out_stuffed_with_crlf, 0,
	    sizeof(writes) / sizeof(writes[0]));
}

int
main(void)
{
	return check_run("smtp_data", add);
}
