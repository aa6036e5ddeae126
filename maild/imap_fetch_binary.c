/* SPDX-License-Identifier: ISC */
/*
 * BINARY, BINARY.PEEK and BINARY.SIZE (RFC 3516): parts with their transfer
 * encoding undone.  The answer begins with its length, so a part is decoded
 * once to be measured, and again as it is written.
 */
#include "imap_fetch.h"

/* The part that a section means. */
static enum store_status
find(struct fetch *f, const struct imap_section *s, struct mime_part *out,
    bool *exists)
{
	const struct mime_tree *t;
	enum store_status st;
	uint32_t part;

	*exists = true;
	/* Of the whole message nothing is encoded, only of what is in it. */
	*out = (struct mime_part){ .body_len = imap_message_src(&f->m)->size };
	if (s->nparts == 0)
		return STORE_OK;
	st = imap_message_tree(&f->m, &t);
	if (st != STORE_OK)
		return st;
	part = mime_find(t, s->part, s->nparts);
	*exists = part != MIME_NONE;
	if (*exists) {
		*out = t->part[part];
		if (out->kind != MIME_LEAF)
			out->encoding = MIME_ENC_IDENTITY;
	}
	return STORE_OK;
}

/* Is NUL in what is wanted of a piece that begins at off? */
static bool
has_nul(const struct fetch_item *it, uint64_t off, struct span piece)
{
	uint64_t end = it->partial ? (uint64_t)it->first + it->max : UINT64_MAX;

	if (it->partial && it->first > off) {
		piece = span_sub(piece, (size_t)(it->first - off), SIZE_MAX);
		off = it->first;
	}
	if (end <= off)
		return false;
	if (end - off < piece.n)
		piece.n = (size_t)(end - off);
	return piece.n > 0 && memchr(piece.p, '\0', piece.n) != NULL;
}

/* The length of a part that is decoded, and whether NUL is in what is wanted
 * of it. */
static enum store_status
measure(struct fetch *f, const struct fetch_item *it, const struct mime_part *p,
    uint64_t *len, bool *nul)
{
	struct msgtext_decoder d;
	struct buf piece = { 0 };
	int more;

	*len = 0;
	*nul = false;
	msgtext_decoder_init_bytes(&d, p, imap_message_src(&f->m));
	do {
		more = msgtext_decoder_next(&d, &piece);
		*nul = *nul || has_nul(it, *len, buf_span(&piece));
		*len += piece.len;
		buf_clear(&piece);
	} while (more > 0);
	msgtext_decoder_clear(&d);
	buf_free(&piece);
	return more < 0 ? STORE_UNAVAILABLE : STORE_OK;
}

/* Else the command fails; instead is what stands in the answer. */
static bool
decodes(struct fetch *f, const struct mime_part *p, const char *instead)
{
	if (p->encoding != MIME_ENC_UNKNOWN)
		return true;
	f->unknown_cte = true;
	buf_adds(&f->im->out, instead);
	return false;
}

static void
begin_stream(struct fetch *f, const struct mime_part *p, uint64_t skip,
    uint64_t len)
{
	fetch_binary_end(f);
	msgtext_decoder_init_bytes(&f->decoder, p, imap_message_src(&f->m));
	f->decoder_skip = skip;
	buf_clear(&f->text);
	f->stream = (struct fetch_stream){ .from = FETCH_STREAM_DECODED,
		.left = len };
}

static enum store_status
write_binary(struct fetch *f, const struct fetch_item *it)
{
	struct buf *out = &f->im->out;
	struct imap_range r = { 0 };
	struct mime_part p;
	bool exists, nul;
	enum store_status st = find(f, &it->section, &p, &exists);

	if (st == STORE_OK && !exists)
		buf_adds(out, "NIL");
	if (st != STORE_OK || !exists || !decodes(f, &p, "NIL"))
		return st;
	st = measure(f, it, &p, &r.len, &nul);
	if (st != STORE_OK)
		return st;
	fetch_cut(it, &r);
	if (r.len == 0) {
		buf_adds(out, "\"\"");
		return STORE_OK;
	}
	begin_stream(f, &p, r.off, r.len);
	buf_adds(out, nul ? "~{" : "{");
	imap_out_number(out, r.len);
	buf_adds(out, "}\r\n");
	return STORE_OK;
}

static enum store_status
write_size(struct fetch *f, const struct fetch_item *it)
{
	struct mime_part p;
	uint64_t len = 0;
	bool exists, nul;
	enum store_status st = find(f, &it->section, &p, &exists);

	if (st != STORE_OK || !decodes(f, &p, "0"))
		return st;
	if (exists)
		st = measure(f, it, &p, &len, &nul);
	if (st == STORE_OK)
		imap_out_number(&f->im->out, len);
	return st;
}

enum store_status
fetch_binary_next(struct fetch *f, struct span *out)
{
	struct fetch_stream *s = &f->stream;
	int more = 1;

	f->decoder.in.src = imap_message_src(&f->m);
	while (s->off >= f->text.len && more > 0) {
		buf_clear(&f->text);
		more = msgtext_decoder_next(&f->decoder, &f->text);
		s->off = f->decoder_skip < f->text.len ? f->decoder_skip :
							 f->text.len;
		f->decoder_skip -= s->off;
	}
	*out = span_sub(buf_span(&f->text), (size_t)s->off, SIZE_MAX);
	return more < 0 ? STORE_UNAVAILABLE : STORE_OK;
}

void
fetch_binary_end(struct fetch *f)
{
	msgtext_decoder_clear(&f->decoder);
	f->decoder = (struct msgtext_decoder){ 0 };
}

const struct fetch_kind fetch_binary = { "BINARY[", true, true, write_binary };
const struct fetch_kind fetch_binary_size = { "BINARY.SIZE[", true, true,
	write_size };
