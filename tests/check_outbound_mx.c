/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "outbound_mx.h"

/* Records are joined by "|", each a preference of two bytes and a name. */
static const struct {
	struct span records;
	enum outbound_mx_status status;
	const char *hosts;
} answers[] = {
	{ SPAN_LIT("\0\x14\1b\1x\0|\0\x0a\1A\1X\0"), OUTBOUND_MX_OK,
	    "10 a.x 20 b.x " },
	{ SPAN_LIT("\0\0\0"), OUTBOUND_MX_NULL, "" },
	{ SPAN_LIT("\0\0\0|\0\5\1a\0"), OUTBOUND_MX_OK, "5 a " },
	{ SPAN_LIT("\0\5\1a\0|\0\6\2me\0|\0\7\1b\0"), OUTBOUND_MX_OK, "5 a " },
	{ SPAN_LIT("\0\5\1a\0|\0\5\2ME\0"), OUTBOUND_MX_LOOP, "" },
	{ SPAN_LIT("\0\5\2me\0|\0\6\1a\0"), OUTBOUND_MX_LOOP, "" },
	{ SPAN_LIT("\0\5\2a\0"), OUTBOUND_MX_BAD, "" },
	{ SPAN_LIT("\0\5\1a"), OUTBOUND_MX_BAD, "" },
	{ SPAN_LIT("\0\5\1a\0x"), OUTBOUND_MX_BAD, "" },
	{ SPAN_LIT("\0\5\1/\0"), OUTBOUND_MX_BAD, "" },
	{ SPAN_LIT("\0\5\xc0\x0c\0"), OUTBOUND_MX_BAD, "" },
	{ SPAN_LIT("\0|\0\5"), OUTBOUND_MX_BAD, "" },
};

static void
read_records(struct outbound_mx *mx, enum outbound_mx_status *status,
    struct span records)
{
	const char *data[8];
	int len[8];
	struct outbound_dns_answer a = { .data = data, .len = len };
	struct span one;

	while (span_split(&records, '|', &one)) {
		data[a.n] = one.p;
		len[a.n++] = (int)one.n;
	}
	*status = outbound_mx_read(mx, &a, "me");
}

START_TEST(records_are_hosts_in_their_order)
{
	enum outbound_mx_status status;
	struct buf out = { 0 };
	struct outbound_mx mx;

	read_records(&mx, &status, answers[_i].records);
	ck_assert_int_eq(status, answers[_i].status);
	for (size_t i = 0; i < mx.n && status == OUTBOUND_MX_OK; i++)
		buf_addf(
		    &out, "%u %s ", mx.host[i].preference, mx.host[i].name);
	ck_buf_eq(&out, answers[_i].hosts);
	buf_free(&out);
}
END_TEST

START_TEST(equal_ones_share_the_load)
{
	enum outbound_mx_status status;
	struct outbound_mx mx;
	unsigned first[2] = { 0 };

	for (int i = 0; i < 200; i++) {
		read_records(
		    &mx, &status, SPAN_LIT("\0\5\1a\0|\0\5\1b\0|\0\6\1c\0"));
		ck_assert_uint_eq(mx.n, 3);
		ck_assert_str_eq(mx.host[2].name, "c");
		first[mx.host[0].name[0] - 'a']++;
	}
	ck_assert_uint_gt(first[0], 20);
	ck_assert_uint_gt(first[1], 20);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, records_are_hosts_in_their_order, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tc, equal_ones_share_the_load);
}

int
main(void)
{
	return check_run("outbound_mx", add);
}
