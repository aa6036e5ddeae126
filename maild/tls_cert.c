/* SPDX-License-Identifier: ISC */
#include "tls_cert.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "file.h"
#include "tls_make.h"

#define RENEW_DAYS 30

/* ---- reading ---- */

static int
read_pem(struct buf *out, const char *path, struct stat *sb, struct buf *why)
{
	buf_init(out, TLS_CERT_MAX);
	if (file_read(out, path, sb) < 0) {
		buf_addf(why, "%s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}

/* For a key that is encrypted: nobody is there to be asked. */
static int
no_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)arg = true;
	return -1;
}

static BIO *
bio_of(const struct buf *b)
{
	return BIO_new_mem_buf(b->data != NULL ? b->data : "", (int)b->len);
}

/* The first certificate in b; all others must be readable, too. */
static X509 *
parse_chain(const struct buf *b)
{
	BIO *bio = bio_of(b);
	X509 *first = PEM_read_bio_X509(bio, NULL, NULL, NULL), *next;
	bool whole;

	while (first != NULL &&
	       (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		X509_free(next);
	whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	BIO_free(bio);
	if (first != NULL && !whole) {
		X509_free(first);
		return NULL;
	}
	return first;
}

static EVP_PKEY *
parse_key(const struct buf *b, bool *encrypted)
{
	BIO *bio = bio_of(b);
	EVP_PKEY *key;

	*encrypted = false;
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, encrypted);
	ERR_clear_error();
	BIO_free(bio);
	return key;
}

static time_t
not_after(const X509 *x)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1)
		return 0;
	return timegm(&tm);
}

/* ---- a pair of files ---- */

static X509 *
load_chain(struct buf *to, const char *path, struct buf *why)
{
	X509 *x;

	if (read_pem(to, path, NULL, why) < 0)
		return NULL;
	x = parse_chain(to);
	if (x == NULL)
		buf_addf(why, "%s: holds no certificate in PEM form", path);
	return x;
}

static EVP_PKEY *
load_key(struct tls_cert *t, const char *path, struct buf *why)
{
	struct stat sb;
	EVP_PKEY *key;
	bool encrypted;

	if (read_pem(&t->key, path, &sb, why) < 0)
		return NULL;
	if (sb.st_mode & S_IRWXO) {
		buf_addf(why,
		    "%s: others may read this key; "
		    "chmod o= %s",
		    path, path);
		return NULL;
	}
	key = parse_key(&t->key, &encrypted);
	if (key == NULL)
		buf_addf(why,
		    encrypted ? "%s: is protected by a password"
			      : "%s: holds no key in PEM form",
		    path);
	return key;
}

int
tls_cert_load(struct tls_cert *t, const char *cert, const char *key,
    struct buf *why)
{
	X509 *x = load_chain(&t->cert, cert, why);
	EVP_PKEY *k = x != NULL ? load_key(t, key, why) : NULL;
	int ret = -1;

	if (k != NULL) {
		ret = X509_check_private_key(x, k) == 1 ? 0 : -1;
		ERR_clear_error();
		t->expires = not_after(x);
		if (ret < 0)
			buf_addf(why,
			    "%s: is not the key of the certificate "
			    "in %s",
			    key, cert);
	}
	EVP_PKEY_free(k);
	X509_free(x);
	if (ret < 0)
		tls_cert_wipe(t);
	return ret;
}

int
tls_cert_load_client_ca(struct tls_cert *t, const char *path, struct buf *why)
{
	X509 *x = load_chain(&t->client_ca, path, why);

	X509_free(x);
	return x != NULL ? 0 : -1;
}

void
tls_cert_wipe(struct tls_cert *t)
{
	buf_free(&t->client_ca);
	buf_free(&t->cert);
	buf_wipe(&t->key);
	t->expires = 0;
}

/* ---- our own ---- */

struct paths {
	struct buf ca, cert, key;
};

static void
paths_init(struct paths *p, const char *dir)
{
	*p = (struct paths){ 0 };
	buf_addf(&p->ca, "%s/ca.pem", dir);
	buf_addf(&p->cert, "%s/cert.pem", dir);
	buf_addf(&p->key, "%s/key.pem", dir);
}

static void
paths_free(struct paths *p)
{
	buf_free(&p->ca);
	buf_free(&p->cert);
	buf_free(&p->key);
}

/* The certificate is of that authority, and names the host. */
static bool
fits(const struct buf *cert, const struct buf *ca, const char *hostname)
{
	X509 *x = parse_chain(cert), *a = parse_chain(ca);
	bool good = x != NULL && a != NULL &&
		    X509_verify(x, X509_get0_pubkey(a)) == 1 &&
		    X509_check_host(x, hostname, 0, 0, NULL) == 1;

	ERR_clear_error();
	X509_free(x);
	X509_free(a);
	return good;
}

static bool
still_good(struct tls_cert *t, const struct paths *p, const char *hostname)
{
	struct buf ca = { 0 }, ignored = { 0 };
	bool good;

	good = tls_cert_load(t, p->cert.data, p->key.data, &ignored) == 0 &&
	       read_pem(&ca, p->ca.data, NULL, &ignored) == 0 &&
	       fits(&t->cert, &ca, hostname) &&
	       t->expires > time(NULL) + RENEW_DAYS * 86400;
	buf_free(&ca);
	buf_free(&ignored);
	if (!good)
		tls_cert_wipe(t);
	return good;
}

static int
write_pem(const struct buf *path, mode_t mode, const struct buf *pem,
    struct buf *why)
{
	if (file_write(path->data, mode, buf_span(pem)) == 0)
		return 0;
	buf_addf(why, "%s: %s", path->data, strerror(errno));
	return -1;
}

static int
make_files(const struct paths *p, const char *hostname, struct buf *why)
{
	struct tls_made made = { 0 };
	int ret;

	if (tls_make(&made, hostname) < 0) {
		buf_adds(why, "a certificate cannot be made");
		return -1;
	}
	ret = write_pem(&p->key, 0600, &made.key, why) < 0 ||
		      write_pem(&p->cert, 0644, &made.cert, why) < 0 ||
		      write_pem(&p->ca, 0644, &made.ca, why) < 0
		  ? -1
		  : 0;
	tls_made_wipe(&made);
	return ret;
}

int
tls_cert_self_signed(struct tls_cert *t, const char *dir, const char *hostname,
    struct buf *why)
{
	struct paths p;
	int ret = 0;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		buf_addf(why, "%s: %s", dir, strerror(errno));
		return -1;
	}
	paths_init(&p, dir);
	if (!still_good(t, &p, hostname)) {
		ret = make_files(&p, hostname, why);
		if (ret == 0)
			ret = tls_cert_load(t, p.cert.data, p.key.data, why);
	}
	paths_free(&p);
	return ret;
}
