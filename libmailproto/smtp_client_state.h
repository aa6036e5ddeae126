/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SMTP_CLIENT_STATE_H
#define MAILPROTO_SMTP_CLIENT_STATE_H

#include "sasl.h"
#include "smtp_client.h"
#include "smtp_data.h"
#include "smtp_reply.h"

/*
 * What smtp_client.c (the connection) and smtp_client_mail.c (one message)
 * share; for nobody else.
 */
enum smtp_client_state {
	CLIENT_GREETING,
	CLIENT_EHLO,
	CLIENT_STARTTLS,
	CLIENT_HANDSHAKE,
	CLIENT_AUTH,
	CLIENT_READY,
	CLIENT_ENVELOPE, /* MAIL, RCPT, DATA are under way */
	CLIENT_TEXT,
	CLIENT_FINAL, /* the final dot is out */
	CLIENT_RESULT,
	CLIENT_RSET,
	CLIENT_QUIT,
	CLIENT_CLOSED,
	CLIENT_FAILED,
};

struct smtp_client_rcpt {
	char *address;
	char *orcpt; /* "" for none */
	unsigned notify;
	bool accepted; /* by the reply to RCPT */
};

/* Commands are numbered: MAIL is 0, then one RCPT each, then DATA,
 * or nothing: BDAT follows once a recipient is accepted. */
struct smtp_client_txn {
	char *from;
	struct smtp_client_rcpt *rcpt;
	struct smtp_client_result *result; /* code 0: none yet */
	size_t nrcpt;
	uint64_t size;
	struct deliver_by by;
	int64_t now;
	enum body_kind body;
	bool utf8, require_tls;
	int priority;
	bool chunk; /* by BDAT */
	uint64_t left; /* of that */
	char *envid; /* "" for none */
	enum dsn_ret ret;

	size_t commands; /* how many there will be */
	size_t sent, answered;
	size_t accepted; /* recipients */
	size_t final;    /* LMTP: recipients that are through */
	bool open;       /* MAIL was accepted, and nothing has ended it since */
	bool shown;      /* RESULT has been returned */
	struct smtp_data_writer writer;
};

struct smtp_client {
	struct smtp_client_options o;
	enum smtp_client_state state;
	bool secure, eof;
	unsigned caps;
	uint64_t size_limit;
	uint64_t by_least; /* seconds, of DELIVERBY */
	struct sasl_client sasl;
	struct buf in, out;
	size_t scanned; /* bytes of in that hold no whole reply */
	struct smtp_client_txn txn;
	enum smtp_client_failure failure;
	struct smtp_client_result what;
};

/* A reply, or our own words (enhanced may be "") in its place. */
void smtp_client_result_reply(struct smtp_client_result *r,
    const struct smtp_reply *reply);
void smtp_client_result_local(struct smtp_client_result *r, unsigned code,
    const char *enhanced, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void smtp_client_result_copy(struct smtp_client_result *r,
    const struct smtp_client_result *from);
void smtp_client_result_clear(struct smtp_client_result *r);

void smtp_client_fail(struct smtp_client *c, enum smtp_client_failure failure,
    const char *sentence);
void smtp_client_fail_reply(struct smtp_client *c,
    enum smtp_client_failure failure, const struct smtp_reply *reply);

/* smtp_client_auth.c */
void smtp_client_auth_offer(struct smtp_client *c, struct span mechs);
void smtp_client_auth_start(struct smtp_client *c);
void smtp_client_auth_reply(struct smtp_client *c,
    const struct smtp_reply *reply);

/* smtp_client_mail.c */
void smtp_client_txn_send(struct smtp_client *c);
void smtp_client_txn_envelope(struct smtp_client *c,
    const struct smtp_reply *reply);
void smtp_client_txn_final(struct smtp_client *c,
    const struct smtp_reply *reply);
void smtp_client_txn_clear(struct smtp_client_txn *t);

#endif
