/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_STATE_H
#define MAILD_OUTBOUND_STATE_H

#include <sys/queue.h>

#include "outbound_dns.h"
#include "outbound_tls.h"
#include "outbound_trouble.h"
#include "roles_peers.h"
#include "roles_process.h"
#include "smtp_client.h"

/*
 * What the files of the outbound role share.
 *
 *	outbound.c       the role: start, reload, stop, what mail says
 *	outbound_job.c   a message and its recipients, from RELAY to RELAY_DONE
 *	outbound_way.c   the servers that a job can go to, one after another
 *	outbound_mx.c    those of a domain
 *	outbound_trouble.c  why none of them will do
 *	outbound_dane.c  what their TLSA records say
 *	outbound_conn.c  one connection to one of them, and those kept for reuse
 *	outbound_dns.c   names; outbound_tls.c: authorities, verification
 *	outbound_sts.c   what their domain's policy of MTA-STS says
 *	outbound_introspect.c  whose a token is; outbound_http.c: HTTPS
 *	outbound_dnsbl.c  lists of clients in the DNS
 *	outbound_filter.c  what rspamd says of a message
 *	outbound_host.c  the address of a server that is asked by HTTPS
 *
 * All of it happens on one loop.  It sees no file and no store.
 */
struct event;
struct event_base;
struct outbound;

#define OUTBOUND_JOBS_MAX 2000 /* mail asks for fewer at a time */

/* ---- a job ---- */

struct outbound_rcpt {
	char *address, *orcpt;
	unsigned notify;
	bool told; /* RELAYED has gone */
};

struct outbound_job {
	TAILQ_ENTRY(outbound_job) entry;
	struct outbound *outbound;
	uint32_t number; /* mail's */
	char *domain, *sender, *envid;
	enum dsn_ret ret;
	enum body_kind body;
	bool utf8;
	enum require_tls require_tls;
	int priority;
	struct deliver_by by;
	uint64_t size, taken; /* bytes of its text, and of those read */
	int text;             /* the stream, ours */
	struct event *readable, *deadline;
	struct outbound_rcpt *rcpt;
	size_t nrcpt, wanted;

	struct outbound_way *way;
	struct outbound_conn *conn; /* on it now */
	bool reached, answered; /* as RELAY_DONE says it */
};
TAILQ_HEAD(outbound_jobs, outbound_job);

/* Owns fd from now on. */
void outbound_job_new(struct outbound *o, const struct role_msg *m, int fd);
/* The next recipient; with the last one the job begins. */
void outbound_job_rcpt(struct outbound *o, const struct role_msg *m);
/* A connection is there, past its greeting: begin the transaction. */
void outbound_job_begin(struct outbound_job *j, struct smtp_client *c);
/* Some text for the client.  0: more will come, and the connection is told;
 * 1: it has got some, or its end; -1: there will be no more. */
int outbound_job_text(struct outbound_job *j, struct smtp_client *c);
/* What host has said of each recipient: tell mail, and end the job. */
void outbound_job_results(
    struct outbound_job *j, const char *host, struct smtp_client *c);
/* The same answer for all that have none yet, and the end.  host may be "". */
void outbound_job_fail(struct outbound_job *j, unsigned code,
    const char *enhanced, const char *host, const char *text);
/* Forget it without a word. */
void outbound_job_free(struct outbound_job *j);

/* ---- its way ---- */

enum outbound_security {
	OUTBOUND_CLEAR,    /* no TLS */
	OUTBOUND_MAY,      /* STARTTLS where it is offered, unverified */
	OUTBOUND_DANE,     /* it must be, and be as TLSA records say */
	OUTBOUND_STARTTLS, /* it must be, and be verified */
	OUTBOUND_TLS,      /* from the start, verified */
};

/* Find a server and connect; outbound_job_begin() or outbound_job_fail()
 * follow, from the loop or at once. */
void outbound_way_start(struct outbound_job *j);
/* The connection (no longer the job's) did not come so far: try the next. */
void outbound_way_next(struct outbound_job *j, const char *host,
    enum outbound_security tried, enum outbound_obstacle what,
    const char *problem);
/* An old connection was no good any more: make a new one. */
void outbound_way_again(struct outbound_job *j);
/* The TLSA records of the server at hand, where OUTBOUND_DANE was asked for. */
const struct outbound_dane *outbound_way_dane(const struct outbound_way *w);
/* Only a server that knows REQUIRETLS will do. */
bool outbound_way_requires_tls(const struct outbound_way *w);
void outbound_way_free(struct outbound_way *w);

/* ---- a connection ---- */

struct outbound_peer {
	const char *key;  /* connections with the same one are alike */
	const char *host; /* to verify, and for logs */
	const struct sockaddr *sa;
	int sa_len;
	enum outbound_security security;
	const char *user, *password; /* NULL: no login */
};

struct outbound_conn;

/* Connect for j.  Strings are copied. */
void outbound_conn_open(struct outbound_job *j, const struct outbound_peer *p);
/* Give j an idle connection with that key; false: there is none. */
bool outbound_conn_reuse(struct outbound_job *j, const char *key);
/* There is text again for the job on it. */
void outbound_conn_wake(struct outbound_conn *c);
/* Close it at once; its job is the caller's. */
void outbound_conn_free(struct outbound_conn *c);
/* Say QUIT on those that are idle. */
void outbound_conns_quit(struct outbound *o);

/* ---- tokens ---- */

void outbound_introspect(struct outbound *o, const struct role_msg *m);
/* Forget them, after libcurl has. */
void outbound_queries_free(struct outbound *o);

/* ---- messages for rspamd ---- */

/* Owns fd from now on. */
void outbound_filter_new(struct outbound *o, const struct role_msg *m, int fd);
/* Forget all of them, before libcurl goes. */
void outbound_filters_free(struct outbound *o);

/* ---- clients in lists ---- */

void outbound_lookup_new(struct outbound *o, const struct role_msg *m);
/* Forget all of them, before names cannot be asked for any more. */
void outbound_lookups_free(struct outbound *o);

/* ---- the role ---- */

TAILQ_HEAD(outbound_conns, outbound_conn);

struct outbound_query;
struct outbound_filter;
struct outbound_lookup;

struct outbound {
	struct role_process *process;
	struct outbound_http *http; /* NULL: nothing is to be asked */
	char *introspection_password; /* or NULL */
	LIST_HEAD(, outbound_query) queries;
	size_t nqueries;
	LIST_HEAD(, outbound_filter) filters;
	size_t nfilters;
	LIST_HEAD(, outbound_lookup) lookups;
	size_t nlookups;
	struct role_peers peers;
	struct outbound_dns *dns; /* NULL: nothing is to be asked */
	struct outbound_sts *sts; /* NULL: policies are not looked for */
	struct outbound_tls *tls;
	char *password; /* for the smarthost, or NULL */
	struct outbound_jobs jobs;
	size_t njobs;
	struct outbound_conns conns;
	bool stopping;
};

/* To mail; it is lost where mail is away. */
void outbound_tell(struct outbound *o, const struct role_msg *m);
/* A job or a connection is gone: perhaps it was the last one. */
void outbound_ended(struct outbound *o);

#endif
