/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "tls_cert.h"
#include "tls_make.h"

static char folder[] = "/tmp/check_tls.XXXXXX";
static char path[4][64];
enum { DIR_, CA, CERT, KEY };

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path[DIR_], sizeof(path[0]), "%s/tls", folder);
	snprintf(path[CA], sizeof(path[0]), "%s/tls/ca.pem", folder);
	snprintf(path[CERT], sizeof(path[0]), "%s/tls/cert.pem", folder);
	snprintf(path[KEY], sizeof(path[0]), "%s/tls/key.pem", folder);
}

static void
teardown(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void
make(struct tls_cert *t, const char *hostname)
{
	struct buf why = { 0 };

	*t = (struct tls_cert){ 0 };
	ck_assert_int_eq(tls_cert_self_signed(t, path[DIR_], hostname, &why),
	    0);
	ck_buf_eq(&why, "");
}

static X509 *
cert_of(const char *pem, size_t n)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	ck_assert_ptr_nonnull(x);
	BIO_free(bio);
	return x;
}

/* What a client does that trusts the authority. */
static int
verify(const struct tls_cert *t, const char *host, const char *ip)
{
	struct buf pem = { 0 };
	X509 *x = cert_of(t->cert.data, t->cert.len), *ca;
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int ret;

	ck_assert_int_eq(file_read(&pem, path[CA], NULL), 0);
	ca = cert_of(pem.data, pem.len);
	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, x, NULL);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	if (host != NULL)
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	if (ip != NULL)
		X509_VERIFY_PARAM_set1_ip_asc(param, ip);
	ret = X509_verify_cert(ctx) == 1 ? 0 : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(ca);
	X509_free(x);
	buf_free(&pem);
	return ret;
}

