/* SPDX-License-Identifier: ISC */
#include "base64.h"
#include "sasl.h"
#include "saslprep.h"

#include "check.h"

#define B(s)                       \
	{                          \
		(s), sizeof(s) - 1 \
	}

/* The example of RFC 7677 section 3. */
#define FIRST    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define NONCE    "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT     "W22ZaJ0SNY7soEsUEjb6gQ=="
#define SERVER   "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=" SALT ",i=4096"
#define WITHOUT  "c=biws,r=rOprNGfwEbeRWgbNEkqO" NONCE
#define PROOF    ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define VERIFIER "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static struct scram_keys pencil;
static struct buf salt;

static void
setup(void)
{
	ck_assert_int_eq(base64_decode(&salt, SPAN_LIT(SALT)), 0);
	scram_keys_make(&pencil, SPAN_LIT("pencil"), buf_span(&salt), 4096);
}

static void
teardown(void)
{
	buf_free(&salt);
}

static void
challenge(struct scram_server *s)
{
	struct buf out = { 0 };

	ck_assert_int_eq(scram_server_first(s, SPAN_LIT(FIRST)), 0);
	scram_server_challenge(s, SPAN_LIT(NONCE), buf_span(&salt), 4096, &out);
	ck_buf_eq(&out, SERVER);
	buf_free(&out);
}

