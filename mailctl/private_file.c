/* SPDX-License-Identifier: ISC */
#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slurp.h"

/* Text and mode are of one open file. */
int
private_file_read(const char *path, struct buf *text, bool *shared)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = -1, saved;
	struct stat sb;

	if (fd < 0)
		return -1;
	text->max = PRIVATE_FILE_MAX;
	if (fstat(fd, &sb) == 0) {
		*shared = S_ISREG(sb.st_mode) && (sb.st_mode & 077) != 0;
		ret = slurp_fd(fd, text);
	}
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

int
private_file_refuse(const struct cmd *c, const char *path)
{
	return cmd_fail(c, EX_CONFIG, "%s holds a password and others can "
	    "read it; do this first: chmod 600 %s", path, path);
}

char *
private_file_path(const char *path)
{
	char *whole = NULL;

	if (strncmp(path, "~/", 2) == 0)
		whole = slurp_home_path(path + 2);
	return whole != NULL ? whole : xstrdup(path);
}
