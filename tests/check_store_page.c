/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "check.h"
#include "store_impl.h"

static struct store_page in, out;
static uint64_t rnd = 1;

static uint64_t
dice(uint64_t n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return n == 0 ? rnd : (rnd >> 20) % n;
}

/* Rows whose columns need this many bits. */
static void
make(uint32_t n, unsigned words, unsigned bits)
{
	uint64_t max = bits >= 63 ? INT64_MAX : (uint64_t)1 << bits;

	memset(&in, 0, sizeof(in));
	in.n = n;
	in.first = 5;
	in.words = words;
	in.columns = STORE_HOT | STORE_COLD;
	for (uint32_t i = 0; i < n; i++) {
		in.col[STORE_C_UID][i] = (i > 0 ? in.col[STORE_C_UID][i - 1] :
			4) + 1 + dice(max < 1000000 ? max : 1000000);
		in.col[STORE_C_FLAGS][i] = dice(32);
		in.col[STORE_C_MODSEQ][i] = dice(max);
		for (unsigned w = 0; w < words; w++)
			in.col[STORE_C_KEYWORD + w][i] = dice(max);
		in.col[STORE_C_PREFIX][i] = dice(100);
		in.col[STORE_C_SIZE][i] = 100 + dice(max < 1u << 30 ? max :
			1u << 30);
		in.col[STORE_C_DATE][i] = dice(max) - max / 2;
		in.col[STORE_C_ZONE][i] = dice(1400) - 700;
		in.col[STORE_C_SAVED][i] = dice(max);
		in.col[STORE_C_SENT][i] = dice(max) - max / 3;
		in.col[STORE_C_BLOB][i] = dice(max);
	}
	in.col[STORE_C_KEYWORD + (words > 0 ? words - 1 : 0)][0] |= words > 0;
}

static const struct {
	uint32_t n;
	unsigned words, bits;
} pages[] = {
	{ 1, 0, 1 },
	{ 1, 4, 62 },
	{ 2, 0, 7 },
	{ 3, 1, 8 },
	{ STORE_PAGE_ROWS, 0, 0 },
	{ STORE_PAGE_ROWS, 1, 15 },
	{ STORE_PAGE_ROWS, 2, 16 },
	{ STORE_PAGE_ROWS, 3, 31 },
	{ STORE_PAGE_ROWS, 4, 32 },
	{ STORE_PAGE_ROWS, 4, 62 },
};

START_TEST(page_comes_back)
{
	struct buf hot = { 0 }, cold = { 0 };
	uint32_t uid[STORE_PAGE_ROWS];
	uint64_t max = 0;

	make(pages[_i].n, pages[_i].words, pages[_i].bits);
	store_page_pack_hot(&hot, &in);
	store_page_pack_cold(&cold, &in);
	memset(&out, 0, sizeof(out));
	out.first = 5;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), 0);
	ck_assert_int_eq(store_page_unpack_cold(&out, buf_span(&cold)), 0);
	ck_assert_uint_eq(out.n, in.n);
	ck_assert_int_eq(store_page_unpack_uids(buf_span(&hot), out.first, uid),
	    (int)in.n);
	for (uint32_t i = 0; i < in.n; i++)
		ck_assert_uint_eq(uid[i], in.col[STORE_C_UID][i]);
	ck_assert_int_eq(store_page_unpack_uids(buf_span(&hot), uid[0] + 1,
	    uid), -1);
	ck_assert_uint_eq(out.words, in.words);
	for (unsigned c = 0; c < STORE_C_MAX; c++)
		ck_assert_msg(memcmp(out.col[c], in.col[c], in.n * 8) == 0,
		    "column %u", c);
	for (uint32_t i = 0; i < in.n; i++) {
		if (in.col[STORE_C_MODSEQ][i] > max)
			max = in.col[STORE_C_MODSEQ][i];
	}
	ck_assert_uint_eq(out.modseq, max);
	ck_assert_uint_eq(store_page_modseq(buf_span(&hot)), max);
	ck_assert_uint_le(hot.len, ENGINE_VALUE_MAX);
	buf_free(&hot);
	buf_free(&cold);
}
END_TEST

