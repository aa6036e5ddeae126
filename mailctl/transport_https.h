/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_TRANSPORT_HTTPS_H
#define MAILCTL_TRANSPORT_HTTPS_H

#include "buf.h"

/*
 * A document by HTTPS, from a server whose certificate is verified; where it
 * redirects, too.  Appended to *out, within its limit.  False: there is none.
 */
bool transport_https_get(const char *url, const char *ca_file,
    struct buf *out);

#endif
