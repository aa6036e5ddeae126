/* SPDX-License-Identifier: ISC */
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

static int
make_folders(char *path)
{
	for (char *p = strchr(path + 1, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

static int
write_all(int fd, struct span s)
{
	ssize_t n;

	while (s.n > 0) {
		n = write(fd, s.p, s.n);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			s = span_sub(s, (size_t)n, s.n);
	}
	return fsync(fd);
}

int
atomic_file_write(const char *path, struct span content)
{
	struct buf temp = { 0 };
	int fd = -1, ret = -1, saved;

	buf_addf(&temp, "%s.XXXXXX", path);
	if (make_folders(temp.data) == 0)
		fd = mkstemp(temp.data);
	if (fd >= 0) {
		ret = write_all(fd, content);
		if (ret == 0)
			ret = rename(temp.data, path);
		saved = errno;
		if (ret < 0)
			unlink(temp.data);
		close(fd);
		errno = saved;
	}
	buf_free(&temp);
	return ret;
}

/* The folder of a path, which is overwritten. */
static const char *
folder_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	if (slash == path)
		return "/";
	*slash = '\0';
	return path;
}

int
atomic_file_lock(const char *path)
{
	char *copy = xstrdup(path);
	int fd = -1, ret = -1, saved;

	if (make_folders(copy) == 0)
		fd = open(folder_of(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		do
			ret = flock(fd, LOCK_EX);
		while (ret < 0 && errno == EINTR);
	}
	saved = errno;
	if (ret < 0 && fd >= 0)
		close(fd);
	free(copy);
	errno = saved;
	return ret < 0 ? -1 : fd;
}
