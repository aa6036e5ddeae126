/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_DSN_PARAM_H
#define MAILPROTO_DSN_PARAM_H

#include "buf.h"

/*
 * The parameters by which a sender asks for delivery status notifications
 * (RFC 3461 section 4).
 */
#define DSN_ENVID_MAX 100 /* RFC 3461 section 4.4 */
#define DSN_ORCPT_MAX 500 /* RFC 3461 section 4.2 */

enum dsn_notify { /* bits of NOTIFY; 0: it was not given */
	DSN_NOTIFY_NEVER = 1,
	DSN_NOTIFY_SUCCESS = 2,
	DSN_NOTIFY_FAILURE = 4,
	DSN_NOTIFY_DELAY = 8,
};

enum dsn_ret {
	DSN_RET_DEFAULT, /* not given */
	DSN_RET_FULL,
	DSN_RET_HDRS,
	DSN_RETS
};

/* -1: no value of NOTIFY, of RET. */
int dsn_notify_parse(struct span s, unsigned *out);
int dsn_ret_parse(struct span s, enum dsn_ret *out);
/* Whether s may be the value of ENVID (xtext), of ORCPT ("rfc822;" and xtext;
 * "utf-8;" and an address in UTF-8 or an encoding of it, RFC 6533). */
bool dsn_envid_ok(struct span s);
bool dsn_orcpt_ok(struct span s);

/* Append " NOTIFY=…"; " RET=…"; nothing for what was not given. */
void dsn_notify_write(struct buf *out, unsigned notify);
void dsn_ret_write(struct buf *out, enum dsn_ret ret);
/* Append s as xtext. */
void dsn_xtext_encode(struct buf *out, struct span s);

#endif
