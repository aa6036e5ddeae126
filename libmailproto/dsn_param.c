/* SPDX-License-Identifier: ISC */
#include "dsn_param.h"

#include "smtp_cmd.h"

static const struct {
	const char *word;
	unsigned bit;
} notifies[] = {
	{ "NEVER", DSN_NOTIFY_NEVER },
	{ "SUCCESS", DSN_NOTIFY_SUCCESS },
	{ "FAILURE", DSN_NOTIFY_FAILURE },
	{ "DELAY", DSN_NOTIFY_DELAY },
};
#define NNOTIFIES (sizeof(notifies) / sizeof(notifies[0]))

static unsigned
notify_bit(struct span word)
{
	for (size_t i = 0; i < NNOTIFIES; i++) {
		if (span_ieqs(word, notifies[i].word))
			return notifies[i].bit;
	}
	return 0;
}

/* NEVER stands alone, the others once each. */
int
dsn_notify_parse(struct span s, unsigned *out)
{
	unsigned notify = 0, bit;
	struct span word;

	*out = 0;
	if (s.n == 0 || s.p[s.n - 1] == ',')
		return -1;
	while (span_split(&s, ',', &word)) {
		bit = notify_bit(word);
		if (bit == 0 || (notify & bit) != 0)
			return -1;
		notify |= bit;
	}
	if ((notify & DSN_NOTIFY_NEVER) != 0 && notify != DSN_NOTIFY_NEVER)
		return -1;
	*out = notify;
	return 0;
}

int
dsn_ret_parse(struct span s, enum dsn_ret *out)
{
	*out = span_ieqs(s, "FULL")   ? DSN_RET_FULL
	       : span_ieqs(s, "HDRS") ? DSN_RET_HDRS
				      : DSN_RET_DEFAULT;
	return *out != DSN_RET_DEFAULT ? 0 : -1;
}

/* What xtext stands for must be printable (RFC 3461 section 4). */
static bool
xtext_ok(struct span s)
{
	struct buf out = { 0 };
	bool ok = s.n > 0 && smtp_xtext_decode(&out, s) == 0;

	for (size_t i = 0; ok && i < out.len; i++)
		ok = out.data[i] >= ' ' && out.data[i] < 0x7f;
	buf_free(&out);
	return ok;
}

bool
dsn_envid_ok(struct span s)
{
	return s.n <= DSN_ENVID_MAX && xtext_ok(s);
}

/* utf-8-addr-xtext, -unitext: printable, without what ends a parameter; how
 * "\x{…}" is written within is the receiver's to judge (RFC 6533 section 3). */
static bool
unitext_ok(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f || c == '=')
			return false;
	}
	return s.n > 0;
}

bool
dsn_orcpt_ok(struct span s)
{
	struct span type;

	if (s.n > DSN_ORCPT_MAX || !span_split(&s, ';', &type))
		return false;
	if (span_ieqs(type, "utf-8"))
		return unitext_ok(s);
	for (size_t i = 0; i < type.n; i++) {
		if (!ascii_alpha(type.p[i]) && !ascii_digit(type.p[i]) &&
		    type.p[i] != '-')
			return false;
	}
	return type.n > 0 && xtext_ok(s);
}

void
dsn_notify_write(struct buf *out, unsigned notify)
{
	const char *before = " NOTIFY=";

	for (size_t i = 0; i < NNOTIFIES; i++) {
		if ((notify & notifies[i].bit) == 0)
			continue;
		buf_addf(out, "%s%s", before, notifies[i].word);
		before = ",";
	}
}

void
dsn_ret_write(struct buf *out, enum dsn_ret ret)
{
	if (ret != DSN_RET_DEFAULT)
		buf_addf(out, " RET=%s", ret == DSN_RET_FULL ? "FULL" : "HDRS");
}

void
dsn_xtext_encode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '+' || c == '=')
			buf_addf(out, "+%02X", c);
		else
			buf_addc(out, (char)c);
	}
}
