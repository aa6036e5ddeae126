/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue_state.h"

/* 1: it has been written, and there is room for more; 0: there is none; -1: it
 * cannot be read. */
static int
copy_piece(struct queue *q, uint64_t id, struct queue_copy *c)
{
	struct store_queue_src src;
	struct store_queue_msg m;
	struct span piece;
	int ret = -1;

	store_begin(q->store);
	if (store_queue_get(q->store, id, &m) == STORE_OK) {
		store_queue_src(q->store, &m, &src);
		ret = src.src.at(src.src.arg, c->off, &piece);
	}
	if (ret == 0) {
		piece = span_sub(piece, 0, (size_t)(c->end - c->off));
		c->off += piece.n;
		ret = c->write(c->arg, piece);
	}
	store_end(q->store);
	return ret;
}

int
queue_copy(struct queue *q, uint64_t id, struct queue_copy *c)
{
	int ret = 1;

	while (ret > 0 && c->off < c->end)
		ret = copy_piece(q, id, c);
	return ret;
}
