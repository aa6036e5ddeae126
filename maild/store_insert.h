/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_INSERT_H
#define MAILD_STORE_INSERT_H

#include "store_acl.h"

/*
 * Putting rows at the end of a mailbox, in a step on its partition: begin, add
 * for each row, end.  UIDs and the MODSEQ are given out here and nowhere else.
 */
struct store_insert {
	struct store_op *op;
	struct engine_txn *txn;
	struct engine_part part;
	const struct store_mailbox *mailbox; /* its user's flags are kept as
					      * far as it may set them */
	struct seqset seen; /* UIDs, of a guest */
	struct store_head head;
	struct store_kwlist keywords;
	struct store_page page; /* the last one, as it grows */
	unsigned columns;       /* of it that are to be written */
};

struct store_row {
	uint64_t flags;
	uint64_t keyword[STORE_KW_WORDS]; /* by index in the target */
	uint64_t size;                    /* with the prefix */
	struct mail_date date;
	int64_t saved, sent;
	uint64_t blob;
	struct span prefix;
};

enum engine_status store_insert_begin(struct store_insert *in,
    struct store_op *op, struct engine_txn *txn,
    const struct store_mailbox *mailbox);
/* The index of a keyword, made where it is missing; -1: op is refused. */
int store_insert_keyword(struct store_insert *in, struct span name);
enum engine_status store_insert_row(struct store_insert *in,
    const struct store_row *row, uint32_t *uid);
/* Also after a failure: st is the status so far. */
enum engine_status store_insert_end(struct store_insert *in,
    enum engine_status st);

#endif
