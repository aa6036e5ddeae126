/* SPDX-License-Identifier: ISC */
/*
 * mailctl as a program, against servers that follow a script: what it prints
 * in a pipe and on a terminal, its exit codes, and what it makes of evil.
 */
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "check.h"
#include "cmd.h"

#define ARGS_MAX 16

/* ---- the server ---- */

/* To a line with that beginning (behind the tag, for IMAP) that answer; "%" is
 * the tag.  The first that fits is taken; the last one fits all. */
struct rule {
	const char *line, *answer;
};

struct script {
	const char *greeting;
	bool tagged;
	struct rule rule[30];
};

#define LOGIN                                                                  \
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+"   \
			" QUOTA\r\n% OK\r\n" },                                      \
	{ "AUTHENTICATE PLAIN AGJvYkB4AHRlc3Q=", "% OK in\r\n" },                  \
	{ "AUTHENTICATE", "% NO [AUTHENTICATIONFAILED] wrong\r\n" },           \
	{ "LOGOUT", "* BYE\r\n% OK\r\n" }

#define ENVELOPE(date, subject, name)                                          \
	"ENVELOPE (\"" date "\" \"" subject "\" ((" name                       \
	" NIL \"a\" \"b\")) NIL NIL NIL NIL NIL NIL NIL)"

#define MESSAGE                                                                \
	"From: \x1b[31mevil\r\nSubject: =?utf-8?q?=1B[2J?=\r\n\r\nbody\x07\r\n"

