/* SPDX-License-Identifier: ISC */
#include "words.h"

#include <stdlib.h>

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

static char
take(struct span *s)
{
	char ch = s->p[0];

	*s = span_sub(*s, 1, s->n);
	return ch;
}

/* Up to the closing quote, which is behind *s then.  -1: there is none. */
static int
quoted(struct span *s, char quote, struct buf *out)
{
	while (s->n > 0) {
		char ch = take(s);

		if (ch == quote)
			return 0;
		if (ch == '\\' && quote == '"' && s->n > 0 &&
		    (s->p[0] == '"' || s->p[0] == '\\'))
			ch = take(s);
		buf_addc(out, ch);
	}
	return -1;
}

/* The word that *s begins with. */
static int
one_word(struct span *s, struct buf *out, struct buf *err)
{
	while (s->n > 0 && !is_space(s->p[0])) {
		char ch = take(s);

		if (ch == '\0') {
			buf_adds(err, "a NUL byte");
			return -1;
		}
		if (ch == '\'' || ch == '"') {
			if (quoted(s, ch, out) == 0)
				continue;
			buf_addf(err, "a %c that is not closed", ch);
			return -1;
		}
		if (ch == '\\' && s->n > 0)
			ch = take(s);
		buf_addc(out, ch);
	}
	return 0;
}

static int
split(struct words *w, struct span s, struct buf *err)
{
	struct buf word = { 0 };

	while ((s = span_trim(s)).n > 0 && s.p[0] != '#') {
		if (w->n == WORDS_MAX) {
			buf_addf(err, "more than %d words", WORDS_MAX);
			return -1;
		}
		if (one_word(&s, &word, err) < 0) {
			buf_wipe(&word);
			return -1;
		}
		w->word = xrealloc_array(w->word, (size_t)w->n + 2,
		    sizeof(w->word[0]));
		w->word[w->n++] = word.len > 0 ? buf_steal(&word) :
						 xstrdup("");
		w->word[w->n] = NULL;
	}
	return 0;
}

int
words_split(struct words *w, struct span line, struct buf *err)
{
	*w = (struct words){ 0 };
	if (split(w, line, err) == 0)
		return 0;
	words_clear(w);
	return -1;
}

void
words_clear(struct words *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct words){ 0 };
}
