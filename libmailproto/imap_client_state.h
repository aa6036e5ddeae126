/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_CLIENT_STATE_H
#define MAILPROTO_IMAP_CLIENT_STATE_H

#include <sys/queue.h>

#include "imap_client.h"
#include "sasl.h"

/*
 * What the files of imap_client.h share; for nobody else.
 */
enum imap_client_state {
	CLIENT_GREETING,
	CLIENT_SETUP, /* capabilities, login */
	CLIENT_READY,
	CLIENT_CLOSED,
	CLIENT_FAILED,
};

struct imap_client_literal {
	size_t at; /* in text: it goes before this byte */
	struct span data;
	char *owned; /* data, or NULL where it is borrowed */
};

struct imap_client_cmd {
	TAILQ_ENTRY(imap_client_cmd) link;
	char tag[12];
	unsigned wants;
	imap_client_fn fn;
	void *arg;
	bool sasl; /* "+" is a challenge */
	bool idle; /* "+" lets DONE follow */
	bool idling, idle_done;
	bool barrier; /* nothing is sent behind it until it is answered */

	struct buf text;
	struct imap_client_literal *literal;
	size_t nliteral;

	/* sending */
	size_t text_sent, literal_sent;
	bool started;
	bool waiting;  /* for "+" */
	bool sent;     /* all of it */
	bool answered; /* by its tagged response */
};

struct imap_client {
	struct imap_client_options o;
	enum imap_client_state state;
	unsigned caps;
	bool logged_in, logging_out, caps_known;

	struct imap_resp_reader reader;
	struct buf out;
	struct span big; /* a literal, to be sent once out has gone */
	struct imap_client_deflate *z; /* NULL: not compressed */
	bool compress_asked;

	TAILQ_HEAD(, imap_client_cmd) cmds; /* oldest first */
	struct imap_client_cmd *making;
	unsigned last_tag;

	struct sasl_client sasl;
	enum imap_client_failure failure;
	struct buf what;
};

void imap_client_fail(struct imap_client *c, enum imap_client_failure failure,
    const char *sentence);
/* With what the server said. */
void imap_client_fail_resp(struct imap_client *c,
    enum imap_client_failure failure, const struct imap_resp *r);

void imap_client_read_caps(struct imap_client *c, struct imap_resp *r);
/* Capabilities are known: log in, or be ready. */
void imap_client_go_on(struct imap_client *c);

/* What is to be sent, as it is before it is compressed. */
struct span imap_client_plain(const struct imap_client *c);
void imap_client_plain_sent(struct imap_client *c, size_t n);

/* imap_client_cmd.c */
void imap_client_pump(struct imap_client *c);
struct imap_client_cmd *imap_client_find(struct imap_client *c,
    struct span tag);
/* "+" has come; false: nothing waits for it. */
bool imap_client_continue(struct imap_client *c, const struct imap_resp *r);
/* It is being answered: its literals may not be borrowed any longer. */
void imap_client_own(struct imap_client *c, struct imap_client_cmd *cmd);
void imap_client_cmd_done(struct imap_client *c, struct imap_client_cmd *cmd);
void imap_client_cmd_free(struct imap_client_cmd *cmd);

/* imap_client_auth.c */
void imap_client_login(struct imap_client *c);
void imap_client_challenge(struct imap_client *c, const struct imap_resp *r);

/* imap_client_deflate.c: of a client that has z.  read() gets what s says, in
 * small pieces however much it is. */
void imap_client_inflate(struct imap_client *c, struct span s,
    void (*read)(struct imap_client *c, struct span plain));
struct span imap_client_deflate(struct imap_client *c);
void imap_client_deflate_sent(struct imap_client *c, size_t n);
void imap_client_deflate_free(struct imap_client_deflate *z);

#endif
