/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "mail_file.h"
#include "mailbox_names.h"
#include "mailbox_path.h"
#include "sync_mailbox.h"

/*
 * sync: all mailboxes and a folder of Maildirs, both ways.
 */
#define DEPTH_MAX 32

struct sync {
	struct cmd *cmd;
	const char *folder;
	char **only; /* mailboxes; none: all */
	int nonly;
	bool dry_run;
	struct imap_conn *conn;
	struct mailbox_names names;
	bool found, refused;
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "downloaded", OUT_NUMBER, false },
	{ "uploaded", OUT_NUMBER, false },
	{ "deleted_here", OUT_NUMBER, false },
	{ "deleted_there", OUT_NUMBER, false },
	{ "flags_here", OUT_NUMBER, false },
	{ "flags_there", OUT_NUMBER, false },
	{ "refused", OUT_NUMBER, false },
	{ "done", OUT_BOOL, false },
};

static void
print(const struct sync *s, const struct sync_mailbox *m)
{
	struct out *o = &s->cmd->out;

	out_str(o, span_str(m->name));
	out_num(o, m->count.downloaded);
	out_num(o, m->count.uploaded);
	out_num(o, m->count.deleted_here);
	out_num(o, m->count.deleted_there);
	out_num(o, m->count.flags_here);
	out_num(o, m->count.flags_there);
	out_num(o, m->count.refused);
	out_bool(o, !s->dry_run);
}

static bool
is_meant(const struct sync *s, const char *name)
{
	for (int i = 0; i < s->nonly; i++) {
		if (strcmp(s->only[i], name) == 0)
			return true;
	}
	return s->nonly == 0;
}

static int
sync_one(struct sync *s, const char *name, const char *path)
{
	struct sync_mailbox m = { .conn = s->conn, .name = name,
		.folder = path, .dry_run = s->dry_run };
	int ret;

	s->found = true;
	if (interrupted())
		return interrupt_fail(s->cmd);
	ret = sync_mailbox(&m);
	if (ret == 0)
		print(s, &m);
	s->refused = s->refused || m.count.refused > 0;
	return ret;
}

/* ---- mailboxes of the server ---- */

static int
make_folders(const struct sync *s, char *path)
{
	int ret = 0;

	for (char *p = strchr(path + strlen(s->folder) + 1, '/');
	     ret == 0 && p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		ret = mail_file_folder(s->cmd, path);
		*p = '/';
	}
	return ret;
}

static int
sync_there(struct sync *s, const struct mailbox_entry *e)
{
	struct buf path = { 0 };
	int ret = 0;

	buf_addf(&path, "%s/", s->folder);
	if (strchr(e->name, '\n') != NULL ||
	    !mailbox_path(&path, e->name, e->separator)) {
		cmd_warn(s->cmd, "%s: there can be no folder of that name",
		    e->name);
	} else {
		if (!s->dry_run)
			ret = make_folders(s, path.data);
		if (ret == 0)
			ret = sync_one(s, e->name, path.data);
	}
	buf_free(&path);
	return ret;
}

/* ---- folders that the server has not ---- */

static bool
is_folder(const char *path, const char *name)
{
	struct buf sub = { 0 };
	struct stat sb;
	bool is;

	buf_addf(&sub, "%s/%s", path, name);
	is = stat(sub.data, &sb) == 0 && S_ISDIR(sb.st_mode);
	buf_free(&sub);
	return is;
}

static int
sync_here(struct sync *s, const char *name, const char *path)
{
	int ret = 0;

	if (sync_mailbox_known(path, name)) {
		cmd_warn(s->cmd, "%s is no more on the server; remove %s, or "
		    "only its %s to make it there again", name, path,
		    SYNC_STATE_FILE);
		return 0;
	}
	s->found = true;
	if (s->dry_run)
		return 0;
	ret = imap_conn_create(s->conn, name);
	return ret != 0 ? ret : sync_one(s, name, path);
}

