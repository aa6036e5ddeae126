/* SPDX-License-Identifier: ISC */
/*
 * BINARY, BINARY.PEEK and BINARY.SIZE (RFC 3516): parts with their transfer
 * encoding undone.  The answer begins with its length, so a part is decoded
 * once to be measured, and again as it is written; both go on after a pause.
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

/* ---- measuring ---- */

static void
begin(struct fetch *f, const struct mime_part *p)
{
	fetch_binary_end(f);
	msgtext_decoder_init_bytes(&f->decoder, p, imap_message_src(&f->m));
	buf_clear(&f->text);
}

static enum store_status
begin_measure(struct fetch *f, const struct mime_part *p)
{
	begin(f, p);
	f->decoded = 0;
	f->decoded_nul = false;
	f->stream = (struct fetch_stream){ .from = FETCH_STREAM_MEASURE,
		.left = 1 };
	return STORE_OK;
}

static enum store_status
write_binary(struct fetch *f, const struct fetch_item *it)
{
	struct mime_part p;
	bool exists;
	enum store_status st = find(f, &it->section, &p, &exists);

	if (st == STORE_OK && !exists)
		buf_adds(&f->im->out, "NIL");
	if (st != STORE_OK || !exists || !decodes(f, &p, "NIL"))
		return st;
	return begin_measure(f, &p);
}

static enum store_status
write_size(struct fetch *f, const struct fetch_item *it)
{
	struct mime_part p;
	bool exists;
	enum store_status st = find(f, &it->section, &p, &exists);

	if (st == STORE_OK && !exists)
		buf_addc(&f->im->out, '0');
	if (st != STORE_OK || !exists || !decodes(f, &p, "0"))
		return st;
	return begin_measure(f, &p);
}

/* Write the length, and make a stream of what is wanted of the part. */
static enum store_status
write_measured(struct fetch *f, const struct fetch_item *it)
{
	struct imap_range r = { .len = f->decoded };
	struct buf *out = &f->im->out;
	struct mime_part p;
	bool exists;
	enum store_status st;

	f->stream.left = 0;
	if (it->kind == &fetch_binary_size) {
		imap_out_number(out, f->decoded);
		return STORE_OK;
	}
	fetch_cut(it, &r);
	if (r.len == 0) {
		buf_adds(out, "\"\"");
		return STORE_OK;
	}
	st = find(f, &it->section, &p, &exists);
	if (st != STORE_OK)
		return st;
	begin(f, &p);
	f->decoder_skip = r.off;
	f->stream = (struct fetch_stream){ .from = FETCH_STREAM_DECODED,
		.left = r.len };
	buf_adds(out, f->decoded_nul ? "~{" : "{");
	imap_out_number(out, r.len);
	buf_adds(out, "}\r\n");
	return STORE_OK;
}

enum fetch_write
fetch_binary_measure(struct fetch *f)
{
	const struct fetch_item *it = &f->item[f->at];
	int more;

	f->decoder.in.src = imap_message_src(&f->m);
	for (;;) {
		buf_clear(&f->text);
		more = msgtext_decoder_next(&f->decoder, &f->text);
		f->decoded_nul = f->decoded_nul ||
				 has_nul(it, f->decoded, buf_span(&f->text));
		f->decoded += f->text.len;
		if (more <= 0)
			break;
		if (imap_slice_over(f->im))
			return FETCH_PAUSED;
	}
	if (more < 0 || write_measured(f, it) != STORE_OK) {
		f->stream.left = 0;
		f->failed = true;
		buf_adds(&f->im->out, "NIL");
	}
	return FETCH_WRITTEN;
}

/* ---- streaming ---- */

enum fetch_write
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
		/* Much may be skipped. */
		if (s->off >= f->text.len && more > 0 && imap_slice_over(f->im))
			return FETCH_PAUSED;
	}
	*out = span_sub(buf_span(&f->text), (size_t)s->off, SIZE_MAX);
	return more < 0 ? FETCH_BROKEN : FETCH_WRITTEN;
}

void
fetch_binary_end(struct fetch *f)
{
	msgtext_decoder_clear(&f->decoder);
	f->decoder = (struct msgtext_decoder){ 0 };
}

const struct fetch_kind fetch_binary = { "BINARY[", true, FETCH_META_ALL,
	write_binary };
const struct fetch_kind fetch_binary_size = { "BINARY.SIZE[", true,
	FETCH_META_ALL, write_size };
