/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_meta.h"

/* Version 2, 3 zero, length of envelope, body, bodystructure, preview, tree,
 * sort keys (4 each), length of the header (8), thread (8), checksum of the
 * header (8), and then those six.  Version 1, which is still read, has no such
 * checksum. */
#define FIXED_1 44
#define FIXED   52

void
store_meta_pack(struct buf *out, const struct store_meta *m)
{
	char v[FIXED] = { 2 };

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
	buf_add_span(out, m->envelope);
	buf_add_span(out, m->body);
	buf_add_span(out, m->bodystructure);
	buf_add_span(out, m->preview);
	buf_add_span(out, m->tree);
	buf_add_span(out, m->sort);
}

static bool
take(struct span *s, uint32_t n, struct span *out)
{
	if (n > s->n)
		return false;
	*out = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->n);
	return true;
}

int
store_meta_parse(struct span s, struct store_meta *out)
{
	bool old = s.n >= FIXED_1 && s.p[0] == 1;
	struct span rest = span_sub(s, old ? FIXED_1 : FIXED, s.n);

	if (!old && (s.n < FIXED || s.p[0] != 2))
		return -1;
	out->header_len = le64_get(s.p + 28);
	out->thread = le64_get(s.p + 36);
	out->header_sum = old ? 0 : le64_get(s.p + 44);
	if (!take(&rest, le32_get(s.p + 4), &out->envelope) ||
	    !take(&rest, le32_get(s.p + 8), &out->body) ||
	    !take(&rest, le32_get(s.p + 12), &out->bodystructure) ||
	    !take(&rest, le32_get(s.p + 16), &out->preview) ||
	    !take(&rest, le32_get(s.p + 20), &out->tree) ||
	    !take(&rest, le32_get(s.p + 24), &out->sort) || rest.n > 0)
		return -1;
	return 0;
}
