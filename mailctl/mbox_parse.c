/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "header.h"
#include "mail_flags.h"
#include "mbox.h"

/* ---- the From line ---- */

/* The next word, between any number of spaces. */
static bool
word(struct span *s, struct span *out)
{
	while (s->n > 0 && s->p[0] == ' ')
		*s = span_sub(*s, 1, s->n);
	return span_split(s, ' ', out);
}

static bool
is_weekday(struct span s)
{
	static const char days[] = "SunMonTueWedThuFriSat";

	for (size_t i = 0; i + 3 < sizeof(days); i += 3) {
		if (span_ieq(s, span_of(days + i, 3)))
			return true;
	}
	return false;
}

/* "Nov 26 10:00:00 2026", a zone before or behind the year or none. */
static bool
read_date(struct span s, struct mail_date *out)
{
	struct span month, day, time, year, zone;
	struct buf text = { 0 };
	uint64_t n;
	bool ok = word(&s, &month) && word(&s, &day) && word(&s, &time) &&
	    word(&s, &year);

	if (!ok)
		return false;
	if (!word(&s, &zone))
		zone = SPAN_LIT("+0000");
	if (span_u64(year, 9999, &n) < 0) {
		struct span swap = year;

		year = zone;
		zone = swap;
	}
	if (zone.n != 5 || (zone.p[0] != '+' && zone.p[0] != '-'))
		zone = SPAN_LIT("+0000");
	buf_addf(&text, "%s%.*s-%.*s-%.*s %.*s%s %.*s", day.n == 1 ? "0" : "",
	    (int)day.n, day.p, (int)month.n, month.p, (int)year.n, year.p,
	    (int)time.n, time.p, time.n == 5 ? ":00" : "", (int)zone.n,
	    zone.p);
	ok = !text.failed && date_parse_imap(buf_span(&text), out) == 0;
	buf_free(&text);
	return ok;
}

#define FROM_LINE_MAX 1024

bool
mbox_from_line(struct span line, struct mail_date *date)
{
	struct span rest, w;

	line = span_trim(line);
	if (line.n < 5 || line.n > FROM_LINE_MAX ||
	    memcmp(line.p, "From ", 5) != 0)
		return false;
	rest = span_sub(line, 5, line.n);
	/* A sender may hold spaces; the date is what is certain. */
	while (word(&rest, &w)) {
		if (is_weekday(w) && read_date(rest, date))
			return true;
	}
	return false;
}

/* ---- the flags ---- */

static const struct {
	char letter;
	unsigned bit;
} letters[] = {
	{ 'R', MAIL_FLAG_SEEN },
	{ 'A', MAIL_FLAG_ANSWERED },
	{ 'D', MAIL_FLAG_DELETED },
	{ 'F', MAIL_FLAG_FLAGGED },
	{ 'T', MAIL_FLAG_DRAFT },
};

static void
add_letters(struct buf *flags, struct span value)
{
	unsigned bits = 0;

	for (size_t i = 0; i < value.n; i++) {
		for (size_t j = 0; j < sizeof(letters) / sizeof(letters[0]);
		     j++) {
			if (value.p[i] == letters[j].letter)
				bits |= letters[j].bit;
		}
	}
	mail_flags_format(flags, bits);
}

enum { FIELD_STATUS, FIELD_KEYWORDS, FIELD_ID, FIELD_OTHER };

static int
field_of(struct span name)
{
	if (span_ieqs(name, "Status") || span_ieqs(name, "X-Status"))
		return FIELD_STATUS;
	if (span_ieqs(name, "X-Keywords"))
		return FIELD_KEYWORDS;
	return span_ieqs(name, "X-Exported") ? FIELD_ID : FIELD_OTHER;
}

/* The fields from *rest on, up to X-Exported or, if all, to the header's end.
 * False: it was not met. */
