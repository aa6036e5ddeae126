/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>

#include <stdlib.h>

#include "session_deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HELD_MAX ((size_t)65536)

/* What a peer may send behind COMPRESS: its bytes in two portions, inflated
 * within bounds and said back. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_warm *warm = session_warm_new();
	struct session_deflate *z = session_deflate_new(warm);
	struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
	const size_t half = size / 2, ends[] = { half, size };
	size_t at = 0;

	for (int i = 0; i < 2; i++) {
		evbuffer_add(from, data + at, ends[i] - at);
		at = ends[i];
		if (session_inflate(z, from, to, HELD_MAX) < 0)
			break;
		if (evbuffer_get_length(to) >= HELD_MAX + SESSION_INFLATE_STEP)
			abort();
		session_deflate(z,
		    span_of((char *)evbuffer_pullup(to, -1),
			evbuffer_get_length(to)),
		    from);
		session_deflate_flush(z, from);
		evbuffer_drain(from, SIZE_MAX);
		evbuffer_drain(to, SIZE_MAX);
	}
	session_deflate_free(z);
	session_warm_free(warm);
	evbuffer_free(from);
	evbuffer_free(to);
	return 0;
}
