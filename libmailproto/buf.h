/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BUF_H
#define MAILPROTO_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/*
 * A growing byte buffer with a hard maximum.  A zeroed buf is empty, valid,
 * and limited to BUF_MAX_DEFAULT.  What would pass the limit is not added,
 * not even in part, and sets failed; failed stays set until buf_clear(), so
 * that a run of adds needs one check at its end.
 *
 * data is NUL-terminated once anything was added (the NUL is not counted).
 */
#define BUF_MAX_DEFAULT ((size_t)16 << 20)

struct buf {
	char *data;
	size_t len, cap;
	size_t max; /* 0: BUF_MAX_DEFAULT */
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* buf_reserve() where the memory must grow, or may not. */
char *buf_grow(struct buf *b, size_t n);
/* Room for n more bytes, to be written at the returned place and then made
 * part of the buffer by adding to len.  NULL: over the limit, failed is set. */
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	return b->cap > b->len && n < b->cap - b->len && !b->failed ?
	    b->data + b->len : buf_grow(b, n);
}

static inline void
buf_add(struct buf *b, const void *p, size_t n)
{
	char *at = buf_reserve(b, n);

	if (at == NULL)
		return;
	if (n > 0)
		memcpy(at, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void
buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

static inline void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Drop n bytes (at most len) from the front. */
void buf_consume(struct buf *b, size_t n);

struct span buf_span(const struct buf *b);

/* Empty again; keeps the memory and the limit, and resets failed. */
void buf_clear(struct buf *b);

/* Frees the memory and makes b empty; the limit stays. */
void buf_free(struct buf *b);

/* Overwrite the content before it is freed: for passwords and tokens. */
void buf_wipe(struct buf *b);

/* The content as an allocated string that the caller frees; b is empty
 * afterwards. */
char *buf_steal(struct buf *b);

/*
 * Allocation that may end the process: every size that a peer controls is
 * capped before it gets here.  xrealloc_array fails on overflow, too.
 */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *p, size_t count, size_t size);
char *xstrdup(const char *s);

#endif
