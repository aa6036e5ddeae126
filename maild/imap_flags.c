/* SPDX-License-Identifier: ISC */
#include "imap_flags.h"

#include <stdlib.h>

#include "imap_enable.h"

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{ "\\Answered", STORE_ANSWERED },
	{ "\\Flagged", STORE_FLAGGED },
	{ "\\Deleted", STORE_DELETED },
	{ "\\Seen", STORE_SEEN },
	{ "\\Draft", STORE_DRAFT },
};
#define NFLAGS (sizeof(flags) / sizeof(flags[0]))

void
imap_flags_begin(struct imap_flags *f, struct imap *im)
{
	f->im = im;
	f->text_len = 0;
	if (store_mailbox_keywords(im->store, &im->view.mailbox,
		&f->keywords) != STORE_OK)
		f->keywords.len = 0;
}

/* Of which: STORE_SEEN …, STORE_KEYWORDS. */
static void
write_names(struct imap_flags *f, uint32_t which)
{
	struct buf *out = &f->im->out;
	const char *sep = "";

	for (size_t i = 0; i < NFLAGS; i++) {
		if ((which & flags[i].flag) == 0)
			continue;
		buf_addf(out, "%s%s", sep, flags[i].name);
		sep = " ";
	}
	for (size_t i = 0;
	     (which & STORE_KEYWORDS) != 0 && i < f->keywords.len; i++) {
		buf_adds(out, sep);
		buf_add_span(out, f->keywords.name[i]);
		sep = " ";
	}
}

void
imap_flags_list(struct imap_flags *f)
{
	struct buf *out = &f->im->out;
	uint32_t may;

	f->im->keywords = f->keywords.len;
	buf_adds(out, "* FLAGS (");
	write_names(f, UINT32_MAX);
	buf_adds(out, ")\r\n* OK [PERMANENTFLAGS (");
	if (f->im->readonly) {
		buf_adds(out, ")] Opened read-only\r\n");
		return;
	}
	may = store_flags_allowed(&f->im->view.mailbox);
	write_names(f, may);
	if ((may & STORE_KEYWORDS) == 0) {
		buf_adds(out, ")] Rights are limited\r\n");
		return;
	}
	buf_adds(out, f->keywords.len < STORE_KEYWORDS_MAX ?
	    " \\*)] New keywords may be made\r\n" :
	    ")] There are as many keywords as can be\r\n");
}

void
imap_flags_announce(struct imap_flags *f)
{
	if (f->keywords.len > f->im->keywords)
		imap_flags_list(f);
}

static void
write_all(struct imap_flags *f, const struct store_flags *has, bool recent)
{
	struct buf *out = &f->im->out;
	const char *sep = "";

	buf_adds(out, "FLAGS (");
	for (size_t i = 0; i < NFLAGS; i++) {
		if ((has->system & flags[i].flag) == 0)
			continue;
		buf_adds(out, sep);
		buf_adds(out, flags[i].name);
		sep = " ";
	}
	if (recent) {
		buf_adds(out, sep);
		buf_adds(out, "\\Recent");
		sep = " ";
	}
	for (size_t i = 0; i < f->keywords.len; i++) {
		if ((has->keyword[i / 64] >> i % 64 & 1) == 0)
			continue;
		buf_adds(out, sep);
		buf_add_span(out, f->keywords.name[i]);
		sep = " ";
	}
	buf_addc(out, ')');
}

static void
keep(struct imap_flags *f, const struct store_flags *has, bool recent,
    struct span text)
{
	f->text_len = text.n <= sizeof(f->text) ? text.n : 0;
	memcpy(f->text, text.p, f->text_len);
	f->flags = *has;
	f->recent = recent;
}

void
imap_flags_write(struct imap_flags *f, const struct store_msg *m)
{
	struct buf *out = &f->im->out;
	bool recent = !imap_enabled(f->im, IMAP_REV2) &&
	    seqset_has(&f->im->recent, m->uid);
	size_t begin = out->len;

	if (f->text_len > 0 && recent == f->recent &&
	    m->flags.system == f->flags.system &&
	    memcmp(m->flags.keyword, f->flags.keyword,
		sizeof(f->flags.keyword)) == 0) {
		buf_add(out, f->text, f->text_len);
		return;
	}
	write_all(f, &m->flags, recent);
	keep(f, &m->flags, recent, span_sub(buf_span(out), begin, SIZE_MAX));
}

int
imap_flags_find(const struct store_keywords *k, struct span name)
{
	for (size_t i = 0; i < k->len; i++) {
		if (span_ieq(k->name[i], name))
			return (int)i;
	}
	return -1;
}

static uint32_t
system_flag(struct span name)
{
	for (size_t i = 0; i < NFLAGS; i++) {
		if (span_ieqs(name, flags[i].name))
			return flags[i].flag;
	}
	return 0;
}

static void
add_keyword(struct imap_flag_args *a, struct span name)
{
	for (size_t i = 0; i < a->nkeywords; i++) {
		if (span_ieq(a->keyword[i], name))
			return;
	}
	if (a->nkeywords == a->cap) {
		a->cap = a->cap > 0 ? 2 * a->cap : 4;
		a->keyword = xrealloc_array(a->keyword, a->cap,
		    sizeof(a->keyword[0]));
	}
	a->keyword[a->nkeywords++] = name;
}

static bool
take_flag(struct imap *im, struct imap_flag_args *a)
{
	struct span name;

	if (!imap_flag(&im->cmd.args, &name)) {
		imap_bad(im, "A flag was expected");
		return false;
	}
	if (name.p[0] == '\\') {
		a->system |= system_flag(name);
		return true;
	}
	if (name.n > STORE_KEYWORD_MAX) {
		imap_no(im, "LIMIT", "A keyword has at most %d bytes",
		    STORE_KEYWORD_MAX);
		return false;
	}
	if (a->nkeywords == IMAP_KEYWORDS_MAX) {
		imap_no(im, "LIMIT", "A mailbox has at most %d keywords",
		    IMAP_KEYWORDS_MAX);
		return false;
	}
	add_keyword(a, name);
	return true;
}

bool
imap_flag_args(struct imap *im, bool bare, struct imap_flag_args *out)
{
	struct imap_cursor *c = &im->cmd.args;
	bool list = imap_char(c, '(');

	if (!list && !bare) {
		imap_bad(im, "A list of flags in parentheses was expected");
		return false;
	}
	if (list && imap_char(c, ')'))
		return true;
	do {
		if (!take_flag(im, out))
			return false;
	} while (imap_sp(c));
	if (list && !imap_char(c, ')')) {
		imap_bad(im, "The list of flags has no end");
		return false;
	}
	return true;
}

void
imap_flag_args_clear(struct imap_flag_args *a)
{
	free(a->keyword);
	*a = (struct imap_flag_args){ 0 };
}
