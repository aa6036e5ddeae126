/* SPDX-License-Identifier: ISC */
#include "dkim_key.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base64.h"

#define SIGNATURE_MAX 1024 /* RSA of 8192 bits */

struct dkim_key {
	enum dkim_algorithm algorithm;
	EVP_PKEY *pkey;
};

static const struct {
	const char *name, *type; /* of "a=", of "k=" */
	int id;
} algorithms[DKIM_ALGORITHMS] = {
	[DKIM_RSA_SHA256] = { "rsa-sha256", "rsa", EVP_PKEY_RSA },
	[DKIM_ED25519_SHA256] = { "ed25519-sha256", "ed25519",
	    EVP_PKEY_ED25519 },
};

const char *
dkim_algorithm_name(enum dkim_algorithm a)
{
	return algorithms[a].name;
}

enum dkim_algorithm
dkim_key_algorithm(const struct dkim_key *k)
{
	return k->algorithm;
}

/* ---- making, reading, writing ---- */

static struct dkim_key *
key_new(enum dkim_algorithm a, EVP_PKEY *pkey)
{
	struct dkim_key *k = xcalloc(1, sizeof(*k));

	*k = (struct dkim_key){ a, pkey };
	return k;
}

struct dkim_key *
dkim_key_make(enum dkim_algorithm a)
{
	EVP_PKEY *pkey = a == DKIM_RSA_SHA256 ?
	    EVP_RSA_gen(DKIM_RSA_BITS) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (pkey == NULL)
		abort();
	return key_new(a, pkey);
}

struct dkim_key *
dkim_key_read(enum dkim_algorithm a, struct span der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)der.n);

	if (pkey != NULL && EVP_PKEY_get_base_id(pkey) == algorithms[a].id)
		return key_new(a, pkey);
	EVP_PKEY_free(pkey);
	return NULL;
}

void
dkim_key_free(struct dkim_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

void
dkim_key_write(struct buf *out, const struct dkim_key *k)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k->pkey);
	unsigned char *der = NULL;
	int n = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	if (n < 0)
		abort();
	buf_add(out, (const char *)der, (size_t)n);
	OPENSSL_clear_free(der, (size_t)n);
	PKCS8_PRIV_KEY_INFO_free(info);
}

/* ---- the record ---- */

/* RFC 8463 section 4.2: the 32 bytes alone; RFC 6376: with what they are. */
static void
public_part(struct buf *out, const struct dkim_key *k)
{
	unsigned char raw[DKIM_DIGEST_SIZE], *der = NULL;
	size_t len = sizeof(raw);
	int n;

	if (k->algorithm == DKIM_ED25519_SHA256) {
		if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) != 1)
			abort();
		base64_encode(out, span_of((const char *)raw, len), 0);
		return;
	}
	n = i2d_PUBKEY(k->pkey, &der);
	if (n < 0)
		abort();
	base64_encode(out, span_of((const char *)der, (size_t)n), 0);
	OPENSSL_free(der);
}

void
dkim_key_record(struct buf *out, const struct dkim_key *k)
{
	buf_addf(out, "v=DKIM1; k=%s; p=", algorithms[k->algorithm].type);
	public_part(out, k);
}

/* ---- signing ---- */

/* RFC 8463 section 3: what Ed25519 signs is the digest. */
static bool
sign(const struct dkim_key *k, EVP_MD_CTX *ctx, struct span text,
    unsigned char *sig, size_t *n)
{
	const bool ed = k->algorithm == DKIM_ED25519_SHA256;
	unsigned char digest[DKIM_DIGEST_SIZE];

	if (ed) {
		if (EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(),
			NULL) != 1)
			return false;
		text = span_of((const char *)digest, sizeof(digest));
	}
	return EVP_DigestSignInit(ctx, NULL, ed ? NULL : EVP_sha256(), NULL,
		   k->pkey) == 1 &&
	       EVP_DigestSign(ctx, sig, n, (const unsigned char *)text.p,
		   text.n) == 1;
}

bool
dkim_key_sign(const struct dkim_key *k, struct span text, struct buf *out)
{
	unsigned char sig[SIGNATURE_MAX];
	size_t n = sizeof(sig);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && sign(k, ctx, text, sig, &n);

	EVP_MD_CTX_free(ctx);
	if (ok)
		buf_add(out, (const char *)sig, n);
	return ok;
}
