/* SPDX-License-Identifier: ISC */
#include "sync_state.h"

#include <inttypes.h>
#include <stdlib.h>

#include "mail_flags.h"
#include "manifest.h"

#define HEADER     "mailctl-sync 2"
#define HEADER_OLD "mailctl-sync 1" /* knew of no keywords */

void
sync_state_clear(struct sync_state *s)
{
	for (size_t i = 0; i < s->len; i++)
		free(s->entry[i].unique);
	free(s->entry);
	free(s->name);
	*s = (struct sync_state){ 0 };
}

void
sync_state_add(struct sync_state *s, uint32_t uid, unsigned flags,
    struct span unique)
{
	if (s->len == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 64;
		s->entry = xrealloc_array(s->entry, s->cap,
		    sizeof(s->entry[0]));
	}
	s->entry[s->len++] = (struct sync_entry){ .uid = uid, .flags = flags,
		.unique = span_dup(unique) };
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct sync_entry *)a)->uid;
	uint32_t y = ((const struct sync_entry *)b)->uid;

	return x < y ? -1 : x > y;
}

struct sync_entry *
sync_state_find(const struct sync_state *s, uint32_t uid)
{
	struct sync_entry key = { .uid = uid };

	if (s->len == 0)
		return NULL;
	return bsearch(&key, s->entry, s->len, sizeof(key), by_uid);
}

/* ---- writing ---- */

void
sync_state_format(struct buf *out, struct sync_state *s)
{
	char hash[MANIFEST_HASH_LEN + 1];
	uint32_t last = 0;

	if (s->len > 1)
		qsort(s->entry, s->len, sizeof(s->entry[0]), by_uid);
	out->max = SYNC_STATE_MAX;
	buf_addf(out, HEADER "\nmailbox %" PRIu32 " %" PRIu64 " %s\n",
	    s->uidvalidity, s->modseq, s->name);
	for (size_t i = 0; i < s->len; i++) {
		const struct sync_entry *e = &s->entry[i];

		/* A server may give one UID to two messages. */
		if (e->dropped || e->uid == last)
			continue;
		last = e->uid;
		buf_addf(out, "message %" PRIu32 " ", e->uid);
		if (e->flags == 0)
			buf_addc(out, '-');
		mail_flags_letters(out, e->flags);
		buf_addf(out, " %s\n", e->unique);
	}
	manifest_hash(hash, buf_span(out));
	buf_addf(out, "end %s\n", hash);
}

/* ---- reading ---- */

static bool
is_clean(struct span s)
{
	return s.n > 0 && memchr(s.p, '\0', s.n) == NULL;
}

static bool
read_mailbox(struct sync_state *s, struct span line)
{
	struct span word, uidvalidity, modseq;

	if (!span_split(&line, ' ', &word) ||
	    !span_eq(word, SPAN_LIT("mailbox")) ||
	    !span_split(&line, ' ', &uidvalidity) ||
	    span_u32(uidvalidity, &s->uidvalidity) < 0 ||
	    !span_split(&line, ' ', &modseq) ||
	    span_u64(modseq, INT64_MAX, &s->modseq) < 0 || !is_clean(line))
		return false;
	s->name = span_dup(line);
	return true;
}

/* A name that could lead out of the folder is none. */
static bool
is_unique(struct span s)
{
	return is_clean(s) && s.p[0] != '.' &&
	    memchr(s.p, '/', s.n) == NULL && memchr(s.p, ':', s.n) == NULL;
}

static bool
read_message(struct sync_state *s, struct span line)
{
	struct span word, number, flags;
	uint32_t uid;

	if (!span_split(&line, ' ', &word) ||
	    !span_eq(word, SPAN_LIT("message")) ||
	    !span_split(&line, ' ', &number) || span_u32(number, &uid) < 0 ||
	    (s->len > 0 && s->entry[s->len - 1].uid >= uid) ||
	    !span_split(&line, ' ', &flags) || !is_unique(line))
		return false;
	sync_state_add(s, uid, mail_flags_from_letters(flags), line);
	return true;
}

static bool
read_lines(struct sync_state *s, struct span text)
{
	struct span line;
	bool old;

	if (!span_split(&text, '\n', &line))
		return false;
	old = span_eq(line, SPAN_LIT(HEADER_OLD));
	if ((!old && !span_eq(line, SPAN_LIT(HEADER))) ||
	    !span_split(&text, '\n', &line) || !read_mailbox(s, line))
		return false;
	/* What the flags are has to be told whole, once more. */
	if (old)
		s->modseq = 0;
	while (span_split(&text, '\n', &line)) {
		if (!read_message(s, line))
			return false;
	}
	return true;
}

int
sync_state_parse(struct sync_state *s, struct span text)
{
	*s = (struct sync_state){ 0 };
	if (manifest_check_sum(&text) && read_lines(s, text))
		return 0;
	sync_state_clear(s);
	return -1;
}
