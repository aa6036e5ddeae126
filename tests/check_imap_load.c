/* SPDX-License-Identifier: ISC */
/*
 * Much at once: output stays bounded however slow the client, and a command
 * that takes long lets other sessions have their turn.
 */
#include "check.h"
#include "imap_world.h"

#define USER "test@localhost"
#define MANY 3000
#define BIG  ((size_t)3 << 20)

#define HEADER "Subject: large\r\n\r\n" /* of BIG bytes or more */
#define SMALL "From: somebody@example.com\r\nSubject: one of many\r\n\r\n"
#define LINE "Not what is looked for.\r\n"

/* What one step of a handler may write beyond the limit. */
#define SLACK ((size_t)65536)

static struct world w;

static void
setup(void)
{
	world_open(&w, engine_mem_open());
	ck_assert_int_eq(world_add_user(&w, USER), STORE_OK);
	w.conf.message_size = 2 * BIG;
}

static void
teardown(void)
{
	world_close(&w);
}

static struct evbuffer *
input(size_t i)
{
	return bufferevent_get_input(w.peer[i].bev);
}

static void
say(size_t i, const char *line)
{
	bufferevent_write(w.peer[i].bev, line, strlen(line));
}

/* The next line; false: there is none yet. */
static bool
hear(size_t i, struct buf *line)
{
	size_t n;
	char *s = evbuffer_readln(input(i), &n, EVBUFFER_EOL_CRLF_STRICT);

	if (s == NULL)
		return false;
	buf_clear(line);
	buf_add(line, s, n);
	free(s);
	return true;
}

/* Read lines up to that which begins with tag; returns how many end with
 * ending. */
static unsigned
read_until(size_t i, const char *tag, const char *ending)
{
	struct buf line = { 0 };
	size_t len = strlen(ending);
	unsigned n = 0;

	do {
		while (!hear(i, &line))
			ck_assert_msg(world_turn(&w), "waiting for %s", tag);
		if (line.len >= len && span_eq(span_sub(buf_span(&line),
		    line.len - len, len), span_str(ending)))
			n++;
	} while (!span_iprefix(buf_span(&line), span_str(tag)));
	buf_free(&line);
	return n;
}

/* Let the loop run until there is nothing to do but to read. */
static void
stall(size_t i)
{
	size_t n, before;

	bufferevent_disable(w.peer[i].bev, EV_READ);
	do {
		before = evbuffer_get_length(
		    bufferevent_get_output(w.peer[i].server));
		world_settle(&w, USER);
		n = evbuffer_get_length(
		    bufferevent_get_output(w.peer[i].server));
	} while (n != before || n == 0);
	ck_assert_uint_ge(n, SESSION_OUTPUT_MAX / 2);
	ck_assert_uint_le(n, SESSION_OUTPUT_MAX + SLACK);
	bufferevent_enable(w.peer[i].bev, EV_READ);
}

static void
login(size_t i)
{
	world_login(&w, i, USER);
	read_until(i, "in OK", "");
}

/* MANY messages of so many lines. */
static void
fill(unsigned lines)
{
	static struct store_delivery d[100];
	struct buf text = { 0 };

	buf_adds(&text, SMALL);
	while (lines-- > 0)
		buf_adds(&text, LINE);
	for (size_t i = 0; i < MANY / 100; i++) {
		memset(d, 0, sizeof(d));
		ck_assert_int_eq(world_deliver(&w, USER, "INBOX",
		    buf_span(&text), d, 100), STORE_OK);
	}
	buf_free(&text);
}

START_TEST(fetch_of_many_waits_for_the_client)
{
	fill(1);
	login(1);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	say(1, "b UID FETCH 1:* (FLAGS INTERNALDATE ENVELOPE)\r\n");
	stall(1);
	ck_assert_uint_eq(read_until(1, "b OK", "))"), 0);
	say(1, "c FETCH 1:* (UID ENVELOPE)\r\n");
	ck_assert_uint_eq(read_until(1, "c OK", "NIL NIL))"), MANY);
}
END_TEST

START_TEST(changes_of_many_wait_for_the_client)
{
	fill(1);
	login(1);
	login(2);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	say(2, "a SELECT INBOX\r\n");
	read_until(2, "a OK", "");
	say(2, "b STORE 1:* +FLAGS.SILENT (\\Deleted AKeywordThatIsRatherLong"
	    "SoThatThereIsMuchToBeToldOfEachMessage)\r\n");
	ck_assert_uint_eq(read_until(2, "b OK", "))"), 0);
	say(1, "b NOOP\r\n");
	stall(1);
	ck_assert_uint_eq(read_until(1, "b OK", "EachMessage))"), MANY);
	say(2, "c EXPUNGE\r\n");
	ck_assert_uint_eq(read_until(2, "c OK", " EXPUNGE"), MANY);
	say(1, "c NOOP\r\n");
	ck_assert_uint_eq(read_until(1, "c OK", " EXPUNGE"), MANY);
}
END_TEST

