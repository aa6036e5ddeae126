/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_sort.h"

/*
 * What order_run() makes of rows is what sort_rows_compare() says of each two,
 * and equal ones are in the order in which they came.
 */

static uint64_t rnd = 1;

static uint32_t
dice(uint32_t n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rnd >> 33) % n;
}

static const struct {
	size_t rows;
	uint32_t numbers;     /* different ones */
	const char *prefix;   /* of all texts */
	uint32_t len, letters; /* of what follows: at most, different ones */
} shapes[] = {
	{ 0, 1, "", 1, 1 },
	{ 1, 1, "", 1, 1 },
	{ 2, 2, "", 1, 2 },
	{ 24, 5, "", 9, 2 },
	{ 25, 5, "", 9, 2 },
	{ 1000, 1, "", 1, 1 },
	{ 1000, 3, "", 3, 2 },
	{ 1000, 1000000, "", 20, 3 },
	{ 3000, 40, "1234567", 2, 3 },
	{ 3000, 40, "all of them begin with this", 16, 2 },
	{ 20000, 300, "12345678", 4, 26 },
};

/* NUL is one of the letters, and the ends of texts are told from it. */
static struct span
text(size_t shape, char buf[64])
{
	size_t n = strlen(shapes[shape].prefix);
	uint32_t more = dice(shapes[shape].len + 1);

	memcpy(buf, shapes[shape].prefix, n);
	for (uint32_t i = 0; i < more; i++)
		buf[n++] = (char)(dice(shapes[shape].letters) * 9);
	return span_of(buf, dice(20) == 0 ? 0 : n);
}

static void
fill(struct sort_rows *r, size_t shape)
{
	for (size_t i = 0; i < shapes[shape].rows; i++) {
		struct store_msg m = { 0 };
		struct sort_keys k = { 0 };
		char buf[64];

		m.sent = (int64_t)dice(shapes[shape].numbers) - 5;
		m.size = dice(3);
		k.text[SORT_SUBJECT] = text(shape, buf);
		sort_rows_add(r, (uint32_t)i, &m, &k);
	}
}

static void
check(struct sort_rows *r)
{
	static struct imap im; /* whose slices are always over */
	struct order o = { .word = sort_rows_word,
		.next = sort_rows_next,
		.arg = r,
		.n = r->len };
	bool *seen = xcalloc(r->len, sizeof(bool));

	while (!order_run(&o, &im))
		;
	for (size_t i = 0; i < r->len; i++) {
		int way = i == 0 ? -1 :
				   sort_rows_compare(r, o.v[i - 1], o.v[i]);

		ck_assert_int_le(way, 0);
		ck_assert(way < 0 || o.v[i - 1] < o.v[i]);
		ck_assert(i == 0 || o.same[i] == (way == 0));
		ck_assert(!seen[o.v[i]]);
		seen[o.v[i]] = true;
	}
	free(seen);
	order_release(&o);
}

START_TEST(rows_are_ordered_as_they_compare)
{
	for (unsigned way = 0; way < 8; way++) {
		struct sort_rows r = { .ncriteria = 3 };
		bool text_first = (way & 1) != 0;

		r.criterion[text_first ? 0 : 1].column = SORT_TEXT;
		r.criterion[text_first ? 1 : 0].column = SORT_DATE;
		r.criterion[0].reverse = (way & 2) != 0;
		r.criterion[1].reverse = (way & 4) != 0;
		r.criterion[2].column = SORT_SIZE;
		fill(&r, (size_t)_i);
		check(&r);
		sort_rows_clear(&r);
	}
}
END_TEST

START_TEST(what_is_in_order_stays_so)
{
	struct sort_rows r = { .ncriteria = 1,
		.criterion[0].column = SORT_ARRIVAL };

	for (uint32_t i = 0; i < 5000; i++) {
		struct store_msg m = { .internaldate.sec = i / 3 - 100 };

		sort_rows_add(&r, i, &m, &(struct sort_keys){ 0 });
	}
	check(&r);
	sort_rows_clear(&r);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, rows_are_ordered_as_they_compare, 0,
	    sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_test(tc, what_is_in_order_stays_so);
}

int
main(void)
{
	return check_run("imap_order", add);
}
