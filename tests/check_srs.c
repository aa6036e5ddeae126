/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "check.h"
#include "srs.h"

#define NOW ((int64_t)1795000000)
#define DAY 86400

static const unsigned char key[SRS_KEY_SIZE] = "one key", other[SRS_KEY_SIZE] =
    "another";

static struct span
local_of(const struct buf *address)
{
	const char *at = memrchr(address->data, '@', address->len);

	ck_assert_ptr_nonnull(at);
	return span_of(address->data, (size_t)(at - address->data));
}

static const struct {
	const char *sender, *tag;
	const char *back; /* NULL: as it was */
} trips[] = {
	{ "ann@example.org", "SRS0=", NULL },
	{ "Ann.Lee=x+y@Example.ORG", "SRS0=", NULL },
	{ "SRS0=ab12=cd=example.org=ann@first.example", "SRS1=", NULL },
	{ "srs0+ab12=cd=example.org=ann@first.example", "SRS1=",
	    "SRS0+ab12=cd=example.org=ann@first.example" },
	{ "SRS1=hash=first.example==ab12=cd=example.org=ann@second.example",
	    "SRS1=", "SRS0=ab12=cd=example.org=ann@first.example" },
	{ "SRS0@example.org", "SRS0=", NULL },
	{ "srsly@example.org", "SRS0=", NULL },
};

START_TEST(there_and_back)
{
	struct buf to = { 0 }, back = { 0 };

	ck_assert_int_eq(srs_forward(&to, key, span_str(trips[_i].sender),
			     "fwd.example", NOW), 0);
	ck_assert_msg(strncmp(to.data, trips[_i].tag, 5) == 0, "%s", to.data);
	ck_assert(strcmp(strrchr(to.data, '@'), "@fwd.example") == 0);
	for (int64_t later = 0; later <= SRS_DAYS; later += SRS_DAYS) {
		buf_clear(&back);
		ck_assert_int_eq(srs_reverse(&back, key, local_of(&to),
				     NOW + later * DAY), 0);
		ck_buf_eq(&back, trips[_i].back != NULL ? trips[_i].back :
							  trips[_i].sender);
	}
	buf_clear(&back);
	ck_assert_int_eq(srs_reverse(&back, other, local_of(&to), NOW), -1);
	ck_assert_uint_eq(back.len, 0);
	buf_free(&to);
	buf_free(&back);
}
END_TEST

START_TEST(case_may_be_lost)
{
	struct buf to = { 0 }, back = { 0 };

	srs_forward(&to, key, SPAN_LIT("Ann@example.org"), "fwd.example", NOW);
	for (size_t i = 0; i < to.len; i++)
		to.data[i] = (char)(_i ? ascii_upper((unsigned char)to.data[i])
				       : ascii_lower((unsigned char)to.data[i]));
	ck_assert_int_eq(srs_reverse(&back, key, local_of(&to), NOW), 0);
	ck_buf_eq(&back, _i ? "ANN@EXAMPLE.ORG" : "ann@example.org");
	buf_free(&to);
	buf_free(&back);
}
END_TEST

START_TEST(too_old_or_from_the_future)
{
	struct buf to = { 0 }, back = { 0 };

	srs_forward(&to, key, SPAN_LIT("ann@example.org"), "fwd.example", NOW);
	ck_assert_int_eq(srs_reverse(&back, key, local_of(&to),
			     NOW + (SRS_DAYS + 1) * DAY), -1);
	ck_assert_int_eq(srs_reverse(&back, key, local_of(&to), NOW - DAY), -1);
	buf_free(&to);
	buf_free(&back);
}
END_TEST

/* Nobody gets another address through by changing ours. */
START_TEST(every_letter_counts)
{
	struct buf to = { 0 }, back = { 0 };
	size_t n;

	srs_forward(&to, key, SPAN_LIT("ann@example.org"), "fwd.example", NOW);
	n = local_of(&to).n;
	for (size_t i = 0; i < n; i++) {
		const char was = to.data[i];

		to.data[i] = was == 'z' ? 'q' : 'z';
		ck_assert_int_eq(srs_reverse(&back, key,
				     span_of(to.data, n), NOW), -1);
		to.data[i] = was;
		ck_assert_int_eq(srs_reverse(&back, key, span_of(to.data, i),
				     NOW), -1);
	}
	ck_assert_uint_eq(back.len, 0);
	buf_free(&to);
	buf_free(&back);
}
END_TEST

static const char *const unfit[] = { "", "ann", "@example.org",
	"\"ann lee\"@example.org",
	"ann.with.a.name.that.is.so.long.that.no.room.is.left.for.what.goes."
	"before.it.in.an.address.of.two.hundred.and.fifty.four.bytes.in.all."
	"which.is.what.any.server.must.be.able.to.take.in.a.path.and.not.more."
	"than.that.unless.it.is.kind@an.example.org" };

START_TEST(sender_that_cannot_be_rewritten)
{
	struct buf to = { 0 };

	ck_assert_int_eq(srs_forward(&to, key, span_str(unfit[_i]),
			     "fwd.example", NOW), -1);
	ck_assert_uint_eq(to.len, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, there_and_back, 0,
	    sizeof(trips) / sizeof(trips[0]));
	tcase_add_loop_test(tc, case_may_be_lost, 0, 2);
	tcase_add_test(tc, too_old_or_from_the_future);
	tcase_add_test(tc, every_letter_counts);
	tcase_add_loop_test(tc, sender_that_cannot_be_rewritten, 0,
	    sizeof(unfit) / sizeof(unfit[0]));
}

int
main(void)
{
	return check_run("srs", add);
}
