/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "date.h"

static const struct {
	const char *in;
	const char *want; /* in RFC 5322 form; NULL: no date can be told */
} dates[] = {
	/* RFC 5322 appendix A.1 to A.6.3 */
	{ "Fri, 21 Nov 1997 09:55:06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600" },
	{ "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n"
	  "      23:32\r\n               -0330 (Newfoundland Time)",
	    "Thu, 13 Feb 1969 23:32:00 -0330" },
	{ "21 Nov 97 09:55:06 GMT", "Fri, 21 Nov 1997 09:55:06 +0000" },
	{ "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
	    "Fri, 21 Nov 1997 09:55:06 -0600" },
	/* zones */
	{ "Thu, 1 Jan 70 00:00:00 GMT", "Thu, 1 Jan 1970 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 EST", "Thu, 1 Jan 2004 00:00:00 -0500" },
	{ "1 Jan 2004 00:00 pdt", "Thu, 1 Jan 2004 00:00:00 -0700" },
	{ "1 Jan 2004 00:00 Z", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 K", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 CEST", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 +0530 (IST) -0100",
	    "Thu, 1 Jan 2004 00:00:00 +0530" },
	{ "1 Jan 2004 00:00 +0100 EST", "Thu, 1 Jan 2004 00:00:00 +0100" },
	{ "1 Jan 2004 00:00 GMT+01:30", "Thu, 1 Jan 2004 00:00:00 +0130" },
	{ "1 Jan 2004 00:00 EST-0500", "Thu, 1 Jan 2004 00:00:00 -0500" },
	{ "1 Jan 2004 00:00-0000", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 +9999", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 -0060", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 +99999999999", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 2004 00:00 +1", "Thu, 1 Jan 2004 00:00:00 +0100" },
	{ "1 Jan 2004 00:00 +", "Thu, 1 Jan 2004 00:00:00 +0000" },
	/* years */
	{ "1 Jan 49 00:00", "Fri, 1 Jan 2049 00:00:00 +0000" },
	{ "1 Jan 50 00:00", "Sun, 1 Jan 1950 00:00:00 +0000" },
	{ "1 Jan 104 00:00", "Thu, 1 Jan 2004 00:00:00 +0000" },
	{ "1 Jan 12004 00:00", NULL },
	{ "1 Jan 99999999999999999999 00:00", NULL },
	{ "1 Jan 0000 00:00", NULL },
	{ "1 Jan 9999 00:00", NULL },
	{ "1 Jan 0001 00:00 +2359", "Mon, 1 Jan 0001 00:00:00 +2359" },
	{ "31 Dec 9998 23:59:59 -2359", "Thu, 31 Dec 9998 23:59:59 -2359" },
	{ "1 Jan 1601 00:00", "Mon, 1 Jan 1601 00:00:00 +0000" },
	/* other clocks and calendars */
	{ "Mon Jan  5 12:00:00 2004", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "Mon Jan  5 12:00:00 EST 2004", "Mon, 5 Jan 2004 12:00:00 -0500" },
	{ "Mon Jan  5 12:00:00 2004 +0200", "Mon, 5 Jan 2004 12:00:00 +0200" },
	{ "Monday, 05-Jan-04 12:00:00 GMT", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "05-January-2004 12:00", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "2004-01-05T12:00:00Z", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "2004-01-05 12:00:00.123456 +0100",
	    "Mon, 5 Jan 2004 12:00:00 +0100" },
	{ "2004-00-05 12:00:00", NULL },
	{ "2004-13-05 12:00:00", NULL },
	{ "5 Jan 2004 12.30.15 +0100", "Mon, 5 Jan 2004 12:30:15 +0100" },
	{ "Mon, 5 Jan 2004", "Mon, 5 Jan 2004 00:00:00 +0000" },
	{ "Mon,5 Jan 2004 12:00:00 +0100", "Mon, 5 Jan 2004 12:00:00 +0100" },
	{ "Xyz, 5 JAN 2004 12:00:00", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "31 Dec 1998 23:59:60 +0000", "Thu, 31 Dec 1998 23:59:59 +0000" },
	{ "29 Feb 2004 00:00", "Sun, 29 Feb 2004 00:00:00 +0000" },
	/* none */
	{ "", NULL },
	{ "yesterday", NULL },
	{ "(Mon, 5 Jan 2004 12:00)", NULL },
	{ "5 Jan (2004 12:00", NULL },
	{ "Jan 2004 12:00", NULL },
	{ "29 Feb 2003 00:00", NULL },
	{ "31 Apr 2003 00:00", NULL },
	{ "0 Jan 2003 00:00", NULL },
	{ "32 Jan 2003 00:00", NULL },
	{ "1 Jan 2003 24:00", NULL },
	{ "1 Jan 2003 12:60", NULL },
	{ "1 Jan 2003 12:00:61", NULL },
	{ "1 Jan 2003 4294967308:00:00", NULL },
	{ "5 janvier 2004 12:00", "Mon, 5 Jan 2004 12:00:00 +0000" },
	{ "5 f\xc3\xa9vrier 2004 12:00", NULL },
};

