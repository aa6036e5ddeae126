/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_DKIM_H
#define MAILD_STORE_DKIM_H

#include "dkim_key.h"
#include "store.h"

/*
 * The keys that sign the mail of a domain (RFC 6376): of each algorithm one
 * that signs, and one that is to follow it once its DNS record is known.
 */
#define STORE_DKIM_KEYS       (2 * DKIM_ALGORITHMS)
#define STORE_DKIM_DOMAIN_MAX 253
#define STORE_SELECTOR_MAX    63
#define STORE_DKIM_KEY_MAX    4096 /* bytes, PKCS #8 */

struct store_dkim_key {
	enum dkim_algorithm algorithm;
	bool next; /* it does not sign yet */
	int64_t created;
	struct span selector, der; /* live until store_end() */
};

struct store_dkim {
	char domain[STORE_DKIM_DOMAIN_MAX + 1]; /* ASCII, lower case */
	struct store_dkim_key key[STORE_DKIM_KEYS];
	size_t n;
};

/* domain as a host's name, in any case, else STORE_CANNOT.  Between
 * store_begin() and store_end(). */
enum store_status store_dkim_find(struct store *st, struct span domain,
    struct store_dkim *out);
/* In the order of their domains; fn returns false to stop. */
enum store_status store_dkim_each(struct store *st,
    bool (*fn)(void *arg, const struct store_dkim *d), void *arg);

enum store_dkim_op {
	STORE_DKIM_ADD,    /* the first keys; they sign at once */
	STORE_DKIM_NEXT,   /* those that are to follow */
	STORE_DKIM_SWITCH, /* these sign from now on, the former ones go */
	STORE_DKIM_REMOVE, /* all */
};

/* Keys (of ADD and NEXT) with algorithm, created, selector and der.
 * STORE_ALREADYEXISTS: there are such; STORE_NONEXISTENT: there are none to
 * follow, to switch to or to remove. */
void store_dkim_change(struct store *st, struct span domain,
    enum store_dkim_op op, const struct store_dkim_key *key, size_t n,
    store_done done, void *arg);

#endif
