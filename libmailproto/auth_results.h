/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_AUTH_RESULTS_H
#define MAILPROTO_AUTH_RESULTS_H

#include "buf.h"

/*
 * Authentication-Results (RFC 8601), as far as a server has to know it that
 * takes mail from the world.
 */

/* Whether the field says of itself that the server of that name has written
 * it: value is what stands behind its colon.  ASCII case and comments are
 * ignored (section 2.2). */
bool auth_results_by(struct span value, const char *authserv_id);

/* Append header without the fields of that kind: from elsewhere they are
 * forged (section 5).  All else stays as it is. */
void auth_results_strip(struct buf *out, struct span header,
    const char *authserv_id);

#endif
