/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <stdlib.h>

#include "postings.h"
#include "segment.h"
#include "trigram_lists.h"

static uint64_t rnd = 1;

static uint32_t
dice(uint32_t n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((rnd >> 33) % n);
}

/* ---- postings ---- */

/* So many of that many messages. */
static const struct {
	uint32_t n, docs;
} lists[] = {
	{ 1, 1 },
	{ 1, 2 },
	{ 2, 2 },
	{ 1, SEGMENT_DOCS_MAX },
	{ 3, 1000 },
	{ 500, 1000 },
	{ 1000, 1000 },
	{ 999, 1000 },
	{ 20, SEGMENT_DOCS_MAX },
	{ 200000, SEGMENT_DOCS_MAX },
};

/* n different numbers below docs; those at both ends always. */
static uint32_t *
choose(uint32_t n, uint32_t docs)
{
	uint32_t *v = xcalloc(n, sizeof(*v)), left = n, k = 0;

	for (uint32_t i = 0; i < docs && left > 0; i++) {
		bool end = i == docs - 1 || (i == 0 && n > 1);

		if (end || (left > 1 && dice(docs - i) < left)) {
			v[k++] = i;
			left--;
		}
	}
	ck_assert_uint_eq(k, n);
	return v;
}

static uint64_t *
to_bits(const uint32_t *v, uint32_t n, uint32_t docs, uint32_t at)
{
	uint64_t *bits = xcalloc((at + docs) / 64 + 1, sizeof(*bits));

	for (uint32_t i = 0; i < n; i++)
		bits[(at + v[i]) / 64] |= (uint64_t)1 << (at + v[i]) % 64;
	return bits;
}

/* They come back as bits, wherever those begin. */
static void
check_unpacked_bits(const struct buf *packed, const uint32_t *v, uint32_t n,
    uint32_t docs)
{
	uint32_t at = n % 131;
	uint64_t *want = to_bits(v, n, docs, at);
	uint64_t *got = to_bits(v, 0, docs, at);
	struct span s = buf_span(packed);

	ck_assert_int_eq(postings_unpack_bits(s, n, docs, at, got), 0);
	ck_assert_mem_eq(want, got, ((at + docs) / 64 + 1) * sizeof(*got));
	ck_assert_int_eq(postings_unpack_bits(span_sub(s, 0, s.n - 1), n, docs,
	    at, got), -1);
	free(want);
	free(got);
}

/* Made of bits they are the same. */
static void
check_bits(const struct buf *packed, const uint32_t *v, uint32_t n,
    uint32_t docs)
{
	uint64_t *bits = to_bits(v, n, docs, 0);
	struct buf b = { 0 };

	postings_pack_bits(&b, bits, n, docs);
	ck_assert(span_eq(buf_span(&b), buf_span(packed)));
	check_unpacked_bits(packed, v, n, docs);
	buf_free(&b);
	free(bits);
}

START_TEST(postings_come_back)
{
	uint32_t n = lists[_i].n, docs = lists[_i].docs;
	uint32_t *v = choose(n, docs), *again = xcalloc(n, sizeof(*v));
	struct buf b = { 0 };

	postings_pack(&b, v, n, docs);
	check_bits(&b, v, n, docs);
	ck_assert_int_eq(postings_unpack(buf_span(&b), n, docs, again), 0);
	ck_assert_mem_eq(v, again, n * sizeof(*v));
	/* Without their last byte they are damaged. */
	ck_assert_int_eq(postings_unpack(span_sub(buf_span(&b), 0, b.len - 1),
	    n, docs, again), -1);
	/* Two bits and a half suffice for most lists. */
	ck_assert_uint_le(b.len, n * 3 + 4);
	buf_free(&b);
	free(v);
	free(again);
}
END_TEST

/* Among many that follow one another: wherever in a word its bits begin and
 * end. */
START_TEST(a_gap_of_any_length_comes_back)
{
	uint32_t v[400], again[400];

	for (uint32_t gap = 0; gap < 200; gap++) {
		for (uint32_t n = 330; n < 400; n++) {
			uint32_t docs = n + gap;
			struct buf b = { 0 };

			for (uint32_t i = 0; i < n; i++)
				v[i] = i < n - 20 ? i : i + gap;
			postings_pack(&b, v, n, docs);
			check_bits(&b, v, n, docs);
			ck_assert_int_eq(postings_unpack(buf_span(&b), n, docs,
			    again), 0);
			ck_assert_mem_eq(v, again, n * sizeof(*v));
			buf_free(&b);
		}
	}
}
END_TEST

