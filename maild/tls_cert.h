/* SPDX-License-Identifier: ISC */
#ifndef MAILD_TLS_CERT_H
#define MAILD_TLS_CERT_H

#include <time.h>

#include "buf.h"

/*
 * The certificate that front shows, and its key: read, checked and, where none
 * is configured, made by master.  Both are PEM bytes; the certificate's chain
 * follows it.
 *
 * On -1 why holds a sentence that names the file.
 */
#define TLS_CERT_MAX ((size_t)1 << 20) /* bytes of one file */

struct tls_cert {
	struct buf cert, key;
	struct buf client_ca; /* of those who log in by certificate, PEM */
	time_t expires;
};

/* Both files can be read, hold what they should, the key is of the
 * certificate, and is not readable by others. */
int tls_cert_load(struct tls_cert *t, const char *cert, const char *key,
    struct buf *why);

/*
 * The one in dir, which is made if it is missing: dir/ca.pem, a certificate
 * authority for clients to trust, and dir/cert.pem and dir/key.pem, for
 * hostname, localhost, 127.0.0.1 and ::1, signed by it.  All are made anew when
 * they are missing, do not fit together or hostname, or are about to expire.
 * The authority's key is thrown away: it can never sign anything else.
 */
int tls_cert_self_signed(struct tls_cert *t, const char *dir,
    const char *hostname, struct buf *why);

/* The authorities of clients, beside the pair. */
int tls_cert_load_client_ca(struct tls_cert *t, const char *path,
    struct buf *why);

void tls_cert_wipe(struct tls_cert *t);

#endif
