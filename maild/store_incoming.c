/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "bodystructure.h"
#include "date.h"
#include "envelope.h"
#include "header.h"
#include "mime.h"
#include "preview.h"
#include "sort_keys.h"
#include "store_incoming.h"
#include "store_meta.h"
#include "xxh64.h"

static void
drained(void *arg)
{
	struct store_message *m = arg;

	if (m->drained != NULL)
		m->drained(m->arg);
}

struct store_message *
store_message_new(struct store *st, void (*fn)(void *arg), void *arg)
{
	struct store_message *m = xcalloc(1, sizeof(*m));

	m->st = st;
	m->drained = fn;
	m->arg = arg;
	m->blob = engine_blob_new(st->c, drained, m);
	m->mime = mime_parser_new();
	return m;
}

bool
store_message_write(struct store_message *m, struct span s)
{
	mime_parser_feed(m->mime, s);
	buf_add_span(&m->start, span_sub(s, 0, STORE_START - m->start.len));
	return engine_blob_write(m->blob, s);
}

uint64_t
store_message_size(const struct store_message *m)
{
	return engine_blob_size(m->blob);
}

static void
find_date(struct store_message *m, struct span header)
{
	struct header_field f;
	struct mail_date d;

	m->has_date =
	    header_find(header, "Date", &f) && date_parse(f.value, &d) == 0;
	if (m->has_date)
		m->sent = d.sec;
}

/*
 * The message that it all began with is named first in References (RFC 5322
 * section 3.6.4), and its name, hashed, names the conversation.  So a message
 * knows its thread by itself, whatever comes in which order.
 */
static uint64_t
thread_of(const struct sort_keys *k)
{
	return sort_keys_nrefs(k) > 0 ? sort_keys_ref(k, 0) : k->id;
}

/* ---- what FETCH will ask for, made once ---- */

static int
start_at(void *arg, uint64_t off, struct span *out)
{
	struct store_message *m = arg;

	*out = span_sub(buf_span(&m->start), (size_t)off, SIZE_MAX);
	return 0;
}

static void
write_preview(
    struct buf *b, struct store_message *m, const struct mime_tree *tree)
{
	const struct msgsrc src = { start_at, m, m->start.len };

	preview_write(b, tree, &src);
}

/* 0: there is none, or it is longer than what is kept of the start. */
static uint64_t
header_sum(const struct store_message *m, uint64_t len)
{
	if (len == 0 || len > m->start.len)
		return 0;
	return xxh64(m->start.data, (size_t)len, 0);
}

/* False: over ENGINE_META_MAX. */
static bool
make_meta(struct store_message *m, struct buf *out, size_t *front)
{
	struct span header = mime_parser_header(m->mime, 0);
	const struct mime_tree *tree = mime_parser_tree(m->mime);
	struct buf b = { .max = ENGINE_META_MAX };
	struct store_meta meta = { .header_len = tree->part[0].header_len };
	struct sort_keys keys;
	size_t end[5];

	envelope_write(&b, header);
	end[0] = b.len;
	bodystructure_write(&b, m->mime, false);
	end[1] = b.len;
	bodystructure_write(&b, m->mime, true);
	end[2] = b.len;
	write_preview(&b, m, tree);
	end[3] = b.len;
	mime_tree_pack(&b, tree);
	end[4] = b.len;
	sort_keys_pack(&b, header);
	meta.envelope = span_sub(buf_span(&b), 0, end[0]);
	meta.body = span_sub(buf_span(&b), end[0], end[1] - end[0]);
	meta.bodystructure = span_sub(buf_span(&b), end[1], end[2] - end[1]);
	meta.preview = span_sub(buf_span(&b), end[2], end[3] - end[2]);
	meta.tree = span_sub(buf_span(&b), end[3], end[4] - end[3]);
	meta.sort = span_sub(buf_span(&b), end[4], b.len);
	sort_keys_parse(meta.sort, &keys);
	meta.thread = thread_of(&keys);
	m->id = keys.id;
	meta.header_sum = header_sum(m, meta.header_len);
	out->max = ENGINE_META_MAX;
	*front = store_meta_pack(out, &meta);
	out->failed |= b.failed;
	find_date(m, header);
	buf_free(&b);
	return !out->failed;
}

enum store_status
store_message_finish(struct store_message *m)
{
	struct buf meta = { 0 };
	enum engine_status es;
	size_t front = 0;
	bool fits;

	if (m->finished)
		return m->status;
	m->finished = true;
	mime_parser_finish(m->mime);
	fits = make_meta(m, &meta, &front);
	mime_parser_free(m->mime);
	m->mime = NULL;
	buf_free(&m->start);
	es = engine_blob_finish(m->blob, buf_span(&meta),
	    fits ? front : 0);
	buf_free(&meta);
	m->status = fits ? store_told(es) : STORE_LIMIT;
	return m->status;
}

uint64_t
store_message_id(const struct store_message *m)
{
	return m->id;
}

bool
store_message_date(const struct store_message *m, int64_t *sent)
{
	*sent = m->sent;
	return m->has_date;
}

void
store_message_free(struct store_message *m)
{
	if (m == NULL)
		return;
	if (m->mime != NULL)
		mime_parser_free(m->mime);
	engine_blob_free(m->blob);
	buf_free(&m->start);
	free(m);
}
