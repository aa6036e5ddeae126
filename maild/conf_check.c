/* SPDX-License-Identifier: ISC */
#include "conf_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tls_cert.h"

enum verdict { GOOD, NOTE, PROBLEM };

struct checker {
	struct buf *report;
	unsigned problems;
};

static void say(struct checker *ck, enum verdict v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct checker *ck, enum verdict v, const char *fmt, ...)
{
	static const char *const word[] = {
		[GOOD] = "ok:      ",
		[NOTE] = "note:    ",
		[PROBLEM] = "problem: ",
	};
	va_list ap;

	ck->problems += v == PROBLEM;
	buf_adds(ck->report, word[v]);
	va_start(ap, fmt);
	buf_vaddf(ck->report, fmt, ap);
	va_end(ap);
	buf_addc(ck->report, '\n');
}

/* ---- files ---- */

static void
check_tls(struct checker *ck, const struct conf *c)
{
	struct tls_cert t = { 0 };
	struct buf why = { 0 };
	double days;

	if (c->tls_cert == NULL) {
		say(ck, NOTE,
		    "tls: no certificate is set; a self-signed one "
		    "will be used");
		return;
	}
	if (tls_cert_load(&t, c->tls_cert, c->tls_key, &why) < 0) {
		say(ck, PROBLEM, "tls: %s", why.data);
		buf_free(&why);
		return;
	}
	days = difftime(t.expires, time(NULL)) / 86400;
	if (days < 0)
		say(ck, PROBLEM, "tls: %s: has expired", c->tls_cert);
	else
		say(ck, days < 14 ? NOTE : GOOD, "tls: %s: good for %.0f days",
		    c->tls_cert, days);
	tls_cert_wipe(&t);
}

static void
check_client_ca(struct checker *ck, const struct conf *c)
{
	struct tls_cert t = { 0 };
	struct buf why = { 0 };

	if (c->tls_client_ca != NULL &&
	    tls_cert_load_client_ca(&t, c->tls_client_ca, &why) < 0)
		say(ck, PROBLEM, "tls: %s", why.data);
	tls_cert_wipe(&t);
	buf_free(&why);
}

static void
check_writable(struct checker *ck, const char *what, const char *dir)
{
	struct stat sb;

	if (stat(dir, &sb) < 0 || access(dir, W_OK | X_OK) < 0)
		say(ck, PROBLEM, "%s: %s: %s", what, dir, strerror(errno));
	else if (!S_ISDIR(sb.st_mode))
		say(ck, PROBLEM, "%s: %s: is no folder", what, dir);
	else
		say(ck, GOOD, "%s: %s", what, dir);
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return span_dup(span_of(path,
	    slash > path ? (size_t)(slash - path) : 1));
}

/* The folder that a file is to be made in. */
static void
check_parent(struct checker *ck, const char *what, const char *path)
{
	char *dir = folder_of(path);

	check_writable(ck, what, dir);
	free(dir);
}

/* Maild makes it where it is missing, but not the one above. */
static void
check_folder(struct checker *ck, const char *what, const char *path)
{
	struct stat sb;

	if (stat(path, &sb) < 0 && errno == ENOENT)
		check_parent(ck, what, path);
	else
		check_writable(ck, what, path);
}

/* A socket's folder is made, too. */
static void
check_socket(struct checker *ck, const char *what, const char *path)
{
	char *dir = folder_of(path);

	check_folder(ck, what, dir);
	free(dir);
}

static void
check_user(struct checker *ck, const struct conf *c)
{
	if (geteuid() != 0)
		say(ck, NOTE,
		    "user: not started by root, so it stays as it "
		    "is");
	else if (c->user == NULL)
		say(ck, NOTE, "user: none is set, so everything runs as root");
	else if (getpwnam(c->user) == NULL)
		say(ck, PROBLEM, "user: there is no user \"%s\"", c->user);
	else
		say(ck, GOOD, "user: %s", c->user);
}

static void
check_readable(struct checker *ck, const char *what, const char *path)
{
	if (access(path, R_OK) < 0)
		say(ck, PROBLEM, "%s: %s: %s", what, path, strerror(errno));
	else
		say(ck, GOOD, "%s: %s", what, path);
}

/* Master reads these, before it gives up anything. */
static void
check_relay(struct checker *ck, const struct conf *c)
{
	if (c->relay_password_file != NULL)
		check_readable(ck, "relay password", c->relay_password_file);
	if (strcmp(c->relay_ca_file, CONF_CA_FILE) != 0)
		check_readable(ck, "relay authorities", c->relay_ca_file);
	if (c->trust_anchor != NULL)
		check_readable(ck, "trust anchors", c->trust_anchor);
	if (c->sts_ca != NULL)
		check_readable(ck, "MTA-STS authorities", c->sts_ca);
}

/* ---- ports ---- */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t
make_address(union address *a, const char *host, uint16_t port)
{
	*a = (union address){ 0 };
	if (host[0] == '\0' || strchr(host, ':') != NULL) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		a->in6.sin6_addr = in6addr_any;
		if (host[0] != '\0')
			inet_pton(AF_INET6, host, &a->in6.sin6_addr);
		return sizeof(a->in6);
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons(port);
	inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
	    &a->in.sin_addr);
	return sizeof(a->in);
}

/* 0, or why that address cannot be bound. */
static int
try_bind(const struct conf_listen *l)
{
	union address a;
	socklen_t len = make_address(&a, l->host, l->port);
	int fd, on = 1, error = 0;

	fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.sa, len) < 0)
		error = errno;
	close(fd);
	return error;
}

static void
check_listen(struct checker *ck, const struct conf_listen *l)
{
	const char *kind = conf_listener_name(l->kind);
	struct buf place = { 0 };
	int error;

	if (l->path != NULL) {
		check_socket(ck, kind, l->path);
		return;
	}
	conf_listen_format(&place, l);
	error = try_bind(l);
	if (error == EADDRINUSE)
		say(ck, NOTE, "%s: %s is in use, by maild if it runs already",
		    kind, place.data);
	else if (error != 0)
		say(ck, PROBLEM, "%s: %s: %s", kind, place.data,
		    strerror(error));
	else
		say(ck, GOOD, "%s: %s", kind, place.data);
	buf_free(&place);
}

unsigned
conf_check(const struct conf *c, struct buf *report)
{
	struct checker ck = { .report = report };

	check_user(&ck, c);
	check_client_ca(&ck, c);
	check_tls(&ck, c);
	check_folder(&ck, "state_dir", c->state_dir);
	check_socket(&ck, "control_socket", c->control_socket);
	check_relay(&ck, c);
	if (c->log_file != NULL)
		check_parent(&ck, "log", c->log_file);
	for (size_t i = 0; i < c->nlisten; i++)
		check_listen(&ck, &c->listen[i]);
	return ck.problems;
}
