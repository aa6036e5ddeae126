/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DATE_PARTS_H
#define MAILPROTO_DATE_PARTS_H

#include "date.h"

/* A date as it is written.  What did not stand there is -1. */
struct date_parts {
	int year, month, day; /* month 0 to 11 */
	int hour, min, sec;
	int zone; /* minutes east, 0 where it did not stand there */
};

#define DATE_NO_PARTS ((struct date_parts){ -1, -1, -1, -1, -1, -1, 0 })

/* -1: no such moment, or a part is missing; *out is zero. */
int date_from_parts(const struct date_parts *p, struct mail_date *out);

/* 0 to 11 for an English name, which its first three letters tell; or -1. */
int date_month(struct span name);

#endif
