/* SPDX-License-Identifier: ISC */
#ifndef MAILD_QUEUE_STATE_H
#define MAILD_QUEUE_STATE_H

#include <sys/queue.h>

#include "buf.h"
#include "conf.h"
#include "queue.h"
#include "roles_channel.h"
#include "store_queue.h"

/*
 * What the files of the queue share.
 *
 *	queue.c         destinations, and what is due when
 *	queue_hop.c     how many may go there at a time
 *	queue_pick.c    which of them goes first
 *	queue_job.c     one message on its way out
 *	queue_outcome.c what became of it
 *	queue_begin.c   what was to go later, and is due
 *	queue_copy.c    the text of a message into another
 *	queue_report.c  telling senders
 *	queue_sts.c     what other domains promise of TLS
 */
struct event;

/* Where mail goes next: the smarthost, or the servers of one domain. */
struct queue_hop {
	size_t running;  /* jobs */
	size_t answers;  /* since it has last kept one without */
	int64_t blocked; /* left alone up to this second */
	struct buf said; /* why */
};

/* A domain with mail waiting. */
struct queue_dest {
	char *domain;
	int64_t next;         /* when to look at it, seconds */
	struct queue_hop hop; /* used where there is no smarthost */
};

struct queue_rcpt {
	uint32_t index, attempts;
	unsigned notify;
	enum store_queue_warning warning;
	char *address;
	/* what became of it: */
	uint32_t code; /* 0: nothing was said */
	char *enhanced, *text, *host;
	bool dsn, by; /* as in role_msg.relayed */
};

struct queue_job {
	TAILQ_ENTRY(queue_job) entry;
	struct queue *queue;
	uint32_t number; /* with outbound */
	uint64_t id;     /* of the message */
	char *domain, *sender;
	int64_t created;
	struct deliver_by by;
	struct queue_rcpt *rcpt;
	size_t nrcpt;
	bool probes;   /* on its way to a hop that had not answered */
	bool settling; /* outbound is done with it */
	bool writing;  /* the store works on that: it frees the job */
	struct event *again;

	/* the stream of the text: */
	int fd; /* -1: closed */
	struct event *writable;
	uint64_t off;
};
TAILQ_HEAD(queue_jobs, queue_job);

struct queue_report;
TAILQ_HEAD(queue_reports, queue_report);
struct queue_begin;
TAILQ_HEAD(queue_begins, queue_begin);

struct queue {
	struct event_base *base;
	struct store *store;
	const struct conf *conf;
	const unsigned char *srs_key; /* NULL: senders stay as they are */
	struct role_channel *outbound;
	struct engine_watch *watch;
	struct event *timer;
	int64_t rescanned;       /* milliseconds, monotonic */
	bool stale;              /* the store knows more than dest does */
	struct queue_dest *dest; /* in byte order of their domains */
	size_t ndests, turn;
	struct queue_hop smarthost;
	struct queue_jobs jobs;
	size_t njobs, nprobes;
	uint32_t last_job;
	struct queue_reports reports;
	size_t nreports;
	int64_t report_after; /* seconds: one has failed */
	struct queue_begins begins;
	size_t nbegins;
	int64_t begin_after; /* seconds: one has failed */
	bool stopping;
	struct event *give_up;
	void (*stopped)(void *arg);
	void *arg;
};

/* ---- queue.c ---- */

/* Look again from the loop, this long from now. */
void queue_look_in(struct queue *q, unsigned milliseconds);
struct queue_dest *queue_dest_find(struct queue *q, const char *domain);
/* What waits there is to begin. */
bool queue_dest_is_begin(const struct queue_dest *d);
/* Of that domain; NULL: nothing waits for it any more. */
struct queue_hop *queue_hop_find(struct queue *q, const char *domain);
/* A job or a report is gone, and the schedule of its domain has changed. */
void queue_ended(struct queue *q, const char *domain);

/* ---- queue_hop.c ---- */

/* Within the limits for all, for those that have not answered, and for h. */
bool queue_hop_may_start(const struct queue *q, const struct queue_hop *h);
void queue_hop_begin(struct queue_hop *h, struct queue_job *j);

enum queue_hop_end {
	QUEUE_HOP_ANSWERED, /* with a reply for the message */
	QUEUE_HOP_BROKEN,   /* amid the message */
	QUEUE_HOP_FAILED,   /* it was not reached: leave it alone */
	QUEUE_HOP_LOST,     /* nobody knows */
};

/* h: NULL where nothing waits for it any more. */
void queue_hop_end(struct queue_hop *h, struct queue_job *j,
    enum queue_hop_end how);

/* ---- queue_pick.c ---- */

/* The message of d that is due and goes first: of the hundred that have waited
 * longest the one of the highest priority.  0: there is none; d->next says when
 * there will be. */
uint64_t queue_pick(struct queue *q, struct queue_dest *d, int64_t now);

/* ---- queue_job.c ---- */

/* Begin one with the recipients of that domain that are due.  False: outbound
 * cannot take it now. */
bool
queue_job_start(struct queue *q, uint64_t id, const char *domain, int64_t now);
struct queue_job *
queue_job_find(const struct queue *q, uint64_t id, const char *domain);
void queue_job_heard(struct queue *q, const struct role_msg *m);
/* Outbound is gone, and with it what it has not told. */
void queue_jobs_lost(struct queue *q);
void queue_job_free(struct queue_job *j);

/* ---- queue_outcome.c ---- */

/* When an attempt is to follow that many others. */
int64_t queue_next_attempt(const struct queue *q, uint32_t attempts,
    int64_t now);

/* Its time (RFC 2852) is over: there is no further attempt. */
bool queue_must_return(const struct queue_job *j, int64_t now);
/* What becomes of a recipient after what was said of it; spans are of j, r and
 * constants. */
struct store_queue_change queue_outcome(const struct queue_job *j,
    const struct queue_rcpt *r, int64_t now);

/* ---- queue_copy.c ---- */

struct queue_copy {
	uint64_t off, end;                       /* of what is copied */
	bool (*write)(void *arg, struct span s); /* false: there is no room */
	void *arg;
};

/* 1: all of it has been written; 0: there is no room, call again; -1: it
 * cannot be read. */
int queue_copy(struct queue *q, uint64_t id, struct queue_copy *c);

/* ---- queue_begin.c ---- */

/* Deliver what is due of a message that was to go later. */
void queue_begin_start(struct queue *q, uint64_t id);
bool queue_begin_is_running(const struct queue *q, uint64_t id);
void queue_begins_free(struct queue *q);

/* ---- queue_report.c ---- */

/* Tell the sender of that message what there is to tell. */
void queue_report_start(struct queue *q, uint64_t id);
bool queue_report_is_running(const struct queue *q, uint64_t id);
void queue_reports_free(struct queue *q);

/* ---- queue_sts.c ---- */

/* Hand on what is kept of the domain's policy; between store_begin() and
 * store_end().  False: that is not known, or outbound cannot take it. */
bool queue_sts_tell(const struct queue *q, const char *domain);
void queue_sts_heard(struct queue *q, const struct role_msg *m);

/* ---- queue_srs.c ---- */

/* The sender as other servers see it; made is what it may lie in. */
struct span queue_sender(const struct queue *q, struct span sender,
    struct buf *made);

#endif
