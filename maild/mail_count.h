/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MAIL_COUNT_H
#define MAILD_MAIL_COUNT_H

#include <stdbool.h>
#include <stddef.h>

/* Open sessions by user; may be called from any thread. */
struct mail_count;

struct mail_count *mail_count_new(void);
void mail_count_free(struct mail_count *c);

/* One more; false: the user has max already. */
bool mail_count_add(struct mail_count *c, const char *user, size_t max);
/* One less. */
void mail_count_drop(struct mail_count *c, const char *user);

#endif
