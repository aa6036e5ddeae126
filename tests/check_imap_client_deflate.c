/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <zlib.h>

#include "check.h"
#include "imap_client.h"

#define RAW       (-15)
#define BOMB      ((size_t)64 << 20)
#define MESSAGE   ((size_t)1 << 20)
#define READY_MAX ((size_t)262144) /* the client makes ready at once */

static const struct imap_client_options secure = { .secure = true };

/* The input is given in pieces of that size; the tests run with several. */
static size_t piece = SIZE_MAX;

static void
server(struct imap_client *c, struct span s)
{
	while (s.n > 0) {
		imap_client_input(c, span_sub(s, 0, piece));
		s = span_sub(s, piece, s.n);
	}
}

static void
say(struct imap_client *c, const char *text)
{
	server(c, span_str(text));
}

static void
take(struct imap_client *c, struct buf *out)
{
	struct span s;

	buf_clear(out);
	while ((s = imap_client_output(c)).n > 0) {
		ck_assert_uint_lt(s.n, READY_MAX);
		s = span_sub(s, 0, piece);
		buf_add_span(out, s);
		imap_client_sent(c, s.n);
	}
}

/* All that the client sends now, in clear. */
static void
client(struct imap_client *c, const char *want)
{
	struct buf out = { 0 };

	take(c, &out);
	ck_buf_eq(&out, want);
	buf_free(&out);
}

/* The server's two streams. */
struct peer {
	z_stream in, out;
};

