/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MASTER_STATE_H
#define MAILD_MASTER_STATE_H

#include <sys/types.h>

#include "conf.h"
#include "master.h"
#include "roles_channel.h"
#include "tls_cert.h"

/*
 * What the files of master share.  Functions that can fail return 0, or -1
 * with why naming what, in words for an admin.
 */
struct event;
struct event_base;
struct master;

/* A process that has a role, or will have it again in a moment. */
struct child {
	struct master *master;
	enum role role;
	uint32_t number;
	pid_t pid; /* 0: not running */
	struct role_channel *channel;
	bool ready;
	int64_t ready_at;     /* seconds, monotonic */
	unsigned failures;    /* in a row */
	struct event *again;  /* starts it anew */
	struct buf reason;    /* its FAILED */
};

struct master_socket {
	uint32_t index; /* ROLE_LISTENER */
	enum role role; /* that gets it */
	int fd;
};

struct master_sockets {
	struct master_socket *s;
	size_t len;
};

/* Files that outbound gets as parts. */
struct master_relay {
	struct buf ca, resolv, anchors, sts_ca, password, oauth;
};

struct master {
	struct event_base *base;
	const struct master_options *options;
	const struct conf *conf;
	struct conf *own; /* conf, once it was reloaded */
	struct tls_cert tls;
	struct master_relay relay;
	struct master_sockets sockets;
	int null_fd, log_fd, lock_fd; /* what every role inherits */
	struct child *child;
	size_t nchildren;
	uint64_t epoch;       /* of the last child: see first_id() */
	size_t users_asked, users_added; /* of options->user */
	bool serving, stopping;
	int status;
};

/* The words for a failed call on a file, a socket, … */
int master_fails(struct buf *why, const char *what, const char *name);

/* ---- master_files.c: folders, the lock, the log, the certificate ---- */

/* Also raises the limit of open files. */
int master_files_open(struct master *m, struct buf *why);
void master_files_close(struct master *m);
/* The pair that conf names, or the self-signed one. */
int master_tls_read(struct tls_cert *t, const struct conf *conf,
    struct buf *why);
/* What outbound needs, empty where conf has no use for it. */
int master_relay_read(struct master_relay *r, const struct conf *conf,
    struct buf *why);
void master_relay_wipe(struct master_relay *r);
/* For root: the user to run as; else this one. */
int master_owner(const struct conf *conf, uid_t *uid, gid_t *gid,
    struct buf *why);

/* ---- master_bind.c ---- */

int master_bind(struct master_sockets *s, const struct conf *conf,
    struct buf *why);
/* Closes them; Unix sockets are removed. */
void master_unbind(struct master_sockets *s, const struct conf *conf);

/* ---- master_child.c ---- */

/* Fork and exec it, tell it all there is to know, and connect it with those
 * that run already. */
void child_start(struct child *c);
/* Its process is gone: note it, and start another one in due time. */
void child_gone(struct child *c, int status);
/* Configuration and key, as parts. */
int child_send_parts(struct child *c);
int child_say(struct child *c, enum role_type type);

/* ---- master.c ---- */

void master_heard(struct child *c, const struct role_msg *msg);
/* Ends everything, with that exit status at last. */
void master_stop(struct master *m, int status);

/* ---- master_reload.c ---- */

void master_reload(struct master *m);

/* ---- master_notify.c ---- */

/* sd_notify(3), where $NOTIFY_SOCKET is set. */
void master_notify(const char *state);

#endif