static const struct script imap = {
	"* OK ready\r\n", true, {
	LOGIN,
	{ "EXAMINE INBOX", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n% OK\r\n" },
	{ "EXAMINE Empty", "* 0 EXISTS\r\n* OK [UIDVALIDITY 8]\r\n% OK\r\n" },
	{ "EXAMINE", "% NO [NONEXISTENT] no such \x1b[1mmailbox\r\n" },
	{ "FETCH 1:*", "* 1 FETCH (UID 4 FLAGS (\\Seen $x) INTERNALDATE "
	    "\"24-Nov-2020 07:00:00 +0100\" RFC822.SIZE 10 "
	    ENVELOPE("x", "one\tt", "NIL") ")\r\n"
	    "* 2 FETCH (UID 9 FLAGS (\\Flagged) INTERNALDATE "
	    "\"24-Nov-2020 07:00:00 +0100\" RFC822.SIZE 2048 "
	    ENVELOPE("x", "=?utf-8?q?=1B[31mred=C3=A4?=", "\"N\"")
	    ")\r\n% OK\r\n" },
	{ "UID SEARCH 1:*", "* SEARCH 9 4\r\n% OK\r\n" },
	{ "UID SEARCH TEXT nothing", "* SEARCH\r\n% OK\r\n" },
	{ "SELECT INBOX", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n% OK\r\n" },
	{ "UID SEARCH UID 4,9 UNSEEN", "* SEARCH 9\r\n% OK\r\n" },
	{ "UID SEARCH UID 4,9", "* SEARCH 4 9 12\r\n% OK\r\n" },
	{ "UID SEARCH UID 9", "* SEARCH 9\r\n% OK\r\n" },
	{ "UID SEARCH UID", "* SEARCH\r\n% OK\r\n" },
	{ "UID STORE 9 +FLAGS.SILENT (\\Seen)", "% OK\r\n" },
	{ "UID COPY 4,9 &AOQ-", "% OK [COPYUID 8 4,9 1:2] ok\r\n" },
	{ "UID COPY", "% NO [TRYCREATE] no such \x1b[1mmailbox\r\n" },
	{ "UID STORE 4,9 +FLAGS.SILENT (\\Deleted)", "% OK\r\n" },
	{ "GETQUOTAROOT INBOX", "* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" "
	    "(STORAGE 10 20 MESSAGE 5 10)\r\n% OK\r\n" },
	{ "UID FETCH 9", "* 2 FETCH (UID 9 RFC822.SIZE 55 BODY[]<0> {55}\r\n"
	    MESSAGE ")\r\n% OK\r\n" },
	{ "LIST", "* LIST (\\Sent) \"/\" &AOQ-\r\n* LIST () \"/\" INBOX\r\n"
	    "% OK\r\n" },
	{ "STATUS INBOX",
	    "* STATUS INBOX (MESSAGES 2 UNSEEN 1)\r\n% OK\r\n" },
	{ "STATUS", "* STATUS &AOQ- (MESSAGES 0 UNSEEN 0)\r\n% OK\r\n" },
	{ "APPEND &AOQ- (\\Seen) {", "% OK\r\n" },
	{ "", "% BAD what?\r\n" },
} };

static const struct script overlong = {
	"* OK ready\r\n", true, {
	LOGIN,
	{ "", "* 1 FETCH (BODY[] {99999999}\r\n" },
} };

static const struct script short_message = {
	"* OK ready\r\n", true, {
	LOGIN,
	{ "EXAMINE", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n% OK\r\n" },
	{ "UID SEARCH", "* SEARCH 9\r\n% OK\r\n" },
	{ "UID FETCH 9 (UID RFC822.SIZE BODY.PEEK[]<0.",
	    "* 2 FETCH (UID 9 RFC822.SIZE 2000000 BODY[]<0> {2}\r\nhi)\r\n"
	    "% OK\r\n" },
	{ "", "% OK\r\n" },
} };

static const struct script hang_up = {
	"* OK ready\r\n", true, { LOGIN, { "", NULL } },
};

static const struct script wrong_tag = {
	"* OK ready\r\n", true, { LOGIN, { "", "b7 OK done\r\n" } },
};

static const struct script preauth = {
	"* PREAUTH you are root\r\n", true, {
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n"
	    "% OK\r\n" },
	{ "LOGOUT", "* BYE\r\n% OK\r\n" },
	{ "", "% BAD you are in already\r\n" },
} };

static const struct script evil_move = {
	"* OK ready\r\n", true, {
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+ "
	    "MOVE\r\n% OK\r\n" },
	{ "AUTHENTICATE", "% OK in\r\n" },
	{ "SELECT", "* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n% OK\r\n" },
	{ "UID SEARCH", "* SEARCH 1 2 4 9 4294967295\r\n% OK\r\n" },
	{ "UID MOVE 4 ", "* OK [COPYUID 8 4 \x1b[1m]\r\n"
	    "* OK [COPYUID 99999999999 4 1]\r\n% OK\r\n" },
	{ "", "% BAD what?\r\n" },
} };

static const struct script no_quota = {
	"* OK ready\r\n", true, {
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n"
	    "% OK\r\n" },
	{ "", "% OK in\r\n" },
} };

static const struct script no_login = {
	"* OK ready\r\n", true, {
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n% OK\r\n" },
	{ "", "% BAD what?\r\n" },
} };

static const struct script smtp = {
	"220 ready\r\n", false, {
	{ "EHLO", "250-x\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n" },
	{ "AUTH PLAIN AGJvYkB4AHRlc3Q=", "235 2.7.0 ok\r\n" },
	{ "MAIL FROM:<bob@x>", "250 2.1.0 ok\r\n" },
	{ "MAIL", "553 5.7.1 not yours\r\n" },
	{ "RCPT TO:<gone@x>", "550 5.1.1 no \x1b[1muser\r\n" },
	{ "RCPT TO:<later@x>", "451 4.3.0 later\r\n" },
	{ "RCPT", "250 2.1.5 ok\r\n" },
	{ "DATA", "354 go\r\n" },
	{ ".", "250 2.0.0 queued\r\n" },
	{ "QUIT", "221 bye\r\n" },
	{ "RSET", "250 ok\r\n" },
	{ "", "" }, /* the text of a message */
} };

static void
answer(FILE *f, const char *text, struct span tag)
{
	for (; *text != '\0'; text++) {
		if (*text == '%')
			fwrite(tag.p, 1, tag.n, f);
		else
			fputc(*text, f);
	}
	fflush(f);
}

