/* SPDX-License-Identifier: ISC */
#include "imap_message.h"
#include "indexer_impl.h"
#include "msgtext.h"
#include "trigram_lists.h"

#define SLICE 32 /* messages that are read in one snapshot */

struct build {
	struct indexer_box *box;
	struct segment_head head;
	struct trigram_lists lists;
};

/* ---- messages ---- */

static int
feed(void *arg, struct span folded)
{
	return !trigram_lists_feed(arg, folded);
}

/* One that cannot be read, or has too much, is found by any needle. */
static void
add_message(struct build *b, struct imap_message *m)
{
	const struct mime_tree *tree;

	segment_head_add(&b->head, m->msg.uid);
	trigram_lists_begin(&b->lists);
	if (imap_message_tree(m, &tree) != STORE_OK ||
	    msgtext_walk(tree, imap_message_src(m),
		MSGTEXT_HEADERS | MSGTEXT_BODY, feed, &b->lists) != 0)
		trigram_lists_any(&b->lists);
}

static bool
full(const struct build *b)
{
	return trigram_lists_full(&b->lists) ||
	       b->head.docs == SEGMENT_DOCS_MAX;
}

/* Messages from *uid on; false: there are no more, or no room for them. */
static bool
add_slice(struct build *b, uint32_t *uid)
{
	struct store *st = b->box->x->st;
	struct imap_message m = { .store = st,
		.cursor.mailbox = b->box->mailbox };
	enum store_status status = STORE_OK;

	store_begin(st);
	imap_message_begin(&m);
	for (unsigned i = 0; status == STORE_OK && i < SLICE && !full(b); i++) {
		m.cursor.columns = STORE_HOT;
		status = store_msg_next(st, &m.cursor, *uid, &m.msg);
		if (status == STORE_OK)
			status = imap_message_load(&m, m.msg.uid,
			    STORE_HOT | STORE_COLD);
		if (status != STORE_OK)
			break;
		add_message(b, &m);
		*uid = m.msg.uid + 1;
		if (*uid == 0)
			status = STORE_NONEXISTENT;
	}
	imap_message_end(&m);
	store_end(st);
	return status == STORE_OK && !full(b);
}

/* ---- the whole ---- */

/* Are there so many messages from uid on? */
static bool
has_messages(struct indexer_box *b, uint32_t uid, size_t min)
{
	struct store_cursor c = { .mailbox = b->mailbox,
		.columns = STORE_HOT };
	struct store_msg m;
	size_t n = 0;

	store_begin(b->x->st);
	for (; n < min && uid != 0 &&
	     store_msg_next(b->x->st, &c, uid, &m) == STORE_OK; n++)
		uid = m.uid + 1;
	store_cursor_end(&c);
	store_end(b->x->st);
	return n >= min;
}

static void
write_list(void *arg, uint32_t trigram, const uint64_t *bits, uint32_t n)
{
	segment_write_bits(arg, trigram, bits, n);
}

static bool
write_segment(struct build *b)
{
	struct indexer_box *box = b->box;
	struct indexer_out o;

	indexer_out_begin(&o, box->x);
	o.writer.head = b->head;
	b->head = (struct segment_head){ 0 };
	trigram_lists_each(&b->lists, write_list, &o.writer);
	return indexer_out_end(&o, box, box->index.n) == STORE_OK;
}

bool
indexer_build(struct indexer_box *box, size_t min)
{
	struct build b = { .box = box };
	uint32_t uid = store_index_end(&box->index) + 1;
	bool built = false;

	if (uid == 0 || box->index.n == STORE_INDEX_SEGMENTS ||
	    !has_messages(box, uid, min))
		return false;
	while (!indexer_stopping(box->x) && add_slice(&b, &uid))
		;
	if (!indexer_stopping(box->x) && b.head.docs > 0)
		built = write_segment(&b);
	segment_head_clear(&b.head);
	trigram_lists_clear(&b.lists);
	return built;
}
