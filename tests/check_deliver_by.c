/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "deliver_by.h"

static const struct {
	const char *in;
	enum deliver_by_mode mode; /* NONE: it is refused */
	bool trace;
	int64_t left;
	const char *out; /* three seconds later */
} values[] = {
	{ "120;R", DELIVER_BY_RETURN, false, 120, " BY=117;R" },
	{ "+120;r", DELIVER_BY_RETURN, false, 120, " BY=117;R" },
	{ "000000001;RT", DELIVER_BY_RETURN, true, 1, " BY=-2;RT" },
	{ "0;N", DELIVER_BY_NOTIFY, false, 0, " BY=-3;N" },
	{ "-5;nt", DELIVER_BY_NOTIFY, true, -5, " BY=-8;NT" },
	{ "999999999;N", DELIVER_BY_NOTIFY, false, 999999999,
	    " BY=999999996;N" },
	{ "-999999999;N", DELIVER_BY_NOTIFY, false, -999999999,
	    " BY=-999999999;N" },
	{ .in = "0;R" },
	{ .in = "-1;R" },
	{ .in = "1000000000;N" },
	{ .in = "0000000001;R" },
	{ .in = "1;X" },
	{ .in = "1;RTT" },
	{ .in = "1;RN" },
	{ .in = "1;T" },
	{ .in = "1;" },
	{ .in = "1" },
	{ .in = ";R" },
	{ .in = "-;N" },
	{ .in = "+-1;N" },
	{ .in = "1s;R" },
	{ .in = " 1;R" },
	{ .in = "1;R;T" },
	{ .in = "" },
};

START_TEST(value_is_read_and_passed_on)
{
	struct deliver_by d;
	struct buf out = { 0 };
	int ret = deliver_by_parse(span_str(values[_i].in), 1000, &d);

	ck_assert_int_eq(ret, values[_i].mode == DELIVER_BY_NONE ? -1 : 0);
	ck_assert(d.mode == values[_i].mode && d.trace == values[_i].trace);
	ck_assert_int_eq(d.at, ret == 0 ? 1000 + values[_i].left : 0);
	deliver_by_write(&out, &d, 1003);
	ck_buf_eq(&out, ret == 0 ? values[_i].out : "");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, value_is_read_and_passed_on, 0,
	    sizeof(values) / sizeof(values[0]));
}

int
main(void)
{
	return check_run("deliver_by", add);
}
