/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MASTER_H
#define MAILD_MASTER_H

#include <stddef.h>

#include "buf.h"

/*
 * The master: binds the ports, reads the key, starts the roles, restarts those
 * that die, and reads no byte from the network.
 */
struct conf;

struct master_user {
	const char *name, *password;
};

struct master_options {
	/* Created once the roles run, those that are there stay (--dev). */
	const struct master_user *user;
	size_t nusers;
	/*
	 * For SIGHUP: the configuration anew, or NULL with errors filled, as
	 * conf_load() has it.
	 */
	struct conf *(*load)(void *arg, struct buf *errors);
	void *arg;
	/* Called once everything serves: prints "ready", say. */
	void (*ready)(void *arg);
};

/*
 * Runs until SIGTERM or SIGINT.  conf stays the caller's.  Returns an exit
 * status: 0, or a sysexits code after the reason went to standard error (78
 * for what the configuration names and is not there: a key, a user; 71 and 73
 * for what the machine refuses: a port in use, a store that does not open).
 */
int master_run(const struct conf *conf, const struct master_options *o);

/*
 * The other half: a process that master started as "maild --role NAME", to be
 * called before anything else in main with argv behind "--role".
 */
#define MASTER_ROLE_OPTION "--role"
int role_main(int argc, char **argv);

#endif
