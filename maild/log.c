/* SPDX-License-Identifier: ISC */
#include "log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "log_quote.h"

static struct {
	const char *role;
	enum log_level level;
	bool json;
	int fd;
} dest = { .role = "maild", .level = LOG_LEVEL_INFO, .fd = STDERR_FILENO };

static const char *const level_name[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

void
log_open(const char *role, const char *level, const char *format, int fd)
{
	dest.role = role;
	dest.json = strcmp(format, "json") == 0;
	dest.fd = fd;
	for (unsigned i = 0; i <= LOG_LEVEL_ERROR; i++)
		if (strcmp(level, level_name[i]) == 0)
			dest.level = i;
}

bool
log_wants(enum log_level level)
{
	return level >= dest.level;
}

/* ---- one value ---- */

/* A conversion taken from the list: its argument as text or as a number. */
struct value {
	struct span text;
	bool number; /* JSON needs no quotes */
	char digits[32];
};

enum length { LEN_INT, LEN_LONG, LEN_LLONG, LEN_MAX, LEN_SIZE };

/* Arguments are fetched here and nowhere else: handing the list on to
 * vsnprintf() for one of them would lose the place of the next. */
struct args {
	va_list ap;
};

static uintmax_t
fetch_unsigned(struct args *a, enum length len)
{
	switch (len) {
	case LEN_LONG:
		return va_arg(a->ap, unsigned long);
	case LEN_LLONG:
		return va_arg(a->ap, unsigned long long);
	case LEN_MAX:
		return va_arg(a->ap, uintmax_t);
	case LEN_SIZE:
		return va_arg(a->ap, size_t);
	default:
		return va_arg(a->ap, unsigned int);
	}
}

static intmax_t
fetch_signed(struct args *a, enum length len)
{
	switch (len) {
	case LEN_LONG:
		return va_arg(a->ap, long);
	case LEN_LLONG:
		return va_arg(a->ap, long long);
	case LEN_MAX:
		return va_arg(a->ap, intmax_t);
	case LEN_SIZE:
		return va_arg(a->ap, ssize_t);
	default:
		return va_arg(a->ap, int);
	}
}

static struct span
fetch_string(struct args *a, bool counted)
{
	int n = counted ? va_arg(a->ap, int) : LOG_VALUE_MAX + 1;
	const char *s = va_arg(a->ap, const char *);

	if (s == NULL)
		return counted && n == 0 ? SPAN_LIT("") : SPAN_LIT("-");
	if (n < 0)
		n = 0;
	return span_of(s, counted ? (size_t)n : strnlen(s, (size_t)n));
}

static enum length
parse_length(const char **fmt)
{
	static const struct {
		const char *mark;
		enum length len;
	} marks[] = {
		{ "ll", LEN_LLONG },
		{ "l", LEN_LONG },
		{ "j", LEN_MAX },
		{ "z", LEN_SIZE },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = strlen(marks[i].mark);

		if (strncmp(*fmt, marks[i].mark, n) == 0) {
			*fmt += n;
			return marks[i].len;
		}
	}
	return LEN_INT;
}

/* *fmt stands behind the "%"; afterwards behind the conversion.  False: one
 * that the log does not know, so that nothing behind it can be fetched. */
static bool
convert(const char **fmt, struct args *a, struct value *v)
{
	bool counted = strncmp(*fmt, ".*", 2) == 0;
	enum length len;
	int n = 0;

	if (counted)
		*fmt += 2;
	len = parse_length(fmt);
	v->number = true;
	switch (*(*fmt)++) {
	case 's':
		v->number = false;
		v->text = fetch_string(a, counted);
		return true;
	case 'c':
		v->number = false;
		v->digits[0] = (char)va_arg(a->ap, int);
		n = 1;
		break;
	case 'd':
	case 'i':
		n = snprintf(v->digits, sizeof(v->digits), "%" PRIdMAX,
		    fetch_signed(a, len));
		break;
	case 'u':
		n = snprintf(v->digits, sizeof(v->digits), "%" PRIuMAX,
		    fetch_unsigned(a, len));
		break;
	case 'x':
		v->number = false;
		n = snprintf(v->digits, sizeof(v->digits), "%" PRIxMAX,
		    fetch_unsigned(a, len));
		break;
	default:
		return false;
	}
	v->text = span_of(v->digits, (size_t)n);
	return true;
}

/* ---- the line ---- */

static void
add_time(struct buf *line)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_addf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

static void
add_head(struct buf *line, enum log_level level, const char *event)
{
	if (dest.json)
		buf_adds(line, "{\"time\":\"");
	add_time(line);
	buf_addf(line,
	    dest.json ? "\",\"level\":\"%s\",\"role\":\"%s\",\"event\":\"%s\""
		      : " %s %s %s",
	    level_name[level], dest.role, event);
}

static void
add_pair(struct buf *line, struct span key, const struct value *v)
{
	if (dest.json) {
		buf_addf(line, ",\"%.*s\":", (int)key.n, key.p);
		if (v->number)
			buf_add_span(line, v->text);
		else
			log_quote_json(line, v->text, LOG_VALUE_MAX);
	} else {
		buf_addf(line, " %.*s=", (int)key.n, key.p);
		log_quote_text(line, v->text, LOG_VALUE_MAX);
	}
}

/* The list's next "key=%conversion"; false at its end. */
static bool
next_pair(const char **fmt, struct args *a, struct span *key, struct value *v)
{
	size_t n;

	*fmt += strspn(*fmt, " ");
	if (**fmt == '\0')
		return false;
	n = strcspn(*fmt, "=% ");
	*key = span_of(*fmt, n);
	assert(n > 0 && (*fmt)[n] == '=' && (*fmt)[n + 1] == '%');
	*fmt += n + 2;
	if (!convert(fmt, a, v)) {
		assert(!"a conversion that the log does not know");
		return false;
	}
	assert(**fmt == '\0' || **fmt == ' ');
	return true;
}

static void
add_pairs(struct buf *line, const char *fmt, struct args *a)
{
	struct span key;
	struct value v;

	while (next_pair(&fmt, a, &key, &v)) {
		size_t before = line->len;

		add_pair(line, key, &v);
		/* Half a pair would be a lie; the rest is left out. */
		if (line->failed) {
			line->len = before;
			line->failed = false;
			line->max = LOG_LINE_MAX;
			buf_adds(line,
			    dest.json ? ",\"cut\":true" : " cut=yes");
			return;
		}
	}
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	struct buf line;
	struct args a;
	ssize_t n;

	if (!log_wants(level))
		return;
	buf_init(&line, LOG_LINE_MAX - 16); /* room for "cut" and the end */
	add_head(&line, level, event);
	va_start(a.ap, fmt);
	add_pairs(&line, fmt, &a);
	va_end(a.ap);
	line.max = LOG_LINE_MAX;
	buf_adds(&line, dest.json ? "}\n" : "\n");
	do
		n = write(dest.fd, line.data, line.len);
	while (n < 0 && errno == EINTR);
	buf_free(&line);
}
