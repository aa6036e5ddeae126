/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_IMAP_CONN_H
#define MAILCTL_IMAP_CONN_H

#include "cmd.h"
#include "imap_client.h"
#include "login.h"

/*
 * A logged-in IMAP session over a transport.  Functions that return int give
 * 0, or an exit code after they have said what is wrong.
 */
struct transport;

struct imap_conn {
	const struct cmd *cmd;
	struct login *login;
	struct transport *transport;
	struct imap_client *client; /* for imap_client_begin() and so on */
};

/* Log in as the options and the configuration say, call fn, log out; in a
 * batch, with the login of its session. */
int imap_conn_with(const struct cmd *c,
    int (*fn)(struct imap_conn *ic, void *arg), void *arg);

/* The parts of that, for a command that has a struct login already. */
int imap_conn_open(struct imap_conn *ic, const struct cmd *c, struct login *l);
void imap_conn_close(struct imap_conn *ic);

/*
 * One login for many commands: made with the first one, and again where a
 * command has lost it.
 */
struct imap_session {
	const struct cmd *options; /* of the whole batch */
	/* private */
	struct login login;
	struct imap_conn conn;
	bool known; /* login is initialized */
};
/* For a command that needs no more than s->login. */
int imap_session_login(struct imap_session *s, const struct cmd *c);
/* It acts as another user; NULL does not. */
bool imap_session_is_admin(const struct imap_session *s);
void imap_session_close(struct imap_session *s);

/* Say who we are (RFC 2971), and ask again for the capabilities: a server may
 * have others for clients that it knows. */
int imap_conn_identify(struct imap_conn *ic);

/* Until all commands are answered. */
int imap_conn_run(struct imap_conn *ic);

/* After imap_client_idle(): until *stop is set or the time is over; then end
 * it, and wait for its answer. */
int imap_conn_idle(struct imap_conn *ic, const bool *stop, unsigned seconds);

/*
 * What the server says to one command.  As fn and arg of imap_client_begin()
 * it keeps the tagged response and hands what else comes to data.
 */
struct imap_answer {
	imap_client_fn data; /* or NULL */
	void *arg;
	/* filled: */
	bool done;
	enum imap_resp_type type;
	enum imap_code code;
	struct buf code_arg, text;
};
void imap_answer_fn(void *answer, struct imap_resp *r);
/* The same for many commands: of their tagged responses the first that is not
 * OK is kept. */
void imap_answer_all_fn(void *answer, struct imap_resp *r);
void imap_answer_clear(struct imap_answer *a);

/* The server did only a part (MESSAGELIMIT, RFC 9738): what is still to be done
 * are the UIDs up to this one.  0: nothing. */
uint32_t imap_answer_rest(const struct imap_answer *a);

/* 0 for OK.  Else what it was about ("INBOX") goes before the server's words;
 * no is the exit code of a NO without a code. */
int imap_conn_check(struct imap_conn *ic, const struct imap_answer *a,
    const char *about, int no);

/*
 * The mailbox: read-only, or to be written.
 */
struct imap_mailbox {
	uint32_t exists, uidvalidity, uidnext;
	char *permanent; /* flags: see permanent_flags.h */
	struct imap_answer answer;
};
/* Only gives the command: run and check the answer. */
void imap_conn_examine(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name);
void imap_conn_select(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name);
int imap_conn_open_mailbox(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name);
void imap_mailbox_clear(struct imap_mailbox *m);

/* Only gives the command "VERB name": CREATE and the like. */
void imap_conn_name(struct imap_conn *ic, const char *verb, const char *name,
    struct imap_answer *a);
/* Make a mailbox, and subscribe to it: some clients show no others. */
int imap_conn_create(struct imap_conn *ic, const char *name);

/*
 * UID SEARCH.  Begin it, add the criteria with a space before each, end it;
 * run and check the answer.
 */
#define IMAP_UIDS_MAX 1000000 /* ranges; what is beyond them is left out */

struct imap_uids {
	struct imap_answer answer;
	struct seqset uids;
};
void imap_conn_search(struct imap_conn *ic, struct imap_uids *u);
void imap_uids_clear(struct imap_uids *u);

#endif
