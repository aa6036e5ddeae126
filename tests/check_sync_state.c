/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mail_flags.h"
#include "mailbox_path.h"
#include "manifest.h"
#include "sync_state.h"

#define HEAD "mailctl-sync 2\n"
#define BOX  "mailbox 7 99 In box\n"

static const struct {
	const char *text;
	bool ok;
} texts[] = {
	{ HEAD BOX, true },
	{ HEAD "mailbox 7 0 x\nmessage 1 - a b\nmessage 5 FSac 1.x.host\n",
	    true },
	{ "", false },
	{ HEAD, false },
	{ "mailctl-sync 3\n" BOX, false },
	{ HEAD "mailbox 7 99 \n", false },
	{ HEAD "mailbox 7 99\n", false },
	{ HEAD "mailbox -7 99 x\n", false },
	{ HEAD "mailbox 7 99999999999999999999 x\n", false },
	{ HEAD BOX "message 1 -\n", false },
	{ HEAD BOX "message 1 - \n", false },
	{ HEAD BOX "message 1 - ../x\n", false },
	{ HEAD BOX "message 1 - .x\n", false },
	{ HEAD BOX "message 1 - x:2,S\n", false },
	{ HEAD BOX "message 2 - a\nmessage 2 - b\n", false },
	{ HEAD BOX "message 2 - a\nmessage 1 - b\n", false },
	{ HEAD BOX "messages 2 - a\n", false },
	{ HEAD BOX "\n", false },
};

static void
sign(struct buf *out, const char *text)
{
	char hash[MANIFEST_HASH_LEN + 1];

	manifest_hash(hash, span_str(text));
	buf_addf(out, "%send %s\n", text, hash);
}

START_TEST(state_comes_back)
{
	struct buf text = { 0 }, again = { 0 };
	struct sync_state s;
	int ret;

	sign(&text, texts[_i].text);
	ret = sync_state_parse(&s, buf_span(&text));
	ck_assert_int_eq(ret, texts[_i].ok ? 0 : -1);
	if (texts[_i].ok) {
		sync_state_format(&again, &s);
		ck_buf_eq(&again, text.data);
	}
	sync_state_clear(&s);
	buf_free(&text);
	buf_free(&again);
}
END_TEST

/* Keywords may be in the mailbox that it knows nothing of. */
START_TEST(state_of_before_keywords_has_no_modseq)
{
	struct buf text = { 0 };
	struct sync_state s;

	sign(&text, "mailctl-sync 1\n" BOX "message 1 S a\n");
	ck_assert_int_eq(sync_state_parse(&s, buf_span(&text)), 0);
	ck_assert_uint_eq(s.uidvalidity, 7);
	ck_assert_uint_eq(s.modseq, 0);
	ck_assert_uint_eq(s.len, 1);
	sync_state_clear(&s);
	buf_free(&text);
}
END_TEST

START_TEST(every_cut_is_found)
{
	struct buf text = { 0 };
	struct sync_state s;

	sign(&text, texts[1].text);
	for (size_t i = 0; i < text.len; i++)
		ck_assert_int_eq(sync_state_parse(&s,
		    span_sub(buf_span(&text), 0, i)), -1);
	buf_free(&text);
}
END_TEST

START_TEST(entries_are_sorted_and_dropped)
{
	struct sync_state s = { .name = xstrdup("x"), .uidvalidity = 1 };
	struct buf text = { 0 };

	sync_state_add(&s, 9, MAIL_FLAG_SEEN, SPAN_LIT("nine"));
	sync_state_add(&s, 3, 0, SPAN_LIT("three"));
	sync_state_add(&s, 5, 0, SPAN_LIT("five"));
	sync_state_add(&s, 9, MAIL_FLAG_SEEN, SPAN_LIT("nine"));
	s.entry[2].dropped = true;
	sync_state_format(&text, &s);
	sync_state_clear(&s);
	ck_assert_int_eq(sync_state_parse(&s, buf_span(&text)), 0);
	ck_assert_uint_eq(s.len, 2);
	ck_assert_str_eq(sync_state_find(&s, 3)->unique, "three");
	ck_assert_uint_eq(sync_state_find(&s, 9)->flags, MAIL_FLAG_SEEN);
	ck_assert_ptr_null(sync_state_find(&s, 5));
	sync_state_clear(&s);
	buf_free(&text);
}
END_TEST

static const struct {
	const char *name;
	char separator;
	const char *path; /* NULL: it has none */
} paths[] = {
	{ "INBOX", '/', "INBOX" },
	{ "a/b c", '/', "a/b c" },
	{ "a.b", '.', "a/b" },
	{ "a/b", '.', "a%2Fb" },
	{ "a/b", 0, "a%2Fb" },
	{ "a.b", '/', "a.b" },
	{ ".hidden/..", '/', "%2Ehidden/%2E." },
	{ "cur/x/new", '/', "%63ur/x/%6Eew" },
	{ "curry", '/', "curry" },
	{ "100%", '/', "100%25" },
	{ "a\tb\x7f", '/', "a%09b%7F" },
	{ "\xc3\xa4", '/', "\xc3\xa4" },
	{ "", '/', NULL },
	{ "a//b", '/', NULL },
	{ "/a", '/', NULL },
	{ "a/", '/', NULL },
};

START_TEST(mailbox_has_a_path_and_back)
{
	struct buf path = { 0 }, name = { 0 };
	bool ok;

	ok = mailbox_path(&path, paths[_i].name, paths[_i].separator);
	ck_assert(ok == (paths[_i].path != NULL));
	if (ok) {
		ck_buf_eq(&path, paths[_i].path);
		ck_assert(mailbox_path_name(&name, path.data,
		    paths[_i].separator));
		ck_buf_eq(&name, paths[_i].name);
	}
	buf_free(&path);
	buf_free(&name);
}
END_TEST

static const struct {
	const char *path;
	char separator;
} bad_paths[] = {
	{ "", '/' }, { "a%", '/' }, { "a%2", '/' }, { "a%xy", '/' },
	{ "a%00", '/' }, { "a%2Fb", '/' }, { "a.b", '.' }, { "a/b", 0 },
	{ "a//b", '/' },
};

START_TEST(path_is_no_mailbox)
{
	struct buf name = { 0 };

	ck_assert(!mailbox_path_name(&name, bad_paths[_i].path,
	    bad_paths[_i].separator));
	buf_free(&name);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, state_comes_back, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tc, state_of_before_keywords_has_no_modseq);
	tcase_add_test(tc, every_cut_is_found);
	tcase_add_test(tc, entries_are_sorted_and_dropped);
	tcase_add_loop_test(tc, mailbox_has_a_path_and_back, 0,
	    sizeof(paths) / sizeof(paths[0]));
	tcase_add_loop_test(tc, path_is_no_mailbox, 0,
	    sizeof(bad_paths) / sizeof(bad_paths[0]));
}

int
main(void)
{
	return check_run("sync_state", add);
}
