/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_PATTERN_H
#define MAILPROTO_IMAP_PATTERN_H

#include "buf.h"

/*
 * Mailbox patterns of LIST and LSUB (RFC 3501 section 6.3.8): "*" stands for
 * any run of characters, "%" for one without the separator.
 *
 * All ways to match are followed at once, one bit each, so that a name costs
 * its length times the pattern's length over 64, whatever wildcards there are.
 */
#define IMAP_PATTERN_MAX 511 /* bytes, runs of wildcards counted once */

#define IMAP_PATTERN_WORDS ((IMAP_PATTERN_MAX + 1) / 64)

struct imap_pattern {
	char text[IMAP_PATTERN_MAX];
	size_t len;
	char separator;
	uint64_t any[IMAP_PATTERN_WORDS];   /* where "*" stands */
	uint64_t level[IMAP_PATTERN_WORDS]; /* where "%" stands */
};

/* s as it is matched against names: UTF-8, the reference before it.  -1: too
 * long to match anything; p then matches nothing. */
int imap_pattern_init(struct imap_pattern *p, struct span s, char separator);

/* INBOX, as a name or as its first level, matches in any case. */
bool imap_pattern_match(const struct imap_pattern *p, struct span name);

#endif
