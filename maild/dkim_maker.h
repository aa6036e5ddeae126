/* SPDX-License-Identifier: ISC */
#ifndef MAILD_DKIM_MAKER_H
#define MAILD_DKIM_MAKER_H

#include "dkim_key.h"

/*
 * A thread that makes the keys that sign mail: for RSA that takes up to a
 * second, for which no session is to wait.
 */
#define DKIM_MAKER_QUEUE 16 /* jobs waiting */

struct dkim_maker;

/* wake is called from the thread; dkim_maker_dispatch() on the caller's then
 * runs what is done.  NULL: no thread can be started. */
struct dkim_maker *dkim_maker_new(void (*wake)(void *), void *wake_arg);
void dkim_maker_dispatch(struct dkim_maker *m);
/* Jobs that are not done get a der of NULL.  NULL is fine. */
void dkim_maker_free(struct dkim_maker *m);

/* A key of each algorithm, by its number, in PKCS #8, DER; secrets, which are
 * wiped when this returns. */
typedef void (*dkim_maker_done)(void *arg, const struct buf *der);
/* False: too many wait. */
bool dkim_maker_submit(struct dkim_maker *m, dkim_maker_done done, void *arg);

#endif
