/* SPDX-License-Identifier: ISC */
#include "mail_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crlf.h"
#include "interrupt.h"
#include "mail_file.h"
#include "maildir_keywords.h"
#include "maildir_name.h"
#include "mbox.h"

struct source {
	const struct cmd *cmd;
	const char *path;
	source_fn fn;
	void *arg;
	bool counting; /* no file is opened for that; fn sees no message */
	struct maildir_keywords keywords; /* of a Maildir */
};

static int
hand_over(struct source *s, const struct source_message *m)
{
	return interrupted() ? interrupt_fail(s->cmd) : s->fn(s->arg, m);
}

/* ---- files ---- */

static int
read_file(struct source *s, const char *path, const char *flags)
{
	struct buf body = { 0 };
	struct source_message m = { .where = path, .flags = flags };
	int ret;

	if (s->counting)
		return hand_over(s, &m);
	ret = mail_file_read(s->cmd, path, &body, &m.date.sec);
	m.body = buf_span(&body);
	if (ret == 0)
		ret = hand_over(s, &m);
	buf_free(&body);
	return ret;
}

static int
on_maildir(void *arg, const char *folder, const char *name)
{
	struct source *s = arg;
	struct maildir_name n;
	struct buf path = { 0 }, flags = { 0 };
	int ret;

	if (maildir_name_parse(&n, span_str(name)) < 0)
		return 0;
	buf_addf(&path, "%s/%s", folder, name);
	buf_adds(&flags, "");
	maildir_keywords_words(&flags, &s->keywords, n.flags);
	ret = read_file(s, path.data, flags.data);
	buf_free(&path);
	buf_free(&flags);
	return ret;
}

static int
on_eml(void *arg, const char *folder, const char *name)
{
	size_t n = strlen(name);
	struct buf path = { 0 };
	int ret;

	if (n <= 4 || strcmp(name + n - 4, ".eml") != 0)
		return 0;
	buf_addf(&path, "%s/%s", folder, name);
	ret = read_file(arg, path.data, "");
	buf_free(&path);
	return ret;
}

static int
read_folder(struct source *s)
{
	static const char *const subs[] = { "new", "cur" };
	struct buf cur = { 0 };
	struct stat sb;
	bool maildir;
	int ret = 0;

	buf_addf(&cur, "%s/cur", s->path);
	maildir = stat(cur.data, &sb) == 0 && S_ISDIR(sb.st_mode);
	if (maildir)
		ret = maildir_keywords_read(&s->keywords, s->cmd, s->path);
	for (size_t i = 0; maildir && ret == 0 && i < 2; i++) {
		buf_clear(&cur);
		buf_addf(&cur, "%s/%s", s->path, subs[i]);
		ret = mail_file_each(s->cmd, cur.data, on_maildir, s);
	}
	if (!maildir)
		ret = mail_file_each(s->cmd, s->path, on_eml, s);
	maildir_keywords_clear(&s->keywords);
	buf_free(&cur);
	return ret;
}

/* ---- streams ---- */

struct stream {
	struct source *source;
	int fd, status;
	struct buf head; /* read to see what it is */
};

static int
on_mbox(void *arg, const struct mbox_message *m)
{
	struct stream *t = arg;
	struct source_message out = { t->source->path, m->body, m->date,
		m->flags };

	t->status = hand_over(t->source, &out);
	return t->status;
}

static int
read_mbox(struct stream *t)
{
	static char piece[65536];
	struct mbox_parser p = { .fn = on_mbox, .arg = t };
	ssize_t n = 0;
	int ret = mbox_feed(&p, buf_span(&t->head));

	while (ret == 0 && (n = read(t->fd, piece, sizeof(piece))) != 0) {
		if (n > 0)
			ret = mbox_feed(&p, span_of(piece, (size_t)n));
		else if (errno != EINTR)
			break;
	}
	if (ret == 0 && n == 0)
		ret = mbox_end(&p);
	mbox_clear(&p);
	if (n < 0)
		return mail_file_fail(t->source->cmd, EX_NOINPUT,
		    t->source->path);
	if (t->status == 0 && ret != 0 && !t->source->counting)
		return cmd_fail(t->source->cmd, EX_DATAERR,
		    "%s: this is no mbox file", t->source->path);
	return t->status;
}

static int
read_message(struct stream *t)
{
	struct source *s = t->source;
	struct buf body = { .max = 2 * MAIL_FILE_MAX };
	struct source_message m = { .where = s->path, .flags = "" };
	struct stat sb;
	char piece[4096];
	ssize_t n;
	int ret;

	while ((n = read(t->fd, piece, sizeof(piece))) > 0)
		buf_add(&t->head, piece, (size_t)n);
	if (n < 0)
		return mail_file_fail(s->cmd, EX_NOINPUT, s->path);
	if (t->head.failed)
		return cmd_fail(s->cmd, EX_DATAERR, "%s: too large", s->path);
	m.date = date_now();
	if (fstat(t->fd, &sb) == 0 && S_ISREG(sb.st_mode))
		m.date = (struct mail_date){ .sec = sb.st_mtim.tv_sec };
	crlf_add(&body, buf_span(&t->head));
	m.body = buf_span(&body);
	ret = hand_over(s, &m);
	buf_free(&body);
	return ret;
}

#define LOOK 5 /* "From " */

static int
read_stream(struct source *s, int fd)
{
	struct stream t = { .source = s, .fd = fd };
	char piece[LOOK];
	ssize_t n;
	int ret;

	t.head.max = MAIL_FILE_MAX;
	while (t.head.len < LOOK &&
	    (n = read(fd, piece, LOOK - t.head.len)) > 0)
		buf_add(&t.head, piece, (size_t)n);
	if (t.head.len == 0)
		ret = 0;
	else if (t.head.len == LOOK && memcmp(t.head.data, "From ", LOOK) == 0)
		ret = read_mbox(&t);
	else
		ret = read_message(&t);
	buf_free(&t.head);
	return ret;
}

static int
read_path(struct source *s)
{
	struct stat sb;
	int fd, ret;

	if (stat(s->path, &sb) < 0)
		return mail_file_fail(s->cmd, EX_NOINPUT, s->path);
	if (S_ISDIR(sb.st_mode))
		return read_folder(s);
	fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return mail_file_fail(s->cmd, EX_NOINPUT, s->path);
	ret = read_stream(s, fd);
	close(fd);
	return ret;
}

int
mail_source_read(const struct cmd *c, const char *path, source_fn fn, void *arg)
{
	struct source s = { .cmd = c, .path = path, .fn = fn, .arg = arg };

	if (strcmp(path, "-") != 0)
		return read_path(&s);
	s.path = "standard input";
	return read_stream(&s, 0);
}

static int
count_one(void *arg, const struct source_message *m)
{
	uint64_t *count = arg;

	(void)m;
	(*count)++;
	return 0;
}

int
mail_source_count(const struct cmd *c, const char *path, uint64_t *count)
{
	struct source s = { .cmd = c, .path = path, .fn = count_one,
		.arg = count, .counting = true };

	*count = 0;
	return strcmp(path, "-") == 0 ? 0 : read_path(&s);
}
