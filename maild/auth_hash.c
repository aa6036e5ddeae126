/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <stdlib.h>

#include "auth_hash.h"

#define SCHEME "$y$" /* yescrypt */

_Static_assert(AUTH_PASSWORD_MAX < CRYPT_MAX_PASSPHRASE_SIZE,
    "crypt takes what we take");

bool
auth_password_is_valid(struct span password)
{
	return password.n > 0 && password.n <= AUTH_PASSWORD_MAX &&
	    memchr(password.p, '\0', password.n) == NULL;
}

/* The hash with that setting, in data; NULL: crypt refuses. */
static const char *
hash_with(const char *password, const char *setting, struct crypt_data *data)
{
	const char *hash = crypt_r(password, setting, data);

	return hash == NULL || hash[0] == '*' ? NULL : hash;
}

static void
data_free(struct crypt_data *data)
{
	explicit_bzero(data, sizeof(*data));
	free(data);
}

int
auth_hash_make(struct span password, unsigned cost, struct buf *out)
{
	struct crypt_data *data = xcalloc(1, sizeof(*data));
	char *setting = crypt_gensalt_ra(SCHEME, cost, NULL, 0);
	char phrase[AUTH_PASSWORD_MAX + 1] = { 0 };
	const char *hash = NULL;

	if (setting != NULL && auth_password_is_valid(password)) {
		memcpy(phrase, password.p, password.n);
		hash = hash_with(phrase, setting, data);
	}
	if (hash != NULL)
		buf_adds(out, hash);
	explicit_bzero(phrase, sizeof(phrase));
	free(setting);
	data_free(data);
	return hash != NULL ? 0 : -1;
}

bool
auth_hash_verify(struct span password, const char *hash)
{
	struct crypt_data *data = xcalloc(1, sizeof(*data));
	char phrase[AUTH_PASSWORD_MAX + 1] = { 0 };
	const char *got;
	bool same = false;

	if (auth_password_is_valid(password))
		memcpy(phrase, password.p, password.n);
	got = hash_with(phrase, hash, data);
	if (got != NULL && strlen(got) == strlen(hash))
		same = CRYPTO_memcmp(got, hash, strlen(hash)) == 0;
	explicit_bzero(phrase, sizeof(phrase));
	data_free(data);
	return same && auth_password_is_valid(password);
}
