/* SPDX-License-Identifier: ISC */
#include "base_subject.h"
#include "check.h"
#include "message_id.h"
#include "sort_keys.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ---- base subjects ---- */

static const struct {
	const char *in, *want;
	bool reply;
} subjects[] = {
	{ "", "", false },
	{ "a", "a", false },
	{ "  a \t b  ", "a b", false },
	{ "Re: a", "a", true },
	{ "RE:a", "a", true },
	{ "re : re: FW: fwd: a", "a", true },
	{ "Re[2]: a", "a", true },
	{ "re [2] : a", "a", true },
	{ "[list] Re: [list] a", "a", true },
	{ "[list] a", "a", false },
	{ "[a] [b] c", "c", false },
	{ "[a][b]", "[b]", false },
	{ "[a]", "[a]", false },
	{ "[a", "[a", false },
	{ "[a [b] c", "[a [b] c", false },
	{ "a (fwd)", "a", true },
	{ "a (FWD)(fwd) ", "a", true },
	{ "(fwd)", "", true },
	{ "[fwd: a]", "a", true },
	{ "[Fwd: Re: [fwd: a (fwd)]]", "a", true },
	{ "[fwd: a", "[fwd: a", false },
	{ "[fwd:]", "", true },
	{ "re", "re", false },
	{ "re:", "", true },
	{ "reason: a", "reason: a", false },
	{ "forward: a", "forward: a", false },
	{ "Re: \xc3\xa4", "\xc3\xa4", true },
};

START_TEST(base_subject_drops_what_gathers_around)
{
	struct buf b = { 0 };

	ck_assert_int_eq(
	    base_subject(&b, span_str(subjects[_i].in)), subjects[_i].reply);
	ck_assert(span_eq(buf_span(&b), span_str(subjects[_i].want)));
	buf_free(&b);
}
END_TEST

START_TEST(base_subject_of_many_blobs_takes_linear_time)
{
	struct buf in = { 0 }, out = { 0 };

	for (int i = 0; i < 1000000; i++)
		buf_adds(&in, "[a]");
	base_subject(&out, buf_span(&in));
	ck_assert(span_eq(buf_span(&out), SPAN_LIT("[a]")));
	buf_free(&in);
	buf_free(&out);
}
END_TEST

/* ---- message IDs ---- */

static const struct {
	const char *in, *want; /* separated by spaces */
} ids[] = {
	{ "", "" },
	{ "<a@b>", "a@b " },
	{ "<a@b><c@d> <e@f>", "a@b c@d e@f " },
	{ "<\"a\"@b> <a @ (c) b>", "a@b a@b " },
	{ "<\"a\\b\"@[c]>", "ab@[c] " },
	{ "words <a@b> of a@c <d>", "a@b " },
	{ "<a> <@b> <a@> <>", "" },
	{ "<a@b <c@d>", "c@d " },
	{ "<a@b", "" },
	{ "<a:b/c@d>", "a:b/c@d " },
	{ "(<a@b>) <c@d>", "c@d " },
};

START_TEST(message_id_finds_the_valid_ones)
{
	struct lexer l = { .rest = span_str(ids[_i].in) };
	struct buf b = { 0 }, id = { 0 };

	while (message_id_next(&l, &id)) {
		buf_add_span(&b, buf_span(&id));
		buf_addc(&b, ' ');
	}
	ck_assert(span_eq(buf_span(&b), span_str(ids[_i].want)));
	buf_free(&b);
	buf_free(&id);
}
END_TEST

/* ---- keys ---- */

static const struct {
	const char *header;
	enum sort_text text;
	const char *want;
} texts[] = {
	{ "", SORT_SUBJECT, "" },
	{ "Subject: Re: =?utf-8?q?=C3=A4?=\r\n b\r\n", SORT_SUBJECT,
	    "A\xcc\x88 B" },
	{ "From: A <bob@c>, d@e\r\n", SORT_FROM, "BOB" },
	{ "From: ,\r\nFrom: d@e\r\n", SORT_FROM, "D" },
	{ "To: Team: a@b;\r\n", SORT_TO, "TEAM" },
	{ "To: Team: a@b;\r\n", SORT_DISPLAYTO, "TEAM" },
	{ "Cc: \"q r\"@c\r\n", SORT_CC, "Q R" },
	{ "From: =?utf-8?q?b=C3=B6?= <a@c>\r\n", SORT_DISPLAYFROM,
	    "BO\xcc\x88" },
	{ "From: \"\" <a@c>\r\n", SORT_DISPLAYFROM, "A@C" },
	{ "From: a@c\r\n", SORT_DISPLAYFROM, "A@C" },
	{ "To: a@c\r\n", SORT_DISPLAYFROM, "" },
};

