/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_TABLE_IMPL_H
#define MAILD_CONF_TABLE_IMPL_H

#include "conf_table.h"

/*
 * The tables that conf_table.c joins, one for each block; a setting with no
 * name ends each.
 *
 *	conf_table_server.c   top level, server, tls, log
 *	conf_table_auth.c     auth
 *	conf_table_limits.c   quota, limits, proxy
 *	conf_table_inbound.c  inbound
 *	conf_table_relay.c    relay, queue
 *
 * To add a setting: a field in struct conf, an entry in one of these, and
 * "make check" with CONF_DOC_WRITE=1 to have the sample and the manual page say
 * so, too.  A new block is a table here and a line in conf_table.c.
 */
extern const struct conf_setting conf_table_top[], conf_table_server[],
    conf_table_tls[], conf_table_auth[], conf_table_log[], conf_table_quota[],
    conf_table_limits[], conf_table_proxy[], conf_table_inbound[],
    conf_table_relay[], conf_table_queue[];

#define FIELD(f) .field = #f, .offset = offsetof(struct conf, f)
#define END      { .name = NULL }

#define KB ((uint64_t)1 << 10)
#define MB ((uint64_t)1 << 20)
#define GB ((uint64_t)1 << 30)
#define TB ((uint64_t)1 << 40)

#endif
