/* SPDX-License-Identifier: ISC */
/*
 * An IMAP load: sessions side by side, in clear, with LITERAL+.
 *
 * Usage: imap_load HOST PORT JOB SESSIONS COUNT [SIZE [EACH]]
 *
 * JOB is what the sessions do, COUNT times in all:
 *	append   APPEND of EACH messages of SIZE bytes, each to its own user
 *	one      the same, all to user1
 *	mixed    connect, LOGIN, LIST, STATUS, APPEND, SELECT, FETCH, STORE,
 *	         EXPUNGE, LOGOUT
 *
 * Every message has a random body of its own.  Prints one JSON object: how many
 * commands, how long they took, and how much of that this program computed
 * itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "load_generator.h"

#define SIZE_MIN LOAD_HEADER
#define SIZE_MAX_ALLOWED 1000000
#define EACH_MAX 1000

struct load {
	const char *host, *port;
	bool mixed, one;
	size_t size, each;
	atomic_long left, commands;
};

struct session {
	struct load *load;
	pthread_t thread;
	unsigned user;
	uint64_t random;
	int fd;
	FILE *in;
	char *text; /* a command with its literals */
};

/* Up to the tagged line, which must be an OK. */
static void
expect(struct session *s, const char *start)
{
	size_t n = strlen(start);
	char line[8192];

	do {
		if (fgets(line, sizeof(line), s->in) == NULL)
			errx(EX_PROTOCOL, "the server closed the connection");
	} while (line[0] != start[0]);
	if (strncmp(line, start, n) != 0)
		errx(EX_PROTOCOL, "wanted %s, got %s", start, line);
	if (start[0] != '*')
		atomic_fetch_add(&s->load->commands, 1);
}

static void
command(struct session *s, const char *line)
{
	load_say(s->fd, "a ", 2);
	load_say(s->fd, line, strlen(line));
	load_say(s->fd, "\r\n", 2);
	expect(s, "a OK");
}

static void
open_session(struct session *s)
{
	char login[64];

	s->fd = load_dial(s->load->host, s->load->port);
	s->in = fdopen(s->fd, "r");
	if (s->in == NULL)
		err(EX_OSERR, "session");
	expect(s, "* OK");
	snprintf(login, sizeof(login), "LOGIN user%u test", s->user);
	command(s, login);
}

static void
close_session(struct session *s)
{
	command(s, "LOGOUT");
	fclose(s->in);
}

/* ---- APPEND ---- */

#define COMMAND_ROOM 64 /* what goes around a message */

/* Exactly size bytes. */
static size_t
message(struct session *s, char *out)
{
	size_t n = load_header(out, s->user, &s->random);
	size_t column = 0;

	while (n + 4 < s->load->size) {
		if (column++ == 76) {
			memcpy(out + n, "\r\n", 2);
			n += 2;
			column = 0;
			continue;
		}
		out[n++] = load_letter[load_random(&s->random) & 63];
	}
	memset(out + n, '=', s->load->size - n);
	memcpy(out + s->load->size - 2, "\r\n", 2);
	return s->load->size;
}

static void
append(struct session *s)
{
	char *p = s->text;

	p += snprintf(p, COMMAND_ROOM, "a APPEND INBOX");
	for (size_t i = 0; i < s->load->each; i++) {
		p += snprintf(p, COMMAND_ROOM, " {%zu+}\r\n", s->load->size);
		p += message(s, p);
	}
	memcpy(p, "\r\n", 2);
	load_say(s->fd, s->text, (size_t)(p + 2 - s->text));
	expect(s, "a OK");
}

/* ---- the mix ---- */

static void
mixed(struct session *s)
{
	static const char *const lines[] = { "SELECT INBOX",
		"FETCH * (UID FLAGS ENVELOPE)", "STORE * +FLAGS (\\Deleted)",
		"EXPUNGE" };

	open_session(s);
	command(s, "LIST \"\" *");
	command(s, "STATUS INBOX (MESSAGES UNSEEN UIDNEXT)");
	append(s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		command(s, lines[i]);
	close_session(s);
}

static void *
run(void *arg)
{
	struct session *s = arg;

	if (!s->load->mixed)
		open_session(s);
	while (atomic_fetch_sub(&s->load->left, 1) > 0) {
		if (s->load->mixed)
			mixed(s);
		else
			append(s);
	}
	if (!s->load->mixed)
		close_session(s);
	return NULL;
}

static void
run_all(struct load *load, long sessions)
{
	struct session *s = calloc((size_t)sessions, sizeof(*s));

	if (s == NULL)
		err(EX_OSERR, "sessions");
	for (long i = 0; i < sessions; i++) {
		s[i].load = load;
		s[i].user = load->one ? 1 : (unsigned)i + 1;
		s[i].random = load_seed(i);
		s[i].text = malloc((load->each + 1) * (load->size + COMMAND_ROOM));
		if (s[i].text == NULL)
			err(EX_OSERR, "session");
		if (pthread_create(&s[i].thread, NULL, run, &s[i]) != 0)
			errx(EX_OSERR, "thread");
	}
	for (long i = 0; i < sessions; i++) {
		pthread_join(s[i].thread, NULL);
		free(s[i].text);
	}
	free(s);
}

int
main(int argc, char **argv)
{
	struct load load = { 0 };
	long sessions, count;
	double begun;

	if (argc < 6 || argc > 8)
		errx(EX_USAGE, "usage: imap_load HOST PORT JOB SESSIONS COUNT "
			       "[SIZE [EACH]]");
	load.host = argv[1];
	load.port = argv[2];
	load.mixed = strcmp(argv[3], "mixed") == 0;
	load.one = strcmp(argv[3], "one") == 0;
	if (!load.mixed && !load.one && strcmp(argv[3], "append") != 0)
		errx(EX_USAGE, "%s: no such job", argv[3]);
	sessions = strtol(argv[4], NULL, 10);
	count = strtol(argv[5], NULL, 10);
	load.size = argc > 6 ? strtoul(argv[6], NULL, 10) : 3000;
	load.each = argc > 7 ? strtoul(argv[7], NULL, 10) : 1;
	if (sessions < 1 || sessions > 10000 || count < 1 ||
	    load.size < SIZE_MIN || load.size > SIZE_MAX_ALLOWED ||
	    load.each < 1 || load.each > EACH_MAX)
		errx(EX_USAGE, "a number is out of range");
	atomic_init(&load.left, count);
	begun = load_now();
	run_all(&load, sessions);
	begun = load_now() - begun;
	load_report("commands", atomic_load(&load.commands), begun);
	return 0;
}