START_TEST(keys_are_decoded_and_folded)
{
	struct buf b = { 0 };
	struct sort_keys k;

	sort_keys_pack(&b, span_str(texts[_i].header));
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), 0);
	ck_assert(span_eq(k.text[texts[_i].text], span_str(texts[_i].want)));
	buf_free(&b);
}
END_TEST

START_TEST(references_are_those_of_in_reply_to_where_there_are_no_others)
{
	static const char *const headers[] = {
		"References: <a@b> <c@d>\r\nIn-Reply-To: <e@f>\r\n",
		"In-Reply-To: x <a@b> <c@d>\r\nReferences: none\r\n",
	};
	struct buf b = { 0 };
	struct sort_keys k;

	sort_keys_pack(&b, span_str(headers[_i]));
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), 0);
	ck_assert_uint_eq(sort_keys_nrefs(&k), _i == 0 ? 2 : 1);
	ck_assert(sort_keys_ref(&k, 0) == message_id_hash(SPAN_LIT("a@b")));
	ck_assert(k.id == 0);
	buf_free(&b);
}
END_TEST

START_TEST(of_many_references_the_first_and_the_last_count)
{
	struct buf header = { 0 }, b = { 0 };
	struct sort_keys k;

	buf_adds(&header, "Message-ID: <\"m\"@x>\r\nReferences:");
	for (int i = 0; i < 1000; i++)
		buf_addf(&header, " <%d@x>\r\n", i);
	sort_keys_pack(&b, buf_span(&header));
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), 0);
	ck_assert_uint_eq(sort_keys_nrefs(&k), SORT_REFS_MAX);
	ck_assert(k.id == message_id_hash(SPAN_LIT("m@x")));
	ck_assert(sort_keys_ref(&k, 0) == message_id_hash(SPAN_LIT("0@x")));
	ck_assert(sort_keys_ref(&k, 1) == message_id_hash(SPAN_LIT("901@x")));
	ck_assert(sort_keys_ref(&k, SORT_REFS_MAX - 1) ==
		  message_id_hash(SPAN_LIT("999@x")));
	buf_free(&header);
	buf_free(&b);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
	struct buf header = { 0 }, b = { 0 };
	struct sort_keys k;

	buf_adds(&header, "Subject: a");
	for (int i = 0; i < 2000; i++)
		buf_adds(&header, "\xd0\x96");
	sort_keys_pack(&b, buf_span(&header));
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), 0);
	ck_assert_uint_eq(k.text[SORT_SUBJECT].n, SORT_KEY_MAX - 1);
	buf_free(&header);
	buf_free(&b);
}
END_TEST

START_TEST(damaged_keys_are_refused)
{
	struct buf b = { 0 };
	struct sort_keys k;

	sort_keys_pack(&b, SPAN_LIT("Subject: a\r\nReferences: <a@b>\r\n"));
	for (size_t n = 0; n < b.len; n++)
		ck_assert_int_eq(sort_keys_parse(span_of(b.data, n), &k), -1);
	buf_addc(&b, 'x');
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), -1);
	b.data[0]++;
	b.len--;
	ck_assert_int_eq(sort_keys_parse(buf_span(&b), &k), -1);
	buf_free(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(
	    tc, base_subject_drops_what_gathers_around, 0, N(subjects));
	tcase_add_test(tc, base_subject_of_many_blobs_takes_linear_time);
	tcase_add_loop_test(tc, message_id_finds_the_valid_ones, 0, N(ids));
	tcase_add_loop_test(tc, keys_are_decoded_and_folded, 0, N(texts));
	tcase_add_loop_test(tc,
	    references_are_those_of_in_reply_to_where_there_are_no_others, 0,
	    2);
	tcase_add_test(tc, of_many_references_the_first_and_the_last_count);
	tcase_add_test(tc, long_texts_are_cut_between_characters);
	tcase_add_test(tc, damaged_keys_are_refused);
}

int
main(void)
{
	return check_run("sort_keys", add);
}
