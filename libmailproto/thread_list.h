/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_THREAD_LIST_H
#define MAILPROTO_THREAD_LIST_H

#include "imap_parse.h"

/*
 * What a THREAD response holds (RFC 5256 section 4, thread-list): "(2)(3 6 (4
 * 23)(44 7 96))".
 */
#define THREAD_LIST_DEPTH_MAX 1000 /* of parentheses */

/*
 * Call fn for each message in the order in which they stand; depth counts
 * those above it in its thread.  The cursor is behind the word.  -1: bad
 * syntax; fn may have been called.
 */
int thread_list_read(struct imap_cursor c,
    void (*fn)(void *arg, uint32_t number, uint32_t depth), void *arg);

#endif
