/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <stdio.h>

#include "mail_world.h"
#include "smtp.h"

#include "check.h"

/*
 * Runs tests/transcripts/smtp: one session after the other in one world, line
 * by line.
 *
 *	> submission USER, > lmtp	a new session
 *	C: TEXT		say it, and CRLF; \r \n \0 \t \\ \xHH are bytes
 *	C+ TEXT		the same without CRLF
 *	C* N TEXT	N times
 *	S: TEXT		it says that; "..." at the end stands for anything
 *	S!		it closes the connection
 *	! shutdown, ! timeout, ! kick USER	the server ends sessions
 *	! full, ! broken, ! mended	the state of the store
 *	! limit MESSAGES RECIPIENTS	an hour, of a user
 *	! quota N, ! reject	messages of a user; mail over it is returned
 *	! hangup, ! unalias NAME
 *	? N USER MAILBOX	so many messages are there
 *	= UID USER MAILBOX	a message, whose lines follow:
 *	| TEXT
 */
struct script {
	char path[512];
	struct world w;
	struct buf text; /* the script */
	struct span rest;
	unsigned number; /* of the line */
	struct span message; /* of "=", what is left of it */
	struct buf message_text;
	size_t step; /* bytes said at a time */
};

static struct buf names; /* of the files, a line each */
static size_t nnames;

/* ---- the world ---- */

static void
populate(struct world *w)
{
	static const char *const user[] = { "alice@example.org",
		"bob@example.org", "carol@example.net" };
	static const char *const alias[][2] = {
		{ "sales@example.org", "alice@example.org bob@example.org" },
		{ "team@example.org", "sales@example.org carol@example.net "
				      "bob+Lists@example.org" },
		{ "loop1@example.org", "loop2@example.org" },
		{ "loop2@example.org", "loop1@example.org" },
		{ "away@example.org", "bob@example.org x@elsewhere.example" },
		{ "stale@example.org", "gone@example.org bob@example.org" },
		{ "dead@example.org", "gone@example.org" },
	};

	for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
		ck_assert_int_eq(world_add_user(w, user[i]), STORE_OK);
	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		ck_assert_int_eq(world_set_alias(w, alias[i][0], alias[i][1]),
		    STORE_OK);
	ck_assert_int_eq(world_add_mailbox(w, "bob@example.org", "Lists"),
	    STORE_OK);
}

static void
open_world(struct script *s)
{
	world_open(&s->w, engine_mem_open());
	s->w.conf.message_size = 65536;
	s->w.conf.recipients = 5;
	s->w.conf.future_release = 86400;
	s->w.conf.deliver_by = 10;
	s->w.conf.priority = 4;
	populate(&s->w);
}

#define ck_at(s, expr, ...)                                                    \
	do {                                                                   \
		if (!(expr)) {                                                 \
			fprintf(stderr, "%s:%u: ", (s)->path, (s)->number);    \
			fprintf(stderr, __VA_ARGS__);                          \
			fputc('\n', stderr);                                   \
			ck_abort();                                            \
		}                                                              \
	} while (0)

/* ---- lines of the script ---- */

static void
unescape(struct buf *out, struct span s)
{
	static const char from[] = "rn0t\\", to[] = "\r\n\0\t\\";

	for (size_t i = 0; i < s.n; i++) {
		const char *at = NULL;
		unsigned hex;

		if (s.p[i] == '\\' && i + 1 < s.n)
			at = memchr(from, s.p[++i], sizeof(from) - 1);
		if (at != NULL) {
			buf_addc(out, to[at - from]);
		} else if (s.p[i] == 'x' && i > 0 && s.p[i - 1] == '\\') {
			sscanf(s.p + i + 1, "%2x", &hex);
			buf_addc(out, (char)hex);
			i += 2;
		} else {
			buf_addc(out, s.p[i]);
		}
	}
}

static bool
matches(struct span line, struct span want)
{
	if (want.n >= 3 && memcmp(want.p + want.n - 3, "...", 3) == 0)
		return line.n >= want.n - 3 &&
		    span_eq(span_sub(line, 0, want.n - 3),
			span_sub(want, 0, want.n - 3));
	return span_eq(line, want);
}

static void
say(struct script *s, struct span text, bool line, unsigned times)
{
	struct buf out = { 0 };

	unescape(&out, text);
	if (line)
		buf_adds(&out, "\r\n");
	while (times-- > 0) {
		for (size_t i = 0; i < out.len; i += s->step) {
			struct span part = span_sub(buf_span(&out), i, s->step);

			bufferevent_write(s->w.peer[0].bev, part.p, part.n);
			event_base_loop(s->w.base, EVLOOP_NONBLOCK);
		}
	}
	buf_free(&out);
}