static const struct {
	const char *in, *out; /* NULL: refused */
} finals[] = {
	{ WITHOUT PROOF, VERIFIER },
	{ WITHOUT ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=", NULL },
	{ WITHOUT ",p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", NULL },
	{ WITHOUT ",x=1" PROOF, NULL }, /* understood, but the proof differs */
	{ WITHOUT ",p=", NULL },
	{ WITHOUT, NULL },
	{ WITHOUT ",p=dHzb", NULL },
	{ "c=eSws,r=rOprNGfwEbeRWgbNEkqO" NONCE PROOF, NULL },
	{ "c=!,r=rOprNGfwEbeRWgbNEkqO" NONCE PROOF, NULL },
	{ "c=biws,r=rOprNGfwEbeRWgbNEkqO" PROOF, NULL },
	{ "r=rOprNGfwEbeRWgbNEkqO" NONCE PROOF, NULL },
	{ "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", NULL },
	{ "", NULL },
};

/* The right keys are the second of three. */
START_TEST(server_checks_the_proof)
{
	struct scram_server s = { 0 };
	struct scram_keys keys[3] = { { { { 1 } }, { { 2 } } }, pencil,
		{ { { 3 } }, { { 4 } } } };
	struct buf out = { 0 };
	int which;

	challenge(&s);
	ck_buf_eq(&s.authcid, "user");
	which = scram_server_final(&s, span_str(finals[_i].in), keys, 3, &out);
	ck_assert_int_eq(which, finals[_i].out != NULL ? 1 : -1);
	ck_buf_eq(&out, finals[_i].out != NULL ? finals[_i].out : "");
	scram_server_clear(&s);
	buf_free(&out);
}
END_TEST

static const struct {
	struct span in;
	bool plus, plus_offered;
	int ret;
	const char *authcid, *authzid;
} firsts[] = {
	{ B("n,,n=u,r=x"), false, false, 0, "u", "" },
	{ B("n,,n=u,r=x"), false, true, 0, "u", "" },
	{ B("n,a=z=2C=3D,n=u=3D=2Cv,r=x,e=1"), false, false, 0, "u=,v", "z,=" },
	{ B("n,,n=\xc3\xbc,r=x"), false, false, 0, "\xc3\xbc", "" },
	{ B("y,,n=u,r=x"), false, false, 0, "u", "" },
	{ B("p=tls-exporter,,n=u,r=x"), true, true, 0, "u", "" },
	/* Somebody took the offer away. */
	{ B("y,,n=u,r=x"), false, true, -1, "", "" },
	{ B("y,,n=u,r=x"), true, true, -1, "", "" },
	{ B("n,,n=u,r=x"), true, true, -1, "", "" },
	{ B("p=tls-exporter,,n=u,r=x"), false, true, -1, "", "" },
	{ B("p=tls-unique,,n=u,r=x"), true, true, -1, "", "" },
	{ B("p=,,n=u,r=x"), true, true, -1, "", "" },
	{ B("n,,m=1,n=u,r=x"), false, false, -1, "", "" },
	{ B("n,,n=,r=x"), false, false, -1, "", "" },
	{ B("n,,n=u,r="), false, false, -1, "u", "" },
	{ B("n,,n=u,r=x y"), false, false, -1, "u", "" },
	{ B("n,,n=u,r=\x7f"), false, false, -1, "u", "" },
	{ B("n,,n=u"), false, false, -1, "u", "" },
	{ B("n,,r=x,n=u"), false, false, -1, "", "" },
	{ B("n,,n=u=2D,r=x"), false, false, -1, "u", "" },
	{ B("n,,n=u=2,r=x"), false, false, -1, "u", "" },
	{ B("n,,n=u\0v,r=x"), false, false, -1, "", "" },
	{ B("n,,n=\xff,r=x"), false, false, -1, "", "" },
	{ B("n,z,n=u,r=x"), false, false, -1, "", "" },
	{ B("n,a=,n=u,r=x"), false, false, -1, "", "" },
	{ B("n,,"), false, false, -1, "", "" },
	{ B("n,"), false, false, -1, "", "" },
	{ B("n"), false, false, -1, "", "" },
	{ B("q,,n=u,r=x"), false, false, -1, "", "" },
	{ B(""), false, false, -1, "", "" },
};

START_TEST(server_reads_the_first_message)
{
	static const struct sasl_binding exporter = { "tls-exporter",
		B("bytes") };
	struct scram_server s = { .plus = firsts[_i].plus,
		.plus_offered = firsts[_i].plus_offered,
		.binding = &exporter,
		.nbinding = 1 };

	ck_assert_int_eq(scram_server_first(&s, firsts[_i].in), firsts[_i].ret);
	ck_buf_eq(&s.authcid, firsts[_i].authcid);
	ck_buf_eq(&s.authzid, firsts[_i].authzid);
	scram_server_clear(&s);
}
END_TEST

START_TEST(message_over_the_limit_is_refused)
{
	static char big[SCRAM_MESSAGE_MAX + 1];
	struct scram_server s = { 0 };
	struct buf out = { 0 };

	memset(big, 'x', sizeof(big));
	memcpy(big, "n,,n=u,r=", 9);
	ck_assert_int_eq(scram_server_first(&s, span_of(big, sizeof(big))), -1);
	challenge(&s);
	ck_assert_int_eq(
	    scram_server_final(&s, span_of(big, sizeof(big)), &pencil, 1, &out),
	    -1);
	scram_server_clear(&s);
}
END_TEST

static struct sasl_client
client(const char *mech)
{
	return (struct sasl_client){ .mech = sasl_mech_find(span_str(mech)),
		.authcid = "user",
		.password = "pencil",
		.nonce = "rOprNGfwEbeRWgbNEkqO" };
}

static const struct {
	const char *server[2];
	enum sasl_result want[2];
} servers[] = {
	{ { SERVER, VERIFIER }, { SASL_CONTINUE, SASL_CONTINUE } },
	{ { SERVER, VERIFIER ",x=1" }, { SASL_CONTINUE, SASL_CONTINUE } },
	{ { SERVER, "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
	    { SASL_CONTINUE, SASL_FAIL } },
	{ { SERVER, "v=" }, { SASL_CONTINUE, SASL_FAIL } },
	{ { SERVER, "e=invalid-proof" }, { SASL_CONTINUE, SASL_FAIL } },
	{ { SERVER, "" }, { SASL_CONTINUE, SASL_FAIL } },
	/* Not our nonce, or nothing of the server's own. */
	{ { "r=xOprNGfwEbeRWgbNEkqO" NONCE ",s=" SALT ",i=4096" },
	    { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO,s=" SALT ",i=4096" }, { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO ,s=" SALT ",i=4096" }, { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=" SALT ",i=4095" },
	    { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=" SALT ",i=1000001" },
	    { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=" SALT ",i=x" }, { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=,i=4096" }, { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",s=!,i=4096" }, { SASL_FAIL } },
	{ { "r=rOprNGfwEbeRWgbNEkqO" NONCE ",i=4096" }, { SASL_FAIL } },
	{ { "m=1," SERVER }, { SASL_FAIL } },
	{ { "" }, { SASL_FAIL } },
};

START_TEST(client_checks_the_server)
{
	struct sasl_client c = client("SCRAM-SHA-256");
	struct buf out = { 0 };
	enum sasl_result r = SASL_CONTINUE;

	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out), r);
	ck_buf_eq(&out, FIRST);
	for (int i = 0; i < 2 && r == SASL_CONTINUE; i++) {
		buf_clear(&out);
		r = sasl_client_step(&c, span_str(servers[_i].server[i]), &out);
		ck_assert_int_eq(r, servers[_i].want[i]);
		if (r == SASL_CONTINUE)
			ck_buf_eq(&out, i == 0 ? WITHOUT PROOF : "");
	}
	/* Content only when the server has shown itself, and then at once. */
	ck_assert_int_eq(sasl_client_step(&c, span_of(NULL, 0), &out),
	    r == SASL_CONTINUE ? SASL_DONE : SASL_FAIL);
	sasl_client_clear(&c);
	buf_free(&out);
}
END_TEST

START_TEST(client_is_not_content_too_soon)
{
	struct sasl_client c = client("SCRAM-SHA-256");
	struct buf out = { 0 };

	sasl_client_step(&c, span_of(NULL, 0), &out);
	if (_i == 1)
		sasl_client_step(&c, SPAN_LIT(SERVER), &out);
	ck_assert_int_eq(
	    sasl_client_step(&c, span_of(NULL, 0), &out), SASL_FAIL);
	sasl_client_clear(&c);
	buf_free(&out);
}
END_TEST

/* With random nonces, any characters in names, and both sides bound or not. */
static const struct {
	const char *mech, *binding, *bytes; /* the client's */
	const char *server_bytes;           /* what the server sees */
	bool granted;
} pairs[] = {
	{ "SCRAM-SHA-256", NULL, "", NULL, true },
	{ "SCRAM-SHA-256", "tls-exporter", "abc", NULL, true },
	{ "SCRAM-SHA-256", NULL, "", "abc", true },
	/* A man in the middle hides the better mechanism. */
	{ "SCRAM-SHA-256", "tls-exporter", "abc", "abc", false },
	{ "SCRAM-SHA-256-PLUS", "tls-exporter", "abc", "abc", true },
	/* Or sits between two connections. */
	{ "SCRAM-SHA-256-PLUS", "tls-exporter", "abc", "xyz", false },
	{ "SCRAM-SHA-256-PLUS", "tls-other", "abc", "abc", false },
};

static bool
converse(struct sasl_client *c, struct scram_server *s)
{
	struct buf say = { 0 }, hear = { 0 };
	bool ok;

	sasl_client_step(c, span_of(NULL, 0), &say);
	ok = scram_server_first(s, buf_span(&say)) == 0;
	if (ok) {
		struct buf nonce = { 0 };

		scram_nonce(&nonce);
		scram_server_challenge(
		    s, buf_span(&nonce), buf_span(&salt), 4096, &hear);
		buf_clear(&say);
		ck_assert_int_eq(
		    sasl_client_step(c, buf_span(&hear), &say), SASL_CONTINUE);
		buf_clear(&hear);
		ok = scram_server_final(s, buf_span(&say), &pencil, 1, &hear) ==
		     0;
		buf_free(&nonce);
	}
	if (ok)
		ck_assert_int_eq(
		    sasl_client_step(c, buf_span(&hear), &say), SASL_CONTINUE);
	buf_free(&say);
	buf_free(&hear);
	return ok;
}

START_TEST(client_and_server_understand_each_other)
{
	const char *bytes = pairs[_i].server_bytes;
	struct sasl_binding b = { "tls-exporter",
		span_str(bytes != NULL ? bytes : "") };
	struct sasl_client c = client(pairs[_i].mech);
	struct scram_server s = { .binding = &b,
		.nbinding = bytes != NULL,
		.plus = strstr(pairs[_i].mech, "PLUS") != NULL,
		.plus_offered = bytes != NULL };

	c.nonce = NULL;
	c.authcid = "a,b=c";
	c.authzid = "d=e,f";
	c.binding = (struct sasl_binding){ pairs[_i].binding,
		span_str(pairs[_i].bytes) };
	ck_assert(converse(&c, &s) == pairs[_i].granted);
	if (pairs[_i].granted) {
		ck_buf_eq(&s.authcid, "a,b=c");
		ck_buf_eq(&s.authzid, "d=e,f");
	}
	scram_server_clear(&s);
	sasl_client_clear(&c);
}
END_TEST

static const struct {
	struct span in;
	const char *out; /* NULL: refused */
} preps[] = {
	/* RFC 4013 section 3. */
	{ B("I\xc2\xadX"), "IX" },
	{ B("user"), "user" },
	{ B("USER"), "USER" },
	{ B("\xc2\xaa"), "a" },
	{ B("\xe2\x85\xa8"), "IX" },
	{ B("\x07"), NULL },
	{ B("\xd8\xa7"
	    "1"),
	    NULL },

	{ B(""), "" },
	{ B("a\xc2\xa0\xe3\x80\x80"
	    "b"),
	    "a  b" },
	{ B("u\xcc\x88"), "\xc3\xbc" },
	{ B("\xd8\xa7"
	    "1\xd8\xa7"),
	    "\xd8\xa7"
	    "1\xd8\xa7" },
	{ B("\xd8\xa7"
	    "a\xd8\xa7"),
	    NULL },
	{ B("\0"), NULL },
	{ B("\x7f"), NULL },
	{ B("\xc2\x85"), NULL },
	{ B("\xee\x80\x80"), NULL },     /* private use */
	{ B("\xef\xbf\xbe"), NULL },     /* a noncharacter */
	{ B("\xf0\x9f\xbf\xbf"), NULL }, /* another */
	{ B("\xf3\xa0\x80\x81"), NULL }, /* a tag */
	{ B("\xff"), NULL },
};

START_TEST(strings_are_prepared)
{
	struct buf out = { 0 };
	const char *want = preps[_i].out;

	ck_assert_int_eq(saslprep(&out, preps[_i].in), want != NULL ? 0 : -1);
	ck_buf_eq(&out, want != NULL ? want : "");
	buf_clear(&out);
	saslprep_or_raw(&out, preps[_i].in);
	ck_assert(span_eq(
	    buf_span(&out), want != NULL ? span_str(want) : preps[_i].in));
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, server_checks_the_proof, 0, sizeof(finals) / sizeof(finals[0]));
	tcase_add_loop_test(tc, server_reads_the_first_message, 0,
	    sizeof(firsts) / sizeof(firsts[0]));
	tcase_add_test(tc, message_over_the_limit_is_refused);
	tcase_add_loop_test(tc, client_checks_the_server, 0,
	    sizeof(servers) / sizeof(servers[0]));
	tcase_add_loop_test(tc, client_is_not_content_too_soon, 0, 2);
	tcase_add_loop_test(tc, client_and_server_understand_each_other, 0,
	    sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_loop_test(
	    tc, strings_are_prepared, 0, sizeof(preps) / sizeof(preps[0]));
}

int
main(void)
{
	return check_run("scram", add);
}
