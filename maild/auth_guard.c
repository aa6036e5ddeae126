/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>

#include "auth_guard.h"

#define DIGEST_SIZE   32
#define SLOTS         16384 /* of each table */
#define WAYS          4     /* slots that a bucket may be in */
#define KNOWN_SECONDS (30 * 86400)
#define FAILURE       1000000 /* what one adds to a bucket */
#define DELAY_STEP    500     /* milliseconds per failure */

struct digest {
	uint8_t b[DIGEST_SIZE];
};

/* Something that was seen.  A table is mapped directly: a newcomer takes the
 * place of what was there. */
struct seen {
	struct digest what;
	uint64_t user; /* whose, to be forgotten by */
	int64_t until;
};

/* A bucket of failures that leaks with time. */
struct bucket {
	struct digest who;
	uint64_t level;
	int64_t at;
};

struct auth_guard {
	uint8_t key[DIGEST_SIZE];
	uint32_t failures, period;
	struct seen *right, *wrong, *known;
	struct bucket *network, *pair;
};

/* ---- digests ---- */

static void
add_field(struct buf *b, struct span s)
{
	uint32_t n = (uint32_t)s.n;

	buf_add(b, &n, sizeof(n));
	buf_add_span(b, s);
}

static struct digest
digest(const struct auth_guard *g, char kind, struct span a, struct span b,
    struct span c)
{
	struct buf text = { 0 };
	struct digest d;

	buf_addc(&text, kind);
	add_field(&text, a);
	add_field(&text, b);
	add_field(&text, c);
	if (HMAC(EVP_sha256(), g->key, sizeof(g->key),
		(unsigned char *)text.data, text.len, d.b, NULL) == NULL)
		abort();
	buf_wipe(&text);
	return d;
}

static uint64_t
number_of(const struct digest *d)
{
	uint64_t n;

	memcpy(&n, d->b, sizeof(n));
	return n;
}

static uint64_t
user_number(const struct auth_guard *g, struct span user)
{
	struct digest d = digest(g, 'u', user, SPAN_LIT(""), SPAN_LIT(""));

	return number_of(&d);
}

/* What shares a count of failures: an IPv6 customer has a /64 at least. */
static struct span
network_of(const char *peer, char out[INET6_ADDRSTRLEN + 2])
{
	struct span s = span_str(peer);
	struct in6_addr a;

	if (s.n < 2 || s.p[0] != '[' || s.n - 2 >= INET6_ADDRSTRLEN)
		return s;
	memcpy(out, s.p + 1, s.n - 2);
	out[s.n - 2] = '\0';
	if (inet_pton(AF_INET6, out, &a) != 1)
		return s;
	memcpy(out, a.s6_addr, 8);
	return span_of(out, 8);
}

static struct digest
digest_of(const struct auth_guard *g, char kind, const struct auth_try *t)
{
	char space[INET6_ADDRSTRLEN + 2];
	struct span net = network_of(t->peer, space);

	switch (kind) {
	case 'r': /* right, from wherever */
		return digest(g, kind, t->user, t->password, SPAN_LIT(""));
	case 'w': /* wrong from there */
		return digest(g, kind, t->user, t->password, net);
	case 'k': /* known there; also the name of the pair's bucket */
		return digest(g, kind, t->user, net, SPAN_LIT(""));
	default: /* the network */
		return digest(g, kind, net, SPAN_LIT(""), SPAN_LIT(""));
	}
}

static bool
shown(const struct auth_try *t)
{
	return t->password.n > 0;
}

/* ---- what was seen ---- */

static bool
has(const struct seen *table, const struct digest *d, int64_t now)
{
	const struct seen *s = &table[number_of(d) % SLOTS];

	return s->until > now && memcmp(&s->what, d, sizeof(*d)) == 0;
}

static void
note(const struct auth_guard *g, struct seen *table, const struct digest *d,
    struct span user, int64_t until)
{
	struct seen *s = &table[number_of(d) % SLOTS];

	s->what = *d;
	s->user = user_number(g, user);
	s->until = until;
}

static void
forget(struct seen *table, uint64_t user)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (table[i].user == user)
			table[i].until = 0;
	}
}

/* ---- failures ---- */

static void
leak(const struct auth_guard *g, struct bucket *b, int64_t now)
{
	uint64_t elapsed = (uint64_t)(now - b->at), leaked;

	if (elapsed > g->period)
		elapsed = g->period;
	leaked = elapsed * FAILURE * g->failures / g->period;
	if (leaked == 0)
		return;
	b->level -= leaked < b->level ? leaked : b->level;
	b->at = now;
}

