/* SPDX-License-Identifier: ISC */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

/* What the load generators share. */

static int
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

static double
load_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One JSON object: how many, how long it took, what of that was ours. */
static void
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

#endif