/* What came one after the other: nothing is left but the bases. */
START_TEST(a_run_takes_no_room)
{
	struct buf hot = { 0 };

	make(STORE_PAGE_ROWS, 0, 7);
	for (uint32_t i = 0; i < in.n; i++) {
		in.col[STORE_C_UID][i] = 70000 + i;
		in.col[STORE_C_FLAGS][i] = 0;
		in.col[STORE_C_MODSEQ][i] = UINT64_MAX / 2 + i;
	}
	store_page_pack_hot(&hot, &in);
	ck_assert_uint_le(hot.len, 40);
	out.first = 5;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), 0);
	ck_assert_uint_eq(out.n, in.n);
	for (unsigned c = 0; c < STORE_C_KEYWORD; c++)
		ck_assert_msg(memcmp(out.col[c], in.col[c], in.n * 8) == 0,
		    "column %u", c);
	/* With gaps: one byte, and not two. */
	buf_clear(&hot);
	for (uint32_t i = 0; i < in.n; i++)
		in.col[STORE_C_UID][i] = 70000 + 2 * i + (i == 7);
	store_page_pack_hot(&hot, &in);
	ck_assert_uint_le(hot.len, 40 + STORE_PAGE_ROWS);
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), 0);
	ck_assert(memcmp(out.col[STORE_C_UID], in.col[STORE_C_UID],
		      in.n * 8) == 0);
	/* Version 1 has no such runs … */
	hot.data[0] = 1;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), -1);
	/* … and is read as long as there are none. */
	buf_clear(&hot);
	in.col[STORE_C_UID][0] = 60000;
	in.col[STORE_C_MODSEQ][0] = 1;
	store_page_pack_hot(&hot, &in);
	hot.data[0] = 1;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), 0);
	ck_assert(memcmp(out.col[STORE_C_UID], in.col[STORE_C_UID],
		      in.n * 8) == 0);
	/* None is of a version to come. */
	hot.data[0] = 3;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), -1);
	buf_free(&hot);
}
END_TEST

/* A page as mail makes it: it must not outgrow one page of LMDB. */
START_TEST(usual_pages_are_small)
{
	struct buf hot = { 0 }, cold = { 0 };

	make(STORE_PAGE_ROWS, 1, 7);
	for (uint32_t i = 0; i < in.n; i++) {
		in.col[STORE_C_UID][i] = 70000 + i;
		in.col[STORE_C_MODSEQ][i] = 100000 + dice(60000);
		in.col[STORE_C_SIZE][i] = dice(10000000) + 1000;
		in.col[STORE_C_DATE][i] = 1700000000 + dice(100000000);
		in.col[STORE_C_SAVED][i] = 1700000000 + dice(100000000);
		in.col[STORE_C_SENT][i] = 1700000000 + dice(100000000);
		in.col[STORE_C_BLOB][i] = 1000000 + dice(500000);
	}
	store_page_pack_hot(&hot, &in);
	store_page_pack_cold(&cold, &in);
	ck_assert_uint_le(hot.len, 1000);
	ck_assert_uint_le(cold.len, 4072);
	buf_free(&hot);
	buf_free(&cold);
}
END_TEST

/* Every prefix, and every byte changed, is refused or at least consistent. */
START_TEST(damage_is_refused)
{
	struct buf hot = { 0 }, cold = { 0 };

	make(10, 1, 9);
	store_page_pack_hot(&hot, &in);
	store_page_pack_cold(&cold, &in);
	out.first = 5;
	for (size_t n = 0; n < hot.len; n++)
		ck_assert_int_eq(store_page_unpack_hot(&out,
				     span_of(hot.data, n)), -1);
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), 0);
	for (size_t n = 0; n < cold.len; n++)
		ck_assert_int_eq(store_page_unpack_cold(&out,
				     span_of(cold.data, n)), -1);
	for (size_t i = 0; i < hot.len; i++) {
		hot.data[i] ^= 0x55;
		if (store_page_unpack_hot(&out, buf_span(&hot)) == 0)
			ck_assert(out.n == 10 &&
			    out.col[STORE_C_UID][9] <= UINT32_MAX);
		else
			ck_assert_uint_eq(out.n, 0);
		hot.data[i] ^= 0x55;
	}
	out.first = UINT32_MAX;
	ck_assert_int_eq(store_page_unpack_hot(&out, buf_span(&hot)), -1);
	buf_free(&hot);
	buf_free(&cold);
}
END_TEST

