/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SPAN_H
#define MAILPROTO_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A borrowed run of bytes, not terminated.  A zeroed span is empty.  Whoever
 * hands one out says how long it lives; in a command it is the command.
 */
struct span {
	const char *p;
	size_t n;
};

/* A span of a string literal, without its NUL. */
#define SPAN_LIT(s) ((struct span){ (s), sizeof(s) - 1 })

static inline struct span
span_of(const char *p, size_t n)
{
	return (struct span){ p, n };
}

static inline struct span
span_str(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* Behind its last byte; of no bytes, where they would be. */
static inline const char *
span_end(struct span s)
{
	return s.n > 0 ? s.p + s.n : s.p;
}

/* The part from byte off on, at most n bytes of it; clipped to s. */
static inline struct span
span_sub(struct span s, size_t off, size_t n)
{
	if (off > s.n)
		off = s.n;
	if (n > s.n - off)
		n = s.n - off;
	return span_of(n > 0 ? s.p + off : s.p, n);
}

static inline bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Equal but for the case of ASCII letters, whatever the locale. */
bool span_ieq(struct span a, struct span b);
bool span_ieqs(struct span a, const char *s);

/* True when s begins with prefix, ASCII case ignored. */
bool span_iprefix(struct span s, struct span prefix);

/* Without space, tab, CR and LF at both ends. */
struct span span_trim(struct span s);

/* No byte of it is beyond ASCII. */
bool span_is_ascii(struct span s);

/* Decimal digits only, no sign, value <= max.  -1: anything else. */
int span_u64(struct span s, uint64_t max, uint64_t *out);
int span_u32(struct span s, uint32_t *out);

/* Text up to the first sep, which goes into *head; *s becomes the rest behind
 * it.  Without a sep *head is all and *s is empty.  False: *s was empty. */
bool span_split(struct span *s, char sep, struct span *head);

/* Insertions, deletions and substitutions that make b of a; SIZE_MAX where one
 * is longer than names are. */
size_t span_distance(struct span a, struct span b);

/* A NUL-terminated copy that the caller frees; never NULL. */
char *span_dup(struct span s);

/* ASCII only, whatever the locale. */
int ascii_lower(int c);
int ascii_upper(int c);
bool ascii_alpha(int c);
bool ascii_digit(int c);
int ascii_hex(int c); /* the value of a digit of either case, or -1 */

#endif
