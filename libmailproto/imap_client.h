/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_CLIENT_H
#define MAILPROTO_IMAP_CLIENT_H

#include "imap_resp.h"
#include "scram.h"

/*
 * The client's side of IMAP (RFC 9051, RFC 3501) as a state machine without
 * I/O: bytes in, bytes out.  Its driver owns the connection and does what
 * imap_client_next() asks for:
 *
 *	for (;;) switch (imap_client_next(c)) {
 *	case IMAP_CLIENT_IO:     poll for reading, and for writing if there is
 *	                         output; imap_client_input(), _output(), _sent()
 *	case IMAP_CLIENT_READY:  logged in, all commands are answered
 *	case IMAP_CLIENT_CLOSED: close the connection
 *	case IMAP_CLIENT_FAILED: imap_client_failure(); close the connection
 *	}
 *
 * It reads the greeting, asks for the capabilities and logs in.  TLS is the
 * driver's.  Commands are pipelined as far as their literals allow.
 *
 * What one response may hold is limited; over it the client fails.  Nothing
 * that is passed in as a span can break a line of the protocol.
 */
enum imap_client_event {
	IMAP_CLIENT_IO,
	IMAP_CLIENT_READY,
	IMAP_CLIENT_CLOSED,
	IMAP_CLIENT_FAILED,
};

enum imap_client_failure {
	IMAP_CLIENT_REFUSED,  /* BYE, or no greeting that lets us in */
	IMAP_CLIENT_NOAUTH,   /* no common mechanism, or a password in clear */
	IMAP_CLIENT_BADLOGIN, /* user or password were refused */
	IMAP_CLIENT_PROTOCOL, /* that is not IMAP, or over a limit */
	IMAP_CLIENT_LOST,     /* closed by the server amid something */
};

enum imap_client_cap {
	IMAP_CAP_LITERAL_PLUS = 1,  /* RFC 7888 */
	IMAP_CAP_LITERAL_MINUS = 2, /* RFC 7888; IMAP4rev2 implies it */
	IMAP_CAP_SASL_IR = 4,       /* RFC 4959 */
	IMAP_CAP_LOGINDISABLED = 8,
	IMAP_CAP_AUTH_PLAIN = 16,
	IMAP_CAP_AUTH_LOGIN = 32,
	IMAP_CAP_ESEARCH = 64,      /* RFC 4731 */
	IMAP_CAP_LIST_STATUS = 128, /* RFC 5819 */
	IMAP_CAP_SPECIAL_USE = 256, /* RFC 6154 */
	IMAP_CAP_AUTH_SCRAM = 512,  /* SCRAM-SHA-256 … */
	IMAP_CAP_AUTH_SCRAM_PLUS = 1024,
	IMAP_CAP_AUTH_OAUTHBEARER = 2048,
	IMAP_CAP_AUTH_XOAUTH2 = 4096,
	IMAP_CAP_MOVE = 8192,       /* RFC 6851 */
	IMAP_CAP_UIDPLUS = 16384,   /* RFC 4315 */
	IMAP_CAP_IDLE = 32768,      /* RFC 2177 */
	IMAP_CAP_QUOTA = 65536,     /* RFC 9208 */
	IMAP_CAP_MULTIAPPEND = 131072, /* RFC 3502 */
	IMAP_CAP_CONDSTORE = 262144, /* RFC 7162 */
	IMAP_CAP_QRESYNC = 524288,
	IMAP_CAP_ID = 1048576, /* RFC 2971 */
	IMAP_CAP_SORT = 2097152,    /* RFC 5256, with RFC 5957 */
	IMAP_CAP_THREAD = 4194304,  /* RFC 5256, by references */
	IMAP_CAP_PARTIAL = 8388608, /* RFC 9394 */
	IMAP_CAP_SEARCHRES = 16777216, /* RFC 5182 */
	IMAP_CAP_COMPRESS = 33554432, /* RFC 4978, with DEFLATE */
};

/*
 * The answers to a command: each untagged response that it wants, while it is
 * the oldest one to want it, and at last (IMAP_RESP_TAGGED) its own.  New
 * commands may be given from within.  r lives as long as the call.
 */
typedef void (*imap_client_fn)(void *arg, struct imap_resp *r);

#define IMAP_CLIENT_RESPONSE_MAX ((size_t)16 << 20) /* bytes of one response */

/* Strings are borrowed for the life of the client. */
struct imap_client_options {
	bool secure;          /* the connection is TLS */
	bool plaintext;       /* a password may go over one that is not */
	const char *user;     /* NULL: no login */
	const char *password;
	bool token; /* … which is an OAuth 2.0 one, for OAUTHBEARER or XOAUTH2 */
	struct sasl_binding binding; /* of the TLS connection */
	imap_client_fn other; /* untagged ones that no command wants */
	void *arg;
};

struct imap_client;

struct imap_client *imap_client_new(const struct imap_client_options *o);
void imap_client_free(struct imap_client *c); /* NULL is fine */

enum imap_client_event imap_client_next(struct imap_client *c);

/* Bytes from the server; eof: it has closed the connection. */
void imap_client_input(struct imap_client *c, struct span s);
void imap_client_eof(struct imap_client *c);
/* Bytes to send, until the next call; _sent() takes off what has gone. */
struct span imap_client_output(struct imap_client *c);
void imap_client_sent(struct imap_client *c, size_t n);

/* imap_client_cap bits. */
unsigned imap_client_caps(const struct imap_client *c);

/* After FAILED: what kind it is, and the server's words or a sentence of ours,
 * valid until imap_client_free(). */
enum imap_client_failure imap_client_failure(const struct imap_client *c,
    const char **text);

/*
 * A command, from READY on: begin, add its parts in order, end.  wants is made
 * of IMAP_WANT(); fn may be called until the tagged response has come.
 */
#define IMAP_WANT(type) (1U << (type))

void imap_client_begin(struct imap_client *c, unsigned wants,
    imap_client_fn fn, void *arg);
/* The protocol's own words and numbers, spaces included. */
void imap_client_add(struct imap_client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* As an atom, quoted or as a literal: whatever s allows. */
void imap_client_add_astring(struct imap_client *c, struct span s);
/* A name in UTF-8. */
void imap_client_add_mailbox(struct imap_client *c, struct span name);
/* s is borrowed until fn has its tagged response. */
void imap_client_add_literal(struct imap_client *c, struct span s);
void imap_client_end(struct imap_client *c);

/*
 * IDLE (RFC 2177): a command without parts.  What fn gets may come at any time
 * until imap_client_idle_done(), after which the tagged response follows; other
 * commands wait until then.
 */
void imap_client_idle(struct imap_client *c, unsigned wants,
    imap_client_fn fn, void *arg);
void imap_client_idle_done(struct imap_client *c);

/*
 * COMPRESS (RFC 4978), once, where the server offers it and after the login;
 * before and without, nothing is done.  Not for a connection whose TLS
 * compresses.  It may follow commands that are not answered yet; what is given
 * behind it waits for its answer.  A server that refuses is spoken to as before.
 * However much the server's bytes swell, they are read in small pieces.
 */
void imap_client_compress(struct imap_client *c);

/* After all commands; CLOSED follows. */
void imap_client_logout(struct imap_client *c);

#endif
