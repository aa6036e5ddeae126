/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "store_queue_impl.h"

#include "store_harness.h"

/*
 * The queue's records: what is added is found, by message, by domain and time;
 * what changes moves; the text goes with the last recipient.
 */
static struct box box;

static void
setup(void)
{
	box_open(&box, NULL);
}

static void
teardown(void)
{
	box_close(&box);
}

#define NRCPT 3
static const struct store_queue_rcpt three[NRCPT] = {
	{ .address = { "a@one.example", 13 },
	    .domain = { "one.example", 11 },
	    .orcpt = { "", 0 },
	    .notify = 4,
	    .next = 100 },
	{ .address = { "b@one.example", 13 },
	    .domain = { "one.example", 11 },
	    .orcpt = { "rfc822;x", 8 },
	    .next = 90 },
	{ .address = { "c@two.example", 13 },
	    .domain = { "two.example", 11 },
	    .orcpt = { "", 0 },
	    .next = 110 },
};

static void
add_message(void)
{
	struct store_message *m = store_message_new(box.st, NULL, NULL);
	struct store_queue_new add = { .message = m,
		.sender = SPAN_LIT("s@example.org"),
		.envid = SPAN_LIT("e1"),
		.future = SPAN_LIT("for;60"),
		.prefix = SPAN_LIT("X: y\r\n"),
		.ret = DSN_RET_FULL,
		.body = BODY_BINARYMIME,
		.require_tls = REQUIRE_TLS_YES,
		.priority = -9,
		.by = { DELIVER_BY_NOTIFY, true, -7 },
		.rcpt = three,
		.nrcpt = NRCPT };
	struct store_queue_work w = { .add = &add };

	store_message_write(m, SPAN_LIT("Subject: x\r\n\r\ntext\r\n"));
	ck_assert_int_eq(store_message_finish(m), STORE_OK);
	ck_assert_int_eq(box_call(&box, store_deliver_queue(box.st, NULL, 0, &w,
					    box_delivered, &box)),
	    STORE_OK);
	store_message_free(m);
}

/* "one.example:90 two.example:110 " */
static void
on_domain(void *arg, struct span domain, int64_t next)
{
	buf_addf(arg, "%.*s:%d ", (int)domain.n, domain.p, (int)next);
}

