/* SPDX-License-Identifier: ISC */
/*
 * An LMTP load: sessions side by side, each delivering message after message
 * to a user of its own, every message with a random body of its own.
 *
 * Usage: lmtp_load HOST PORT SESSIONS MESSAGES SIZE
 *
 * MESSAGES in all, to user1@localhost … userN@localhost.  Prints one JSON
 * object: how long it took, and how much of that this program computed itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load_generator.h"

struct load {
	const char *host, *port;
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

/* One whole reply, which must have that code. */
static void
expect(const struct session *s, const char *code)
{
	char line[1024];

	do {
		if (fgets(line, sizeof(line), s->in) == NULL)
			errx(EX_PROTOCOL, "the server closed the connection");
		if (strncmp(line, code, 3) != 0)
			errx(EX_PROTOCOL, "wanted %s, got %s", code, line);
	} while (line[3] == '-');
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
	int n;

	s->fd = load_dial(s->load->host, s->load->port);
	s->in = fdopen(dup(s->fd), "r");
	if (text == NULL || s->in == NULL)
		err(EX_OSERR, "session");
	expect(s, "220");
	load_say(s->fd, "LHLO load.example\r\n", 19);
	expect(s, "250");
	n = snprintf(envelope, sizeof(envelope),
	    "MAIL FROM:<load@example.org>\r\nRCPT TO:<user%u@localhost>\r\n"
	    "DATA\r\n", s->number);
	while (atomic_fetch_sub(&s->load->left, 1) > 0) {
		load_say(s->fd, envelope, (size_t)n);
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

	if (argc != 6) {
		fprintf(stderr,
		    "usage: lmtp_load HOST PORT SESSIONS MESSAGES SIZE\n");
		return EX_USAGE;
	}
	sessions = strtol(argv[3], NULL, 10);
	messages = strtol(argv[4], NULL, 10);
	load.host = argv[1];
	load.port = argv[2];
	load.size = (size_t)strtoul(argv[5], NULL, 10);
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
