/* SPDX-License-Identifier: ISC */
#include "tls_binding.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define LABEL         "EXPORTER-Channel-Binding"
#define EXPORTER_SIZE 32

_Static_assert(EVP_MAX_MD_SIZE <= TLS_BINDING_MAX, "a hash has room");

static void
add(struct tls_bindings *b, const char *name, size_t n)
{
	b->binding[b->len].name = name;
	b->binding[b->len].data = span_of(b->data[b->len], n);
	b->len++;
}

static bool
export(SSL *ssl, char *out)
{
	return SSL_version(ssl) == TLS1_3_VERSION &&
	    SSL_export_keying_material(ssl, (unsigned char *)out,
		EXPORTER_SIZE, LABEL, sizeof(LABEL) - 1,
		(const unsigned char *)"", 0, 1) == 1;
}

/* The hash is the one of the certificate's signature, but never an old one. */
static const EVP_MD *
hash_of(const X509 *cert)
{
	int md;

	if (X509_get_signature_info((X509 *)(uintptr_t)cert, &md, NULL, NULL,
		NULL) != 1 ||
	    md == NID_undef)
		return NULL;
	if (md == NID_md5 || md == NID_sha1)
		return EVP_sha256();
	return EVP_get_digestbynid(md);
}

void
tls_bindings_get(struct tls_bindings *b, SSL *ssl, const X509 *cert)
{
	const EVP_MD *md = cert != NULL ? hash_of(cert) : NULL;
	unsigned n = 0;

	b->len = 0;
	if (export(ssl, b->data[b->len]))
		add(b, TLS_BINDING_EXPORTER, EXPORTER_SIZE);
	if (md != NULL && X509_digest(cert, md,
			      (unsigned char *)b->data[b->len], &n) == 1)
		add(b, TLS_BINDING_END_POINT, n);
}
