/* SPDX-License-Identifier: ISC */
#include "raw.h"

#include <poll.h>
#include <unistd.h>

#include "term.h"
#include "transport.h"

#define WAIT_SECONDS 120 /* for an answer */
#define PIECE        ((size_t)16384)
#define LINE_MAX     ((size_t)1 << 20)

struct raw {
	struct cmd *cmd;
	struct transport *transport;
	const struct protocol *protocol;
	struct buf in;  /* of standard input */
	struct buf out; /* to be sent */
	struct buf line; /* of the server, as yet without its end */
	uint64_t literal; /* bytes of standard input that are no lines */
	uint64_t skip;    /* bytes of the server that are none */
	bool amid;        /* IMAP: a response goes on behind a literal */
	bool waiting;     /* nothing may be sent before an answer */
	bool discard;     /* the literal was refused: it goes nowhere */
	bool data;        /* SMTP: lines are a message */
	bool input_ended, goodbye, refused;
};

struct protocol {
	const char *goodbye;
	/* A line that goes out, one that came in; both without line end. */
	void (*sent)(struct raw *r, struct span line);
	void (*heard)(struct raw *r, struct span line);
};

static struct span
word_of(struct span line, unsigned n)
{
	struct span word = { 0 };

	while (n-- > 0 && span_split(&line, ' ', &word))
		;
	return word;
}

/* "… {12}" or "… {12+}" is followed by so many bytes. */
static bool
ends_in_literal(struct span line, uint64_t *size, bool *sync)
{
	size_t at = line.n;

	if (line.n < 3 || line.p[line.n - 1] != '}')
		return false;
	while (at > 0 && line.p[at - 1] != '{')
		at--;
	if (at == 0)
		return false;
	line = span_sub(line, at, line.n - at - 1);
	*sync = line.n == 0 || line.p[line.n - 1] != '+';
	line.n -= *sync ? 0 : 1;
	return span_u64(line, UINT32_MAX, size) == 0;
}

/* ---- IMAP ---- */

static void
imap_sent(struct raw *r, struct span line)
{
	bool sync;

	if (ends_in_literal(line, &r->literal, &sync))
		r->waiting = sync;
	r->goodbye |= span_ieqs(word_of(line, 2), "LOGOUT");
}

static void
imap_heard(struct raw *r, struct span line)
{
	struct span result = word_of(line, 2);
	bool tagged = line.n > 0 && line.p[0] != '*' && line.p[0] != '+';
	bool behind = r->amid, sync;

	r->amid = ends_in_literal(line, &r->skip, &sync);
	if (behind)
		return;
	if (tagged && r->waiting)
		r->discard = true;
	if (tagged || (line.n > 0 && line.p[0] == '+'))
		r->waiting = false;
	r->refused |= tagged && (span_ieqs(result, "NO") ||
	    span_ieqs(result, "BAD"));
}

/* ---- SMTP ---- */

static void
smtp_sent(struct raw *r, struct span line)
{
	if (r->data) {
		r->data = !span_eq(line, SPAN_LIT("."));
		r->waiting = !r->data;
		return;
	}
	r->waiting = true;
	if (span_ieqs(word_of(line, 1), "BDAT") &&
	    span_u64(word_of(line, 2), UINT32_MAX, &r->literal) == 0)
		r->waiting = r->literal == 0;
	r->goodbye |= span_ieqs(line, "QUIT");
}

static void
smtp_heard(struct raw *r, struct span line)
{
	if (line.n > 3 && line.p[3] == '-')
		return;
	r->waiting = false;
	r->data = span_iprefix(line, SPAN_LIT("354"));
	r->refused |= line.n > 0 && (line.p[0] == '4' || line.p[0] == '5');
}

static const struct protocol protocols[] = {
	[RAW_IMAP] = { "mailctl LOGOUT\r\n", imap_sent, imap_heard },
	[RAW_SMTP] = { "QUIT\r\n", smtp_sent, smtp_heard },
};

/* ---- the server's side ---- */

static void
print_line(struct raw *r)
{
	struct buf clean = { 0 };

	if (r->cmd->out.terminal) {
		term_clean(&clean, span_trim(buf_span(&r->line)));
		fprintf(stdout, "%s\n", clean.len > 0 ? clean.data : "");
	}
	buf_free(&clean);
	buf_clear(&r->line);
}

static void
heard_byte(struct raw *r, char ch)
{
	bool literal = r->skip > 0;

	r->skip -= literal ? 1 : 0;
	if (ch != '\n')
		buf_addc(&r->line, ch);
	else if (!literal)
		r->protocol->heard(r, span_trim(buf_span(&r->line)));
	/* A literal is shown as lines, too; what follows it is another one. */
	if (ch == '\n' || (literal && r->skip == 0 && r->line.len > 0))
		print_line(r);
}

