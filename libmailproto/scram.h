/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SCRAM_H
#define MAILPROTO_SCRAM_H

#include "buf.h"

/*
 * SCRAM-SHA-256 (RFC 5802, RFC 7677): the keys, and the server's side of the
 * exchange on decoded messages.  The client's side is sasl_scram.c, behind
 * sasl.h.
 *
 * The server needs neither the password nor anything that could be used in its
 * place: of the two keys one is a hash of what the client shows, the other
 * proves to the client that the server knows it.
 */
#define SCRAM_KEY_SIZE       32
#define SCRAM_SALT_SIZE      16      /* of salts made here */
#define SCRAM_SALT_MAX       1024    /* of others */
#define SCRAM_ITERATIONS_MIN 4096    /* a client refuses less */
#define SCRAM_ITERATIONS_MAX 1000000 /* and more: half a second */
#define SCRAM_MESSAGE_MAX    4096

struct scram_key {
	uint8_t b[SCRAM_KEY_SIZE];
};

struct scram_keys {
	struct scram_key stored, server;
};

/* RFC 5802 section 3; the password is prepared (saslprep.h) here. */
void scram_keys_make(struct scram_keys *keys, struct span password,
    struct span salt, uint32_t iterations);

/* What binds a login to its TLS connection (tls_binding.h). */
struct sasl_binding {
	const char *name; /* NULL: there is none */
	struct span data;
};

struct scram_server {
	/* Set before the first call: */
	bool plus;         /* the mechanism is SCRAM-SHA-256-PLUS */
	bool plus_offered; /* it is on offer, so who says it is not is misled */
	const struct sasl_binding *binding; /* read by _first() only */
	size_t nbinding;
	/* From _first() on: */
	struct buf authzid, authcid;
	/* private */
	struct buf bound;   /* what the client must send as "c=" */
	struct buf nonce;
	struct buf message; /* AuthMessage, as far as it is known */
};

/* One or more printable characters but the comma. */
bool scram_is_nonce(struct span s);
/* Append a new one. */
void scram_nonce(struct buf *out);

/* The client's first message.  -1: malformed, or a channel binding that is
 * not to be had here. */
int scram_server_first(struct scram_server *s, struct span in);

/* Append the answer.  nonce: printable (scram_is_nonce()), never the same. */
void scram_server_challenge(struct scram_server *s, struct span nonce,
    struct span salt, uint32_t iterations, struct buf *out);

/*
 * The client's last message, checked with each of n pairs of keys.  Returns
 * which of them it proves, with the server's last message appended to out; -1:
 * none, or it is malformed.  Takes as long in any case.
 */
int scram_server_final(const struct scram_server *s, struct span in,
    const struct scram_keys *keys, size_t n, struct buf *out);

void scram_server_clear(struct scram_server *s);

/* ---- for sasl_scram.c and sasl_oauth.c ---- */

/* A name as a saslname, whose commas and equals signs are escaped. */
void scram_add_name(struct buf *out, struct span s);
/* "a=name" or nothing, of a gs2-header.  False: malformed. */
bool scram_authzid(struct buf *out, struct span s);

/* "name=value" at the start of *in, up to a comma; *in becomes what is behind
 * it.  False: it is another attribute, or none. */
bool scram_attribute(struct span *in, char name, struct span *value);

void scram_hmac(const struct scram_key *key, struct span s,
    struct scram_key *out);
void scram_hash(const struct scram_key *key, struct scram_key *out);
void scram_xor(struct scram_key *a, const struct scram_key *b);
/* SaltedPassword, of the prepared password. */
void scram_salted(struct scram_key *out, struct span password, struct span salt,
    uint32_t iterations);

#endif
