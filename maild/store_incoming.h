/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_INCOMING_H
#define MAILD_STORE_INCOMING_H

#include "store_impl.h"

struct mime_parser;

/* What a preview is made of. */
#define STORE_START ENGINE_START_MAX

struct store_message {
	struct store *st;
	struct engine_blob *blob;
	struct mime_parser *mime; /* until it is finished */
	void (*drained)(void *arg);
	void *arg;
	bool finished;
	enum store_status status; /* of finish */
	uint64_t id;              /* of Message-ID, as in sort_keys.h */
	int64_t sent;             /* what Date says … */
	bool has_date;            /* … where it says something */
	struct buf start;         /* its first STORE_START bytes */
};

#endif