static void
expect_domains(const char *want)
{
	struct buf out = { 0 };

	store_begin(box.st);
	ck_assert_int_eq(
	    store_queue_domains(box.st, on_domain, &out), STORE_OK);
	store_end(box.st);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

static bool
on_rcpt(void *arg, const struct store_queue_rcpt *r)
{
	buf_addf(arg, "%u:%.*s state=%d attempts=%u next=%d code=%u %.*s\n",
	    r->index, (int)r->address.n, r->address.p, (int)r->state,
	    r->attempts, (int)r->next, r->reply.code, (int)r->reply.text.n,
	    r->reply.text.p);
	return true;
}

static void
expect_rcpts(const char *want)
{
	struct buf out = { 0 };

	store_begin(box.st);
	ck_assert_int_eq(store_queue_rcpts(box.st, 1, on_rcpt, &out), STORE_OK);
	store_end(box.st);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

static void
change(struct store_queue_change c)
{
	ck_assert_int_eq(box_call(&box, store_queue_change(
					    box.st, 1, &c, 1, box_done, &box)),
	    STORE_OK);
}

START_TEST(what_is_added_is_found)
{
	struct store_queue_src src;
	struct store_queue_msg m;
	struct buf text = { 0 };
	struct span run;

	add_message();
	expect_domains("one.example:90 two.example:110 ");
	expect_rcpts("0:a@one.example state=0 attempts=0 next=100 code=0 \n"
		     "1:b@one.example state=0 attempts=0 next=90 code=0 \n"
		     "2:c@two.example state=0 attempts=0 next=110 code=0 \n");
	store_begin(box.st);
	ck_assert_int_eq(store_queue_next(box.st, 0, &m), STORE_OK);
	ck_assert_uint_eq(m.id, 1);
	ck_assert_uint_eq(m.left, NRCPT);
	ck_span_eq(m.sender, "s@example.org");
	ck_span_eq(m.envid, "e1");
	ck_span_eq(m.future, "for;60");
	ck_assert(m.body == BODY_BINARYMIME && !m.utf8 && m.ret == DSN_RET_FULL);
	ck_assert(m.require_tls == REQUIRE_TLS_YES && m.priority == -9);
	ck_assert(m.by.mode == DELIVER_BY_NOTIFY && m.by.trace && m.by.at == -7);
	store_queue_src(box.st, &m, &src);
	for (uint64_t off = 0; off < m.size; off += run.n) {
		ck_assert_int_eq(src.src.at(src.src.arg, off, &run), 0);
		buf_add_span(&text, run);
	}
	ck_buf_eq(&text, "X: y\r\nSubject: x\r\n\r\ntext\r\n");
	ck_assert_int_eq(store_queue_next(box.st, 2, &m), STORE_NONEXISTENT);
	store_end(box.st);
	buf_free(&text);
}
END_TEST

/* As it was written before messages could be held by their senders. */
START_TEST(an_old_record_is_read)
{
	static const char old[] =
	    "\1\1\0\2\1\0\0\0\7\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0"
	    "\3\0\0\0\0\0\0\0\3\0s@x\2\0e1\0\0";
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, 5);
	struct store_queue_msg m;

	ck_assert_int_eq(store_queue_msg_parse(k,
			     span_of(old, sizeof(old) - 1), &m), 0);
	ck_assert(m.id == 5 && m.body == BODY_8BITMIME && !m.utf8 &&
	    m.ret == DSN_RET_HDRS && m.left == 1 && m.created == 7 &&
	    m.size == 9 && m.blob == 3);
	ck_span_eq(m.sender, "s@x");
	ck_span_eq(m.envid, "e1");
	ck_span_eq(m.future, "");
}
END_TEST

/* … and before they could ask for TLS. */
START_TEST(a_record_of_version_2_is_read)
{
	static const char old[] =
	    "\2\1\0\2\1\0\0\0\7\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0"
	    "\3\0\0\0\0\0\0\0\3\0s@x\2\0e1\0\0\6\0for;60";
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, 5);
	struct store_queue_msg m;

	ck_assert_int_eq(store_queue_msg_parse(k,
			     span_of(old, sizeof(old) - 1), &m), 0);
	ck_span_eq(m.future, "for;60");
	ck_assert(m.require_tls == REQUIRE_TLS_UNSAID);
}
END_TEST

/* … and before they had priorities. */
START_TEST(a_record_of_version_3_is_read)
{
	static const char old[] =
	    "\3\1\0\2\1\0\0\0\7\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0"
	    "\3\0\0\0\0\0\0\0\3\0s@x\2\0e1\0\0\6\0for;60\1";
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, 5);
	struct store_queue_msg m;

	ck_assert_int_eq(store_queue_msg_parse(k,
			     span_of(old, sizeof(old) - 1), &m), 0);
	ck_assert(m.require_tls == REQUIRE_TLS_YES && m.priority == 0);
}
END_TEST

/* … and before they could say by when. */
START_TEST(a_record_of_version_4_is_read)
{
	static const char old[] =
	    "\4\1\0\2\1\0\0\0\7\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0"
	    "\3\0\0\0\0\0\0\0\3\0s@x\2\0e1\0\0\6\0for;60\1\0";
	char key[STORE_QUEUE_KEY];
	struct span k = store_queue_msg_key(key, 5);
	struct store_queue_msg m;

	ck_assert_int_eq(store_queue_msg_parse(k,
			     span_of(old, sizeof(old) - 1), &m), 0);
	ck_assert(m.priority == -9 && m.by.mode == DELIVER_BY_NONE);
}
END_TEST

