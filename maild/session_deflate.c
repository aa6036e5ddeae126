/* SPDX-License-Identifier: ISC */
#include "session_deflate.h"

#include <sys/queue.h>

#include <event2/buffer.h>

#include <stdlib.h>
#include <zlib.h>

#include "buf.h"

#define WINDOW_BITS  (-15) /* raw, with the window that peers may use */
#define MEMORY_LEVEL 8
#define OUT_STEP     ((size_t)16384)

struct session_deflate {
	TAILQ_ENTRY(session_deflate) entry; /* while warm */
	struct session_warm *among;
	z_stream in, out;
	bool warm;  /* out is ready */
	bool dirty; /* something waits for a flush */
	bool ended; /* the peer's stream has */
};

struct session_warm {
	TAILQ_HEAD(, session_deflate) head; /* who wrote last is last */
	size_t len;
};

struct session_warm *
session_warm_new(void)
{
	struct session_warm *w = xcalloc(1, sizeof(*w));

	TAILQ_INIT(&w->head);
	return w;
}

void
session_warm_free(struct session_warm *w)
{
	free(w);
}

/* ---- in ---- */

int
session_inflate(struct session_deflate *z, struct evbuffer *from,
    struct evbuffer *to, size_t max)
{
	unsigned char step[SESSION_INFLATE_STEP];
	int ret = Z_OK;

	while (!z->ended && ret == Z_OK && evbuffer_get_length(to) < max) {
		size_t n = evbuffer_get_contiguous_space(from);

		z->in.next_in = evbuffer_pullup(from, (ev_ssize_t)n);
		z->in.avail_in = (unsigned)n;
		z->in.next_out = step;
		z->in.avail_out = sizeof(step);
		ret = inflate(&z->in, Z_SYNC_FLUSH);
		evbuffer_drain(from, n - z->in.avail_in);
		evbuffer_add(to, step, sizeof(step) - z->in.avail_out);
		z->ended = ret == Z_STREAM_END;
	}
	if (z->ended)
		evbuffer_drain(from, SIZE_MAX);
	/* No progress is no error: there was nothing to inflate. */
	return ret == Z_OK || ret == Z_STREAM_END || ret == Z_BUF_ERROR ? 0
									: -1;
}

/* ---- out ---- */

static void
cool(struct session_deflate *z)
{
	if (!z->warm)
		return;
	TAILQ_REMOVE(&z->among->head, z, entry);
	z->among->len--;
	z->warm = false;
	deflateEnd(&z->out);
}

/* The one that has been silent for longest and has nothing to say. */
static void
cool_another(struct session_warm *w)
{
	struct session_deflate *z;

	TAILQ_FOREACH (z, &w->head, entry) {
		if (!z->dirty) {
			cool(z);
			return;
		}
	}
}

static void
warm(struct session_deflate *z)
{
	struct session_warm *w = z->among;

	if (z->warm) {
		TAILQ_REMOVE(&w->head, z, entry);
		TAILQ_INSERT_TAIL(&w->head, z, entry);
		return;
	}
	if (w->len >= SESSION_WARM_MAX)
		cool_another(w);
	z->out = (z_stream){ 0 };
	if (deflateInit2(&z->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	TAILQ_INSERT_TAIL(&w->head, z, entry);
	w->len++;
	z->warm = true;
}

static void
deflate_some(
    struct session_deflate *z, struct span data, int flush, struct evbuffer *to)
{
	unsigned char step[OUT_STEP];

	z->out.next_in = (unsigned char *)(uintptr_t)data.p;
	z->out.avail_in = (unsigned)data.n;
	do {
		z->out.next_out = step;
		z->out.avail_out = sizeof(step);
		deflate(&z->out, flush);
		evbuffer_add(to, step, sizeof(step) - z->out.avail_out);
	} while (z->out.avail_out == 0);
}

void
session_deflate(
    struct session_deflate *z, struct span data, struct evbuffer *to)
{
	if (data.n == 0)
		return;
	warm(z);
	z->dirty = true;
	while (data.n > 0) {
		struct span some = span_sub(data, 0, (size_t)1 << 20);

		deflate_some(z, some, Z_NO_FLUSH, to);
		data = span_sub(data, some.n, data.n);
	}
}

void
session_deflate_flush(struct session_deflate *z, struct evbuffer *to)
{
	if (z->dirty)
		deflate_some(z, SPAN_LIT(""), Z_SYNC_FLUSH, to);
	z->dirty = false;
}

/* ---- the whole ---- */

struct session_deflate *
session_deflate_new(struct session_warm *w)
{
	struct session_deflate *z = xcalloc(1, sizeof(*z));

	z->among = w;
	if (inflateInit2(&z->in, WINDOW_BITS) != Z_OK)
		abort(); /* out of memory */
	return z;
}

void
session_deflate_free(struct session_deflate *z)
{
	if (z == NULL)
		return;
	cool(z);
	inflateEnd(&z->in);
	free(z);
}
