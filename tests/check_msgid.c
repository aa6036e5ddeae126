/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "msgid.h"

static const struct {
	const char *in, *mailbox; /* NULL: none */
	uint32_t uidvalidity;
	const char *uids;
} ids[] = {
	{ "INBOX:5", "INBOX", 0, "5" },
	{ "5", "INBOX", 0, "5" },
	{ "1:5,9", "INBOX", 0, "1:5,9" },
	{ "*", "INBOX", 0, "*" },
	{ "Sent:1:5,9", "Sent", 0, "1:5,9" },
	{ "a/b c:7", "a/b c", 0, "7" },
	{ "a:b:7", "a:b", 0, "7" },
	{ "INBOX;1234:5", "INBOX", 1234, "5" },
	{ "a;b;1234:5:7", "a;b", 1234, "5:7" },
	{ "a;b:5", "a;b", 0, "5" },
	{ "a;0:5", "a;0", 0, "5" },
	{ "a;4294967296:5", "a;4294967296", 0, "5" },
	{ "INBOX", NULL, 0, NULL },
	{ "INBOX:", NULL, 0, NULL },
	{ ":5", NULL, 0, NULL },
	{ ";7:5", NULL, 0, NULL },
	{ "INBOX:0", NULL, 0, NULL },
	{ "INBOX:x", NULL, 0, NULL },
	{ "INBOX:5 ", NULL, 0, NULL },
	{ "", NULL, 0, NULL },
};

START_TEST(id_names_messages)
{
	struct msgid id;
	struct buf out = { 0 };
	int ret = msgid_parse(&id, span_str(ids[_i].in));

	if (ids[_i].mailbox == NULL) {
		ck_assert_int_eq(ret, -1);
		ck_assert_ptr_null(id.mailbox);
	} else {
		ck_assert_int_eq(ret, 0);
		ck_assert_str_eq(id.mailbox, ids[_i].mailbox);
		ck_assert_uint_eq(id.uidvalidity, ids[_i].uidvalidity);
		seqset_format(&out, &id.uids);
		ck_buf_eq(&out, ids[_i].uids);
	}
	msgid_clear(&id);
	buf_free(&out);
}
END_TEST

START_TEST(printed_ids_come_back_from_stdin)
{
	struct msgid_list l = { 0 };
	struct buf err = { 0 };
	char dash[] = "-", word[] = "Sent:3";
	char *argv[] = { dash, word };
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_gt(dprintf(fd[1], "INBOX;7:1\nINBOX;7:2\n\n"
		"a\\tb\\\\c;8:3\nINBOX;7:9"), 0);
	close(fd[1]);
	ck_assert_int_ge(dup2(fd[0], 0), 0);
	ck_assert_int_eq(msgid_list_read(&l, 2, argv, &err), 0);
	ck_assert_uint_eq(l.len, 4);
	ck_assert_uint_eq(seqset_count(&l.id[0].uids), 2);
	ck_assert_str_eq(l.id[1].mailbox, "a\tb\\c");
	ck_assert_uint_eq(l.id[2].uidvalidity, 7);
	ck_assert_str_eq(l.id[3].mailbox, "Sent");
	msgid_list_clear(&l);
	close(fd[0]);
}
END_TEST

START_TEST(word_that_is_none_is_named)
{
	struct msgid_list l = { 0 };
	struct buf err = { 0 };
	char good[] = "INBOX:1", bad[] = "what?";
	char *argv[] = { good, bad };

	ck_assert_int_eq(msgid_list_read(&l, 2, argv, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.data, "what?"));
	msgid_list_clear(&l);
	buf_free(&err);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, id_names_messages, 0,
	    sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(tc, printed_ids_come_back_from_stdin);
	tcase_add_test(tc, word_that_is_none_is_named);
}

int
main(void)
{
	return check_run("msgid", add);
}
