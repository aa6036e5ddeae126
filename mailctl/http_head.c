/* SPDX-License-Identifier: ISC */
#include "http_head.h"

#include <string.h>

/* "HTTP/1.1 101 Switching Protocols"; the reason may lack. */
static bool
status_line(struct span line, struct http_head *out)
{
	struct span version, code;
	uint32_t status;

	if (!span_split(&line, ' ', &version) ||
	    !span_eq(version, SPAN_LIT("HTTP/1.1")) ||
	    !span_split(&line, ' ', &code) || code.n != 3 ||
	    span_u32(code, &status) < 0 || status < 100 || status > 599)
		return false;
	out->status = status;
	return true;
}

/* Only of a length that is given once is known where the body ends. */
static bool
field(struct span line, struct http_head *out, bool *has_length)
{
	struct span name;

	if (memchr(line.p, ':', line.n) == NULL ||
	    !span_split(&line, ':', &name) || name.n == 0)
		return false;
	if (!span_ieqs(name, "Content-Length"))
		return true;
	if (*has_length ||
	    span_u64(span_trim(line), INT64_MAX, &out->length) < 0)
		return false;
	*has_length = true;
	return true;
}

/* The next line without its CRLF; its length with it is returned, as by
 * http_head_parse(). */
static ssize_t
next_line(const char *s, size_t n, struct span *line)
{
	const char *lf = n > 0 ? memchr(s, '\n', n) : NULL;

	if (lf == NULL)
		return 0;
	if (lf == s || lf[-1] != '\r')
		return -1;
	*line = span_of(s, (size_t)(lf - s) - 1);
	return lf - s + 1;
}

static ssize_t
parse(const char *s, size_t n, struct http_head *out)
{
	struct span line;
	bool has_length = false;
	size_t at = 0;
	ssize_t took;

	while ((took = next_line(s + at, n - at, &line)) > 0) {
		bool first = at == 0;

		at += (size_t)took;
		if (!first && line.n == 0)
			return (ssize_t)at;
		if (first ? !status_line(line, out) :
			    !field(line, out, &has_length))
			return -1;
	}
	return took;
}

ssize_t
http_head_parse(const char *s, size_t n, struct http_head *out)
{
	ssize_t ret;

	*out = (struct http_head){ 0 };
	ret = parse(s, n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX, out);
	if (ret == 0 && n >= HTTP_HEAD_MAX)
		ret = -1;
	if (ret <= 0)
		*out = (struct http_head){ 0 };
	return ret;
}
