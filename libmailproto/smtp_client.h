/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SMTP_CLIENT_H
#define MAILPROTO_SMTP_CLIENT_H

#include "deliver_by.h"
#include "dsn_param.h"
#include "scram.h"
#include "body_kind.h"

/*
 * The client's side of SMTP, submission and LMTP (RFC 5321, 6409, 2033) as a
 * state machine without I/O: bytes in, bytes out.  Its driver owns the
 * connection and does what smtp_client_next() asks for:
 *
 *	for (;;) switch (smtp_client_next(c)) {
 *	case SMTP_CLIENT_IO:      poll for reading, and for writing where there
 *	                          is output; smtp_client_input(), _output(),
 *	                          _sent(), _eof()
 *	case SMTP_CLIENT_TLS:     make the handshake; smtp_client_tls_done()
 *	case SMTP_CLIENT_READY:   smtp_client_mail() or smtp_client_quit()
 *	case SMTP_CLIENT_TEXT:    smtp_client_text(), some 16 kB at a time, and
 *	                          smtp_client_text_end()
 *	case SMTP_CLIENT_RESULT:  read the results; smtp_client_next() goes on
 *	case SMTP_CLIENT_CLOSED:  close the connection
 *	case SMTP_CLIENT_FAILED:  smtp_client_failure(); close the connection
 *	}
 *
 * What the server sends is limited (smtp_reply.h); over it the client fails.
 * Nothing that the caller passes in can break a line of the protocol.
 */
enum smtp_client_event {
	SMTP_CLIENT_IO,
	SMTP_CLIENT_TLS,
	SMTP_CLIENT_READY,
	SMTP_CLIENT_TEXT,
	SMTP_CLIENT_RESULT,
	SMTP_CLIENT_CLOSED,
	SMTP_CLIENT_FAILED,
};

enum smtp_client_tls {
	SMTP_CLIENT_TLS_NONE,     /* stays in clear (loopback, Unix socket) */
	SMTP_CLIENT_TLS_IMPLICIT, /* the connection is TLS from its start */
	SMTP_CLIENT_TLS_STARTTLS, /* fail where it is not offered */
	SMTP_CLIENT_TLS_MAY,      /* use it where it is offered */
};

/* Strings are borrowed for the life of the client. */
struct smtp_client_options {
	const char *helo; /* our host name, or an address literal */
	bool lmtp;        /* LHLO; each recipient gets its own final result */
	enum smtp_client_tls tls;
	bool plaintext;   /* a password may go over a connection without TLS */
	const char *user; /* NULL: no AUTH */
	const char *password;
	bool token; /* … which is an OAuth 2.0 one, for OAUTHBEARER or XOAUTH2 */
	const char *mech; /* of sasl.h; NULL: the best both sides have */
	struct sasl_binding binding; /* of an implicit TLS connection; none
				      * where mech is one that does not bind */
};

enum smtp_client_cap {
	SMTP_CAP_PIPELINING = 1,
	SMTP_CAP_8BITMIME = 2,
	SMTP_CAP_SIZE = 4,
	SMTP_CAP_SMTPUTF8 = 8,
	SMTP_CAP_STARTTLS = 16,
	SMTP_CAP_AUTH = 32,
	SMTP_CAP_ENHANCEDSTATUSCODES = 64,
	SMTP_CAP_DSN = 128,
	SMTP_CAP_CHUNKING = 256,
	SMTP_CAP_BINARYMIME = 512,
	SMTP_CAP_REQUIRETLS = 1024,
	SMTP_CAP_MT_PRIORITY = 2048,
	SMTP_CAP_DELIVERBY = 4096,
};

/* What the server said to something.  Our own refusals (an address that is
 * none, a message over the server's SIZE) look the same, with local set. */
struct smtp_client_result {
	unsigned code;     /* 250, 550 … */
	char enhanced[12]; /* "5.1.1", "" where there was none */
	char *text;        /* UTF-8 or worse; lines joined by '\n' */
	bool local;
};

