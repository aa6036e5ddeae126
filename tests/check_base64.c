/* SPDX-License-Identifier: ISC */
#include "base64.h"
#include "check.h"

/* RFC 4648 section 10, and the ends of the alphabet. */
static const struct {
	struct span plain;
	const char *encoded;
} vectors[] = {
	{ SPAN_LIT(""), "" },
	{ SPAN_LIT("f"), "Zg==" },
	{ SPAN_LIT("fo"), "Zm8=" },
	{ SPAN_LIT("foo"), "Zm9v" },
	{ SPAN_LIT("foob"), "Zm9vYg==" },
	{ SPAN_LIT("fooba"), "Zm9vYmE=" },
	{ SPAN_LIT("foobar"), "Zm9vYmFy" },
	{ SPAN_LIT("\0user\0pass"), "AHVzZXIAcGFzcw==" },
	{ SPAN_LIT("\xff\xef\xbe"), "/+++" },
};

START_TEST(encodes_and_decodes_strictly)
{
	struct buf out = { 0 };

	base64_encode(&out, vectors[_i].plain, 0);
	ck_buf_eq(&out, vectors[_i].encoded);
	buf_clear(&out);
	ck_assert_int_eq(base64_decode(&out, span_str(vectors[_i].encoded)), 0);
	ck_assert(span_eq(buf_span(&out), vectors[_i].plain));
	buf_free(&out);
}
END_TEST

static const struct {
	struct span in;
	unsigned wrap;
	const char *want;
} wraps[] = {
	{ SPAN_LIT("foobar"), 4, "Zm9v\r\nYmFy\r\n" },
	{ SPAN_LIT("foobar"), 5, "Zm9vY\r\nmFy" },
	{ SPAN_LIT("foobar"), 76, "Zm9vYmFy" },
	{ SPAN_LIT(""), 4, "" },
};

START_TEST(wrapped_after_so_many_characters)
{
	struct buf out = { 0 };

	base64_encode(&out, wraps[_i].in, wraps[_i].wrap);
	ck_buf_eq(&out, wraps[_i].want);
	buf_free(&out);
}
END_TEST

static const struct span refused[] = {
	SPAN_LIT("Z"),
	SPAN_LIT("Zg"),
	SPAN_LIT("Zg="),
	SPAN_LIT("Zg==="),
	SPAN_LIT("Z==="),
	SPAN_LIT("="),
	SPAN_LIT("===="),
	SPAN_LIT("Zh=="),
	SPAN_LIT("Zm9="),
	SPAN_LIT("Zg==Zg=="),
	SPAN_LIT("Zm 9v"),
	SPAN_LIT("Zm9v\n"),
	SPAN_LIT("Zm-_"),
	SPAN_LIT("Zm9\0"),
	SPAN_LIT("Zm\xff\xff"),
	SPAN_LIT("Zm9vZm=v"),
};

START_TEST(strict_refuses_and_adds_nothing)
{
	struct buf out = { 0 };

	buf_adds(&out, "x");
	ck_assert_int_eq(base64_decode(&out, refused[_i]), -1);
	ck_buf_eq(&out, "x");
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	const char *want;
} streams[] = {
	{ "", "" },
	{ "Zm9v\r\nYmFy\r\n", "foobar" },
	{ "Z m 9 v", "foo" },
	{ "Zm9vYg==Zm9v", "foobfoo" },
	{ "Zm9vYg", "foob" },
	{ "Zm9vYmE", "fooba" },
	{ "Zm9vY", "foo" },
	{ "Zg=\r\n=Zg==", "ff" },
	{ "!Zm-9\xffv", "foo" },
	{ "====Zm9v", "foo" },
};

START_TEST(stream_is_tolerant_in_any_pieces)
{
	struct span s = span_str(streams[_i].in);

	for (size_t step = 1; step <= s.n + 1; step++) {
		struct base64_stream st = { 0 };
		struct buf out = { 0 };

		for (size_t i = 0; i < s.n; i += step)
			base64_stream(&st, &out, span_sub(s, i, step));
		ck_buf_eq(&out, streams[_i].want);
		buf_free(&out);
	}
}
END_TEST

START_TEST(large_body_survives)
{
	struct base64_stream st = { 0 };
	struct buf plain = { 0 }, encoded = { 0 }, back = { 0 };

	for (unsigned i = 0; i < 1000003; i++)
		buf_addc(&plain, (char)(i * 2654435761U >> 13));
	base64_encode(&encoded, buf_span(&plain), 76);
	base64_stream(&st, &back, buf_span(&encoded));
	ck_assert(span_eq(buf_span(&back), buf_span(&plain)));
	buf_free(&plain);
	buf_free(&encoded);
	buf_free(&back);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, encodes_and_decodes_strictly, vectors);
	LOOP(tc, wrapped_after_so_many_characters, wraps);
	LOOP(tc, strict_refuses_and_adds_nothing, refused);
	LOOP(tc, stream_is_tolerant_in_any_pieces, streams);
	tcase_add_test(tc, large_body_survives);
}

int
main(void)
{
	return check_run("base64", add);
}
