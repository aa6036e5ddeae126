/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "imap_order.h"

static uint64_t
word(const char *p, size_t n)
{
	char bytes[8] = { 0 };
	size_t taken = n < ORDER_STEP ? n : ORDER_STEP;

	if (taken > 0)
		memcpy(bytes, p, taken);
	bytes[ORDER_STEP] = (char)(taken + (n > taken));
	return be64_get(bytes);
}

struct order_text
order_text_add(struct buf *texts, struct span s)
{
	struct order_text t = { .start = word(s.p, s.n),
		.at = (uint32_t)texts->len,
		.n = (uint32_t)s.n };

	texts->max = ORDER_TEXTS_MAX;
	buf_add_span(texts, s);
	return t;
}

struct order_text
order_text_number(int64_t n)
{
	return (struct order_text){ .start = (uint64_t)n ^ (uint64_t)1 << 63 };
}

uint64_t
order_text_word(const struct buf *texts, const struct order_text *t,
    uint32_t off)
{
	return off == 0 ? t->start : word(texts->data + t->at + off, t->n - off);
}

bool
order_text_next(const struct order_text *t, uint32_t *off)
{
	if (t->n - *off <= ORDER_STEP)
		return false;
	*off += ORDER_STEP;
	return true;
}

int
order_text_compare(const struct buf *texts, const struct order_text *a,
    const struct order_text *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int way = 0;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (n > ORDER_STEP)
		way = memcmp(texts->data + a->at, texts->data + b->at, n);
	return way != 0 ? way : (a->n > b->n) - (a->n < b->n);
}
