/* SPDX-License-Identifier: ISC */
#include "front_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "roles.h"

static BIO *
reader(struct span pem)
{
	return BIO_new_mem_buf(pem.p, (int)pem.n);
}

/* The first certificate is the server's, the others its chain. */
static int
use_chain(SSL_CTX *ctx, struct span pem)
{
	BIO *in = reader(pem);
	X509 *x = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	int ok = x != NULL && SSL_CTX_use_certificate(ctx, x) == 1;

	X509_free(x);
	while (ok && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		ok = SSL_CTX_add0_chain_cert(ctx, x) == 1;
		if (!ok)
			X509_free(x);
	}
	BIO_free(in);
	/* The end of the chain shows as "no start line". */
	if (ok)
		ERR_clear_error();
	return ok;
}

static int
use_key(SSL_CTX *ctx, struct span pem)
{
	BIO *in = reader(pem);
	EVP_PKEY *k = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL)
				 : NULL;
	int ok = k != NULL && SSL_CTX_use_PrivateKey(ctx, k) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1;

	EVP_PKEY_free(k);
	BIO_free(in);
	return ok;
}

static int
set_policy(SSL_CTX *ctx)
{
	static const unsigned char id[] = "maild";

	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
	    SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* An idle connection costs no record buffers. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(ctx,
		"ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) == 1;
}

/* Whether it verifies is asked later: who has a bad one may still say a
 * password. */
static int
let_through(int ok, X509_STORE_CTX *x)
{
	(void)ok;
	(void)x;
	return 1;
}

static int
use_client_ca(SSL_CTX *ctx, struct span pem)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	BIO *in = reader(pem);
	int ok = in != NULL;
	X509 *x;

	while (ok && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		ok = X509_STORE_add_cert(store, x) == 1 &&
		    SSL_CTX_add_client_CA(ctx, x) == 1;
		X509_free(x);
	}
	BIO_free(in);
	if (ok)
		ERR_clear_error();
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, let_through);
	return ok;
}

SSL_CTX *
front_tls_new(struct span cert, struct span key, struct span client_ca,
    struct buf *why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *what = NULL;

	if (ctx == NULL || !set_policy(ctx))
		what = "TLS cannot be set up";
	else if (!use_chain(ctx, cert))
		what = "the certificate cannot be used";
	else if (!use_key(ctx, key))
		what = "the key cannot be used, or is not the certificate's";
	else if (client_ca.n > 0 && !use_client_ca(ctx, client_ca))
		what = "the authorities of clients cannot be used";
	if (what == NULL)
		return ctx;
	buf_addf(why, "%s: %s", what, ERR_reason_error_string(ERR_peek_error()));
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return NULL;
}

void
front_tls_describe(const SSL *ssl, char *out, size_t size)
{
	snprintf(out, size, "%s %s", SSL_get_version(ssl),
	    SSL_get_cipher_name(ssl));
}

/* ---- the client's certificate ---- */

/* As a word of its own, which only ordinary characters can be. */
static void
add_name(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return;
	}
	if (s.n == 0 || s.n > ROLE_USER_MAX ||
	    out->len + s.n + 1 > ROLE_NAMES_MAX)
		return;
	if (out->len > 0)
		buf_addc(out, ' ');
	buf_add_span(out, s);
}

static void
add_common_name(struct buf *out, const X509 *x)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)subject,
	    NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int n = -1;

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&utf8,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (n > 0)
		add_name(out, span_of((char *)utf8, (size_t)n));
	OPENSSL_free(utf8);
}

static void
add_addresses(struct buf *out, X509 *x)
{
	STACK_OF(OPENSSL_STRING) *all = X509_get1_email(x);

	for (int i = 0; i < sk_OPENSSL_STRING_num(all); i++)
		add_name(out, span_str(sk_OPENSSL_STRING_value(all, i)));
	X509_email_free(all);
}

void
front_tls_client_names(const SSL *ssl, bool common_name, struct buf *out)
{
	X509 *x = SSL_get0_peer_certificate(ssl);

	if (x == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return;
	if (common_name)
		add_common_name(out, x);
	else
		add_addresses(out, x);
}

/* ---- channel bindings ---- */

void
front_tls_bindings(SSL *ssl, struct tls_bindings *b, struct span *exporter,
    struct span *end_point)
{
	tls_bindings_get(b, ssl, SSL_get_certificate(ssl));
	*exporter = *end_point = span_of("", 0);
	for (size_t i = 0; i < b->len; i++) {
		if (strcmp(b->binding[i].name, TLS_BINDING_EXPORTER) == 0)
			*exporter = b->binding[i].data;
		else
			*end_point = b->binding[i].data;
	}
}
