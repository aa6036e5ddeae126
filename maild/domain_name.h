/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DOMAIN_NAME_H
#define MAILD_DOMAIN_NAME_H

#include "buf.h"

/* Append the ASCII form of a domain, its A-labels (RFC 5890); false: it has
 * none. */
bool domain_name_ascii(struct buf *out, const char *domain);

#endif
