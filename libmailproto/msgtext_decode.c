/* SPDX-License-Identifier: ISC */
#include "msgtext_decode.h"

#include "msgtext.h"
#include "utf8.h"

#define WINDOW ((size_t)16 << 10) /* bytes decoded at once */

int
msgtext_read(struct msgtext_reader *r, struct span *out)
{
	if (r->left == 0)
		return 0;
	if (r->off >= r->src->size || r->src->at(r->src->arg, r->off, out) < 0)
		return -1;
	if (out->n > r->left)
		out->n = (size_t)r->left;
	r->off += out->n;
	r->left -= out->n;
	return 1;
}

int
msgtext_header(struct buf *copy, const struct mime_part *p,
    const struct msgsrc *src, struct span *out)
{
	uint64_t n = p->header_len < MIME_HEADER_MAX ? p->header_len :
						       MIME_HEADER_MAX;
	struct msgtext_reader r = { src, p->header_off, n };
	int more;

	buf_clear(copy);
	*out = SPAN_LIT("");
	more = msgtext_read(&r, out);
	if (more <= 0 || r.left == 0)
		return more < 0 ? -1 : 0;
	do {
		buf_add_span(copy, *out);
		more = msgtext_read(&r, out);
	} while (more > 0);
	*out = buf_span(copy);
	return more;
}

void
msgtext_decoder_init_bytes(struct msgtext_decoder *d, const struct mime_part *p,
    const struct msgsrc *src)
{
	*d = (struct msgtext_decoder){
		.in = { src, p->body_off, p->body_len },
		.encoding = p->encoding,
	};
}

void
msgtext_decoder_init(struct msgtext_decoder *d, const struct mime_part *p,
    const struct msgsrc *src, const char *charset)
{
	msgtext_decoder_init_bytes(d, p, src);
	d->charset = charset_open(span_str(charset != NULL ? charset : ""));
}

void
msgtext_decoder_clear(struct msgtext_decoder *d)
{
	if (d->charset != NULL)
		charset_close(d->charset);
	buf_free(&d->bytes);
}

/* Bytes out of the transfer encoding are text, or what was asked for. */
static void
add_bytes(struct msgtext_decoder *d, struct buf *out, struct span s)
{
	if (d->charset != NULL)
		charset_stream(d->charset, out, s);
	else
		buf_add_span(out, s);
}

static void
decode(struct msgtext_decoder *d, struct buf *out, struct span s)
{
	switch (d->encoding) {
	case MIME_ENC_BASE64:
		base64_stream(&d->base64, &d->bytes, s);
		break;
	case MIME_ENC_QP:
		qp_stream(&d->qp, &d->bytes, s);
		break;
	default:
		add_bytes(d, out, s);
		return;
	}
	add_bytes(d, out, buf_span(&d->bytes));
	buf_clear(&d->bytes);
}

static void
decode_end(struct msgtext_decoder *d, struct buf *out)
{
	if (d->encoding == MIME_ENC_QP) {
		qp_stream_end(&d->qp, &d->bytes);
		add_bytes(d, out, buf_span(&d->bytes));
		buf_clear(&d->bytes);
	}
	if (d->charset != NULL)
		charset_end(d->charset, out);
}

int
msgtext_decoder_next(struct msgtext_decoder *d, struct buf *out)
{
	struct msgtext_reader window = d->in;
	struct span s;
	int more;

	more = msgtext_read(&window, &s);
	if (more < 0)
		return -1;
	if (more == 0) {
		decode_end(d, out);
		return 0;
	}
	s = span_sub(s, 0, WINDOW);
	d->in.off += s.n;
	d->in.left -= s.n;
	decode(d, out, s);
	return 1;
}

int
msgtext_decode_part(struct buf *out, const struct mime_tree *t, uint32_t part,
    const struct msgsrc *src)
{
	struct msgtext_decoder d;
	int more;

	msgtext_decoder_init_bytes(&d, &t->part[part], src);
	do {
		more = msgtext_decoder_next(&d, out);
	} while (more > 0 && !out->failed);
	msgtext_decoder_clear(&d);
	return more < 0 ? -1 : 0;
}

int
msgtext_part(struct buf *out, const struct mime_tree *t, uint32_t part,
    const struct msgsrc *src, size_t max)
{
	size_t before = out->len, n = 0;
	struct param_list type = { 0 };
	struct msgtext_decoder d;
	struct buf copy = { 0 };
	struct span header;
	int more;

	if (msgtext_header(&copy, &t->part[part], src, &header) < 0) {
		buf_free(&copy);
		return -1;
	}
	mime_content_type(header, &type);
	msgtext_decoder_init(&d, &t->part[part], src,
	    param_get(&type, "charset"));
	do {
		more = msgtext_decoder_next(&d, out);
		n = out->len - before;
	} while (more > 0 && n < max && !out->failed);
	if (n > max) {
		n = utf8_fit(span_of(out->data + before, n), max);
		out->len = before + n;
		out->data[out->len] = '\0';
	}
	msgtext_decoder_clear(&d);
	param_list_clear(&type);
	buf_free(&copy);
	return more < 0 ? -1 : 0;
}
