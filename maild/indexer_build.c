/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_message.h"
#include "indexer_impl.h"
#include "msgtext.h"
#include "trigrams.h"

#define PAIRS_MAX ((size_t)1 << 21) /* of one segment: 32 MB */
#define SLICE     32 /* messages that are read in one snapshot */

/* A trigram and, below it, the message that has it. */
struct build {
	struct indexer_box *box;
	struct segment_head head;
	struct trigrams text;
	uint64_t *pair;
	size_t n, cap;
};

/* ---- messages ---- */

static void
add_pair(struct build *b, uint32_t trigram, uint32_t ordinal)
{
	if (b->n == b->cap) {
		b->cap = b->cap * 2 + 65536;
		b->pair = xrealloc_array(b->pair, b->cap, sizeof(*b->pair));
	}
	b->pair[b->n++] = (uint64_t)trigram << 32 | ordinal;
}

static int
feed(void *arg, struct span folded)
{
	struct trigrams *t = arg;

	trigrams_feed(t, folded);
	return t->many;
}

/* One that cannot be read, or has too much, is found by any needle. */
static void
add_message(struct build *b, struct imap_message *m)
{
	uint32_t ordinal = b->head.docs;
	const struct mime_tree *tree;

	trigrams_reset(&b->text);
	segment_head_add(&b->head, m->msg.uid);
	if (imap_message_tree(m, &tree) != STORE_OK ||
	    msgtext_walk(tree, imap_message_src(m),
		MSGTEXT_HEADERS | MSGTEXT_BODY, feed, &b->text) != 0) {
		add_pair(b, TRIGRAM_ANY, ordinal);
		return;
	}
	for (size_t i = 0; i < b->text.n; i++)
		add_pair(b, b->text.v[i], ordinal);
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
	for (unsigned i = 0; status == STORE_OK && i < SLICE &&
	     b->n < PAIRS_MAX && b->head.docs < SEGMENT_DOCS_MAX; i++) {
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
	return status == STORE_OK && b->n < PAIRS_MAX &&
	    b->head.docs < SEGMENT_DOCS_MAX;
}

/* ---- sorting ---- */

#define DIGIT_BITS 13 /* two make a trigram and TRIGRAM_ANY */
#define DIGITS     ((size_t)1 << DIGIT_BITS)

static void
sort_by_digit(const uint64_t *from, uint64_t *to, size_t n, unsigned shift)
{
	uint32_t *at = xcalloc(DIGITS + 1, sizeof(*at));

	for (size_t i = 0; i < n; i++)
		at[(from[i] >> shift & (DIGITS - 1)) + 1]++;
	for (size_t i = 1; i < DIGITS; i++)
		at[i] += at[i - 1];
	for (size_t i = 0; i < n; i++)
		to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
	free(at);
}

/* By trigram; those of one are in the order of messages before and after. */
static void
sort(struct build *b)
{
	uint64_t *other = xrealloc_array(NULL, b->n + 1, sizeof(*other));

	sort_by_digit(b->pair, other, b->n, 32);
	sort_by_digit(other, b->pair, b->n, 32 + DIGIT_BITS);
	free(other);
}

static void
write_lists(struct build *b, struct segment_writer *w)
{
	uint32_t *v = xrealloc_array(NULL, w->head.docs, sizeof(*v));
	uint32_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		uint32_t trigram = (uint32_t)(b->pair[i] >> 32);

		v[n++] = (uint32_t)b->pair[i];
		if (i + 1 < b->n && b->pair[i + 1] >> 32 == trigram)
			continue;
		segment_write(w, trigram, v, n);
		n = 0;
	}
	free(v);
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

static bool
write_segment(struct build *b)
{
	struct indexer_box *box = b->box;
	struct indexer_out o;

	indexer_out_begin(&o, box->x);
	o.writer.head = b->head;
	b->head = (struct segment_head){ 0 };
	sort(b);
	write_lists(b, &o.writer);
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
	trigrams_clear(&b.text);
	free(b.pair);
	return built;
}