/* Only its moment can be changed, and it can be ended. */
START_TEST(what_is_to_begin_later_waits_apart)
{
	add_message();
	change((struct store_queue_change){ .index = 0,
	    .op = STORE_QUEUE_FINISH,
	    .state = STORE_QUEUE_FUTURE });
	change((struct store_queue_change){
	    .index = 0, .op = STORE_QUEUE_MOVE, .next = 70 });
	expect_domains(".:70 one.example:90 two.example:110 ");
	change(
	    (struct store_queue_change){ .index = 0, .op = STORE_QUEUE_HOLD });
	expect_domains(".:70 one.example:90 two.example:110 ");
	change((struct store_queue_change){
	    .index = 0, .op = STORE_QUEUE_RELEASE, .next = 7 });
	expect_domains(".:7 one.example:90 two.example:110 ");
	change((struct store_queue_change){
	    .index = 0, .op = STORE_QUEUE_DEFER, .next = 80 });
	expect_domains(".:80 one.example:90 two.example:110 ");
	change(
	    (struct store_queue_change){ .index = 0, .op = STORE_QUEUE_REMOVE });
	expect_domains("one.example:90 two.example:110 ");
}
END_TEST

START_TEST(an_attempt_moves_it)
{
	add_message();
	change((struct store_queue_change){ .index = 1,
	    .op = STORE_QUEUE_DEFER,
	    .next = 500,
	    .warning = STORE_QUEUE_TO_WARN,
	    .reply = {
		450, SPAN_LIT("4.7.1"), SPAN_LIT("later"), SPAN_LIT("mx") } });
	expect_domains("one.example:100 two.example:110 ");
	expect_rcpts("0:a@one.example state=0 attempts=0 next=100 code=0 \n"
		     "1:b@one.example state=0 attempts=1 next=500 code=450 "
		     "later\n"
		     "2:c@two.example state=0 attempts=0 next=110 code=0 \n");
}
END_TEST

static bool
on_due(void *arg, uint64_t id, int64_t next, int priority)
{
	buf_addf(arg, "%d:%d:%d ", (int)id, (int)next, priority);
	return true;
}

START_TEST(a_domain_is_in_the_order_of_time)
{
	struct buf out = { 0 };

	add_message();
	add_message();
	store_begin(box.st);
	store_queue_due(box.st, SPAN_LIT("one.example"), on_due, &out);
	ck_buf_eq(&out, "1:90:-9 2:90:-9 1:100:-9 2:100:-9 ");
	buf_clear(&out);
	store_queue_due(box.st, SPAN_LIT("one.exampl"), on_due, &out);
	ck_buf_eq(&out, "");
	store_end(box.st);
	buf_free(&out);
}
END_TEST

static enum engine_status
make_old(struct engine_txn *txn, struct engine_part part, void *arg)
{
	char key[STORE_QUEUE_KEY];

	(void)part;
	(void)arg;
	engine_put(txn, store_queue_due_key(key, SPAN_LIT("one.example"), 90,
			    1, 1), SPAN_LIT(""));
	return ENGINE_OK;
}

static void
on_made(void *arg, enum engine_status st)
{
	box_done(arg, st == ENGINE_OK ? STORE_OK : STORE_UNAVAILABLE);
}

/* Before the schedule had them, priorities were the message's alone. */
START_TEST(an_older_schedule_is_read)
{
	struct engine_step step = { store_queue(), make_old, NULL };
	struct engine_update u = { .steps = &step, .nsteps = 1,
		.done = on_made, .arg = &box };
	struct buf out = { 0 };

	add_message();
	ck_assert_int_eq(box_call(&box, engine_update(box.st->c, &u)), STORE_OK);
	store_begin(box.st);
	store_queue_due(box.st, SPAN_LIT("one.example"), on_due, &out);
	store_end(box.st);
	ck_buf_eq(&out, "1:90:-9 1:100:-9 ");
	buf_free(&out);
}
END_TEST

