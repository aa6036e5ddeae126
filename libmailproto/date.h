/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DATE_H
#define MAILPROTO_DATE_H

#include <time.h>

#include "buf.h"

/*
 * Dates.  A moment is seconds since 1970 in UTC with the zone it was written
 * in, minutes east of UTC.
 */
struct mail_date {
	int64_t sec;
	int16_t zone;
};

/* RFC 5322 section 3.3 with the obsolete forms of 4.3 (two-digit years,
 * military and named zones, comments), tolerant of missing seconds or day
 * names.  -1: no date can be told; *out is zero. */
int date_parse(struct span s, struct mail_date *out);

/* "17-Jul-1996 02:44:25 -0700" (RFC 9051, date-time). */
int date_parse_imap(struct span s, struct mail_date *out);

/* "1-Feb-1994" (RFC 9051, date): the UTC second that day begins. */
int date_parse_day(struct span s, int64_t *out);

/* Append in the form of RFC 5322, of IMAP date-time, of RFC 3339 in UTC. */
void date_format(struct buf *out, struct mail_date d);
void date_format_imap(struct buf *out, struct mail_date d);
void date_format_rfc3339(struct buf *out, int64_t sec);

/* Days since 1970-01-01 of the day as written in its zone: what SEARCH SINCE,
 * BEFORE and ON compare ("disregarding time and timezone"). */
int64_t date_day(struct mail_date d);

/* Now, in the local zone. */
struct mail_date date_now(void);

#endif
