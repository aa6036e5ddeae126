/* SPDX-License-Identifier: ISC */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>

static void *
checked(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
xmalloc(size_t n)
{
	return checked(malloc(n > 0 ? n : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xrealloc_array(void *p, size_t count, size_t size)
{
	if (count == 0 || size == 0)
		count = size = 1;
	return checked(reallocarray(p, count, size));
}

char *
xstrdup(const char *s)
{
	return span_dup(span_str(s));
}

static size_t
limit(const struct buf *b)
{
	return b->max > 0 ? b->max : BUF_MAX_DEFAULT;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

char *
buf_grow(struct buf *b, size_t n)
{
	size_t want, cap;

	if (b->failed || n > limit(b) - b->len) {
		b->failed = true;
		return NULL;
	}
	want = b->len + n + 1;
	if (want > b->cap) {
		cap = b->cap > 0 ? b->cap : 64;
		while (cap < want)
			cap *= 2;
		/* What buf_reserve() finds there is within the limit. */
		if (cap > limit(b) + 1)
			cap = limit(b) + 1;
		b->data = xrealloc_array(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *at;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	at = buf_reserve(b, (size_t)n);
	if (at == NULL)
		return;
	vsnprintf(at, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	b->data[b->len] = '\0';
}

struct span
buf_span(const struct buf *b)
{
	return span_of(b->data != NULL ? b->data : "", b->len);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

char *
buf_steal(struct buf *b)
{
	char *s = b->data != NULL ? b->data : xstrdup("");

	*b = (struct buf){ .max = b->max };
	return s;
}
