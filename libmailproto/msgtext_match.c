/* SPDX-License-Identifier: ISC */
#include "config.h" /* memmem() */

#include "msgtext.h"

#include <stdlib.h>

struct msgtext_match {
	size_t n;       /* bytes of the needle */
	size_t matched; /* of them stand at the end of the text so far */
	bool found;
	uint16_t *border; /* border[i]: length of the longest proper prefix
			   * that is a suffix, too, of needle[0..i] */
	char needle[];
};

static size_t
step(const struct msgtext_match *m, size_t matched, char c)
{
	while (matched > 0 && m->needle[matched] != c)
		matched = m->border[matched - 1];
	return m->needle[matched] == c ? matched + 1 : 0;
}

struct msgtext_match *
msgtext_match_new(struct span folded_needle)
{
	struct msgtext_match *m;
	size_t n = folded_needle.n;

	if (n > MSGTEXT_NEEDLE_MAX)
		return NULL;
	m = xcalloc(1, sizeof(*m) + n + 1);
	m->n = n;
	if (n > 0)
		memcpy(m->needle, folded_needle.p, n);
	m->border = xcalloc(n, sizeof(*m->border));
	for (size_t i = 1; i < n; i++) {
		size_t border = step(m, m->border[i - 1], m->needle[i]);

		m->border[i] = (uint16_t)border;
	}
	return m;
}

/* Go on through s, byte by byte, while the match reaches back beyond the begin
 * of s; all: to its end.  Returns true when it is complete. */
static bool
creep(struct msgtext_match *m, struct span s, bool all)
{
	for (size_t i = 0; i < s.n && (all || m->matched > i); i++) {
		m->matched = step(m, m->matched, s.p[i]);
		if (m->matched == m->n)
			return true;
	}
	return false;
}

/* What lies within s alone is memmem's; matches that begin before it or do not
 * end in it are left to the automaton. */
static bool
search(struct msgtext_match *m, struct span s)
{
	if (s.n < m->n)
		return creep(m, s, true);
	if (creep(m, s, false) || memmem(s.p, s.n, m->needle, m->n) != NULL)
		return true;
	m->matched = 0;
	return creep(m, span_sub(s, s.n - (m->n - 1), m->n - 1), true);
}

int
msgtext_match_feed(void *match, struct span folded)
{
	struct msgtext_match *m = match;

	if (!m->found)
		m->found = m->n == 0 || search(m, folded);
	return m->found;
}

void
msgtext_match_reset(struct msgtext_match *m)
{
	m->matched = 0;
	m->found = false;
}

void
msgtext_match_free(struct msgtext_match *m)
{
	if (m == NULL)
		return;
	free(m->border);
	free(m);
}
