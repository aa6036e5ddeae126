/* SPDX-License-Identifier: ISC */
/*
 * Transcripts of IMAP sessions, tests/transcripts/imap/<name>.txt:
 *
 *	# a comment
 *	#= MOVE RFC6851-3.1 negative: …    what the case that follows covers (see
 *	                          capability-table)
 *	@user bob                 make a user (test@localhost is there)
 *	@open 2 bob               log in as session 2 (else as test, when first
 *	                          spoken to)
 *	@deliver INBOX plain \Seen Work    a message from outside, with flags
 *	@date "17-Jul-1996 02:44:25 -0700" of the deliveries that follow
 *	@prefix X: y              header line put before them
 *	@limit 100                message_size
 *	@per_command 2            messages_per_command
 *	@8bit_headers no          imap_8bit_headers
 *	@quota 2048 10 8          of a user, in bytes, messages, mailboxes
 *	@quota_admin test         who may set it
 *	@server Text URI          its comment and admin
 *	@end timeout              end the sessions; also shutdown, kicked
 *	@client Acme* QRESYNC     hide a capability from clients of a name
 *	@compress 2               session 2 is compressed from now on
 *	@hangup 2                 the client goes away
 *	@closed 2                 the server has closed
 *	@quiet 2                  the server has said nothing more
 *	C: a1 NOOP                what session 1 (C2: 2, …) sends
 *	C+ a1 NO                  the same without a line end
 *	M: plain                  sends mail/plain.eml and a line end
 *	S: a1 OK ...              the next line that comes back to session 1
 *	X: plain 0 10             the next bytes are those of the message
 *
 * In what is expected, "..." stands for anything and $(name) is a word that is
 * remembered, and must be the same from then on; $(name) also stands in what is
 * sent.  $(size:plain) is the size of a message, \x00 a byte.  Messages have
 * their line ends made CRLF.  A MAILBOXID that is not asked for is passed over.
 *
 * Each runs on the memory engine, then with every byte sent alone, then on
 * LMDB.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "imap_world.h"
#include "session_deflate.h"

#define USER "test@localhost"

#define VARS_MAX    64
#define SCRIPTS_MAX 512
#define LINE_SIZE   4096

struct var {
	char name[32], value[256];
};

struct script {
	struct world w;
	const char *path; /* for what goes wrong */
	unsigned line;
	bool bytewise;
	struct var var[VARS_MAX];
	size_t nvars;
	struct mail_date date;
	struct buf prefix;
	struct session_warm *warm; /* of the clients */
};

static char *scripts[SCRIPTS_MAX];
static int nscripts;

#define wrong(s, ...)                                                           \
	do {                                                                   \
		fprintf(stderr, "%s:%u: ", (s)->path, (s)->line);              \
		ck_abort_msg(__VA_ARGS__);                                     \
	} while (0)

/* ---- messages ---- */

static void
read_message(struct script *s, const char *name, struct buf *out)
{
	const char *top = getenv("top_srcdir");
	char path[PATH_MAX];
	FILE *f;
	int ch;

	snprintf(path, sizeof(path), "%s/tests/transcripts/imap/mail/%s.eml",
	    top != NULL ? top : ".", name);
	f = fopen(path, "r");
	if (f == NULL)
		wrong(s, "cannot open %s", path);
	while ((ch = getc(f)) != EOF) {
		if (ch == '\n')
			buf_addc(out, '\r');
		buf_addc(out, (char)ch);
	}
	fclose(f);
}

/* ---- variables and bytes ---- */

static struct var *
set_var(struct script *s, struct span name, struct span value)
{
	struct var *v = &s->var[s->nvars++];

	ck_assert(s->nvars < VARS_MAX);
	ck_assert(name.n < sizeof(v->name) && value.n < sizeof(v->value));
	snprintf(v->name, sizeof(v->name), "%.*s", (int)name.n, name.p);
	snprintf(v->value, sizeof(v->value), "%.*s", (int)value.n, value.p);
	return v;
}

/* "size:plain" is always known. */
static struct var *
set_size(struct script *s, struct span name)
{
	struct buf mail = { 0 };
	char *file = span_dup(span_sub(name, 5, name.n)), size[24];

	read_message(s, file, &mail);
	snprintf(size, sizeof(size), "%zu", mail.len);
	buf_free(&mail);
	free(file);
	return set_var(s, name, span_str(size));
}

static struct var *
find_var(struct script *s, struct span name)
{
	for (size_t i = 0; i < s->nvars; i++) {
		if (span_eq(name, span_str(s->var[i].name)))
			return &s->var[i];
	}
	return span_iprefix(name, SPAN_LIT("size:")) ? set_size(s, name) :
						       NULL;
}

