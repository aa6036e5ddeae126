/* SPDX-License-Identifier: ISC */
#include "store_insert.h"

enum engine_status
store_insert_begin(struct store_insert *in, struct store_op *op,
    struct engine_txn *txn, const struct store_mailbox *mailbox)
{
	struct engine_part part = store_part(mailbox->id);
	enum engine_status st;

	in->op = op;
	in->txn = txn;
	in->part = part;
	in->mailbox = mailbox;
	in->seen = (struct seqset){ 0 };
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

/* RFC 4314 section 4: flags that may not be set are left out; and \Seen is
 * the guest's own. */
static struct store_row
permitted(struct store_insert *in, const struct store_row *row, uint32_t uid)
{
	uint32_t may = store_flags_allowed(in->mailbox);
	struct store_row r = *row;

	r.flags &= may;
	if ((may & STORE_KEYWORDS) == 0)
		memset(r.keyword, 0, sizeof(r.keyword));
	if (store_is_guest(in->mailbox) && (r.flags & STORE_SEEN) != 0) {
		r.flags &= ~(uint64_t)STORE_SEEN;
		seqset_add(&in->seen, uid, uid);
	}
	return r;
}

enum engine_status
store_insert_row(struct store_insert *in, const struct store_row *given,
    uint32_t *uid)
{
	struct store_head *h = &in->head;
	struct store_row made = permitted(in, given, h->uidnext);
	const struct store_row *row = &made;
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

static enum engine_status
add_seen(struct store_insert *in)
{
	uint64_t who = in->mailbox->who;
	enum engine_status st;

	if (in->seen.len == 0)
		return ENGINE_OK;
	st = store_seen_get(in->txn, in->part, who, &in->seen);
	if (st == ENGINE_OK)
		store_seen_put(in->txn, who, &in->seen);
	return st;
}

enum engine_status
store_insert_end(struct store_insert *in, enum engine_status st)
{
	if (st == ENGINE_OK)
		st = add_seen(in);
	seqset_clear(&in->seen);
	if (st != ENGINE_OK || in->columns == 0)
		return st;
	store_page_put(in->txn, &in->page, in->columns);
	store_kwlist_put(in->txn, &in->keywords);
	store_head_put(in->txn, &in->head);
	engine_notify(in->txn, in->part);
	return ENGINE_OK;
}