/*
 * The bucket named d.  A newcomer gets the emptiest of the places it may be
 * in, with the level that is in it: so nobody gets rid of a full bucket by
 * having it pushed out.
 */
static struct bucket *
find_bucket(const struct auth_guard *g, struct bucket *table,
    const struct digest *d, int64_t now)
{
	struct bucket *set = &table[number_of(d) % (SLOTS / WAYS) * WAYS];
	struct bucket *emptiest = set;

	for (struct bucket *b = set; b < set + WAYS; b++) {
		leak(g, b, now);
		if (memcmp(&b->who, d, sizeof(*d)) == 0)
			return b;
		if (b->level < emptiest->level)
			emptiest = b;
	}
	emptiest->who = *d;
	emptiest->at = now;
	return emptiest;
}

/* The pair's where it has one, else the network's. */
static struct bucket *
bucket_of(const struct auth_guard *g, const struct auth_try *t, int64_t now,
    bool *known)
{
	struct digest pair = digest_of(g, 'k', t);
	struct digest network = digest_of(g, 'n', t);

	*known = has(g->known, &pair, now);
	if (*known)
		return find_bucket(g, g->pair, &pair, now);
	return find_bucket(g, g->network, &network, now);
}

static void
take_back(const struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	bool known;
	struct bucket *b = bucket_of(g, t, now, &known);

	b->level -= b->level < FAILURE ? b->level : FAILURE;
}

/* ---- the rules ---- */

struct auth_guard *
auth_guard_new(uint32_t failures, uint32_t period)
{
	struct auth_guard *g = xcalloc(1, sizeof(*g));

	if (getrandom(g->key, sizeof(g->key), 0) != sizeof(g->key))
		abort();
	g->right = xcalloc(SLOTS, sizeof(*g->right));
	g->wrong = xcalloc(SLOTS, sizeof(*g->wrong));
	g->known = xcalloc(SLOTS, sizeof(*g->known));
	g->network = xcalloc(SLOTS, sizeof(*g->network));
	g->pair = xcalloc(SLOTS, sizeof(*g->pair));
	auth_guard_configure(g, failures, period);
	return g;
}

void
auth_guard_free(struct auth_guard *g)
{
	if (g == NULL)
		return;
	free(g->right);
	free(g->wrong);
	free(g->known);
	free(g->network);
	free(g->pair);
	explicit_bzero(g, sizeof(*g));
	free(g);
}

void
auth_guard_configure(struct auth_guard *g, uint32_t failures, uint32_t period)
{
	g->failures = failures > 0 ? failures : 1;
	g->period = period > 0 ? period : 1;
}

enum auth_guess
auth_guard_ask(struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	struct digest right = digest_of(g, 'r', t);
	struct digest wrong = digest_of(g, 'w', t);
	struct bucket *b;
	bool known;

	if (shown(t) && has(g->right, &right, now))
		return AUTH_RIGHT;
	if (shown(t) && has(g->wrong, &wrong, now))
		return AUTH_REPEATED;
	b = bucket_of(g, t, now, &known);
	if (b->level + FAILURE > (uint64_t)g->failures * FAILURE)
		return AUTH_BLOCKED;
	b->level += FAILURE;
	return known ? AUTH_CHECK_FIRST : AUTH_CHECK;
}

void
auth_guard_right(struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	struct digest right = digest_of(g, 'r', t);
	struct digest known = digest_of(g, 'k', t);

	take_back(g, t, now);
	if (shown(t))
		note(g, g->right, &right, t->user, now + AUTH_RIGHT_SECONDS);
	note(g, g->known, &known, t->user, now + KNOWN_SECONDS);
}

void
auth_guard_wrong(struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	struct digest wrong = digest_of(g, 'w', t);

	if (!shown(t))
		return;
	/* Of several with the same password under way, one counts. */
	if (has(g->wrong, &wrong, now))
		take_back(g, t, now);
	note(g, g->wrong, &wrong, t->user, now + AUTH_WRONG_SECONDS);
}

void
auth_guard_void(struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	take_back(g, t, now);
}

unsigned
auth_guard_delay(struct auth_guard *g, const struct auth_try *t, int64_t now)
{
	bool known;
	uint64_t ms = bucket_of(g, t, now, &known)->level / (FAILURE / DELAY_STEP);

	if (ms < DELAY_STEP)
		return DELAY_STEP;
	return ms < AUTH_DELAY_MAX ? (unsigned)ms : AUTH_DELAY_MAX;
}

void
auth_guard_forget(struct auth_guard *g, struct span user)
{
	uint64_t n = user_number(g, user);

	forget(g->right, n);
	forget(g->wrong, n);
}
