/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_parse.h"

/* Small limits: 64 bytes of command, 16 of literal, 3 parentheses. */
static const struct imap_limits limits = { 64, 16, 3 };

#define A16 "aaaaaaaaaaaaaaaa"

static const struct {
	const char *in, *want;
} frames[] = {
	{ "a NOOP\r\n", "[a NOOP]" },
	{ "a NOOP\n", "[a NOOP]" },
	{ "\r\n\r\n", "[][]" },
	{ "a NOOP", "" },
	{ "a NOOP\r\nb NOOP\r\nc", "[a NOOP][b NOOP]" },
	/* literals */
	{ "a X {3}\r\nabc\r\n", "sync 3;[a X {3}\r\nabc]" },
	{ "a X {3+}\r\nabc\r\n", "[a X {3+}\r\nabc]" },
	{ "a X {3}\nabc\n", "sync 3;[a X {3}\r\nabc]" },
	{ "a X {0+}\r\n\r\n", "[a X {0+}\r\n]" },
	{ "a X {0}\r\n {1+}\r\n\n\r\n", "sync 0;[a X {0}\r\n {1+}\r\n\n]" },
	{ "a X ~{3+}\r\na\"c y\r\n", "[a X ~{3+}\r\na\"c y]" },
	{ "a {2+}\r\n\r\n {2+}\r\n({\r\n", "[a {2+}\r\n\r\n {2+}\r\n({]" },
	{ "a {4+}\r\n{9}\n\r\n", "[a {4+}\r\n{9}\n]" },
	{ "a {03}\r\nabc\r\n", "sync 3;[a {03}\r\nabc]" },
	/* what only looks like one */
	{ "a {}\r\n", "[a {}]" },
	{ "a {3\r\n", "[a {3]" },
	{ "a {+}\r\n", "[a {+}]" },
	{ "a {3++}\r\n", "[a {3++}]" },
	{ "a {3+4}\r\n", "[a {3+4}]" },
	{ "a {3} \r\n", "[a {3} ]" },
	{ "a {-3}\r\n", "[a {-3}]" },
	{ "a {3}\r\r\n", "[a {3}\r]" },
	{ "a \"{3}\r\n", "[a \"{3}]" },
	{ "a \"x {3}\"\r\n", "[a \"x {3}\"]" },
	{ "a \"\\\"{3}\r\n", "[a \"\\\"{3}]" },
	{ "a \"\\\\\" {1}\r\nx\r\n", "sync 1;[a \"\\\\\" {1}\r\nx]" },
	{ "a {\"3\"}\r\n", "[a {\"3\"}]" },
	/* a quote left open does not reach into the next line */
	{ "a \"x\r\nb {1}\r\nx\r\n", "[a \"x]sync 1;[b {1}\r\nx]" },
	{ "a \"x\\\r\nb \"y\"\r\n", "[a \"x\\][b \"y\"]" },
	/* limits */
	{ "a " A16 A16 A16 "aaaaaaaaaaaaa\r\n",
	    "[a " A16 A16 A16 "aaaaaaaaaaaaa]" },
	{ "a " A16 A16 A16 "aaaaaaaaaaaaaa\r\n",
	    "[a " A16 A16 A16 "aaaaaaaaaaaaaa]long;" },
	{ "a {16+}\r\n" A16 "\r\n", "[a {16+}\r\n" A16 "]" },
	{ "a {17}\r\nb NOOP\r\n", "[a {17}]long;[b NOOP]" },
	{ "a {17+}\r\nxxx", "[a {17+}]big;" },
	{ "a {99999999999999999999999}\r\n",
	    "[a {99999999999999999999999}]long;" },
	{ "a {99999999999999999999999+}\r\n",
	    "[a {99999999999999999999999+}]big;" },
	{ "a {16+}\r\n" A16 "{16+}\r\n" A16 "{16+}\r\n" A16 "\r\nb\r\n",
	    "[a {16+}\r\n" A16 "{16+}\r\n" A16 "{16+}]long;[b]" },
	{ "a {16}\r\n" A16 "{16}\r\n" A16 "{16}\r\nb\r\n",
	    "sync 16;sync 16;[a {16}\r\n" A16 "{16}\r\n" A16 "{16}]long;[b]" },
	{ "a (((x)(\r\nb\r\n", "[a (((x)(][b]" },
	{ "a ((((\r\nb\r\n", "[a (((]long;[b]" },
	{ "a (((( {3+}\r\na\r\n\r\nb\r\n", "[a (((]long;[b]" },
	{ "a (((( {3}\r\nb\r\n", "[a (((]long;[b]" },
	{ "a (((( {17+}\r\nb\r\n", "[a (((]big;" },
	{ "a \"((((\" {5+}\r\n(((((\r\n", "[a \"((((\" {5+}\r\n(((((]" },
	/* streams */
	{ "a APPEND x {3}\r\nabc\r\nb\r\n",
	    "stream 3 sync=abc;[a APPEND x {3}\r\n][b]" },
	{ "a APPEND x (\\Seen) {20+}\r\n" A16 "aaaa\r\n",
	    "stream 20=" A16 "aaaa;[a APPEND x (\\Seen) {20+}\r\n]" },
	{ "a APPEND {1+}\r\nx ~{2}\r\n\r\n {0+}\r\n\r\n",
	    "stream 2 sync=\r\n;stream 0=;"
	    "[a APPEND {1+}\r\nx ~{2}\r\n {0+}\r\n]" },
	{ "a APPEND x (((({3}\r\nb\r\n", "[a APPEND x (((]long;[b]" },
};

