/* SPDX-License-Identifier: ISC */
#include "listing.h"

#include <stdlib.h>

#include "date.h"
#include "encword.h"
#include "msgid.h"

#define FLAGS_MAX 64 /* shown of one message */

/* ---- reading ---- */

static char *
decoded(struct span s)
{
	struct buf out = { 0 };

	encword_decode(&out, s);
	return buf_steal(&out);
}

/* The first author: Name <local@host>, or what of that there is. */
static char *
author(struct imap_cursor list)
{
	struct buf out = { 0 };
	struct imap_address a;

	if (!imap_address_next(&list, &a))
		return xstrdup("");
	if (a.name.n > 0)
		encword_decode(&out, a.name);
	if (a.mailbox.p == NULL || a.host.p == NULL)
		return buf_steal(&out);
	buf_addf(&out, "%s%.*s@%.*s%s", a.name.n > 0 ? " <" : "",
	    (int)a.mailbox.n, a.mailbox.p, (int)a.host.n, a.host.p,
	    a.name.n > 0 ? ">" : "");
	return buf_steal(&out);
}

static void
read_envelope(struct listing_line *line, struct span value)
{
	struct buf scratch = { .max = 3 * IMAP_CLIENT_RESPONSE_MAX };
	struct imap_envelope e;

	if (line->from == NULL) {
		bool ok = imap_envelope_read(value, &scratch, &e);

		line->from = ok ? author(e.from) : xstrdup("");
		line->subject = decoded(ok ? e.subject : span_of(NULL, 0));
	}
	buf_free(&scratch);
}

static void
read_item(struct listing_line *line, const struct imap_fetched *f)
{
	struct mail_date d;

	switch (f->item) {
	case IMAP_ITEM_UID:
		line->uid = f->number <= UINT32_MAX ? (uint32_t)f->number : 0;
		break;
	case IMAP_ITEM_SIZE:
		line->size = f->number;
		break;
	case IMAP_ITEM_FLAGS:
		free(line->flags);
		line->flags = span_dup(span_sub(f->value, 1, f->value.n - 2));
		break;
	case IMAP_ITEM_INTERNALDATE:
		if (date_parse_imap(f->value, &d) == 0)
			line->date = d.sec;
		break;
	case IMAP_ITEM_ENVELOPE:
		read_envelope(line, f->value);
		break;
	default:
		break;
	}
}

static void
line_clear(struct listing_line *line)
{
	free(line->flags);
	free(line->from);
	free(line->subject);
}

void
listing_fn(void *listing, struct imap_resp *r)
{
	struct listing *l = listing;
	struct listing_line line = { .date = INT64_MIN };
	struct imap_fetched f;

	while (imap_resp_item(r, &f))
		read_item(&line, &f);
	/* Flags alone are news of another session. */
	if (line.uid == 0 || line.from == NULL || l->len == LISTING_MAX) {
		line_clear(&line);
		return;
	}
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 32;
		l->line = xrealloc_array(l->line, l->cap, sizeof(l->line[0]));
	}
	l->line[l->len++] = line;
}

void
listing_clear(struct listing *l)
{
	for (size_t i = 0; i < l->len; i++)
		line_clear(&l->line[i]);
	free(l->line);
	*l = (struct listing){ 0 };
}

/* ---- printing ---- */

static const struct out_column columns[] = {
	{ "id", OUT_STRING, false },
	{ "flags", OUT_LIST, false },
	{ "date", OUT_TIME, false },
	{ "size", OUT_SIZE, false },
	{ "from", OUT_STRING, true },
	{ "subject", OUT_STRING, true },
	{ "depth", OUT_NUMBER, false }, /* with threads */
};

/* For people: N new, F flagged, R replied to, T draft, D deleted. */
static const struct out_column people[] = {
	{ "id", OUT_STRING, false },
	{ "", OUT_STRING, false },
	{ "date", OUT_TIME, false },
	{ "size", OUT_SIZE, false },
	{ "from", OUT_STRING, true },
	{ "subject", OUT_STRING, true },
};

static bool
has_flag(struct span flags, const char *flag)
{
	struct span word;

	while (span_split(&flags, ' ', &word)) {
		if (span_ieqs(word, flag))
			return true;
	}
	return false;
}

static void
print_letters(struct out *o, struct span flags)
{
	char text[6];
	size_t n = 0;

	if (!has_flag(flags, "\\Seen"))
		text[n++] = 'N';
	if (has_flag(flags, "\\Flagged"))
		text[n++] = 'F';
	if (has_flag(flags, "\\Answered"))
		text[n++] = 'R';
	if (has_flag(flags, "\\Draft"))
		text[n++] = 'T';
	if (has_flag(flags, "\\Deleted"))
		text[n++] = 'D';
	out_str(o, span_of(text, n));
}