START_TEST(search_lets_others_have_their_turn)
{
	struct buf line = { 0 };

	fill(1000); /* more than a slice can search */
	login(1);
	login(2);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	/* #= INPROGRESS RFC9585-3 negative: nothing before the interval is over */
	say(1, "b SEARCH TEXT needle\r\n");
	event_base_loop(w.base, EVLOOP_ONCE);
	say(2, "a NOOP\r\n");
	read_until(2, "a OK", "");
	ck_assert(!hear(1, &line));
	ck_assert_uint_eq(read_until(1, "b OK", "* SEARCH"), 1);
	buf_free(&line);
}
END_TEST

/* A part that takes several slices to be decoded. */
static void
deliver_encoded(void)
{
	struct store_delivery d = { 0 };
	struct buf text = { 0 };

	buf_adds(&text, "Content-Type: application/octet-stream\r\n"
			"Content-Transfer-Encoding: base64\r\n\r\n");
	while (text.len < 4 * BIG)
		buf_adds(&text, "bWFpbGQgbWFpbGQgbWFpbGQgbWFpbGQgbWFpbGQg"
				"bWFpbGQg\r\n");
	ck_assert_int_eq(world_deliver(&w, USER, "INBOX", buf_span(&text), &d,
	    1), STORE_OK);
	buf_free(&text);
}

/* Measured, skipped, and measured only to be told. */
static const char *const decoding[] = {
	"b FETCH 1 BINARY.PEEK[1]<0.6>\r\n",
	"b FETCH 1 BINARY.PEEK[1]<8000000.6>\r\n",
	"b FETCH 1 BINARY.SIZE[1]\r\n",
};

START_TEST(decoding_lets_others_have_their_turn)
{
	struct buf line = { 0 };

	deliver_encoded();
	login(1);
	login(2);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	say(1, decoding[_i]);
	say(2, "a NOOP\r\n");
	read_until(2, "a OK", "");
	ck_assert(!hear(1, &line));
	read_until(1, "b OK", "");
	buf_free(&line);
}
END_TEST

/* Read up to the reply to tag; returns how often its progress towards the goal
 * was told. */
static unsigned
read_progress(size_t i, const char *tag, unsigned long goal)
{
	struct buf line = { 0 };
	unsigned long done, of, before = 0;
	char begin[64], reply[16];
	unsigned n = 0;

	snprintf(begin, sizeof(begin), "* OK [INPROGRESS (\"%s\" ", tag);
	snprintf(reply, sizeof(reply), "%s OK", tag);
	for (;;) {
		while (!hear(i, &line))
			ck_assert_msg(world_turn(&w), "waiting for %s", tag);
		if (span_iprefix(buf_span(&line), span_str(reply)))
			break;
		if (!span_iprefix(buf_span(&line), SPAN_LIT("* OK ")))
			continue;
		ck_assert(span_iprefix(buf_span(&line), span_str(begin)));
		ck_assert_int_eq(sscanf(line.data + strlen(begin),
		    "%lu %lu)] Still", &done, &of), 2);
		ck_assert_uint_eq(of, goal);
		ck_assert(done >= before && done < of);
		before = done;
		n++;
	}
	buf_free(&line);
	return n;
}

START_TEST(long_commands_tell_their_progress)
{
	fill(1000);
	w.conf.imap_progress_interval = 0; /* at every pause */
	login(1);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	/* #= INPROGRESS RFC9585-3 case: done and goal of a SEARCH */
	say(1, "b SEARCH TEXT needle\r\n");
	ck_assert_uint_gt(read_progress(1, "b", MANY), 0);
	/* #= INPROGRESS RFC9585-3 case: of ESEARCH, in mailboxes */
	say(1, "c ESEARCH IN (mailboxes (INBOX Archive)) TEXT needle\r\n");
	ck_assert_uint_gt(read_progress(1, "c", 2), 0);
	/* #= INPROGRESS RFC9585-3 case: SORT does not know how much is left */
	say(1, "d SORT (SUBJECT) UTF-8 NOT TEXT needle\r\n");
	ck_assert_uint_gt(read_until(1, "d OK", ")] Still at work"), 0);
	/* #= INPROGRESS RFC9585-3 pipelined: each under its own tag */
	say(1, "e SEARCH BODY one\r\nf SEARCH BODY two\r\n");
	ck_assert_uint_gt(read_progress(1, "e", MANY), 0);
	ck_assert_uint_gt(read_progress(1, "f", MANY), 0);
}
END_TEST

