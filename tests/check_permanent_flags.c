/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "check.h"
#include "permanent_flags.h"

static const struct {
	const char *arg, *want; /* NULL: all are kept */
} told[] = {
	{ "(\\Seen \\Deleted \\*)", NULL },
	{ "(\\*)", NULL },
	{ "()", NULL },
	{ "", NULL },
	{ "(", NULL },
	{ "(\\seen $Junk)", "\\Seen $Junk" },
	{ "(a* b)", "b" },
};

START_TEST(list_is_read)
{
	char *got = permanent_flags_read(span_str(told[_i].arg));

	ck_assert_pstr_eq(got, told[_i].want);
	free(got);
}
END_TEST

static const struct {
	const char *permanent, *flags, *kept, *lost;
} messages[] = {
	{ NULL, "\\Seen Work", "\\Seen Work", "New" },
	{ "\\Seen Work", "\\Seen work", "\\Seen work", "New" },
	{ "\\Seen", "\\Flagged \\Seen A B", "\\Seen", "New \\Flagged A B" },
	{ "\\Seen", "new", "", "New" },
	{ "\\Seen", "", "", "New" },
};

START_TEST(the_rest_is_lost_once)
{
	struct buf lost = { 0 };
	char *kept;

	buf_adds(&lost, "New");
	for (int i = 0; i < 2; i++) {
		kept = permanent_flags_keep(messages[_i].permanent,
		    messages[_i].flags, &lost);
		ck_assert_str_eq(kept, messages[_i].kept);
		ck_buf_eq(&lost, messages[_i].lost);
		free(kept);
	}
	buf_free(&lost);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, list_is_read, 0,
	    sizeof(told) / sizeof(told[0]));
	tcase_add_loop_test(tc, the_rest_is_lost_once, 0,
	    sizeof(messages) / sizeof(messages[0]));
}

int
main(void)
{
	return check_run("permanent_flags", add);
}
