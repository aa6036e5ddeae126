/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CTL_H
#define MAILD_CTL_H

#include <sys/types.h>

#include "account.h"

/*
 * The control API: HTTP and JSON on a Unix socket, in the mail role, on one
 * thread.  conf/openapi.yaml says what it offers.  Who connects must be root,
 * run as the server's own user, or belong to its group (SO_PEERCRED).
 *
 * accounts is copied; ctl_configure() gives the new configuration on reload.
 */
struct ctl;
struct engine;
struct event_base;
struct indexer;
struct queue;

struct ctl *ctl_new(struct event_base *base, const struct accounts *a,
    struct engine *e, struct indexer *x);
/* Serve what connects to fd, a listening socket that is ctl's from now on.
 * -1: it cannot be served. */
int ctl_listen(struct ctl *c, int fd);
/* Whose destinations are not left alone when mail is to be tried again. */
void ctl_queue(struct ctl *c, struct queue *q);
/* The key of SRS addresses, which must stay; before ctl_listen(). */
void ctl_srs(struct ctl *c, const unsigned char *key);
void ctl_configure(struct ctl *c, const struct conf *conf);
/*
 * A connection whose client acts as a user from now on, by IMAP: take fd, write
 * answer, and let the session begin with input, which came behind the request.
 * What is not TAKEN leaves fd as it is.
 */
struct ctl_session {
	const char *user; /* canonical; it is there, and not disabled */
	uid_t uid;        /* of the client */
	int fd;
	struct span answer, input;
};

enum ctl_session_answer {
	CTL_SESSION_TAKEN,
	CTL_SESSION_LIMIT, /* connections_per_user */
	CTL_SESSION_FAILED,
};
typedef enum ctl_session_answer (*ctl_session_fn)(void *arg,
    const struct ctl_session *s);
void ctl_on_session(struct ctl *c, ctl_session_fn fn, void *arg);
/* Requests under way get no answer any more. */
void ctl_free(struct ctl *c);

#endif
