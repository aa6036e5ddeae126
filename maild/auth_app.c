/* SPDX-License-Identifier: ISC */
#include "auth_app.h"

#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>
#include <time.h>

#include "bytes.h"

static void
digest(const uint8_t salt[SCRAM_SALT_SIZE], struct span password,
    uint8_t out[32])
{
	if (HMAC(EVP_sha256(), salt, SCRAM_SALT_SIZE,
		(const unsigned char *)password.p, password.n, out,
		NULL) == NULL)
		abort();
}

/* Lower case, and none of 0, 1, l and o, which people mix up. */
static void
add_random(struct buf *out)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[sizeof(AUTH_APP_TEXT) - 1];

	_Static_assert(sizeof(letters) - 1 == 32, "five bits each");
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		abort();
	buf_reserve(out, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		buf_addc(out, AUTH_APP_TEXT[i] == '-' ?
			'-' : letters[random[i] % 32]);
	explicit_bzero(random, sizeof(random));
}

void
auth_app_make(struct auth_app *app, const uint8_t salt[SCRAM_SALT_SIZE],
    struct buf *password)
{
	add_random(password);
	app->created = time(NULL);
	digest(salt, buf_span(password), app->digest);
	scram_keys_make(&app->keys, buf_span(password),
	    span_of((const char *)salt, SCRAM_SALT_SIZE),
	    AUTH_SCRAM_ITERATIONS);
}

bool
auth_app_matches(const struct auth_record *r, struct span password)
{
	uint8_t d[sizeof(r->app[0].digest)];
	bool matches = false;

	digest(r->salt, password, d);
	for (size_t i = 0; i < r->napps; i++)
		matches |= CRYPTO_memcmp(d, r->app[i].digest, sizeof(d)) == 0;
	return matches;
}

void
auth_apps_format(struct buf *out, const struct auth_record *r)
{
	uint8_t number[8];

	for (size_t i = 0; i < r->napps; i++) {
		le32_put(number, r->app[i].id);
		buf_add(out, number, 4);
		le64_put(number, (uint64_t)r->app[i].created);
		buf_add(out, number, 8);
		buf_addc(out, (char)r->app[i].name.n);
		buf_add_span(out, r->app[i].name);
	}
}
