/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_READ_H
#define MAILD_CONF_READ_H

#include "scfg.h"

/*
 * The texts that make a configuration, and the directives in them in order,
 * those of included files where the "include" stood.  A zeroed one is empty.
 */
struct conf_text;

struct conf_input {
	struct scfg_block block;
	struct conf_text **text;
	size_t ntexts;
	size_t size; /* bytes of all texts */
};

void conf_input_file(struct conf_input *in, const char *path,
    struct scfg_errors *e);
void conf_input_text(struct conf_input *in, const char *name,
    struct span text, struct scfg_errors *e);
/* Drop the directives, keep the texts that errors point into. */
void conf_input_next(struct conf_input *in);
void conf_input_clear(struct conf_input *in);

#endif
