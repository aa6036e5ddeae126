/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_OUT_H
#define MAILCTL_OUT_H

#include <stdio.h>

#include "buf.h"
#include "pager.h"

/*
 * What a command prints on standard output: rows of typed cells, as a table
 * for people, as TSV, or as one JSON object a row.  A command says once what
 * its columns are and then fills rows; how they look is decided here.
 *
 * Text: header, aligned, cut to the terminal's width, relative times, sizes
 * as 1.5K.  TSV: no header, never cut; tab, newline, return and backslash are
 * escaped.  JSON: every object has "v":1.  No control characters in any.
 */
enum out_mode { OUT_TEXT, OUT_TSV, OUT_JSON };

enum out_kind {
	OUT_STRING,
	OUT_NUMBER,
	OUT_SIZE, /* bytes */
	OUT_TIME, /* seconds since 1970; INT64_MIN: none */
	OUT_LIST, /* words; a JSON array, else joined by commas */
	OUT_BOOL,
};

struct out_column {
	const char *name; /* of the JSON member; in capitals, of the header */
	enum out_kind kind;
	bool wide; /* takes what room is left, and is cut first */
};

struct out_format;

struct out {
	enum out_mode mode;
	FILE *file;
	bool terminal, colour;
	const char *user; /* stands in a first column, "user"; NULL: none */
	struct out *whole; /* rows go there, as a part of it; NULL: no part */
	size_t width; /* of the terminal; 0: unlimited */
	int64_t now;  /* what relative times are relative to */
	bool page;    /* through a pager, from out_page() on */
	/* private */
	const struct out_format *format;
	const struct out_column *column;
	struct out_column *own; /* with the user's */
	size_t ncolumns, at;
	void *state;
	struct pager pager;
};

/* Text on a terminal, else TSV; or JSON. */
void out_init(struct out *o, FILE *file, bool json);
/* A part of whole, which has the user's rows. */
void out_init_part(struct out *o, struct out *whole, const char *user);

/* Something is about to be printed: begin the pager where o->page says so.
 * out_begin() does it, too. */
void out_page(struct out *o);
/* Whoever reads has left: what is printed now is lost. */
bool out_left(const struct out *o);

/* columns is borrowed until out_end(). */
void out_begin(struct out *o, const struct out_column *columns, size_t n);
/* One cell after the other, of the kind of its column; the row ends with the
 * last one. */
void out_str(struct out *o, struct span s);
void out_num(struct out *o, uint64_t n);
void out_time(struct out *o, int64_t sec);
void out_bool(struct out *o, bool b);
void out_list(struct out *o, const struct span *word, size_t n);
void out_end(struct out *o);
/* Behind the last part, where there was any. */
void out_end_whole(struct out *o);

/* All has been written, and the user has left the pager; false: the disk is
 * full, or the like. */
bool out_flush(struct out *o);

#endif
