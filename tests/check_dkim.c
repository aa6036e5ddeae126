/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base64.h"
#include "check.h"
#include "dkim.h"
#include "dkim_canon.h"
#include "header.h"

/* ---- canonicalisation ---- */

static const struct {
	const char *in, *out;
} fields[] = {
	{ "A: X\r\n", "a:X" }, /* RFC 6376 section 3.4.5 */
	{ "B : Y\t\r\n\tZ  \r\n", "b:Y Z" },
	{ "Subject:\r\n", "subject:" },
	{ "Subject: \r\n \t\r\n", "subject:" },
	{ "X-Y:a\r\n b", "x-y:a b" },
	{ "To:  a,\r\n\t\tb  c \r\n", "to:a, b c" },
};

START_TEST(fields_are_relaxed)
{
	struct span s = span_str(fields[_i].in);
	struct header_field f;
	struct buf out = { 0 };

	ck_assert(header_next(&s, &f));
	dkim_canon_field(&out, &f);
	ck_buf_eq(&out, fields[_i].out);
	buf_free(&out);
}
END_TEST

static const struct {
	const char *in, *out;
} bodies[] = {
	{ " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n" }, /* as above */
	{ "", "" },
	{ "\r\n", "" },
	{ " \t\r\n\r\n  ", "" },
	{ "a", "a\r\n" },
	{ "a \t", "a\r\n" },
	{ "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n" },
	{ "\r\n \r\na", "\r\n\r\na\r\n" },
	{ "\t a", " a\r\n" },
	{ "a\rb\nc\r\r\n", "a\rb\nc\r\r\n" },
	{ "a \r", "a \r\r\n" },
	{ "a \n", "a \n\r\n" },
};

static void
append(void *arg, struct span s)
{
	buf_add_span(arg, s);
}

static void
check_body(int i, size_t step)
{
	struct buf out = { 0 };
	struct dkim_canon_body c = { .fn = append, .arg = &out };
	struct span s = span_str(bodies[i].in);

	for (; s.n > 0; s = span_sub(s, step, s.n))
		dkim_canon_body(&c, span_sub(s, 0, step));
	dkim_canon_body_end(&c);
	ck_buf_eq(&out, bodies[i].out);
	buf_free(&out);
}

START_TEST(bodies_are_relaxed)
{
	check_body(_i, SIZE_MAX);
}
END_TEST

START_TEST(byte_by_byte_is_the_same_body)
{
	check_body(_i, 1);
}
END_TEST

/* Lines that may be the last ones are counted, not kept. */
START_TEST(a_body_of_many_empty_lines)
{
	struct buf out = { 0 };
	struct dkim_canon_body c = { .fn = append, .arg = &out };

	for (int i = 0; i < 100000; i++)
		dkim_canon_body(&c, SPAN_LIT(" \r\n"));
	ck_assert_uint_eq(out.len, 0);
	dkim_canon_body(&c, SPAN_LIT("x"));
	dkim_canon_body_end(&c);
	ck_assert_uint_eq(out.len, 200003);
	buf_free(&out);
}
END_TEST

/* ---- keys ---- */

START_TEST(a_key_is_the_same_when_it_is_read_again)
{
	const enum dkim_algorithm a = (enum dkim_algorithm)_i;
	struct buf der = { 0 }, again = { 0 }, one = { 0 }, two = { 0 };
	struct dkim_key *k = dkim_key_make(a), *l;

	dkim_key_write(&der, k);
	l = dkim_key_read(a, buf_span(&der));
	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(dkim_key_algorithm(l), a);
	dkim_key_write(&again, l);
	ck_assert(span_eq(buf_span(&der), buf_span(&again)));
	dkim_key_record(&one, k);
	dkim_key_record(&two, l);
	ck_assert(span_eq(buf_span(&one), buf_span(&two)));
	ck_assert_ptr_null(
	    dkim_key_read((enum dkim_algorithm)!a, buf_span(&der)));
	ck_assert_ptr_null(dkim_key_read(a, span_sub(buf_span(&der), 0, 20)));
	dkim_key_free(k);
	dkim_key_free(l);
	buf_free(&der);
	buf_free(&again);
	buf_free(&one);
	buf_free(&two);
}
END_TEST

