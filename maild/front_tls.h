/* SPDX-License-Identifier: ISC */
#ifndef MAILD_FRONT_TLS_H
#define MAILD_FRONT_TLS_H

#include <openssl/ssl.h>

#include "tls_binding.h"

/*
 * The TLS context for a certificate chain and its key: TLS 1.2 and 1.3, forward
 * secrecy and AEAD only (RFC 8314).  With client_ca clients are asked for a
 * certificate; they may have none, or one that is good for nothing here.  All
 * are PEM.
 * NULL: why says what is wrong.
 */
SSL_CTX *front_tls_new(struct span cert, struct span key, struct span client_ca,
    struct buf *why);

/*
 * Append the names in the client's certificate, a space between them: its
 * addresses, or its common name.  None: it has shown none, or one that
 * client_ca has not signed or that is not good now.
 */
void front_tls_client_names(const SSL *ssl, bool common_name, struct buf *out);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384", for logs and Received lines. */
void front_tls_describe(const SSL *ssl, char *out, size_t size);

/* The connection's channel bindings by name, in b; what it has not is empty. */
void front_tls_bindings(SSL *ssl, struct tls_bindings *b,
    struct span *exporter, struct span *end_point);

#endif