static int
hex(char ch)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, ch);

	return ch != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/* "\x0d" at *t: its byte; -1: there is none. */
static int
escaped(const char *t)
{
	if (t[0] != '\\' || t[1] != 'x' || hex(t[2]) < 0 || hex(t[3]) < 0)
		return -1;
	return hex(t[2]) * 16 + hex(t[3]);
}

static void
add_var(struct script *s, struct span name, struct buf *out)
{
	struct var *v = find_var(s, name);

	if (v == NULL)
		wrong(s, "$(%.*s) is not known", (int)name.n, name.p);
	buf_adds(out, v->value);
}

static void
expand(struct script *s, const char *t, struct buf *out)
{
	while (*t != '\0') {
		const char *end = strchr(t, ')');

		if (escaped(t) >= 0) {
			buf_addc(out, (char)escaped(t));
			t += 4;
		} else if (t[0] == '$' && t[1] == '(' && end != NULL) {
			add_var(s, span_of(t + 2, (size_t)(end - t) - 2), out);
			t = end + 1;
		} else {
			buf_addc(out, *t++);
		}
	}
}

/* What a variable may take. */
static bool
is_word(char ch)
{
	return ch != ' ' && ch != '(' && ch != ')' && ch != '[' && ch != ']' &&
	    ch != '{' && ch != '}' && ch != '"';
}

static bool match(struct script *s, const char *want, struct span got);

static bool
match_var(struct script *s, struct span name, const char *want,
    struct span got)
{
	struct var *v = find_var(s, name);
	size_t n = 0;

	if (v == NULL) {
		while (n < got.n && is_word(got.p[n]))
			n++;
		set_var(s, name, span_sub(got, 0, n));
	} else {
		n = strlen(v->value);
		if (!span_eq(span_sub(got, 0, n), span_str(v->value)))
			return false;
	}
	return n > 0 && match(s, want, span_sub(got, n, got.n));
}

static bool
match_any(struct script *s, const char *want, struct span got)
{
	for (size_t i = 0; i <= got.n; i++) {
		if (match(s, want, span_sub(got, i, got.n)))
			return true;
	}
	return false;
}

static bool
match(struct script *s, const char *want, struct span got)
{
	while (*want != '\0') {
		const char *end = strchr(want, ')');
		int byte = escaped(want);

		if (strncmp(want, "...", 3) == 0)
			return match_any(s, want + 3, got);
		if (want[0] == '$' && want[1] == '(' && end != NULL)
			return match_var(s, span_of(want + 2,
			    (size_t)(end - want) - 2), end + 1, got);
		if (got.n == 0 ||
		    (unsigned char)got.p[0] !=
			(byte >= 0 ? byte : (unsigned char)*want))
			return false;
		want += byte >= 0 ? 4 : 1;
		got = span_sub(got, 1, got.n);
	}
	return got.n == 0;
}

/* ---- talking ---- */

/* The next line, without its end; to be freed. */
static char *
take_line(struct script *s, struct peer *p, size_t *n)
{
	struct evbuffer *in = bufferevent_get_input(p->bev);
	char *line;

	while ((line = evbuffer_readln(in, n, EVBUFFER_EOL_CRLF_STRICT)) ==
	    NULL) {
		if (p->eof)
			wrong(s, "the server has closed");
		if (!world_turn(&s->w))
			wrong(s, "nothing more comes");
	}
	return line;
}

/* Cut out the identifier that every SELECT and CREATE tells (RFC 8474), for
 * those who do not ask for it.  True: nothing is left to be compared. */
static bool
cut_identifier(const char *want, char *line, size_t *n)
{
	char *from = strstr(line, "[MAILBOXID ("), *to;

	if (from == NULL || strstr(want, "MAILBOXID") != NULL)
		return false;
	to = strstr(from, ")] ");
	ck_assert_ptr_nonnull(to);
	to += 3;
	memmove(from, to, strlen(to) + 1);
	*n -= (size_t)(to - from);
	return strcmp(line, "* OK Its identifier") == 0;
}

static void
expect(struct script *s, struct peer *p, const char *want)
{
	size_t n;
	char *line = take_line(s, p, &n);

	while (cut_identifier(want, line, &n)) {
		free(line);
		line = take_line(s, p, &n);
	}
	if (!match(s, want, span_of(line, n)))
		wrong(s, "\n  expected %s\n  got      %.*s", want, (int)n, line);
	free(line);
}

