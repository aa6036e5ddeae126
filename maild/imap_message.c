/* SPDX-License-Identifier: ISC */
#include "imap_message.h"
#include "sort_keys.h"

void
imap_message_begin(struct imap_message *m)
{
	m->cursor.page = NULL;
}

static void
forget(struct imap_message *m)
{
	if (m->has_tree)
		mime_tree_clear(&m->tree);
	m->has_front = m->has_meta = m->has_src = m->has_tree = false;
}

void
imap_message_end(struct imap_message *m)
{
	forget(m);
	buf_free(&m->gathered);
	store_cursor_end(&m->cursor);
}

enum store_status
imap_message_load(struct imap_message *m, uint32_t uid, unsigned columns)
{
	forget(m);
	m->cursor.columns = columns;
	return store_msg_get(m->store, &m->cursor, uid, &m->msg);
}

enum store_status
imap_message_meta(struct imap_message *m, const struct store_meta **out)
{
	enum store_status st = STORE_OK;

	if (!m->has_meta)
		st = store_msg_meta(m->store, &m->cursor, &m->msg, &m->meta);
	m->has_front = m->has_meta = st == STORE_OK;
	*out = &m->meta;
	return st;
}

enum store_status
imap_message_front(struct imap_message *m, const struct store_meta **out)
{
	enum store_status st = STORE_OK;

	if (!m->has_front)
		st = store_msg_front(m->store, &m->msg, &m->meta);
	m->has_front = st == STORE_OK;
	*out = &m->meta;
	return st;
}

enum store_status
imap_message_sort_keys(struct imap_message *m, struct sort_keys *out)
{
	struct span keys;
	enum store_status st =
	    store_msg_sort(m->store, &m->cursor, &m->msg, &keys);

	if (st == STORE_OK && sort_keys_parse(keys, out) < 0)
		st = STORE_UNAVAILABLE;
	return st;
}

const struct msgsrc *
imap_message_src(struct imap_message *m)
{
	if (!m->has_src)
		store_msg_src(m->store, &m->cursor, &m->msg, &m->src);
	m->has_src = true;
	return &m->src.src;
}

/* The store keeps offsets into the blob, before which the prefix goes. */
static void
shift(struct mime_tree *t, uint64_t prefix, uint64_t header_len)
{
	for (size_t i = 0; i < t->len; i++) {
		t->part[i].header_off += prefix;
		t->part[i].body_off += prefix;
	}
	t->part[0].header_off = 0;
	t->part[0].header_len = header_len;
}

enum store_status
imap_message_tree(struct imap_message *m, const struct mime_tree **out)
{
	const struct store_meta *meta;
	enum store_status st;

	*out = &m->tree;
	if (m->has_tree)
		return STORE_OK;
	st = imap_message_meta(m, &meta);
	if (st != STORE_OK)
		return st;
	if (mime_tree_unpack(&m->tree, meta->tree) < 0 || m->tree.len == 0)
		return STORE_UNAVAILABLE;
	shift(&m->tree, m->msg.prefix_len, meta->header_len);
	m->has_tree = true;
	return STORE_OK;
}

enum store_status
imap_gather(const struct msgsrc *src, uint64_t off, uint64_t len,
    struct buf *scratch, struct span *out)
{
	struct span run;

	*out = (struct span){ "", 0 };
	if (off >= src->size)
		return STORE_OK;
	if (len > src->size - off)
		len = src->size - off;
	if (len > MIME_HEADER_MAX)
		len = MIME_HEADER_MAX;
	buf_clear(scratch);
	while (len > 0) {
		if (src->at(src->arg, off, &run) < 0)
			return STORE_UNAVAILABLE;
		run = span_sub(run, 0, (size_t)len);
		if (run.n == len && scratch->len == 0) {
			*out = run;
			return STORE_OK;
		}
		buf_add_span(scratch, run);
		off += run.n;
		len -= run.n;
	}
	*out = buf_span(scratch);
	return STORE_OK;
}

enum store_status
imap_message_header(struct imap_message *m, struct span *out)
{
	const struct store_meta *meta;
	enum store_status st = imap_message_front(m, &meta);

	if (st != STORE_OK)
		return st;
	if (meta->header_sum != 0)
		return store_msg_header(m->store, &m->cursor, &m->msg, meta,
		    &m->gathered, out);
	return imap_gather(imap_message_src(m), 0, meta->header_len,
	    &m->gathered, out);
}
