/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdlib.h>

#include "buf.h"
#include "session_io.h"

/* The strings of a session_start, so that they are copied and freed alike. */
static const size_t start_string[] = {
	offsetof(struct session_start, peer),
	offsetof(struct session_start, local),
	offsetof(struct session_start, tls),
	offsetof(struct session_start, user),
	offsetof(struct session_start, helo),
	offsetof(struct session_start, tag),
};
#define START_STRINGS (sizeof(start_string) / sizeof(start_string[0]))

static char **
start_at(struct session_start *s, size_t i)
{
	return (char **)((char *)s + start_string[i]);
}

void
session_start_copy(struct session_start *to, const struct session_start *from)
{
	*to = *from;
	for (size_t i = 0; i < START_STRINGS; i++)
		*start_at(to, i) = xstrdup(*start_at(to, i));
}

void
session_start_clear(struct session_start *s)
{
	for (size_t i = 0; i < START_STRINGS; i++)
		free(*start_at(s, i));
}
