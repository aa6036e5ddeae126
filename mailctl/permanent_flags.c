/* SPDX-License-Identifier: ISC */
#include "permanent_flags.h"

#include <stdlib.h>

#include "mail_flags.h"

static bool
has(struct span words, struct span flag)
{
	struct span word;

	while (span_split(&words, ' ', &word)) {
		if (span_ieq(word, flag))
			return true;
	}
	return false;
}

char *
permanent_flags_read(struct span arg)
{
	char *words;

	if (arg.n > 1 &&
	    has(span_sub(arg, 1, arg.n - 2), SPAN_LIT("\\*")))
		return NULL;
	words = mail_flags_read(arg);
	if (words[0] != '\0')
		return words;
	free(words);
	return NULL;
}

static void
add(struct buf *words, struct span word)
{
	buf_adds(words, words->len > 0 ? " " : "");
	buf_add_span(words, word);
}

char *
permanent_flags_keep(const char *permanent, const char *flags, struct buf *lost)
{
	struct span rest = span_str(flags), word;
	struct buf kept = { 0 };

	if (permanent == NULL)
		return xstrdup(flags);
	buf_adds(&kept, "");
	while (span_split(&rest, ' ', &word)) {
		if (has(span_str(permanent), word))
			add(&kept, word);
		else if (!has(buf_span(lost), word))
			add(lost, word);
	}
	return buf_steal(&kept);
}

void
permanent_flags_warn(const struct cmd *c, const char *mailbox,
    const struct buf *lost)
{
	if (lost->len > 0)
		cmd_warn(c, "%s: the server keeps no such flags there, and "
		    "they were left out: %s", mailbox, lost->data);
}