struct looking {
	struct sync *sync;
	const char *path; /* below the folder; "": itself */
	int depth;
};

static int
on_folder(void *arg, const char *folder, const char *name)
{
	struct looking *l = arg, below = { l->sync, NULL, l->depth + 1 };
	struct sync *s = l->sync;
	struct buf full = { 0 }, path = { 0 }, mailbox = { 0 };
	int ret = 0;

	buf_addf(&full, "%s/%s", folder, name);
	buf_addf(&path, "%s%s%s", l->path, l->path[0] != '\0' ? "/" : "", name);
	below.path = path.data;
	if (strcmp(name, "cur") != 0 && strcmp(name, "new") != 0 &&
	    strcmp(name, "tmp") != 0 && is_folder(folder, name) &&
	    l->depth < DEPTH_MAX) {
		if (is_folder(full.data, "cur") &&
		    mailbox_path_name(&mailbox, path.data,
			s->names.separator) &&
		    is_meant(s, mailbox.data) &&
		    mailbox_names_find(&s->names, mailbox.data) == NULL)
			ret = sync_here(s, mailbox.data, full.data);
		if (ret == 0)
			ret = mail_file_each(s->cmd, full.data, on_folder,
			    &below);
	}
	buf_free(&full);
	buf_free(&path);
	buf_free(&mailbox);
	return ret;
}

static int
sync_all(struct sync *s)
{
	struct looking l = { s, "", 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < s->names.len; i++) {
		if (is_meant(s, s->names.entry[i].name))
			ret = sync_there(s, &s->names.entry[i]);
	}
	if (ret == 0)
		ret = mail_file_each(s->cmd, s->folder, on_folder, &l);
	if (ret == 0 && !s->found)
		ret = cmd_fail(s->cmd, EX_NOMESSAGE, "there is no such "
		    "mailbox on either side");
	return ret == 0 && s->refused ? EX_DATAERR : ret;
}

static int
run(struct imap_conn *ic, void *arg)
{
	struct sync *s = arg;
	int ret = imap_conn_identify(ic);

	s->conn = ic;
	if (ret == 0)
		ret = mailbox_names_read(&s->names, ic);
	out_begin(&s->cmd->out, columns, sizeof(columns) / sizeof(columns[0]));
	if (ret == 0)
		ret = sync_all(s);
	out_end(&s->cmd->out);
	mailbox_names_clear(&s->names);
	return ret;
}

/* Two at once would take each other's work for the user's. */
static int
lock(const struct sync *s, int *fd)
{
	struct buf path = { 0 };
	int ret = mail_file_folder(s->cmd, s->folder);

	buf_addf(&path, "%s/.mailctl-lock", s->folder);
	if (ret == 0) {
		*fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (*fd < 0)
			ret = mail_file_fail(s->cmd, EX_CANTCREAT, path.data);
		else if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
			ret = cmd_fail(s->cmd, EX_TEMPFAIL,
			    "%s: another sync is at work there", s->folder);
	}
	buf_free(&path);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct sync s = { .cmd = c };
	const struct opt opts[] = {
		{ 'n', "dry-run", OPT_FLAG, &s.dry_run, NULL,
		    "say what would be done, and change nothing" },
		{ 0 },
	};
	int ret, fd = -1;

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	s.folder = argv[0];
	s.only = argv + 1;
	s.nonly = argc - 1;
	interrupt_catch();
	ret = lock(&s, &fd);
	if (ret == 0)
		ret = imap_conn_with(c, run, &s);
	if (fd >= 0)
		close(fd);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_sync = {
	.name = "sync",
	.usage = "[-n] FOLDER [MAILBOX...]",
	.summary = "keep mailboxes and a folder of Maildirs the same",
	.example = { "mailctl sync ~/Mail", "mailctl sync ~/Mail INBOX Sent" },
	.bulk = true,
	.exec = exec,
};