START_TEST(mail_date_of_any_shape)
{
	struct mail_date d = { 1, 1 };
	struct buf out = { 0 };
	int ret = date_parse(span_str(dates[_i].in), &d);

	ck_assert_int_eq(ret, dates[_i].want != NULL ? 0 : -1);
	if (ret == 0) {
		date_format(&out, d);
		ck_buf_eq(&out, dates[_i].want);
	} else {
		ck_assert_int_eq(d.sec, 0);
		ck_assert_int_eq(d.zone, 0);
	}
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in;
	int ret;
	int64_t sec;
	int zone;
} date_times[] = {
	{ "17-Jul-1996 02:44:25 -0700", 0, 837596665, -420 },
	{ " 1-Jan-1970 00:00:00 +0000", 0, 0, 0 },
	{ "01-jan-1970 01:00:00 +0100", 0, 0, 60 },
	{ "1-Jan-1970 00:00:00 +0000", -1, 0, 0 },
	{ "17-Jul-1996 02:44:25 -0760", -1, 0, 0 },
	{ "17-Jul-1996 02:44:25 -2400", -1, 0, 0 },
	{ "17-Jul-1996 02:44:25 -0700 ", -1, 0, 0 },
	{ "17-Jux-1996 02:44:25 -0700", -1, 0, 0 },
	{ "31-Jun-1996 02:44:25 -0700", -1, 0, 0 },
	{ "  -Jul-1996 02:44:25 -0700", -1, 0, 0 },
	{ "17-Jul-1996 02:44:25 00700", -1, 0, 0 },
	{ "17-Jul-1996 02:44:25", -1, 0, 0 },
	{ "", -1, 0, 0 },
};

START_TEST(imap_date_time_is_strict)
{
	struct mail_date d = { 1, 1 };

	ck_assert_int_eq(date_parse_imap(span_str(date_times[_i].in), &d),
	    date_times[_i].ret);
	ck_assert_int_eq(d.sec, date_times[_i].sec);
	ck_assert_int_eq(d.zone, date_times[_i].zone);
}
END_TEST

static const struct {
	const char *in;
	int ret;
	int64_t want;
} days[] = {
	{ "1-Feb-1994", 0, 760060800 },
	{ "01-feb-1994", 0, 760060800 },
	{ "31-Dec-1969", 0, -86400 },
	{ "1-Feb-94", -1, 0 },
	{ " 1-Feb-1994", -1, 0 },
	{ "1-Feb-1994 ", -1, 0 },
	{ "30-Feb-1994", -1, 0 },
	{ "1 Feb 1994", -1, 0 },
	{ "", -1, 0 },
};

START_TEST(imap_day_is_strict)
{
	int64_t sec = 1;

	ck_assert_int_eq(date_parse_day(span_str(days[_i].in), &sec),
	    days[_i].ret);
	ck_assert_int_eq(sec, days[_i].want);
}
END_TEST

