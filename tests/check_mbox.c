/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "check.h"
#include "mbox.h"

/* Messages as they come: "date|flags|id|body", a newline behind each. */
static int
collect(void *arg, const struct mbox_message *m)
{
	buf_addf(arg, "%lld|%s|%.*s|%.*s\n", (long long)m->date.sec, m->flags,
	    (int)m->id.n, m->id.n > 0 ? m->id.p : "", (int)m->body.n,
	    m->body.n > 0 ? m->body.p : "");
	return 0;
}

static int
parse(const char *text, size_t n, size_t step, struct buf *out)
{
	struct mbox_parser p = { .fn = collect, .arg = out };
	int ret = 0;

	buf_clear(out);
	buf_adds(out, "");
	for (size_t at = 0; ret == 0 && at < n; at += step)
		ret = mbox_feed(&p, span_sub(span_of(text, n), at, step));
	if (ret == 0)
		ret = mbox_end(&p);
	mbox_clear(&p);
	return ret;
}

#define FROM "From a@x Fri Jul  8 12:08:34 2011\n"

static const struct {
	const char *file, *want; /* NULL: that is no mbox */
} files[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "Subject: x\n", NULL },
	{ "From a@x\n\n", NULL },
	{ FROM, "1310126914|||\n" },
	{ FROM "\n", "1310126914|||\n" },
	{ FROM "A: b\n\nc\n\n", "1310126914|||A: b\r\n\r\nc\r\n\n" },
	{ FROM "A: b\n\nc", "1310126914|||A: b\r\n\r\nc\r\n\n" },
	{ FROM "\n1\n\n" FROM "\n2\n\n",
	    "1310126914|||\r\n1\r\n\n1310126914|||\r\n2\r\n\n" },
	/* No empty line before it, or no date: text. */
	{ FROM "\n1\n" FROM, "1310126914|||\r\n1\r\nFrom a@x Fri Jul  8 "
			     "12:08:34 2011\r\n\n" },
	{ FROM "\n\nFrom here\n\n", "1310126914|||\r\n\r\nFrom here\r\n\n" },
	{ FROM "\n>From\n>From a\n>>From b\n>Fromage\n\n",
	    "1310126914|||\r\n>From\r\nFrom a\r\n>From b\r\n>Fromage\r\n\n" },
	{ "From a b@x Fri Jul 8 12:08 2011 +0200\r\n\r\nx\r\r\n\r\n",
	    "1310119680|||\r\nx\r\r\n\n" },
	{ "From a@x Fri Jul 08 12:08:34 CEST 2011\n\n", "1310126914|||\n" },
	{ FROM "Status: RO\nX-Status: AFDT\nX-Keywords: Work (bad) \\Odd\nX-E"
	       "xported: 1.2.3\nStatus: O\n\n\n",
	    "1310126914|\\Answered \\Deleted \\Draft \\Flagged \\Seen Work|1.2."
	    "3|Status: O\r\n\r\n\n" },
	{ FROM "Status: R\nA: b\nX-Exported: 1.2.3\n\n\n",
	    "1310126914|\\Seen||Status: R\r\nA: b\r\nX-Exported: 1.2.3\r\n\r\n"
	    "\n" },
};

START_TEST(mbox_is_read)
{
	struct buf whole = { 0 }, bytes = { 0 };
	size_t n = strlen(files[_i].file);
	int ret = parse(files[_i].file, n, n + 1, &whole);

	ck_assert_int_eq(ret, files[_i].want != NULL ? 0 : -1);
	if (files[_i].want != NULL)
		ck_buf_eq(&whole, files[_i].want);
	ck_assert_int_eq(parse(files[_i].file, n, 1, &bytes), ret);
	ck_assert(span_eq(buf_span(&whole), buf_span(&bytes)));
	buf_free(&whole);
	buf_free(&bytes);
}
END_TEST

static const char *const bodies[] = {
	"",
	"\r\n",
	"From: a@x\r\n\r\nFrom me\r\n>From you\r\n>>From\r\n",
	"Status: RO\r\nX-Exported: 9.9.9\r\n\r\nlast line is empty\r\n\r\n",
	"From: \"a b\"@x\r\n\r\nCR before the end\r\r\n",
	"Return-Path: <>\r\nno header\r\n\r\n\r\n\r\n",
};

START_TEST(what_is_written_is_read_again)
{
	const char *flags = "\\Flagged \\Seen $Forwarded Work";
	struct mail_date date = { 1310126914, 120 };
	struct buf file = { 0 }, got = { 0 }, want = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	mbox_write_head(&file, span_str(bodies[_i]), date, flags, "1.2.3");
	fwrite(file.data, 1, file.len, f);
	ck_assert_int_eq(mbox_write_body(f, span_str(bodies[_i])), 0);
	fclose(f);
	ck_assert_int_eq(parse(text, n, n, &got), 0);
	buf_addf(&want, "1310126914|%s|1.2.3|%s\n", flags, bodies[_i]);
	ck_buf_eq(&got, want.data);
	ck_assert_uint_eq(mbox_size(span_str(bodies[_i])), strlen(bodies[_i]));
	free(text);
	buf_free(&file);
	buf_free(&got);
	buf_free(&want);
}
END_TEST

START_TEST(bare_line_ends_count_as_they_come_back)
{
	ck_assert_uint_eq(mbox_size(SPAN_LIT("a\nb")), 6);
	ck_assert_uint_eq(mbox_size(SPAN_LIT("a\r\nb\n")), 6);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, mbox_is_read, 0,
	    sizeof(files) / sizeof(files[0]));
	tcase_add_loop_test(tc, what_is_written_is_read_again, 0,
	    sizeof(bodies) / sizeof(bodies[0]));
	tcase_add_test(tc, bare_line_ends_count_as_they_come_back);
}

int
main(void)
{
	return check_run("mbox", add);
}
