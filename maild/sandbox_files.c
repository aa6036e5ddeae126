/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sandbox.h"

/* Sanitizers read /proc, and write their reports where they are told to. */
#if __has_include(<linux/landlock.h>) && !defined(SANITIZERS)
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conf.h"

/*
 * Landlock (Linux 5.13): a process denies itself all files but those below
 * some folders.
 */
#define READ                                                                   \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |         \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* The first version's rights: those are always there. */
#define ALL ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static const struct {
	enum role role;
	bool in_state_dir;
	const char *path;
	uint64_t rights;
} folders[] = {
	{ ROLE_AUTH, true, "auth", READ | WRITE },
	{ ROLE_MAIL, true, "mail", READ | WRITE },
	/* iconv loads a charset's tables and code when it meets it. */
	{ ROLE_MAIL, false, "/usr/lib", READ },
	{ ROLE_MAIL, false, "/usr/lib64", READ },
	{ ROLE_MAIL, false, "/usr/share/zoneinfo", READ },
};

static int
allow(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	int ret;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	ret = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return ret;
}

static int
allow_all(int ruleset, enum role role, const struct conf *conf)
{
	struct buf path = { 0 };
	int ret = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (folders[i].role != role)
			continue;
		buf_clear(&path);
		if (folders[i].in_state_dir)
			buf_addf(&path, "%s/", conf->state_dir);
		buf_adds(&path, folders[i].path);
		if (ret == 0)
			ret = allow(ruleset, path.data, folders[i].rights);
	}
	buf_free(&path);
	return ret;
}

int
sandbox_files(enum role role, const struct conf *conf, struct buf *why)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = ALL };
	int ruleset, ret;

	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0) /* not in this kernel, or switched off */
		return 0;
	ret = allow_all(ruleset, role, conf);
	if (ret == 0)
		ret = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
	if (ret < 0)
		buf_addf(why, "cannot give up files: %s", strerror(errno));
	return ret;
}

#else

int
sandbox_files(enum role role, const struct conf *conf, struct buf *why)
{
	(void)role;
	(void)conf;
	(void)why;
	return 0;
}

#endif