static struct peer *
peer(struct script *s, size_t i, const char *user)
{
	struct peer *p = &s->w.peer[i];

	if (p->bev == NULL) {
		world_login(&s->w, i, user);
		expect(s, p, "in OK [CAPABILITY IMAP4rev1 ...] Logged in");
	}
	return p;
}

static void
send_bytes(struct script *s, struct peer *p, struct span bytes)
{
	if (!s->bytewise) {
		bufferevent_write(p->bev, bytes.p, bytes.n);
		return;
	}
	for (size_t i = 0; i < bytes.n; i++) {
		bufferevent_write(p->bev, bytes.p + i, 1);
		event_base_loop(s->w.base, EVLOOP_NONBLOCK);
	}
}

static void
send_text(struct script *s, struct peer *p, const char *text, bool line)
{
	struct buf out = { 0 };

	expand(s, text, &out);
	if (line)
		buf_adds(&out, "\r\n");
	send_bytes(s, p, buf_span(&out));
	buf_free(&out);
}

static void
send_message(struct script *s, struct peer *p, const char *name)
{
	struct buf out = { 0 };

	read_message(s, name, &out);
	buf_adds(&out, "\r\n");
	send_bytes(s, p, buf_span(&out));
	buf_free(&out);
}

/* "plain", or "plain 10 20": 20 bytes from 10 on. */
static void
expect_message(struct script *s, struct peer *p, const char *arg)
{
	struct evbuffer *in = bufferevent_get_input(p->bev);
	struct buf mail = { 0 };
	char name[64] = "";
	size_t off = 0, len = SIZE_MAX;
	struct span want;

	ck_assert_int_ge(sscanf(arg, "%63s %zu %zu", name, &off, &len), 1);
	read_message(s, name, &mail);
	want = span_sub(buf_span(&mail), off, len);
	while (evbuffer_get_length(in) < want.n) {
		if (p->eof || !world_turn(&s->w))
			wrong(s, "nothing more comes");
	}
	if (memcmp(evbuffer_pullup(in, (ssize_t)want.n), want.p, want.n) != 0)
		wrong(s, "these are not the bytes of the message");
	evbuffer_drain(in, want.n);
	buf_free(&mail);
}

static void
expect_quiet(struct script *s, struct peer *p)
{
	struct evbuffer *in = bufferevent_get_input(p->bev);
	size_t n;

	world_settle(&s->w, USER);
	n = evbuffer_get_length(in);
	if (n > 0)
		wrong(s, "not expected: %.*s", (int)n,
		    (char *)evbuffer_pullup(in, -1));
}

static void
expect_closed(struct script *s, struct peer *p)
{
	while (!p->eof) {
		if (!world_turn(&s->w))
			wrong(s, "the server has not closed");
	}
	expect_quiet(s, p);
	bufferevent_free(p->bev);
	*p = (struct peer){ 0 };
}

/* ---- compression ---- */

static enum bufferevent_filter_result
inflate_peer(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	(void)limit;
	(void)mode;
	return session_inflate(arg, src, dst, SIZE_MAX) < 0 ? BEV_ERROR : BEV_OK;
}

static enum bufferevent_filter_result
deflate_peer(struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
    enum bufferevent_flush_mode mode, void *arg)
{
	size_t n = evbuffer_get_length(src);

	(void)limit;
	(void)mode;
	session_deflate(arg, span_of((char *)evbuffer_pullup(src, -1), n), dst);
	session_deflate_flush(arg, dst);
	evbuffer_drain(src, n);
	return BEV_OK;
}

static void
free_deflate(void *arg)
{
	session_deflate_free(arg);
}

static void
compress_peer(struct script *s, struct peer *p)
{
	p->bev = bufferevent_filter_new(p->bev, inflate_peer, deflate_peer,
	    BEV_OPT_CLOSE_ON_FREE, free_deflate,
	    session_deflate_new(s->warm));
	bufferevent_setcb(p->bev, NULL, NULL, world_on_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
}

/* ---- directives ---- */

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "\\Seen", STORE_SEEN },
	{ "\\Answered", STORE_ANSWERED },
	{ "\\Flagged", STORE_FLAGGED },
	{ "\\Deleted", STORE_DELETED },
	{ "\\Draft", STORE_DRAFT },
};

static void
add_flag(struct store_delivery *d, struct span name, struct span *keywords)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (span_ieqs(name, flags[i].name)) {
			d->flags |= flags[i].flag;
			return;
		}
	}
	keywords[d->nkeywords++] = name;
	ck_assert(d->nkeywords < 8);
}

