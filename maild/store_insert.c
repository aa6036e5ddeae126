/* SPDX-License-Identifier: ISC */
#include "store_insert.h"

enum engine_status
store_insert_begin(struct store_insert *in, struct store_op *op,
    struct engine_txn *txn, struct engine_part part)
{
	enum engine_status st;

	in->op = op;
	in->txn = txn;
	in->part = part;
	in->columns = 0;
	st = store_head_get(txn, part, &in->head);
	if (st == ENGINE_OK)
		st = store_kwlist_get(txn, part, &in->keywords);
	if (st != ENGINE_OK)
		return st;
	in->head.modseq++;
	st = store_page_last(txn, part, &in->page);
	if (st == ENGINE_OK)
		return store_page_cold(txn, part, &in->page);
	in->page.n = 0;
	return st == ENGINE_NOTFOUND ? ENGINE_OK : st;
}

int
store_insert_keyword(struct store_insert *in, struct span name)
{
	int i = store_kwlist_index(&in->keywords, name, true);

	if (i < 0)
		store_refuse(in->op, STORE_LIMIT);
	return i;
}

static void
new_page(struct store_insert *in)
{
	if (in->columns != 0)
		store_page_put(in->txn, &in->page, in->columns);
	in->page.first = in->head.uidnext;
	in->page.n = 0;
	in->page.words = 0;
	in->page.columns = STORE_HOT | STORE_COLD;
}

static unsigned
words_of(const struct store_row *row)
{
	unsigned n = STORE_KW_WORDS;

	while (n > 0 && row->keyword[n - 1] == 0)
		n--;
	return n;
}

static void
set_row(struct store_page *pg, const struct store_row *row, uint32_t uid,
    uint64_t modseq)
{
	uint32_t i = pg->n++;

	store_page_words(pg, words_of(row));
	pg->col[STORE_C_UID][i] = uid;
	pg->col[STORE_C_FLAGS][i] = row->flags;
	pg->col[STORE_C_MODSEQ][i] = modseq;
	for (unsigned w = 0; w < pg->words; w++)
		pg->col[STORE_C_KEYWORD + w][i] = row->keyword[w];
	pg->col[STORE_C_SIZE][i] = row->size;
	pg->col[STORE_C_DATE][i] = (uint64_t)row->date.sec;
	pg->col[STORE_C_ZONE][i] = (uint64_t)(int64_t)row->date.zone;
	pg->col[STORE_C_SAVED][i] = (uint64_t)row->saved;
	pg->col[STORE_C_SENT][i] = (uint64_t)row->sent;
	pg->col[STORE_C_BLOB][i] = row->blob;
	pg->col[STORE_C_PREFIX][i] = row->prefix.n;
}

enum engine_status
store_insert_row(struct store_insert *in, const struct store_row *row,
    uint32_t *uid)
{
	struct store_head *h = &in->head;
	char key[5];

	if (h->uidnext == UINT32_MAX)
		return store_refuse(in->op, STORE_LIMIT);
	if (in->page.n == 0 || in->page.n == STORE_PAGE_ROWS)
		new_page(in);
	in->columns = STORE_HOT | STORE_COLD;
	*uid = h->uidnext++;
	set_row(&in->page, row, *uid, h->modseq);
	store_head_count(h, *uid, row->flags, row->size, 1);
	if (row->prefix.n > 0)
		engine_put(in->txn, store_uid_key(key, 'b', *uid),
		    row->prefix);
	engine_blob_ref(in->txn, row->blob);
	return ENGINE_OK;
}

enum engine_status
store_insert_end(struct store_insert *in)
{
	if (in->columns == 0)
		return ENGINE_OK;
	store_page_put(in->txn, &in->page, in->columns);
	store_kwlist_put(in->txn, &in->keywords);
	store_head_put(in->txn, &in->head);
	engine_notify(in->txn, in->part);
	return ENGINE_OK;
}
