/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_H
#define MAILD_IMAP_H

#include "session.h"

/*
 * A logged-in IMAP session (RFC 3501).  It begins with the tagged OK of the
 * command that logged in (session_start.tag); what may be said before that is
 * the front role's.
 *
 *	imap.c           the session: reads commands, runs them, replies
 *	imap_command.c   the table of commands
 *	imap_state.h     what they share
 *	imap_tell.c      what others did to the selected mailbox
 *	imap_<command>.c one command or a close family each
 */
extern const struct session_proto imap_proto;

#endif
