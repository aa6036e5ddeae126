/* SPDX-License-Identifier: ISC */
/* JSON that leaves no password behind in freed memory. */
#include <stdlib.h>

#include "ctl_request.h"

/* Before each block stands its size; the union keeps it aligned. */
union header {
	size_t size;
	max_align_t align;
};

static void *
allocate(size_t n)
{
	union header *h;

	if (n > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + n);
	if (h == NULL)
		return NULL;
	h->size = n;
	return h + 1;
}

static void
wipe(void *p)
{
	union header *h = p;

	if (p == NULL)
		return;
	explicit_bzero(h, h[-1].size);
	free(h - 1);
}

void
ctl_json_init(void)
{
	json_set_alloc_funcs(allocate, wipe);
}

static int
add(const char *data, size_t n, void *arg)
{
	buf_add(arg, data, n);
	return 0;
}

void
ctl_json_format(struct buf *out, const json_t *o)
{
	if (json_dump_callback(o, add, out, JSON_COMPACT) != 0)
		abort(); /* not even an object: our own bug */
}

json_t *
ctl_time_json(int64_t t)
{
	time_t seconds = (time_t)t;
	struct tm tm;
	char text[32];

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return json_null();
	return json_string(text);
}