static void
deliver(struct script *s, char *arg)
{
	struct span rest = span_str(arg), mailbox, name, flag, keyword[8];
	struct store_delivery d = { .keyword = keyword,
		.internaldate = s->date, .prefix = buf_span(&s->prefix) };
	struct buf mail = { 0 };
	char *to, *file;

	ck_assert(span_split(&rest, ' ', &mailbox));
	ck_assert(span_split(&rest, ' ', &name));
	while (span_split(&rest, ' ', &flag))
		add_flag(&d, flag, keyword);
	to = span_dup(mailbox);
	file = span_dup(name);
	read_message(s, file, &mail);
	ck_assert_int_eq(world_deliver(&s->w, USER, to, buf_span(&mail), &d, 1),
	    STORE_OK);
	buf_free(&mail);
	free(to);
	free(file);
}

static void
open_session(struct script *s, const char *arg)
{
	char user[64], address[80];
	size_t i;

	ck_assert_int_eq(sscanf(arg, "%zu %63s", &i, user), 2);
	snprintf(address, sizeof(address), "%s@localhost", user);
	peer(s, i, address);
}

static void
add_user(struct script *s, const char *arg)
{
	char address[80];

	snprintf(address, sizeof(address), "%s@localhost", arg);
	ck_assert_int_eq(world_add_user(&s->w, address), STORE_OK);
}

static void
set_quota(struct script *s, const char *arg)
{
	uint64_t limit[STORE_RESOURCES];

	ck_assert_int_eq(sscanf(arg, "%" SCNu64 " %" SCNu64 " %" SCNu64,
	    &limit[STORE_STORAGE], &limit[STORE_MESSAGES],
	    &limit[STORE_MAILBOXES]), 3);
	store_quota_default(s->w.store, limit);
}

static void
set_quota_admin(struct script *s, const char *arg)
{
	static char address[80];

	snprintf(address, sizeof(address), "%s@localhost", arg);
	s->w.conf.quota_admin = address;
}

static void
set_server(struct script *s, const char *arg)
{
	static char comment[64], admin[64];

	ck_assert_int_eq(sscanf(arg, "%63s %63s", comment, admin), 2);
	s->w.conf.server_comment = comment;
	s->w.conf.server_admin = admin;
}

static void
hide(struct script *s, const char *arg)
{
	static char name[64], capability[64], *hidden[] = { capability };
	static struct conf_client client = { name, hidden, 1 };

	ck_assert_int_eq(sscanf(arg, "%63s %63s", name, capability), 2);
	s->w.conf.client = &client;
	s->w.conf.nclients = 1;
}

static void
end_sessions(struct script *s, const char *why)
{
	enum session_end end = SESSION_END_TIMEOUT;

	if (strcmp(why, "shutdown") == 0)
		end = SESSION_END_SHUTDOWN;
	else if (strcmp(why, "kicked") == 0)
		end = SESSION_END_KICKED;
	session_list_end(s->w.worker.sessions, NULL, end);
}

static void
directive(struct script *s, char *line)
{
	char *arg = line + strcspn(line, " ");
	size_t n = 0;

	if (*arg != '\0')
		*arg++ = '\0';
	if (ascii_digit(*arg))
		n = (size_t)(*arg - '0');
	if (strcmp(line, "user") == 0)
		add_user(s, arg);
	else if (strcmp(line, "open") == 0)
		open_session(s, arg);
	else if (strcmp(line, "deliver") == 0)
		deliver(s, arg);
	else if (strcmp(line, "date") == 0)
		ck_assert_int_eq(date_parse_imap(span_sub(span_str(arg), 1,
		    strlen(arg) - 2), &s->date), 0);
	else if (strcmp(line, "prefix") == 0)
		buf_addf(&s->prefix, "%s\r\n", arg);
	else if (strcmp(line, "limit") == 0)
		s->w.conf.message_size = strtoull(arg, NULL, 10);
	else if (strcmp(line, "per_command") == 0)
		s->w.conf.messages_per_command =
		    (uint32_t)strtoul(arg, NULL, 10);
	else if (strcmp(line, "8bit_headers") == 0)
		s->w.conf.imap_8bit_headers = strcmp(arg, "yes") == 0;
	else if (strcmp(line, "quota") == 0)
		set_quota(s, arg);
	else if (strcmp(line, "quota_admin") == 0)
		set_quota_admin(s, arg);
	else if (strcmp(line, "server") == 0)
		set_server(s, arg);
	else if (strcmp(line, "end") == 0)
		end_sessions(s, arg);
	else if (strcmp(line, "client") == 0)
		hide(s, arg);
	else if (strcmp(line, "compress") == 0)
		compress_peer(s, peer(s, n, USER));
	else if (strcmp(line, "hangup") == 0)
		world_hang_up(&s->w, n);
	else if (strcmp(line, "closed") == 0)
		expect_closed(s, &s->w.peer[n]);
	else if (strcmp(line, "quiet") == 0)
		expect_quiet(s, peer(s, n, USER));
	else
		wrong(s, "no such directive: %s", line);
}

