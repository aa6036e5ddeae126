/* SPDX-License-Identifier: ISC */
#include "imap_sorted.h"

#include <stdlib.h>

#define CHANGES_A_LINE 128
#define CHANGES_ROOM   ((size_t)4096) /* more than such a line takes */

struct change {
	bool add;
	uint32_t at, told; /* at: its place, counted from 1 */
};

struct imap_sorted {
	struct sort_rows rows; /* also of what was a result once */
	uint32_t *order;       /* rows of the results */
	size_t len, cap;
	struct change *change;
	size_t nchanges, changes_cap, written;
};

struct imap_sorted *
imap_sorted_new(struct sort_rows *rows, uint32_t **order)
{
	struct imap_sorted *s;

	if (rows->len > IMAP_SORTED_MAX)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->rows = *rows;
	s->order = *order;
	s->len = s->cap = rows->len;
	*rows = (struct sort_rows){ 0 };
	*order = NULL;
	return s;
}

void
imap_sorted_free(struct imap_sorted *s)
{
	if (s == NULL)
		return;
	sort_rows_clear(&s->rows);
	free(s->order);
	free(s->change);
	free(s);
}

static void
note(struct imap_sorted *s, bool add, size_t at, uint32_t told)
{
	if (s->nchanges == s->changes_cap) {
		s->changes_cap = s->changes_cap > 0 ? 2 * s->changes_cap : 16;
		s->change = xrealloc_array(s->change, s->changes_cap,
		    sizeof(s->change[0]));
	}
	s->change[s->nchanges++] =
	    (struct change){ add, (uint32_t)at + 1, told };
}

/* ---- in ---- */

/* What a message is compared by never changes: a row that was there is right.
 * rows.len: there is none. */
static size_t
find_row(const struct imap_sorted *s, uint32_t uid)
{
	size_t i = 0;

	while (i < s->rows.len && s->rows.id[i] != uid)
		i++;
	return i;
}

static enum store_status
read_row(struct imap_sorted *s, struct imap_message *m, uint32_t uid)
{
	struct sort_keys keys = { 0 };
	enum store_status st =
	    imap_message_load(m, uid, STORE_HOT | STORE_COLD);

	if (st == STORE_OK)
		st = imap_message_sort_keys(m, &keys);
	if (st != STORE_OK)
		return st;
	sort_rows_add(&s->rows, uid, &m->msg, &keys);
	if (!s->rows.texts.failed)
		return STORE_OK;
	s->rows.len--;
	return STORE_LIMIT;
}

/* Equal ones are in the order of the mailbox. */
static bool
goes_before(const struct imap_sorted *s, uint32_t a, uint32_t b)
{
	int way = sort_rows_compare(&s->rows, a, b);

	return way != 0 ? way < 0 : s->rows.id[a] < s->rows.id[b];
}

static size_t
find_place(const struct imap_sorted *s, uint32_t row)
{
	size_t lo = 0, hi = s->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (goes_before(s, s->order[mid], row))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum store_status
imap_sorted_add(struct imap_sorted *s, struct imap_message *m, uint32_t uid,
    uint32_t told)
{
	size_t row = find_row(s, uid), at;

	if (row == s->rows.len) {
		enum store_status st = read_row(s, m, uid);

		if (st != STORE_OK)
			return st;
	}
	if (s->len == s->cap) {
		s->cap = 2 * s->cap + 16;
		s->order = xrealloc_array(s->order, s->cap,
		    sizeof(s->order[0]));
	}
	at = find_place(s, (uint32_t)row);
	memmove(s->order + at + 1, s->order + at,
	    (s->len - at) * sizeof(s->order[0]));
	s->order[at] = (uint32_t)row;
	s->len++;
	note(s, true, at, told);
	return STORE_OK;
}

/* ---- out ---- */

void
imap_sorted_remove(struct imap_sorted *s, uint32_t uid, uint32_t told)
{
	size_t at = 0;

	while (at < s->len && s->rows.id[s->order[at]] != uid)
		at++;
	if (at == s->len)
		return;
	s->len--;
	memmove(s->order + at, s->order + at + 1,
	    (s->len - at) * sizeof(s->order[0]));
	note(s, false, at, told);
}

/* ---- to the client ---- */

/* As many of one kind as a line may have. */
static void
write_line(struct imap_sorted *s, struct buf *out)
{
	bool add = s->change[s->written].add;
	const char *sep = add ? "ADDTO (" : "REMOVEFROM (";

	for (unsigned n = 0; n < CHANGES_A_LINE && s->written < s->nchanges &&
	     s->change[s->written].add == add; n++) {
		const struct change *c = &s->change[s->written++];

		buf_addf(out, "%s%u %u", sep, c->at, c->told);
		sep = " ";
	}
	buf_adds(out, ")\r\n");
}

bool
imap_sorted_write(struct imap_sorted *s, struct imap *im, const char *tag,
    bool uid)
{
	while (s->written < s->nchanges) {
		if (imap_room(im) < CHANGES_ROOM)
			return false;
		buf_addf(&im->out, "* ESEARCH (TAG \"%s\")%s ", tag,
		    uid ? " UID" : "");
		write_line(s, &im->out);
	}
	free(s->change);
	s->change = NULL;
	s->nchanges = s->changes_cap = s->written = 0;
	return true;
}

bool
imap_sorted_told(const struct imap_sorted *s)
{
	return s->nchanges == 0;
}
