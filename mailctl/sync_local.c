/* SPDX-License-Identifier: ISC */
#include "sync_local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mail_file.h"
#include "maildir_name.h"

static void
message_clear(struct local_message *m)
{
	free(m->unique);
	free(m->name);
}

void
sync_local_clear(struct sync_local *l)
{
	for (size_t i = 0; i < l->len; i++)
		message_clear(&l->message[i]);
	free(l->message);
	l->message = NULL;
	l->len = l->cap = 0;
}

/* ---- reading ---- */

static void
add(struct sync_local *l, const struct local_message *m)
{
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 64;
		l->message = xrealloc_array(l->message, l->cap,
		    sizeof(l->message[0]));
	}
	l->message[l->len++] = *m;
}

static int
on_name(void *arg, const char *folder, const char *name)
{
	struct sync_local *l = arg;
	struct maildir_name n;
	struct local_message m = { 0 };

	/* A line end in a name would break the state's lines. */
	if (maildir_name_parse(&n, span_str(name)) < 0 ||
	    strchr(name, '\n') != NULL)
		return 0;
	m.unique = span_dup(n.unique);
	m.name = xstrdup(name);
	m.sub = strcmp(folder + strlen(folder) - 3, "cur") == 0 ? "cur" : "new";
	m.flags = n.flags & maildir_keywords_known(l->keywords);
	if (span_eq(n.tag, span_str(l->tag)))
		m.uid = n.uid;
	add(l, &m);
	return 0;
}

static int
by_unique(const void *a, const void *b)
{
	return strcmp(((const struct local_message *)a)->unique,
	    ((const struct local_message *)b)->unique);
}

/* A file that was seen under two names is one. */
static void
sort(struct sync_local *l)
{
	size_t n = 0;

	if (l->len > 1)
		qsort(l->message, l->len, sizeof(l->message[0]), by_unique);
	for (size_t i = 0; i < l->len; i++) {
		if (n > 0 && by_unique(&l->message[n - 1], &l->message[i]) == 0)
			message_clear(&l->message[--n]);
		l->message[n++] = l->message[i];
	}
	l->len = n;
}

int
sync_local_read(struct sync_local *l)
{
	static const char *const subs[] = { "new", "cur" };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < 2; i++) {
		struct buf folder = { 0 };

		buf_addf(&folder, "%s/%s", l->folder, subs[i]);
		ret = mail_file_each(l->cmd, folder.data, on_name, l);
		buf_free(&folder);
	}
	sort(l);
	return ret;
}

int
sync_local_again(struct sync_local *l)
{
	struct sync_local again = { .cmd = l->cmd, .folder = l->folder,
		.tag = l->tag, .keywords = l->keywords };
	int ret = sync_local_read(&again);

	for (size_t i = 0; i < again.len; i++) {
		struct local_message *m = &again.message[i];

		if (sync_local_find(l, m->unique) == NULL) {
			add(l, m);
			*m = (struct local_message){ 0 };
			sort(l);
		}
	}
	sync_local_clear(&again);
	return ret;
}

struct local_message *
sync_local_find(const struct sync_local *l, const char *unique)
{
	struct local_message key = { .unique = (char *)(uintptr_t)unique };

	if (l->len == 0)
		return NULL;
	return bsearch(&key, l->message, l->len, sizeof(key), by_unique);
}

static void
path_of(struct buf *out, const struct sync_local *l, const char *sub,
    const char *name)
{
	buf_addf(out, "%s/%s/%s", l->folder, sub, name);
}

bool
sync_local_is_there(const struct sync_local *l, const struct local_message *m)
{
	struct buf path = { 0 };
	bool there;

	path_of(&path, l, m->sub, m->name);
	there = access(path.data, F_OK) == 0;
	buf_free(&path);
	return there;
}

int
sync_local_body(const struct sync_local *l, const struct local_message *m,
    struct buf *out, int64_t *mtime)
{
	struct buf path = { 0 };
	int ret;

	path_of(&path, l, m->sub, m->name);
	ret = mail_file_read(l->cmd, path.data, out, mtime);
	buf_free(&path);
	return ret;
}

/* ---- changing ---- */

int
sync_local_remove(const struct sync_local *l, const struct local_message *m)
{
	struct buf path = { 0 };
	int ret = 0;

	path_of(&path, l, m->sub, m->name);
	if (unlink(path.data) < 0 && errno != ENOENT)
		ret = mail_file_fail(l->cmd, EX_IOERR, path.data);
	buf_free(&path);
	return ret;
}

int
sync_local_set_flags(const struct sync_local *l, struct local_message *m,
    unsigned flags)
{
	struct buf from = { 0 }, to = { 0 }, name = { 0 };
	struct maildir_name n;
	int ret = 0;

	maildir_name_parse(&n, span_str(m->name));
	maildir_name_format(&name, n.unique, flags,
	    maildir_keywords_known(l->keywords), n.letters);
	path_of(&from, l, m->sub, m->name);
	path_of(&to, l, "cur", name.data);
	/* Whoever renamed it meanwhile is heard the next time. */
	if (rename(from.data, to.data) < 0 && errno != ENOENT)
		ret = mail_file_fail(l->cmd, EX_IOERR, from.data);
	free(m->name);
	m->name = buf_steal(&name);
	m->sub = "cur";
	buf_free(&from);
	buf_free(&to);
	return ret;
}

int
sync_local_write(const struct sync_local *l, const struct index_message *m,
    struct span body, struct buf *unique)
{
	struct buf temp = { 0 }, path = { 0 }, name = { 0 };
	unsigned flags = maildir_keywords_bits(l->keywords, m->flags);
	int ret;

	maildir_name_make(unique, m->date.sec, m->uid, l->tag);
	path_of(&temp, l, "tmp", unique->data);
	/* What has no flag is new mail for other programs, too. */
	if (flags == 0)
		buf_adds(&name, unique->data);
	else
		maildir_name_format(&name, buf_span(unique), flags, flags,
		    span_of(NULL, 0));
	path_of(&path, l, flags == 0 ? "new" : "cur", name.data);
	ret = mail_file_write(l->cmd, temp.data, path.data, body, m->date.sec,
	    true);
	buf_free(&temp);
	buf_free(&path);
	buf_free(&name);
	return ret;
}