/* What waits for the one commit of all is bounded. */
START_TEST(many_large_messages_want_several_appends)
{
	struct buf text = { 0 };

	buf_adds(&text, "Subject: large\r\n\r\n");
	while (text.len < (size_t)1 << 20)
		buf_adds(&text, "large\r\n");
	login(1);
	say(1, "a APPEND INBOX");
	for (int i = 0; i < 17; i++) {
		char header[32];

		snprintf(header, sizeof(header), " {%zu+}\r\n", text.len);
		say(1, header);
		bufferevent_write(w.peer[1].bev, text.data, text.len);
	}
	say(1, "\r\n");
	read_until(1, "a NO [LIMIT]", "");
	say(1, "b STATUS INBOX (MESSAGES)\r\n");
	ck_assert_uint_eq(read_until(1, "b OK", "(MESSAGES 0)"), 1);
	buf_free(&text);
}
END_TEST

static void
make_large(struct buf *text)
{
	buf_adds(text, HEADER);
	while (text->len < BIG)
		buf_addf(text, "line at byte %zu\r\n", text->len);
}

/* The answer to "c FETCH 1 BODY.PEEK[]" is all of text. */
static void
hear_message(struct span text)
{
	char head[64];

	snprintf(head, sizeof(head), "* 1 FETCH (BODY[] {%zu}\r\n", text.n);
	while (evbuffer_get_length(input(1)) < strlen(head) + text.n)
		ck_assert(world_turn(&w));
	ck_assert_int_eq(memcmp(evbuffer_pullup(input(1), -1), head,
	    strlen(head)), 0);
	evbuffer_drain(input(1), strlen(head));
	ck_assert_int_eq(memcmp(evbuffer_pullup(input(1), -1), text.p,
	    text.n), 0);
	evbuffer_drain(input(1), text.n);
	ck_assert_uint_eq(read_until(1, "c OK", ")"), 1);
}

/* Every byte of a large message, in and out, through small windows. */
START_TEST(large_message_streams)
{
	struct buf text = { 0 };
	char head[64];

	make_large(&text);
	login(1);
	snprintf(head, sizeof(head), "a APPEND INBOX {%zu+}\r\n", text.len);
	say(1, head);
	bufferevent_write(w.peer[1].bev, text.data, text.len);
	say(1, "\r\nb SELECT INBOX\r\n");
	read_until(1, "a OK [APPENDUID", "");
	read_until(1, "b OK", "");
	say(1, "c FETCH 1 BODY.PEEK[]\r\n");
	stall(1);
	hear_message(buf_span(&text));
	buf_free(&text);
}
END_TEST

/* So is every byte that one command copies, more than the store takes at once. */
START_TEST(large_part_is_catenated)
{
	struct store_delivery d = { 0 };
	struct buf text = { 0 }, made = { 0 };

	make_large(&text);
	ck_assert_uint_gt(text.len, 2 * ENGINE_BLOB_WINDOW);
	ck_assert_int_eq(world_deliver(&w, USER, "INBOX", buf_span(&text), &d,
	    1), STORE_OK);
	login(1);
	say(1, "a APPEND Trash CATENATE (URL /INBOX/;UID=1/;SECTION=HEADER "
	    "TEXT {6+}\r\nbegin\n URL /INBOX/;UID=1/;SECTION=TEXT)\r\n"
	    "b SELECT Trash\r\n");
	read_until(1, "a OK [APPENDUID", "");
	read_until(1, "b OK", "");
	say(1, "c FETCH 1 BODY.PEEK[]\r\n");
	buf_adds(&made, HEADER "begin\n");
	buf_add_span(&made, span_sub(buf_span(&text), strlen(HEADER), SIZE_MAX));
	hear_message(buf_span(&made));
	buf_free(&made);
	buf_free(&text);
}
END_TEST

/* Over many pages. */
START_TEST(deleted_storage_of_many)
{
	char want[64];

	fill(1);
	login(1);
	say(1, "a SELECT INBOX\r\nb STORE 1:* +FLAGS.SILENT (\\Deleted)\r\n");
	read_until(1, "b OK", "");
	say(1, "c STORE 7 -FLAGS.SILENT (\\Deleted)\r\n");
	read_until(1, "c OK", "");
	snprintf(want, sizeof(want), "DELETED-STORAGE %zu)",
	    (MANY - 1) * strlen(SMALL LINE));
	say(1, "d STATUS INBOX (DELETED-STORAGE)\r\n");
	ck_assert_uint_eq(read_until(1, "d OK", want), 1);
	say(1, "e LIST \"\" (INBOX Trash) RETURN (STATUS (DELETED-STORAGE))"
	    "\r\n");
	ck_assert_uint_eq(read_until(1, "e OK", want), 1);
	say(1, "f LIST \"\" (INBOX Trash) RETURN (STATUS (DELETED-STORAGE))"
	    "\r\n");
	ck_assert_uint_eq(read_until(1, "f OK", "(DELETED-STORAGE 0)"), 1);
}
END_TEST

