/* SPDX-License-Identifier: ISC */
#include "tls_make.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define CN_MAX 64 /* RFC 5280, ub-common-name */

struct pair {
	X509 *cert;
	EVP_PKEY *key;
};

static void
pair_free(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	*p = (struct pair){ 0 };
}

static bool
set_serial(X509 *x)
{
	unsigned char bytes[16];
	BIGNUM *n;
	bool good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and never short */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	good = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return good;
}

static bool
set_name(X509 *x, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
		   (const unsigned char *)"maild", -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		   (const unsigned char *)cn, -1, -1, 0) == 1;
}

static bool
set_dates(X509 *x)
{
	/* A day of clocks that go wrong. */
	return X509_gmtime_adj(X509_getm_notBefore(x), -86400L) != NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(x), TLS_MAKE_DAYS * 86400L) !=
		   NULL;
}

struct extension {
	int nid;
	const char *value;
};

static bool
add_extensions(X509 *x, X509 *issuer, const struct extension *e, size_t n)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool good = true;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	for (size_t i = 0; i < n && good; i++) {
		ext = X509V3_EXT_conf_nid(NULL, &ctx, e[i].nid, e[i].value);
		good = ext != NULL && X509_add_ext(x, ext, -1) == 1;
		X509_EXTENSION_free(ext);
	}
	return good;
}

/* All but the extensions and the signature. */
static bool
begin(struct pair *p, const char *cn)
{
	p->key = EVP_EC_gen("P-256");
	p->cert = X509_new();
	return p->key != NULL && p->cert != NULL &&
	       X509_set_version(p->cert, X509_VERSION_3) == 1 &&
	       set_serial(p->cert) && set_name(p->cert, cn) &&
	       set_dates(p->cert) && X509_set_pubkey(p->cert, p->key) == 1;
}

static bool
sign(struct pair *p, const struct pair *issuer)
{
	X509_NAME *name = X509_get_subject_name(issuer->cert);

	return X509_set_issuer_name(p->cert, name) == 1 &&
	       X509_sign(p->cert, issuer->key, EVP_sha256()) > 0;
}

static bool
make_authority(struct pair *ca)
{
	static const struct extension ext[] = {
		{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
		{ NID_key_usage, "critical,keyCertSign,cRLSign" },
		{ NID_subject_key_identifier, "hash" },
	};

	return begin(ca, "maild's own authority") &&
	    add_extensions(ca->cert, ca->cert, ext,
		sizeof(ext) / sizeof(ext[0])) &&
	       sign(ca, ca);
}

static bool
make_server(struct pair *server, const struct pair *ca, const char *hostname)
{
	struct buf names = { 0 };
	const struct extension ext[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid" },
	};
	bool good;

	buf_addf(&names, "DNS:%s,DNS:localhost,IP:127.0.0.1,IP:::1", hostname);
	good =
	    begin(server, strlen(hostname) <= CN_MAX ? hostname : "maild") &&
	    add_extensions(server->cert, ca->cert, ext,
		sizeof(ext) / sizeof(ext[0])) &&
	    add_extensions(server->cert, ca->cert,
		&(struct extension){ NID_subject_alt_name, names.data }, 1) &&
	    sign(server, ca);
	buf_free(&names);
	return good;
}

/* ---- as PEM ---- */

static bool
take_bio(struct buf *out, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	buf_add(out, data, (size_t)n);
	return n > 0;
}

static bool
write_cert(struct buf *out, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool good = bio != NULL && PEM_write_bio_X509(bio, x) == 1 &&
		    take_bio(out, bio);

	BIO_free(bio);
	return good;
}

static bool
write_key(struct buf *out, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	bool good = bio != NULL &&
		    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL,
			NULL) == 1 &&
		    take_bio(out, bio);

	BIO_free(bio);
	return good;
}

int
tls_make(struct tls_made *m, const char *hostname)
{
	struct pair ca = { 0 }, server = { 0 };
	bool good;

	good = make_authority(&ca) && make_server(&server, &ca, hostname) &&
	       write_cert(&m->ca, ca.cert) &&
	       write_cert(&m->cert, server.cert) &&
	       write_key(&m->key, server.key);
	pair_free(&ca);
	pair_free(&server);
	ERR_clear_error();
	if (!good)
		tls_made_wipe(m);
	return good ? 0 : -1;
}

void
tls_made_wipe(struct tls_made *m)
{
	buf_free(&m->ca);
	buf_free(&m->cert);
	buf_wipe(&m->key);
}
