/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "queue_state.h"

#define HOPS  12
#define TOTAL 10
#define EACH  4

static const struct conf conf = {
	.relay_connections = TOTAL,
	.relay_connections_destination = EACH,
	.queue_retry = { .seconds = { 300 }, .len = 1 },
};
static struct queue q;
static struct queue_hop hop[HOPS];
static struct queue_rcpt rcpt;
static struct queue_job jobs[TOTAL];

static void
setup(void)
{
	q = (struct queue){ .conf = &conf };
	memset(hop, 0, sizeof(hop));
	memset(jobs, 0, sizeof(jobs));
}

static void
teardown(void)
{
	for (size_t i = 0; i < HOPS; i++)
		buf_free(&hop[i].said);
}

static struct queue_job *
begin(struct queue_hop *h)
{
	struct queue_job *j = &jobs[q.njobs++];

	ck_assert_uint_lt(q.njobs, TOTAL + 1);
	*j = (struct queue_job){ .queue = &q, .rcpt = &rcpt, .nrcpt = 1 };
	queue_hop_begin(h, j);
	return j;
}

/* As many as may run at a time. */
static size_t
fill(struct queue_hop *h)
{
	size_t n = 0;

	for (; queue_hop_may_start(&q, h); n++)
		begin(h);
	return n;
}

/* One goes there and ends so. */
static void
attempt(struct queue_hop *h, enum queue_hop_end how)
{
	struct queue_job *j;

	ck_assert(queue_hop_may_start(&q, h));
	j = begin(h);
	queue_hop_end(h, j, how);
	q.njobs--;
}

START_TEST(one_more_for_each_answer)
{
	static const size_t want[] = { 1, 2, 3, 4, 4, 4 };

	for (int i = 0; i < _i; i++)
		attempt(&hop[0], QUEUE_HOP_ANSWERED);
	ck_assert_uint_eq(fill(&hop[0]), want[_i]);
}
END_TEST

START_TEST(what_stalls_leaves_half_to_the_others)
{
	size_t n = 0;

	attempt(&hop[0], QUEUE_HOP_ANSWERED);
	for (size_t i = 1; i < HOPS; i++)
		n += fill(&hop[i]);
	ck_assert_uint_eq(n, TOTAL / 2);
	ck_assert_uint_eq(fill(&hop[0]), 2);
}
END_TEST

START_TEST(no_more_than_all)
{
	for (int i = 0; i < EACH; i++) {
		attempt(&hop[0], QUEUE_HOP_ANSWERED);
		attempt(&hop[1], QUEUE_HOP_ANSWERED);
		attempt(&hop[2], QUEUE_HOP_ANSWERED);
	}
	ck_assert_uint_eq(
	    fill(&hop[0]) + fill(&hop[1]) + fill(&hop[2]), TOTAL);
	ck_assert(!queue_hop_may_start(&q, &hop[3]));
}
END_TEST

static const struct {
	enum queue_hop_end how;
	size_t fill;
	bool blocked;
} ends[] = {
	{ QUEUE_HOP_ANSWERED, 4, false },
	{ QUEUE_HOP_BROKEN, 1, false },
	{ QUEUE_HOP_FAILED, 1, true },
	{ QUEUE_HOP_LOST, 3, false },
};

START_TEST(it_must_prove_itself_again)
{
	attempt(&hop[0], QUEUE_HOP_ANSWERED);
	attempt(&hop[0], QUEUE_HOP_ANSWERED);
	attempt(&hop[0], ends[_i].how);
	ck_assert_int_eq(hop[0].blocked > 0, ends[_i].blocked);
	ck_assert_uint_eq(fill(&hop[0]), ends[_i].fill);
}
END_TEST

START_TEST(an_answer_takes_it_out_of_their_share)
{
	struct queue_job *first = NULL;

	for (size_t i = 0; i < TOTAL / 2; i++) {
		struct queue_job *j = begin(&hop[i]);

		first = i == 0 ? j : first;
	}
	ck_assert(!queue_hop_may_start(&q, &hop[HOPS - 1]));
	queue_hop_end(&hop[0], first, QUEUE_HOP_ANSWERED);
	ck_assert(queue_hop_may_start(&q, &hop[HOPS - 1]));
}
END_TEST

START_TEST(its_domain_may_be_gone)
{
	struct queue_job *j = begin(&hop[0]);

	ck_assert_uint_eq(q.nprobes, 1);
	queue_hop_end(NULL, j, QUEUE_HOP_FAILED);
	ck_assert_uint_eq(q.nprobes, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, one_more_for_each_answer, 0, 6);
	tcase_add_test(tc, what_stalls_leaves_half_to_the_others);
	tcase_add_test(tc, no_more_than_all);
	tcase_add_loop_test(tc, it_must_prove_itself_again, 0,
	    sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(tc, an_answer_takes_it_out_of_their_share);
	tcase_add_test(tc, its_domain_may_be_gone);
}

int
main(void)
{
	return check_run("queue_hop", add);
}
