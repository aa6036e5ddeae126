/* SPDX-License-Identifier: ISC */
#include "future_release.h"

#include <stdio.h>

#include "date_parts.h"

static void
keep(struct future_release *out, const char *kind, struct span s, int64_t at)
{
	out->at = at;
	snprintf(out->text, sizeof(out->text), "%s;%.*s", kind, (int)s.n, s.p);
}

int
future_release_for(struct span s, int64_t now, struct future_release *out)
{
	uint64_t seconds;

	*out = (struct future_release){ 0 };
	if (s.n > 9 || span_u64(s, FUTURE_RELEASE_SECONDS_MAX, &seconds) < 0 ||
	    seconds == 0)
		return -1;
	keep(out, "for", s, now + (int64_t)seconds);
	return 0;
}

/* The digits of s[from..from+n); -1: there is something else. */
static int
digits(struct span s, size_t from, size_t n)
{
	uint32_t v;

	return span_u32(span_sub(s, from, n), &v) == 0 ? (int)v : -1;
}

int
future_release_until(struct span s, struct future_release *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	struct date_parts p;
	struct mail_date d;

	*out = (struct future_release){ 0 };
	if (s.n != sizeof(form) - 1)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (form[i] == 'd' ? !ascii_digit(s.p[i]) : s.p[i] != form[i])
			return -1;
	}
	p = (struct date_parts){ digits(s, 0, 4), digits(s, 5, 2) - 1,
		digits(s, 8, 2), digits(s, 11, 2), digits(s, 14, 2),
		digits(s, 17, 2), 0 };
	if (date_from_parts(&p, &d) < 0)
		return -1;
	keep(out, "until", s, d.sec);
	return 0;
}
