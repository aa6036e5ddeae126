/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DELIVER_BY_H
#define MAILPROTO_DELIVER_BY_H

#include "buf.h"

/*
 * By when a message is to be delivered, the value of BY with MAIL (RFC 2852
 * section 4): "120;R", "-5;NT".
 */
#define DELIVER_BY_SECONDS_MAX 999999999 /* nine digits, and as far back */

enum deliver_by_mode {
	DELIVER_BY_NONE,   /* it was not asked for */
	DELIVER_BY_RETURN, /* it goes back when it is late */
	DELIVER_BY_NOTIFY, /* its sender is told when it is late */
	DELIVER_BY_MODES
};

struct deliver_by {
	enum deliver_by_mode mode;
	bool trace; /* its sender is told when it is passed on */
	int64_t at; /* seconds since 1970 */
};

/* now is when it came.  -1: bad syntax, or nothing is left of the time of
 * DELIVER_BY_RETURN; *out is empty. */
int deliver_by_parse(struct span s, int64_t now, struct deliver_by *out);

/* The seconds that are left; less than none where it is late. */
int64_t deliver_by_left(const struct deliver_by *d, int64_t now);

/* Append " BY=…"; nothing for what was not asked for. */
void deliver_by_write(struct buf *out, const struct deliver_by *d, int64_t now);

#endif
