/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_TLS_BINDING_H
#define MAILPROTO_TLS_BINDING_H

#include <openssl/ssl.h>

#include "scram.h"

/*
 * Channel bindings (RFC 5056): bytes that name a TLS connection, the same at
 * both its ends, and different at those of two connections with somebody in
 * between.
 */
#define TLS_BINDING_MAX 64 /* bytes of each */
#define TLS_BINDINGS    2

#define TLS_BINDING_EXPORTER  "tls-exporter"         /* RFC 9266 */
#define TLS_BINDING_END_POINT "tls-server-end-point" /* RFC 5929 section 4 */

struct tls_bindings {
	struct sasl_binding binding[TLS_BINDINGS]; /* the best first */
	size_t len;
	char data[TLS_BINDINGS][TLS_BINDING_MAX]; /* private */
};

/*
 * Those that an established connection has: the first with TLS 1.3, the second
 * where the certificate's signature has a hash.  cert is the server's.  b must
 * stay where it is.
 */
void tls_bindings_get(struct tls_bindings *b, SSL *ssl, const X509 *cert);

#endif