START_TEST(clients_can_verify_it)
{
	struct tls_cert t;
	struct stat sb;
	char longest[254];

	make(&t, "mail.example.org");
	ck_assert_int_eq(verify(&t, "mail.example.org", NULL), X509_V_OK);
	ck_assert_int_eq(verify(&t, "localhost", NULL), X509_V_OK);
	ck_assert_int_eq(verify(&t, NULL, "127.0.0.1"), X509_V_OK);
	ck_assert_int_eq(verify(&t, NULL, "::1"), X509_V_OK);
	ck_assert_int_eq(verify(&t, "example.org", NULL),
	    X509_V_ERR_HOSTNAME_MISMATCH);
	ck_assert_int_eq(verify(&t, NULL, "127.0.0.2"),
	    X509_V_ERR_IP_ADDRESS_MISMATCH);
	ck_assert_int_eq(stat(path[KEY], &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 0777, 0600);
	ck_assert_int_ge(t.expires, time(NULL) + (TLS_MAKE_DAYS - 1) * 86400L);
	tls_cert_wipe(&t);

	for (size_t i = 0; i < sizeof(longest) - 1; i++)
		longest[i] = i % 64 == 63 ? '.' : 'a';
	longest[sizeof(longest) - 1] = '\0';
	make(&t, longest);
	ck_assert_int_eq(verify(&t, longest, NULL), X509_V_OK);
	tls_cert_wipe(&t);
}
END_TEST

START_TEST(kept_while_it_is_good)
{
	struct tls_cert first, t;

	make(&first, "a.example");
	make(&t, "a.example");
	ck_assert(span_eq(buf_span(&t.cert), buf_span(&first.cert)));
	ck_assert(span_eq(buf_span(&t.key), buf_span(&first.key)));
	tls_cert_wipe(&t);

	make(&t, "b.example");
	ck_assert(!span_eq(buf_span(&t.cert), buf_span(&first.cert)));
	ck_assert_int_eq(verify(&t, "b.example", NULL), X509_V_OK);
	tls_cert_wipe(&t);
	tls_cert_wipe(&first);
}
END_TEST

/* Any of the files gone or broken: all are made anew, and fit. */
START_TEST(made_anew_when_broken)
{
	static const char junk[] = "-----BEGIN CERTIFICATE-----\nAAAA\n";
	struct tls_cert first, t;

	make(&first, "a.example");
	ck_assert_int_eq(unlink(path[_i]), 0);
	make(&t, "a.example");
	ck_assert(!span_eq(buf_span(&t.cert), buf_span(&first.cert)));
	ck_assert_int_eq(verify(&t, "a.example", NULL), X509_V_OK);
	tls_cert_wipe(&t);

	ck_assert_int_eq(file_write(path[_i], 0600, span_str(junk)), 0);
	make(&t, "a.example");
	ck_assert_int_eq(verify(&t, "a.example", NULL), X509_V_OK);
	tls_cert_wipe(&t);
	tls_cert_wipe(&first);
}
END_TEST

static void
expect(const char *cert, const char *key, const char *fmt)
{
	struct tls_cert t = { 0 };
	struct buf why = { 0 }, want = { 0 };

	for (; *fmt != '\0'; fmt++) {
		if (*fmt == 'C' && fmt[1] == '!')
			buf_adds(&want, cert), fmt++;
		else if (*fmt == 'K' && fmt[1] == '!')
			buf_adds(&want, key), fmt++;
		else
			buf_addc(&want, *fmt);
	}
	ck_assert_int_eq(tls_cert_load(&t, cert, key, &why), -1);
	ck_buf_eq(&why, want.data);
	ck_assert_ptr_null(t.key.data);
	buf_free(&why);
	buf_free(&want);
}

START_TEST(load_names_the_file_that_is_wrong)
{
	struct tls_cert t;
	struct buf b = { 0 };
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *other = EVP_EC_gen("P-256");
	char none[64], odd[64], *data;
	long n;

	make(&t, "a.example");
	snprintf(none, sizeof(none), "%s/none", folder);
	snprintf(odd, sizeof(odd), "%s/odd", folder);
	expect(none, path[KEY], "C!: No such file or directory");
	expect(path[CERT], none, "K!: No such file or directory");
	expect(path[KEY], path[KEY], "C!: holds no certificate in PEM form");
	expect(path[DIR_], path[KEY], "C!: Is a directory");

	file_write(odd, 0600, buf_span(&t.cert));
	expect(path[CERT], odd, "K!: holds no key in PEM form");

	/* a chain that breaks off */
	buf_add(&b, t.cert.data, t.cert.len);
	buf_add(&b, t.cert.data, t.cert.len / 2);
	file_write(odd, 0600, buf_span(&b));
	expect(odd, path[KEY], "C!: holds no certificate in PEM form");

	PEM_write_bio_PrivateKey(bio, other, NULL, NULL, 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &data);
	file_write(odd, 0600, span_of(data, (size_t)n));
	expect(path[CERT], odd,
	    "K!: is not the key of the certificate in C!");
	ck_assert_int_eq(chmod(odd, 0604), 0);
	expect(path[CERT], odd,
	    "K!: others may read this key; chmod o= K!");

	ck_assert_int_eq(BIO_reset(bio), 1);
	PEM_write_bio_PrivateKey(bio, other, EVP_aes_128_cbc(), NULL, 0, NULL,
	    (void *)(uintptr_t)"secret");
	n = BIO_get_mem_data(bio, &data);
	file_write(odd, 0600, span_of(data, (size_t)n));
	expect(path[CERT], odd, "K!: is protected by a password");

	BIO_free(bio);
	EVP_PKEY_free(other);
	buf_free(&b);
	tls_cert_wipe(&t);
}
END_TEST

START_TEST(unwritable_folder_is_named)
{
	struct tls_cert t = { 0 };
	struct buf why = { 0 };

	ck_assert_int_eq(tls_cert_self_signed(&t, "/proc/nonesuch/tls",
			     "a.example", &why), -1);
	ck_buf_eq(&why, "/proc/nonesuch/tls: No such file or directory");
	buf_free(&why);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, clients_can_verify_it);
	tcase_add_test(tc, kept_while_it_is_good);
	tcase_add_loop_test(tc, made_anew_when_broken, CA, KEY + 1);
	tcase_add_test(tc, load_names_the_file_that_is_wrong);
	tcase_add_test(tc, unwritable_folder_is_named);
}

int
main(void)
{
	return check_run("tls_cert", add);
}
