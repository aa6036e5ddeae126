/* SPDX-License-Identifier: ISC */
/*
 * A load of messages: sessions side by side, each sending message after message
 * of its own user, every message with a random body of its own.
 *
 * Usage: smtp_load HOST PORT JOB SESSIONS MESSAGES SIZE
 *
 * JOB is how they go, MESSAGES in all:
 *	lmtp    LMTP, to user1@localhost … userN@localhost
 *	submit  SMTP, from these to somebody elsewhere; where AUTH is offered, each
 *	        session logs in with the password "test"
 *
 * Prints one JSON object: how long it took, and how much of that this program
 * computed itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "load_generator.h"

struct load {
	const char *host, *port;
	bool submit;
	size_t size;
	atomic_long left;
};

struct session {
	struct load *load;
	unsigned number;
	FILE *in;
	int fd;
	uint64_t random;
};

/* One whole reply, which must have that code; whether it says "AUTH". */
static bool
expect(const struct session *s, const char *code)
{
	bool auth = false;
	char line[1024];

	do {
		if (fgets(line, sizeof(line), s->in) == NULL)
			errx(EX_PROTOCOL, "the server closed the connection");
		if (strncmp(line, code, 3) != 0)
			errx(EX_PROTOCOL, "wanted %s, got %s", code, line);
		auth |= strncmp(line + 4, "AUTH ", 5) == 0;
	} while (line[3] == '-');
	return auth;
}

/* AUTH PLAIN (RFC 4616), with an initial response. */
static void
log_in(const struct session *s)
{
	struct buf line = { 0 };
	char plain[64];
	int n;

	n = snprintf(plain, sizeof(plain), "%cuser%u%ctest", 0, s->number, 0);
	buf_addf(&line, "AUTH PLAIN ");
	base64_encode(&line, span_of(plain, (size_t)n), 0);
	buf_addf(&line, "\r\n");
	load_say(s->fd, line.data, line.len);
	expect(s, "235");
	buf_free(&line);
}

static void
greet(const struct session *s)
{
	const char *hello =
	    s->load->submit ? "EHLO load.example\r\n" : "LHLO load.example\r\n";

	expect(s, "220");
	load_say(s->fd, hello, strlen(hello));
	if (expect(s, "250") && s->load->submit)
		log_in(s);
}

/* MAIL, RCPT and DATA, which go together. */
static size_t
write_envelope(const struct session *s, char *out, size_t room)
{
	int n;

	if (s->load->submit)
		n = snprintf(out, room, "MAIL FROM:<user%u@localhost>\r\n"
		    "RCPT TO:<somebody@example.org>\r\nDATA\r\n", s->number);
	else
		n = snprintf(out, room, "MAIL FROM:<load@example.org>\r\n"
		    "RCPT TO:<user%u@localhost>\r\nDATA\r\n", s->number);
	return (size_t)n;
}

static size_t
fill(struct session *s, char *out)
{
	size_t n = load_header(out, s->number, &s->random);

	while (n + 78 < s->load->size) {
		for (int i = 0; i < 76; i += 10) {
			uint64_t r = load_random(&s->random);

			for (int k = i; k < i + 10 && k < 76; k++, r >>= 6)
				out[n++] = load_letter[r & 63];
		}
		out[n++] = '\r';
		out[n++] = '\n';
	}
	memcpy(out + n, ".\r\n", 3);
	return n + 3;
}

static void *
run(void *arg)
{
	struct session *s = arg;
	char envelope[256], *text = malloc(s->load->size + 1024);
	size_t n = write_envelope(s, envelope, sizeof(envelope));

	s->fd = load_dial(s->load->host, s->load->port);
	s->in = fdopen(dup(s->fd), "r");
	if (text == NULL || s->in == NULL)
		err(EX_OSERR, "session");
	greet(s);
	while (atomic_fetch_sub(&s->load->left, 1) > 0) {
		load_say(s->fd, envelope, n);
		expect(s, "250");
		expect(s, "250");
		expect(s, "354");
		load_say(s->fd, text, fill(s, text));
		expect(s, "250");
	}
	load_say(s->fd, "QUIT\r\n", 6);
	fclose(s->in);
	close(s->fd);
	free(text);
	return NULL;
}

static void
run_all(struct load *load, long sessions)
{
	struct session *s = calloc((size_t)sessions, sizeof(*s));
	pthread_t *thread = calloc((size_t)sessions, sizeof(*thread));

	if (s == NULL || thread == NULL)
		err(EX_OSERR, "sessions");
	for (long i = 0; i < sessions; i++) {
		s[i] = (struct session){ .load = load,
			.number = (unsigned)i + 1,
			.random = load_seed(i) };
		if (pthread_create(&thread[i], NULL, run, &s[i]) != 0)
			errx(EX_OSERR, "thread");
	}
	for (long i = 0; i < sessions; i++)
		pthread_join(thread[i], NULL);
	free(s);
	free(thread);
}

int
main(int argc, char **argv)
{
	struct load load;
	long sessions, messages;
	double begun;

	if (argc != 7)
		errx(EX_USAGE, "usage: smtp_load HOST PORT JOB SESSIONS "
			       "MESSAGES SIZE");
	load.host = argv[1];
	load.port = argv[2];
	load.submit = strcmp(argv[3], "submit") == 0;
	if (!load.submit && strcmp(argv[3], "lmtp") != 0)
		errx(EX_USAGE, "%s: no such job", argv[3]);
	sessions = strtol(argv[4], NULL, 10);
	messages = strtol(argv[5], NULL, 10);
	load.size = (size_t)strtoul(argv[6], NULL, 10);
	if (sessions < 1 || sessions > 10000 || messages < 1 ||
	    load.size < LOAD_HEADER || load.size > 100000000)
		errx(EX_USAGE, "a number is out of range");
	atomic_init(&load.left, messages);
	begun = load_now();
	run_all(&load, sessions);
	begun = load_now() - begun;
	load_report("messages", messages, begun);
	return 0;
}
