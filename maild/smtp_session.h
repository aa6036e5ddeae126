/* SPDX-License-Identifier: ISC */
#ifndef MAILD_SMTP_SESSION_H
#define MAILD_SMTP_SESSION_H

#include "buf.h"
#include "conf.h"
#include "deliver.h"
#include "dkim.h"
#include "future_release.h"
#include "log.h"
#include "mt_priority.h"
#include "require_tls.h"
#include "route.h"
#include "session.h"
#include "smtp_cmd.h"
#include "smtp_data.h"
#include "smtp_ehlo.h"
#include "store.h"

/*
 * What the files of the SMTP server share: the session (one connection) and
 * the transaction (one message, from MAIL to its last reply).
 */
#define SMTP_BAD_MAX    20                /* malformed commands in a row */
#define SMTP_HELO_MAX   255               /* kept of the client's name */
#define SMTP_HEADER_MAX ((size_t)1 << 20) /* of a message */
#define SMTP_HOPS_MAX   100               /* Received lines */
#define SMTP_REPLY_TEXT 1024              /* of one line */

enum smtp_state {
	SMTP_COMMANDS,
	SMTP_TEXT,       /* takes the message, up to the final dot */
	SMTP_CHUNK,      /* takes a piece of it, or drops it */
	SMTP_ASKING,     /* about the client, before MAIL is answered */
	SMTP_FILTERING,  /* rspamd has it, or it goes to the store since */
	SMTP_DELIVERING, /* has handed it to the store */
};

/* How one service differs from the other. */
struct smtp_policy {
	const char *name;
	bool lmtp;   /* LHLO; a reply for each recipient */
	bool submit; /* the sender must be the login's; the header is mended */
	bool inbound; /* front speaks with the client, and watches its time */
	enum smtp_stage stage;
};

enum smtp_blocked { SMTP_BLOCKED_MESSAGE = 1, SMTP_BLOCKED_OWN = 2 };

struct smtp_txn {
	unsigned number; /* within the session */
	char *sender;    /* "" for the null path */
	bool utf8;       /* SMTPUTF8 was said */
	enum body_kind body; /* … and BODY */
	char *envid;     /* "" for none, as the orcpt of each recipient */
	enum dsn_ret ret;
	struct future_release future; /* at 0: now */
	enum require_tls require_tls;
	struct deliver_by by;
	bool prioritized; /* MT-PRIORITY was said */
	int priority;     /* … and this is what has become of it, … */
	bool lowered;     /* … which is less than was asked for */
	struct deliver_rcpt *rcpt; /* as they were accepted; strings ours */
	size_t nrcpt;

	/* from DATA or the first BDAT on: */
	struct smtp_data_reader reader;
	struct smtp_data_lines lines;
	struct buf decoded, header;
	bool begun, in_body, ended;
	bool header_utf8;         /* what stands there */
	enum body_kind text_body; /* … and what it needs */
	bool nul;                 /* … and that there is one */
	uint64_t size;
	struct store_message *message; /* NULL: it is refused */
	struct store_message *own; /* the sender's copy; NULL: as that, or none */
	struct dkim_message *signing;  /* NULL: it is not signed */
	unsigned blocked; /* smtp_blocked bits: they wait for the store to
			   * drain */
	struct buf refusal;            /* the reply; empty: all is well */
	struct smtp_filter *filter;    /* NULL: it is not checked */
	char *message_id;              /* for the log */
};

struct smtp_delivery;
struct smtp_filter;
struct filter_request;

struct smtp {
	struct session *session;
	const struct smtp_policy *policy;
	enum smtp_state state;
	char *helo;
	bool greeted, esmtp;
	bool skipping;   /* over the rest of a bad line */
	bool closing;
	unsigned bad;    /* malformed commands in a row */
	unsigned number; /* transactions so far */
	struct smtp_txn *txn;
	uint64_t chunk; /* bytes that are to come of it */
	bool chunk_last, chunk_dropped;
	struct smtp_delivery *delivery;
	struct filter_request *lookup; /* while SMTP_ASKING */
	bool looked_up;
	char *listed; /* by whom; NULL: nobody */
	char shown[STORE_ADDRESS_MAX + 1];
};

/* ---- smtp.c ---- */

