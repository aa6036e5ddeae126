/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "master_state.h"

#define LOCK_PATIENCE 10 /* seconds that roles of a dead master may take */

int
master_fails(struct buf *why, const char *what, const char *name)
{
	buf_addf(why, "%s %s: %s", what, name, strerror(errno));
	return -1;
}

int
master_owner(const struct conf *conf, uid_t *uid, gid_t *gid, struct buf *why)
{
	const struct passwd *pw;

	*uid = geteuid();
	*gid = getegid();
	if (*uid != 0 || conf->user == NULL)
		return 0;
	pw = getpwnam(conf->user);
	if (pw == NULL) {
		buf_addf(why, "there is no user \"%s\" to run as (setting "
		    "\"user\")", conf->user);
		return -1;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

static char *
path_in(const struct conf *conf, const char *name)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s%s%s", conf->state_dir, name[0] != '\0' ? "/" : "",
	    name);
	return buf_steal(&b);
}

/* A folder of the state: made where it is missing, for the roles' user. */
static int
make_folder(const struct conf *conf, const char *name, mode_t mode, uid_t uid,
    gid_t gid, struct buf *why)
{
	char *path = path_in(conf, name);
	int ret = 0;

	if (mkdir(path, mode) == 0) {
		if (geteuid() == 0 && chown(path, uid, gid) < 0)
			ret = master_fails(why, "cannot give away", path);
	} else if (errno != EEXIST) {
		ret = master_fails(why, "cannot make", path);
	}
	free(path);
	return ret;
}

static int
make_folders(const struct conf *conf, struct buf *why)
{
	uid_t uid;
	gid_t gid;

	if (master_owner(conf, &uid, &gid, why) < 0 ||
	    make_folder(conf, "", 0711, uid, gid, why) < 0 ||
	    make_folder(conf, "auth", 0700, uid, gid, why) < 0 ||
	    make_folder(conf, "mail", 0700, uid, gid, why) < 0)
		return -1;
	/* Master's own: roles have no business there. */
	return make_folder(conf, "tls", 0755, geteuid(), getegid(), why);
}

/* Whether the process that the lock's file names is there. */
static bool
holder_lives(int fd, long *pid)
{
	char text[24] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return false;
	*pid = strtol(text, NULL, 10);
	return *pid > 0 && (kill((pid_t)*pid, 0) == 0 || errno == EPERM);
}

static int
lock(struct master *m, const char *path, struct buf *why)
{
	long pid;

	for (int i = 0; flock(m->lock_fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK)
			return master_fails(why, "cannot lock", path);
		if (holder_lives(m->lock_fd, &pid)) {
			buf_addf(why, "another maild runs on %s: process %ld",
			    m->conf->state_dir, pid);
			return -1;
		}
		if (i == LOCK_PATIENCE * 10) {
			buf_addf(why, "processes of a former maild still run "
			    "on %s", m->conf->state_dir);
			return -1;
		}
		usleep(100000);
	}
	return 0;
}

/*
 * One server per state_dir: two would write the same store.  The roles keep
 * the lock, too, so that it outlives a killed master until they have ended.
 */
static int
take_lock(struct master *m, struct buf *why)
{
	char *path = path_in(m->conf, "lock");
	char pid[24];
	int ret = 0;

	m->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (m->lock_fd < 0)
		ret = master_fails(why, "cannot open", path);
	else
		ret = lock(m, path, why);
	if (ret == 0) {
		snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		if (ftruncate(m->lock_fd, 0) < 0 ||
		    pwrite(m->lock_fd, pid, strlen(pid), 0) < 0)
			ret = master_fails(why, "cannot write", path);
	}
	free(path);
	return ret;
}

static int
open_log(struct master *m, struct buf *why)
{
	const struct conf *c = m->conf;

	m->log_fd = STDERR_FILENO;
	if (c->log_file != NULL) {
		m->log_fd = open(c->log_file,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
		if (m->log_fd < 0)
			return master_fails(why, "cannot open the log",
			    c->log_file);
	}
	log_open("master", c->log_level, c->log_format, m->log_fd);
	return 0;
}

/* A session is one or two descriptors in front and one in mail. */
static void
raise_limits(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int
master_files_open(struct master *m, struct buf *why)
{
	raise_limits();
	m->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (m->null_fd < 0)
		return master_fails(why, "cannot open", "/dev/null");
	if (make_folders(m->conf, why) < 0 || take_lock(m, why) < 0 ||
	    open_log(m, why) < 0)
		return -1;
	return 0;
}

void
master_files_close(struct master *m)
{
	if (m->null_fd >= 0)
		close(m->null_fd);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	if (m->log_fd > STDERR_FILENO) {
		log_open("master", "info", "text", STDERR_FILENO);
		close(m->log_fd);
	}
}

void
master_relay_wipe(struct master_relay *r)
{
	buf_free(&r->ca);
	buf_free(&r->resolv);
	buf_free(&r->anchors);
	buf_free(&r->sts_ca);
	buf_wipe(&r->password);
	buf_wipe(&r->oauth);
}

/* Without the usual files of a system nothing is trusted, no name found. */
static void
read_usual(struct buf *out, const char *path)
{
	if (file_read(out, path, NULL) < 0)
		log_warning("master: cannot read", "file=%s error=%s", path,
		    strerror(errno));
}

/* The first line, without its end. */
static int
read_password(struct buf *out, const char *path, struct buf *why)
{
	const char *lf;

	if (file_read(out, path, NULL) < 0)
		return master_fails(why, "cannot read", path);
	lf = out->len > 0 ? memchr(out->data, '\n', out->len) : NULL;
	if (lf != NULL)
		out->len = (size_t)(lf - out->data);
	return 0;
}

int
master_relay_read(struct master_relay *r, const struct conf *conf,
    struct buf *why)
{
	if (!conf_relays(conf) && conf->introspection_url == NULL &&
	    conf->rspamd_url == NULL && conf->dnsbl == NULL)
		return 0;
	if (strcmp(conf->relay_ca_file, CONF_CA_FILE) == 0)
		read_usual(&r->ca, conf->relay_ca_file);
	else if (file_read(&r->ca, conf->relay_ca_file, NULL) < 0)
		return master_fails(why, "cannot read", conf->relay_ca_file);
	if (conf->resolver == NULL)
		read_usual(&r->resolv, "/etc/resolv.conf");
	if (conf->trust_anchor != NULL &&
	    file_read(&r->anchors, conf->trust_anchor, NULL) < 0)
		return master_fails(why, "cannot read", conf->trust_anchor);
	if (conf->sts_ca != NULL &&
	    file_read(&r->sts_ca, conf->sts_ca, NULL) < 0)
		return master_fails(why, "cannot read", conf->sts_ca);
	if (conf->relay_password_file != NULL &&
	    read_password(&r->password, conf->relay_password_file, why) < 0)
		return -1;
	if (conf->introspection_password_file == NULL)
		return 0;
	return read_password(&r->oauth, conf->introspection_password_file, why);
}

int
master_tls_read(struct tls_cert *t, const struct conf *conf, struct buf *why)
{
	char *dir = path_in(conf, "tls");
	int ret;

	if (conf->tls_cert != NULL)
		ret = tls_cert_load(t, conf->tls_cert, conf->tls_key, why);
	else
		ret = tls_cert_self_signed(t, dir, conf->hostname, why);
	if (ret == 0 && conf->tls_client_ca != NULL)
		ret = tls_cert_load_client_ca(t, conf->tls_client_ca, why);
	free(dir);
	return ret;
}
