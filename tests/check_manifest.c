/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "manifest.h"

#define HEAD "mailctl-backup 1\n"
#define BOX  "mailbox 7 In box\n"
#define HASH                                                                   \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *text;
	bool ok;
} texts[] = {
	{ HEAD, true },
	{ HEAD BOX, true },
	{ HEAD BOX "message 1 here 5 100 " HASH " \n", true },
	{ HEAD BOX "message 1 gone 5 -100 " HASH " \\Seen Work\n", true },
	{ HEAD BOX "message 1 here 0 0 " HASH " \nmessage 2 here 0 0 " HASH
		   " \n", true },
	{ "", false },
	{ "mailctl-backup 2\n", false },
	{ HEAD "message 1 here 5 100 " HASH " \n", false },
	{ HEAD "mailbox 7 \n", false },
	{ HEAD "mailbox x INBOX\n", false },
	{ HEAD "folder 7 INBOX\n", false },
	{ HEAD BOX "\n", false },
	{ HEAD BOX "message 0x1 here 5 100 " HASH " \n", false },
	{ HEAD BOX "message 1 lost 5 100 " HASH " \n", false },
	{ HEAD BOX "message 1 here -5 100 " HASH " \n", false },
	{ HEAD BOX "message 1 here 5 100 ../../etc/passwd \n", false },
	{ HEAD BOX "message 1 here 5 100 \n", false },
	/* Out of order, or twice. */
	{ HEAD BOX "message 2 here 5 100 " HASH " \nmessage 2 here 5 100 " HASH
		   " \n", false },
};

static void
sign(struct buf *out, const char *text)
{
	char hash[MANIFEST_HASH_LEN + 1];

	manifest_hash(hash, span_str(text));
	buf_addf(out, "%send %s\n", text, hash);
}

START_TEST(manifest_comes_back)
{
	struct buf text = { 0 }, again = { 0 }, err = { 0 };
	struct manifest m;
	int ret;

	sign(&text, texts[_i].text);
	ret = manifest_parse(&m, buf_span(&text), &err);
	ck_assert_int_eq(ret, texts[_i].ok ? 0 : -1);
	if (texts[_i].ok) {
		manifest_format(&again, &m);
		ck_buf_eq(&again, text.data);
	} else {
		ck_assert_uint_gt(err.len, 0);
		ck_assert_uint_eq(m.len, 0);
	}
	manifest_clear(&m);
	buf_free(&text);
	buf_free(&again);
	buf_free(&err);
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_is_found)
{
	struct buf text = { 0 }, err = { 0 };
	struct manifest m;

	sign(&text, texts[3].text);
	for (size_t i = 0; i < text.len; i++) {
		ck_assert_int_eq(manifest_parse(&m,
		    span_sub(buf_span(&text), 0, i), &err), -1);
		text.data[i] ^= 1;
		ck_assert_int_eq(manifest_parse(&m, buf_span(&text), &err),
		    -1);
		text.data[i] ^= 1;
	}
	ck_assert_int_eq(manifest_parse(&m, buf_span(&text), &err), 0);
	manifest_clear(&m);
	buf_free(&text);
	buf_free(&err);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, manifest_comes_back, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tc, every_flipped_bit_and_every_cut_is_found);
}

int
main(void)
{
	return check_run("manifest", add);
}