enum smtp_client_failure {
	SMTP_CLIENT_REFUSED,  /* a reply: 421, 5xx to EHLO, … */
	SMTP_CLIENT_NOTLS,    /* STARTTLS is wanted and not offered or refused */
	SMTP_CLIENT_NOAUTH,   /* no common mechanism, or a password in clear */
	SMTP_CLIENT_BADLOGIN, /* AUTH was refused, 5xx */
	SMTP_CLIENT_PROTOCOL, /* that is not SMTP, or over a limit */
	SMTP_CLIENT_LOST,     /* closed by the server amid something */
};

struct smtp_client;

struct smtp_client *smtp_client_new(const struct smtp_client_options *o);
void smtp_client_free(struct smtp_client *c); /* NULL is fine */

enum smtp_client_event smtp_client_next(struct smtp_client *c);

/* Bytes from the server; eof: it has closed the connection. */
void smtp_client_input(struct smtp_client *c, struct span s);
void smtp_client_eof(struct smtp_client *c);
/* Bytes to send, until the next call; _sent() takes off what has gone. */
struct span smtp_client_output(const struct smtp_client *c);
void smtp_client_sent(struct smtp_client *c, size_t n);
/* Seconds to wait for the server now (RFC 5321 section 4.5.3.2). */
unsigned smtp_client_timeout(const struct smtp_client *c);

void smtp_client_tls_done(struct smtp_client *c);

/* From READY on: smtp_client_cap bits, and the limit of SIZE (0: none). */
unsigned smtp_client_caps(const struct smtp_client *c);
uint64_t smtp_client_size_limit(const struct smtp_client *c);

/* What the sender wants to hear of one recipient (RFC 3461); sent where the
 * server offers DSN. */
struct smtp_client_notify {
	unsigned notify;   /* dsn_notify bits */
	const char *orcpt; /* dsn_orcpt_ok(), or "" */
};

/* Strings are copied.  size and body are the text's.  exact: what goes to
 * smtp_client_text() is size bytes, and its lines end in CRLF as it is; then it
 * goes out untouched by BDAT where the server offers that (RFC 3030), so that
 * nothing in it can be taken for its end.  BINARYMIME wants it so. */
struct smtp_client_mail {
	const char *from; /* "": the null path */
	const char *const *rcpt;
	size_t nrcpt;
	uint64_t size;    /* bytes; 0: not known */
	bool exact;
	enum body_kind body; /* BODY= */
	bool utf8;        /* SMTPUTF8; addresses in UTF-8 imply it */
	const struct smtp_client_notify *notify; /* by recipient, or NULL */
	const char *envid; /* dsn_envid_ok(); NULL or "" for none */
	enum dsn_ret ret;
	bool require_tls; /* REQUIRETLS (RFC 8689) */
	int priority; /* mt_priority.h; sent where the server offers that */
	/* Sent where the server offers DELIVERBY; DELIVER_BY_RETURN wants that. */
	struct deliver_by by;
	int64_t now; /* for it */
};
/* Begin a message.  What the server cannot take is refused here, before
 * anything is sent: RESULT follows with it. */
void smtp_client_mail(struct smtp_client *c, const struct smtp_client_mail *m);
/* The message as it is: but for exact, dots are stuffed and line ends become
 * CRLF.  The client fails where that is not size bytes, and then
 * these do nothing. */
void smtp_client_text(struct smtp_client *c, struct span s);
void smtp_client_text_end(struct smtp_client *c);

/* By recipient, nrcpt of them, until the next message.  One whose code is 2xx
 * has been delivered to the server; the others have not. */
const struct smtp_client_result *smtp_client_results(
    const struct smtp_client *c, size_t *n);

void smtp_client_quit(struct smtp_client *c);

/* After FAILED: what kind it is, with a reply or a sentence for people. */
enum smtp_client_failure smtp_client_failure(const struct smtp_client *c,
    const struct smtp_client_result **what);

#endif