static bool
is_append(void *arg, struct span so_far)
{
	(void)arg;
	return so_far.n > 9 && span_iprefix(so_far, SPAN_LIT("a APPEND "));
}

/* Takes the bytes of a stream that are in s; true when it is through. */
static bool
take_stream(struct imap_frame *f, struct span s, size_t *used, struct buf *out)
{
	size_t n = s.n < f->literal_size ? s.n : (size_t)f->literal_size;

	buf_add(out, s.p, n);
	*used = n;
	f->literal_size -= n;
	if (f->literal_size > 0)
		return false;
	buf_addc(out, ';');
	imap_frame_resume(f);
	return true;
}

/* Returns false at the end of what can be framed. */
static bool
event(struct imap_frame *f, enum imap_frame_event ev, bool *streaming,
    struct buf *out)
{
	switch (ev) {
	case IMAP_FRAME_MORE:
		return true;
	case IMAP_FRAME_SYNC:
		buf_addf(out, "sync %u;", (unsigned)f->literal_size);
		return true;
	case IMAP_FRAME_STREAM:
		buf_addf(out, "stream %u%s=", (unsigned)f->literal_size,
		    f->literal_sync ? " sync" : "");
		*streaming = true;
		return true;
	default:
		break;
	}
	buf_addf(out, "[%s]", f->cmd.data != NULL ? f->cmd.data : "");
	if (ev == IMAP_FRAME_TOOLONG)
		buf_adds(out, "long;");
	if (ev == IMAP_FRAME_TOOBIG)
		buf_adds(out, "big;");
	imap_frame_next(f);
	return ev != IMAP_FRAME_TOOBIG;
}

static void
feed(const char *in, size_t piece, struct buf *out)
{
	struct imap_frame f = { .limits = limits, .stream = is_append };
	struct span rest = span_str(in);
	bool streaming = false, go = true;
	size_t used;

	while (go && (rest.n > 0 || (streaming && f.literal_size == 0))) {
		struct span s = span_sub(rest, 0, piece);

		if (streaming)
			streaming = !take_stream(&f, s, &used, out);
		else
			go = event(&f, imap_frame_feed(&f, s, &used),
			    &streaming, out);
		rest = span_sub(rest, used, rest.n);
	}
	imap_frame_clear(&f);
}

START_TEST(frames_in_any_pieces)
{
	const size_t piece[] = { 4096, 1, 2, 3, 7 };

	for (size_t i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		struct buf out = { 0 };

		feed(frames[_i].in, piece[i], &out);
		ck_buf_eq(&out, frames[_i].want);
		buf_free(&out);
	}
}
END_TEST

START_TEST(next_wipes_the_command)
{
	struct imap_frame f = { .limits = limits };
	size_t used;

	ck_assert_int_eq(imap_frame_feed(&f, SPAN_LIT("a LOGIN u secret\r\n"),
			     &used), IMAP_FRAME_DONE);
	imap_frame_next(&f);
	ck_assert_ptr_nonnull(f.cmd.data);
	for (size_t i = 0; i < sizeof("a LOGIN u secret"); i++)
		ck_assert_int_eq(f.cmd.data[i], '\0');
	imap_frame_clear(&f);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, frames_in_any_pieces, 0,
	    sizeof(frames) / sizeof(frames[0]));
	tcase_add_test(tc, next_wipes_the_command);
}

int
main(void)
{
	return check_run("imap_frame", add);
}
