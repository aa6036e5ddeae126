/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "mta_sts.h"

static const struct {
	const char *text, *id;
	int ret;
} records[] = {
	{ "v=STSv1; id=20160831085700Z;", "20160831085700Z", 0 },
	{ "v=STSv1;id=a", "a", 0 },
	{ "v=STSv1 ; x-y.z_1=!~ ; id=a ; ", "a", 0 },
	{ "v=STSv1; id=12345678901234567890123456789012",
	    "12345678901234567890123456789012", 0 },
	{ "", "", -1 },
	{ "v=spf1 -all", "", -1 },
	{ "v=STSv2; id=a", "", -1 },
	{ "id=a; v=STSv1", "", -1 },
	{ "V=STSv1; id=a", "", -1 },
	{ "v=STSv1", "", -2 },
	{ "v=STSv1;", "", -2 },
	{ "v=STSv1; id=", "", -2 },
	{ "v=STSv1; id=a-b", "", -2 },
	{ "v=STSv1; id=a; id=b", "", -2 },
	{ "v=STSv1; id=123456789012345678901234567890123", "", -2 },
	{ "v=STSv1;; id=a", "", -2 },
	{ "v=STSv1; id=a; junk", "", -2 },
	{ "v=STSv1; id=a; =x", "", -2 },
	{ "v=STSv1; id=a; x=", "", -2 },
	{ "v=STSv1; id=a; x=y=z", "", -2 },
	{ "v=STSv1; id=a; x=\xc3\xa4", "", -2 },
};

START_TEST(records_are_read)
{
	char id[MTA_STS_ID_MAX + 1];

	ck_assert_int_eq(
	    mta_sts_record_parse(span_str(records[_i].text), id),
	    records[_i].ret);
	ck_assert_str_eq(id, records[_i].id);
}
END_TEST

#define HEAD "version: STSv1\r\n"

static const struct {
	const char *text, *mx;
	int ret;
	enum mta_sts_mode mode;
	uint32_t max_age;
} policies[] = {
	/* RFC 8461 section 3.2 */
	{ HEAD "mode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
	       "mx: backupmx.example.com\r\nmax_age: 604800\r\n",
	    "mail.example.com\n*.example.net\nbackupmx.example.com\n", 0,
	    MTA_STS_ENFORCE, 604800 },
	{ "version:STSv1 \nmode:testing\nmx:A\nmax_age:0", "a\n", 0,
	    MTA_STS_TESTING, 0 },
	{ HEAD "mode: none\r\nmax_age: 9999999999\r\n", "", 0, MTA_STS_NONE,
	    MTA_STS_AGE_MAX },
	{ "max_age: 1\r\n\r\nfoo: bar: x\r\nmode: enforce\r\nmx: a\r\n" HEAD,
	    "a\n", 0, MTA_STS_ENFORCE, 1 },
	{ HEAD "mode: enforce\nmode: none\nmax_age: 1\nmax_age: x\nmx: a\n",
	    "a\n", 0, MTA_STS_ENFORCE, 1 },
	{ "", "", -1, 0, 0 },
	{ "mode: none\nmax_age: 1\n", "", -1, 0, 0 },
	{ HEAD "max_age: 1\n", "", -1, 0, 0 },
	{ HEAD "mode: none\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\n", "", -1, 0, 0 },
	{ HEAD "mode: testing\nmax_age: 1\n", "", -1, 0, 0 },
	{ "version: STSv2\nmode: none\nmax_age: 1\n", "", -1, 0, 0 },
	{ HEAD "mode: Enforce\nmax_age: 1\nmx: a\n", "", -1, 0, 0 },
	{ HEAD "mode: none\nmax_age: -1\n", "", -1, 0, 0 },
	{ HEAD "mode: none\nmax_age: 10000000000\n", "", -1, 0, 0 },
	{ HEAD "mode: none\nmax_age:\n", "", -1, 0, 0 },
	{ HEAD "mode: none\nmax_age: 1\njunk\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx: *\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx: a.*.b\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx: a..b\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx: a.\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx:\n", "", -1, 0, 0 },
	{ HEAD "mode: enforce\nmax_age: 1\nmx: \xc3\xa4\n", "", -1, 0, 0 },
	{ "<html><body>version: STSv1</body></html>", "", -1, 0, 0 },
};

