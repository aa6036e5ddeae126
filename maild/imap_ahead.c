/* SPDX-License-Identifier: ISC */
#include "imap_ahead.h"

#include "imap_message.h"

#define ROW_BYTES 64 /* of the columns, about */

/* So many bytes, about. */
static uint64_t
read_bytes(struct imap_message *m)
{
	const struct msgsrc *src = imap_message_src(m);
	uint64_t off = 0;
	struct span run;

	while (off < src->size && off < IMAP_AHEAD_BYTES &&
	       src->at(src->arg, off, &run) == 0 && run.n > 0)
		off += run.n;
	return off;
}

static uint64_t
read_message(const struct imap_ahead *a, struct imap_message *m, uint32_t uid)
{
	const struct store_meta *meta;
	uint64_t n = ROW_BYTES;

	if (imap_message_load(m, uid, a->columns) != STORE_OK)
		return n;
	if (a->meta && imap_message_meta(m, &meta) == STORE_OK)
		n += meta->envelope.n + meta->body.n + meta->bodystructure.n +
		    meta->tree.n + meta->sort.n + meta->preview.n;
	return a->bytes ? n + read_bytes(m) : n;
}

/* What is damaged is found out, and told, by who reads it next. */
static void
read_run(struct store *reader, void *arg)
{
	struct imap_ahead *a = arg;
	struct imap_message m = { .store = reader,
		.cursor.mailbox = a->view->mailbox };
	uint64_t n = 0, seq;

	imap_message_begin(&m);
	while (n < IMAP_AHEAD_BYTES) {
		if (!seqset_next(a->seqs, a->end, &seq)) {
			a->end = UINT64_MAX;
			break;
		}
		n += read_message(a, &m, a->view->uid[seq - 1]);
		a->end = seq + 1;
	}
	imap_message_end(&m);
}

static void
on_read(void *arg)
{
	struct imap_ahead *a = arg;

	imap_write_end(a->im);
}

bool
imap_ahead_begin(struct imap_ahead *a, uint64_t from)
{
	if (!a->hot && from < a->end)
		return true;
	a->hot = !store_cold(a->im->store);
	a->end = a->hot ? UINT64_MAX : from;
	if (a->hot)
		return true;
	imap_write_begin(a->im);
	store_pool_read(a->im->store, read_run, on_read, a);
	return false;
}
