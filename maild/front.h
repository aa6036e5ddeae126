/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_H
#define MAILD_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "inbound.h"
#include "roles.h"
#include "sasl.h"

/*
 * The front role: accepts connections, runs TLS, and speaks what may be said
 * before login.  It holds no file and no mail, and asserts no identity: it
 * shows auth what the client said, and mail the ticket that auth gave.
 *
 *	front.c       the role: listeners, channels, reload, stop
 *	front_accept.c  a connection's beginning, and the limits then
 *	front_conn.c  one connection until its session is with mail
 *	front_proxy.c what a proxy says of it first
 *	front_login.c its login
 *	front_back.c  it comes back from mail
 *	front_pump.c  TLS on one side, the session's stream pair on the other
 *	front_table.c connections by id and by address
 *	front_tls.c   the TLS context
 *	front_stream.c  frames to mail, of mail from the world
 *	front_imap.c, front_smtp.c   what is spoken before login
 *	front_mx.c    SMTP with the world
 *
 * This header is what the protocols see.
 */
#define FRONT_INPUT_MAX  ((size_t)32768) /* held of one connection … */
#define FRONT_OUTPUT_MAX ((size_t)16384) /* … then it has to read first */
#define FRONT_BAD_MAX    20 /* malformed commands in a row */
#define FRONT_LOGINS_MAX 10 /* failed logins of one connection */

struct conf;
struct front_conn;

/* Why a login did not lead to a session. */
enum front_denial {
	FRONT_DENIED,   /* wrong name or password */
	FRONT_TEMPFAIL, /* a role is busy or away */
	FRONT_MALFORMED, /* a message that is none of the mechanism's */
	FRONT_LIMIT,    /* limits connections_per_user */
};

enum front_bye {
	FRONT_BYE_TIMEOUT,  /* login_timeout has passed */
	FRONT_BYE_SHUTDOWN,
	FRONT_BYE_BUSY,     /* too many connections; said before the greeting */
};

/*
 * A protocol before login.  input takes off what it can, and returns when
 * front_talking() says no.
 */
struct front_proto {
	const char *name;
	enum role_scope scope;
	void *(*start)(struct front_conn *c);
	void (*greet)(struct front_conn *c, void *state);
	/* Instead, of a client that calls itself so, has logged out and goes
	 * on; NULL: that cannot be. */
	void (*again)(struct front_conn *c, void *state, struct span client);
	void (*input)(struct front_conn *c, void *state);
	void (*denied)(struct front_conn *c, void *state, enum front_denial why);
	/* Of the mechanism: the client's answer goes to front_sasl(). */
	void (*challenge)(struct front_conn *c, void *state,
	    struct span data);
	void (*bye)(struct front_conn *c, enum front_bye why);
	/* Of mail, to a frame, without its end; NULL: mail has gone. */
	void (*reply)(struct front_conn *c, void *state, struct span line);
	void (*free)(void *state);
};

extern const struct front_proto front_imap, front_smtp, front_mx;

const struct conf *front_conf(const struct front_conn *c);
bool front_is_tls(const struct front_conn *c);
/* The client has shown a certificate that may log it in. */
bool front_has_certificate(const struct front_conn *c);
/* With TLS, or from loopback where the configuration allows that without. */
bool front_may_login(const struct front_conn *c);
/* Whether the next command may be looked at: no login or handshake is under
 * way, output has room, the connection is not being closed. */
bool front_talking(const struct front_conn *c);

struct span front_input(struct front_conn *c);
void front_take(struct front_conn *c, size_t n);
void front_write(struct front_conn *c, struct span s);
void front_printf(struct front_conn *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The handshake, once what was written has gone.  What the client sent behind
 * the command ends the connection; the protocol's state starts anew.
 */
void front_starttls(struct front_conn *c);

/* Whether a mechanism may be used on this connection as it is. */
bool front_offers(const struct front_conn *c, const struct sasl_mech *m);

/* What the client says of itself.  The session begins, or denied is called. */
struct front_login {
	const char *mechanism;
	struct span authzid, authcid, password;
	struct span tag;  /* IMAP */
	struct span helo; /* SMTP; of IMAP, the name that ID gave */
	bool esmtp;
};
void front_login(struct front_conn *c, const struct front_login *login);

/*
 * The same by a mechanism that auth speaks itself: message is the client's
 * first one, or the answer to the last challenge.  login is the same each time,
 * without names and password.
 */
void front_sasl(struct front_conn *c, const struct front_login *login,
    struct span message);
/* The client gives up. */
void front_sasl_cancel(struct front_conn *c);

/*
 * Mail from the world: say something to mail; false: mail is away.  And wait
 * for what it says: front_talking() says no until reply was called.
 */
bool front_mail(struct front_conn *c, const struct inbound_frame *f);
void front_await(struct front_conn *c);

/* Look at nothing more of the client for so long. */
void front_pause(struct front_conn *c, unsigned seconds);
/* Say bye if nothing sets this anew within so many seconds. */
void front_deadline(struct front_conn *c, unsigned seconds);

/* Close once what was written has gone. */
void front_close(struct front_conn *c);

#endif