START_TEST(policies_are_read)
{
	struct mta_sts p = { 0 }, copy = { 0 };

	ck_assert_int_eq(
	    mta_sts_parse(&p, span_str(policies[_i].text)), policies[_i].ret);
	mta_sts_copy(&copy, &p);
	ck_assert_int_eq(copy.mode, policies[_i].mode);
	ck_assert_uint_eq(copy.max_age, policies[_i].max_age);
	ck_buf_eq(&copy.mx, policies[_i].mx);
	mta_sts_clear(&p);
	mta_sts_clear(&copy);
}
END_TEST

START_TEST(policy_is_written_as_it_is_read)
{
	struct mta_sts p = { 0 };
	struct buf text = { 0 };

	mta_sts_parse(&p, SPAN_LIT("x: y\r\nmx: *.B.example\r\nmode: testing"
	    "\r\nmx: a.example\r\nmax_age: 7\r\nversion: STSv1\r\n"));
	mta_sts_format(&text, &p);
	ck_buf_eq(&text, "version: STSv1\nmode: testing\nmax_age: 7\nmx: *.b.example\n"
	    "mx: a.example\n");
	buf_clear(&text);
	mta_sts_parse(&p, SPAN_LIT(HEAD "mode: none\nmax_age: 1\n"));
	mta_sts_format(&text, &p);
	ck_buf_eq(&text, "version: STSv1\nmode: none\nmax_age: 1\n");
	mta_sts_clear(&p);
	buf_free(&text);
}
END_TEST

START_TEST(patterns_are_bounded)
{
	struct buf text = { 0 };
	struct mta_sts p = { 0 };

	buf_adds(&text, HEAD "mode: enforce\nmax_age: 1\n");
	for (int i = 0; i < MTA_STS_MX_MAX; i++)
		buf_adds(&text, "mx: a\n");
	ck_assert_int_eq(mta_sts_parse(&p, buf_span(&text)), 0);
	buf_adds(&text, "mx: a\n");
	ck_assert_int_eq(mta_sts_parse(&p, buf_span(&text)), -1);
	buf_free(&text);
	mta_sts_clear(&p);
}
END_TEST

static const struct {
	const char *host;
	bool has;
} hosts[] = {
	{ "mail.example.com", true },
	{ "MAIL.Example.COM", true },
	{ "x.example.net", true },
	{ "x.y.example.net", false },
	{ "example.net", false },
	{ ".example.net", false },
	{ "xexample.net", false },
	{ "mail.example.com.evil", false },
	{ "*.example.net", true }, /* no host is called so */
	{ "", false },
};

START_TEST(hosts_are_matched)
{
	struct mta_sts p = { 0 };

	mta_sts_parse(&p, span_str(policies[0].text));
	ck_assert_int_eq(
	    mta_sts_has(&p, span_str(hosts[_i].host)), hosts[_i].has);
	mta_sts_clear(&p);
	ck_assert(!mta_sts_has(&p, span_str(hosts[_i].host)));
}
END_TEST

static void
add(TCase *tc)
{
#define LOOP(t, a) \
	tcase_add_loop_test(tc, t, 0, (int)(sizeof(a) / sizeof((a)[0])))
	LOOP(records_are_read, records);
	LOOP(policies_are_read, policies);
	tcase_add_test(tc, policy_is_written_as_it_is_read);
	tcase_add_test(tc, patterns_are_bounded);
	LOOP(hosts_are_matched, hosts);
}

int
main(void)
{
	return check_run("mta_sts", add);
}
