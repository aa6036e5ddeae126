/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "utf7.h"

static const struct {
	const char *utf8;
	const char *utf7;
} pairs[] = {
	{ "", "" },
	{ "INBOX/Sent Mail", "INBOX/Sent Mail" },
	{ "R&D", "R&-D" },
	{ "&", "&-" },
	{ "&&", "&-&-" },
	{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8"
	  "\xaa\x9e", "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
	{ "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
	{ "\xc3\xa4&\xc3\xb6", "&AOQ-&-&APY-" },
	{ "\xf0\x9f\x90\x81", "&2D3cAQ-" },
	{ "a\tb\x7f", "a&AAk-b&AH8-" },
	{ "\xef\xbf\xbf", "&,,8-" },
};

START_TEST(there_and_back)
{
	struct buf out = { 0 };

	ck_assert_int_eq(utf7_encode(&out, span_str(pairs[_i].utf8)), 0);
	ck_buf_eq(&out, pairs[_i].utf7);
	buf_clear(&out);
	ck_assert_int_eq(utf7_decode(&out, span_str(pairs[_i].utf7)), 0);
	ck_buf_eq(&out, pairs[_i].utf8);
	buf_free(&out);
}
END_TEST

static const char *const refused[] = {
	"&",
	"a&",
	"&A",
	"&APw",
	"&APw&-",
	"&APx-",          /* bits left over */
	"&A-",
	"&AGE-",          /* "a" needs no shift */
	"&AGEA5A-",
	"&ACY-",          /* "&" neither */
	"&APw-&APw-",     /* two shifts in a row */
	"&APwA-",
	"&AP+w-",
	"&2D0-",          /* half a pair */
	"&3AHYPQ-",       /* the wrong way round */
	"&AAA-",          /* NUL */
	"&AP/w-",
	"&AP w-",
	"Entw\xc3\xbcrfe",
	"a\tb",
	"\x7f",
};

START_TEST(only_the_canonical_form_is_taken)
{
	struct buf out = { 0 };

	buf_adds(&out, "=");
	ck_assert_int_eq(utf7_decode(&out, span_str(refused[_i])), -1);
	ck_buf_eq(&out, "=");
	buf_free(&out);
}
END_TEST

START_TEST(what_is_no_utf8_is_not_encoded)
{
	struct buf out = { 0 };

	ck_assert_int_eq(utf7_encode(&out, SPAN_LIT("a\xe4")), -1);
	ck_assert_int_eq(utf7_encode(&out, SPAN_LIT("\xed\xa0\x80")), -1);
	ck_buf_eq(&out, "");
	buf_free(&out);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, there_and_back, pairs);
	LOOP(tc, only_the_canonical_form_is_taken, refused);
	tcase_add_test(tc, what_is_no_utf8_is_not_encoded);
}

int
main(void)
{
	return check_run("utf7", add);
}
