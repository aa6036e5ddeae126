/* SPDX-License-Identifier: ISC */
#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_FOUND 127 /* what a shell exits with */

static bool
is_wanted(const char *program)
{
	const char *term = getenv("TERM");

	if (term == NULL || strcmp(term, "dumb") == 0)
		return false;
	return program == NULL ||
	    (program[0] != '\0' && strcmp(program, "cat") != 0);
}

static void __attribute__((noreturn))
run(const char *program, const int fd[2])
{
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	dup2(fd[0], STDIN_FILENO);
	close(fd[0]);
	close(fd[1]); /* or it would never see the end */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	if (program != NULL)
		execlp("sh", "sh", "-c", program, (char *)NULL);
	else
		execlp("less", "less", (char *)NULL);
	if (program == NULL)
		execlp("cat", "cat", (char *)NULL);
	_exit(NOT_FOUND);
}

/* An interrupt is the pager's, which shares our terminal. */
static void
stand_back(struct pager *p, int to)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fflush(stdout);
	p->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	p->err = isatty(STDERR_FILENO) ?
	    fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) : -1;
	dup2(to, STDOUT_FILENO);
	if (p->err >= 0)
		dup2(to, STDERR_FILENO);
}

bool
pager_start(struct pager *p)
{
	const char *program = getenv("PAGER");
	int fd[2];

	if (!is_wanted(program) || pipe(fd) < 0)
		return false;
	p->pid = fork();
	if (p->pid == 0)
		run(program, fd);
	close(fd[0]);
	if (p->pid > 0)
		stand_back(p, fd[1]);
	close(fd[1]);
	return p->pid > 0;
}

static void
give_back(int *saved, int fd)
{
	if (*saved >= 0) {
		dup2(*saved, fd);
		close(*saved);
	}
	*saved = -1;
}

bool
pager_end(struct pager *p)
{
	int status = 0;

	fflush(stdout);
	clearerr(stdout);
	give_back(&p->out, STDOUT_FILENO);
	give_back(&p->err, STDERR_FILENO);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND;
}