/* A literal that does not wait is read with the line it ends. */
static void
skip_literal(FILE *f, struct span line)
{
	const char *brace = memchr(line.p, '{', line.n);
	size_t n = brace != NULL ? strtoul(brace + 1, NULL, 10) + 2 : 0;

	while (n-- > 0 && fgetc(f) != EOF)
		;
}

static void
serve(int fd, const struct script *s)
{
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char text[4096];

	fputs(s->greeting, out);
	fflush(out);
	while (fgets(text, sizeof(text), in) != NULL) {
		struct span line = span_trim(span_str(text)), tag = line;
		const struct rule *r = s->rule;

		if (s->tagged)
			span_split(&line, ' ', &tag);
		skip_literal(in, line);
		while (!span_iprefix(line, span_str(r->line)))
			r++;
		if (r->answer == NULL)
			break;
		answer(out, r->answer, tag);
	}
	fclose(in);
	fclose(out);
}

/* A server in a process of its own; *port is where it listens. */
static pid_t
start_server(const struct script *s, unsigned *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		for (;;)
			serve(accept(fd, NULL, NULL), s);
	}
	close(fd);
	return pid;
}

/* ---- the program ---- */

struct result {
	struct buf out, err;
	int status;
};

static void
child(const char *const *args, int in, int out, int err)
{
	char *argv[ARGS_MAX + 1] = { (char[]){ "mailctl" } };
	struct buf path = { 0 };

	for (size_t i = 0; args[i] != NULL; i++)
		argv[i + 1] = xstrdup(args[i]);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	buf_addf(&path, "%s/mailctl/mailctl", getenv("top_builddir"));
	execv(path.data, argv);
	_exit(127);
}

static void
drain(int fd, struct buf *out)
{
	char piece[4096];
	ssize_t n;

	/* A terminal whose other end is closed gives EIO. */
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)n);
	close(fd);
}

