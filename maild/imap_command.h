/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_COMMAND_H
#define MAILD_IMAP_COMMAND_H

#include "imap_state.h"

/*
 * What the dispatcher has to know of a command.
 */
enum imap_command_flags {
	IMAP_MAILBOX = 1,  /* a mailbox must be selected … */
	IMAP_WRITES = 2,   /* … and not read-only */
	IMAP_NUMBERS = 4,  /* takes message numbers: while it waits in the input,
			    * the command before it tells no EXPUNGE */
	IMAP_KEEPS = 8,    /* never tells EXPUNGE itself, but as a UID command
			    * (RFC 3501 section 7.4.1) */
	IMAP_QUIET = 16,   /* tells no changes at all */
	IMAP_UID_TOO = 32, /* may stand behind "UID" */
	IMAP_KEYS = 64,    /* takes search keys, and by them message numbers even
			    * then */
};

struct imap_command {
	const char *name;
	const struct imap_handler *handler;
	unsigned flags;
};

/* NULL: unknown. */
const struct imap_command *imap_command_find(struct span name);
/* The command that s, unread input, begins with, UID ignored; NULL: unknown, or
 * its name is not all there. */
const struct imap_command *imap_command_peek(struct span s, bool *uid);

extern const struct imap_handler imap_setacl;      /* imap_acl.c */
extern const struct imap_handler imap_deleteacl;
extern const struct imap_handler imap_getacl;
extern const struct imap_handler imap_listrights;
extern const struct imap_handler imap_myrights;
extern const struct imap_handler imap_append;      /* imap_append.c */
extern const struct imap_handler imap_replace;
extern const struct imap_handler imap_capability;  /* imap_basic.c */
extern const struct imap_handler imap_noop;
extern const struct imap_handler imap_logout;
extern const struct imap_handler imap_namespace;
extern const struct imap_handler imap_id;
extern const struct imap_handler imap_compress;
extern const struct imap_handler imap_late;
extern const struct imap_handler imap_unauthenticate;
extern const struct imap_handler imap_comparator;  /* imap_comparator.c */
extern const struct imap_handler imap_cancelupdate; /* imap_context.c */
extern const struct imap_handler imap_copy;        /* imap_copy.c */
extern const struct imap_handler imap_move;
extern const struct imap_handler imap_enable;      /* imap_enable.c */
extern const struct imap_handler imap_esearch;     /* imap_esearch.c */
extern const struct imap_handler imap_expunge;     /* imap_expunge.c */
extern const struct imap_handler imap_close;
extern const struct imap_handler imap_fetch;       /* imap_fetch.c */
extern const struct imap_handler imap_idle;        /* imap_idle.c */
extern const struct imap_handler imap_list;        /* imap_list.c */
extern const struct imap_handler imap_lsub;
extern const struct imap_handler imap_create;      /* imap_mailbox.c */
extern const struct imap_handler imap_delete;
extern const struct imap_handler imap_rename;
extern const struct imap_handler imap_subscribe;
extern const struct imap_handler imap_unsubscribe;
extern const struct imap_handler imap_getmetadata; /* imap_metadata.c */
extern const struct imap_handler imap_setmetadata; /* imap_setmetadata.c */
extern const struct imap_handler imap_notify;      /* imap_notify.c */
extern const struct imap_handler imap_getquota;    /* imap_quota.c */
extern const struct imap_handler imap_getquotaroot;
extern const struct imap_handler imap_setquota;
extern const struct imap_handler imap_search;      /* imap_search.c */
extern const struct imap_handler imap_sort;        /* imap_sort.c */
extern const struct imap_handler imap_thread;      /* imap_thread.c */
extern const struct imap_handler imap_select;      /* imap_select.c */
extern const struct imap_handler imap_examine;
extern const struct imap_handler imap_unselect;
extern const struct imap_handler imap_status;      /* imap_status.c */
extern const struct imap_handler imap_store;       /* imap_store.c */

/* Whether the literal that a command has got to is a message of APPEND or
 * REPLACE, which it takes as a stream: for struct imap_frame. */
bool imap_append_wants(void *arg, struct span so_far);

#endif
