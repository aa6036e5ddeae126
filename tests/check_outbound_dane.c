/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "outbound_dane.h"

#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32

static const struct {
	struct span rr;
	const char *want; /* usage, selector, matching, bytes; "": unusable */
} records[] = {
	{ SPAN_LIT("\3\1\1" D32), "311/32" },
	{ SPAN_LIT("\2\0\2" D64), "202/64" },
	{ SPAN_LIT("\3\1\0x"), "310/1" },
	{ SPAN_LIT("\0\1\1" D32), "" }, /* PKIX-TA and PKIX-EE */
	{ SPAN_LIT("\1\1\1" D32), "" },
	{ SPAN_LIT("\4\1\1" D32), "" },
	{ SPAN_LIT("\3\2\1" D32), "" },
	{ SPAN_LIT("\3\1\3" D32), "" },
	{ SPAN_LIT("\3\1\1" D64), "" },
	{ SPAN_LIT("\3\1\2" D32), "" },
	{ SPAN_LIT("\3\1\1"), "" },
	{ SPAN_LIT("\3\1\0"), "" },
	{ SPAN_LIT("\3\1"), "" },
	{ SPAN_LIT(""), "" },
};
#define NRECORDS (sizeof(records) / sizeof(records[0]))

static void
show(struct buf *out, const struct outbound_dane *d)
{
	for (size_t i = 0; i < d->n; i++)
		buf_addf(out, "%s%u%u%u/%zu", i > 0 ? " " : "",
		    d->record[i].usage, d->record[i].selector,
		    d->record[i].matching, d->record[i].data.n);
}

START_TEST(records_that_smtp_can_use)
{
	const int len = (int)records[_i].rr.n;
	const struct outbound_dns_answer a = { .data = &records[_i].rr.p,
		.len = &len, .n = 1 };
	struct outbound_dane d = { 0 };
	struct buf out = { 0 };

	outbound_dane_read(&d, &a, "mx.example");
	ck_assert_str_eq(d.base, "mx.example");
	show(&out, &d);
	ck_buf_eq(&out, records[_i].want);
	buf_free(&out);
	outbound_dane_clear(&d);
}
END_TEST

START_TEST(all_records_of_an_answer)
{
	const char *data[NRECORDS];
	int len[NRECORDS];
	const struct outbound_dns_answer a = { .data = data, .len = len,
		.n = NRECORDS };
	struct outbound_dane d = { 0 };
	struct buf out = { 0 };

	for (size_t i = 0; i < NRECORDS; i++) {
		data[i] = records[i].rr.p;
		len[i] = (int)records[i].rr.n;
	}
	outbound_dane_read(&d, &a, "mx.example");
	outbound_dane_read(&d, &a, "mx.example");
	show(&out, &d);
	ck_buf_eq(&out, "311/32 202/64 310/1");
	ck_span_eq(d.record[0].data, D32);
	ck_span_eq(d.record[1].data, D64);
	ck_span_eq(d.record[2].data, "x");
	buf_free(&out);
	outbound_dane_clear(&d);
}
END_TEST

START_TEST(not_more_than_can_be_used)
{
	const char *data[OUTBOUND_DANE_MAX + 8];
	int len[OUTBOUND_DANE_MAX + 8];
	const struct outbound_dns_answer a = { .data = data, .len = len,
		.n = OUTBOUND_DANE_MAX + 8 };
	struct outbound_dane d = { 0 };

	for (size_t i = 0; i < a.n; i++) {
		data[i] = "\3\1\1" D32;
		len[i] = 35;
	}
	outbound_dane_read(&d, &a, "mx.example");
	ck_assert_uint_eq(d.n, OUTBOUND_DANE_MAX);
	outbound_dane_clear(&d);
	ck_assert_uint_eq(d.n, 0);
}
END_TEST

START_TEST(they_stand_under_the_port)
{
	struct buf out = { 0 };

	outbound_dane_owner(&out, "mx.example", 25);
	ck_buf_eq(&out, "_25._tcp.mx.example");
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, records_that_smtp_can_use, 0, (int)NRECORDS);
	tcase_add_test(tc, all_records_of_an_answer);
	tcase_add_test(tc, not_more_than_can_be_used);
	tcase_add_test(tc, they_stand_under_the_port);
}

int
main(void)
{
	return check_run("outbound_dane", add);
}
