/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_OPT_H
#define MAILCTL_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * Options of commands: "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE",
 * and flags together as in "-ti".  They may stand behind operands; "--" ends
 * them, and "-" alone is an operand.
 */
enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_STRING, /* const char * */
	OPT_NUMBER, /* uint32_t */
	OPT_LIST,   /* struct opt_list: may be given again */
	OPT_IGNORE, /* takes a value and forgets it */
};

#define OPT_LIST_MAX 1000

struct opt_list {
	const char **value; /* borrowed from argv; the array is ours */
	size_t len;
};

struct opt {
	char letter;      /* 0: has none */
	const char *name; /* NULL: has none */
	enum opt_kind kind;
	void *value;
	const char *arg;  /* what it is called in help; NULL for flags */
	const char *help; /* NULL: not shown */
};

/*
 * Take the options of tables out of argv, which then holds argc operands.
 * tables ends with NULL, each table with an entry without letter and name.
 * -1: what is wrong stands in *err.
 */
int opt_parse(const struct opt *const *tables, int *argc, char **argv,
    struct buf *err);

/* Append a line for each option that has help. */
void opt_help(struct buf *out, const struct opt *table);

void opt_list_add(struct opt_list *l, const char *value);
void opt_list_free(struct opt_list *l);

#endif