static const struct {
	struct mail_date d;
	const char *mail, *imap, *rfc3339;
	int64_t day;
} formats[] = {
	{ { 0, 0 }, "Thu, 1 Jan 1970 00:00:00 +0000",
	    " 1-Jan-1970 00:00:00 +0000", "1970-01-01T00:00:00Z", 0 },
	{ { 0, -1 }, "Wed, 31 Dec 1969 23:59:00 -0001",
	    "31-Dec-1969 23:59:00 -0001", "1970-01-01T00:00:00Z", -1 },
	{ { 837596665, -420 }, "Wed, 17 Jul 1996 02:44:25 -0700",
	    "17-Jul-1996 02:44:25 -0700", "1996-07-17T09:44:25Z", 9694 },
	{ { 837640800, 840 }, "Thu, 18 Jul 1996 12:00:00 +1400",
	    "18-Jul-1996 12:00:00 +1400", "1996-07-17T22:00:00Z", 9695 },
	{ { INT64_MAX, 60 }, "Sat, 2 Jan 9999 00:59:59 +0100",
	    " 2-Jan-9999 00:59:59 +0100", "9999-01-01T23:59:59Z", 2932533 },
	{ { INT64_MIN, -60 }, "Sat, 30 Dec 0000 23:00:00 -0100",
	    "30-Dec-0000 23:00:00 -0100", "0000-12-31T00:00:00Z", -719164 },
};

START_TEST(formats_and_day_in_the_zone_of_the_date)
{
	struct buf out = { 0 };

	date_format(&out, formats[_i].d);
	ck_buf_eq(&out, formats[_i].mail);
	buf_clear(&out);
	date_format_imap(&out, formats[_i].d);
	ck_buf_eq(&out, formats[_i].imap);
	buf_clear(&out);
	date_format_rfc3339(&out, formats[_i].d.sec);
	ck_buf_eq(&out, formats[_i].rfc3339);
	ck_assert_int_eq(date_day(formats[_i].d), formats[_i].day);
	buf_free(&out);
}
END_TEST

START_TEST(every_day_survives_a_round_trip)
{
	struct buf out = { 0 };

	for (int64_t day = -700000; day < 2900000; day += 97) {
		struct mail_date d = { day * 86400 + 86399, 0 }, back;

		buf_clear(&out);
		date_format_imap(&out, d);
		ck_assert_int_eq(date_parse_imap(buf_span(&out), &back), 0);
		ck_assert_int_eq(back.sec, d.sec);
		ck_assert_int_eq(date_parse(buf_span(&out), &back), 0);
		ck_assert_int_eq(back.sec, d.sec);
		ck_assert_int_eq(date_day(d), day);
	}
	buf_free(&out);
}
END_TEST

START_TEST(now_is_now)
{
	time_t before = time(NULL);
	struct mail_date d = date_now();

	ck_assert_int_ge(d.sec, before);
	ck_assert_int_le(d.sec, time(NULL));
	ck_assert(d.zone > -24 * 60 && d.zone < 24 * 60);
}
END_TEST

static const char *const longs[] = {
	"1 ", "1:", "1(", "(", "()", "(()) ", "+1", "1 Jan 1 ", "-", "Jan", "\r\n ",
};

START_TEST(long_input_is_linear)
{
	struct mail_date d;
	struct buf in = { 0 };

	while (in.len < 1 << 20)
		buf_adds(&in, longs[_i]);
	date_parse(buf_span(&in), &d);
	ck_assert_int_eq(date_parse_imap(buf_span(&in), &d), -1);
	buf_free(&in);
}
END_TEST

#define LOOP(tc, test, table) \
	tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof((table)[0]))

static void
add(TCase *tc)
{
	LOOP(tc, mail_date_of_any_shape, dates);
	LOOP(tc, imap_date_time_is_strict, date_times);
	LOOP(tc, imap_day_is_strict, days);
	LOOP(tc, formats_and_day_in_the_zone_of_the_date, formats);
	LOOP(tc, long_input_is_linear, longs);
	tcase_add_test(tc, every_day_survives_a_round_trip);
	tcase_add_test(tc, now_is_now);
}

int
main(void)
{
	return check_run("date", add);
}
