/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_sort.h"

int
sort_rows_compare(const struct sort_rows *r, uint32_t a, uint32_t b)
{
	const struct order_text *x = r->cell + (size_t)a * r->ncriteria;
	const struct order_text *y = r->cell + (size_t)b * r->ncriteria;

	for (unsigned i = 0; i < r->ncriteria; i++) {
		int way = order_text_compare(&r->texts, &x[i], &y[i]);

		if (way != 0)
			return r->criterion[i].reverse ? -way : way;
	}
	return 0;
}

static const struct order_text *
cell_at(const struct sort_rows *r, uint32_t row, struct order_at at)
{
	return &r->cell[(size_t)row * r->ncriteria + at.part];
}

uint64_t
sort_rows_word(const void *arg, uint32_t row, struct order_at at)
{
	const struct sort_rows *r = arg;
	uint64_t word =
	    order_text_word(&r->texts, cell_at(r, row, at), at.off);

	return r->criterion[at.part].reverse ? ~word : word;
}

bool
sort_rows_next(const void *arg, uint32_t row, struct order_at *at)
{
	const struct sort_rows *r = arg;

	if (order_text_next(cell_at(r, row, *at), &at->off))
		return true;
	*at = (struct order_at){ .part = at->part + 1 };
	return at->part < r->ncriteria;
}

static struct order_text
make_cell(struct sort_rows *r, const struct sort_criterion *c,
    const struct store_msg *m, const struct sort_keys *k)
{
	switch (c->column) {
	case SORT_ARRIVAL:
		return order_text_number(m->internaldate.sec);
	case SORT_DATE:
		return order_text_number(m->sent);
	case SORT_SIZE:
		return order_text_number((int64_t)m->size);
	case SORT_TEXT:
		break;
	}
	return order_text_add(&r->texts, k->text[c->text]);
}

void
sort_rows_add(struct sort_rows *r, uint32_t id, const struct store_msg *m,
    const struct sort_keys *k)
{
	struct order_text *cell;

	if (r->len == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : r->expected + 64;
		r->id = xrealloc_array(r->id, r->cap, sizeof(r->id[0]));
		r->cell = xrealloc_array(r->cell, r->cap * r->ncriteria,
		    sizeof(r->cell[0]));
	}
	cell = r->cell + r->len * r->ncriteria;
	for (unsigned i = 0; i < r->ncriteria; i++)
		cell[i] = make_cell(r, &r->criterion[i], m, k);
	r->id[r->len++] = id;
}

void
sort_rows_clear(struct sort_rows *r)
{
	free(r->id);
	free(r->cell);
	buf_free(&r->texts);
	*r = (struct sort_rows){ 0 };
}
