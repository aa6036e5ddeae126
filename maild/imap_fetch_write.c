/* SPDX-License-Identifier: ISC */
#include "imap_enable.h"
#include "imap_fetch.h"
#include "imap_objectid.h"

/* ---- the values of items ---- */

static enum store_status
write_uid(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	imap_out_number(&f->im->out, f->m.msg.uid);
	return STORE_OK;
}

static enum store_status
write_flags(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	imap_flags_write(&f->names, &f->m.msg);
	imap_tell_has(f->im, &f->m.msg);
	return STORE_OK;
}

static enum store_status
write_modseq(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	imap_out_modseq(&f->im->out, "", f->m.msg.modseq);
	return STORE_OK;
}

static enum store_status
write_internaldate(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	buf_addc(&f->im->out, '"');
	date_format_imap(&f->im->out, f->m.msg.internaldate);
	buf_addc(&f->im->out, '"');
	return STORE_OK;
}

static enum store_status
write_size(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	imap_out_number(&f->im->out, f->m.msg.size);
	return STORE_OK;
}

static enum store_status
write_savedate(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	buf_addc(&f->im->out, '"');
	date_format_imap(
	    &f->im->out, (struct mail_date){ .sec = f->m.msg.savedate });
	buf_addc(&f->im->out, '"');
	return STORE_OK;
}

static enum store_status
write_emailid(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	buf_addc(&f->im->out, '(');
	imap_emailid(&f->im->out, &f->m.msg);
	buf_addc(&f->im->out, ')');
	return STORE_OK;
}

static enum store_status
write_threadid(struct fetch *f, const struct fetch_item *it)
{
	const struct store_meta *meta;
	enum store_status st = imap_message_front(&f->m, &meta);

	(void)it;
	if (st != STORE_OK)
		return st;
	buf_addc(&f->im->out, '(');
	imap_threadid(&f->im->out, &f->m.msg, meta);
	buf_addc(&f->im->out, ')');
	return STORE_OK;
}

static struct span
pick_envelope(const struct store_meta *m)
{
	return m->envelope;
}

static struct span
pick_body(const struct store_meta *m)
{
	return m->body;
}

static struct span
pick_bodystructure(const struct store_meta *m)
{
	return m->bodystructure;
}

static struct span
pick_preview(const struct store_meta *m)
{
	return m->preview;
}

/* Write it, or stream it where it is long. */
static enum store_status
write_meta(struct fetch *f, struct span (*pick)(const struct store_meta *))
{
	const struct store_meta *meta;
	enum store_status st = fetch_meta(f, f->item[f->at].kind->meta, &meta);

	if (st != STORE_OK)
		return st;
	if (pick(meta).n <= FETCH_AT_ONCE)
		buf_add_span(&f->im->out, pick(meta));
	else
		f->stream = (struct fetch_stream){ .from = FETCH_STREAM_META,
			.pick = pick, .left = pick(meta).n };
	return STORE_OK;
}

static enum store_status
write_envelope(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	return write_meta(f, pick_envelope);
}

static enum store_status
write_body(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	return write_meta(f, pick_body);
}

static enum store_status
write_bodystructure(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	return write_meta(f, pick_bodystructure);
}

static enum store_status
write_preview(struct fetch *f, const struct fetch_item *it)
{
	(void)it;
	return write_meta(f, pick_preview);
}

void
fetch_cut(const struct fetch_item *it, struct imap_range *r)
{
	if (!it->partial)
		return;
	if (it->first >= r->len) {
		r->len = 0;
		return;
	}
	r->off += it->first;
	r->len -= it->first;
	if (r->len > it->max)
		r->len = it->max;
}

/* A literal is a promise: see that it can be begun to be kept. */
static bool
readable(struct imap_message *m, uint64_t off)
{
	const struct msgsrc *src = imap_message_src(m);
	struct span run;

	return src->at(src->arg, off, &run) == 0;
}

static enum store_status
write_section(struct fetch *f, const struct fetch_item *it)
{
	struct buf *out = &f->im->out;
	struct imap_range r;
	enum store_status st = imap_section_find(&it->section, &f->m, &f->text,
	    &r);

	if (st != STORE_OK)
		return st;
	if (!r.exists) {
		buf_adds(out, "NIL");
		return STORE_OK;
	}
	fetch_cut(it, &r);
	if (r.len == 0) {
		buf_adds(out, "\"\"");
		return STORE_OK;
	}
	if (!r.made && !readable(&f->m, r.off))
		return STORE_UNAVAILABLE;
	buf_addc(out, '{');
	imap_out_number(out, r.len);
	buf_adds(out, "}\r\n");
	if (r.made && r.len <= FETCH_AT_ONCE)
		buf_add_span(out, span_sub(buf_span(&f->text), (size_t)r.off,
		    (size_t)r.len));
	else
		f->stream = (struct fetch_stream){ .off = r.off, .left = r.len,
			.from = r.made ? FETCH_STREAM_TEXT :
			    FETCH_STREAM_SRC };
	return STORE_OK;
}

