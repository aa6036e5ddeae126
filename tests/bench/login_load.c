/* SPDX-License-Identifier: ISC */
/*
 * A load of logins: sessions side by side, each connecting, logging in and out
 * again and again, as a user of its own.
 *
 * Usage: login_load HOST PORT SESSIONS LOGINS
 *
 * LOGINS in all, in clear, as user1 … userN with the password "test".  Prints
 * one JSON object: how long it took, and how much of that this program computed
 * itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load_generator.h"

struct load {
	const char *host, *port;
	atomic_long left;
};

struct session {
	struct load *load;
	unsigned number;
	pthread_t thread;
};

/* Until a line that begins with want; NULL: until the end. */
static void
read_until(int fd, const char *want)
{
	char text[4096];
	size_t n = 0;

	for (;;) {
		ssize_t k = read(fd, text + n, sizeof(text) - 1 - n);

		if (k <= 0 && want == NULL)
			return;
		if (k <= 0)
			errx(EX_PROTOCOL, "the server closed the connection");
		if (want == NULL)
			continue;
		n += (size_t)k;
		text[n] = '\0';
		if (strstr(text, want) != NULL && text[n - 1] == '\n')
			return;
		if (strstr(text, "a NO") != NULL || n == sizeof(text) - 1)
			errx(EX_PROTOCOL, "wanted %s, got %s", want, text);
	}
}

static void
say(int fd, const char *line)
{
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		err(EX_IOERR, "write");
}

static void *
run(void *arg)
{
	const struct session *s = arg;
	char login[64];
	int fd;

	snprintf(login, sizeof(login), "a LOGIN user%u test\r\n", s->number);
	while (atomic_fetch_sub(&s->load->left, 1) > 0) {
		fd = load_dial(s->load->host, s->load->port);
		read_until(fd, "* OK");
		say(fd, login);
		read_until(fd, "a OK");
		say(fd, "b LOGOUT\r\n");
		read_until(fd, NULL);
		close(fd);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct session *s;
	struct load load;
	long sessions, logins;
	double begun;

	if (argc != 5)
		errx(EX_USAGE, "usage: login_load HOST PORT SESSIONS LOGINS");
	sessions = strtol(argv[3], NULL, 10);
	logins = strtol(argv[4], NULL, 10);
	if (sessions < 1 || sessions > 10000 || logins < 1)
		errx(EX_USAGE, "a number is out of range");
	load.host = argv[1];
	load.port = argv[2];
	atomic_init(&load.left, logins);
	s = calloc((size_t)sessions, sizeof(*s));
	if (s == NULL)
		err(EX_OSERR, "sessions");
	begun = load_now();
	for (long i = 0; i < sessions; i++) {
		s[i] = (struct session){ &load, (unsigned)i + 1, 0 };
		if (pthread_create(&s[i].thread, NULL, run, &s[i]) != 0)
			errx(EX_OSERR, "thread");
	}
	for (long i = 0; i < sessions; i++)
		pthread_join(s[i].thread, NULL);
	load_report("logins", logins, load_now() - begun);
	free(s);
	return 0;
}