static bool
read_fields(struct span *rest, bool all, struct buf *flags, struct span *id)
{
	struct header_field f;

	while (header_next(rest, &f)) {
		int kind = field_of(f.name);
		struct span value = span_trim(f.value);

		if (kind == FIELD_STATUS) {
			add_letters(flags, value);
		} else if (kind == FIELD_KEYWORDS) {
			buf_addc(flags, ' ');
			buf_add_span(flags, value);
		} else if (!all && kind == FIELD_ID) {
			*id = value;
			return value.n <= MBOX_ID_MAX;
		} else if (!all) {
			return false;
		}
	}
	return false;
}

/* Ours stand first and go; those of others tell flags and stay. */
static void
read_flags(struct mbox_message *m)
{
	struct buf flags = { 0 };
	struct span rest = m->body;

	if (read_fields(&rest, false, &flags, &m->id)) {
		m->body = rest;
	} else {
		buf_clear(&flags);
		m->id = span_of(NULL, 0);
		rest = m->body;
		read_fields(&rest, true, &flags, &m->id);
	}
	m->flags = mail_flags_read(buf_span(&flags));
	buf_free(&flags);
}

/* ---- lines ---- */

static int
end_message(struct mbox_parser *p)
{
	struct mbox_message m = { .body = buf_span(&p->message),
		.date = p->date };
	int ret;

	if (!p->open)
		return 0;
	/* The empty line before the next From line is the file's. */
	if (p->blank && m.body.n >= 2)
		m.body.n -= 2;
	read_flags(&m);
	ret = p->fn(p->arg, &m);
	free(m.flags);
	buf_clear(&p->message);
	p->open = false;
	return ret;
}

static bool
is_quoted(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == '>')
		n++;
	return n > 0 && line.n >= n + 5 &&
	    memcmp(line.p + n, "From ", 5) == 0;
}

static int
begin_message(struct mbox_parser *p)
{
	int ret = end_message(p);

	p->message.max = MBOX_MESSAGE_MAX;
	p->start = p->at;
	p->open = true;
	p->blank = false;
	return ret;
}

/* line is without its end. */
static int
take_line(struct mbox_parser *p, struct span line)
{
	struct mail_date date;
	bool from;

	from = (p->blank || !p->open) && mbox_from_line(line, &date);
	if (from) {
		int ret = begin_message(p);

		p->date = date;
		return ret;
	}
	if (!p->open)
		return line.n == 0 ? 0 : -1;
	p->blank = line.n == 0;
	if (is_quoted(line))
		line = span_sub(line, 1, line.n);
	buf_add_span(&p->message, line);
	buf_adds(&p->message, "\r\n");
	return p->message.failed ? -1 : 0;
}

/* A file that has CRLF line ends has them on From lines, too. */
static struct span
whole_line(struct mbox_parser *p)
{
	struct span line = buf_span(&p->line);
	bool cr = line.n > 0 && line.p[line.n - 1] == '\r';

	if (!p->open)
		p->crlf = cr;
	if (cr && p->crlf)
		line.n--;
	return line;
}

int
mbox_feed(struct mbox_parser *p, struct span s)
{
	const char *lf;
	int ret = 0;

	p->line.max = MBOX_MESSAGE_MAX;
	while (ret == 0 && s.n > 0) {
		lf = memchr(s.p, '\n', s.n);
		if (lf == NULL) {
			buf_add_span(&p->line, s);
			return p->line.failed ? -1 : 0;
		}
		buf_add(&p->line, s.p, (size_t)(lf - s.p));
		if (p->line.failed)
			return -1;
		ret = take_line(p, whole_line(p));
		p->at += p->line.len + 1;
		buf_clear(&p->line);
		s = span_sub(s, (size_t)(lf - s.p) + 1, s.n);
	}
	return ret;
}

int
mbox_end(struct mbox_parser *p)
{
	int ret = 0;

	if (p->line.len > 0)
		ret = take_line(p, whole_line(p));
	return ret != 0 ? ret : end_message(p);
}

void
mbox_clear(struct mbox_parser *p)
{
	buf_free(&p->line);
	buf_free(&p->message);
}
