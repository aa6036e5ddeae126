/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_NOTIFY_H
#define MAILD_IMAP_NOTIFY_H

#include "imap_state.h"

/*
 * NOTIFY (RFC 5465): what a client wants to hear of, at any time.
 *
 *	imap_notify.c        the command
 *	imap_notify_names.c  names of mailboxes: made, removed, subscribed …
 *	imap_notify_boxes.c  mailboxes that are not selected: STATUS, METADATA
 *	imap_notify_run.c    telling it; the selected mailbox
 *
 * Nothing is polled: the store's watches say that something may have changed,
 * and what has is found by comparing with what was told before.
 */
#define NOTIFY_BOXES_MAX  1000 /* that are watched */
#define NOTIFY_OWNERS_MAX 64   /* whose shared mailboxes are heard of at once */
#define NOTIFY_GROUPS_MAX 100
#define NOTIFY_NAMES_MAX  1000           /* of a command */
#define NOTIFY_TOLD_MAX   250            /* names that may change at once */
#define NOTIFY_ROOM       ((size_t)8192) /* more than one mailbox's answers */

enum notify_event {
	NOTIFY_NEW = 1,
	NOTIFY_EXPUNGE = 2,
	NOTIFY_FLAGS = 4,
	NOTIFY_NAME = 8,
	NOTIFY_SUBSCRIPTION = 16,
	NOTIFY_METADATA = 32,
	NOTIFY_SERVER = 64,
};
#define NOTIFY_MESSAGES (NOTIFY_NEW | NOTIFY_EXPUNGE | NOTIFY_FLAGS)

enum notify_filter {
	NOTIFY_SELECTED,
	NOTIFY_DELAYED,
	NOTIFY_PERSONAL, /* "inboxes", too: mail goes to any of them */
	NOTIFY_SUBSCRIBED,
	NOTIFY_SUBTREE,
	NOTIFY_MAILBOXES,
};

struct notify_group {
	enum notify_filter filter;
	unsigned events;
	size_t first, count; /* of names */
};

/* A name as it was told last. */
struct notify_name {
	size_t off, len; /* in text */
	uint64_t id;     /* 0: there is no mailbox */
	struct store_mailbox mailbox;
	bool subscribed, children, shared, was_inbox;
	unsigned use;
};

struct notify_names {
	struct buf text;
	struct notify_name *name;
	size_t len, cap;
};

struct imap_notify;

/* A mailbox that is watched; of the server, id is 0. */
struct notify_box {
	struct imap_notify *n;
	struct store_mailbox mailbox;
	char *name;
	unsigned events;
	bool dirty, wanted;
	struct engine_watch *watch;
	struct store_counts counts; /* as told */
	struct buf annots;          /* names and hashes of annotations */
};

struct imap_notify {
	struct imap *im;
	unsigned selected; /* events of the selected mailbox */
	bool delayed;
	struct buf fetch; /* "(UID …)", of new messages there */
	struct notify_group *group;
	size_t ngroups;
	struct notify_names wanted; /* names in groups; only text is used */
	/* Something may have changed: */
	bool names_dirty, boxes_dirty, selected_dirty;
	bool telling; /* of the selected mailbox, not all is written yet */
	struct notify_names names;
	struct engine_watch *root;
	struct notify_owner {
		uint64_t id;
		struct engine_watch *watch;
	} owner[NOTIFY_OWNERS_MAX];
	size_t nowners;
	struct notify_box **box; /* by mailbox id */
	size_t nboxes;
	uint64_t selected_id;
	struct engine_watch *selected_watch;
	uint32_t next_uid; /* that has not been fetched there */
	char *own[2];      /* names that this session has changed itself */
};

/* ---- imap_notify_run.c ---- */

enum notify_result {
	NOTIFY_DONE,
	NOTIFY_WAIT, /* there is no room */
	NOTIFY_BUSY, /* messages are being fetched as a command of its own */
	NOTIFY_GONE, /* the selected mailbox is */
};

/* Tell what there is to be told, between commands or (idle) during IDLE; that
 * is what NOTIFY and, of new messages, kept searches ask for. */
enum notify_result imap_notify_run(struct imap *im, bool idle);
/* Whether the command in hand tells of the selected mailbox. */
bool imap_notify_tells(const struct imap *im);
/* It has taken the changes: drop those that are not wanted. */
void imap_notify_filter(struct imap *im);
/* The command in hand has changed the mailboxes in cmd.name by itself. */
void imap_notify_own(struct imap *im);
/* And so the annotations of the first of them. */
void imap_notify_annotated(struct imap *im);
/* As if NOTIFY had never been said. */
void imap_notify_clear(struct imap *im);
void notify_overflow(struct imap_notify *n);

/* ---- imap_notify_names.c ---- */

/* The events that groups ask for of that name. */
unsigned notify_events(const struct imap_notify *n,
    const struct notify_names *names, const struct notify_name *name);
struct span notify_name_at(
    const struct notify_names *names, const struct notify_name *name);
enum store_status
notify_names_read(struct imap_notify *n, struct notify_names *out);
void notify_names_clear(struct notify_names *names);
/* Read the names anew and tell how they differ.  False: too many do. */
bool notify_names_update(struct imap_notify *n);

/* ---- imap_notify_boxes.c ---- */

/* Watch what groups ask for of n->names.  False: that is too much. */
bool notify_boxes_choose(struct imap_notify *n);
/* Tell what has happened to them, as there is room. */
void notify_boxes_update(struct imap_notify *n);
/* STATUS of all, as NOTIFY SET STATUS wants it; and \NoAccess. */
void notify_boxes_describe(struct imap_notify *n, bool status);
void notify_boxes_clear(struct imap_notify *n);

#endif
