/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_CONN_STATE_H
#define MAILD_FRONT_CONN_STATE_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "front_conn.h"

/*
 * What front_conn.c (a connection) and front_login.c (its login, until the
 * session is with mail) share; for nobody else.
 *
 * TALK ▶ LOGIN (auth is asked) ▶ FLUSH (what was written goes) ▶ HANDOVER (mail
 * is asked) ▶ the session is mail's: a connection without TLS is forgotten
 * here, one with it is pumped.
 */
enum front_phase {
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
	bool loopback, tls, greeted;
	char local[32];
	struct buf names; /* in the client's certificate */
	unsigned denials;
	/* Of a login, for mail: */
	struct role_ticket ticket;
	char *helo, *tag;
	bool esmtp;
	bool exchange; /* auth has a SASL exchange of ours under way */
	int pair; /* this side's end, until mail has answered; or -1 */
};

/* Bytes written that have not gone yet. */
size_t front_conn_unwritten(const struct front_conn *c);
/* The loop frees it: a callback may be using it. */
void front_conn_gone(struct front_conn *c);

/* ---- front_login.c ---- */

/* What a login has kept is freed. */
void front_login_forget(struct front_conn *c);
/* It is granted, and all that was written has gone: mail gets the connection,
 * or the other end of a stream pair that this process pumps TLS through. */
void front_login_hand_over(struct front_conn *c);

#endif
