/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <libgen.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "master_state.h"

#define BACKLOG 1024

static void
keep(struct master_sockets *s, uint32_t index, enum role role, int fd)
{
	s->s = xrealloc_array(s->s, s->len + 1, sizeof(*s->s));
	s->s[s->len++] = (struct master_socket){ index, role, fd };
}

static enum role
role_for(const struct conf_listen *l)
{
	return l->kind == CONF_LMTP ? ROLE_MAIL : ROLE_FRONT;
}

static int
fails(struct buf *why, const struct conf_listen *l)
{
	struct buf place = { 0 };

	buf_adds(&place, conf_listener_name(l->kind));
	buf_addc(&place, ' ');
	conf_listen_format(&place, l);
	master_fails(why, "cannot listen on", place.data);
	buf_free(&place);
	return -1;
}

/* The fd, or -1 with errno. */
static int
bind_address(const struct addrinfo *ai)
{
	static const int on = 1;
	int fd, saved;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Connections inherit this one. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* A host's addresses, without asking anybody. */
static struct addrinfo *
addresses(const struct conf_listen *l)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	const char *host = l->host;
	char port[8];

	if (host[0] == '\0') {
		hints.ai_flags |= AI_PASSIVE;
		host = NULL;
	} else if (strcmp(host, "localhost") == 0) {
		host = NULL; /* the loopback addresses */
	}
	snprintf(port, sizeof(port), "%u", l->port);
	if (getaddrinfo(host, port, &hints, &list) != 0)
		errno = EADDRNOTAVAIL;
	return list;
}

/* Of a host with several addresses one family may be missing here. */
static bool
may_be_missing(const struct addrinfo *list)
{
	return list->ai_next != NULL &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

static int
bind_tcp(struct master_sockets *s, const struct conf *conf, size_t i,
    struct buf *why)
{
	const struct conf_listen *l = &conf->listen[i];
	struct addrinfo *list = addresses(l), *ai;
	size_t before = s->len;
	int fd;

	for (ai = list; ai != NULL; ai = ai->ai_next) {
		fd = bind_address(ai);
		if (fd >= 0)
			keep(s, (uint32_t)i, role_for(l), fd);
		else if (!may_be_missing(list))
			break;
	}
	if (ai != NULL || s->len == before)
		fails(why, l);
	if (list != NULL)
		freeaddrinfo(list);
	return ai == NULL && s->len > before ? 0 : -1;
}

/* Whether a socket's file is there but nobody listens: the rest of a crash. */
static bool
is_stale(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale;

	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static void
make_folder_of(const char *path, uid_t uid, gid_t gid)
{
	char *copy = xstrdup(path);
	char *dir = dirname(copy);

	if (mkdir(dir, 0755) == 0 && geteuid() == 0)
		(void)!chown(dir, uid, gid);
	free(copy);
}

/* Whoever is of the server's group may connect. */
static int
bind_path(const char *path, uid_t uid, gid_t gid)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path));
	make_folder_of(path, uid, gid);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	if (ret < 0 && errno == EADDRINUSE) {
		if (is_stale(&sun) && unlink(path) == 0)
			ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
		else
			errno = EADDRINUSE;
	}
	if (ret == 0 && chmod(path, 0660) == 0 &&
	    (geteuid() != 0 || chown(path, uid, gid) == 0) &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	ret = errno;
	close(fd);
	errno = ret;
	return -1;
}

int
master_bind(struct master_sockets *s, const struct conf *conf,
    struct buf *why)
{
	uid_t uid;
	gid_t gid;
	int fd;

	if (master_owner(conf, &uid, &gid, why) < 0)
		return -1;
	for (size_t i = 0; i < conf->nlisten; i++) {
		const struct conf_listen *l = &conf->listen[i];

		if (l->path == NULL) {
			if (bind_tcp(s, conf, i, why) < 0)
				return -1;
			continue;
		}
		fd = bind_path(l->path, uid, gid);
		if (fd < 0)
			return fails(why, l);
		keep(s, (uint32_t)i, role_for(l), fd);
	}
	fd = bind_path(conf->control_socket, uid, gid);
	if (fd < 0)
		return master_fails(why, "cannot listen on control_socket",
		    conf->control_socket);
	keep(s, ROLE_LISTENER_CONTROL, ROLE_MAIL, fd);
	return 0;
}

void
master_unbind(struct master_sockets *s, const struct conf *conf)
{
	for (size_t i = 0; i < s->len; i++) {
		uint32_t at = s->s[i].index;

		if (at == ROLE_LISTENER_CONTROL)
			unlink(conf->control_socket);
		else if (conf->listen[at].path != NULL)
			unlink(conf->listen[at].path);
		close(s->s[i].fd);
	}
	free(s->s);
	*s = (struct master_sockets){ 0 };
}
