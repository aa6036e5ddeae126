/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "out.h"

#define NOW 1795500000 /* 2026-11-24T06:00:00Z */

static const struct out_column columns[] = {
	{ "id", OUT_STRING, false },
	{ "words", OUT_LIST, false },
	{ "date", OUT_TIME, false },
	{ "size", OUT_SIZE, false },
	{ "on", OUT_BOOL, false },
	{ "subject_line", OUT_STRING, true },
};

static void
rows(struct out *o)
{
	const struct span words[] = { SPAN_LIT("seen"), SPAN_LIT("$Junk") };

	out_begin(o, columns, sizeof(columns) / sizeof(columns[0]));
	out_str(o, SPAN_LIT("INBOX:1"));
	out_list(o, words, 2);
	out_time(o, NOW - 3600);
	out_num(o, 512);
	out_bool(o, true);
	out_str(o, SPAN_LIT("tab\t, line\n, back\\ and \x1b[2J"));
	out_str(o, SPAN_LIT("INBOX:20"));
	out_list(o, NULL, 0);
	out_time(o, INT64_MIN);
	out_num(o, (uint64_t)5 << 30);
	out_bool(o, false);
	out_str(o, SPAN_LIT("\xc3\xa4\xff"));
	out_end(o);
}

static const char text[] =
    "ID        WORDS       DATE   SIZE  ON   SUBJECT LINE\n"
    "INBOX:1   seen $Junk  05:00   512  yes  tab , line , back\\ and "
    "\xef\xbf\xbd[2J\n"
    "INBOX:20                     5.0G  no   \xc3\xa4\xef\xbf\xbd\n";

static const char cut[] =
    "ID        WORDS       DATE   SIZE  ON   SUBJECT L\xe2\x80\xa6\n"
    "INBOX:1   seen $Junk  05:00   512  yes  tab , lin\xe2\x80\xa6\n"
    "INBOX:20                     5.0G  no   \xc3\xa4\xef\xbf\xbd\n";

static const char tsv[] =
    "INBOX:1\tseen,$Junk\t2026-11-24T05:00:00Z\t512\ttrue\t"
    "tab\\t, line\\n, back\\\\ and \xef\xbf\xbd[2J\n"
    "INBOX:20\t\t\t5368709120\tfalse\t\xc3\xa4\xef\xbf\xbd\n";

static const char json[] =
    "{\"v\":1,\"id\":\"INBOX:1\",\"words\":[\"seen\",\"$Junk\"],"
    "\"date\":\"2026-11-24T05:00:00Z\",\"size\":512,\"on\":true,"
    "\"subject_line\":\"tab\\t, line\\n, back\\\\ and \\u001B[2J\"}\n"
    "{\"v\":1,\"id\":\"INBOX:20\",\"words\":[],\"date\":null,"
    "\"size\":5368709120,\"on\":false,"
    "\"subject_line\":\"\xc3\xa4\xef\xbf\xbd\"}\n";

static const struct {
	enum out_mode mode;
	size_t width;
	const char *want;
} modes[] = {
	{ OUT_TEXT, 0, text },
	{ OUT_TEXT, 50, cut },
	{ OUT_TSV, 0, tsv },
	{ OUT_JSON, 0, json },
};

START_TEST(one_set_of_rows_in_every_form)
{
	struct out o;
	size_t n;
	char *s;
	FILE *f = open_memstream(&s, &n);

	setenv("TZ", "UTC", 1);
	out_init(&o, f, false);
	ck_assert_int_eq(o.mode, OUT_TSV); /* it is no terminal */
	o.mode = modes[_i].mode;
	o.width = modes[_i].width;
	o.now = NOW;
	rows(&o);
	ck_assert(out_flush(&o));
	fclose(f);
	ck_assert_str_eq(s, modes[_i].want);
	free(s);
}
END_TEST

START_TEST(json_for_a_terminal_is_ascii)
{
	struct out o;
	size_t n;
	char *s;
	FILE *f = open_memstream(&s, &n);

	out_init(&o, f, true);
	o.terminal = true;
	o.now = NOW;
	rows(&o);
	fclose(f);
	for (size_t i = 0; i < n; i++)
		ck_assert(s[i] == '\n' || (s[i] >= ' ' && s[i] < 127));
	free(s);
}
END_TEST

START_TEST(full_disk_is_noticed)
{
	FILE *f = fopen("/dev/full", "w");
	struct out o;

	ck_assert_ptr_nonnull(f);
	out_init(&o, f, false);
	rows(&o);
	ck_assert(!out_flush(&o));
	fclose(f);
}
END_TEST

static const struct {
	uint64_t n;
	const char *want;
} sizes[] = {
	{ 0, "0" },
	{ 1023, "1023" },
	{ 1024, "1.0K" },
	{ 10239, "9.9K" },
	{ 10240, "10K" },
	{ 1048575, "1023K" },
	{ 1048576, "1.0M" },
	{ (uint64_t)3 << 40, "3.0T" },
	{ (uint64_t)3000 << 40, "3000T" },
};

START_TEST(sizes_for_people)
{
	static const struct out_column one[] = { { "n", OUT_SIZE, false } };
	struct out o;
	size_t n;
	char *s;
	FILE *f = open_memstream(&s, &n);

	out_init(&o, f, false);
	o.mode = OUT_TEXT;
	out_begin(&o, one, 1);
	out_num(&o, sizes[_i].n);
	out_end(&o);
	fclose(f);
	ck_assert_ptr_nonnull(strchr(s, '\n'));
	ck_span_eq(span_trim(span_str(strchr(s, '\n'))), sizes[_i].want);
	free(s);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, one_set_of_rows_in_every_form, 0,
	    sizeof(modes) / sizeof(modes[0]));
	tcase_add_test(tc, json_for_a_terminal_is_ascii);
	tcase_add_test(tc, full_disk_is_noticed);
	tcase_add_loop_test(tc, sizes_for_people, 0,
	    sizeof(sizes) / sizeof(sizes[0]));
}

int
main(void)
{
	return check_run("out", add);
}