static void
say_often(struct script *s, struct span text)
{
	struct span number;
	uint32_t n = 0;

	span_split(&text, ' ', &number);
	span_u32(number, &n);
	ck_at(s, n > 0, "a number of times is missing");
	say(s, text, true, n);
}

static void
hear(struct script *s, struct span want)
{
	struct buf line = { 0 };

	ck_at(s, world_line(&s->w, 0, &line), "it says nothing");
	ck_at(s, matches(buf_span(&line), want), "it says \"%s\"", line.data);
	buf_free(&line);
}

static void
hear_close(struct script *s)
{
	struct buf line = { 0 };

	ck_at(s, !world_line(&s->w, 0, &line), "it says \"%s\"", line.data);
	ck_at(s, s->w.peer[0].eof, "it does not close");
	buf_free(&line);
}

static void
leave(struct script *s)
{
	struct bufferevent *bev = s->w.peer[0].bev;

	if (bev == NULL)
		return;
	ck_at(s, evbuffer_get_length(bufferevent_get_input(bev)) == 0,
	    "it says more");
	world_leave(&s->w, 0);
}

static void
connect_as(struct script *s, struct span words)
{
	struct session_start start = { .id = 0x1f, .peer = "192.0.2.1",
		.local = "587", .tls = "TLSv1.3 TEST", .helo = "pc.example",
		.esmtp = true, .tag = "", .user = "" };
	struct span proto;
	char *user;

	leave(s);
	span_split(&words, ' ', &proto);
	user = span_dup(words);
	start.user = user;
	if (span_eq(proto, SPAN_LIT("lmtp"))) {
		start.peer = "unix";
		start.tls = start.helo = "";
		start.esmtp = false;
		world_connect(&s->w, 0, &smtp_lmtp_proto, &start);
	} else {
		if (span_eq(proto, SPAN_LIT("plain")))
			start.tls = "";
		world_connect(&s->w, 0, &smtp_submission_proto, &start);
	}
	free(user);
}

/* Of every user. */
static void
set_quota(struct world *w, struct span number)
{
	uint64_t limit[STORE_RESOURCES] = { STORE_QUOTA_NONE,
		STORE_QUOTA_NONE, STORE_QUOTA_NONE };

	ck_assert_int_eq(span_u64(number, UINT32_MAX, &limit[STORE_MESSAGES]),
	    0);
	store_quota_default(w->store, limit);
}

/* "MESSAGES RECIPIENTS" */
static void
set_rates(struct conf *c, struct span words)
{
	struct span messages;

	span_split(&words, ' ', &messages);
	ck_assert_int_eq(span_u32(messages, &c->messages_per_user), 0);
	ck_assert_int_eq(span_u32(words, &c->recipients_per_user), 0);
	c->messages_per_user_period = c->recipients_per_user_period = 3600;
}

static void
happen(struct script *s, struct span words)
{
	static char reject[] = "reject";
	struct session_list *all = s->w.worker.sessions;
	struct span what;
	char *who;

	span_split(&words, ' ', &what);
	who = span_dup(words);
	if (span_eq(what, SPAN_LIT("shutdown")))
		session_list_end(all, NULL, SESSION_END_SHUTDOWN);
	else if (span_eq(what, SPAN_LIT("timeout")))
		session_list_end(all, NULL, SESSION_END_TIMEOUT);
	else if (span_eq(what, SPAN_LIT("kick")))
		session_list_end(all, who, SESSION_END_KICKED);
	else if (span_eq(what, SPAN_LIT("unalias")))
		ck_at(s, world_set_alias(&s->w, who, "") == STORE_OK, "no");
	else if (span_eq(what, SPAN_LIT("hangup")))
		leave(s);
	else if (span_eq(what, SPAN_LIT("full")))
		engine_mem_fail(s->w.engine, 1, ENGINE_FULL);
	else if (span_eq(what, SPAN_LIT("broken")))
		engine_mem_fail(s->w.engine, 1, ENGINE_IO);
	else if (span_eq(what, SPAN_LIT("quota")))
		set_quota(&s->w, words);
	else if (span_eq(what, SPAN_LIT("limit")))
		set_rates(&s->w.conf, words);
	else if (span_eq(what, SPAN_LIT("reject")))
		s->w.conf.quota_full = reject;
	else if (span_eq(what, SPAN_LIT("mended")))
		engine_mem_fail(s->w.engine, 0, ENGINE_OK);
	else
		ck_at(s, false, "what is that?");
	free(who);
}

