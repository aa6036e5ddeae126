/* SPDX-License-Identifier: ISC */
#include "slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE ((size_t)16384)

int
slurp_fd(int fd, struct buf *out)
{
	char piece[PIECE];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_add(out, piece, (size_t)n);
		if (out->failed) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	explicit_bzero(piece, sizeof(piece));
	return n < 0 ? -1 : 0;
}

int
slurp_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret, saved;

	if (fd < 0)
		return -1;
	ret = slurp_fd(fd, out);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

char *
slurp_home_path(const char *path)
{
	const char *home = getenv("HOME");
	struct buf out = { 0 };

	if (home == NULL || home[0] == '\0')
		return NULL;
	buf_addf(&out, "%s/%s", home, path);
	return buf_steal(&out);
}

char *
slurp_state_path(const char *name)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	struct buf path = { 0 };
	char *below;

	if (xdg != NULL && xdg[0] == '/') {
		buf_addf(&path, "%s/mailctl/%s", xdg, name);
		return buf_steal(&path);
	}
	buf_addf(&path, ".local/state/mailctl/%s", name);
	below = slurp_home_path(path.data);
	buf_free(&path);
	return below;
}
