/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "conf.h"
#include "sandbox.h"

#include "check.h"

/*
 * Each role, in a process of its own, tries what it may not.  What it finds is
 * its exit status: a number of an attempt, 0 if all is well.
 */
static char dir[] = "/tmp/check_sandbox.XXXXXX";
static struct conf *conf;
static int udp; /* from before the sandbox */

static void
setup(void)
{
	static const char *const folders[] = { "auth", "mail", "tls" };
	struct buf text = { 0 }, errors = { 0 }, path = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", dir, folders[i]);
		ck_assert_int_eq(mkdir(path.data, 0755), 0);
	}
	buf_addf(&text, "hostname localhost\nstate_dir %s\nuser \"\"\n", dir);
	conf = conf_parse_text(buf_span(&text), "test", NULL, 0, &errors);
	ck_assert_msg(conf != NULL, "%s", errors.data);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	buf_free(&text);
	buf_free(&errors);
	buf_free(&path);
}

static void
teardown(void)
{
	struct buf rm = { 0 };

	buf_addf(&rm, "rm -r %s", dir);
	ck_assert_int_eq(system(rm.data), 0);
	buf_free(&rm);
	conf_free(conf);
	close(udp);
}

static bool
can_open(const char *folder, const char *file, int flags)
{
	struct buf path = { 0 };
	int fd;

	buf_addf(&path, "%s/%s", folder, file);
	fd = open(path.data, flags, 0600);
	buf_free(&path);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int
run_in(enum role role, int (*fn)(enum role role))
{
	struct buf why = { 0 };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (sandbox_enter(role, conf, &why) < 0) {
			fprintf(stderr, "%s\n", why.data);
			_exit(99);
		}
		_exit(fn(role));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- after the first step ---- */

static int
look_at_status(enum role role)
{
	struct rlimit core;

	(void)role;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return 2;
	/* CAP_CHOWN, say, is gone. */
	if (chown(dir, 1, 1) == 0)
		return 3;
	return 0;
}

START_TEST(nothing_to_gain)
{
	ck_assert_int_eq(run_in((enum role)_i, look_at_status), 0);
}
END_TEST

static bool
has_landlock(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct buf why = { 0 };

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		sandbox_files(ROLE_FRONT, conf, &why);
		_exit(can_open("/", "etc/passwd", O_RDONLY));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
look_at_files(enum role role)
{
	const char *own = role_name(role);
	struct buf folder = { 0 };
	int found = 0;

	buf_addf(&folder, "%s/%s", dir, own);
	if (role != ROLE_FRONT && role != ROLE_OUTBOUND &&
	    !can_open(folder.data, "x", O_RDWR | O_CREAT))
		found = 1;
	if (can_open("/", "etc/passwd", O_RDONLY))
		found = 2;
	if (can_open(dir, "x", O_RDWR | O_CREAT))
		found = 3;
	if (can_open(dir, role == ROLE_AUTH ? "mail/x" : "auth/x",
		O_RDWR | O_CREAT))
		found = 4;
	if (can_open(dir, "tls", O_RDONLY | O_DIRECTORY))
		found = 5;
	buf_free(&folder);
	return found;
}

START_TEST(only_its_own_files)
{
	if (has_landlock())
		ck_assert_int_eq(run_in((enum role)_i, look_at_files), 0);
}
END_TEST

/* ---- after the second ---- */

static int
try_calls(enum role role)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = 1 };
	char *argv[] = { (char[]){ "true" }, NULL };
	long page = sysconf(_SC_PAGESIZE);
	char *memory;
	int pair[2];

	/* What goes on working: */
	memory = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory, (size_t)page,
				       PROT_READ) < 0)
		return 1;
	free(xmalloc(1 << 20));
	if (write(STDERR_FILENO, "", 0) != 0)
		return 2;
	/* What does not: */
	if (role != ROLE_MAIL && (open("/etc/passwd", O_RDONLY) >= 0 ||
				     errno != EPERM))
		return 3;
	if (open("/tmp/x", O_RDWR | O_CREAT, 0600) >= 0 || errno != EPERM)
		return 4;
	errno = EPERM;
	if ((socket(AF_INET, SOCK_STREAM, 0) >= 0) !=
		(role == ROLE_OUTBOUND) || errno != EPERM)
		return 5;
	if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EPERM)
		return 6;
	errno = EPERM;
	if ((connect(udp, (void *)&sin, sizeof(sin)) == 0) !=
		(role == ROLE_OUTBOUND) || errno != EPERM)
		return 7;
	if (execv("/bin/true", argv) == 0 || errno != EPERM)
		return 8;
	if (ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0 || errno != EPERM)
		return 9;
	if (mprotect(memory, (size_t)page, PROT_READ | PROT_EXEC) == 0 ||
	    errno != EPERM)
		return 10;
	if (mmap(NULL, (size_t)page, PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 11;
	if (fork() >= 0 || kill(getppid(), 0) == 0)
		return 12;
	if (role != ROLE_OUTBOUND &&
	    (bind(udp, (void *)&sin, sizeof(sin)) == 0 || errno != EPERM))
		return 13;
	if ((socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) !=
	    (role == ROLE_FRONT || role == ROLE_MAIL))
		return 14;
	return 0;
}

static void *
in_a_thread(void *arg)
{
	pthread_mutex_t *gate = arg;

	pthread_mutex_lock(gate);
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM ? NULL :
								     arg;
}

/* Threads that run already are limited, too. */
static int
limit_and_try(enum role role)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct buf why = { 0 };
	pthread_t thread;
	void *free_one;

	pthread_mutex_lock(&gate);
	if (role != ROLE_MAIL &&
	    pthread_create(&thread, NULL, in_a_thread, &gate) != 0)
		return 90;
	if (sandbox_limit(role, &why) < 0) {
		fprintf(stderr, "%s\n", why.data);
		return 91;
	}
	pthread_mutex_unlock(&gate);
	if (role != ROLE_MAIL &&
	    (pthread_join(thread, &free_one) != 0 || free_one != NULL))
		return 92;
	if (can_open(dir, "mail", O_TMPFILE | O_RDWR) != (role == ROLE_MAIL) ||
	    can_open(dir, "mail/y", O_RDWR | O_CREAT))
		return 93;
	return try_calls(role);
}

START_TEST(calls_that_are_denied)
{
#ifndef SANITIZERS
	ck_assert_int_eq(run_in((enum role)_i, limit_and_try), 0);
#else
	(void)limit_and_try; /* they need what is denied */
#endif
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, nothing_to_gain, ROLE_FRONT, ROLES);
	tcase_add_loop_test(tc, only_its_own_files, ROLE_FRONT, ROLES);
	tcase_add_loop_test(tc, calls_that_are_denied, ROLE_FRONT, ROLES);
}

int
main(void)
{
	return check_run("sandbox", add);
}
