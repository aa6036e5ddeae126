/* SPDX-License-Identifier: ISC */
#ifndef MAILD_OUTBOUND_TLS_H
#define MAILD_OUTBOUND_TLS_H

#include <openssl/ssl.h>

#include "outbound_dane.h"

/*
 * TLS towards other servers.  The authorities are given as bytes: the role
 * that uses this sees no files.
 */
struct outbound_tls;

/* ca: certificates, PEM; those that cannot be read are left out.  NULL: why. */
struct outbound_tls *outbound_tls_new(struct span ca, struct buf *why);
void outbound_tls_free(struct outbound_tls *t);

/* A client's side for a connection to host (a name or an IP address); verify:
 * its certificate must be for host and signed by an authority. */
SSL *outbound_tls_client(struct outbound_tls *t, const char *host, bool verify);
/* To the server that has these TLSA records; host and domain: the names, besides
 * theirs, that its certificate may have (RFC 7672 section 3.2.2).  Without any
 * record that can be used it is not verified. */
SSL *outbound_tls_dane(struct outbound_tls *t, const struct outbound_dane *d,
    const char *host, const char *domain);
/* What was wrong with a handshake, in a sentence; error is OpenSSL's, or 0. */
void outbound_tls_problem(struct buf *out, const SSL *ssl, unsigned long error);

#endif
