/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "address.h"
#include "header.h"
#include "mail_flags.h"
#include "mbox.h"

/* ---- the From line ---- */

static bool
add_sender(struct buf *out, struct span header, const char *field)
{
	struct address_list l = { 0 };
	struct buf text = { 0 };
	struct header_field f;
	struct mailbox_addr addr;
	bool ok = false;

	if (!header_find(header, field, &f))
		return false;
	address_list_parse(&l, f.value);
	for (size_t i = 0; i < l.len && !ok; i++) {
		const struct address *a = &l.addr[i];

		if (a->kind != ADDRESS_MAILBOX || a->host == NULL)
			continue;
		buf_clear(&text);
		buf_addf(&text, "%s@%s", a->mailbox, a->host);
		/* Quoted ones may hold a space. */
		ok = mailbox_addr_parse(buf_span(&text), true, &addr) == 0 &&
		    memchr(text.data, ' ', text.len) == NULL;
	}
	if (ok)
		buf_add_span(out, buf_span(&text));
	address_list_clear(&l);
	buf_free(&text);
	return ok;
}

/* asctime() in UTC, in English whatever the locale. */
static void
add_date(struct buf *out, int64_t sec)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)sec;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	buf_addf(out, "%.3s %.3s %2d %02d:%02d:%02d %04d",
	    days + (size_t)tm.tm_wday * 3, months + (size_t)tm.tm_mon * 3,
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}

/* ---- the flags ---- */

static void
add_fields(struct buf *out, const char *flags)
{
	unsigned bits = mail_flags_bits(flags);
	struct buf keywords = { 0 };

	/* "O": it is no new mail any more. */
	buf_addf(out, "Status: %sO\n", bits & MAIL_FLAG_SEEN ? "R" : "");
	buf_addf(out, "X-Status: %s%s%s%s\n",
	    bits & MAIL_FLAG_ANSWERED ? "A" : "",
	    bits & MAIL_FLAG_DELETED ? "D" : "",
	    bits & MAIL_FLAG_FLAGGED ? "F" : "",
	    bits & MAIL_FLAG_DRAFT ? "T" : "");
	if (bits & MAIL_FLAG_FORWARDED)
		buf_adds(&keywords, "$Forwarded");
	mail_flags_keywords(&keywords, flags);
	if (keywords.len > 0)
		buf_addf(out, "X-Keywords: %s\n", keywords.data);
	buf_free(&keywords);
}

void
mbox_write_head(struct buf *out, struct span body, struct mail_date date,
    const char *flags, const char *id)
{
	struct span header = span_sub(body, 0, header_length(body));

	buf_adds(out, "From ");
	if (!add_sender(out, header, "Return-Path") &&
	    !add_sender(out, header, "From"))
		buf_adds(out, "MAILER-DAEMON");
	buf_addc(out, ' ');
	add_date(out, date.sec);
	buf_addc(out, '\n');
	add_fields(out, flags);
	buf_addf(out, "X-Exported: %s\n", id);
}

/* ---- the body ---- */

static bool
wants_quote(struct span line)
{
	while (line.n > 0 && line.p[0] == '>')
		line = span_sub(line, 1, line.n);
	return line.n >= 5 && memcmp(line.p, "From ", 5) == 0;
}

static bool
put(FILE *file, struct span s)
{
	return fwrite(s.p, 1, s.n, file) == s.n;
}

int
mbox_write_body(FILE *file, struct span body)
{
	struct span line;

	while (span_split(&body, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if ((wants_quote(line) && !put(file, SPAN_LIT(">"))) ||
		    !put(file, line) || !put(file, SPAN_LIT("\n")))
			return -1;
	}
	return put(file, SPAN_LIT("\n")) ? 0 : -1;
}

uint64_t
mbox_size(struct span body)
{
	uint64_t n = 0;
	struct span line;

	while (span_split(&body, '\n', &line))
		n += line.n + (line.n > 0 && line.p[line.n - 1] == '\r' ? 1 : 2);
	return n;
}