static void
peer_init(struct peer *p)
{
	*p = (struct peer){ 0 };
	ck_assert_int_eq(inflateInit2(&p->in, RAW), Z_OK);
	ck_assert_int_eq(deflateInit2(&p->out, 9, Z_DEFLATED, RAW, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
}

static void
peer_clear(struct peer *p)
{
	inflateEnd(&p->in);
	deflateEnd(&p->out);
}

static void
deflated(struct peer *p, struct span s, int flush, struct buf *out)
{
	size_t max = deflateBound(&p->out, s.n) + 16;

	p->out.next_in = (unsigned char *)(uintptr_t)s.p;
	p->out.avail_in = (unsigned)s.n;
	p->out.next_out = (unsigned char *)buf_reserve(out, max);
	p->out.avail_out = (unsigned)max;
	ck_assert_int_ge(deflate(&p->out, flush), Z_OK);
	out->len += max - p->out.avail_out;
}

static void
say_deflated(struct imap_client *c, struct peer *p, const char *text)
{
	struct buf out = { 0 };

	deflated(p, span_str(text), Z_SYNC_FLUSH, &out);
	server(c, buf_span(&out));
	buf_free(&out);
}

/* All that the client sends now, as the server inflates it. */
static void
client_deflated(struct imap_client *c, struct peer *p, struct span want)
{
	struct buf out = { 0 }, plain = { 0 };

	take(c, &out);
	p->in.next_in = (unsigned char *)out.data;
	p->in.avail_in = (unsigned)out.len;
	p->in.next_out = (unsigned char *)buf_reserve(&plain, want.n + 1);
	p->in.avail_out = (unsigned)want.n + 1;
	ck_assert_int_ge(inflate(&p->in, Z_SYNC_FLUSH), Z_BUF_ERROR);
	plain.len = want.n + 1 - p->in.avail_out;
	ck_assert(span_eq(buf_span(&plain), want));
	ck_assert_uint_eq(p->in.avail_in, 0);
	buf_free(&out);
	buf_free(&plain);
}

static struct imap_client *
ready(const char *caps)
{
	struct imap_client *c = imap_client_new(&secure);

	say(c, "* PREAUTH [CAPABILITY ");
	say(c, caps);
	say(c, "] hi\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	return c;
}

/* A client whose connection is compressed. */
static struct imap_client *
compressed(void)
{
	struct imap_client *c = ready("LITERAL+ COMPRESS=DEFLATE");

	imap_client_compress(c);
	client(c, "a1 COMPRESS DEFLATE\r\n");
	say(c, "a1 OK now\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	return c;
}

static void
count(void *arg, struct imap_resp *r)
{
	unsigned *n = arg;

	*n += r->kind == IMAP_RESP_TAGGED ? 100 : 1;
}

static void
noop(struct imap_client *c, unsigned *n)
{
	imap_client_begin(c, IMAP_WANT(IMAP_RESP_EXISTS), count, n);
	imap_client_add(c, "NOOP");
	imap_client_end(c);
}

static void
failed(struct imap_client *c, enum imap_client_failure want, const char *text)
{
	const char *what;

	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_FAILED);
	ck_assert_int_eq(imap_client_failure(c, &what), want);
	ck_assert_ptr_nonnull(strstr(what, text));
	imap_client_free(c);
}

/* ---- the command ---- */

START_TEST(what_follows_waits_for_the_answer)
{
	struct imap_client *c = ready("COMPRESS=DEFLATE");
	struct peer p;
	unsigned n = 0;

	peer_init(&p);
	noop(c, &n);
	imap_client_compress(c);
	noop(c, &n);
	client(c, "a1 NOOP\r\na2 COMPRESS DEFLATE\r\n");
	say(c, "a1 OK\r\n");
	client(c, "");
	say(c, "a2 OK\r\n");
	client_deflated(c, &p, SPAN_LIT("a3 NOOP\r\n"));
	say_deflated(c, &p, "* 5 EXISTS\r\na3 OK\r\n");
	ck_assert_uint_eq(n, 201);
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	peer_clear(&p);
	imap_client_free(c);
}
END_TEST

START_TEST(it_is_asked_for_once)
{
	struct imap_client *c = compressed();
	struct buf out = { 0 };

	imap_client_compress(c);
	take(c, &out);
	ck_assert_uint_eq(out.len, 0);
	imap_client_free(c);
	c = ready("IMAP4rev2 COMPRESS=LZ4");
	imap_client_compress(c);
	client(c, "");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_READY);
	imap_client_free(c);
}
END_TEST

START_TEST(a_refusal_leaves_all_as_it_was)
{
	static const char *const answers[] = {
		"a1 NO [COMPRESSIONACTIVE] TLS does\r\n",
		"a1 BAD what?\r\n",
	};

	for (int i = 0; i < 2; i++) {
		struct imap_client *c = ready("COMPRESS=DEFLATE");
		unsigned n = 0;

		imap_client_compress(c);
		noop(c, &n);
		client(c, "a1 COMPRESS DEFLATE\r\n");
		say(c, answers[i]);
		client(c, "a2 NOOP\r\n");
		say(c, "a2 OK\r\n");
		ck_assert_uint_eq(n, 100);
		imap_client_free(c);
	}
}
END_TEST

/* ---- the streams ---- */

/* The server's first deflated bytes come together with its OK. */
START_TEST(the_switch_is_within_one_read)
{
	struct imap_client *c = ready("COMPRESS=DEFLATE");
	struct buf in = { 0 };
	struct peer p;
	unsigned n = 0;

	peer_init(&p);
	imap_client_compress(c);
	noop(c, &n);
	client(c, "a1 COMPRESS DEFLATE\r\n");
	buf_adds(&in, "a1 OK\r\n");
	deflated(&p, SPAN_LIT("* 1 EXISTS\r\n* 2 EXISTS\r\n"), Z_SYNC_FLUSH,
	    &in);
	server(c, buf_span(&in));
	client_deflated(c, &p, SPAN_LIT("a2 NOOP\r\n"));
	say_deflated(c, &p, "* 3 EXISTS\r\na2 OK\r\n");
	ck_assert_uint_eq(n, 103);
	buf_free(&in);
	peer_clear(&p);
	imap_client_free(c);
}
END_TEST

START_TEST(a_long_literal_goes_in_pieces)
{
	struct imap_client *c = compressed();
	char *message = xmalloc(MESSAGE);
	struct buf want = { 0 };
	struct peer p;
	unsigned n = 0;

	peer_init(&p);
	for (size_t i = 0; i < MESSAGE; i++)
		message[i] = (char)(i * i % 251);
	for (int i = 2; i < 4; i++) {
		imap_client_begin(c, 0, count, &n);
		imap_client_add(c, "APPEND x ");
		imap_client_add_literal(c, span_of(message, MESSAGE));
		imap_client_end(c);
		buf_addf(&want, "a%d APPEND x {%zu+}\r\n", i, MESSAGE);
		buf_add(&want, message, MESSAGE);
		buf_adds(&want, "\r\n");
	}
	client_deflated(c, &p, buf_span(&want));
	say_deflated(c, &p, "a2 OK\r\na3 OK\r\n");
	ck_assert_uint_eq(n, 200);
	buf_free(&want);
	free(message);
	peer_clear(&p);
	imap_client_free(c);
}
END_TEST

START_TEST(what_is_not_deflated_is_a_failure)
{
	struct imap_client *c = compressed();
	unsigned n = 0;

	noop(c, &n);
	say(c, "a2 OK as if nothing were\r\n");
	failed(c, IMAP_CLIENT_PROTOCOL, "compressed");
}
END_TEST

START_TEST(garbage_is_a_failure)
{
	struct imap_client *c = compressed();
	struct peer p;

	peer_init(&p);
	say_deflated(c, &p, "* 1 EXISTS\r\n");
	server(c, SPAN_LIT("\377\377\377\377"));
	failed(c, IMAP_CLIENT_PROTOCOL, "compressed");
	peer_clear(&p);
}
END_TEST

START_TEST(the_end_of_the_stream_is_that_of_the_connection)
{
	struct imap_client *c = compressed();
	struct buf in = { 0 };
	struct peer p;
	unsigned n = 0;

	peer_init(&p);
	noop(c, &n);
	deflated(&p, SPAN_LIT("* 1 EXISTS\r\n"), Z_FINISH, &in);
	buf_adds(&in, "a2 OK\r\n");
	server(c, buf_span(&in));
	ck_assert_uint_eq(n, 1);
	failed(c, IMAP_CLIENT_LOST, "closed");
	buf_free(&in);
	peer_clear(&p);
}
END_TEST

/* 64 kB that swell to 64 MB are read no further than a response may go. */
START_TEST(a_bomb_is_over_the_limit)
{
	struct imap_client *c = compressed();
	char *zeros = xmalloc(BOMB);
	struct buf in = { .max = BOMB + BOMB / 8 };
	struct peer p;

	peer_init(&p);
	memset(zeros, 'x', BOMB);
	memcpy(zeros, "* OK ", 5);
	deflated(&p, span_of(zeros, BOMB), Z_SYNC_FLUSH, &in);
	ck_assert_uint_lt(in.len, BOMB / 500);
	server(c, buf_span(&in));
	failed(c, IMAP_CLIENT_PROTOCOL, "too long");
	buf_free(&in);
	free(zeros);
	peer_clear(&p);
}
END_TEST

START_TEST(logging_out_goes_through_it)
{
	struct imap_client *c = compressed();
	struct peer p;

	peer_init(&p);
	imap_client_logout(c);
	client_deflated(c, &p, SPAN_LIT("a2 LOGOUT\r\n"));
	say_deflated(c, &p, "* BYE bye\r\na2 OK\r\n");
	ck_assert_int_eq(imap_client_next(c), IMAP_CLIENT_CLOSED);
	peer_clear(&p);
	imap_client_free(c);
}
END_TEST

static void
add_all(TCase *tc)
{
	tcase_add_test(tc, what_follows_waits_for_the_answer);
	tcase_add_test(tc, it_is_asked_for_once);
	tcase_add_test(tc, a_refusal_leaves_all_as_it_was);
	tcase_add_test(tc, the_switch_is_within_one_read);
	tcase_add_test(tc, a_long_literal_goes_in_pieces);
	tcase_add_test(tc, what_is_not_deflated_is_a_failure);
	tcase_add_test(tc, garbage_is_a_failure);
	tcase_add_test(tc, the_end_of_the_stream_is_that_of_the_connection);
	tcase_add_test(tc, a_bomb_is_over_the_limit);
	tcase_add_test(tc, logging_out_goes_through_it);
}

int
main(void)
{
	int status = check_run("imap_client_deflate", add_all);

	piece = 1;
	return status | check_run("imap_client_deflate byte by byte", add_all);
}