/* "N USER MAILBOX" of "?" and "=". */
static void
look(struct script *s, struct span words, bool at_message)
{
	struct span number, user;
	char *u, *m;
	uint32_t n = 0, count;

	span_split(&words, ' ', &number);
	span_split(&words, ' ', &user);
	span_u32(number, &n);
	u = span_dup(user);
	m = span_dup(words);
	if (at_message) {
		buf_clear(&s->message_text);
		ck_at(s, world_message(&s->w, u, m, n, &s->message_text),
		    "no such message");
		s->message = buf_span(&s->message_text);
	} else {
		count = world_count(&s->w, u, m);
		ck_at(s, count == n, "there are %u", count);
	}
	free(u);
	free(m);
}

static void
compare(struct script *s, struct span text)
{
	struct buf want = { 0 };
	struct span line;

	unescape(&want, text);
	ck_at(s, span_split(&s->message, '\n', &line), "it has ended");
	ck_at(s, line.n > 0 && line.p[line.n - 1] == '\r', "a bare LF");
	line.n--;
	ck_at(s, matches(line, buf_span(&want)), "\"%.*s\"", (int)line.n,
	    line.p);
	buf_free(&want);
}

static void
do_line(struct script *s, struct span line)
{
	const char kind = line.n > 0 ? line.p[0] : '#';
	const struct span arg = span_sub(line, line.n > 2 &&
	    (kind == 'C' || kind == 'S') && line.p[2] == ' ' ? 3 : 2, SIZE_MAX);

	if (kind != '|' && s->message.n > 0)
		ck_at(s, kind == '#', "the message goes on: \"%.*s\"",
		    (int)s->message.n, s->message.p);
	if (kind == '>')
		connect_as(s, arg);
	else if (kind == 'C' && line.p[1] == '*')
		say_often(s, arg);
	else if (kind == 'C')
		say(s, arg, line.p[1] == ':', 1);
	else if (kind == 'S' && line.p[1] == '!')
		hear_close(s);
	else if (kind == 'S')
		hear(s, arg);
	else if (kind == '?' || kind == '=')
		look(s, arg, kind == '=');
	else if (kind == '|')
		compare(s, arg);
	else if (kind == '!')
		happen(s, arg);
	else
		ck_at(s, kind == '#', "not a line of a script");
}

static void
read_file(struct buf *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	while ((n = fread(buf_reserve(out, 4096), 1, 4096, f)) > 0)
		out->len += n;
	fclose(f);
}

static void
run_script(int number, size_t step)
{
	static struct script s;
	struct span rest = buf_span(&names), name, line;
	const char *top = getenv("top_srcdir");

	s = (struct script){ .step = step };
	for (int i = 0; i <= number; i++)
		span_split(&rest, '\n', &name);
	snprintf(s.path, sizeof(s.path), "%s/tests/transcripts/smtp/%.*s",
	    top != NULL ? top : ".", (int)name.n, name.p);
	read_file(&s.text, s.path);
	open_world(&s);
	s.rest = buf_span(&s.text);
	while (span_split(&s.rest, '\n', &line)) {
		s.number++;
		do_line(&s, line);
	}
	ck_at(&s, s.number > 0, "nothing is there");
	do_line(&s, span_of("#", 1));
	leave(&s);
	world_close(&s.w);
	buf_free(&s.text);
	buf_free(&s.message_text);
}

START_TEST(sessions_go_as_written)
{
	run_script(_i, SIZE_MAX / 2);
}
END_TEST

START_TEST(byte_by_byte_they_go_the_same)
{
	run_script(_i, 1);
}
END_TEST

/* The server stops between the final dot and the store's answer. */
START_TEST(delivery_outlives_its_session)
{
	static const char text[] = "MAIL FROM:<>\r\nRCPT TO:<bob@example.org>"
				   "\r\nDATA\r\nSubject: x\r\n\r\n.\r\n";
	static struct script s;

	s = (struct script){ .step = SIZE_MAX / 2 };
	open_world(&s);
	connect_as(&s, SPAN_LIT("submission alice@example.org"));
	s.w.hold = true;
	bufferevent_write(s.w.peer[0].bev, text, sizeof(text) - 1);
	hear(&s, SPAN_LIT("235 2.7.0 ..."));
	hear(&s, SPAN_LIT("250 2.1.0 ..."));
	hear(&s, SPAN_LIT("250 2.1.5 ..."));
	hear(&s, SPAN_LIT("354 ..."));
	for (int i = 0; i < 8; i++)
		event_base_loop(s.w.base, EVLOOP_NONBLOCK);
	session_list_end(s.w.worker.sessions, NULL, SESSION_END_SHUTDOWN);
	while (session_list_len(s.w.worker.sessions) > 0)
		ck_assert(world_turn(&s.w));
	hear(&s, SPAN_LIT("421 4.3.2 ..."));
	hear_close(&s);
	s.w.hold = false;
	world_wake(&s.w);
	while (world_count(&s.w, "bob@example.org", "INBOX") == 0)
		ck_assert(world_turn(&s.w));
	leave(&s);
	world_close(&s.w);
}
END_TEST

