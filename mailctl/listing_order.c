/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base_subject.h"
#include "casefold.h"
#include "listing.h"

/*
 * Orders by what has been fetched, for servers without SORT and THREAD.
 */
struct item {
	uint32_t uid;
	uint64_t size;
	int64_t date;
	struct buf text;
	/* of its thread: */
	int64_t root_date;
	uint32_t root_uid, depth;
};

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

static int
compare_text(const struct item *x, const struct item *y)
{
	return strcmp(x->text.len > 0 ? x->text.data : "",
	    y->text.len > 0 ? y->text.data : "");
}

static int
by_date(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = COMPARE(x->date, y->date);

	return order != 0 ? order : COMPARE(x->uid, y->uid);
}

static int
by_size(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = COMPARE(x->size, y->size);

	return order != 0 ? order : COMPARE(x->uid, y->uid);
}

static int
by_text(const void *a, const void *b)
{
	int order = compare_text(a, b);

	return order != 0 ? order : by_date(a, b);
}

static int
by_thread(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = COMPARE(x->root_date, y->root_date);

	if (order == 0)
		order = COMPARE(x->root_uid, y->root_uid);
	if (order == 0)
		order = COMPARE(x->depth, y->depth);
	return order != 0 ? order : by_date(a, b);
}

static void
read_text(struct item *item, const struct listing_line *line,
    enum order_key key)
{
	struct buf base = { 0 };

	if (key == ORDER_SUBJECT) {
		base_subject(&base, span_str(line->subject));
		casefold(&item->text, buf_span(&base));
	} else if (key == ORDER_FROM) {
		casefold(&item->text, span_str(line->from));
	}
	buf_free(&base);
}

static struct item *
read_items(const struct listing *l, enum order_key key)
{
	struct item *items = xcalloc(l->len > 0 ? l->len : 1,
	    sizeof(items[0]));

	for (size_t i = 0; i < l->len; i++) {
		const struct listing_line *line = &l->line[i];

		items[i].uid = line->uid;
		items[i].size = line->size;
		items[i].date = line->date;
		read_text(&items[i], line, key);
	}
	return items;
}

/* Takes the items over. */
static void
add_all(struct order *order, struct item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		order_add(order, items[i].uid, items[i].depth);
		buf_free(&items[i].text);
	}
	free(items);
}

void
listing_sort(const struct listing *l, enum order_key key, struct order *order)
{
	static int (*const compare[])(const void *, const void *) = {
		[ORDER_NONE] = by_date,
		[ORDER_DATE] = by_date,
		[ORDER_FROM] = by_text,
		[ORDER_SIZE] = by_size,
		[ORDER_SUBJECT] = by_text,
	};
	struct item *items = read_items(l, key);

	qsort(items, l->len, sizeof(items[0]), compare[key]);
	add_all(order, items, l->len);
}

/* The oldest of those with one subject is the root of the others, as with
 * THREAD=ORDEREDSUBJECT (RFC 5256 section 3).  No subject is nobody's. */
void
listing_thread(const struct listing *l, struct order *order)
{
	struct item *items = read_items(l, ORDER_SUBJECT);
	const struct item *root = items;

	qsort(items, l->len, sizeof(items[0]), by_text);
	for (size_t i = 0; i < l->len; i++) {
		if (items[i].text.len == 0 ||
		    compare_text(root, &items[i]) != 0)
			root = &items[i];
		items[i].root_date = root->date;
		items[i].root_uid = root->uid;
		items[i].depth = root == &items[i] ? 0 : 1;
	}
	qsort(items, l->len, sizeof(items[0]), by_thread);
	add_all(order, items, l->len);
}
