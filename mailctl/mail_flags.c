/* SPDX-License-Identifier: ISC */
#include "mail_flags.h"

#include <stdlib.h>

#include "imap_write.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* In the order of their letters, which Maildir wants. */
static const struct {
	const char *word;
	unsigned bit;
	char letter;
} flags[] = {
	{ "\\Draft", MAIL_FLAG_DRAFT, 'D' },
	{ "\\Flagged", MAIL_FLAG_FLAGGED, 'F' },
	{ "$Forwarded", MAIL_FLAG_FORWARDED, 'P' },
	{ "\\Answered", MAIL_FLAG_ANSWERED, 'R' },
	{ "\\Seen", MAIL_FLAG_SEEN, 'S' },
	{ "\\Deleted", MAIL_FLAG_DELETED, 'T' },
};

static const char *
known(struct span word)
{
	for (size_t i = 0; i < NELEM(flags); i++) {
		if (span_ieqs(word, flags[i].word))
			return flags[i].word;
	}
	return NULL;
}

static bool
is_flag(struct span word)
{
	return imap_is_atom(word);
}

static int
by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	return strcmp(x, y);
}

struct words {
	char **word;
	size_t len;
};

/* Keywords that differ in case only are the same (RFC 9051 section 2.3.2). */
static void
add(struct words *w, struct span word)
{
	const char *system = known(word);

	if (system == NULL && !is_flag(word))
		return;
	for (size_t i = 0; i < w->len; i++) {
		if (span_ieqs(word, w->word[i]))
			return;
	}
	w->word = xrealloc_array(w->word, w->len + 1, sizeof(w->word[0]));
	w->word[w->len++] = system != NULL ? xstrdup(system) : span_dup(word);
}

static char *
join(struct words *w)
{
	struct buf out = { 0 };

	if (w->len > 1)
		qsort(w->word, w->len, sizeof(w->word[0]), by_name);
	buf_adds(&out, "");
	/* "$" sorts before "\": two rounds. */
	for (int system = 1; system >= 0; system--) {
		for (size_t i = 0; i < w->len; i++) {
			if ((w->word[i][0] == '\\') != system)
				continue;
			buf_adds(&out, out.len > 0 ? " " : "");
			buf_adds(&out, w->word[i]);
		}
	}
	for (size_t i = 0; i < w->len; i++)
		free(w->word[i]);
	free(w->word);
	return buf_steal(&out);
}

char *
mail_flags_read(struct span s)
{
	struct words w = { 0 };
	struct span word;

	if (s.n > 1 && s.p[0] == '(' && s.p[s.n - 1] == ')')
		s = span_sub(s, 1, s.n - 2);
	while (span_split(&s, ' ', &word))
		add(&w, word);
	return join(&w);
}

unsigned
mail_flags_bits(const char *words)
{
	struct span s = span_str(words), word;
	unsigned bits = 0;

	while (span_split(&s, ' ', &word)) {
		for (size_t i = 0; i < NELEM(flags); i++) {
			if (span_ieqs(word, flags[i].word))
				bits |= flags[i].bit;
		}
	}
	return bits;
}

static void
add_word(struct buf *out, struct span word)
{
	if (out->len > 0)
		buf_addc(out, ' ');
	buf_add_span(out, word);
}

void
mail_flags_format(struct buf *out, unsigned bits)
{
	for (size_t i = 0; i < NELEM(flags); i++) {
		if (bits & flags[i].bit)
			add_word(out, span_str(flags[i].word));
	}
}

void
mail_flags_keywords(struct buf *out, const char *words)
{
	struct span s = span_str(words), word;

	while (span_split(&s, ' ', &word)) {
		if (known(word) == NULL)
			add_word(out, word);
	}
}

void
mail_flags_letters(struct buf *out, unsigned bits)
{
	for (size_t i = 0; i < NELEM(flags); i++) {
		if (bits & flags[i].bit)
			buf_addc(out, flags[i].letter);
	}
	for (unsigned i = 0; i < MAIL_KEYWORDS_MAX; i++) {
		if (bits & MAIL_KEYWORD(i))
			buf_addc(out, (char)('a' + i));
	}
}

unsigned
mail_flags_from_letters(struct span letters)
{
	unsigned bits = 0;

	for (size_t i = 0; i < letters.n; i++) {
		for (size_t j = 0; j < NELEM(flags); j++) {
			if (letters.p[i] == flags[j].letter)
				bits |= flags[j].bit;
		}
		if (letters.p[i] >= 'a' && letters.p[i] <= 'z')
			bits |= MAIL_KEYWORD((unsigned)(letters.p[i] - 'a'));
	}
	return bits;
}
