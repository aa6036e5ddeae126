/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DKIM_KEY_H
#define MAILPROTO_DKIM_KEY_H

#include <stdint.h>

#include "buf.h"

/*
 * Keys that sign mail: RSA (RFC 6376, RFC 8301) and Ed25519 (RFC 8463).
 */
#define DKIM_RSA_BITS    2048 /* of keys made here: its record fits UDP */
#define DKIM_DIGEST_SIZE 32   /* SHA-256 */

enum dkim_algorithm { /* numbers are kept in stores */
	DKIM_RSA_SHA256,
	DKIM_ED25519_SHA256,
	DKIM_ALGORITHMS
};

/* As in "a=" of a signature. */
const char *dkim_algorithm_name(enum dkim_algorithm a);

struct dkim_key;

/* A new one, which for RSA takes some tenths of a second. */
struct dkim_key *dkim_key_make(enum dkim_algorithm a);
/* From PKCS #8, DER.  NULL: that is none, or not of that algorithm. */
struct dkim_key *dkim_key_read(enum dkim_algorithm a, struct span der);
void dkim_key_free(struct dkim_key *k); /* NULL is fine */

/* Append it as PKCS #8, DER: a secret. */
void dkim_key_write(struct buf *out, const struct dkim_key *k);
/* Append the text of its DNS record (RFC 6376 section 3.6.1). */
void dkim_key_record(struct buf *out, const struct dkim_key *k);

enum dkim_algorithm dkim_key_algorithm(const struct dkim_key *k);
/* Append the signature of text, in binary; false: OpenSSL cannot. */
bool dkim_key_sign(const struct dkim_key *k, struct span text, struct buf *out);

#endif
