/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_CHECK_H
#define MAILD_CONF_CHECK_H

#include "conf.h"

/*
 * What a configuration names, looked for on this machine: certificate and key,
 * folders, the user, the addresses and ports.  One line each goes to report;
 * returns the number of problems.
 */
unsigned conf_check(const struct conf *c, struct buf *report);

#endif
