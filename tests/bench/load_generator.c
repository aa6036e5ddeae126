/* SPDX-License-Identifier: ISC */
#include "load_generator.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char load_letter[] = "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

int
load_dial(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	int fd, on = 1;

	if (getaddrinfo(host, port, &hints, &ai) != 0)
		errx(EX_NOHOST, "%s: unknown host", host);
	fd = socket(ai->ai_family, ai->ai_socktype, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen) < 0)
		err(EX_UNAVAILABLE, "%s:%s", host, port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(ai);
	return fd;
}

double
load_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void
load_report(const char *what, long n, double seconds)
{
	struct rusage ru;
	double cpu;

	getrusage(RUSAGE_SELF, &ru);
	cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	printf("{\"%s\": %ld, \"seconds\": %.4f, \"client_cpu\": %.4f}\n",
	    what, n, seconds, cpu);
}

uint64_t
load_seed(long i)
{
	return (uint64_t)time(NULL) * 2654435761U +
	    (uint64_t)getpid() * 40503U + (uint64_t)i * 77777U + 1;
}

uint64_t
load_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

void
load_say(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, data, n);

		if (k <= 0)
			err(EX_IOERR, "write");
		data += k;
		n -= (size_t)k;
	}
}

size_t
load_header(char out[LOAD_HEADER], unsigned user, uint64_t *random)
{
	return (size_t)snprintf(out, LOAD_HEADER,
	    "From: Load <user%u@localhost>\r\nTo: user%u@localhost\r\n"
	    "Subject: message %08x\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
	    "Message-ID: <%016llx@example.org>\r\n\r\n", user, user,
	    (unsigned)load_random(random),
	    (unsigned long long)load_random(random));
}