static void
heard(struct raw *r, struct span s)
{
	if (!r->cmd->out.terminal)
		fwrite(s.p, 1, s.n, stdout);
	for (size_t i = 0; i < s.n; i++)
		heard_byte(r, s.p[i]);
	fflush(stdout);
}

/* ---- standard input ---- */

static bool
take_literal(struct raw *r)
{
	struct span piece = span_sub(buf_span(&r->in), 0, r->literal);

	if (piece.n == 0)
		return false;
	if (!r->discard)
		buf_add_span(&r->out, piece);
	r->literal -= piece.n;
	/* SMTP answers a chunk, IMAP the command that goes on behind it. */
	if (r->literal == 0 && r->protocol == &protocols[RAW_SMTP])
		r->waiting = true;
	buf_consume(&r->in, piece.n);
	return true;
}

static bool
take_line(struct raw *r)
{
	struct span line, rest = buf_span(&r->in);
	bool sync;
	const char *end = rest.n > 0 ? memchr(rest.p, '\n', rest.n) : NULL;

	if (rest.n == 0 || (end == NULL && !r->input_ended))
		return false;
	span_split(&rest, '\n', &line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (r->discard) {
		/* The command that was refused goes on to its end. */
		r->discard = ends_in_literal(line, &r->literal, &sync);
	} else {
		buf_add_span(&r->out, line);
		buf_adds(&r->out, "\r\n");
		r->protocol->sent(r, line);
	}
	buf_consume(&r->in, r->in.len - rest.n);
	return true;
}

static bool
cut_short(const struct raw *r)
{
	return r->input_ended && r->in.len == 0 && !r->waiting &&
	    (r->literal > 0 || r->data);
}

/* Put into out what may go out now. */
static void
take(struct raw *r)
{
	while (!r->waiting && r->out.len < PIECE &&
	    (r->literal > 0 ? take_literal(r) : take_line(r)))
		;
	if (r->waiting || !r->input_ended || r->in.len > 0 || r->goodbye)
		return;
	r->goodbye = true;
	buf_adds(&r->out, r->protocol->goodbye);
}

static int
read_input(struct raw *r)
{
	char piece[PIECE];
	ssize_t n = read(0, piece, sizeof(piece));

	if (n <= 0) {
		r->input_ended = true;
		return 0;
	}
	buf_add(&r->in, piece, (size_t)n);
	if (r->in.failed)
		return cmd_fail(r->cmd, EX_DATAERR, "a line is too long");
	return 0;
}

/* ---- both ---- */

/* Whatever can go through now.  False: the connection is over. */
static bool
exchange(struct raw *r, bool *moved)
{
	char piece[PIECE];
	bool eof = false;
	ssize_t n;

	*moved = false;
	n = r->out.len > 0 ? transport_send(r->transport, buf_span(&r->out)) :
			     0;
	if (n > 0) {
		buf_consume(&r->out, (size_t)n);
		*moved = true;
	}
	n = transport_recv(r->transport, piece, sizeof(piece), &eof);
	if (n > 0) {
		heard(r, span_of(piece, (size_t)n));
		*moved = true;
	}
	return n >= 0 && !eof;
}

/* Until one side has something. */
static int
wait_for_something(struct raw *r)
{
	bool listen = !r->input_ended && r->in.len < PIECE &&
	    r->out.len < PIECE;
	struct pollfd p[2] = {
		{ .fd = transport_fd(r->transport),
		    .events = (short)(POLLIN | (r->out.len > 0 ? POLLOUT :
								 0)) },
		{ .fd = listen ? 0 : -1, .events = POLLIN },
	};
	bool due = r->waiting || r->goodbye || r->out.len > 0;

	if (poll(p, 2, due ? WAIT_SECONDS * 1000 : -1) == 0)
		return cmd_fail(r->cmd, EX_TEMPFAIL,
		    "no answer for %d seconds", WAIT_SECONDS);
	return p[1].revents != 0 ? read_input(r) : 0;
}

static int
run(struct raw *r)
{
	bool moved;
	int ret = 0;

	while (ret == 0) {
		take(r);
		if (cut_short(r))
			return cmd_fail(r->cmd, EX_DATAERR,
			    "the input ends amid a literal or a message");
		if (!exchange(r, &moved))
			break;
		if (!moved)
			ret = wait_for_something(r);
	}
	if (ret == 0 && !r->goodbye)
		ret = cmd_fail(r->cmd, EX_UNAVAILABLE,
		    "the server closed the connection");
	return ret != 0 ? ret : r->refused ? EX_NO : EX_OK;
}

int
raw_run(struct cmd *c, struct transport *t, enum raw_protocol protocol)
{
	struct raw r = {
		.cmd = c,
		.transport = t,
		.protocol = &protocols[protocol],
		.in = { .max = LINE_MAX },
		.line = { .max = LINE_MAX },
	};
	int ret = run(&r);

	buf_wipe(&r.in);
	buf_wipe(&r.out);
	buf_free(&r.line);
	return ret;
}
