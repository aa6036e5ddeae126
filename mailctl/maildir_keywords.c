/* SPDX-License-Identifier: ISC */
#include "maildir_keywords.h"

#include <errno.h>
#include <stdlib.h>

#include "atomic_file.h"
#include "mail_file.h"
#include "maildir_name.h"
#include "slurp.h"

#define FILE_MAX ((size_t)1 << 20)

void
maildir_keywords_clear(struct maildir_keywords *k)
{
	for (size_t i = 0; i < MAILDIR_KEYWORDS_MAX; i++)
		free(k->word[i]);
	*k = (struct maildir_keywords){ 0 };
}

/* ---- the file ---- */

/* NULL: that is no keyword. */
static char *
keyword(struct span word)
{
	char *flags = mail_flags_read(word);
	struct buf out = { 0 };

	if (memchr(word.p, ' ', word.n) == NULL)
		mail_flags_keywords(&out, flags);
	free(flags);
	return out.len > 0 ? buf_steal(&out) : NULL;
}

void
maildir_keywords_parse(struct maildir_keywords *k, struct span text)
{
	struct span line, number;
	uint32_t i;

	while (span_split(&text, '\n', &line)) {
		if (span_split(&line, ' ', &number) &&
		    span_u32(number, &i) == 0 && i < MAILDIR_KEYWORDS_MAX &&
		    k->word[i] == NULL && line.n > 0)
			k->word[i] = keyword(line);
	}
}

void
maildir_keywords_format(struct buf *out, const struct maildir_keywords *k)
{
	for (size_t i = 0; i < MAILDIR_KEYWORDS_MAX; i++) {
		if (k->word[i] != NULL)
			buf_addf(out, "%zu %s\n", i, k->word[i]);
	}
}

static int
note_letters(void *arg, const char *folder, const char *name)
{
	struct maildir_keywords *k = arg;
	struct maildir_name n;

	(void)folder;
	if (maildir_name_parse(&n, span_str(name)) == 0)
		k->used |= n.flags;
	return 0;
}

int
maildir_keywords_read(struct maildir_keywords *k, const struct cmd *c,
    const char *folder)
{
	struct buf path = { 0 }, text = { .max = FILE_MAX };
	int ret = 0;

	*k = (struct maildir_keywords){ 0 };
	buf_addf(&path, "%s/" MAILDIR_KEYWORDS_FILE, folder);
	if (slurp_file(path.data, &text) == 0)
		maildir_keywords_parse(k, buf_span(&text));
	else if (errno != ENOENT)
		ret = mail_file_fail(c, EX_NOINPUT, path.data);
	buf_clear(&path);
	buf_addf(&path, "%s/cur", folder);
	if (ret == 0)
		ret = mail_file_each(c, path.data, note_letters, k);
	buf_free(&path);
	buf_free(&text);
	return ret;
}

int
maildir_keywords_write(struct maildir_keywords *k, const struct cmd *c,
    const char *folder)
{
	struct buf path = { 0 }, text = { 0 };
	int ret = 0;

	if (!k->changed)
		return 0;
	buf_addf(&path, "%s/" MAILDIR_KEYWORDS_FILE, folder);
	maildir_keywords_format(&text, k);
	if (atomic_file_write(path.data, buf_span(&text)) < 0)
		ret = mail_file_fail(c, EX_CANTCREAT, path.data);
	k->changed = ret != 0;
	buf_free(&path);
	buf_free(&text);
	return ret;
}

/* ---- letters ---- */

unsigned
maildir_keywords_known(const struct maildir_keywords *k)
{
	unsigned known = MAIL_FLAGS_ALL;

	for (unsigned i = 0; i < MAILDIR_KEYWORDS_MAX; i++)
		known |= k->word[i] != NULL ? MAIL_KEYWORD(i) : 0;
	return known;
}

/* 0: all letters are taken. */
static unsigned
bit_of(struct maildir_keywords *k, struct span word)
{
	for (unsigned i = 0; i < MAILDIR_KEYWORDS_MAX; i++) {
		if (k->word[i] != NULL && span_ieqs(word, k->word[i]))
			return MAIL_KEYWORD(i);
	}
	for (unsigned i = 0; i < MAILDIR_KEYWORDS_MAX; i++) {
		if (k->word[i] != NULL || (k->used & MAIL_KEYWORD(i)))
			continue;
		k->word[i] = span_dup(word);
		k->changed = true;
		return MAIL_KEYWORD(i);
	}
	return 0;
}

unsigned
maildir_keywords_bits(struct maildir_keywords *k, const char *flags)
{
	unsigned bits = mail_flags_bits(flags);
	struct buf keywords = { 0 };
	struct span rest, word;

	mail_flags_keywords(&keywords, flags);
	rest = buf_span(&keywords);
	while (span_split(&rest, ' ', &word))
		bits |= bit_of(k, word);
	buf_free(&keywords);
	return bits;
}

void
maildir_keywords_words(struct buf *out, const struct maildir_keywords *k,
    unsigned bits)
{
	mail_flags_format(out, bits);
	for (unsigned i = 0; i < MAILDIR_KEYWORDS_MAX; i++) {
		if ((bits & MAIL_KEYWORD(i)) && k->word[i] != NULL)
			buf_addf(out, "%s%s", out->len > 0 ? " " : "",
			    k->word[i]);
	}
}
