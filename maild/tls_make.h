/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TLS_MAKE_H
#define MAILD_TLS_MAKE_H

#include "buf.h"

/*
 * A new certificate authority and a server certificate that it has signed, as
 * PEM.  Both have keys on P-256 and are good for TLS_MAKE_DAYS (some clients
 * take no longer ones); the authority's key does not outlive the call.
 */
#define TLS_MAKE_DAYS 820

struct tls_made {
	struct buf ca, cert, key;
};

/* For hostname, localhost, 127.0.0.1 and ::1.  -1: OpenSSL could not. */
int tls_make(struct tls_made *m, const char *hostname);
void tls_made_wipe(struct tls_made *m);

#endif
