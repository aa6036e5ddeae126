/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_CONN_STATE_H
#define MAILD_FRONT_CONN_STATE_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "front_conn.h"

/*
 * What front_accept.c (how a connection begins), front_conn.c (the connection),
 * front_login.c (its login, until the session is with mail) and front_stream.c
 * (what it tells mail) share; for nobody else.
 *
 * TALK ▶ LOGIN (auth is asked) ▶ FLUSH (what was written goes) ▶ HANDOVER (mail
 * is asked) ▶ the session is mail's: a connection without TLS is forgotten
 * here, one with it is pumped; IMAP's may come back to TALK (front_back.c).
 */
enum front_phase {
	PHASE_PROXY, /* a proxy is to say whose connection it is */
	PHASE_TALK,
	PHASE_STARTTLS, /* the answer is going, then comes the handshake */
	PHASE_HANDSHAKE,
	PHASE_LOGIN,
	PHASE_FLUSH,
	PHASE_HANDOVER,
	PHASE_PUMP,
	PHASE_CLOSING, /* what was written goes */
	PHASE_GONE,    /* to be freed by the loop */
};

struct front_conn {
	struct front_entry entry; /* first: the table gives it back */
	struct front *front;
	const struct front_proto *proto;
	void *state;
	enum front_phase phase;
	struct bufferevent *bev;
	struct front_pump *pump;
	struct event *timer; /* login_timeout; later the end */
	bool loopback, implicit_tls, tls, greeted;
	/* Until a proxy has spoken: */
	int raw; /* the socket, or -1 */
	struct event *raw_event;
	struct buf head; /* of its header */
	char local[32];
	struct buf names; /* in the client's certificate */
	unsigned denials;
	/* Of a login, for mail: */
	struct role_ticket ticket;
	char *helo, *tag;
	bool esmtp;
	bool exchange; /* auth has a SASL exchange of ours under way */
	int pair; /* this side's end, until mail has answered; or -1 */
	/* Of mail from the world: */
	struct bufferevent *stream; /* to mail; or NULL */
	bool asking;                /* a reply is to come there … */
	bool crowded;               /* … or it has to be read first */
	bool paused;
	unsigned patience; /* front_deadline(), for after the pause */
};

/* Bytes written that have not gone yet. */
size_t front_conn_unwritten(const struct front_conn *c);
/* The loop frees it: a callback may be using it. */
void front_conn_gone(struct front_conn *c);
/* The client may speak again; what it has said already is read from the
 * loop. */
void front_conn_talk_on(struct front_conn *c);

/* A new one, of which nothing is known yet. */
struct front_conn *front_conn_make(struct front *f,
    const struct front_proto *proto);
/* Hear what its bufferevent has. */
void front_conn_attach(struct front_conn *c);
/* Begin TLS on fd, which is taken; false: it cannot be. */
bool front_conn_handshake(struct front_conn *c, int fd);
/* What has to be done by then: timer. */
void front_conn_timer(struct front_conn *c, unsigned seconds);

/* ---- front_accept.c ---- */

/* Whose connection it is. */
void front_conn_peer(struct front_conn *c, const struct sockaddr *sa);
/* Speak with it; fd is taken. */
void front_conn_begin(struct front_conn *c, int fd);

/* One of IMAP in clear that was forgotten here; owns fd.  NULL: no memory. */
struct front_conn *front_conn_revive(struct front *f, uint64_t id,
    struct span peer, struct span local, int fd);
/* It has bev, and no more: it is where it was before its login. */
void front_conn_begin_again(struct front_conn *c);

/* ---- front_proxy.c ---- */

/* Whether the address is a proxy's. */
bool front_proxy_is(const struct front_conn *c, const struct sockaddr *sa);
/* Wait for its header, and go on with front_conn_begin(). */
void front_proxy_read(struct front_conn *c, int fd);
void front_proxy_drop(struct front_conn *c);

/* ---- front_login.c ---- */

/* What a login has kept is freed. */
void front_login_forget(struct front_conn *c);
/* It is granted, and all that was written has gone: mail gets the connection,
 * or the other end of a stream pair that this process pumps TLS through. */
void front_login_hand_over(struct front_conn *c);
/* SESSION, with fd and what was read of the client; -1: mail is away. */
int front_login_send(struct front_conn *c, int fd, struct span input);

/* ---- front_stream.c ---- */

void front_stream_drop(struct front_conn *c);

#endif