/* Pieces end anywhere: within the name, the fold, the end of the header. */
START_TEST(bcc_is_hidden_wherever_a_piece_ends)
{
	static const char text[] =
	    "Date: x\r\nBcc\t: bob@example.org,\r\n\tcarol@example.net\r\n"
	    "Message-ID: <x@example.org>\r\nresent-bcc:\r\n bob@example.org\r\n"
	    "\r\nBcc: body\r\n";
	static const char kept[] = "Date: x\r\nMessage-ID: <x@example.org>\r\n"
				   "\r\nBcc: body\r\n";
	static struct script s;

	s = (struct script){ .path = "pieces", .step = SIZE_MAX / 2 };
	open_world(&s);
	connect_as(&s, SPAN_LIT("submission alice@example.org"));
	hear(&s, SPAN_LIT("235 2.7.0 ..."));
	for (uint32_t n = 0; n < sizeof(text); n++) {
		struct buf said = { 0 }, got = { 0 };

		buf_addf(&said, "MAIL FROM:<>\r\nRCPT TO:<bob@example.org>\r\n"
		    "BDAT %u\r\n%.*sBDAT %zu LAST\r\n%s", n, (int)n, text,
		    sizeof(text) - 1 - n, text + n);
		bufferevent_write(s.w.peer[0].bev, said.data, said.len);
		hear(&s, SPAN_LIT("250 2.1.0 ..."));
		hear(&s, SPAN_LIT("250 2.1.5 ..."));
		hear(&s, SPAN_LIT("250 2.0.0 ..."));
		hear(&s, SPAN_LIT("250 2.0.0 Accepted as ..."));
		ck_assert(world_message(&s.w, "bob@example.org", "INBOX", n + 1,
		    &got));
		ck_assert_uint_gt(got.len, sizeof(kept));
		ck_assert_str_eq(got.data + got.len - sizeof(kept) + 1, kept);
		ck_assert_ptr_null(strstr(got.data, "carol"));
		buf_free(&said);
		buf_free(&got);
	}
	leave(&s);
	world_close(&s.w);
}
END_TEST

/* Of each line, how many, and what is said then. */
static const struct {
	const char *line;
	unsigned times;
	const char *reply;
	uint32_t messages;
} large[] = {
	{ "Comment: and on and on and on and on it goes", 24000,
	    "552 5.3.4 Header is too large", 0 },
	{ "\\r\\nbody that is larger than what is held at a time", 80000,
	    "250 2.0.0 ...", 1 },
};

START_TEST(large_messages_are_held_in_part_only)
{
	static struct script s;

	s = (struct script){ .path = "large", .step = SIZE_MAX / 2 };
	open_world(&s);
	s.w.conf.message_size = 50 << 20;
	connect_as(&s, SPAN_LIT("submission alice@example.org"));
	hear(&s, SPAN_LIT("235 2.7.0 ..."));
	say(&s, SPAN_LIT("MAIL FROM:<>\\r\\nRCPT TO:<bob@example.org>\\r\\n"
			 "DATA"), true, 1);
	hear(&s, SPAN_LIT("250 ..."));
	hear(&s, SPAN_LIT("250 ..."));
	hear(&s, SPAN_LIT("354 ..."));
	say(&s, span_str(large[_i].line), true, large[_i].times);
	say(&s, SPAN_LIT("."), true, 1);
	hear(&s, span_str(large[_i].reply));
	ck_assert_uint_eq(world_count(&s.w, "bob@example.org", "INBOX"),
	    large[_i].messages);
	leave(&s);
	world_close(&s.w);
}
END_TEST

static void
find_scripts(void)
{
	const char *top = getenv("top_srcdir");
	struct dirent *e;
	char path[512];
	DIR *d;

	snprintf(path, sizeof(path), "%s/tests/transcripts/smtp",
	    top != NULL ? top : ".");
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		buf_addf(&names, "%s\n", e->d_name);
		nnames++;
	}
	if (d == NULL || nnames == 0) {
		perror(path);
		exit(1);
	}
	closedir(d);
}

static void
add(TCase *tc)
{
	find_scripts();
	tcase_add_loop_test(tc, sessions_go_as_written, 0, (int)nnames);
	tcase_add_loop_test(tc, byte_by_byte_they_go_the_same, 0, (int)nnames);
	tcase_add_test(tc, delivery_outlives_its_session);
	tcase_add_test(tc, bcc_is_hidden_wherever_a_piece_ends);
	tcase_add_loop_test(tc, large_messages_are_held_in_part_only, 0,
	    sizeof(large) / sizeof(large[0]));
}

int
main(void)
{
	return check_run("smtp", add);
}
