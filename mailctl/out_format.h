/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_OUT_FORMAT_H
#define MAILCTL_OUT_FORMAT_H

#include "out.h"

/*
 * A way to write rows; for out*.c only.
 */
struct out_cell {
	struct span text; /* OUT_STRING */
	uint64_t number;  /* OUT_NUMBER, OUT_SIZE, OUT_BOOL */
	int64_t time;
	const struct span *word;
	size_t nwords;
};

struct out_format {
	void (*begin)(struct out *o);
	/* Each cell of a row in turn; o->at is its column. */
	void (*cell)(struct out *o, const struct out_cell *cell);
	void (*end_row)(struct out *o);
	void (*end)(struct out *o);
};

extern const struct out_format out_text, out_tsv, out_json;

#endif
