/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_OUT_JSON_H
#define MAILCTL_OUT_JSON_H

#include <jansson.h>

#include "out.h"

/*
 * For the commands whose JSON is more than rows.
 */

/* One object on one line. */
void out_json_print(struct out *o, const json_t *j);
/* Bytes as a string, made UTF-8 where they are not. */
json_t *out_json_string(struct span s);

#endif
