/* SPDX-License-Identifier: ISC */
#ifndef BENCH_LOAD_GENERATOR_H
#define BENCH_LOAD_GENERATOR_H

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sysexits.h>

/* What the load generators share.  An error ends the program. */

int load_dial(const char *host, const char *port);
void load_say(int fd, const char *data, size_t n);

/* Seconds, on a clock that nobody sets. */
double load_now(void);
/* One JSON object: how many, how long it took, what of that was ours. */
void load_report(const char *what, long n, double seconds);

/* A generator of its own for session i, never 0; and the next number. */
uint64_t load_seed(long i);
uint64_t load_random(uint64_t *x);

#define LOAD_HEADER 512
extern const char load_letter[]; /* 64 of them */
/* A message's header, for and from its user; returns its length. */
size_t load_header(char out[LOAD_HEADER], unsigned user, uint64_t *random);

#endif
