/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROLES_PROCESS_H
#define MAILD_ROLES_PROCESS_H

#include "buf.h"
#include "roles_channel.h"

/*
 * What the processes of all roles have in common: being started by master,
 * getting the configuration, sockets and channels, entering the sandbox, and
 * stopping.  A role is a struct role_ops; front's, say, is front_ops.
 */
struct conf;
struct conf_listen;
struct event_base;

struct role_process {
	enum role role;
	uint32_t number;
	uint64_t first_id; /* of connections, see ROLE_HELLO */
	struct event_base *base;
	struct role_channel *master;
	/* As of the last HELLO or RELOAD, replaced between callbacks: */
	const struct conf *conf;
	/* Its parts besides, where they are for this role: who has read a
	 * secret wipes it. */
	struct buf part[ROLE_PARTS];
	void *state; /* what start gave */
};

/*
 * Called in this order: start; then, in the sandbox, listener and peer for
 * each descriptor, message for what else master says, reload any number of
 * times, stop.  After stop the process runs until role_process_end().
 */
struct role_ops {
	enum role role;
	/*
	 * The configuration is there, the process has dropped its privileges,
	 * system calls are not yet limited: open and read here what must be.
	 * Returns the role's state.  NULL: why says what is wrong, in words
	 * for an admin; the process then ends.
	 */
	void *(*start)(struct role_process *p, struct buf *why);
	/* fd is the role's.  Several may have the same l (localhost has two
	 * addresses); l lives as long as the first configuration.  NULL: the
	 * control socket.  A role may have no listeners: NULL. */
	void (*listener)(struct role_process *p, const struct conf_listen *l,
	    int fd);
	/* A new channel; the old one to the same role and number, if any, is
	 * to be freed.  fd is the role's, for role_channel_new(). */
	void (*peer)(struct role_process *p, enum role peer, uint32_t number,
	    int fd);
	/* What master says besides; NULL: nothing is expected. */
	void (*message)(struct role_process *p, const struct role_msg *m);
	/* p->conf and the parts are new; the former is freed after the
	 * call.  -1: why says what is wrong, and the role keeps using what it
	 * had, of which it must have its own copy: so master checks first that
	 * this cannot be. */
	int (*reload)(struct role_process *p, const struct conf *former,
	    struct buf *why);
	/* End what is open, politely, and then call role_process_end(). */
	void (*stop)(struct role_process *p);
	/* Free the state, at the very end. */
	void (*end)(struct role_process *p);
};

/* Leave the loop; the process then frees its state and exits with 0. */
void role_process_end(struct role_process *p);

/*
 * Run a role on the channel to master that the process was started with.
 * Returns its exit status.  When master is gone, the role stops.
 */
int role_process_run(const struct role_ops *ops, int master_fd);

extern const struct role_ops front_ops, auth_ops, mail_ops, outbound_ops;

#endif
