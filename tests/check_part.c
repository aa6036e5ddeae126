/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "part.h"

#define MIXED(parts)                                                           \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n"   \
	"\r\n" parts "--x--\r\n"
#define PART(header, body) "--x\r\n" header "\r\n" body "\r\n"

#define ALTERNATIVE                                                            \
	"Content-Type: multipart/alternative; boundary=y\r\n\r\n"              \
	"--y\r\nContent-Type: text/html\r\n\r\n<p>html\r\n"                    \
	"--y\r\nContent-Type: text/plain\r\n\r\nplain\r\n--y--\r\n"

#define INNER                                                                  \
	"Content-Type: message/rfc822\r\n\r\n"                                 \
	"From: =?utf-8?q?=C3=A4?= <a@b>\r\nSubject: in\r\n\r\ninner\r\n"

/* The text, then "number type size name;" of each attachment. */
static const struct {
	const char *message, *want;
} messages[] = {
	{ "Subject: x\r\n\r\nhello\r\n", "hello\r\n" },
	{ "no header at all", "" },
	{ "", "" },
	{ "Content-Type: text/plain; charset=iso-8859-1\r\n"
	  "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4=\r\nx\r\n",
	    "\xc3\xa4x\r\n" },
	{ "Content-Type: text/html\r\n\r\n<p>a<p>b", "a\n\nb\n" },
	{ ALTERNATIVE, "plain\n" },
	{ MIXED(PART("", "one") PART("Content-Type: image/png; name=a.png\r\n",
	      "12345")), "one\n2 image/png 5 a.png;" },
	{ MIXED(PART("Content-Disposition: attachment; "
	      "filename*=utf-8''%C3%A4.txt\r\n", "file") PART("", "two")),
	    "two\n1 text/plain 4 \xc3\xa4.txt;" },
	{ MIXED("--x\r\n" ALTERNATIVE "--x\r\n" INNER),
	    "plain\n\n---\nFrom: \xc3\xa4 <a@b>\nSubject: in\n\ninner\n" },
	{ MIXED("--x\r\nContent-Disposition: attachment\r\n" INNER),
	    "1 message/rfc822 52 ;" },
	{ "Content-Type: image/png\r\n\r\nxyz", "1 image/png 3 ;" },
};

START_TEST(text_and_attachments)
{
	struct part_list l = { 0 };
	struct buf out = { 0 };

	part_read(&out, &l, span_str(messages[_i].message));
	for (size_t i = 0; i < l.len; i++)
		buf_addf(&out, "%s %s %u %s;", l.part[i].number,
		    l.part[i].type, (unsigned)l.part[i].size,
		    l.part[i].filename);
	ck_buf_eq(&out, messages[_i].want);
	part_list_clear(&l);
	buf_free(&out);
}
END_TEST

static const char nested[] = MIXED(PART("", "one") "--x\r\n" ALTERNATIVE
    PART("Content-Transfer-Encoding: base64\r\n", "aGVsbG8=") "--x\r\n" INNER);

static const struct {
	const char *number, *want; /* NULL: none */
} numbers[] = {
	{ "1", "one" },
	{ "2", NULL },
	{ "2.1", "<p>html" },
	{ "2.2", "plain" },
	{ "2.3", NULL },
	{ "3", "hello" },
	{ "4.1", "inner" },
	{ "5", NULL },
	{ "0", NULL },
	{ "", NULL },
	{ "1.", "one" },
	{ "x", NULL },
	{ "1.1.1.1.1.1.1.1.1.1.1.1", NULL },
};

START_TEST(part_by_its_number)
{
	struct buf out = { 0 };
	bool ok = part_decode(&out, span_str(nested), numbers[_i].number);

	ck_assert_int_eq(ok, numbers[_i].want != NULL);
	if (ok)
		ck_span_eq(span_trim(buf_span(&out)), numbers[_i].want);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, text_and_attachments, 0,
	    sizeof(messages) / sizeof(messages[0]));
	tcase_add_loop_test(tc, part_by_its_number, 0,
	    sizeof(numbers) / sizeof(numbers[0]));
}

int
main(void)
{
	return check_run("part", add);
}
