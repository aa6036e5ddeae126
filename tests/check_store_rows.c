/* SPDX-License-Identifier: ISC */
#include "store_harness.h"
#include "store_impl.h"
#include "store_rows.h"

/* What rows say of a column is what each message says of itself. */

#define MESSAGES 500
#define QUERIES  400

static struct box b;
static uint64_t rnd = 1;

static uint64_t
dice(uint64_t n)
{
	rnd = rnd * 6364136223846793005u + 1442695040888963407u;
	return (rnd >> 33) % n;
}

/* Pages differ: in some a column has one value, in others many. */
static void
deliver(struct store_mailbox m)
{
	const char *text = "Subject: a\r\nDate: Thu, 1 Jan 1970 00:01:00 "
			   "+0000\r\n\r\nhello\r\n";
	struct span keyword[] = { SPAN_LIT("one"), SPAN_LIT("two") };

	for (unsigned i = 0; i < MESSAGES; i++) {
		bool varied = i / STORE_PAGE_ROWS % 2 == 0;
		struct buf long_text = { 0 };
		struct store_delivery d = { .mailbox = m };

		buf_adds(&long_text, text);
		for (uint64_t n = varied ? dice(40) : 3; n > 0; n--)
			buf_adds(&long_text, "more\r\n");
		d.message = box_message(&b, long_text.data);
		d.flags = varied ? (uint32_t)dice(32) : STORE_SEEN;
		d.keyword = keyword + dice(2);
		d.nkeywords = varied ? dice(2) : 1;
		d.internaldate = (struct mail_date){
			.sec = 1000000 + (varied ? (int64_t)dice(1000000) : i),
			.zone = i < 10 && varied ? 60 : -120
		};
		ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1,
						  box_delivered, &b)),
		    STORE_OK);
		store_message_free(d.message);
		buf_free(&long_text);
	}
}

static int64_t
value(const struct store_msg *m, enum store_field f)
{
	const int64_t all[] = {
		[STORE_F_MODSEQ] = (int64_t)m->modseq,
		[STORE_F_SIZE] = (int64_t)m->size,
		[STORE_F_DATE] = m->internaldate.sec,
		[STORE_F_SAVED] = m->savedate,
		[STORE_F_SENT] = m->sent,
	};

	return all[f];
}

static bool
has(const struct store_bits *bits, uint32_t row)
{
	return (bits->w[row / 64] >> row % 64 & 1) != 0;
}

static void
check_ends(const struct store_rows *r, const struct store_bits *bits)
{
	for (uint32_t i = r->n; i < STORE_ROWS_MAX; i++)
		ck_assert(!has(bits, i));
}

/* Bounds are values of rows, and what lies beside them. */
static void
check_fields(struct store_rows *r, const struct store_msg *m)
{
	for (unsigned n = 0; n < QUERIES; n++) {
		enum store_field f = (enum store_field)dice(STORE_F_SENT + 1);
		int64_t lo = value(&m[dice(r->n)], f) - 1 + (int64_t)dice(3);
		int64_t hi = value(&m[dice(r->n)], f) - 1 + (int64_t)dice(3);
		struct store_bits got;

		if (dice(4) == 0)
			lo = INT64_MIN;
		if (dice(4) == 0)
			hi = INT64_MAX;
		ck_assert(store_rows_between(r, f, lo, hi, &got));
		check_ends(r, &got);
		for (uint32_t i = 0; i < r->n; i++)
			ck_assert(has(&got, i) ==
			    (value(&m[i], f) >= lo && value(&m[i], f) <= hi));
	}
}

