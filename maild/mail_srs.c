/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "conf.h"
#include "file.h"
#include "mail_state.h"

#define FILE_MAX ((size_t)65536)

static int
make_key(const char *path)
{
	unsigned char key[SRS_KEY_SIZE];
	int ret;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -1;
	ret = file_write(path, 0600, span_of((const char *)key, sizeof(key)));
	explicit_bzero(key, sizeof(key));
	return ret;
}

static int
read_key(struct mail_srs *s, const char *path)
{
	struct buf b = { .max = FILE_MAX };
	int ret = file_read(&b, path, NULL);

	if (ret < 0 && errno == ENOENT && make_key(path) == 0)
		ret = file_read(&b, path, NULL);
	if (ret == 0 && b.len != SRS_KEY_SIZE) {
		errno = EINVAL;
		ret = -1;
	}
	if (ret == 0)
		memcpy(s->key, b.data, SRS_KEY_SIZE);
	buf_wipe(&b);
	return ret;
}

int
mail_srs_open(struct mail_srs *s, const struct conf *conf, struct buf *why)
{
	struct buf path = { 0 };
	int ret;

	buf_addf(&path, "%s/mail/srs.key", conf->state_dir);
	ret = read_key(s, path.data);
	if (ret < 0)
		buf_addf(why, "%s: %s", path.data, strerror(errno));
	buf_free(&path);
	return ret;
}
