/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>

#include <stdlib.h>
#include <zlib.h>

#include "session_deflate.h"

#include "check.h"

#define RAW      (-15)
#define MANY     (2 * SESSION_WARM_MAX)
#define BOMB     ((size_t)64 << 20)
#define HELD_MAX ((size_t)65536)

static struct session_warm *warm;

static void
setup(void)
{
	warm = session_warm_new();
}

static void
teardown(void)
{
	session_warm_free(warm);
}

/* All of to as zlib itself inflates it, which goes on from call to call. */
static void
zlib_inflate(z_stream *z, struct evbuffer *to, struct buf *out)
{
	unsigned char step[4096];
	size_t n = evbuffer_get_length(to);

	z->next_in = evbuffer_pullup(to, -1);
	z->avail_in = (unsigned)n;
	do {
		z->next_out = step;
		z->avail_out = sizeof(step);
		ck_assert_int_ge(inflate(z, Z_SYNC_FLUSH), Z_BUF_ERROR);
		buf_add(out, (char *)step, sizeof(step) - z->avail_out);
	} while (z->avail_out == 0);
	evbuffer_drain(to, n);
}

static void
zlib_deflate(struct span in, int flush, struct evbuffer *out)
{
	z_stream z = { 0 };
	size_t max;
	void *space;

	ck_assert_int_eq(
	    deflateInit2(&z, 9, Z_DEFLATED, RAW, 8, Z_DEFAULT_STRATEGY), Z_OK);
	max = deflateBound(&z, in.n) + 16;
	space = xmalloc(max);
	z.next_in = (unsigned char *)(uintptr_t)in.p;
	z.avail_in = (unsigned)in.n;
	z.next_out = space;
	z.avail_out = (unsigned)max;
	ck_assert_int_ge(deflate(&z, flush), Z_OK);
	evbuffer_add(out, space, max - z.avail_out);
	deflateEnd(&z);
	free(space);
}

static bool
holds(struct evbuffer *b, const char *text)
{
	return evbuffer_get_length(b) == strlen(text) &&
	       memcmp(evbuffer_pullup(b, -1), text, strlen(text)) == 0;
}

/* More sessions than may stay warm take turns, each with one stream. */
START_TEST(a_stream_goes_on_after_its_memory_was_given_up)
{
	struct evbuffer *to = evbuffer_new();
	static struct session_deflate *z[MANY];
	static z_stream peer[MANY];
	struct buf got = { 0 };

	for (int i = 0; i < MANY; i++) {
		z[i] = session_deflate_new(warm);
		ck_assert_int_eq(inflateInit2(&peer[i], RAW), Z_OK);
	}
	for (int turn = 0; turn < 3 * MANY; turn++) {
		int i = turn % MANY;

		session_deflate(z[i], SPAN_LIT("* 1 EXISTS\r\n"), to);
		session_deflate(z[i], SPAN_LIT("* 1 EXISTS\r\n"), to);
		session_deflate_flush(z[i], to);
		buf_clear(&got);
		zlib_inflate(&peer[i], to, &got);
		ck_assert_str_eq(got.data, "* 1 EXISTS\r\n* 1 EXISTS\r\n");
	}
	for (int i = 0; i < MANY; i++) {
		session_deflate_free(z[i]);
		inflateEnd(&peer[i]);
	}
	buf_free(&got);
	evbuffer_free(to);
}
END_TEST

START_TEST(a_flush_of_nothing_says_nothing)
{
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *to = evbuffer_new();

	session_deflate(z, SPAN_LIT(""), to);
	session_deflate_flush(z, to);
	ck_assert_uint_eq(evbuffer_get_length(to), 0);
	session_deflate_free(z);
	evbuffer_free(to);
}
END_TEST

START_TEST(input_is_inflated_byte_by_byte)
{
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *all = evbuffer_new(), *from = evbuffer_new();
	struct evbuffer *to = evbuffer_new();

	zlib_deflate(SPAN_LIT("a1 NOOP\r\na2 NOOP\r\n"), Z_SYNC_FLUSH, all);
	while (evbuffer_get_length(all) > 0) {
		evbuffer_remove_buffer(all, from, 1);
		ck_assert_int_eq(session_inflate(z, from, to, HELD_MAX), 0);
		ck_assert_uint_eq(evbuffer_get_length(from), 0);
	}
	ck_assert(holds(to, "a1 NOOP\r\na2 NOOP\r\n"));
	session_deflate_free(z);
	evbuffer_free(all);
	evbuffer_free(from);
	evbuffer_free(to);
}
END_TEST

START_TEST(a_bomb_swells_no_further_than_its_bound)
{
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
	char *zeros = xcalloc(1, BOMB);
	size_t got = 0, held;

	zlib_deflate(span_of(zeros, BOMB), Z_SYNC_FLUSH, from);
	do {
		ck_assert_int_eq(session_inflate(z, from, to, HELD_MAX), 0);
		held = evbuffer_get_length(to);
		ck_assert_uint_lt(held, HELD_MAX + SESSION_INFLATE_STEP);
		evbuffer_drain(to, held);
		got += held;
	} while (held > 0);
	ck_assert_uint_eq(got, BOMB);
	session_deflate_free(z);
	evbuffer_free(from);
	evbuffer_free(to);
	free(zeros);
}
END_TEST

START_TEST(what_is_behind_the_end_is_passed_over)
{
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();

	zlib_deflate(SPAN_LIT("a1 LOGOUT\r\n"), Z_FINISH, from);
	evbuffer_add(from, "more", 4);
	ck_assert_int_eq(session_inflate(z, from, to, HELD_MAX), 0);
	ck_assert(holds(to, "a1 LOGOUT\r\n"));
	ck_assert_uint_eq(evbuffer_get_length(from), 0);
	session_deflate_free(z);
	evbuffer_free(from);
	evbuffer_free(to);
}
END_TEST

START_TEST(what_is_not_deflated_is_an_error)
{
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();

	evbuffer_add(from, "a1 NOOP\r\n", 9);
	ck_assert_int_eq(session_inflate(z, from, to, HELD_MAX), -1);
	session_deflate_free(z);
	evbuffer_free(from);
	evbuffer_free(to);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_stream_goes_on_after_its_memory_was_given_up);
	tcase_add_test(tc, a_flush_of_nothing_says_nothing);
	tcase_add_test(tc, input_is_inflated_byte_by_byte);
	tcase_add_test(tc, a_bomb_swells_no_further_than_its_bound);
	tcase_add_test(tc, what_is_behind_the_end_is_passed_over);
	tcase_add_test(tc, what_is_not_deflated_is_an_error);
}

int
main(void)
{
	return check_run("session_deflate", add);
}
