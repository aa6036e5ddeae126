/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sandbox.h"

#ifndef SANITIZERS
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <unistd.h>

#define FRONT (1u << ROLE_FRONT)
#define AUTH  (1u << ROLE_AUTH)
#define MAIL  (1u << ROLE_MAIL)
#define OUT   (1u << ROLE_OUTBOUND)
#define ALL   (FRONT | AUTH | MAIL | OUT)

/*
 * The calls that each role may make with any arguments; everything that is
 * not here or in add_limited() fails with EPERM.  None but outbound may open a
 * socket or connect; none may start a process or look at another one.
 */
static const struct {
	int call;
	unsigned roles;
} allowed[] = {
	/* reading, writing, waiting */
	{ SCMP_SYS(read), ALL },
	{ SCMP_SYS(readv), ALL },
	{ SCMP_SYS(write), ALL },
	{ SCMP_SYS(writev), ALL },
	{ SCMP_SYS(recvmsg), ALL },
	{ SCMP_SYS(sendmsg), ALL },
	{ SCMP_SYS(close), ALL },
	{ SCMP_SYS(fcntl), ALL },
	{ SCMP_SYS(epoll_ctl), ALL },
	{ SCMP_SYS(epoll_wait), ALL },
	{ SCMP_SYS(epoll_pwait), ALL },
	{ SCMP_SYS(newfstatat), ALL },
	{ SCMP_SYS(fstat), ALL },
	/* connections */
	{ SCMP_SYS(accept), FRONT | MAIL },
	{ SCMP_SYS(accept4), FRONT | MAIL },
	{ SCMP_SYS(recvfrom), FRONT | MAIL | OUT },
	{ SCMP_SYS(sendto), FRONT | MAIL | OUT },
	{ SCMP_SYS(dup3), MAIL }, /* ctl_upgrade.c */
	{ SCMP_SYS(shutdown), FRONT | MAIL | OUT },
	{ SCMP_SYS(getsockopt), FRONT | MAIL | OUT },
	{ SCMP_SYS(setsockopt), FRONT | MAIL | OUT },
	{ SCMP_SYS(getsockname), FRONT | MAIL | OUT },
	{ SCMP_SYS(getpeername), FRONT | MAIL | OUT },
	{ SCMP_SYS(connect), OUT },
	{ SCMP_SYS(bind), OUT },
	{ SCMP_SYS(poll), OUT }, /* libcurl */
	{ SCMP_SYS(ppoll), OUT },
	/* LMDB, on files that are open */
	{ SCMP_SYS(pread64), AUTH | MAIL },
	{ SCMP_SYS(pwrite64), AUTH | MAIL },
	{ SCMP_SYS(pwritev), AUTH | MAIL },
	{ SCMP_SYS(lseek), AUTH | MAIL },
	{ SCMP_SYS(fsync), AUTH | MAIL },
	{ SCMP_SYS(fdatasync), AUTH | MAIL },
	{ SCMP_SYS(ftruncate), AUTH | MAIL },
	{ SCMP_SYS(fstatfs), AUTH | MAIL },
	{ SCMP_SYS(statfs), MAIL },
	{ SCMP_SYS(mincore), MAIL },
	{ SCMP_SYS(getrusage), MAIL }, /* engine_pool.c */
	{ SCMP_SYS(getdents64), MAIL }, /* iconv, see below */
	/* memory and threads */
	{ SCMP_SYS(brk), ALL },
	{ SCMP_SYS(munmap), ALL },
	{ SCMP_SYS(mremap), ALL },
	{ SCMP_SYS(madvise), ALL },
	{ SCMP_SYS(futex), ALL },
	{ SCMP_SYS(sched_yield), ALL },
	{ SCMP_SYS(sched_getaffinity), ALL },
	{ SCMP_SYS(rseq), ALL },
	{ SCMP_SYS(set_robust_list), ALL },
	{ SCMP_SYS(restart_syscall), ALL },
	/* what the time is, who we are, the end */
	{ SCMP_SYS(clock_gettime), ALL },
	{ SCMP_SYS(clock_nanosleep), ALL },
	{ SCMP_SYS(nanosleep), ALL },
	{ SCMP_SYS(gettimeofday), ALL },
	{ SCMP_SYS(getrandom), ALL },
	{ SCMP_SYS(getpid), ALL },
	{ SCMP_SYS(gettid), ALL },
	{ SCMP_SYS(getuid), ALL },
	{ SCMP_SYS(geteuid), ALL },
	{ SCMP_SYS(getgid), ALL },
	{ SCMP_SYS(getegid), ALL },
	{ SCMP_SYS(rt_sigaction), ALL },
	{ SCMP_SYS(rt_sigprocmask), ALL },
	{ SCMP_SYS(rt_sigreturn), ALL },
	{ SCMP_SYS(sigaltstack), ALL },
	{ SCMP_SYS(exit), ALL },
	{ SCMP_SYS(exit_group), ALL },
};

