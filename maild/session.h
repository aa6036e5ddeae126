/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SESSION_H
#define MAILD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

/*
 * One connection in the mail role: bounded input and output, a deadline, and
 * nothing of any protocol.  This header names no I/O library, so that the
 * protocols above it do not either.
 */
#define SESSION_INPUT_MAX  ((size_t)65536)  /* held; then reading stops */
#define SESSION_OUTPUT_MAX ((size_t)262144) /* held; then handlers wait */

struct conf;
struct event_base;
struct session;
struct store;

/* One event thread of the mail role. */
struct worker {
	struct event_base *base;
	struct store *store;
	const struct conf *conf; /* swapped by reload, between callbacks */
	unsigned number;
	const unsigned char *srs_key; /* of SRS_KEY_SIZE; NULL: none */
	struct session_list *sessions;
	struct rates *rates; /* of all workers, as is … */
	struct filter *filter;
	struct greylist *greylist;
};

/* What is known of a connection when mail gets it.  Strings are never NULL. */
struct session_start {
	uint64_t id;        /* of the connection, in logs and Received lines */
	const char *peer;   /* "192.0.2.1", "[2001:db8::1]", "unix" */
	const char *local;  /* port or path it came in by */
	const char *tls;    /* "TLSv1.3 TLS_AES_256_GCM_SHA384", "" without */
	const char *user;   /* canonical address; "" on LMTP */
	const char *helo;   /* SMTP: what EHLO said; IMAP: the name in ID */
	bool esmtp;         /* SMTP: it was EHLO */
	const char *tag;    /* IMAP: of the command that logged in */
	uint32_t front;     /* the process that accepted it */
};

enum session_end {
	SESSION_END_CLOSED,   /* by the peer */
	SESSION_END_TIMEOUT,  /* its deadline passed: say so, it will be closed */
	SESSION_END_SHUTDOWN, /* the server stops: say so, it will be closed */
	SESSION_END_KICKED,   /* an admin, or a deleted user */
};

/*
 * A protocol.  run is called whenever there may be something to do: input has
 * come, output has drained, session_wake() was called; it does what it can and
 * returns.  end says the last words (where the stream allows it) and releases
 * the state; nothing is called after it.
 */
struct session_proto {
	const char *name; /* "imap", "submission", "lmtp" */
	void *(*start)(struct session *s, const struct session_start *start);
	void (*run)(struct session *s, void *state);
	void (*end)(struct session *s, void *state, enum session_end why);
};

struct worker *session_worker(struct session *s);
const struct session_start *session_started(const struct session *s);

/* Input at hand, in one piece.  Take off what is done with. */
struct span session_input(struct session *s);
void session_take(struct session *s, size_t n);
/* The peer has closed its side; what is in session_input() still counts. */
bool session_eof(const struct session *s);

void session_write(struct session *s, struct span data);
void session_printf(struct session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes that may still be written before the handler should wait; run is
 * called when there is room again. */
size_t session_room(const struct session *s);

/* From now on what is written is deflated, and what is read is inflated, unread
 * input too (RFC 4978).  The peer sees all that a run has written. */
void session_compress(struct session *s);
bool session_compressed(const struct session *s);

/* Have run called again from the loop, after others had their turn. */
void session_wake(struct session *s);
/* End it this long after now, unless set again; 0: no deadline. */
void session_deadline(struct session *s, unsigned seconds);
/* No more input is wanted; closes once the output is written. */
void session_close(struct session *s);
/* The session ends, but not the connection: once the output is written it goes
 * back to who accepted it, with the input that is left.  Not when compressed. */
void session_give_back(struct session *s);

#endif
