/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <malloc.h>
#include <stdio.h>
#include <sysexits.h>

#include "master.h"
#include "master_role.h"
#include "roles_process.h"

static const struct role_ops *const ops[ROLES] = {
	[ROLE_FRONT] = &front_ops,
	[ROLE_AUTH] = &auth_ops,
	[ROLE_MAIL] = &mail_ops,
	[ROLE_OUTBOUND] = &outbound_ops,
};

/* Whether master has started us, rather than a person. */
static int
has_master(void)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(ROLE_MASTER_FD, SOL_SOCKET, SO_TYPE, &type, &len) ==
	    0 && type == SOCK_SEQPACKET;
}

/*
 * By itself, glibc raises its thresholds with the largest block that was ever
 * freed: then each thread's heap keeps a free end of up to 64 MB for ever.  What
 * is larger than 1 MB is rare in a role and goes back at once; a free end goes
 * from 4 MB on.
 */
static void
bound_heaps(void)
{
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

int
role_main(int argc, char **argv)
{
	enum role r = argc == 1 ? role_find(argv[0]) : ROLES;

	if (r == ROLES || ops[r] == NULL || !has_master()) {
		fprintf(stderr, "maild: " MASTER_ROLE_OPTION
			" is for maild itself\n");
		return EX_USAGE;
	}
	bound_heaps();
	return role_process_run(ops[r], ROLE_MASTER_FD);
}