/* "\Seen" is seen; keywords stay as they are. */
static void
print_flags(struct out *o, struct span flags)
{
	struct span word[FLAGS_MAX], w;
	char lower[FLAGS_MAX][16];
	size_t n = 0;

	while (n < FLAGS_MAX && span_split(&flags, ' ', &w)) {
		if (w.n == 0 || span_ieqs(w, "\\Recent"))
			continue;
		word[n] = w;
		if (w.p[0] == '\\') {
			w = span_sub(w, 1, sizeof(lower[0]));
			for (size_t i = 0; i < w.n; i++)
				lower[n][i] = (char)ascii_lower(w.p[i]);
			word[n] = span_of(lower[n], w.n);
		}
		n++;
	}
	out_list(o, word, n);
}

static int
by_uid(const void *a, const void *b)
{
	const struct listing_line *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

#define INDENT_MAX 12 /* levels shown on a terminal */

/* The last column is there with threads only. */
static void
print_line(struct out *o, const struct listing_line *line, const char *mailbox,
    uint32_t depth, bool threads)
{
	struct span flags = span_str(line->flags != NULL ? line->flags : "");
	struct buf id = { 0 }, subject = { 0 };

	buf_addf(&id, "%s:%u", mailbox, line->uid);
	if (o->mode == OUT_TEXT && depth > 0)
		buf_addf(&subject, "%*s", (int)(2 * (depth < INDENT_MAX ?
		    depth : INDENT_MAX)), "");
	buf_adds(&subject, line->subject);
	out_str(o, buf_span(&id));
	if (o->mode == OUT_TEXT)
		print_letters(o, flags);
	else
		print_flags(o, flags);
	out_time(o, line->date);
	out_num(o, line->size);
	out_str(o, span_str(line->from));
	out_str(o, buf_span(&subject));
	if (threads && o->mode != OUT_TEXT)
		out_num(o, depth);
	buf_free(&id);
	buf_free(&subject);
}

void
listing_keep(struct listing *l, uint32_t from, struct seqset *uids)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		if (l->line[i].uid < from) {
			line_clear(&l->line[i]);
			continue;
		}
		seqset_add(uids, l->line[i].uid, l->line[i].uid);
		l->line[n++] = l->line[i];
	}
	l->len = n;
}

static const struct listing_line *
find_line(const struct listing *l, uint32_t uid)
{
	struct listing_line key = { .uid = uid };

	return bsearch(&key, l->line, l->len, sizeof(l->line[0]), by_uid);
}

void
listing_print(struct listing *l, struct out *o, const char *mailbox,
    const struct order *order, bool threads)
{
	const struct out_column *c = o->mode == OUT_TEXT ? people : columns;
	size_t n = sizeof(columns) / sizeof(columns[0]);
	const struct listing_line *line;

	if (l->len > 1)
		qsort(l->line, l->len, sizeof(l->line[0]), by_uid);
	out_begin(o, c, threads && o->mode != OUT_TEXT ? n : n - 1);
	for (size_t i = 0; order == NULL && i < l->len; i++)
		print_line(o, &l->line[i], mailbox, 0, false);
	for (size_t i = 0; order != NULL && l->len > 0 && i < order->len;
	     i++) {
		line = find_line(l, order->entry[i].uid);
		if (line != NULL)
			print_line(o, line, mailbox, order->entry[i].depth,
			    threads);
	}
	out_end(o);
}

static const struct out_column ids[] = { { "id", OUT_STRING, false } };

static void
begin_ids(struct out *o)
{
	/* Made to be read by "-": bare on a terminal, too. */
	if (o->mode == OUT_TEXT)
		o->mode = OUT_TSV;
	out_begin(o, ids, 1);
}

static void
print_id(struct out *o, const char *mailbox, uint32_t uidvalidity,
    uint32_t uid)
{
	struct buf id = { 0 };

	msgid_format(&id, mailbox, uidvalidity, uid);
	out_str(o, buf_span(&id));
	buf_free(&id);
}

void
listing_print_ids(struct out *o, const struct seqset *uids,
    const char *mailbox, uint32_t uidvalidity)
{
	uint64_t n;

	begin_ids(o);
	for (n = 0; seqset_next(uids, n, &n); n++)
		print_id(o, mailbox, uidvalidity, (uint32_t)n);
	out_end(o);
}

void
listing_print_ordered(struct out *o, const struct order *order,
    const char *mailbox, uint32_t uidvalidity)
{
	begin_ids(o);
	for (size_t i = 0; i < order->len; i++)
		print_id(o, mailbox, uidvalidity, order->entry[i].uid);
	out_end(o);
}