/* RFC 8463 appendix A: the secret key, as PKCS #8 has it, and its record. */
static struct dkim_key *
example_key(void)
{
	static const char pkcs8[] = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsL"
				    "MREScVpezJpGXA7rAMcrn9g";
	struct buf der = { 0 };
	struct dkim_key *k;

	ck_assert_int_eq(base64_decode(&der, span_str(pkcs8)), 0);
	k = dkim_key_read(DKIM_ED25519_SHA256, buf_span(&der));
	ck_assert_ptr_nonnull(k);
	buf_free(&der);
	return k;
}

START_TEST(the_record_of_rfc_8463)
{
	struct dkim_key *k = example_key();
	struct buf out = { 0 };

	dkim_key_record(&out, k);
	ck_buf_eq(&out, "v=DKIM1; k=ed25519; "
			"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
	buf_free(&out);
	dkim_key_free(k);
}
END_TEST

/* ---- messages ---- */

/* The message of RFC 8463 appendix A. */
#define HEADER                                                                 \
	"From: Joe SixPack <joe@football.example.com>\r\n"                     \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                         \
	"Subject: Is dinner ready?\r\n"                                        \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                      \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
#define BODY                                                                   \
	"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"

/* As it is signed: what is said of its fields, and of its body there too. */
#define SIGNATURE                                                              \
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"        \
	"\td=football.example.com; s=brisbane;\r\n\tt=1528637909;\r\n"         \
	"\th=From:From:Reply-To:Subject:Subject:Date:Date:Message-ID:\r\n"     \
	"\tMessage-ID:To:To:Cc:MIME-Version:Content-Type:\r\n"                 \
	"\tContent-Transfer-Encoding;\r\n"                                     \
	"\tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n\tb="

/* What the signature is of. */
#define SIGNED                                                                 \
	"from:Joe SixPack <joe@football.example.com>\r\n"                      \
	"subject:Is dinner ready?\r\n"                                         \
	"date:Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                       \
	"message-id:<20030712040037.46341.5F8J@football.example.com>\r\n"      \
	"to:Suzie Q <suzie@shopping.example.net>\r\n"                          \
	"dkim-signature:v=1; a=ed25519-sha256; c=relaxed/relaxed; "            \
	"d=football.example.com; s=brisbane; t=1528637909; "                   \
	"h=From:From:Reply-To:Subject:Subject:Date:Date:Message-ID: "          \
	"Message-ID:To:To:Cc:MIME-Version:Content-Type: "                      \
	"Content-Transfer-Encoding; "                                          \
	"bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b="

static void
sign_example(const char *begin, const char *rest, struct buf *out)
{
	struct dkim_message *m = dkim_message_new(span_str(begin));
	struct dkim_key *k = example_key();
	struct dkim_signer s = { k, "football.example.com", "brisbane",
		1528637909 };

	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(dkim_message_domain(m), "football.example.com");
	for (; *rest != '\0'; rest++)
		dkim_message_body(m, span_of(rest, 1));
	dkim_message_end(m);
	ck_assert(dkim_message_sign(m, &s, out));
	dkim_message_free(m);
	dkim_key_free(k);
}

static bool
verifies(struct span text, struct span signature)
{
	static const char record[] =
	    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	unsigned char digest[DKIM_DIGEST_SIZE];
	struct buf raw = { 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;
	bool ok;

	ck_assert_int_eq(base64_decode(&raw, span_str(record)), 0);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    (const unsigned char *)raw.data, raw.len);
	EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(), NULL);
	EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key);
	ok = EVP_DigestVerify(ctx, (const unsigned char *)signature.p,
		 signature.n, digest, sizeof(digest)) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	buf_free(&raw);
	return ok;
}

START_TEST(a_signature_is_of_header_and_body)
{
	struct buf out = { 0 }, packed = { 0 }, signature = { 0 };
	const size_t n = strlen(SIGNATURE);

	sign_example(HEADER "\r\n", BODY, &out);
	ck_span_eq(span_sub(buf_span(&out), 0, n), SIGNATURE);
	for (size_t i = n; i < out.len; i++) {
		if (strchr("\r\n\t", out.data[i]) == NULL)
			buf_addc(&packed, out.data[i]);
	}
	ck_assert_int_eq(base64_decode(&signature, buf_span(&packed)), 0);
	ck_assert(verifies(SPAN_LIT(SIGNED), buf_span(&signature)));
	ck_assert(!verifies(SPAN_LIT(SIGNED "x"), buf_span(&signature)));
	buf_free(&out);
	buf_free(&packed);
	buf_free(&signature);
}
END_TEST