START_TEST(held_it_is_not_scheduled)
{
	add_message();
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_RELEASE, .next = 7 });
	expect_domains("one.example:90 two.example:110 ");
	change(
	    (struct store_queue_change){ .index = 2, .op = STORE_QUEUE_HOLD });
	expect_domains("one.example:90 ");
	/* What an attempt that ran brings does not let it go. */
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_DEFER, .next = 300 });
	expect_domains("one.example:90 ");
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_RELEASE, .next = 7 });
	expect_domains("one.example:90 two.example:7 ");
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_MOVE, .next = 8 });
	expect_domains("one.example:90 two.example:8 ");
}
END_TEST

START_TEST(what_is_to_be_told_waits_apart)
{
	struct buf before = { 0 }, after = { 0 };

	add_message();
	change((struct store_queue_change){ .index = 2,
	    .op = STORE_QUEUE_FINISH,
	    .state = STORE_QUEUE_FAILED,
	    .reply = {
		550, SPAN_LIT("5.1.1"), SPAN_LIT("who?"), SPAN_LIT("mx") } });
	store_begin(box.st);
	store_queue_due(box.st, SPAN_LIT(""), on_due, &before);
	store_end(box.st);
	ck_assert_uint_gt(before.len, 0);
	/* And cannot be put off any more. */
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_MOVE, .next = 8 });
	store_begin(box.st);
	store_queue_due(box.st, SPAN_LIT(""), on_due, &after);
	store_end(box.st);
	ck_buf_eq(&after, before.data);
	buf_free(&before);
	buf_free(&after);
}
END_TEST

START_TEST(the_last_recipient_takes_the_message)
{
	struct store_queue_msg m;
	struct store_queue_change all[NRCPT + 1] = {
		{ .index = 0, .op = STORE_QUEUE_REMOVE },
		{ .index = 1, .op = STORE_QUEUE_REMOVE },
		{ .index = 9, .op = STORE_QUEUE_REMOVE },
	};

	add_message();
	ck_assert_int_eq(box_call(&box, store_queue_change(
					    box.st, 1, all, 3, box_done, &box)),
	    STORE_OK);
	store_begin(box.st);
	ck_assert_int_eq(store_queue_get(box.st, 1, &m), STORE_OK);
	ck_assert_uint_eq(m.left, 1);
	store_end(box.st);
	change((struct store_queue_change){
	    .index = 2, .op = STORE_QUEUE_REMOVE });
	expect_domains("");
	store_begin(box.st);
	ck_assert_int_eq(store_queue_get(box.st, 1, &m), STORE_NONEXISTENT);
	store_end(box.st);
	ck_assert_uint_eq(engine_verify(box.h.c, NULL, NULL), 0);
	/* Nobody is there to be changed. */
	change(
	    (struct store_queue_change){ .index = 2, .op = STORE_QUEUE_HOLD });
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_added_is_found);
	tcase_add_test(tc, an_attempt_moves_it);
	tcase_add_test(tc, a_domain_is_in_the_order_of_time);
	tcase_add_test(tc, an_older_schedule_is_read);
	tcase_add_test(tc, an_old_record_is_read);
	tcase_add_test(tc, a_record_of_version_2_is_read);
	tcase_add_test(tc, a_record_of_version_3_is_read);
	tcase_add_test(tc, a_record_of_version_4_is_read);
	tcase_add_test(tc, what_is_to_begin_later_waits_apart);
	tcase_add_test(tc, held_it_is_not_scheduled);
	tcase_add_test(tc, what_is_to_be_told_waits_apart);
	tcase_add_test(tc, the_last_recipient_takes_the_message);
}

int
main(void)
{
	return check_run("store_queue", add);
}
