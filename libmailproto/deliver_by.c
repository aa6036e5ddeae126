/* SPDX-License-Identifier: ISC */
#include "deliver_by.h"

#include <inttypes.h>

/* "-5" */
static int
parse_seconds(struct span s, int64_t *out)
{
	const bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t seconds;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = span_sub(s, 1, s.n);
	if (s.n > 9 || span_u64(s, DELIVER_BY_SECONDS_MAX, &seconds) < 0)
		return -1;
	*out = minus ? -(int64_t)seconds : (int64_t)seconds;
	return 0;
}

/* "RT" */
static int
parse_mode(struct span s, struct deliver_by *out)
{
	if (s.n == 0 || s.n > 2)
		return -1;
	if (span_ieqs(span_sub(s, 0, 1), "R"))
		out->mode = DELIVER_BY_RETURN;
	else if (span_ieqs(span_sub(s, 0, 1), "N"))
		out->mode = DELIVER_BY_NOTIFY;
	else
		return -1;
	out->trace = s.n == 2;
	return !out->trace || span_ieqs(span_sub(s, 1, 1), "T") ? 0 : -1;
}

int
deliver_by_parse(struct span s, int64_t now, struct deliver_by *out)
{
	struct span seconds;
	int64_t left = 0;

	*out = (struct deliver_by){ 0 };
	if (span_split(&s, ';', &seconds) &&
	    parse_seconds(seconds, &left) == 0 && parse_mode(s, out) == 0 &&
	    (out->mode == DELIVER_BY_NOTIFY || left > 0)) {
		out->at = now + left;
		return 0;
	}
	*out = (struct deliver_by){ 0 };
	return -1;
}

int64_t
deliver_by_left(const struct deliver_by *d, int64_t now)
{
	int64_t left = d->at - now;

	if (left > DELIVER_BY_SECONDS_MAX)
		return DELIVER_BY_SECONDS_MAX;
	return left < -DELIVER_BY_SECONDS_MAX ? -DELIVER_BY_SECONDS_MAX : left;
}

void
deliver_by_write(struct buf *out, const struct deliver_by *d, int64_t now)
{
	if (d->mode == DELIVER_BY_NONE)
		return;
	buf_addf(out, " BY=%" PRId64 ";%c%s", deliver_by_left(d, now),
	    d->mode == DELIVER_BY_RETURN ? 'R' : 'N', d->trace ? "T" : "");
}
