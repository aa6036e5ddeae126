/* SPDX-License-Identifier: ISC */
#include "mime.h"

#include <stdlib.h>

#define PACK_VERSION 1
#define OFFSET_MAX   (UINT64_MAX >> 4) /* sums of a few do not wrap */

void
mime_tree_clear(struct mime_tree *t)
{
	free(t->part);
	*t = (struct mime_tree){ 0 };
}

uint32_t
mime_tree_add(struct mime_tree *t, uint32_t parent, uint32_t before)
{
	uint32_t i = (uint32_t)t->len;

	if (t->len == t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : 4;
		t->part = xrealloc_array(t->part, t->cap, sizeof(*t->part));
	}
	t->part[t->len++] = (struct mime_part){
		.parent = parent, .first_child = MIME_NONE, .next = MIME_NONE,
	};
	if (before != MIME_NONE)
		t->part[before].next = i;
	else if (parent != MIME_NONE)
		t->part[parent].first_child = i;
	return i;
}

static uint64_t
part_end(const struct mime_part *p)
{
	return p->body_off + p->body_len;
}

static void
put(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_addc(out, (char)(v | 0x80));
	buf_addc(out, (char)v);
}

/*
 * A part is its kind and encoding, the distance to its parent, the bytes
 * between it and what lies before it (its sibling's end, or the begin of its
 * parent's body), its lengths and its lines.
 */
void
mime_tree_pack(struct buf *out, const struct mime_tree *t)
{
	uint64_t *last = xcalloc(t->len, sizeof(*last));

	buf_addc(out, PACK_VERSION);
	put(out, t->len);
	for (size_t i = 0; i < t->len; i++) {
		const struct mime_part *p = &t->part[i];
		bool root = p->parent == MIME_NONE;

		last[i] = p->body_off;
		buf_addc(out, (char)(p->kind | p->encoding << 2));
		put(out, root ? 0 : i - p->parent);
		put(out, p->header_off - (root ? 0 : last[p->parent]));
		put(out, p->header_len);
		put(out, p->body_len);
		put(out, p->lines);
		if (!root)
			last[p->parent] = part_end(p);
	}
	free(last);
}

/* A part that may still get children, on the path from the message to the
 * part read last. */
struct open_part {
	uint32_t part, last_child;
	uint64_t at; /* where the next child begins, at the earliest */
};

struct unpacker {
	struct mime_tree *t;
	struct span in;
	struct open_part path[MIME_DEPTH_MAX + 1];
	size_t depth; /* entries of path */
	bool failed;
};

static uint64_t
get(struct unpacker *u, uint64_t max)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && u->in.n > 0; shift += 7) {
		uint64_t byte = (unsigned char)u->in.p[0];

		u->in = span_sub(u->in, 1, u->in.n);
		v |= (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0 && v <= max)
			return v;
	}
	u->failed = true;
	return 0;
}

/* The entry of the part that stands that far before the next one. */
static struct open_part *
find_parent(struct unpacker *u, uint64_t distance)
{
	while (u->depth > 0) {
		struct open_part *o = &u->path[u->depth - 1];

		if (u->t->len - o->part == distance)
			return o;
		u->depth--;
	}
	return NULL;
}

/* May a part that begins at off and ends at end lie there?  o is NULL for the
 * message itself. */
static bool
fits(const struct unpacker *u, const struct open_part *o, uint64_t off,
    uint64_t end)
{
	const struct mime_part *parent;

	if (o == NULL)
		return u->t->len == 0 && off == 0;
	parent = &u->t->part[o->part];
	switch (parent->kind) {
	case MIME_MULTIPART:
		return u->depth <= MIME_DEPTH_MAX && end <= part_end(parent);
	case MIME_MESSAGE:
		return u->depth <= MIME_DEPTH_MAX && end == part_end(parent) &&
		    off == parent->body_off && o->last_child == MIME_NONE;
	default:
		return false;
	}
}

static int
unpack_part(struct unpacker *u)
{
	uint64_t tag = get(u, 0xff), distance = get(u, UINT32_MAX);
	struct open_part *o = find_parent(u, distance);
	uint64_t off = get(u, OFFSET_MAX) + (o != NULL ? o->at : 0);
	uint64_t header_len = get(u, OFFSET_MAX), body_len = get(u, OFFSET_MAX);
	uint64_t lines = get(u, body_len), end = off + header_len + body_len;
	uint32_t i;

	if (u->failed || (tag & 3) > MIME_MESSAGE ||
	    tag >> 2 > MIME_ENC_UNKNOWN || !fits(u, o, off, end))
		return -1;
	i = mime_tree_add(u->t, o != NULL ? o->part : MIME_NONE,
	    o != NULL ? o->last_child : MIME_NONE);
	u->t->part[i].kind = (enum mime_kind)(tag & 3);
	u->t->part[i].encoding = (enum mime_encoding)(tag >> 2);
	u->t->part[i].header_off = off;
	u->t->part[i].header_len = header_len;
	u->t->part[i].body_off = off + header_len;
	u->t->part[i].body_len = body_len;
	u->t->part[i].lines = lines;
	if (o != NULL) {
		o->last_child = i;
		o->at = end;
	}
	u->path[u->depth++] = (struct open_part){
		i, MIME_NONE, off + header_len,
	};
	return 0;
}

static bool
messages_have_content(const struct mime_tree *t)
{
	for (size_t i = 0; i < t->len; i++) {
		if (t->part[i].kind == MIME_MESSAGE &&
		    t->part[i].first_child == MIME_NONE)
			return false;
	}
	return true;
}

int
mime_tree_unpack(struct mime_tree *t, struct span s)
{
	struct unpacker u = { .t = t, .in = s };
	uint64_t n;

	mime_tree_clear(t);
	if (get(&u, 0xff) != PACK_VERSION)
		return -1;
	n = get(&u, MIME_PARTS_MAX);
	while (!u.failed && t->len < n)
		u.failed = unpack_part(&u) < 0;
	if (u.failed || n == 0 || u.in.n > 0 || !messages_have_content(t)) {
		mime_tree_clear(t);
		return -1;
	}
	return 0;
}
