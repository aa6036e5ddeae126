/* SPDX-License-Identifier: ISC */
#include "date.h"
#include "date_parts.h"
#include "lex.h"

/* RFC 5322 section 4.3.  Any other name, a military letter among them, says
 * nothing about the zone: UTC. */
static const struct {
	const char *name;
	int zone;
} zone_names[] = {
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
	{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
};

struct scan {
	struct span s;
	size_t i;
	struct date_parts p;
	bool zone_known; /* it stood there in digits */
};

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
	struct date_parts *p = &sc->p;
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
	struct date_parts *p = &sc->p;
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
	if (sc->zone_known)
		return;
	sc->zone_known = true;
	sc->p.zone = hour < 24 && min < 60 ? sign * (hour * 60 + min) : 0;
}

static void
scan_word(struct scan *sc)
{
	struct date_parts *p = &sc->p;
	size_t from = sc->i;
	struct span w;

	while (ascii_alpha(peek(sc)))
		sc->i++;
	w = span_of(sc->s.p + from, sc->i - from);
	if (p->month < 0)
		p->month = date_month(w);
	if (p->hour < 0 || sc->zone_known)
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
	struct scan sc = { .s = s, .p = DATE_NO_PARTS };

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
	return date_from_parts(&sc.p, out);
}
