/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MT_PRIORITY_H
#define MAILPROTO_MT_PRIORITY_H

#include "span.h"

/*
 * The priority of a message, the value of MT-PRIORITY with MAIL (RFC 6710
 * section 7): -9 to 9, the more the sooner; without it a message has 0.
 */
#define MT_PRIORITY_MAX 9
#define MT_PRIORITIES   (2 * MT_PRIORITY_MAX + 1)

/* -1: bad syntax; *out is 0. */
int mt_priority_parse(struct span s, int *out);

#endif
