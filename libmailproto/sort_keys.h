/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SORT_KEYS_H
#define MAILPROTO_SORT_KEYS_H

#include "buf.h"

/*
 * What SORT and THREAD compare of a message (RFC 5256, RFC 5957), made once.
 * Texts are decoded and folded (casefold.h), so that the order of their bytes
 * is theirs; of longer ones the beginning counts.
 */
#define SORT_KEY_MAX  1024 /* bytes of one */
#define SORT_REFS_MAX 100  /* of more the first and the last ones count */

enum sort_text {
	SORT_SUBJECT, /* the base subject */
	SORT_CC,      /* local part of the first address */
	SORT_FROM,
	SORT_DISPLAYFROM,
	SORT_TO,
	SORT_DISPLAYTO,
	SORT_TEXTS
};

struct sort_keys {
	struct span text[SORT_TEXTS];
	bool reply;       /* by its subject it is a reply or forward */
	uint64_t id;      /* message_id_hash() of Message-ID; 0: it has none */
	struct span refs; /* those it refers to, packed, the oldest first */
};

/* Append those of a message with that header. */
void sort_keys_pack(struct buf *out, struct span header);
/* Spans are of s.  -1: damage. */
int sort_keys_parse(struct span s, struct sort_keys *out);

size_t sort_keys_nrefs(const struct sort_keys *k);
uint64_t sort_keys_ref(const struct sort_keys *k, size_t i);

#endif
