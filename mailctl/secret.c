/* SPDX-License-Identifier: ISC */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "slurp.h"

static int
check(const struct cmd *c, const char *where, struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	if (out->len > 0 && out->data[out->len - 1] == '\r')
		out->data[--out->len] = '\0';
	if (out->len == 0)
		return cmd_fail(c, EX_CONFIG, "%s: the password is empty",
		    where);
	if (memchr(out->data, '\0', out->len) != NULL)
		return cmd_fail(c, EX_CONFIG,
		    "%s: there is a NUL in the password", where);
	return 0;
}

static int
cannot(const struct cmd *c, const char *where)
{
	if (errno == EFBIG)
		return cmd_fail(c, EX_CONFIG,
		    "%s: that is too long for a password", where);
	return cmd_fail(c, EX_CONFIG, "%s: %s", where, strerror(errno));
}

int
secret_file(const struct cmd *c, const char *path, struct buf *out)
{
	out->max = SECRET_MAX;
	if (slurp_file(path, out) < 0)
		return cannot(c, path);
	return check(c, path, out);
}

int
secret_given(const struct cmd *c, struct buf *out, bool *found)
{
	const char *env = getenv("MAILCTL_PASSWORD");

	*found = true;
	out->max = SECRET_MAX;
	if (c->opt.password_fd != UINT32_MAX) {
		if (slurp_fd((int)c->opt.password_fd, out) < 0)
			return cannot(c, "--password-fd");
		return check(c, "--password-fd", out);
	}
	if (c->opt.password_file != NULL)
		return secret_file(c, c->opt.password_file, out);
	if (env != NULL) {
		buf_adds(out, env);
		return check(c, "MAILCTL_PASSWORD", out);
	}
	*found = false;
	return 0;
}

static void
run_command(const char *command, int fd[2])
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool ok = null >= 0 && dup2(null, 0) >= 0 && dup2(fd[1], 1) >= 0;

	close(fd[0]);
	close(fd[1]);
	if (ok)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int
secret_command(const struct cmd *c, const char *setting, const char *command,
    struct buf *out)
{
	int fd[2], status, ret;
	pid_t pid;

	out->max = SECRET_MAX;
	if (pipe(fd) < 0)
		return cannot(c, setting);
	pid = fork();
	if (pid == 0)
		run_command(command, fd);
	close(fd[1]);
	ret = pid < 0 ? -1 : slurp_fd(fd[0], out);
	if (ret < 0)
		ret = cannot(c, setting);
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (ret != 0)
		return ret;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return cmd_fail(c, EX_CONFIG, "%s failed: %s", setting,
		    command);
	return check(c, setting, out);
}

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signo)
{
	interrupted = signo;
}

/* One line, not echoed; an interrupt leaves the terminal as it was. */
static int
ask(const struct cmd *c, const char *prompt, struct buf *out)
{
	struct sigaction sa = { .sa_handler = on_interrupt }, before;
	struct termios old, quiet;
	char line[SECRET_MAX];
	bool got;

	if (tcgetattr(0, &old) < 0)
		return cannot(c, prompt);
	sigaction(SIGINT, &sa, &before);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(0, TCSAFLUSH, &quiet);
	/* Now: who answers at once is not to be flushed, nor echoed. */
	fprintf(stderr, "%s: ", prompt);
	got = fgets(line, sizeof(line), stdin) != NULL;
	tcsetattr(0, TCSAFLUSH, &old);
	fputc('\n', stderr);
	sigaction(SIGINT, &before, NULL);
	if (interrupted)
		raise(SIGINT);
	if (got)
		buf_adds(out, line);
	explicit_bzero(line, sizeof(line));
	return check(c, prompt, out);
}

int
secret_prompt(const struct cmd *c, const char *prompt, bool twice,
    struct buf *out)
{
	struct buf again = { .max = SECRET_MAX };
	int ret;

	out->max = SECRET_MAX;
	if (!isatty(0))
		return cmd_fail(c, EX_NOPERM, "no password: give "
		    "--password-file, --password-fd or MAILCTL_PASSWORD");
	ret = ask(c, prompt, out);
	if (ret == 0 && twice) {
		ret = ask(c, "The same again", &again);
		if (ret == 0 && !span_eq(buf_span(out), buf_span(&again)))
			ret = cmd_fail(c, EX_DATAERR,
			    "the two passwords differ");
	}
	buf_wipe(&again);
	return ret;
}
