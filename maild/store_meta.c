/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_meta.h"

/* Version 3, 3 zero, length of envelope, body, bodystructure, preview, tree,
 * sort keys (4 each), length of the header (8), thread (8), checksum of the
 * header (8), and then those six, the bodystructure first: it ends the front.
 * Versions 1 and 2, which are still read, have them in the order of their
 * lengths, and version 1 has no such checksum. */
#define FIXED_1 44
#define FIXED   52

size_t
store_meta_pack(struct buf *out, const struct store_meta *m)
{
	char v[FIXED] = { 3 };

	le32_put(v + 4, (uint32_t)m->envelope.n);
	le32_put(v + 8, (uint32_t)m->body.n);
	le32_put(v + 12, (uint32_t)m->bodystructure.n);
	le32_put(v + 16, (uint32_t)m->preview.n);
	le32_put(v + 20, (uint32_t)m->tree.n);
	le32_put(v + 24, (uint32_t)m->sort.n);
	le64_put(v + 28, m->header_len);
	le64_put(v + 36, m->thread);
	le64_put(v + 44, m->header_sum);
	buf_add(out, v, sizeof(v));
	buf_add_span(out, m->bodystructure);
	buf_add_span(out, m->envelope);
	buf_add_span(out, m->body);
	buf_add_span(out, m->preview);
	buf_add_span(out, m->tree);
	buf_add_span(out, m->sort);
	return FIXED + m->bodystructure.n;
}

/* The length at that offset of s, so much of *rest as out. */
static bool
take(struct span s, size_t off, struct span *rest, struct span *out)
{
	uint32_t n = le32_get(s.p + off);

	if (n > rest->n)
		return false;
	*out = span_sub(*rest, 0, n);
	*rest = span_sub(*rest, n, rest->n);
	return true;
}

/* The numbers; rest is what follows them.  Returns the version, -1: damage. */
static int
parse_fixed(struct span s, struct store_meta *out, struct span *rest)
{
	int version = s.n > 0 ? s.p[0] : 0;
	size_t fixed = version == 1 ? FIXED_1 : FIXED;

	if (version < 1 || version > 3 || s.n < fixed)
		return -1;
	*out = (struct store_meta){ .header_len = le64_get(s.p + 28),
		.thread = le64_get(s.p + 36),
		.header_sum = version == 1 ? 0 : le64_get(s.p + 44) };
	*rest = span_sub(s, fixed, s.n);
	return version;
}

int
store_meta_parse(struct span s, struct store_meta *out)
{
	struct span rest;
	int version = parse_fixed(s, out, &rest);
	bool old = version < 3;

	if (version < 0 ||
	    (!old && !take(s, 12, &rest, &out->bodystructure)) ||
	    !take(s, 4, &rest, &out->envelope) ||
	    !take(s, 8, &rest, &out->body) ||
	    (old && !take(s, 12, &rest, &out->bodystructure)) ||
	    !take(s, 16, &rest, &out->preview) ||
	    !take(s, 20, &rest, &out->tree) ||
	    !take(s, 24, &rest, &out->sort) || rest.n > 0)
		return -1;
	return 0;
}

int
store_meta_parse_front(struct span s, struct store_meta *out)
{
	struct span rest;
	int version = parse_fixed(s, out, &rest);

	/* An old one has no front of its own: s is all of it. */
	if (version > 0 && version < 3)
		return store_meta_parse(s, out);
	return version > 0 && take(s, 12, &rest, &out->bodystructure) ? 0 : -1;
}
