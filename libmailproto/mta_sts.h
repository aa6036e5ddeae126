/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MTA_STS_H
#define MAILPROTO_MTA_STS_H

#include "buf.h"

/*
 * MTA-STS (RFC 8461): what a domain promises of the TLS of its servers.
 */
#define MTA_STS_ID_MAX     32
#define MTA_STS_POLICY_MAX 65536    /* bytes of one that are read */
#define MTA_STS_MX_MAX     100      /* patterns */
#define MTA_STS_TEXT_MAX   32768    /* bytes that mta_sts_format() writes */
#define MTA_STS_AGE_MAX    31557600 /* seconds; more is taken as this */

enum mta_sts_mode { MTA_STS_NONE, MTA_STS_TESTING, MTA_STS_ENFORCE };

/* Zeroed is none. */
struct mta_sts {
	enum mta_sts_mode mode;
	uint32_t max_age; /* seconds */
	struct buf mx;    /* patterns, lower case, each with a LF behind it */
	size_t nmx;
};

/* The id of a TXT record (section 3.1), its strings joined.  -1: it is of
 * something else; -2: it is broken. */
int mta_sts_record_parse(struct span text, char id[MTA_STS_ID_MAX + 1]);
/* Replace p with a policy (section 3.2).  -1: it is broken, p is none. */
int mta_sts_parse(struct mta_sts *p, struct span text);
/* Append it as mta_sts_parse() reads it. */
void mta_sts_format(struct buf *out, const struct mta_sts *p);
/* Replace to with a copy. */
void mta_sts_copy(struct mta_sts *to, const struct mta_sts *from);
void mta_sts_clear(struct mta_sts *p);

/* Is host, in any case and without a last dot, one of its servers (section
 * 4.1)? */
bool mta_sts_has(const struct mta_sts *p, struct span host);

#endif
