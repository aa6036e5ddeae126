/* SPDX-License-Identifier: ISC */
#include "scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdlib.h>

#include "base64.h"
#include "charset.h"
#include "saslprep.h"

#define NONCE_SIZE 18 /* random bytes; a multiple of three */

/* ---- keys ---- */

void
scram_hmac(const struct scram_key *key, struct span s, struct scram_key *out)
{
	if (HMAC(EVP_sha256(), key->b, SCRAM_KEY_SIZE,
		(const unsigned char *)s.p, s.n, out->b, NULL) == NULL)
		abort();
}

void
scram_hash(const struct scram_key *key, struct scram_key *out)
{
	if (EVP_Digest(
		key->b, SCRAM_KEY_SIZE, out->b, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
scram_xor(struct scram_key *a, const struct scram_key *b)
{
	for (size_t i = 0; i < SCRAM_KEY_SIZE; i++)
		a->b[i] ^= b->b[i];
}

void
scram_salted(struct scram_key *out, struct span password, struct span salt,
    uint32_t iterations)
{
	struct buf prepared = { 0 };

	buf_reserve(&prepared, SASLPREP_MAX);
	saslprep_or_raw(&prepared, password);
	if (PKCS5_PBKDF2_HMAC(prepared.data, (int)prepared.len,
		(const unsigned char *)salt.p, (int)salt.n, (int)iterations,
		EVP_sha256(), SCRAM_KEY_SIZE, out->b) != 1)
		abort();
	buf_wipe(&prepared);
}

void
scram_keys_make(struct scram_keys *keys, struct span password, struct span salt,
    uint32_t iterations)
{
	struct scram_key salted, client;

	scram_salted(&salted, password, salt, iterations);
	scram_hmac(&salted, SPAN_LIT("Client Key"), &client);
	scram_hash(&client, &keys->stored);
	scram_hmac(&salted, SPAN_LIT("Server Key"), &keys->server);
	explicit_bzero(&salted, sizeof(salted));
	explicit_bzero(&client, sizeof(client));
}

/* ---- words of the messages (RFC 5802 section 7) ---- */

bool
scram_attribute(struct span *in, char name, struct span *value)
{
	if (in->n < 2 || in->p[0] != name || in->p[1] != '=')
		return false;
	*in = span_sub(*in, 2, in->n);
	*value = span_of(in->p, 0);
	span_split(in, ',', value);
	return true;
}

bool
scram_is_nonce(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ',')
			return false;
	}
	return s.n > 0;
}

void
scram_nonce(struct buf *out)
{
	unsigned char random[NONCE_SIZE];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	base64_encode(out, span_of((char *)random, sizeof(random)), 0);
}

/* saslname: "=2C" and "=3D" stand for comma and equals sign. */
static bool
read_name(struct buf *out, struct span s)
{
	if (!utf8_valid(s) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '=') {
			buf_addc(out, s.p[i]);
			continue;
		}
		if (span_eq(span_sub(s, i, 3), SPAN_LIT("=2C")))
			buf_addc(out, ',');
		else if (span_eq(span_sub(s, i, 3), SPAN_LIT("=3D")))
			buf_addc(out, '=');
		else
			return false;
		i += 2;
	}
	return true;
}

void
scram_add_name(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ',')
			buf_adds(out, "=2C");
		else if (s.p[i] == '=')
			buf_adds(out, "=3D");
		else
			buf_addc(out, s.p[i]);
	}
}

bool
scram_authzid(struct buf *out, struct span s)
{
	struct span name;

	return s.n == 0 ||
	    (scram_attribute(&s, 'a', &name) && name.n > 0 &&
		read_name(out, name));
}

/* ---- the server ---- */

static const struct sasl_binding *
find_binding(const struct scram_server *s, struct span name)
{
	for (size_t i = 0; i < s->nbinding; i++) {
		if (span_eq(name, span_str(s->binding[i].name)))
			return &s->binding[i];
	}
	return NULL;
}

/*
 * gs2-header.  "y" says that the client could bind and believes that we cannot:
 * where that is wrong, somebody has changed the list of mechanisms.
 */
static bool
read_header(struct scram_server *s, struct span *in)
{
	const struct span all = *in;
	const struct sasl_binding *b = NULL;
	struct span flag, authzid, value;

	if (!span_split(in, ',', &flag) || !span_split(in, ',', &authzid) ||
	    in->n == 0)
		return false;
	value = flag;
	if (scram_attribute(&value, 'p', &flag)) {
		b = find_binding(s, flag);
		if (b == NULL || !s->plus)
			return false;
	} else if (s->plus ||
		   (!span_eq(flag, SPAN_LIT("n")) &&
		       (!span_eq(flag, SPAN_LIT("y")) || s->plus_offered))) {
		return false;
	}
	buf_add(&s->bound, all.p, (size_t)(in->p - all.p));
	if (b != NULL)
		buf_add_span(&s->bound, b->data);
	return scram_authzid(&s->authzid, authzid);
}

