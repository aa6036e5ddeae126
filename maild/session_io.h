/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SESSION_IO_H
#define MAILD_SESSION_IO_H

#include <stddef.h>

#include "session.h"

/*
 * The side of a session that does I/O: how it begins, and what the mail role
 * does with all of them.  Everything here and in session.h happens on the
 * thread of the session's worker.
 */
struct bufferevent;

/* The sessions of one worker: its worker->sessions. */
struct session_list *session_list_new(void);
/* Those that are left end without a word. */
void session_list_free(struct session_list *l);
size_t session_list_len(const struct session_list *l);

/*
 * Owns bev from now on, whose input may hold bytes already; start is copied.
 * Calls proto->start at once and has run called from the loop.  bev may be one
 * end of a bufferevent_pair (tests), or a socket that is closed with it.
 */
struct session *session_new(struct worker *w, struct bufferevent *bev,
    const struct session_proto *proto, const struct session_start *start);

/*
 * End all sessions of a user (NULL: all there are): proto->end is called from
 * the loop, its last words are written, at most SESSION_LAST_WORDS seconds
 * long, then the connection closes.
 */
#define SESSION_LAST_WORDS 5
void session_list_end(struct session_list *l, const char *user,
    enum session_end why);
/* Called, from the loop, when a session is about to be freed; NULL: nobody. */
void session_list_watch(struct session_list *l,
    void (*gone)(void *arg, const struct session_start *start), void *arg);
/* Called for what session_give_back() was called for, with a descriptor that
 * it owns; NULL: that is closed instead.  arg as above. */
void session_list_on_back(struct session_list *l,
    void (*back)(void *arg, const struct session_start *start, int fd,
	struct span input));

/* Its strings, too. */
void session_start_copy(
    struct session_start *to, const struct session_start *from);
void session_start_clear(struct session_start *s);

#endif
