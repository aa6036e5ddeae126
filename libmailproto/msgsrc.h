/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MSGSRC_H
#define MAILPROTO_MSGSRC_H

#include "span.h"

/*
 * Where the bytes of a stored message come from.  at() gives a run of bytes
 * that begins at off, as long as is at hand in one piece (at least one byte;
 * off < size).  The span lives until the next call or the end of the caller's
 * transaction.  Returns 0, or -1 when the bytes cannot be read: what is being
 * made of them is then given up as a whole.
 */
struct msgsrc {
	int (*at)(void *arg, uint64_t off, struct span *out);
	void *arg;
	uint64_t size;
};

#endif
