/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include "auth_hash.h"
#include "auth_pool.h"

#include "check.h"

/* "secret" as other servers keep it. */
#define SHA512 \
	"$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2Soep" \
	"NXNKJ/otop/Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/"
#define SHA256 \
	"$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhi" \
	"IvoSWX2"
#define MD5 "$1$saltsalt$9xy1btjgzLYfb7hivXtC//"
#define BCRYPT \
	"$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

static const struct {
	const char *password, *hash;
	bool right;
} hashes[] = {
	{ "secret", SHA512, true },
	{ "secret", SHA256, true },
	{ "secret", MD5, true },
	{ "secret", BCRYPT, true },
	{ "Secret", SHA512, false },
	{ "secret ", BCRYPT, false },
	{ "", SHA512, false },
	{ "secret", "", false },
	{ "secret", "secret", false },
	{ "secret", "*0", false },
	{ "secret", "$nosuch$salt$hash", false },
};

START_TEST(older_schemes_verify)
{
	ck_assert(auth_hash_verify(span_str(hashes[_i].password),
		      hashes[_i].hash) == hashes[_i].right);
}
END_TEST

START_TEST(what_is_made_verifies)
{
	struct buf a = { 0 }, b = { 0 };

	ck_assert_int_eq(auth_hash_make(SPAN_LIT("secret"), 1, &a), 0);
	ck_assert_int_eq(auth_hash_make(SPAN_LIT("secret"), 1, &b), 0);
	ck_assert(span_iprefix(buf_span(&a), SPAN_LIT("$y$")));
	ck_assert(!span_eq(buf_span(&a), buf_span(&b))); /* salted */
	ck_assert(auth_hash_verify(SPAN_LIT("secret"), a.data));
	ck_assert(auth_hash_verify(SPAN_LIT("secret"), b.data));
	ck_assert(!auth_hash_verify(SPAN_LIT("secre"), a.data));
	ck_assert(!auth_hash_verify(SPAN_LIT("secret\0"), a.data));
	ck_assert(!auth_hash_verify(SPAN_LIT(""), a.data));
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(passwords_that_cannot_be)
{
	static char big[AUTH_PASSWORD_MAX + 1];
	struct buf h = { 0 };

	memset(big, 'x', sizeof(big));
	ck_assert_int_eq(auth_hash_make(SPAN_LIT(""), 1, &h), -1);
	ck_assert_int_eq(auth_hash_make(SPAN_LIT("a\0b"), 1, &h), -1);
	ck_assert_int_eq(auth_hash_make(span_of(big, sizeof(big)), 1, &h), -1);
	ck_assert_uint_eq(h.len, 0);
	ck_assert_int_eq(auth_hash_make(span_of(big, sizeof(big) - 1), 1, &h),
	    0);
	ck_assert(auth_hash_verify(span_of(big, sizeof(big) - 1), h.data));
	ck_assert(!auth_hash_verify(span_of(big, sizeof(big)), h.data));
	buf_free(&h);
}
END_TEST

static unsigned done, right;

static void
on_done(void *arg, struct auth_job *job)
{
	(void)arg;
	done++;
	right += job->ok;
	auth_job_free(job);
}

START_TEST(a_pool_does_it_elsewhere)
{
	struct event_base *base = event_base_new();
	struct auth_pool *p = auth_pool_new(base);
	struct auth_job *job;
	unsigned sent = 0;
	struct buf hash = { 0 };

	auth_hash_make(SPAN_LIT("secret"), 1, &hash);
	for (; sent < 10000; sent++) {
		job = auth_job_new(sent % 2 ? SPAN_LIT("secret") :
					      SPAN_LIT("wrong"),
		    on_done, NULL);
		buf_add_span(&job->hash, buf_span(&hash));
		if (auth_pool_submit(p, job, false) < 0)
			break;
	}
	auth_job_free(job);
	ck_assert_uint_ge(sent, AUTH_POOL_QUEUE); /* and then it was full, … */
	ck_assert_uint_lt(sent, 10000);
	job = auth_job_new(SPAN_LIT("new"), on_done, NULL);
	job->make = true;
	job->cost = 1;
	/* … though not for those that go first. */
	ck_assert_int_eq(auth_pool_submit(p, job, true), 0);
	while (done < sent + 1)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(right, sent / 2 + 1);
	auth_pool_free(p);
	event_base_free(base);
	buf_free(&hash);
}
END_TEST

START_TEST(a_pool_ends_with_work_left)
{
	struct event_base *base = event_base_new();
	struct auth_pool *p = auth_pool_new(base);

	for (int i = 0; i < 100; i++) {
		struct auth_job *job = auth_job_new(SPAN_LIT("new"), on_done,
		    NULL);

		job->make = true;
		job->cost = 3;
		ck_assert_int_eq(auth_pool_submit(p, job, false), 0);
	}
	auth_pool_free(p);
	ck_assert_uint_eq(done, 0);
	event_base_free(base);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, older_schemes_verify, 0,
	    sizeof(hashes) / sizeof(hashes[0]));
	tcase_add_test(tc, what_is_made_verifies);
	tcase_add_test(tc, passwords_that_cannot_be);
	tcase_add_test(tc, a_pool_does_it_elsewhere);
	tcase_add_test(tc, a_pool_ends_with_work_left);
}

int
main(void)
{
	return check_run("auth_hash", add);
}