/* What is sent while a command waits is not read without bound, nor lost. */
START_TEST(pipelined_commands_run_in_order)
{
	char line[32];

	fill(1);
	login(1);
	say(1, "a SELECT INBOX\r\n");
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "x%d NOOP\r\n", i);
		say(1, line);
	}
	say(1, "b FETCH 1:* UID\r\nc LOGOUT\r\n");
	read_until(1, "a OK", "");
	for (int i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "x%d OK", i);
		read_until(1, line, "");
	}
	ck_assert_uint_eq(read_until(1, "b OK", ")"), MANY);
	read_until(1, "c OK", "");
}
END_TEST

/* What may tell of an EXPUNGE, unless a command with numbers waits behind it. */
static const char *const telling[] = {
	"NOOP",
	"CHECK",
	"UID FETCH 2 FLAGS",
	"STATUS Archive (MESSAGES)",
	"UID SEARCH 2",
};

/* Commands with numbers, and what shows that the second message was meant. */
static const char *const numbered[][2] = {
	{ "FETCH 2 UID", "* 2 FETCH (UID 2)" },
	{ "UID SEARCH 2", "* SEARCH 2" },
};

START_TEST(numbers_hold_for_what_is_pipelined)
{
	const char *const *next = numbered[_i % 2];
	char line[80];

	fill(1);
	login(1);
	login(2);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	say(2, "a SELECT INBOX\r\nb STORE 1 +FLAGS.SILENT (\\Deleted)\r\n"
	       "c EXPUNGE\r\n");
	ck_assert_uint_eq(read_until(2, "c OK", " EXPUNGE"), 1);
	snprintf(line, sizeof(line),
	    "b %s\r\nc %s\r\nd NOOP\r\n", telling[_i / 2], next[0]);
	say(1, line);
	ck_assert_uint_eq(read_until(1, "b OK", " EXPUNGE"), 0);
	ck_assert_uint_eq(read_until(1, "c OK", next[1]), 1);
	ck_assert_uint_eq(read_until(1, "d OK", "* 1 EXPUNGE"), 1);
}
END_TEST

static const char *const reads[] = {
	"s SEARCH BODY nowhere\r\n",
	"s FETCH 1:* (BODY.PEEK[])\r\n",
	"s SORT (SUBJECT) UTF-8 ALL\r\n",
	"s SELECT INBOX\r\n",
};

static void
turn_often(void)
{
	for (int i = 0; i < 16; i++)
		event_base_loop(w.base, EVLOOP_NONBLOCK);
}

START_TEST(a_session_ends_while_the_pool_reads)
{
	fill(1);
	engine_mem_cool(w.engine);
	login(1);
	say(1, "a SELECT INBOX\r\n");
	read_until(1, "a OK", "");
	w.hold = true;
	say(1, reads[_i]);
	turn_often();
	session_list_end(w.worker.sessions, NULL, SESSION_END_KICKED);
	turn_often();
	ck_assert_uint_eq(session_list_len(w.worker.sessions), 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, fetch_of_many_waits_for_the_client);
	tcase_add_test(tc, changes_of_many_wait_for_the_client);
	tcase_add_test(tc, search_lets_others_have_their_turn);
	tcase_add_loop_test(tc, decoding_lets_others_have_their_turn, 0,
	    sizeof(decoding) / sizeof(decoding[0]));
	tcase_add_test(tc, long_commands_tell_their_progress);
	tcase_add_test(tc, many_large_messages_want_several_appends);
	tcase_add_test(tc, large_message_streams);
	tcase_add_test(tc, large_part_is_catenated);
	tcase_add_test(tc, deleted_storage_of_many);
	tcase_add_test(tc, pipelined_commands_run_in_order);
	tcase_add_loop_test(tc, numbers_hold_for_what_is_pipelined, 0,
	    2 * sizeof(telling) / sizeof(telling[0]));
	tcase_add_loop_test(tc, a_session_ends_while_the_pool_reads, 0,
	    (int)(sizeof(reads) / sizeof(reads[0])));
}

int
main(void)
{
	return check_run("imap_load", add);
}
