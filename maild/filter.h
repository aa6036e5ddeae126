/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FILTER_H
#define MAILD_FILTER_H

#include <sys/types.h>

#include "span.h"

/*
 * Asks rspamd about a message, or lists in the DNS about a client, by way of the
 * outbound role, and for sessions on any thread.  The text is handed over as a stream; at most FILTER_MAX are
 * under way at a time.
 */
#define FILTER_MAX 1000

struct event_base;
struct filter;
struct filter_request;
struct role_channel;
struct role_msg;

/* base: the loop of the process, on which all but ask and cancel are called. */
struct filter *filter_new(struct event_base *base);
/* Once no thread asks any more. */
void filter_free(struct filter *f); /* NULL is fine */
/* The channel to outbound; NULL: it is away, and so are all answers. */
void filter_attach(struct filter *f, struct role_channel *outbound);
/* FILTERED */
void filter_heard(struct filter *f, const struct role_msg *m);

struct filter_ask {
	const char *peer, *helo, *sender, *id;
	struct span recipients; /* a NUL behind each; at most so many bytes: */
#define FILTER_RECIPIENTS_MAX ((size_t)65536)
	int text;               /* a file; the caller's, and duplicated */
	uint64_t size;          /* bytes of it */
	unsigned seconds;       /* that an answer may take */
};

/* answer: for rspamd_parse(); p NULL: there is none. */
typedef void (*filter_done)(void *arg, struct span answer);

/* done is called once, on the loop back, which is the caller's, and never
 * before this returns. */
struct filter_request *filter_ask(struct filter *f, struct event_base *back,
    const struct filter_ask *ask, filter_done done, void *arg);
/* The same about the address of a client: answer is the list that names it and
 * why, printable; p NULL: none does. */
struct filter_request *filter_look_up(struct filter *f,
    struct event_base *back, const char *peer, unsigned seconds,
    filter_done done, void *arg);
/* On that loop, before done was called: it will not be. */
void filter_cancel(struct filter_request *r);

#endif
