/* SPDX-License-Identifier: ISC */
#include "date.h"

#include "lex.h"

#define DAY_SECONDS 86400

/* The years 0 and 9999 are left out so that no zone leads out of four digits. */
#define FIRST_SECOND (-62135596800) /* 0001-01-01 00:00:00 UTC */
#define LAST_SECOND  253370764799   /* 9998-12-31 23:59:59 UTC */

static const char month_names[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static const char day_names[7][4] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
};

/* RFC 5322 section 4.3.  Any other name, a military letter among them, says
 * nothing about the zone: UTC. */
static const struct {
	const char *name;
	int zone;
} zone_names[] = {
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
	{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
};

/* A date as it is written.  What has not been seen is -1. */
struct parts {
	int year, month, day; /* month 0 to 11 */
	int hour, min, sec;
	int zone;        /* minutes east */
	bool zone_known; /* it stood there in digits */
};

static const struct parts no_parts = { -1, -1, -1, -1, -1, -1, 0, false };

struct scan {
	struct span s;
	size_t i;
	struct parts p;
};

static int
month_of(struct span name)
{
	for (int m = 0; m < 12; m++) {
		if (span_ieqs(span_sub(name, 0, 3), month_names[m]))
			return m;
	}
	return -1;
}

static int
make_date(const struct parts *p, struct mail_date *out)
{
	struct tm tm = {
		.tm_year = p->year - 1900,
		.tm_mon = p->month,
		.tm_mday = p->day,
	};

	*out = (struct mail_date){ 0 };
	if (p->year < 1 || p->year > 9998 || p->month < 0 || p->month > 11 ||
	    p->day < 1 || p->day > 31 || p->hour < 0 || p->hour > 23 ||
	    p->min < 0 || p->min > 59 || p->sec < 0 || p->sec > 60)
		return -1;
	out->sec = (int64_t)timegm(&tm) + p->hour * 3600 + p->min * 60 +
	    p->sec - p->zone * 60;
	out->zone = (int16_t)p->zone;
	if (tm.tm_mday == p->day)
		return 0;
	/* 30 February: it came back as a day of March. */
	*out = (struct mail_date){ 0 };
	return -1;
}

static char
peek(const struct scan *sc)
{
	return sc->i < sc->s.n ? sc->s.p[sc->i] : '\0';
}

static struct span
rest_of(const struct scan *sc)
{
	return span_sub(sc->s, sc->i, SIZE_MAX);
}

/* White space, line ends and comments; one that is never closed is the end. */
static void
skip_cfws(struct scan *sc)
{
	while (sc->i < sc->s.n) {
		char c = peek(sc);
		size_t n = 1;

		if (c == '(') {
			n = lex_comment(rest_of(sc));
			if (n == 0)
				n = sc->s.n - sc->i;
		} else if (!lex_wsp(c) && c != '\r' && c != '\n') {
			break;
		}
		sc->i += n;
	}
}

/* The digits at hand, and how many they are; the value is kept below 10^6. */
static int
take_number(struct scan *sc, size_t *digits)
{
	int v = 0;

	*digits = 0;
	while (ascii_digit(peek(sc))) {
		if (v < 100000)
			v = v * 10 + (peek(sc) - '0');
		sc->i++;
		(*digits)++;
	}
	return v;
}

/* A separator and a number behind it, white space and comments around both:
 * the minutes and seconds of a time.  -1: it does not stand there. */
static int
take_more(struct scan *sc, char sep)
{
	size_t from = sc->i, digits;

	skip_cfws(sc);
	if (peek(sc) == sep) {
		sc->i++;
		skip_cfws(sc);
		if (ascii_digit(peek(sc)))
			return take_number(sc, &digits);
	}
	sc->i = from;
	return -1;
}

/* The rest of a time that begins with the number v; false: it is none. */
static bool
take_time(struct scan *sc, int v)
{
	struct parts *p = &sc->p;
	size_t digits;
	char sep = ':';

	if (p->hour >= 0)
		return false;
	p->min = take_more(sc, sep);
	/* "5 Jan 2004 12.30.00", but not "05.01.2004". */
	if (p->min < 0 && p->day >= 0 && p->month >= 0) {
		sep = '.';
		p->min = take_more(sc, sep);
	}
	if (p->min < 0)
		return false;
	p->hour = v;
	p->sec = take_more(sc, sep);
	if (p->sec < 0)
		p->sec = 0;
	if (peek(sc) == '.') {
		sc->i++;
		take_number(sc, &digits);
	}
	return true;
}

/* RFC 5322 section 4.3 for years of two and three digits. */
static int
full_year(int v, size_t digits)
{
	if (digits >= 4)
		return v;
	return digits == 2 && v < 50 ? v + 2000 : v + 1900;
}

static void
scan_number(struct scan *sc)
{
	struct parts *p = &sc->p;
	bool dashed = sc->i > 0 && sc->s.p[sc->i - 1] == '-';
	size_t digits;
	int v = take_number(sc, &digits);

	if (take_time(sc, v))
		return;
	if (digits <= 2 && p->year >= 0 && p->month < 0 && dashed)
		p->month = v > 0 ? v - 1 : 12; /* 2004-01-05 */
	else if (digits <= 2 && p->day < 0)
		p->day = v;
	else if (digits >= 2 && p->year < 0)
		p->year = full_year(v, digits);
}

/* "+hhmm", "+hh:mm", "+hmm" or "+hh"; an absurd zone is taken as UTC. */
static void
scan_zone(struct scan *sc)
{
	int sign = peek(sc) == '-' ? -1 : 1;
	int hour, min = 0, more;
	size_t digits;

	sc->i++;
	hour = take_number(sc, &digits);
	if (digits > 2) {
		min = hour % 100;
		hour /= 100;
	} else if ((more = take_more(sc, ':')) >= 0) {
		min = more;
	}
	if (sc->p.zone_known)
		return;
	sc->p.zone_known = true;
	sc->p.zone = hour < 24 && min < 60 ? sign * (hour * 60 + min) : 0;
}

static void
scan_word(struct scan *sc)
{
	struct parts *p = &sc->p;
	size_t from = sc->i;
	struct span w;

	while (ascii_alpha(peek(sc)))
		sc->i++;
	w = span_of(sc->s.p + from, sc->i - from);
	if (p->month < 0)
		p->month = month_of(w);
	if (p->hour < 0 || p->zone_known)
		return;
	for (size_t z = 0; z < sizeof(zone_names) / sizeof(zone_names[0]);
	     z++) {
		if (span_ieqs(w, zone_names[z].name))
			p->zone = zone_names[z].zone;
	}
}

int
date_parse(struct span s, struct mail_date *out)
{
	struct scan sc = { .s = s, .p = no_parts };

	for (skip_cfws(&sc); sc.i < s.n; skip_cfws(&sc)) {
		char c = peek(&sc);
		bool sign = c == '+' || c == '-';

		if (ascii_alpha(c))
			scan_word(&sc);
		else if (ascii_digit(c))
			scan_number(&sc);
		else if (sign && sc.p.hour >= 0 && sc.i + 1 < s.n &&
		    ascii_digit(s.p[sc.i + 1]))
			scan_zone(&sc);
		else
			sc.i++;
	}
	if (sc.p.hour < 0)
		sc.p.hour = sc.p.min = sc.p.sec = 0;
	return make_date(&sc.p, out);
}

/*
 * The strict forms.  A template says what must stand where: "d" a digit, "z" a
 * digit or a space, "a" a letter, "s" a sign, anything else itself.
 */
static bool
fits(struct span s, const char *template)
{
	if (s.n != strlen(template))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		switch (template[i]) {
		case 'd':
			if (!ascii_digit(c))
				return false;
			break;
		case 'z':
			if (!ascii_digit(c) && c != ' ')
				return false;
			break;
		case 'a':
			if (!ascii_alpha(c))
				return false;
			break;
		case 's':
			if (c != '+' && c != '-')
				return false;
			break;
		default:
			if (c != template[i])
				return false;
		}
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
day_parts(struct span s, size_t n, struct parts *p)
{
	*p = (struct parts){
		.year = number_at(s, n + 5, 4),
		.month = month_of(span_sub(s, n + 1, 3)),
		.day = number_at(s, 0, n),
	};
}

int
date_parse_imap(struct span s, struct mail_date *out)
{
	struct parts p;
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
	return make_date(&p, out);
}

int
date_parse_day(struct span s, int64_t *out)
{
	struct mail_date d;
	struct parts p;

	*out = 0;
	if (fits(s, "d-aaa-dddd"))
		day_parts(s, 1, &p);
	else if (fits(s, "dd-aaa-dddd"))
		day_parts(s, 2, &p);
	else
		return -1;
	if (make_date(&p, &d) < 0)
		return -1;
	*out = d.sec;
	return 0;
}

static int64_t
local_seconds(struct mail_date d)
{
	int64_t sec = d.sec;

	if (sec < FIRST_SECOND)
		sec = FIRST_SECOND;
	if (sec > LAST_SECOND)
		sec = LAST_SECOND;
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
	return (struct mail_date){ .sec = t,
		.zone = (int16_t)(tm.tm_gmtoff / 60) };
}
