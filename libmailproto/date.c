/* SPDX-License-Identifier: ISC */
#include "date.h"

#include "date_parts.h"

#define DAY_SECONDS 86400

/* The years are 1 to 9998, and a day on either side for the zone: no zone leads
 * out of four digits. */
#define YEAR_FIRST   1
#define YEAR_LAST    9998
#define SECOND_FIRST (-62135683200) /* 0000-12-31 00:00:00 UTC */
#define SECOND_LAST  253370851199   /* 9999-01-01 23:59:59 UTC */

static const char month_names[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static const char day_names[7][4] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
};

int
date_month(struct span name)
{
	for (int m = 0; m < 12; m++) {
		if (span_ieqs(span_sub(name, 0, 3), month_names[m]))
			return m;
	}
	return -1;
}

int
date_from_parts(const struct date_parts *p, struct mail_date *out)
{
	struct tm tm = {
		.tm_year = p->year - 1900,
		.tm_mon = p->month,
		.tm_mday = p->day,
		.tm_hour = p->hour,
		.tm_min = p->min,
		/* A leap second must not make it another day. */
		.tm_sec = p->sec == 60 ? 59 : p->sec,
	};
	int64_t sec;

	*out = (struct mail_date){ 0 };
	if (p->year < YEAR_FIRST || p->year > YEAR_LAST || p->month < 0 ||
	    p->month > 11 || p->day < 1 || p->day > 31 || p->hour < 0 ||
	    p->hour > 23 || p->min < 0 || p->min > 59 || p->sec < 0 ||
	    p->sec > 60)
		return -1;
	sec = timegm(&tm);
	/* 30 February came back as a day of March. */
	if (tm.tm_mday != p->day)
		return -1;
	out->sec = sec - p->zone * 60;
	out->zone = (int16_t)p->zone;
	return 0;
}

/*
 * The strict forms.  A template says what must stand where: "d" a digit, "z" a
 * digit or a space, "a" a letter, "s" a sign, anything else itself.
 */
static bool
fits_char(char c, char want)
{
	switch (want) {
	case 'd':
		return ascii_digit(c);
	case 'z':
		return ascii_digit(c) || c == ' ';
	case 'a':
		return ascii_alpha(c);
	case 's':
		return c == '+' || c == '-';
	default:
		return c == want;
	}
}

static bool
fits(struct span s, const char *template)
{
	if (s.n != strlen(template))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!fits_char(s.p[i], template[i]))
			return false;
	}
	return true;
}

/* The number in s[off..off+n), a space as 0; fits() has looked at it. */
static int
number_at(struct span s, size_t off, size_t n)
{
	int v = 0;

	for (size_t i = off; i < off + n; i++)
		v = v * 10 + (s.p[i] == ' ' ? 0 : s.p[i] - '0');
	return v;
}

/* "dd-mmm-yyyy", the day with n digits. */
static void
day_parts(struct span s, size_t n, struct date_parts *p)
{
	*p = (struct date_parts){
		.year = number_at(s, n + 5, 4),
		.month = date_month(span_sub(s, n + 1, 3)),
		.day = number_at(s, 0, n),
	};
}

int
date_parse_imap(struct span s, struct mail_date *out)
{
	struct date_parts p;
	int zone;

	*out = (struct mail_date){ 0 };
	if (!fits(s, "zd-aaa-dddd dd:dd:dd sdddd"))
		return -1;
	day_parts(s, 2, &p);
	p.hour = number_at(s, 12, 2);
	p.min = number_at(s, 15, 2);
	p.sec = number_at(s, 18, 2);
	zone = number_at(s, 22, 4);
	if (zone / 100 > 23 || zone % 100 > 59)
		return -1;
	p.zone = (zone / 100 * 60 + zone % 100) * (s.p[21] == '-' ? -1 : 1);
	return date_from_parts(&p, out);
}

int
date_parse_day(struct span s, int64_t *out)
{
	struct mail_date d;
	struct date_parts p;

	*out = 0;
	if (fits(s, "d-aaa-dddd"))
		day_parts(s, 1, &p);
	else if (fits(s, "dd-aaa-dddd"))
		day_parts(s, 2, &p);
	else
		return -1;
	if (date_from_parts(&p, &d) < 0)
		return -1;
	*out = d.sec;
	return 0;
}

static int64_t
local_seconds(struct mail_date d)
{
	int64_t sec = d.sec;

	if (sec < SECOND_FIRST)
		sec = SECOND_FIRST;
	if (sec > SECOND_LAST)
		sec = SECOND_LAST;
	return sec + d.zone * 60;
}

static struct tm
broken_down(struct mail_date d)
{
	time_t t = (time_t)local_seconds(d);
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	return tm;
}

static void
add_time_zone(struct buf *out, const struct tm *tm, int zone)
{
	int east = zone < 0 ? -zone : zone;

	buf_addf(out, " %02d:%02d:%02d %c%02d%02d", tm->tm_hour, tm->tm_min,
	    tm->tm_sec, zone < 0 ? '-' : '+', east / 60, east % 60);
}

void
date_format(struct buf *out, struct mail_date d)
{
	struct tm tm = broken_down(d);

	buf_addf(out, "%s, %d %s %04d", day_names[tm.tm_wday], tm.tm_mday,
	    month_names[tm.tm_mon], tm.tm_year + 1900);
	add_time_zone(out, &tm, d.zone);
}

void
date_format_imap(struct buf *out, struct mail_date d)
{
	struct tm tm = broken_down(d);

	buf_addf(out, "%2d-%s-%04d", tm.tm_mday, month_names[tm.tm_mon],
	    tm.tm_year + 1900);
	add_time_zone(out, &tm, d.zone);
}

void
date_format_rfc3339(struct buf *out, int64_t sec)
{
	struct tm tm = broken_down((struct mail_date){ .sec = sec });

	buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int64_t
date_day(struct mail_date d)
{
	int64_t sec = local_seconds(d);
	int64_t day = sec / DAY_SECONDS;

	return sec % DAY_SECONDS < 0 ? day - 1 : day;
}

struct mail_date
date_now(void)
{
	time_t t = time(NULL);
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	return (struct mail_date){ t, (int16_t)(tm.tm_gmtoff / 60) };
}