static const struct fetch_kind kinds[] = {
	{ "UID", false, FETCH_META_NONE, write_uid },
	{ "FLAGS", false, FETCH_META_NONE, write_flags },
	{ "MODSEQ", false, FETCH_META_NONE, write_modseq },
	{ "INTERNALDATE", true, FETCH_META_NONE, write_internaldate },
	{ "RFC822.SIZE", true, FETCH_META_NONE, write_size },
	{ "SAVEDATE", true, FETCH_META_NONE, write_savedate }, /* RFC 8514 */
	{ "EMAILID", true, FETCH_META_NONE, write_emailid },   /* RFC 8474 */
	{ "THREADID", true, FETCH_META_FRONT, write_threadid },
	{ "PREVIEW", true, FETCH_META_ALL, write_preview }, /* RFC 8970 */
	{ "ENVELOPE", true, FETCH_META_ALL, write_envelope },
	{ "BODY", true, FETCH_META_ALL, write_body },
	{ "BODYSTRUCTURE", true, FETCH_META_FRONT, write_bodystructure },
};

const struct fetch_kind fetch_section = { "BODY[", true, FETCH_META_FRONT,
	write_section };

const struct fetch_kind *
fetch_kind_find(struct span name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (span_ieqs(name, kinds[i].name))
			return &kinds[i];
	}
	return NULL;
}

/* ---- a message ---- */

/* What the stream has at hand; FETCH_WRITTEN: out is it. */
static enum fetch_write
stream_next(struct fetch *f, struct span *out)
{
	struct fetch_stream *s = &f->stream;
	const struct store_meta *meta;
	const struct msgsrc *src;

	switch (s->from) {
	case FETCH_STREAM_MEASURE:
		return fetch_binary_measure(f);
	case FETCH_STREAM_TEXT:
		*out = span_sub(buf_span(&f->text), (size_t)s->off, SIZE_MAX);
		return FETCH_WRITTEN;
	case FETCH_STREAM_DECODED:
		return fetch_binary_next(f, out);
	case FETCH_STREAM_META:
		if (fetch_meta(f, f->item[f->at].kind->meta, &meta) != STORE_OK)
			return FETCH_BROKEN;
		*out = span_sub(s->pick(meta), (size_t)s->off, SIZE_MAX);
		return FETCH_WRITTEN;
	case FETCH_STREAM_SRC:
		src = imap_message_src(&f->m);
		return s->off < src->size &&
		    src->at(src->arg, s->off, out) == 0 ?
		    FETCH_WRITTEN : FETCH_BROKEN;
	}
	return FETCH_BROKEN;
}

static enum fetch_write
write_stream(struct fetch *f)
{
	struct fetch_stream *s = &f->stream;

	while (s->left > 0) {
		size_t room = imap_room(f->im);
		bool measuring = s->from == FETCH_STREAM_MEASURE;
		struct span run = { 0 };
		enum fetch_write w;

		if (room == 0)
			return FETCH_NO_ROOM;
		w = stream_next(f, &run);
		if (w != FETCH_WRITTEN)
			return w;
		if (measuring)
			continue;
		if (run.n == 0)
			return FETCH_BROKEN;
		run = span_sub(run, 0, room);
		if (run.n > s->left)
			run.n = (size_t)s->left;
		imap_out_bulk(f->im, run);
		s->off += run.n;
		s->left -= run.n;
	}
	return FETCH_WRITTEN;
}

static void
begin_item(struct fetch *f, const struct fetch_item *it)
{
	struct buf *out = &f->im->out;

	f->begun = true;
	buf_add_span(out, span_sub(buf_span(&f->labels), it->label,
	    it->label_len));
	if (it->kind->write(f, it) != STORE_OK) {
		f->failed = true;
		buf_adds(out, "NIL");
	}
}

static enum fetch_write
write_items(struct fetch *f)
{
	for (; f->at < f->nitems; f->at++) {
		enum fetch_write w;

		if (!f->begun) {
			if (imap_room(f->im) < IMAP_FLAGS_ROOM)
				return FETCH_NO_ROOM;
			begin_item(f, &f->item[f->at]);
		}
		w = write_stream(f);
		if (w != FETCH_WRITTEN)
			return w;
		f->begun = false;
	}
	return FETCH_WRITTEN;
}

/* RFC 3501: flags that the command has changed are part of its answer; RFC 7162
 * section 3.2.4: and what goes with them. */
static void
write_seen(struct fetch *f)
{
	const bool condstore = imap_enabled(f->im, IMAP_CONDSTORE);

	if (!seqset_has(&f->seen, f->m.msg.uid))
		return;
	if (!f->flags) {
		buf_addc(&f->im->out, ' ');
		write_flags(f, NULL);
	}
	if (condstore && !f->uid && !imap_enabled(f->im, IMAP_UIDONLY)) {
		buf_adds(&f->im->out, " UID ");
		write_uid(f, NULL);
	}
	if (condstore && !f->modseq) {
		buf_addc(&f->im->out, ' ');
		write_modseq(f, NULL);
	}
}

enum fetch_write
fetch_write(struct fetch *f, uint64_t seq)
{
	struct buf *out = &f->im->out;
	enum fetch_write w;

	if (!f->open) {
		if (imap_room(f->im) < IMAP_FLAGS_ROOM)
			return FETCH_NO_ROOM;
		imap_flags_announce(&f->names);
		imap_out_fetch(f->im, (uint32_t)seq, f->m.msg.uid);
		f->open = f->im->midline = true;
		f->at = 0;
		f->begun = false;
		f->stream.left = 0;
	}
	w = write_items(f);
	if (w != FETCH_WRITTEN)
		return w;
	write_seen(f);
	buf_adds(out, ")\r\n");
	f->open = f->im->midline = false;
	return FETCH_WRITTEN;
}
