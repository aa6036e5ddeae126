/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_RELOAD_H
#define MAILD_CONF_RELOAD_H

#include "conf.h"

/*
 * What a running server can make of a new configuration: next's value of each
 * setting that reload applies, running's of the others.  kept is told the name
 * of each of those that differ ("listen", "log.file").  NULL, with errors
 * filled: the two do not make a whole.
 */
struct conf *conf_reload(const struct conf *running, const struct conf *next,
    void (*kept)(void *arg, const char *setting), void *arg,
    struct buf *errors);

#endif
