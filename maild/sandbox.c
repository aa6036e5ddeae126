/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "sandbox.h"

static int
fails(struct buf *why, const char *what)
{
	buf_addf(why, "cannot %s: %s", what, strerror(errno));
	return -1;
}

/*
 * What was in memory is nobody's business.  The leak checker of sanitizer
 * builds looks at the process from outside, though.
 */
static int
drop_dumps(struct buf *why)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return fails(why, "forbid core dumps");
#ifndef SANITIZERS
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fails(why, "forbid core dumps");
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fails(why, "forbid new privileges");
	return 0;
}

#ifndef SANITIZERS
/* A folder that is empty and stays so, since it is gone from its parent. */
static int
change_root(const struct conf *conf, struct buf *why)
{
	struct buf path = { 0 };
	int ret = 0;

	buf_addf(&path, "%s/empty.XXXXXX", conf->state_dir);
	if (mkdtemp(path.data) == NULL || chdir(path.data) < 0 ||
	    rmdir(path.data) < 0 || chroot(".") < 0 || chdir("/") < 0)
		ret = fails(why, "leave the file system");
	buf_free(&path);
	return ret;
}
#endif

static int
change_user(const struct passwd *pw, struct buf *why)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return fails(why, "change the user");
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		buf_adds(why, "cannot change the user for good");
		return -1;
	}
	return 0;
}

/* Root without them is nobody special. */
static int
drop_capabilities(struct buf *why)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capset, &head, none) < 0)
		return fails(why, "drop capabilities");
	return 0;
}

int
sandbox_enter(enum role role, const struct conf *conf, struct buf *why)
{
	const struct passwd *pw = NULL;

	if (geteuid() == 0 && conf->user != NULL) {
		pw = getpwnam(conf->user);
		if (pw == NULL) {
			buf_addf(why, "there is no user \"%s\"", conf->user);
			return -1;
		}
	}
#ifndef SANITIZERS /* their leak checker reads /proc */
	if (geteuid() == 0 && (role == ROLE_FRONT || role == ROLE_OUTBOUND) &&
	    change_root(conf, why) < 0)
		return -1;
#endif
	if (pw != NULL && change_user(pw, why) < 0)
		return -1;
	if (drop_capabilities(why) < 0 || drop_dumps(why) < 0)
		return -1;
	return sandbox_files(role, conf, why);
}
