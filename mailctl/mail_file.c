/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* syncfs */
#include "mail_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crlf.h"
#include "slurp.h"

int
mail_file_fail(const struct cmd *c, int code, const char *path)
{
	return cmd_fail(c, code, "%s: %s", path, strerror(errno));
}

/* ---- writing ---- */

static int
put(FILE *file, struct span body, int64_t mtime, bool lf)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
		{ .tv_sec = (time_t)mtime } };

	if (lf && crlf_write_lf(file, body) < 0)
		return -1;
	if (!lf && fwrite(body.p, 1, body.n, file) != body.n)
		return -1;
	if (fflush(file) != 0)
		return -1;
	return futimens(fileno(file), times);
}

int
mail_file_write(const struct cmd *c, const char *temp, const char *path,
    struct span body, int64_t mtime, bool lf)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	int ret, saved;

	if (file == NULL)
		return mail_file_fail(c, EX_CANTCREAT, temp);
	ret = put(file, body, mtime, lf);
	if (fclose(file) != 0)
		ret = -1;
	if (ret == 0)
		ret = rename(temp, path);
	if (ret == 0)
		return 0;
	saved = errno;
	unlink(temp);
	errno = saved;
	return mail_file_fail(c, EX_CANTCREAT, path);
}

int
mail_file_folder(const struct cmd *c, const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return mail_file_fail(c, EX_CANTCREAT, path);
}

int
mail_file_maildir(const struct cmd *c, const char *path)
{
	static const char *const subs[] = { "cur", "new", "tmp" };
	int ret = mail_file_folder(c, path);

	for (size_t i = 0; ret == 0 && i < 3; i++) {
		struct buf sub = { 0 };

		buf_addf(&sub, "%s/%s", path, subs[i]);
		ret = mail_file_folder(c, sub.data);
		buf_free(&sub);
	}
	return ret;
}

int
mail_file_sync(const struct cmd *c, const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	if (fd < 0)
		return mail_file_fail(c, EX_CANTCREAT, folder);
	ret = syncfs(fd) == 0 ? 0 : mail_file_fail(c, EX_IOERR, folder);
	close(fd);
	return ret;
}

/* ---- reading ---- */

int
mail_file_read(const struct cmd *c, const char *path, struct buf *out,
    int64_t *mtime)
{
	struct buf raw = { .max = MAIL_FILE_MAX };
	struct stat sb;
	int ret = 0;

	if (stat(path, &sb) < 0 || slurp_file(path, &raw) < 0)
		ret = mail_file_fail(c, EX_NOINPUT, path);
	else
		*mtime = sb.st_mtim.tv_sec;
	out->max = 2 * MAIL_FILE_MAX;
	crlf_add(out, buf_span(&raw));
	buf_free(&raw);
	return ret;
}

int
mail_file_each(const struct cmd *c, const char *folder,
    int (*fn)(void *arg, const char *folder, const char *name), void *arg)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), ret = 0;

	if (n < 0)
		return errno == ENOENT ? 0 :
		    mail_file_fail(c, EX_NOINPUT, folder);
	for (int i = 0; i < n; i++) {
		if (ret == 0 && entry[i]->d_name[0] != '.')
			ret = fn(arg, folder, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return ret;
}
