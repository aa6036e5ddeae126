/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <jansson.h>
#include <unistd.h>

#include "log.h"
#include "log_quote.h"

static const struct {
	const char *in;
	const char *text;
	const char *json;
} values[] = {
	{ "bob@example.org", "bob@example.org", "\"bob@example.org\"" },
	{ "", "\"\"", "\"\"" },
	{ "two words", "\"two words\"", "\"two words\"" },
	{ "a=b", "\"a=b\"", "\"a=b\"" },
	{ "x\r\n2026-01-31T12:00:00.123Z info fake",
	    "\"x\\r\\n2026-01-31T12:00:00.123Z info fake\"",
	    "\"x\\r\\n2026-01-31T12:00:00.123Z info fake\"" },
	{ "\033[2J", "\"\\x1b[2J\"", "\"\\u001b[2J\"" },
	{ "q\"\\t\t", "\"q\\\"\\\\t\\t\"", "\"q\\\"\\\\t\\t\"" },
	{ "Jörg", "Jörg", "\"Jörg\"" },
	{ "\xff\xc3", "\"\\xff\\xc3\"", "\"\\ufffd\\ufffd\"" },
	{ "\xc2\x9b" "1m", "\"\\xc2\\x9b1m\"", "\"\\u009b1m\"" }, /* C1 */
	{ "\xe2\x80\xae", "\"\\xe2\\x80\\xae\"", "\"\\u202e\"" }, /* bidi */
	{ "\xf3\xb0\x80\x80", "\"\\xf3\\xb0\\x80\\x80\"",
	    "\"\\udb80\\udc00\"" }, /* private use */
	{ "0123456789012345678901234567890123456789012345678",
	    "\"012345678901234567890123456789012345678901234567...\"",
	    "\"012345678901234567890123456789012345678901234567...\"" },
	{ "01234567890123456789012345678901234567890123456\xc3\xb6",
	    "\"01234567890123456789012345678901234567890123456...\"",
	    "\"01234567890123456789012345678901234567890123456...\"" },
};

START_TEST(value_is_quoted)
{
	struct buf b = { 0 };

	log_quote_text(&b, span_str(values[_i].in), 48);
	ck_buf_eq(&b, values[_i].text);
	buf_clear(&b);
	log_quote_json(&b, span_str(values[_i].in), 48);
	ck_buf_eq(&b, values[_i].json);
	buf_free(&b);
}
END_TEST

/* What was logged since the last call; the file is empty afterwards. */
static const char *
logged(FILE *f)
{
	static char text[2 * LOG_LINE_MAX];
	ssize_t n = pread(fileno(f), text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	ck_assert_int_eq(ftruncate(fileno(f), 0), 0);
	ck_assert_int_eq(lseek(fileno(f), 0, SEEK_SET), 0);
	return text;
}

#define TIME_LEN (sizeof("2026-01-31T12:00:00.123Z ") - 1)

static void
log_samples(void)
{
	const char *volatile none = NULL;

	log_info("test: nothing more");
	log_info("test: strings", "a=%s b=%.*s c=%s d=%c", "x y", 2, "zzz",
	    none, 'q');
	log_info("test: numbers",
	    "d=%d u=%u ld=%ld lu=%lu lld=%lld llu=%llu z=%zu j=%jd x=" LOG_ID,
	    -1, 4294967295U, -2L, 3UL, -4LL, 5ULL, (size_t)6, (intmax_t)-7,
	    (uint64_t)0xabc);
}

START_TEST(text_lines)
{
	FILE *f = tmpfile();
	const char *line;

	log_open("mail", "info", "text", fileno(f));
	log_samples();
	line = logged(f);
	ck_assert_int_eq(line[TIME_LEN - 2], 'Z');
	ck_assert_str_eq(strchr(line, ' '), strstr(line, " info"));
	line += TIME_LEN;
	ck_assert_int_eq(strncmp(line, "info mail test: nothing more\n", 29), 0);
	line = strchr(line, '\n') + 1 + TIME_LEN;
	ck_assert_int_eq(strncmp(line, "info mail test: strings "
	    "a=\"x y\" b=zz c=- d=q\n", 45), 0);
	line = strchr(line, '\n') + 1 + TIME_LEN;
	ck_assert_str_eq(line, "info mail test: numbers d=-1 u=4294967295 "
	    "ld=-2 lu=3 lld=-4 llu=5 z=6 j=-7 x=abc\n");
	fclose(f);
}
END_TEST

START_TEST(json_lines)
{
	FILE *f = tmpfile();
	json_t *o;
	size_t off = 0;
	json_error_t err;
	const char *line;

	log_open("mail", "debug", "json", fileno(f));
	log_samples();
	line = logged(f);
	for (int i = 0; i < 3; i++) {
		o = json_loads(line + off, JSON_DISABLE_EOF_CHECK, &err);
		ck_assert_msg(o != NULL, "%s", err.text);
		ck_assert_str_eq(json_string_value(json_object_get(o, "role")),
		    "mail");
		off += (size_t)err.position;
		if (i == 2) {
			ck_assert_int_eq(json_integer_value(
			    json_object_get(o, "lld")), -4);
			ck_assert_str_eq(json_string_value(
			    json_object_get(o, "x")), "abc");
		}
		json_decref(o);
	}
	ck_assert_str_eq(line + off, "\n");
	fclose(f);
}
END_TEST

START_TEST(levels_below_are_left_out)
{
	FILE *f = tmpfile();

	log_open("mail", "warning", "text", fileno(f));
	ck_assert(!log_wants(LOG_LEVEL_INFO));
	ck_assert(log_wants(LOG_LEVEL_ERROR));
	log_debug("test: no");
	log_info("test: no", "a=%d", 1);
	ck_assert_str_eq(logged(f), "");
	log_warning("test: yes");
	log_error("test: yes");
	ck_assert_ptr_nonnull(strstr(logged(f), "error mail test: yes\n"));
	fclose(f);
}
END_TEST

START_TEST(line_is_bounded_and_whole)
{
	static const char *const format[] = { "text", "json" };
	static const char *const tail[] = { " cut=yes\n", ",\"cut\":true}\n" };
	char nasty[LOG_VALUE_MAX + 100];
	FILE *f = tmpfile();
	const char *line;
	size_t n;

	memset(nasty, 1, sizeof(nasty) - 1);
	nasty[sizeof(nasty) - 1] = '\0';
	log_open("mail", "info", format[_i], fileno(f));
	log_info("test: long", "a=%s b=%s c=%s", nasty, nasty, nasty);
	line = logged(f);
	n = strlen(line);
	ck_assert_uint_le(n, LOG_LINE_MAX);
	ck_assert_str_eq(line + n - strlen(tail[_i]), tail[_i]);
	ck_assert_ptr_eq(strchr(line, '\n'), line + n - 1);
	fclose(f);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, value_is_quoted, 0,
	    sizeof(values) / sizeof(values[0]));
	tcase_add_test(tc, text_lines);
	tcase_add_test(tc, json_lines);
	tcase_add_test(tc, levels_below_are_left_out);
	tcase_add_loop_test(tc, line_is_bounded_and_whole, 0, 2);
}

int
main(void)
{
	return check_run("log", add);
}
