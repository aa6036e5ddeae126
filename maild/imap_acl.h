/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_ACL_H
#define MAILD_IMAP_ACL_H

#include "imap_state.h"

/* Append a MYRIGHTS response (RFC 4314 section 3.8). */
void imap_write_myrights(struct imap *im, struct span name, unsigned rights);

#endif