/* ---- scripts ---- */

/* "C2: text": kind, session, then a separator and the text. */
static void
speech(struct script *s, char *line)
{
	char kind = line[0];
	struct peer *p;
	size_t n = 1;

	line++;
	if (ascii_digit(*line))
		n = (size_t)(*line++ - '0');
	if (*line != ':' && *line != '+')
		wrong(s, "neither speech nor directive");
	p = peer(s, n, USER);
	if (kind == 'C')
		send_text(s, p, line[1] == ' ' ? line + 2 : line + 1,
		    *line == ':');
	else if (kind == 'S')
		expect(s, p, line[1] == ' ' ? line + 2 : line + 1);
	else if (kind == 'M')
		send_message(s, p, line + 2);
	else if (kind == 'X')
		expect_message(s, p, line + 2);
	else
		wrong(s, "no such kind of line: %c", kind);
}

static void
play(struct script *s)
{
	char line[LINE_SIZE];
	FILE *f = fopen(s->path, "r");

	ck_assert_msg(f != NULL, "cannot open %s", s->path);
	while (fgets(line, sizeof(line), f) != NULL) {
		s->line++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '@')
			directive(s, line + 1);
		else if (line[0] != '#' && line[0] != '\0')
			speech(s, line);
	}
	fclose(f);
	ck_assert_uint_gt(s->line, 0);
	for (size_t i = 0; i < WORLD_PEERS; i++) {
		if (s->w.peer[i].bev != NULL)
			expect_quiet(s, &s->w.peer[i]);
	}
}

static void
run_script(int i, struct engine *e, bool bytewise)
{
	struct script s = { .path = scripts[i], .bytewise = bytewise };

	world_open(&s.w, e);
	s.warm = session_warm_new();
	ck_assert_int_eq(world_add_user(&s.w, USER), STORE_OK);
	play(&s);
	world_close(&s.w);
	session_warm_free(s.warm);
	buf_free(&s.prefix);
}

START_TEST(in_memory)
{
	run_script(_i, engine_mem_open(), false);
}
END_TEST

START_TEST(byte_by_byte)
{
	run_script(_i, engine_mem_open(), true);
}
END_TEST

/* What it reads is read in the reader pool, or ahead there. */
START_TEST(cold)
{
	struct engine *e = engine_mem_open();

	engine_mem_cool(e);
	run_script(_i, e, false);
}
END_TEST

static void
remove_store(const char *dir)
{
	struct dirent *e;
	char path[PATH_MAX];
	DIR *d = opendir(dir);

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

START_TEST(on_lmdb)
{
	char dir[] = "/tmp/check_imap.XXXXXX";
	const struct engine_lmdb_options o = { .dir = mkdtemp(dir),
		.map_size = 1 << 28, .schema = STORE_SCHEMA,
		.migrate = store_migrate };
	const char *why = NULL;
	struct engine *e = engine_lmdb_open(&o, &why);

	ck_assert_msg(e != NULL, "%s", why != NULL ? why : "");
	run_script(_i, e, false);
	remove_store(dir);
}
END_TEST

static int
by_path(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
find_scripts(void)
{
	const char *top = getenv("top_srcdir");
	char dir[PATH_MAX - 256], path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/transcripts/imap",
	    top != NULL ? top : ".");
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL &&
	    nscripts < SCRIPTS_MAX) {
		if (strstr(e->d_name, ".txt") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		scripts[nscripts++] = xstrdup(path);
	}
	if (d != NULL)
		closedir(d);
	qsort(scripts, (size_t)nscripts, sizeof(scripts[0]), by_path);
}

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, in_memory, 0, nscripts);
	tcase_add_loop_test(tc, byte_by_byte, 0, nscripts);
	tcase_add_loop_test(tc, cold, 0, nscripts);
	tcase_add_loop_test(tc, on_lmdb, 0, nscripts);
}

int
main(void)
{
	int status;

	find_scripts();
	if (nscripts == 0) {
		fputs("no transcripts found\n", stderr);
		return EXIT_FAILURE;
	}
	status = check_run("imap", add);
	for (int i = 0; i < nscripts; i++)
		free(scripts[i]);
	return status;
}