START_TEST(how_the_body_comes_does_not_matter)
{
	struct buf a = { 0 }, b = { 0 };

	sign_example(HEADER "\r\n", BODY, &a);
	sign_example(HEADER "\r\n" BODY, "", &b);
	ck_assert(span_eq(buf_span(&a), buf_span(&b)));
	buf_clear(&b);
	sign_example(HEADER "\r\n" BODY, "x", &b);
	ck_assert(!span_eq(buf_span(&a), buf_span(&b)));
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(a_header_alone_is_signed)
{
	struct buf a = { 0 }, b = { 0 };

	sign_example(HEADER, "", &a);
	sign_example(HEADER "\r\n", "\r\n", &b);
	ck_assert(span_eq(buf_span(&a), buf_span(&b)));
	buf_free(&a);
	buf_free(&b);
}
END_TEST

START_TEST(what_has_no_one_author_is_not_signed)
{
	static const char *const header[] = { "", "\r\n", "To: a@b\r\n\r\n",
		"From: a@b\r\nFrom: c@d\r\n\r\n" };

	ck_assert_ptr_null(dkim_message_new(span_str(header[_i])));
}
END_TEST

START_TEST(the_author_is_the_first_in_from)
{
	static const struct {
		const char *header, *domain;
	} t[] = {
		{ "From: x: ;, A <a@One.example>, b@two.example\r\n\r\n",
		    "One.example" },
		{ "from : nobody\r\n\r\n", "" },
	};
	struct dkim_message *m = dkim_message_new(span_str(t[_i].header));

	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(dkim_message_domain(m), t[_i].domain);
	dkim_message_free(m);
}
END_TEST

START_TEST(too_many_fields_are_not_signed)
{
	struct buf header = { 0 };
	struct dkim_message *m;

	buf_adds(&header, "From: a@b\r\n");
	for (int i = 1; i < DKIM_FIELDS_MAX / 2; i++)
		buf_adds(&header, "List-Unsubscribe-Post: x\r\n");
	m = dkim_message_new(buf_span(&header));
	ck_assert_ptr_nonnull(m);
	dkim_message_free(m);
	for (int i = 0; i < DKIM_FIELDS_MAX; i++)
		buf_adds(&header, "To: x\r\n");
	ck_assert_ptr_null(dkim_message_new(buf_span(&header)));
	buf_free(&header);
}
END_TEST

/* Its domain does not fit. */
START_TEST(a_signature_that_is_too_long_is_none)
{
	struct dkim_message *m = dkim_message_new(span_str(HEADER));
	struct dkim_key *k = example_key();
	static char domain[DKIM_SIGNATURE_MAX];
	struct dkim_signer s = { k, domain, "s", 1 };
	struct buf out = { 0 };

	memset(domain, 'a', sizeof(domain) - 1);
	dkim_message_end(m);
	ck_assert(!dkim_message_sign(m, &s, &out));
	ck_assert_uint_eq(out.len, 0);
	dkim_message_free(m);
	dkim_key_free(k);
}
END_TEST

static void
add(TCase *tc)
{
#define LOOP(t, a) \
	tcase_add_loop_test(tc, t, 0, (int)(sizeof(a) / sizeof((a)[0])))
	LOOP(fields_are_relaxed, fields);
	LOOP(bodies_are_relaxed, bodies);
	LOOP(byte_by_byte_is_the_same_body, bodies);
	tcase_add_test(tc, a_body_of_many_empty_lines);
	tcase_add_loop_test(tc, a_key_is_the_same_when_it_is_read_again, 0,
	    DKIM_ALGORITHMS);
	tcase_add_test(tc, the_record_of_rfc_8463);
	tcase_add_test(tc, a_signature_is_of_header_and_body);
	tcase_add_test(tc, how_the_body_comes_does_not_matter);
	tcase_add_test(tc, a_header_alone_is_signed);
	tcase_add_loop_test(tc, what_has_no_one_author_is_not_signed, 0, 4);
	tcase_add_loop_test(tc, the_author_is_the_first_in_from, 0, 2);
	tcase_add_test(tc, too_many_fields_are_not_signed);
	tcase_add_test(tc, a_signature_that_is_too_long_is_none);
}

int
main(void)
{
	return check_run("dkim", add);
}
