/* SPDX-License-Identifier: ISC */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK 4096

static int
read_fd(struct buf *out, int fd)
{
	ssize_t n;
	char *at;

	do {
		at = buf_reserve(out, CHUNK);
		if (at == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, at, CHUNK);
		if (n < 0)
			return -1;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
	} while (n > 0);
	return 0;
}

static int
close_failed(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

int
file_read(struct buf *out, const char *path, struct stat *sb)
{
	struct stat ignored;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, sb != NULL ? sb : &ignored) < 0 || read_fd(out, fd) < 0)
		return close_failed(fd);
	close(fd);
	return 0;
}

static int
write_fd(int fd, mode_t mode, struct span data)
{
	ssize_t n;

	for (; data.n > 0; data = span_sub(data, (size_t)n, data.n)) {
		n = write(fd, data.p, data.n);
		if (n < 0)
			return -1;
	}
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -1 : 0;
}

/* The new name lasts once its folder is synced. */
static int
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash != NULL
			? span_dup(span_of(path, (size_t)(slash - path) + 1))
			: xstrdup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(dir);
	if (fd < 0)
		return -1;
	if (fsync(fd) < 0)
		return close_failed(fd);
	close(fd);
	return 0;
}

int
file_write(const char *path, mode_t mode, struct span data)
{
	struct buf temp = { 0 };
	int fd, ret = -1;

	buf_addf(&temp, "%s.new", path);
	fd = open(temp.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		ret = write_fd(fd, mode, data);
		if (ret < 0)
			close_failed(fd);
		else
			ret = close(fd);
		if (ret == 0)
			ret = rename(temp.data, path);
	}
	buf_free(&temp);
	return ret == 0 ? sync_folder(path) : -1;
}
