/* SPDX-License-Identifier: ISC */
#ifndef TESTS_IMAP_GRAMMAR_H
#define TESTS_IMAP_GRAMMAR_H

#include "span.h"

/*
 * The grammar of RFC 9051 section 9 for envelope and body, as recognisers: each
 * takes what it names off the front of s, and returns false where that is not
 * what stands there.  They share no code with what writes it.
 */

static inline bool
g_lit(struct span *s, const char *word)
{
	struct span w = span_str(word);

	if (!span_iprefix(*s, w))
		return false;
	*s = span_sub(*s, w.n, SIZE_MAX);
	return true;
}

static inline bool
g_number(struct span *s)
{
	size_t n = 0;

	while (n < s->n && ascii_digit(s->p[n]))
		n++;
	*s = span_sub(*s, n, SIZE_MAX);
	return n > 0;
}

static inline bool
g_quoted(struct span *s)
{
	if (!g_lit(s, "\""))
		return false;
	while (s->n > 0 && s->p[0] != '"') {
		size_t n = s->p[0] == '\\' ? 2 : 1;

		if (s->p[0] == '\r' || s->p[0] == '\n' || s->p[0] == '\0' ||
		    (s->p[0] & 0x80) != 0)
			return false;
		if (n == 2 && (s->n < 2 ||
		    (s->p[1] != '"' && s->p[1] != '\\')))
			return false;
		*s = span_sub(*s, n, SIZE_MAX);
	}
	return g_lit(s, "\"");
}

static inline bool
g_literal(struct span *s)
{
	uint64_t n = 0;

	if (!g_lit(s, "{"))
		return false;
	while (s->n > 0 && ascii_digit(s->p[0]) && n < SIZE_MAX / 20) {
		n = n * 10 + (uint64_t)(s->p[0] - '0');
		*s = span_sub(*s, 1, SIZE_MAX);
	}
	if (!g_lit(s, "}\r\n") || n > s->n ||
	    memchr(s->p, '\0', (size_t)n) != NULL ||
	    memchr(s->p, '\r', (size_t)n) != NULL ||
	    memchr(s->p, '\n', (size_t)n) != NULL)
		return false;
	*s = span_sub(*s, (size_t)n, SIZE_MAX);
	return true;
}

static inline bool
g_string(struct span *s)
{
	return s->n > 0 && (s->p[0] == '{' ? g_literal(s) : g_quoted(s));
}

static inline bool
g_nstring(struct span *s)
{
	return g_lit(s, "NIL") || g_string(s);
}

/* addr-mailbox NIL: end of a group; addr-host NIL: its start. */
static inline bool
g_address(struct span *s)
{
	return g_lit(s, "(") && g_nstring(s) && g_lit(s, " ") &&
	    g_nstring(s) && g_lit(s, " ") && g_nstring(s) && g_lit(s, " ") &&
	    g_nstring(s) && g_lit(s, ")");
}

static inline bool
g_addresses(struct span *s)
{
	if (g_lit(s, "NIL"))
		return true;
	if (!g_lit(s, "(") || !g_address(s))
		return false;
	while (!g_lit(s, ")")) {
		if (!g_address(s))
			return false;
	}
	return true;
}

static inline bool
g_envelope(struct span *s)
{
	bool ok = g_lit(s, "(") && g_nstring(s) && g_lit(s, " ") &&
	    g_nstring(s) && g_lit(s, " ");

	for (int i = 0; i < 6; i++)
		ok = ok && g_addresses(s) && g_lit(s, " ");
	return ok && g_nstring(s) && g_lit(s, " ") && g_nstring(s) &&
	    g_lit(s, ")");
}

static inline bool
g_params(struct span *s)
{
	if (g_lit(s, "NIL"))
		return true;
	if (!g_lit(s, "("))
		return false;
	do {
		if (!g_string(s) || !g_lit(s, " ") || !g_string(s))
			return false;
	} while (g_lit(s, " "));
	return g_lit(s, ")");
}

static inline bool
g_disposition(struct span *s)
{
	return g_lit(s, "NIL") ||
	    (g_lit(s, "(") && g_string(s) && g_lit(s, " ") && g_params(s) &&
	    g_lit(s, ")"));
}

static inline bool
g_languages(struct span *s)
{
	if (!g_lit(s, "("))
		return g_nstring(s);
	do {
		if (!g_string(s))
			return false;
	} while (g_lit(s, " "));
	return g_lit(s, ")");
}

static inline bool
g_extension(struct span *s)
{
	return g_lit(s, " ") && g_disposition(s) && g_lit(s, " ") &&
	    g_languages(s) && g_lit(s, " ") && g_nstring(s);
}

static inline bool g_body(struct span *s, bool extended);

static inline bool
g_multipart(struct span *s, bool extended)
{
	do {
		if (!g_body(s, extended))
			return false;
	} while (s->n > 0 && s->p[0] == '(');
	return g_lit(s, " ") && g_string(s) &&
	    (!extended || (g_lit(s, " ") && g_params(s) && g_extension(s)));
}

static inline bool
g_single(struct span *s, bool extended)
{
	bool text = span_iprefix(*s, SPAN_LIT("\"text\" "));
	bool message = span_iprefix(*s, SPAN_LIT("\"message\" \"rfc822\" ")) ||
	    span_iprefix(*s, SPAN_LIT("\"message\" \"global\" "));

	if (span_iprefix(*s, SPAN_LIT("\"multipart\"")))
		return false;
	return g_string(s) && g_lit(s, " ") && g_string(s) && g_lit(s, " ") &&
	    g_params(s) && g_lit(s, " ") && g_nstring(s) && g_lit(s, " ") &&
	    g_nstring(s) && g_lit(s, " ") && g_string(s) && g_lit(s, " ") &&
	    g_number(s) &&
	    (!message || (g_lit(s, " ") && g_envelope(s) && g_lit(s, " ") &&
	    g_body(s, extended))) &&
	    (!(text || message) || (g_lit(s, " ") && g_number(s))) &&
	    (!extended || (g_lit(s, " ") && g_nstring(s) && g_extension(s)));
}

static inline bool
g_body(struct span *s, bool extended)
{
	bool multipart;

	if (!g_lit(s, "(") || s->n == 0)
		return false;
	multipart = s->p[0] == '(';
	return (multipart ? g_multipart(s, extended) : g_single(s, extended)) &&
	    g_lit(s, ")");
}

#endif