/* Extensions behind the nonce need no understanding; one before the name ("m=")
 * does, and there is none that we have. */
int
scram_server_first(struct scram_server *s, struct span in)
{
	struct span name, nonce;

	if (in.n > SCRAM_MESSAGE_MAX || !read_header(s, &in))
		return -1;
	buf_add_span(&s->message, in);
	if (!scram_attribute(&in, 'n', &name) || name.n == 0 ||
	    !read_name(&s->authcid, name) ||
	    !scram_attribute(&in, 'r', &nonce) || !scram_is_nonce(nonce))
		return -1;
	buf_add_span(&s->nonce, nonce);
	return 0;
}

void
scram_server_challenge(struct scram_server *s, struct span nonce,
    struct span salt, uint32_t iterations, struct buf *out)
{
	struct buf first = { 0 };

	buf_add_span(&s->nonce, nonce);
	buf_addf(&first, "r=%s,s=", s->nonce.data);
	base64_encode(&first, salt, 0);
	buf_addf(&first, ",i=%u", iterations);
	buf_addc(&s->message, ',');
	buf_add_span(&s->message, buf_span(&first));
	buf_add_span(out, buf_span(&first));
	buf_free(&first);
}

/* What stands before ",p=", and the proof in it. */
static bool
split_proof(struct span in, struct span *rest, struct scram_key *proof)
{
	struct buf bytes = { .max = SCRAM_KEY_SIZE };
	size_t at = in.n;
	bool ok;

	while (at > 0 && in.p[at - 1] != ',')
		at--;
	if (at < 1 || !span_eq(span_sub(in, at, 2), SPAN_LIT("p=")))
		return false;
	*rest = span_of(in.p, at - 1);
	ok = base64_decode(&bytes, span_sub(in, at + 2, in.n)) == 0 &&
	     bytes.len == SCRAM_KEY_SIZE;
	if (ok)
		memcpy(proof->b, bytes.data, SCRAM_KEY_SIZE);
	buf_wipe(&bytes);
	return ok;
}

static bool
read_final(const struct scram_server *s, struct span rest)
{
	struct span bound, nonce;
	struct buf bytes = { .max = SCRAM_MESSAGE_MAX };
	bool ok;

	ok = scram_attribute(&rest, 'c', &bound) &&
	     base64_decode(&bytes, bound) == 0 &&
	     span_eq(buf_span(&bytes), buf_span(&s->bound)) &&
	     scram_attribute(&rest, 'r', &nonce) &&
	     span_eq(nonce, buf_span(&s->nonce));
	buf_free(&bytes);
	return ok;
}

/* ClientProof is ClientKey XOR ClientSignature. */
static bool
proves(const struct scram_keys *keys, struct span message,
    const struct scram_key *proof)
{
	struct scram_key client, stored;
	bool same;

	scram_hmac(&keys->stored, message, &client);
	scram_xor(&client, proof);
	scram_hash(&client, &stored);
	same = CRYPTO_memcmp(stored.b, keys->stored.b, SCRAM_KEY_SIZE) == 0;
	explicit_bzero(&client, sizeof(client));
	return same;
}

int
scram_server_final(const struct scram_server *s, struct span in,
    const struct scram_keys *keys, size_t n, struct buf *out)
{
	struct buf message = { 0 };
	struct scram_key proof, signature;
	struct span rest;
	int which = -1;

	if (in.n > SCRAM_MESSAGE_MAX || !split_proof(in, &rest, &proof) ||
	    !read_final(s, rest))
		return -1;
	buf_add_span(&message, buf_span(&s->message));
	buf_addc(&message, ',');
	buf_add_span(&message, rest);
	for (size_t i = 0; i < n; i++) {
		if (proves(&keys[i], buf_span(&message), &proof))
			which = (int)i;
	}
	if (which >= 0) {
		scram_hmac(&keys[which].server, buf_span(&message), &signature);
		buf_adds(out, "v=");
		base64_encode(
		    out, span_of((char *)signature.b, SCRAM_KEY_SIZE), 0);
	}
	buf_free(&message);
	return which;
}

void
scram_server_clear(struct scram_server *s)
{
	buf_free(&s->authzid);
	buf_free(&s->authcid);
	buf_free(&s->bound);
	buf_free(&s->nonce);
	buf_free(&s->message);
}
