/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_TRANSPORT_H
#define MAILCTL_TRANSPORT_H

#include <sys/types.h>

#include "scram.h"

/*
 * A connection to a mail server, by libcurl: name resolution, proxies, TLS or
 * STARTTLS with verification, and the first words of the protocol.  What is
 * said then is libmailproto's: the server has greeted, is not logged in, and
 * waits for a command.  Its capabilities must be asked for (again).
 *
 * A connection has TLS, but for imap:// and smtp:// to this very machine
 * where the server offers none.
 */
struct transport;

/*
 * url: imap, imaps, smtp or smtps, host and perhaps port; nothing else.
 * ca_file NULL: the system's.  seconds: for all of that; 0: as long as people
 * wait.  Returns NULL with an exit code in *status and
 * what is wrong in *err.
 */
struct transport *transport_open(const char *url, const char *ca_file,
    unsigned seconds, int *status, struct buf *err);
/* A Unix socket, on which nothing was said.  NULL: errno is in *error. */
struct transport *transport_open_socket(const char *path, long *error);
void transport_close(struct transport *t); /* NULL is fine */

/* It has TLS for certain. */
bool transport_secure(const struct transport *t);
/* A password may go over it: it has TLS, or does not leave this machine. */
bool transport_private(const struct transport *t);

struct transport_tls {
	char version[16]; /* "TLSv1.3"; "": it has no TLS */
	int64_t expires;  /* the certificate, in seconds since 1970; INT64_MIN:
			   * there is none */
};
void transport_tls(struct transport *t, struct transport_tls *tls);

/* Its TLS compresses, which libraries of today do not do by themselves. */
bool transport_compressed(struct transport *t);

/* The connection's channel binding, as long as t lives; name is NULL where it
 * has none. */
struct sasl_binding transport_binding(struct transport *t);

/* What went through; 0: nothing now; -1: the connection is lost, errno does
 * not say why.  *eof: the server has closed it. */
ssize_t transport_send(struct transport *t, struct span s);
ssize_t transport_recv(struct transport *t, char *p, size_t n, bool *eof);

/* For poll(): what has been received already does not show in it. */
int transport_fd(const struct transport *t);

/* Wait until there is something to read, or (write) room to write.  False:
 * neither within that time. */
bool transport_wait(struct transport *t, bool write, unsigned seconds);

/* The host of such a URL, for the caller to free; NULL: that is none. */
char *transport_host(const char *url);

#endif