START_TEST(a_common_trigram_takes_little_more_than_a_bit)
{
	uint32_t *v = choose(9000, 10000);
	struct buf b = { 0 };

	postings_pack(&b, v, 9000, 10000);
	ck_assert_uint_lt(b.len, 10000 / 8 * 12 / 10);
	buf_free(&b);
	free(v);
}
END_TEST

/* ---- trigrams ---- */

START_TEST(a_needle_has_each_trigram_once)
{
	uint32_t v[16];

	ck_assert_uint_eq(trigrams_of(SPAN_LIT("AB"), v), 0);
	ck_assert_uint_eq(trigrams_of(SPAN_LIT("CABCABC\303\244"), v), 5);
	ck_assert_uint_eq(v[0], 0x414243);
	ck_assert_uint_eq(v[1], 0x424341);
	ck_assert_uint_eq(v[2], 0x4243c3);
	ck_assert_uint_eq(v[3], 0x434142);
	ck_assert_uint_eq(v[4], 0x43c3a4);
}
END_TEST

/* Lists as text: "414243:0,2 ". */
static void
show(void *arg, uint32_t trigram, const uint64_t *bits, uint32_t n)
{
	char before = ':';

	buf_addf(arg, "%06x", trigram);
	for (unsigned i = 0; n > 0; i++) {
		if ((bits[i / 64] >> i % 64 & 1) != 0) {
			buf_addf(arg, "%c%u", before, i);
			before = ',';
			n--;
		}
	}
	buf_addc(arg, ' ');
}

static void
check_lists(const struct trigram_lists *l, const char *want)
{
	struct buf got = { 0 };

	trigram_lists_each(l, show, &got);
	ck_assert_str_eq(got.len > 0 ? got.data : "", want);
	buf_free(&got);
}

START_TEST(lists_are_the_same_whatever_the_pieces)
{
	static const char *const text[] = { "ABCABCD", "AB", "BCD\303\244",
		"XABC" };

	for (size_t step = 1; step <= 8; step++) {
		struct trigram_lists l = { 0 };

		check_lists(&l, "");
		for (size_t m = 0; m < 4; m++) {
			struct span s = span_str(text[m]);

			trigram_lists_begin(&l);
			for (size_t i = 0; i < s.n; i += step)
				ck_assert(trigram_lists_feed(&l,
				    span_sub(s, i, step)));
		}
		check_lists(&l, "414243:0,3 424341:0 424344:0,2 434142:0 "
				"4344c3:2 44c3a4:2 584142:3 ");
		trigram_lists_clear(&l);
	}
}
END_TEST

START_TEST(a_long_list_keeps_its_order)
{
	struct trigram_lists l = { 0 };
	struct buf want = { 0 };

	for (unsigned i = 0; i < 300; i++) {
		trigram_lists_begin(&l);
		trigram_lists_feed(&l,
		    i % 3 == 0 ? SPAN_LIT("ABC") : SPAN_LIT("XYZ"));
	}
	for (unsigned k = 0; k < 2; k++) {
		buf_adds(&want, k == 0 ? "414243" : "58595a");
		for (unsigned i = 0, first = 1; i < 300; i++) {
			if ((i % 3 == 0) == (k == 0)) {
				buf_addf(&want, "%c%u", first ? ':' : ',', i);
				first = 0;
			}
		}
		buf_addc(&want, ' ');
	}
	check_lists(&l, want.data);
	buf_free(&want);
	trigram_lists_clear(&l);
}
END_TEST

/* A message of about so many trigrams; false: it was too much. */
static bool
feed_many(struct trigram_lists *l, uint32_t n)
{
	bool fits = true;

	trigram_lists_begin(l);
	for (uint32_t i = 0; fits && i < n; i++) {
		const char c[3] = { (char)(i >> 16), (char)(i >> 8), (char)i };

		fits = trigram_lists_feed(l, span_of(c, 3));
	}
	return fits;
}

START_TEST(a_message_of_too_much_may_have_anything)
{
	struct trigram_lists l = { 0 };

	trigram_lists_begin(&l);
	ck_assert(trigram_lists_feed(&l, SPAN_LIT("\1\1\1\1")));
	trigram_lists_begin(&l);
	ck_assert(trigram_lists_feed(&l, SPAN_LIT("\1\1\1\3")));
	trigram_lists_any(&l);
	trigram_lists_begin(&l);
	ck_assert(trigram_lists_feed(&l, SPAN_LIT("\1\1\1\2")));
	ck_assert(!trigram_lists_full(&l));
	ck_assert(!feed_many(&l, TRIGRAM_ANY));
	trigram_lists_any(&l);
	ck_assert(trigram_lists_full(&l));
	check_lists(&l, "010101:0,2 010102:2 1000000:1,3 ");
	trigram_lists_clear(&l);
}
END_TEST