START_TEST(rows_are_found_and_taken_out)
{
	bool keep[STORE_PAGE_ROWS];

	make(STORE_PAGE_ROWS, 1, 3);
	ck_assert_uint_eq(store_page_row(&in, 0), 0);
	ck_assert_uint_eq(store_page_row(&in, UINT32_MAX), in.n);
	for (uint32_t i = 0; i < in.n; i++) {
		uint32_t uid = (uint32_t)in.col[STORE_C_UID][i];

		ck_assert_uint_eq(store_page_row(&in, uid), i);
		ck_assert_uint_eq(store_page_row(&in, uid + 1), i + 1);
		keep[i] = i % 3 == 1;
	}
	out = in;
	store_page_keep(&out, keep);
	ck_assert_uint_eq(out.n, 53);
	for (uint32_t i = 0; i < out.n; i++) {
		ck_assert_uint_eq(out.col[STORE_C_UID][i],
		    in.col[STORE_C_UID][i * 3 + 1]);
		ck_assert_uint_eq(out.col[STORE_C_BLOB][i],
		    in.col[STORE_C_BLOB][i * 3 + 1]);
		ck_assert_uint_eq(out.col[STORE_C_KEYWORD][i],
		    in.col[STORE_C_KEYWORD][i * 3 + 1]);
	}
}
END_TEST

/* ---- sets of UIDs ---- */

static const struct {
	const char *set, *bytes;
	size_t n;
} logs[] = {
	{ "1", "\x01\x01\x00", 3 },
	{ "1:3,5", "\x01\x01\x02\x02\x00", 5 },
	{ "127:300", "\x01\x7f\xad\x01", 4 },
	{ "*", "\x01\xff\xff\xff\xff\x0f\x00", 7 },
	{ "1:*", "\x01\x01\xfe\xff\xff\xff\x0f", 7 },
	{ NULL, "", 0 },
	{ NULL, "\x02\x01\x00", 3 },
	{ NULL, "\x01\x01", 2 },
	{ NULL, "\x01\x80", 2 },
	{ NULL, "\x01\x00\x00", 3 },
	{ NULL, "\x01\xff\xff\xff\xff\x0f\x01", 7 },
	{ NULL, "\x01\xff\xff\xff\xff\xff\xff\x01\x00", 9 },
};

START_TEST(expunge_record_comes_back)
{
	struct seqset set = { 0 };
	struct buf b = { 0 };
	struct span bytes = span_of(logs[_i].bytes, logs[_i].n);

	ck_assert_int_eq(store_log_unpack(&set, bytes),
	    logs[_i].set != NULL ? 0 : -1);
	if (logs[_i].set != NULL) {
		seqset_format(&b, &set);
		ck_buf_eq(&b, logs[_i].set);
		buf_clear(&b);
		store_log_pack(&b, &set);
		ck_assert(span_eq(buf_span(&b), bytes));
	}
	buf_free(&b);
	seqset_clear(&set);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, page_comes_back, 0,
	    sizeof(pages) / sizeof(pages[0]));
	tcase_add_test(tc, a_run_takes_no_room);
	tcase_add_test(tc, usual_pages_are_small);
	tcase_add_test(tc, damage_is_refused);
	tcase_add_test(tc, rows_are_found_and_taken_out);
	tcase_add_loop_test(tc, expunge_record_comes_back, 0,
	    sizeof(logs) / sizeof(logs[0]));
}

int
main(void)
{
	return check_run("store_page", add);
}
