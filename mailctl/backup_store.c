/* SPDX-License-Identifier: ISC */
#include "backup_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "atomic_file.h"
#include "mail_file.h"
#include "slurp.h"

static void
path_of(struct buf *out, const struct backup_store *s, const char *hash)
{
	buf_addf(out, "%s/objects/%.2s/%s", s->folder, hash, hash);
}

/* What was left by one that did not get as far as its first manifest is
 * nothing. */
static int
is_other(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
	    strncmp(e->d_name, "manifest.", 9) != 0;
}

static bool
is_empty(const char *folder)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, is_other, NULL);

	for (int i = 0; i < n; i++)
		free(entry[i]);
	if (n >= 0)
		free(entry);
	return n == 0 || (n < 0 && errno == ENOENT);
}

static int
create_store(struct backup_store *s)
{
	struct buf objects = { 0 };
	int ret;

	if (!is_empty(s->folder))
		return cmd_fail(s->cmd, EX_CANTCREAT,
		    "%s: that is no backup, and not empty", s->folder);
	buf_addf(&objects, "%s/objects", s->folder);
	ret = mail_file_folder(s->cmd, s->folder);
	if (ret == 0)
		ret = backup_store_commit(s);
	if (ret == 0)
		ret = mail_file_folder(s->cmd, objects.data);
	buf_free(&objects);
	return ret;
}

static int
parse(struct backup_store *s, const char *path, const struct buf *text)
{
	struct buf err = { 0 };
	int ret = 0;

	if (manifest_parse(&s->manifest, buf_span(text), &err) < 0)
		ret = cmd_fail(s->cmd, EX_DATAERR, "%s: %s", path, err.data);
	buf_free(&err);
	return ret;
}

int
backup_store_open(struct backup_store *s, bool create)
{
	struct buf path = { 0 }, text = { .max = MANIFEST_MAX };
	int ret;

	buf_addf(&path, "%s/manifest", s->folder);
	if (slurp_file(path.data, &text) == 0)
		ret = parse(s, path.data, &text);
	else if (create && errno == ENOENT)
		ret = s->dry_run ? 0 : create_store(s);
	else if (errno == ENOENT)
		ret = cmd_fail(s->cmd, EX_NOINPUT, "%s is no backup: it has no "
		    "manifest", s->folder);
	else
		ret = mail_file_fail(s->cmd, EX_NOINPUT, path.data);
	buf_free(&path);
	buf_free(&text);
	return ret;
}

void
backup_store_close(struct backup_store *s)
{
	manifest_clear(&s->manifest);
}

int
backup_store_put(struct backup_store *s, struct span body,
    char hash[MANIFEST_HASH_LEN + 1])
{
	struct buf path = { 0 }, temp = { 0 }, folder = { 0 };
	int ret = 0;

	manifest_hash(hash, body);
	path_of(&path, s, hash);
	buf_addf(&temp, "%s/objects/incoming", s->folder);
	buf_addf(&folder, "%s/objects/%.2s", s->folder, hash);
	/* One that is there is written again: it may be damaged. */
	ret = mail_file_folder(s->cmd, folder.data);
	if (ret == 0)
		ret = mail_file_write(s->cmd, temp.data, path.data, body, 0,
		    false);
	buf_free(&path);
	buf_free(&temp);
	buf_free(&folder);
	return ret;
}

bool
backup_store_has(const struct backup_store *s, const struct manifest_message *m)
{
	struct buf path = { 0 };
	struct stat sb;
	bool has;

	path_of(&path, s, m->hash);
	has = stat(path.data, &sb) == 0 && (uint64_t)sb.st_size == m->size;
	buf_free(&path);
	return has;
}

int
backup_store_commit(struct backup_store *s)
{
	struct buf path = { 0 }, text = { 0 };
	int ret = mail_file_sync(s->cmd, s->folder);

	buf_addf(&path, "%s/manifest", s->folder);
	manifest_format(&text, &s->manifest);
	if (ret == 0 && text.failed)
		ret = cmd_fail(s->cmd, EX_CANTCREAT,
		    "%s: the manifest would be too large", s->folder);
	if (ret == 0 && atomic_file_write(path.data, buf_span(&text)) < 0)
		ret = mail_file_fail(s->cmd, EX_IOERR, path.data);
	buf_free(&path);
	buf_free(&text);
	return ret;
}

enum backup_object
backup_store_get(const struct backup_store *s, const struct manifest_message *m,
    struct buf *out)
{
	char hash[MANIFEST_HASH_LEN + 1];
	struct buf path = { 0 };
	int ret;

	path_of(&path, s, m->hash);
	buf_clear(out);
	out->max = MAIL_FILE_MAX;
	ret = slurp_file(path.data, out) == 0 ? 0 : errno;
	buf_free(&path);
	if (ret != 0)
		return ret == ENOENT ? BACKUP_MISSING : BACKUP_DAMAGED;
	manifest_hash(hash, buf_span(out));
	return out->len == m->size && strcmp(hash, m->hash) == 0 ?
	    BACKUP_WHOLE : BACKUP_DAMAGED;
}