static int
add_allowed(scmp_filter_ctx ctx, enum role role)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		int rc;

		if (!(allowed[i].roles & (1u << role)))
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i].call, 0);
		/* A call that this machine does not have is no loss. */
		if (rc < 0 && rc != -EDOM)
			return rc;
	}
	return 0;
}

#define ALLOW_IF(ctx, call, cmp)                                               \
	seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(call), 1, cmp)

/* It loads the tables and the code of a charset when it meets one. */
static int
add_iconv(scmp_filter_ctx ctx)
{
	static const int for_reading = O_ACCMODE | O_CREAT | O_TRUNC;
	int rc;

	rc = ALLOW_IF(ctx, openat,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, for_reading, O_RDONLY));
	if (rc == 0)
		rc = ALLOW_IF(ctx, mmap,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC,
			PROT_EXEC));
	return rc;
}

/* Files without a name, for what is only passing through; they never get
 * one, as there is no call for it. */
static int
add_nameless(scmp_filter_ctx ctx)
{
	static const int how = O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE;

	return ALLOW_IF(ctx, openat,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, how, O_RDWR | O_TMPFILE));
}

/* Calls that depend on what is asked of them. */
static int
add_limited(scmp_filter_ctx ctx, enum role role)
{
	int rc;

	/* Nothing that was written becomes code. */
	rc = ALLOW_IF(ctx, mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = ALLOW_IF(ctx, mprotect,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0 && role == ROLE_MAIL)
		rc = add_iconv(ctx);
	if (rc == 0 && role == ROLE_MAIL)
		rc = add_nameless(ctx);
	/* A thread names itself; of another one it would be a file. */
	if (rc == 0)
		rc = ALLOW_IF(ctx, prctl, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (rc == 0)
		rc = ALLOW_IF(ctx, ioctl, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
	if (rc == 0 && (role == ROLE_FRONT || role == ROLE_MAIL))
		rc = ALLOW_IF(ctx, socketpair,
		    SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	if (rc == 0 && role == ROLE_OUTBOUND)
		rc = ALLOW_IF(ctx, socket, SCMP_A0(SCMP_CMP_EQ, AF_INET));
	if (rc == 0 && role == ROLE_OUTBOUND)
		rc = ALLOW_IF(ctx, socket, SCMP_A0(SCMP_CMP_EQ, AF_INET6));
	/* abort(3) */
	if (rc == 0)
		rc = ALLOW_IF(ctx, tgkill,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return rc;
}

int
sandbox_limit(enum role role, struct buf *why)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc = ctx != NULL ? 0 : -ENOMEM;

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = add_allowed(ctx, role);
	if (rc == 0)
		rc = add_limited(ctx, role);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc < 0)
		buf_addf(why, "cannot give up system calls: %s",
		    strerror(-rc));
	return rc < 0 ? -1 : 0;
}

#else /* LeakSanitizer stops the process's threads with ptrace(2). */

int
sandbox_limit(enum role role, struct buf *why)
{
	(void)role;
	(void)why;
	return 0;
}

#endif