START_TEST(lists_become_full)
{
	struct trigram_lists l = { 0 };
	unsigned n = 0;

	for (; !trigram_lists_full(&l); n++)
		ck_assert(feed_many(&l, 20000));
	ck_assert_uint_ge(n, 64);
	ck_assert_uint_lt(n, 64 * TRIGRAM_WORDS_MAX / 20000);
	trigram_lists_clear(&l);
}
END_TEST

/* ---- segments ---- */

/* At most 100 bytes at once, as chunks may end anywhere. */
static int
at(void *arg, uint64_t off, struct span *out)
{
	*out = span_sub(buf_span(arg), (size_t)off, 100);
	return 0;
}

static void
keep(void *arg, struct span s)
{
	buf_add_span(arg, s);
}

#define LISTS 3000

static uint32_t
trigram_of(uint32_t list)
{
	return list == LISTS - 1 ? TRIGRAM_ANY : list * 5 + 3;
}

/* Of list i the messages i % docs and, if there is one, the next. */
static void
make(struct buf *bytes, struct buf *head, uint32_t docs)
{
	struct segment_writer w = { .write = keep, .arg = bytes };

	for (uint32_t i = 0; i < docs; i++)
		segment_head_add(&w.head, 10 + i + (i > 3 ? 100 : 0));
	for (uint32_t i = 0; i < LISTS; i++) {
		uint32_t v[] = { i % docs, i % docs + 1 };

		segment_write(&w, trigram_of(i), v, v[1] < docs ? 2 : 1);
	}
	segment_finish(&w);
	segment_head_pack(head, &w.head);
	segment_writer_clear(&w);
}

static void
check_list(const struct segment_list *l, uint32_t i, uint32_t docs)
{
	uint32_t v[2];

	ck_assert_uint_eq(l->trigram, trigram_of(i));
	ck_assert_int_eq(postings_unpack(l->postings, l->n, docs, v), 0);
	ck_assert_uint_eq(v[0], i % docs);
	ck_assert_uint_eq(l->n, i % docs + 1 < docs ? 2 : 1);
}

START_TEST(a_segment_has_what_was_written)
{
	static const uint32_t sizes[] = { 1, 4, 5, 700 };
	uint32_t docs = sizes[_i];
	struct buf bytes = { 0 }, packed = { 0 };
	struct segment_head h;
	struct segment_list l;

	make(&bytes, &packed, docs);
	ck_assert_int_eq(segment_head_unpack(&h, buf_span(&packed), bytes.len),
	    0);
	ck_assert_uint_eq(h.nruns, docs > 4 ? 2 : 1);
	ck_assert_uint_eq(h.docs, docs);

	struct msgsrc src = { at, &bytes, bytes.len };
	struct segment_reader r = { .head = &h, .src = &src };

	for (uint32_t i = 0; i < LISTS; i++) {
		ck_assert_int_eq(segment_next(&r, &l), 1);
		check_list(&l, i, docs);
	}
	ck_assert_int_eq(segment_next(&r, &l), 0);
	for (uint32_t i = 0; i < LISTS; i++) {
		ck_assert_int_eq(segment_find(&r, trigram_of(i), &l), 1);
		check_list(&l, i, docs);
		ck_assert_int_eq(segment_find(&r, trigram_of(i) - 1, &l), 0);
	}
	segment_reader_clear(&r);
	segment_head_clear(&h);
	buf_free(&bytes);
	buf_free(&packed);
}
END_TEST

START_TEST(a_damaged_head_is_refused)
{
	struct buf bytes = { 0 }, packed = { 0 };
	struct segment_head h;

	make(&bytes, &packed, 5);
	for (size_t n = 0; n < packed.len; n++)
		ck_assert_int_eq(segment_head_unpack(&h,
		    span_sub(buf_span(&packed), 0, n), bytes.len), -1);
	ck_assert_int_eq(segment_head_unpack(&h, buf_span(&packed),
	    bytes.len - 1), -1);
	buf_free(&bytes);
	buf_free(&packed);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, postings_come_back, 0,
	    sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(tc, a_gap_of_any_length_comes_back);
	tcase_add_test(tc, a_common_trigram_takes_little_more_than_a_bit);
	tcase_add_test(tc, a_needle_has_each_trigram_once);
	tcase_add_test(tc, lists_are_the_same_whatever_the_pieces);
	tcase_add_test(tc, a_long_list_keeps_its_order);
	tcase_add_test(tc, a_message_of_too_much_may_have_anything);
	tcase_add_test(tc, lists_become_full);
	tcase_add_loop_test(tc, a_segment_has_what_was_written, 0, 4);
	tcase_add_test(tc, a_damaged_head_is_refused);
}

int
main(void)
{
	return check_run("segment", add);
}
