/* SPDX-License-Identifier: ISC */
#ifndef TESTS_IMAP_WORLD_H
#define TESTS_IMAP_WORLD_H

#include "imap.h"
#include "mail_world.h"

/* Peer i, logged in to IMAP. */
static inline void
world_login(struct world *w, size_t i, const char *user)
{
	const struct session_start start = { .id = i, .peer = "192.0.2.1",
		.local = "143", .tls = "", .user = user, .helo = "",
		.tag = "in" };

	world_connect(w, i, &imap_proto, &start);
}

#endif
