/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <zlib.h>

#include "imap_client_state.h"

/*
 * COMPRESS=DEFLATE (RFC 4978): the bytes of both directions from the tagged OK
 * on.
 */
#define WINDOW_BITS  (-15) /* raw, with the largest window */
#define MEMORY_LEVEL 8
#define STEP         ((size_t)16384)
#define WIRE_MAX     ((size_t)65536) /* made ready at once, but for a step */

struct imap_client_deflate {
	z_stream in, out;
	struct buf wire; /* deflated, to be sent */
	bool dirty;      /* something waits for a flush */
};

static struct imap_client_deflate *
deflate_new(void)
{
	struct imap_client_deflate *z = xcalloc(1, sizeof(*z));

	if (inflateInit2(&z->in, WINDOW_BITS) != Z_OK ||
	    deflateInit2(&z->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	return z;
}

void
imap_client_deflate_free(struct imap_client_deflate *z)
{
	if (z == NULL)
		return;
	inflateEnd(&z->in);
	deflateEnd(&z->out);
	buf_free(&z->wire);
	free(z);
}

/* ---- the command ---- */

static void
on_compress(void *arg, struct imap_resp *r)
{
	struct imap_client *c = arg;

	if (r->type == IMAP_RESP_OK)
		c->z = deflate_new();
}

void
imap_client_compress(struct imap_client *c)
{
	if (c->state != CLIENT_READY || c->compress_asked ||
	    (c->caps & IMAP_CAP_COMPRESS) == 0)
		return;
	c->compress_asked = true;
	imap_client_begin(c, 0, on_compress, c);
	imap_client_add(c, "COMPRESS DEFLATE");
	c->making->barrier = true;
	imap_client_end(c);
}

/* ---- in ---- */

void
imap_client_inflate(struct imap_client *c, struct span s,
    void (*read)(struct imap_client *c, struct span plain))
{
	z_stream *in = &c->z->in;
	char step[STEP];
	int ret = Z_OK;

	in->next_in = (unsigned char *)(uintptr_t)s.p;
	in->avail_in = (unsigned)s.n;
	while (ret == Z_OK && c->state < CLIENT_CLOSED) {
		in->next_out = (unsigned char *)step;
		in->avail_out = sizeof(step);
		ret = inflate(in, Z_SYNC_FLUSH);
		read(c, span_of(step, sizeof(step) - in->avail_out));
	}
	if (c->state >= CLIENT_CLOSED)
		return;
	if (ret == Z_STREAM_END)
		imap_client_eof(c);
	else if (ret != Z_OK && ret != Z_BUF_ERROR) /* no input is no error */
		imap_client_fail(c, IMAP_CLIENT_PROTOCOL,
		    "what the server sends is not compressed as agreed");
}

/* ---- out ---- */

static void
deflate_some(struct imap_client_deflate *z, struct span s, int flush)
{
	z->out.next_in = (unsigned char *)(uintptr_t)s.p;
	z->out.avail_in = (unsigned)s.n;
	do {
		z->out.next_out =
		    (unsigned char *)buf_reserve(&z->wire, STEP);
		z->out.avail_out = STEP;
		deflate(&z->out, flush);
		z->wire.len += STEP - z->out.avail_out;
	} while (z->out.avail_out == 0);
}

struct span
imap_client_deflate(struct imap_client *c)
{
	struct imap_client_deflate *z = c->z;
	struct span s;

	while (z->wire.len < WIRE_MAX &&
	    (s = imap_client_plain(c)).n > 0) {
		s = span_sub(s, 0, STEP);
		deflate_some(z, s, Z_NO_FLUSH);
		z->dirty = true;
		imap_client_plain_sent(c, s.n);
	}
	if (z->dirty && imap_client_plain(c).n == 0) {
		deflate_some(z, SPAN_LIT(""), Z_SYNC_FLUSH);
		z->dirty = false;
	}
	return buf_span(&z->wire);
}

void
imap_client_deflate_sent(struct imap_client *c, size_t n)
{
	buf_consume(&c->z->wire, n);
}
