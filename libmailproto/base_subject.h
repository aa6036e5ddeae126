/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_BASE_SUBJECT_H
#define MAILPROTO_BASE_SUBJECT_H

#include "buf.h"

/*
 * Append the base subject (RFC 5256 section 2.1) of a Subject, decoded: without
 * "Re:", "Fwd:", "(fwd)", "[list]" and what else gathers around it.  True: it is
 * that of a reply or forward.  The time is linear.
 */
bool base_subject(struct buf *out, struct span subject);

#endif