const struct conf *smtp_conf(const struct smtp *sm);
struct store *smtp_store(const struct smtp *sm);
/* TLS carries what the client says. */
bool smtp_is_secure(const struct smtp *sm);
/* One line, without its end. */
void smtp_reply(struct smtp *sm, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* s as it may stand in a reply; good until the next call. */
const char *smtp_show(struct smtp *sm, struct span s);
void smtp_set_state(struct smtp *sm, enum smtp_state state);
/* The store has answered: go on. */
void smtp_resume(struct smtp *sm);
void smtp_close(struct smtp *sm);

/* ---- smtp_verb.c: the table of commands ---- */

void smtp_command(struct smtp *sm, struct span line);
/* One that has been read. */
void smtp_run(struct smtp *sm, const struct smtp_cmd *cmd);
/* A command that could not be read counts against the client. */
void smtp_malformed(struct smtp *sm, const char *reply);

/* ---- smtp_envelope.c: MAIL and RCPT ---- */

void smtp_mail(struct smtp *sm, const struct smtp_cmd *cmd);
void smtp_rcpt(struct smtp *sm, const struct smtp_cmd *cmd);
/* NULL: the login may write from that address; or a reply. */
const char *smtp_check_author(struct smtp *sm, struct span address);
/* "550 5.1.1 …" for a recipient that is not ROUTE_OK. */
const char *smtp_route_reply(const struct smtp *sm, enum route_status st);
/* Forget the transaction, whatever its state; NULL is fine. */
void smtp_txn_free(struct smtp_txn *txn);

/* The reply to MAIL, after smtp_dnsbl_asks(). */
void smtp_mail_answer(struct smtp *sm);

/* ---- smtp_dnsbl.c ---- */

/* False: the client is not to be looked up, or was. */
bool smtp_dnsbl_asks(struct smtp *sm);
void smtp_dnsbl_clear(struct smtp *sm);

/* ---- smtp_rates.c ---- */

/* One more message or recipient is counted; false: that is one too many. */
bool smtp_may_send(struct smtp *sm, bool recipient);

/* ---- smtp_greylist.c ---- */

/* Of the transaction's sender: false where the recipient is to come again. */
bool smtp_greylist(struct smtp *sm, struct span recipient);
/* The same, whatever the configuration says. */
bool smtp_greylist_again(struct smtp *sm, const char *recipient);

/* ---- smtp_text.c: DATA and what follows ---- */

void smtp_data(struct smtp *sm, const struct smtp_cmd *cmd);
void smtp_text_begin(struct smtp *sm);
/* Bytes of the message as they are to be kept. */
void smtp_text_take(struct smtp *sm, struct span s);
/* The reply to the end of the text, unless there is one already. */
void smtp_text_refuse(struct smtp *sm, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A CR or LF stands alone in it. */
void smtp_text_refuse_bare(struct smtp *sm);
/* Take what has come; false: there was nothing to do. */
bool smtp_text(struct smtp *sm);
/* Of a text that is neither blocked nor ended: its end, and whether a CR or LF
 * stood alone in it.  After that smtp_text() goes on. */
void smtp_text_end(struct smtp *sm, bool bare);
/* "1f.2": of the message, in Received, logs and replies. */
void smtp_txn_id(const struct smtp *sm, struct buf *out);

/* Into the store: fields that go before the header, what goes into it, and what
 * has come of the body … */
void smtp_text_header(struct smtp *sm, struct span added, struct span header,
    struct span body);
/* … and more of it. */
void smtp_text_store(struct smtp *sm, struct span s);

/* ---- smtp_filter.c: rspamd ---- */

/* From the end of the header on; false: the message is not to be checked. */
bool smtp_filter_begin(struct smtp *sm);
void smtp_filter_header(struct smtp *sm, struct span header);
void smtp_filter_take(struct smtp *sm, struct span s);
/* The text is whole; smtp_deliver() or smtp_refuse() follow, by way of
 * SMTP_FILTERING. */
void smtp_filter_ask(struct smtp *sm);
bool smtp_filter_waits(const struct smtp *sm);
/* False: there was nothing to do. */
bool smtp_filter_step(struct smtp *sm);
/* It is to be filed where junk is; f may be NULL, as in: */
bool smtp_filter_junk(const struct smtp_filter *f);
void smtp_filter_free(struct smtp_filter *f);

/* ---- smtp_chunk.c: BDAT ---- */

void smtp_bdat(struct smtp *sm, const struct smtp_cmd *cmd);
/* The bytes of a BDAT that was refused are no commands. */
void smtp_chunk_drop(struct smtp *sm, const struct smtp_cmd *cmd);
/* Take what has come; false: there was nothing to do. */
bool smtp_chunk(struct smtp *sm);
/* At most sm->chunk bytes of it. */
void smtp_chunk_take(struct smtp *sm, struct span s);

/* ---- smtp_inbound.c ---- */

/* Take the next frame of front; false: there is none. */
bool smtp_inbound(struct smtp *sm);

/* ---- smtp_deliver.c ---- */

/* The text is whole and good: store it, then reply. */
void smtp_deliver(struct smtp *sm);
/* Reply to the end of data with a refusal, for every recipient in LMTP, and
 * end the transaction. */
void smtp_refuse(struct smtp *sm, const char *reply);
/* The same amid the data, where there is one reply in any case. */
void smtp_refuse_early(struct smtp *sm, const char *reply);
/* The session ends while the store works: nobody is to be told. */
void smtp_deliver_abandon(struct smtp *sm);
const char *smtp_store_reply(const struct smtp *sm, enum store_status st);

#endif
