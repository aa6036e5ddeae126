/* SPDX-License-Identifier: ISC */
#include "mta_sts.h"

#define VERSION SPAN_LIT("STSv1")

static bool
alnum(char c)
{
	return ascii_alpha((unsigned char)c) || ascii_digit((unsigned char)c);
}

/* ---- the record ---- */

static bool
is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!alnum(s.p[i]))
			return false;
	}
	return s.n > 0 && s.n <= MTA_STS_ID_MAX;
}

/* A name, "=", and printable characters but "=", ";" and space. */
static bool
is_extension(struct span name, struct span value)
{
	if (name.n == 0 || name.n > 32 || !alnum(name.p[0]) || value.n == 0)
		return false;
	for (size_t i = 1; i < name.n; i++) {
		if (!alnum(name.p[i]) && strchr("_-.", name.p[i]) == NULL)
			return false;
	}
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] <= ' ' || value.p[i] > '~' || value.p[i] == '=')
			return false;
	}
	return true;
}

static bool
take_pair(struct span pair, char id[MTA_STS_ID_MAX + 1])
{
	struct span value = span_trim(pair), name;

	if (memchr(value.p, '=', value.n) == NULL)
		return false;
	span_split(&value, '=', &name);
	if (!span_eq(name, SPAN_LIT("id")))
		return is_extension(name, value);
	if (!is_id(value) || id[0] != '\0')
		return false;
	memcpy(id, value.p, value.n);
	id[value.n] = '\0';
	return true;
}

int
mta_sts_record_parse(struct span text, char id[MTA_STS_ID_MAX + 1])
{
	struct span pair;

	id[0] = '\0';
	if (!span_split(&text, ';', &pair) ||
	    !span_eq(span_trim(pair), SPAN_LIT("v=STSv1")))
		return -1;
	while (span_split(&text, ';', &pair)) {
		/* A semicolon may stand at the end. */
		if (span_trim(pair).n == 0 && text.n == 0)
			break;
		if (!take_pair(pair, id)) {
			id[0] = '\0';
			return -2;
		}
	}
	return id[0] != '\0' ? 0 : -2;
}

/* ---- the policy ---- */

static const char *const mode_names[] = {
	[MTA_STS_NONE] = "none",
	[MTA_STS_TESTING] = "testing",
	[MTA_STS_ENFORCE] = "enforce",
};

struct reader {
	struct mta_sts *policy;
	bool version, mode, max_age;
};

static bool
take_version(struct reader *r, struct span value)
{
	r->version = span_eq(value, VERSION);
	return r->version;
}

static bool
take_mode(struct reader *r, struct span value)
{
	for (int i = MTA_STS_NONE; i <= MTA_STS_ENFORCE; i++) {
		if (!span_eq(value, span_str(mode_names[i])))
			continue;
		r->policy->mode = (enum mta_sts_mode)i;
		r->mode = true;
		return true;
	}
	return false;
}

static bool
take_max_age(struct reader *r, struct span value)
{
	uint64_t n;

	if (value.n > 10 || span_u64(value, UINT64_MAX, &n) != 0)
		return false;
	r->policy->max_age =
	    n < MTA_STS_AGE_MAX ? (uint32_t)n : MTA_STS_AGE_MAX;
	r->max_age = true;
	return true;
}

/* Labels; the first one may be "*". */
static bool
is_pattern(struct span s)
{
	struct span label;
	bool first = true;

	if (s.n == 0 || s.n > 255 || s.p[s.n - 1] == '.')
		return false;
	for (; span_split(&s, '.', &label); first = false) {
		if (first && span_eq(label, SPAN_LIT("*")) && s.n > 0)
			continue;
		if (label.n == 0 || label.n > 63)
			return false;
		for (size_t i = 0; i < label.n; i++) {
			if (!alnum(label.p[i]) && label.p[i] != '-')
				return false;
		}
	}
	return true;
}

static bool
take_mx(struct reader *r, struct span value)
{
	struct mta_sts *p = r->policy;

	if (!is_pattern(value) || p->nmx == MTA_STS_MX_MAX)
		return false;
	for (size_t i = 0; i < value.n; i++)
		buf_addc(&p->mx, (char)ascii_lower((unsigned char)value.p[i]));
	buf_addc(&p->mx, '\n');
	p->nmx++;
	return true;
}

/* Of a key that may stand there once the first one counts (section 3.2). */
static bool
take_line(struct reader *r, struct span line)
{
	struct span name;

	line = span_trim(line);
	if (line.n == 0)
		return true;
	if (memchr(line.p, ':', line.n) == NULL)
		return false;
	span_split(&line, ':', &name);
	line = span_trim(line);
	if (span_eq(name, SPAN_LIT("mx")))
		return take_mx(r, line);
	if (span_eq(name, SPAN_LIT("version")))
		return r->version || take_version(r, line);
	if (span_eq(name, SPAN_LIT("mode")))
		return r->mode || take_mode(r, line);
	if (span_eq(name, SPAN_LIT("max_age")))
		return r->max_age || take_max_age(r, line);
	return name.n > 0;
}

int
mta_sts_parse(struct mta_sts *p, struct span text)
{
	struct reader r = { .policy = p };
	struct span line;
	bool good = text.n <= MTA_STS_POLICY_MAX;

	mta_sts_clear(p);
	while (good && span_split(&text, '\n', &line))
		good = take_line(&r, line);
	if (good && r.version && r.mode && r.max_age &&
	    (p->nmx > 0 || p->mode == MTA_STS_NONE))
		return 0;
	mta_sts_clear(p);
	return -1;
}

void
mta_sts_format(struct buf *out, const struct mta_sts *p)
{
	struct span rest = buf_span(&p->mx), pattern;

	buf_addf(out, "version: STSv1\nmode: %s\nmax_age: %u\n",
	    mode_names[p->mode], p->max_age);
	while (span_split(&rest, '\n', &pattern)) {
		if (pattern.n == 0)
			continue;
		buf_adds(out, "mx: ");
		buf_add_span(out, pattern);
		buf_addc(out, '\n');
	}
}

void
mta_sts_copy(struct mta_sts *to, const struct mta_sts *from)
{
	mta_sts_clear(to);
	to->mode = from->mode;
	to->max_age = from->max_age;
	to->nmx = from->nmx;
	buf_add_span(&to->mx, buf_span(&from->mx));
}

void
mta_sts_clear(struct mta_sts *p)
{
	buf_free(&p->mx);
	*p = (struct mta_sts){ 0 };
}

/* ---- hosts ---- */

/* "*" is one label, the first (RFC 6125 section 6.4.3). */
static bool
fits(struct span pattern, struct span host)
{
	const char *dot;

	if (pattern.p[0] != '*')
		return span_ieq(host, pattern);
	dot = host.n > 0 ? memchr(host.p, '.', host.n) : NULL;
	if (dot == NULL || dot == host.p)
		return false;
	return span_ieq(span_sub(host, (size_t)(dot - host.p), host.n),
	    span_sub(pattern, 1, pattern.n));
}

bool
mta_sts_has(const struct mta_sts *p, struct span host)
{
	struct span rest = buf_span(&p->mx), pattern;

	while (span_split(&rest, '\n', &pattern)) {
		if (pattern.n > 0 && fits(pattern, host))
			return true;
	}
	return false;
}
