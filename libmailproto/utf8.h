/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_UTF8_H
#define MAILPROTO_UTF8_H

#include "span.h"

/*
 * UTF-8 (RFC 3629), character by character.  What is valid stands in
 * charset.h: utf8_valid().
 */

/* Bytes at the start of s that are ASCII; fast. */
size_t utf8_ascii_run(struct span s);

/* Bytes of whole characters at the start of s (valid UTF-8), at most max. */
size_t utf8_fit(struct span s, size_t max);

/* Bytes at the start of s that are whole, valid characters. */
size_t utf8_valid_run(struct span s);

/* The character at the start of s (s.n > 0).  >0: its bytes; 0: s ends within
 * one that may become valid; -1: the first byte begins none. */
int utf8_next(struct span s, uint32_t *cp);

/* Write cp, at most 4 bytes; returns their number. */
size_t utf8_put(char *to, uint32_t cp);

#endif
