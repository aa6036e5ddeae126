/* SPDX-License-Identifier: ISC */
#ifndef MAILD_MASTER_ROLE_H
#define MAILD_MASTER_ROLE_H

/* The descriptors that a role is started with, behind 0, 1 and 2. */
#define ROLE_MASTER_FD 3 /* its channel to master */
#define ROLE_LOCK_FD   4 /* keeps state_dir locked while it lives */

#endif
