/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SRS_H
#define MAILPROTO_SRS_H

#include "buf.h"

/*
 * The Sender Rewriting Scheme: the address that a message gets as its sender
 * when it is passed on, so that who asks for SPF (RFC 7208) asks of the domain
 * that passes it on.
 *
 *	SRS0=HHHHHHHH=TT=example.org=ann@forwarder.example
 *	SRS1=HHHHHHHH=first.example==HHHH=TT=example.org=ann@second.example
 *
 * H is a keyed digest, TT the day; letters may change their case on the way.
 * A second forwarder keeps what the first one wrote behind "SRS0".
 */
#define SRS_KEY_SIZE 32
#define SRS_DAYS     21         /* that an address can be answered */
#define SRS_MAX      ((size_t)254) /* bytes of an address */

/* Append the sender as domain has it; now: seconds since 1970.  -1: it cannot be
 * rewritten (it is empty, quoted or too long), nothing is appended. */
int srs_forward(struct buf *out, const unsigned char *key, struct span sender,
    const char *domain, int64_t now);

/* The address that a local part stands for.  -1: it is none of ours, or too
 * old; nothing is appended. */
int srs_reverse(struct buf *out, const unsigned char *key, struct span local,
    int64_t now);

#endif
