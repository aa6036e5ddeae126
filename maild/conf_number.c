/* SPDX-License-Identifier: ISC */
/* Settings that are numbers: counts, sizes, times, rates. */
#include <assert.h>

#include "conf_table.h"

struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ 'T', (uint64_t)1 << 40 },
	{ 'G', (uint64_t)1 << 30 },
	{ 'M', (uint64_t)1 << 20 },
	{ 'K', (uint64_t)1 << 10 },
	{ '\0', 1 },
};
static const struct unit times[] = {
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
	{ '\0', 0 },
};
static const struct unit counts[] = { { '\0', 1 } };

/* Digits and the letter of a unit; a factor of 0: a letter must stand. */
static bool
parse_number(const char *text, const struct unit *units, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	while (units->letter != '\0' && units->letter != text[digits])
		units++;
	if (units->factor == 0 || units->letter != text[digits] ||
	    (text[digits] != '\0' && text[digits + 1] != '\0'))
		return false;
	if (span_u64(span_of(text, digits), UINT64_MAX / units->factor, out) <
	    0)
		return false;
	*out *= units->factor;
	return true;
}

static void
format_number(struct buf *out, uint64_t n, const struct unit *units)
{
	while (units->letter != '\0' && (n == 0 || n % units->factor != 0) &&
	       units[1].factor != 0)
		units++;
	buf_addf(out, "%llu", (unsigned long long)(n / units->factor));
	if (units->letter != '\0')
		buf_addc(out, units->letter);
}

static void
out_of_range(const struct conf_setting *s, const struct scfg_word *w,
    struct scfg_errors *e)
{
	struct buf min = { 0 }, max = { 0 };

	s->type->limit(&min, s->min);
	s->type->limit(&max, s->max);
	scfg_error(e, &w->pos, "\"%s\" is out of range: %s to %s", s->name,
	    min.data, max.data);
	buf_free(&min);
	buf_free(&max);
}

static bool
number_in_range(const struct conf_setting *s, const struct scfg_word *w,
    const struct unit *units, const char *what, uint64_t *out,
    struct scfg_errors *e)
{
	if (!parse_number(w->s, units, out)) {
		scfg_error(e, &w->pos, "\"%s\" is no %s", w->s, what);
		return false;
	}
	if (*out < s->min || *out > s->max) {
		out_of_range(s, w, e);
		return false;
	}
	return true;
}

/* ---- counts ---- */

static void
limit_count(struct buf *out, uint64_t n)
{
	format_number(out, n, counts);
}

static bool
parse_count(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);
	uint64_t n;

	if (w == NULL || !number_in_range(s, w, counts, "number", &n, e))
		return false;
	*CONF_FIELD(c, s, uint32_t) = (uint32_t)n;
	return true;
}

static void
format_count(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	(void)i;
	format_number(out, CONF_VALUE(c, s, uint32_t), counts);
}

const struct conf_type conf_type_count = {
	.syntax = "NUMBER",
	.parse = parse_count,
	.format = format_count,
	.limit = limit_count,
};

/* ---- sizes ---- */

static void
limit_size(struct buf *out, uint64_t n)
{
	format_number(out, n, sizes);
}

static bool
parse_size(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);

	return w != NULL &&
	       number_in_range(s, w, sizes, "size such as 512K, 50M or 2G",
		   CONF_FIELD(c, s, uint64_t), e);
}

static void
format_size(struct buf *out, const struct conf *c, const struct conf_setting *s,
    size_t i)
{
	(void)i;
	format_number(out, CONF_VALUE(c, s, uint64_t), sizes);
}

const struct conf_type conf_type_size = {
	.syntax = "SIZE",
	.parse = parse_size,
	.format = format_size,
	.limit = limit_size,
};

/* ---- times ---- */

#define TIME_SAMPLE "time such as 30s, 10m or 2h"

static void
limit_time(struct buf *out, uint64_t n)
{
	format_number(out, n, times);
}

static bool
parse_time(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);
	uint64_t n;

	if (w == NULL || !number_in_range(s, w, times, TIME_SAMPLE, &n, e))
		return false;
	*CONF_FIELD(c, s, uint32_t) = (uint32_t)n;
	return true;
}

static void
format_time(struct buf *out, const struct conf *c, const struct conf_setting *s,
    size_t i)
{
	(void)i;
	format_number(out, CONF_VALUE(c, s, uint32_t), times);
}

const struct conf_type conf_type_time = {
	.syntax = "TIME",
	.parse = parse_time,
	.format = format_time,
	.limit = limit_time,
};

/* ---- several times ---- */

static bool
parse_retries(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	struct conf_retries *r = CONF_FIELD(c, s, struct conf_retries);
	uint64_t n;

	if (d->nwords < 2 || d->nwords - 1 > CONF_RETRIES_MAX) {
		scfg_error(e, &d->word[0].pos, "\"%s\" takes 1 to %d times",
		    s->name, CONF_RETRIES_MAX);
		return false;
	}
	r->len = 0;
	for (size_t i = 1; i < d->nwords; i++) {
		if (!number_in_range(s, &d->word[i], times, TIME_SAMPLE, &n, e))
			return false;
		r->seconds[r->len++] = (uint32_t)n;
	}
	return true;
}

static void
format_retries(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	const struct conf_retries *r = &CONF_VALUE(c, s, struct conf_retries);

	(void)i;
	for (size_t k = 0; k < r->len; k++) {
		if (k > 0)
			buf_addc(out, ' ');
		format_number(out, r->seconds[k], times);
	}
}

const struct conf_type conf_type_retries = {
	.syntax = "TIME ...",
	.parse = parse_retries,
	.format = format_retries,
	.limit = limit_time,
};

/* ---- rates: a count, and in the next field of the struct a time ---- */

struct rate {
	uint32_t count, period;
};
#define RATE_LIES_RIGHT(f)                                                     \
	static_assert(offsetof(struct conf, f##_period) ==                     \
		offsetof(struct conf, f) + offsetof(struct rate, period),      \
	    "the two fields of a rate lie side by side")
RATE_LIES_RIGHT(auth_failures);
RATE_LIES_RIGHT(messages_per_user);
RATE_LIES_RIGHT(recipients_per_user);
RATE_LIES_RIGHT(messages_per_address);
RATE_LIES_RIGHT(recipients_per_address);

#define PERIOD_MAX 86400

static bool
parse_rate(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	struct rate *r = CONF_FIELD(c, s, struct rate);
	uint64_t count, period;

	if (d->nwords != 4 || strcmp(d->word[2].s, "per") != 0) {
		scfg_error(e, &d->word[0].pos, "\"%s\" is written %s", s->name,
		    s->type->syntax);
		return false;
	}
	if (!number_in_range(s, &d->word[1], counts, "number", &count, e))
		return false;
	if (!parse_number(d->word[3].s, times, &period) || period == 0 ||
	    period > PERIOD_MAX) {
		scfg_error(e, &d->word[3].pos,
		    "\"%s\" is no " TIME_SAMPLE ", up to 1d", d->word[3].s);
		return false;
	}
	*r = (struct rate){ (uint32_t)count, (uint32_t)period };
	return true;
}

static void
format_rate(struct buf *out, const struct conf *c, const struct conf_setting *s,
    size_t i)
{
	const struct rate *r = &CONF_VALUE(c, s, struct rate);

	(void)i;
	format_number(out, r->count, counts);
	buf_adds(out, " per ");
	format_number(out, r->period, times);
}

const struct conf_type conf_type_rate = {
	.syntax = "NUMBER per TIME",
	.parse = parse_rate,
	.format = format_rate,
	.limit = limit_count,
};
