/* SPDX-License-Identifier: ISC */
#include "auth_token.h"

#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>

#include "roles.h"

#define SLOTS 1024

struct digest {
	uint8_t b[32];
};

/* Mapped directly: a newcomer takes the place of what was there. */
struct slot {
	struct digest what;
	int64_t until;
	char user[ROLE_USER_MAX + 1];
};

struct auth_tokens {
	uint8_t key[32];
	struct slot slot[SLOTS];
};

struct auth_tokens *
auth_tokens_new(void)
{
	struct auth_tokens *t = xcalloc(1, sizeof(*t));

	if (getrandom(t->key, sizeof(t->key), 0) != sizeof(t->key))
		abort();
	return t;
}

void
auth_tokens_free(struct auth_tokens *t)
{
	if (t == NULL)
		return;
	explicit_bzero(t, sizeof(*t));
	free(t);
}

static struct digest
digest(const struct auth_tokens *t, struct span token)
{
	struct digest d;

	if (HMAC(EVP_sha256(), t->key, sizeof(t->key),
		(const unsigned char *)token.p, token.n, d.b, NULL) == NULL)
		abort();
	return d;
}

static size_t
place(const struct digest *d)
{
	uint64_t n;

	memcpy(&n, d->b, sizeof(n));
	return n % SLOTS;
}

void
auth_tokens_keep(struct auth_tokens *t, struct span token, struct span user,
    uint32_t seconds, int64_t now)
{
	struct digest d = digest(t, token);
	struct slot *s = &t->slot[place(&d)];

	if (user.n >= sizeof(s->user))
		return;
	s->what = d;
	s->until = now +
	    (seconds < AUTH_TOKEN_SECONDS ? seconds : AUTH_TOKEN_SECONDS);
	memcpy(s->user, user.p, user.n);
	s->user[user.n] = '\0';
}

bool
auth_tokens_find(const struct auth_tokens *t, struct span token, int64_t now,
    struct buf *user)
{
	struct digest d = digest(t, token);
	const struct slot *s = &t->slot[place(&d)];

	if (s->until <= now || memcmp(&s->what, &d, sizeof(d)) != 0)
		return false;
	buf_adds(user, s->user);
	return true;
}
