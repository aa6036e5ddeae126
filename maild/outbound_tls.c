/* SPDX-License-Identifier: ISC */
#include "outbound_tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct outbound_tls {
	SSL_CTX *ctx;
};

static void
add_authorities(SSL_CTX *ctx, struct span pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x;

	while (in != NULL &&
	       (x = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL)) != NULL) {
		X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error(); /* the end shows as "no start line" */
}

struct outbound_tls *
outbound_tls_new(struct span ca, struct buf *why)
{
	struct outbound_tls *t = xcalloc(1, sizeof(*t));

	t->ctx = SSL_CTX_new(TLS_client_method());
	if (t->ctx == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_dane_enable(t->ctx) != 1) {
		buf_adds(why, "TLS cannot be set up");
		outbound_tls_free(t);
		return NULL;
	}
	SSL_CTX_set_options(
	    t->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (ca.n > 0)
		add_authorities(t->ctx, ca);
	return t;
}

void
outbound_tls_free(struct outbound_tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

static bool
is_address(const char *host)
{
	unsigned char addr[sizeof(struct in6_addr)];

	return inet_pton(strchr(host, ':') != NULL ? AF_INET6 : AF_INET, host,
		   addr) == 1;
}

/* An address is no server name (RFC 6066 section 3). */
static bool
set_host(SSL *ssl, const char *host, bool verify)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_address(host))
		return !verify ||
		       X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
	/* The macro takes the const away itself, which clang minds. */
	if (SSL_set_tlsext_host_name(ssl, (char *)(uintptr_t)host) != 1)
		return false;
	return !verify || SSL_set1_host(ssl, host) == 1;
}

SSL *
outbound_tls_client(struct outbound_tls *t, const char *host, bool verify)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL)
		return NULL;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	if (set_host(ssl, host, verify))
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/* How many of them OpenSSL can use; -1: it fails. */
static int
add_records(SSL *ssl, const struct outbound_dane *d)
{
	int used = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct outbound_dane_record *r = &d->record[i];
		int ret = SSL_dane_tlsa_add(ssl, r->usage, r->selector,
		    r->matching, (const unsigned char *)r->data.p, r->data.n);

		if (ret < 0)
			return -1;
		used += ret;
	}
	ERR_clear_error(); /* data that is no certificate leaves some */
	return used;
}

SSL *
outbound_tls_dane(struct outbound_tls *t, const struct outbound_dane *d,
    const char *host, const char *domain)
{
	SSL *ssl = SSL_new(t->ctx);
	int used = -1;

	if (ssl == NULL)
		return NULL;
	if (SSL_dane_enable(ssl, d->base) == 1)
		used = add_records(ssl, d);
	if (used < 0 || SSL_add1_host(ssl, host) != 1 ||
	    SSL_add1_host(ssl, domain) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	SSL_set_verify(ssl, used > 0 ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	return ssl;
}

void
outbound_tls_problem(struct buf *out, const SSL *ssl, unsigned long error)
{
	long verify = SSL_get_verify_result(ssl);
	const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;

	if ((SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0 &&
	    verify != X509_V_OK)
		buf_addf(out, "its certificate is not good: %s",
		    X509_verify_cert_error_string(verify));
	else
		buf_addf(out, "the TLS handshake failed: %s",
		    reason != NULL ? reason : "the connection was closed");
}