static void
check_flags(struct store_rows *r, const struct store_msg *m)
{
	struct store_bits got;

	for (uint32_t flags = 1; flags < 32; flags++) {
		ck_assert(store_rows_flags(r, flags, &got));
		check_ends(r, &got);
		for (uint32_t i = 0; i < r->n; i++)
			ck_assert(has(&got, i) ==
			    ((m[i].flags.system & flags) != 0));
	}
	for (unsigned k = 0; k < STORE_KEYWORDS_MAX; k += k < 3 ? 1 : 63) {
		ck_assert(store_rows_keyword(r, k, &got));
		for (uint32_t i = 0; i < r->n; i++)
			ck_assert(has(&got, i) ==
			    ((m[i].flags.keyword[k / 64] >> k % 64 & 1) != 0));
	}
}

static void
check_zone(struct store_rows *r, const struct store_msg *m)
{
	bool same = true;
	int zone;

	for (uint32_t i = 1; i < r->n; i++)
		same = same && m[i].internaldate.zone == m[0].internaldate.zone;
	ck_assert(store_rows_zone(r, &zone) == same);
	ck_assert(!same || zone == m[0].internaldate.zone);
}

static void
check_page(struct store_rows *r, struct store_cursor *c)
{
	struct store_msg m[STORE_ROWS_MAX] = { 0 };

	for (uint32_t i = 0; i < r->n; i++)
		ck_assert_int_eq(store_msg_get(b.st, c, r->uid[i], &m[i]),
		    STORE_OK);
	check_fields(r, m);
	check_flags(r, m);
	check_zone(r, m);
}

START_TEST(rows_say_what_messages_do)
{
	struct store_cursor c = { .columns = STORE_HOT | STORE_COLD };
	struct store_rows r;
	uint32_t n = 0;

	box_start(&b, _i);
	c.mailbox = box_mailbox(&b, "INBOX");
	deliver(c.mailbox);
	box_flags(&b, c.mailbox, "7,20:30", STORE_FLAGS_ADD, STORE_DELETED,
	    NULL);
	box_expunge(&b, c.mailbox, "7,20:25");
	store_begin(b.st);
	ck_assert_int_eq(store_rows_begin(b.st, &c.mailbox, 1, &r), STORE_OK);
	while (store_rows_next(&r) == STORE_OK) {
		check_page(&r, &c);
		n += r.n;
	}
	ck_assert_uint_eq(n, MESSAGES - 7);
	store_rows_end(&r);
	store_cursor_end(&c);
	store_end(b.st);
	box_stop(&b);
}
END_TEST

START_TEST(a_walk_begins_at_the_page_of_a_uid)
{
	struct store_mailbox m;
	struct store_rows r;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, MESSAGES);
	store_begin(b.st);
	for (uint32_t uid = 1; uid <= MESSAGES; uid += 7) {
		ck_assert_int_eq(
		    store_rows_begin(b.st, &m, uid, &r), STORE_OK);
		ck_assert_int_eq(store_rows_next(&r), STORE_OK);
		ck_assert_uint_le(r.uid[0], uid);
		ck_assert_uint_ge(r.uid[r.n - 1], uid);
		store_rows_end(&r);
	}
	store_end(b.st);
	box_stop(&b);
}
END_TEST

/* What a guest has seen is not in the columns. */
START_TEST(a_guest_is_not_told_what_is_seen)
{
	struct store_mailbox m;
	struct store_bits got;
	struct store_rows r;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, STORE_SEEN, 3);
	m.who = m.owner + 1;
	store_begin(b.st);
	ck_assert_int_eq(store_rows_begin(b.st, &m, 1, &r), STORE_OK);
	ck_assert_int_eq(store_rows_next(&r), STORE_OK);
	ck_assert(!store_rows_flags(&r, STORE_SEEN, &got));
	ck_assert(store_rows_flags(&r, STORE_FLAGGED, &got));
	ck_assert_int_eq(store_rows_next(&r), STORE_NONEXISTENT);
	store_rows_end(&r);
	store_end(b.st);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, rows_say_what_messages_do, 0, n);
	tcase_add_loop_test(tc, a_walk_begins_at_the_page_of_a_uid, 0, n);
	tcase_add_loop_test(tc, a_guest_is_not_told_what_is_seen, 0, n);
}

int
main(void)
{
	return check_run("store_rows", add);
}
