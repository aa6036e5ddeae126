/* SPDX-License-Identifier: ISC */
#include "each_user.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ctl_client.h"
#include "interrupt.h"
#include "mailbox_path.h"

struct tally {
	struct cmd *cmd;
	size_t users, failed;
	int status; /* of the first that failed */
	bool answered;
	struct buf names; /* of those that failed */
};

/* The words are moved about by who reads the options, so each run gets an array
 * of its own. */
static int
run_for(struct cmd *c, const char *user)
{
	struct cmd one = { .entry = c->entry, .user = user, .whole = &c->out,
		.argc = c->argc, .argv = c->argv };
	size_t n = (size_t)c->argc + 1;
	char **argv = xcalloc(n, sizeof(argv[0]));
	int ret;

	memcpy(argv, c->argv, n * sizeof(argv[0]));
	ret = c->entry->exec(&one, c->argc, argv);
	free(argv);
	return ret;
}

static void
count(struct tally *t, const char *user)
{
	int ret = run_for(t->cmd, user);

	t->users++;
	t->answered |= ret == EX_OK;
	if (ret == EX_OK || ret == EX_NO)
		return;
	if (t->failed++ == 0)
		t->status = ret;
	buf_addf(&t->names, "%s%s", t->failed > 1 ? ", " : "", user);
}

static int
end(const struct tally *t)
{
	if (interrupted())
		return interrupt_fail(t->cmd);
	if (t->failed > 0)
		return cmd_fail(t->cmd, t->status,
		    "it failed for %zu of %zu users: %s", t->failed, t->users,
		    t->names.data);
	return t->answered ? EX_OK : EX_NO;
}

int
each_user_run(struct cmd *c)
{
	struct tally t = { .cmd = c };
	json_t *answer, *u;
	size_t i;
	int ret = ctl_client_call(c, "GET", CTL_PATH("/users"), NULL, &answer);

	if (ret != 0)
		return ret;
	json_array_foreach(json_object_get(answer, "users"), i, u)
	{
		const char *name = ctl_client_string(u, "address");

		if (interrupted() || out_left(&c->out))
			break;
		if (json_is_true(json_object_get(u, "disabled")))
			cmd_warn(c, "%s is disabled, and left out", name);
		else
			count(&t, name);
	}
	out_end_whole(&c->out);
	ret = cmd_end(c, end(&t));
	buf_free(&t.names);
	json_decref(answer);
	return ret;
}

const char *
each_user_path(const struct cmd *c, const char *path, bool make,
    struct buf *own)
{
	if (c->user == NULL)
		return path;
	if (strcmp(path, "-") == 0) {
		cmd_usage(c, "a stream is of one user: give a folder with -A");
		return NULL;
	}
	buf_addf(own, "%s/", path);
	if (!mailbox_path(own, c->user, '\0')) {
		cmd_fail(c, EX_DATAERR, "no file can have that name");
		return NULL;
	}
	if (make && mkdir(path, 0777) < 0 && errno != EEXIST) {
		cmd_fail(c, EX_CANTCREAT, "%s: %s", path, strerror(errno));
		return NULL;
	}
	return own->data;
}