static void
run(const char *const *args, const char *input, bool terminal,
    struct result *r)
{
	struct winsize ws = { .ws_row = 25, .ws_col = 60 };
	int in[2], out[2], err[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(in) | pipe(err), 0);
	if (terminal)
		ck_assert_int_eq(openpty(&out[0], &out[1], NULL, NULL, &ws),
		    0);
	else
		ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	if (pid == 0)
		child(args, in[0], out[1], err[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	ck_assert_int_eq(write(in[1], input, strlen(input)),
	    (ssize_t)strlen(input));
	close(in[1]);
	drain(out[0], &r->out);
	drain(err[0], &r->err);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the table ---- */

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *args; /* split at "|" */
	const char *input;
	bool terminal;
	const struct script *imap;
	int status;
	const char *out; /* all of it */
	const char *err; /* a part of it */
} cases[] = {
	/* in a pipe */
	{ "list", "", false, &imap, 0,
	    "INBOX:4\tseen,$x\t2020-11-24T06:00:00Z\t10\ta@b\tone\\tt\n"
	    "INBOX:9\tflagged\t2020-11-24T06:00:00Z\t2048\tN <a@b>\t "
	    "[31mred\xc3\xa4\n", "" },
	{ "list|--json|-n|1|Empty", "", false, &imap, 1, "", "" },
	{ "list|-q", "", false, &imap, 0, "INBOX;7:4\nINBOX;7:9\n", "" },
	{ "list|-q|--json", "", false, &imap, 0,
	    "{\"v\":1,\"id\":\"INBOX;7:4\"}\n"
	    "{\"v\":1,\"id\":\"INBOX;7:9\"}\n", "" },
	{ "mailbox|list", "", false, &imap, 0,
	    "INBOX\t2\t1\t\n\xc3\xa4\t0\t0\tsent\n", "" },
	{ "show|-", "INBOX;7:9\n", false, &imap, 0,
	    "From: [31mevil\nSubject:  [2J\n\nbody" BAD "\n", "" },
	{ "get|INBOX:9", "", false, &imap, 0, MESSAGE, "" },
	/* changes */
	{ "flag|read|INBOX:4,9", "", false, &imap, 0,
	    "flag\t2\tINBOX;7:4,9\t+\\\\Seen\ttrue\n", "undo will not" },
	{ "copy|-|\xc3\xa4", "INBOX;7:4\nINBOX;7:9\n", false, &imap, 0,
	    "copy\t2\tINBOX;7:4,9\t\xc3\xa4;8:1:2\ttrue\n", "" },
	{ "move|INBOX:4,9|\xc3\xa4|--json", "", false, &imap, 0,
	    "{\"v\":1,\"action\":\"move\",\"messages\":2,"
	    "\"from\":\"INBOX;7:4,9\",\"to\":\"\xc3\xa4;8:1:2\","
	    "\"done\":true}\n", "no way to remove them alone" },
	{ "copy|INBOX:4,9|Nowhere", "", false, &imap, 68, "",
	    "Nowhere: no such " BAD "[1mmailbox" },
	{ "delete|-n|INBOX:4,9", "", false, &imap, 0,
	    "delete\t2\tINBOX;7:4,9\tTrash\tfalse\n", "" },
	{ "flag|blue|INBOX:4", "", false, &imap, 64, "", "blue" },
	{ "flag|read|INBOX;6:9", "", false, &imap, 68, "", "made anew" },
	{ "delete|--purge|INBOX:4", "", false, &imap, 64, "", "--yes" },
	{ "mailbox|empty|INBOX", "", false, &imap, 64, "", "--yes" },
	{ "mailbox|status|INBOX", "", false, &imap, 0,
	    "INBOX\t2\t1\t0\t0\n", "" },
	{ "undo", "", false, &imap, 1, "", "nothing to take back" },
	{ "flag|read|INBOX:4,9", "", true, &imap, 0,
	    "\033[1mACTION  MESSAGES  FROM         TO      DONE\033[0m\r\n"
	    "flag           2  INBOX;7:4,9  +\\Seen  yes\r\n", "" },
	/* on a terminal */
	{ "list", "", true, &imap, 0,
	    "\033[1mID           DATE        SIZE  FROM     SUBJECT\033[0m\r\n"
	    "INBOX:4      2020-11-24    10  a@b      one t\r\n"
	    "INBOX:9  NF  2020-11-24  2.0K  N <a@b>   [31mred\xc3\xa4"
	    "\r\n", "" },
	{ "get|INBOX:9", "", true, &imap, 64, "", "terminal" },
	{ "list|-q", "", true, &imap, 0, "INBOX;7:4\r\nINBOX;7:9\r\n", "" },
	{ "mailbox|list|--json", "", true, &imap, 0,
	    "{\"v\":1,\"mailbox\":\"INBOX\",\"messages\":2,\"unread\":1,"
	    "\"use\":[]}\r\n"
	    "{\"v\":1,\"mailbox\":\"\\u00E4\",\"messages\":0,\"unread\":0,"
	    "\"use\":[\"sent\"]}\r\n", "" },
	/* no */
	{ "search|nothing", "", false, &imap, 1, "", "" },
	{ "search|is:blue", "", false, &imap, 64, "", "is:blue" },
	{ "nonsense", "", false, &imap, 64, "", "nonsense" },
	{ "serach|x", "", false, &imap, 64, "", "did you mean \"search\"?" },
	{ "mailbox|lst", "", false, &imap, 64, "", "\"mailbox list\"?" },
	{ "help|nonsense", "", false, &imap, 64, "", "no topic" },
	{ "help|words", "", false, &imap, 69, "", "man 7 mailctl-search" },
	{ "completion|tcsh", "", false, &imap, 64, "", "bash, zsh" },
	{ "list|--nonsense", "", false, &imap, 64, "", "--nonsense" },
	{ "show", "", false, &imap, 64, "", "operand" },
	{ "show|what", "", false, &imap, 64, "", "what" },
	{ "list|Nowhere", "", false, &imap, 68, "",
	    "Nowhere: no such " BAD "[1mmailbox" },
	{ "show|INBOX:5", "", false, &imap, 68, "", "no message 5" },
	{ "get|INBOX;6:9", "", false, &imap, 68, "", "made anew" },
	{ "list|Nowhere|--json", "", false, &imap, 68, "", "\"code\":68" },
	{ "list|--user|eve", "", false, &imap, 77, "", "wrong" },
	{ "list", "", false, &no_login, 77, "", "no way to log in" },
	{ "list|--password-file|/nonexistent", "", false, &imap, 78, "",
	    "/nonexistent" },
	{ "list|--config|/nonexistent", "", false, &imap, 78, "",
	    "/nonexistent" },
	{ "list|--imap|ftp://x", "", false, &imap, 78, "", "ftp://x" },
	{ "list|--imap|imaps://u:p@x", "", false, &imap, 78, "", "form" },
	{ "list|--imap|imap://127.0.0.1:1", "", false, &imap, 69, "",
	    "127.0.0.1:1" },
	/* evil servers */
	{ "list", "", false, &overlong, 76, "", "too long" },
	{ "list", "", false, &hang_up, 69, "", "closed" },
	{ "list", "", false, &wrong_tag, 76, "", "was not given" },
	{ "list", "", false, &preauth, 77, "", "in already" },
	{ "move|INBOX:4|x", "", false, &evil_move, 0,
	    "move\t1\tINBOX;7:4\tx\ttrue\n", "" },
	{ "watch", "", false, &imap, 76, "", "no IDLE" },
	{ "get|INBOX:9", "", false, &short_message, 76, "hi",
	    "2 bytes of 2000000" },
	/* sending */
	{ "send|--to|eve@x|--subject|s|--body|b", "", false, &imap, 0, "", "" },
	{ "send|eve@x", "Subject: x\n\ntext\n", false, &imap, 0, "", "" },
	{ "send|-ti|-f|bob@x", "To: eve@x\n\n.\n", false, &imap, 0, "", "" },
	{ "send|--to|eve@x|--body|b", "", false, &hang_up, 0, "",
	    "no copy is filed" },
	{ "send|--template|/nonexistent", "", false, &imap, 66, "",
	    "/nonexistent" },
	{ "send|--template|/dev/null", "", false, &imap, 64, "", "nobody" },
	{ "send|--template|/dev/null|--to|eve@x", "", false, &imap, 0, "", "" },
	{ "send|gone@x", "Subject: x\n\n", false, &imap, 67, "",
	    "gone@x: 5.1.1 no ?[1muser" },
	{ "send|gone@x|later@x", "Subject: x\n\n", false, &imap, 75, "",
	    "later@x" },
	{ "send|-f|eve@x|eve@x", "Subject: x\n\n", false, &imap, 77, "",
	    "not yours" },
	{ "send", "Subject: x\n\n", false, &imap, 64, "", "nobody" },
	{ "send|a@[b", "Subject: x\n\n", false, &imap, 65, "",
	    "is no address" },
	{ "send|root", "Subject: x\n\n", false, &imap, 0, "", "" },
	{ "send|--to|eve@x|-a|/nonexistent|--body|b", "", false, &imap, 66, "",
	    "/nonexistent" },
	{ "reply|INBOX:9|--body|b", "", false, &imap, 65, "",
	    "no address to reply to" },
	{ "reply|INBOX:4,9|--body|b", "", false, &imap, 64, "", "one message" },
	{ "forward|INBOX:9|--body|b", "", false, &imap, 64, "", "--to" },
	{ "forward|INBOX:9|--to|eve@x|--body|b", "", false, &imap, 0, "",
	    "is not marked" },
	{ "forward|INBOX:9|--to|gone@x|--body|b", "", false, &imap, 67, "",
	    "gone@x" },
	{ "quota", "", false, &imap, 0,
	    "\tstorage\t10240\t20480\n\tmessage\t5\t10\n", "" },
	{ "quota", "", false, &no_quota, 69, "", "does not tell quotas" },
	/* administration without a server */
	{ "ping|--socket|/nonexistent", "", false, &imap, 69, "",
	    "/nonexistent" },
	{ "user|delete|bob", "", false, &imap, 64, "", "--yes" },
	{ "user|add|bob", "", false, &imap, 69, "", "" },
};

static void
set_environment(void)
{
	setenv("HOME", "/proc/nonexistent", 1);
	setenv("MAILCTL_PASSWORD", "test", 1);
	setenv("MAILCTL_SOCKET", "/nonexistent", 1);
	setenv("TZ", "UTC", 1);
	setenv("PATH", "/nonexistent", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("PAGER", "", 1);
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
}

/* Run mailctl with those words, and servers for it to talk to. */
static void
run_with_servers(const struct script *imap_script, struct span words,
    const char *input, bool terminal, struct result *r)
{
	struct buf imap_url = { 0 }, smtp_url = { 0 };
	const char *args[ARGS_MAX] = { 0 };
	unsigned imap_port, smtp_port;
	pid_t imap_pid = start_server(imap_script, &imap_port);
	pid_t smtp_pid = start_server(&smtp, &smtp_port);
	char *copy[ARGS_MAX];
	size_t n = 0, ncopies = 0;
	struct span word;

	set_environment();
	buf_addf(&imap_url, "--imap=imap://127.0.0.1:%u", imap_port);
	buf_addf(&smtp_url, "--smtp=smtp://127.0.0.1:%u", smtp_port);
	args[n++] = imap_url.data;
	args[n++] = smtp_url.data;
	args[n++] = "--user=bob@x";
	while (span_split(&words, '|', &word))
		args[n++] = copy[ncopies++] = span_dup(word);
	run(args, input, terminal, r);
	kill(imap_pid, SIGKILL);
	kill(smtp_pid, SIGKILL);
	while (ncopies > 0)
		free(copy[--ncopies]);
	buf_free(&imap_url);
	buf_free(&smtp_url);
}

START_TEST(command_prints_and_exits)
{
	struct result r = { 0 };

	run_with_servers(cases[_i].imap, span_str(cases[_i].args),
	    cases[_i].input, cases[_i].terminal, &r);
	ck_assert_msg(r.status == cases[_i].status, "status %d: %s", r.status,
	    r.err.len > 0 ? r.err.data : "");
	ck_buf_eq(&r.out, cases[_i].out);
	ck_assert_msg(strstr(r.err.len > 0 ? r.err.data : "",
	    cases[_i].err) != NULL, "%s", r.err.data);
	for (size_t i = 0; i < r.err.len; i++)
		ck_assert(r.err.data[i] == '\n' || r.err.data[i] < 0 ||
		    r.err.data[i] >= ' ');
	buf_free(&r.out);
	buf_free(&r.err);
}
END_TEST

START_TEST(help_begins_with_two_examples)
{
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd_entry *e = cmd_table[i];
		struct buf words = { 0 };

		buf_addf(&words, "mailctl %s", e->name);
		for (size_t j = 0; j < 2; j++)
			ck_assert_msg(e->example[j] != NULL &&
			    strstr(e->example[j], words.data) != NULL,
			    "no example for %s", e->name);
		buf_free(&words);
	}
}
END_TEST

/* More than all buffers on the way hold. */
START_TEST(large_message_goes_out_and_is_filed)
{
	struct buf input = { 0 };
	struct result r = { 0 };

	buf_adds(&input, "Subject: large\n\n");
	while (input.len < 3000000)
		buf_adds(&input, "a line of a message that is none too long\n");
	run_with_servers(&imap, SPAN_LIT("send|eve@x"), input.data, false, &r);
	ck_assert_msg(r.status == 0, "status %d: %s", r.status,
	    r.err.len > 0 ? r.err.data : "");
	ck_buf_eq(&r.err, "");
	buf_free(&input);
	buf_free(&r.out);
	buf_free(&r.err);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, command_prints_and_exits, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, help_begins_with_two_examples);
	tcase_add_test(tc, large_message_goes_out_and_is_filed);
}

int
main(void)
{
	return check_run("cmd", add);
}
