/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_H
#define MAILD_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "date.h"
#include "engine.h"
#include "msgsrc.h"
#include "seqset.h"

/*
 * Users, mailboxes and messages.  Everything that a protocol does to mail goes
 * through here, and rights are checked here, in one function (store_rights.c).
 *
 * One struct store per event thread.  Reads are answered at once, from one
 * snapshot between store_begin() and store_end(); writes come back through
 * done, on the same thread, from the loop, never from within the call.  The
 * spans and strings that a write is given are copied.
 */

enum store_status {
	STORE_OK = 0,
	STORE_NONEXISTENT,   /* no such user, domain, mailbox, alias or
			      * message */
	STORE_EXPUNGED,      /* the message to be replaced is there no more */
	STORE_ALREADYEXISTS,
	STORE_DENIED,        /* who lacks the right */
	STORE_CANNOT,        /* such a name, or such an act, cannot be */
	STORE_OVERQUOTA,
	STORE_LIMIT,         /* keywords, mailboxes, size: a stated limit */
	STORE_FULL,          /* the volume has no room */
	STORE_UNAVAILABLE,   /* I/O error or checksum: said in the log */
};

/* A sentence for people, without a full stop; never from errno. */
const char *store_strerror(enum store_status st);

#define STORE_NAME_MAX     400 /* bytes of a mailbox name, UTF-8 */
#define STORE_LEVEL_MAX    255 /* bytes of one of its levels */
#define STORE_ADDRESS_MAX  254
#define STORE_DOMAIN_MAX   253
#define STORE_KEYWORDS_MAX 256 /* of one mailbox */
#define STORE_KEYWORD_MAX  64  /* bytes of one */
#define STORE_TARGETS_MAX  100 /* of one alias */
#define STORE_SEPARATOR    '/'
#define STORE_OTHERS_PREFIX "Other Users/" /* of mailboxes that others share */

struct store;

/* wake as in engine.h; store_dispatch() then runs what waits. */
struct store *store_new(struct engine *e, void (*wake)(void *), void *arg);
void store_dispatch(struct store *st);
void store_free(struct store *st);

/* The schema of the records, and how older ones become it: for
 * engine_lmdb_options. */
#define STORE_SCHEMA 1
enum engine_status store_migrate(struct engine_txn *txn, uint32_t from,
    void *arg);

void store_begin(struct store *st);
void store_end(struct store *st);

/*
 * engine_cold() and engine_pool_read(): whether what is read next may have to
 * come from the disk, and how others are not kept waiting then.  reader is a
 * store to read records and messages by, good within fn, all in one snapshot; it
 * has nothing of what a store remembers: no store_msg_sort().
 */
bool store_cold(struct store *st);
void store_pool_read(struct store *st,
    void (*fn)(struct store *reader, void *arg), void (*done)(void *arg),
    void *arg);

typedef void (*store_done)(void *arg, enum store_status st);

/* ---- domains that the configuration does not name (store_domain.c) ---- */

/* In A-labels; they compare without case. */
enum store_status store_domain_find(struct store *st, struct span domain);
enum store_status store_domain_each(struct store *st,
    bool (*fn)(void *arg, struct span domain), void *arg);
/* Whether the text is a domain, or has users, is not asked. */
void store_domain_add(struct store *st, struct span domain, store_done done,
    void *arg);
void store_domain_remove(struct store *st, struct span domain, store_done done,
    void *arg);

/* ---- users and aliases (store_user.c) ---- */

/* name is the address as user_name_fold() has it, and as it is known
 * everywhere. */
struct store_user {
	uint64_t id;
	char name[STORE_ADDRESS_MAX + 1];
	int64_t created;
	bool disabled;
};

/* Addresses compare without case (user_name.h). */
enum store_status store_user_find(struct store *st, struct span address,
    struct store_user *out);
enum store_status store_user_each(struct store *st,
    bool (*fn)(void *arg, const struct store_user *u), void *arg);
/* With INBOX and, subscribed, Drafts, Sent, Archive, Junk and Trash with their
 * special uses (RFC 6154). */
void store_user_create(struct store *st, struct span address, store_done done,
    void *arg);
void store_user_disable(struct store *st, struct span address, bool disabled,
    store_done done, void *arg);
void store_user_delete(struct store *st, struct span address, store_done done,
    void *arg);

struct store_alias {
	char name[STORE_ADDRESS_MAX + 1];
	const struct span *target; /* addresses */
	size_t ntargets;
};
enum store_status store_alias_find(struct store *st, struct span address,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg);
enum store_status store_alias_each(struct store *st,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg);
/* Sets all of an alias's targets; none removes it. */
void store_alias_set(struct store *st, struct span address,
    const struct span *target, size_t ntargets, store_done done, void *arg);

/* The addresses, besides those whose mail it gets, that a user may write from;
 * they go with the user.  name is the user's. */
enum store_status store_send_as_find(struct store *st, struct span user,
    bool (*fn)(void *arg, const struct store_alias *a), void *arg);
void store_send_as_set(struct store *st, struct span user,
    const struct span *target, size_t ntargets, store_done done, void *arg);

/* ---- quota (store_quota.c, RFC 9208) ---- */

enum store_resource {
	STORE_STORAGE, /* bytes of messages */
	STORE_MESSAGES,
	STORE_MAILBOXES,
	STORE_RESOURCES
};
#define STORE_QUOTA_NONE    UINT64_MAX       /* no limit */
#define STORE_QUOTA_DEFAULT (UINT64_MAX - 1) /* that of store_quota_default() */
#define STORE_QUOTA_KEEP    (UINT64_MAX - 2) /* as it is */

struct store_quota {
	uint64_t used[STORE_RESOURCES];
	uint64_t limit[STORE_RESOURCES]; /* or STORE_QUOTA_NONE */
	uint64_t set[STORE_RESOURCES];   /* the user's own, or _DEFAULT */
};
/* The limits of users that have none of their own; at first there are none. */
void store_quota_default(struct store *st,
    const uint64_t limit[STORE_RESOURCES]);
/* Of a user id.  Whose quota may be seen and set is for the caller to know. */
enum store_status store_quota_get(struct store *st, uint64_t user,
    struct store_quota *out);
/* STORE_OVERQUOTA where a message of that size has no room now. */
enum store_status store_quota_room(struct store *st, uint64_t user,
    uint64_t size);
void store_quota_set(struct store *st, uint64_t user,
    const uint64_t limit[STORE_RESOURCES], store_done done, void *arg);

/* ---- mailboxes (store_mailbox.c) ---- */

enum store_use { /* RFC 6154 */
	STORE_USE_ALL = 1,
	STORE_USE_ARCHIVE = 2,
	STORE_USE_DRAFTS = 4,
	STORE_USE_FLAGGED = 8,
	STORE_USE_JUNK = 16,
	STORE_USE_SENT = 32,
	STORE_USE_TRASH = 64,
};

/* RFC 4314 section 2.1 */
enum store_right {
	STORE_LOOKUP = 1,     /* l */
	STORE_READ = 2,       /* r */
	STORE_KEEP_SEEN = 4,  /* s */
	STORE_WRITE = 8,      /* w */
	STORE_INSERT = 16,    /* i */
	STORE_POST = 32,      /* p */
	STORE_CREATE = 64,    /* k */
	STORE_DELETE = 128,   /* x: the mailbox */
	STORE_DELETE_MSG = 256, /* t */
	STORE_EXPUNGE = 512,  /* e */
	STORE_ADMIN = 1024,   /* a */
	STORE_ALL = 2047,
};

struct store_mailbox {
	uint64_t id;    /* never given to another mailbox */
	uint64_t owner; /* user id */
	uint64_t who;   /* opened it … */
	unsigned rights; /* … and may do this */
};

/* The parent's part of a name, empty for a name of one level. */
struct span store_name_parent(struct span name);
bool store_name_is_below(struct span name, struct span parent);

/* One name of LIST and LSUB. */
struct store_listed {
	struct span name; /* UTF-8, "INBOX" for the inbox */
	bool exists;      /* false: only subscribed, or only a parent */
	bool shared;      /* it is another user's, below "Other Users" */
	bool subscribed;
	bool children;
	bool was_inbox; /* of its user, who renamed INBOX to it */
	unsigned use;
	struct store_mailbox mailbox; /* where it exists */
};

/* In the order of names, INBOX first.  fn returns false to stop. */
enum store_status store_mailbox_each(struct store *st,
    const struct store_user *who,
    bool (*fn)(void *arg, const struct store_listed *l), void *arg);
/* Append the one form of a mailbox name.  False: it cannot be one. */
bool store_name(struct buf *out, struct span name);
/* Names: UTF-8, made NFC; INBOX in any case; "..", empty levels and controls
 * are STORE_CANNOT. */
enum store_status store_mailbox_open(struct store *st,
    const struct store_user *who, struct span name, struct store_mailbox *out);
/* The flags that its user may change. */
uint32_t store_flags_allowed(const struct store_mailbox *m);
/* Looks again at what its user may do, which others can change. */
enum store_status store_mailbox_refresh(struct store *st,
    struct store_mailbox *m);
/* Missing parents are created, too.  A special use goes over from the mailbox
 * that had it. */
void store_mailbox_create(struct store *st, const struct store_user *who,
    struct span name, unsigned use, store_done done, void *arg);
/* With children below it, the name stays as a parent. */
void store_mailbox_delete(struct store *st, const struct store_user *who,
    struct span name, store_done done, void *arg);
/* With all below it; of INBOX: its messages move to a new mailbox. */
void store_mailbox_rename(struct store *st, const struct store_user *who,
    struct span from, struct span to, store_done done, void *arg);
void store_subscribe(struct store *st, const struct store_user *who,
    struct span name, bool on, store_done done, void *arg);

struct store_counts {
	uint32_t messages, unseen, deleted, recent;
	uint32_t uidnext, uidvalidity;
	uint64_t modseq; /* highest */
	uint64_t size;
};
enum store_status store_mailbox_counts(struct store *st,
    const struct store_mailbox *m, struct store_counts *out);

/* Add the bytes of \Deleted messages, those of a page from the UID *from on,
 * which becomes that to go on from, or 0 at the end. */
enum store_status store_deleted_size(struct store *st,
    const struct store_mailbox *m, uint32_t *from, uint64_t *sum);

/* The names of the mailbox's keywords, by index; valid until store_end(). */
struct store_keywords {
	struct span name[STORE_KEYWORDS_MAX];
	size_t len;
};
enum store_status store_mailbox_keywords(struct store *st,
    const struct store_mailbox *m, struct store_keywords *out);

/* ---- access control lists (store_acl.c, RFC 4314) ---- */

#define STORE_ACL_MAX    64   /* users that a mailbox is shared with */
#define STORE_SHARED_MAX 1000 /* mailboxes shared with a user; or anyone */

/* All users, in the place of one (section 2). */
#define STORE_ANYONE      ((uint64_t)0)
#define STORE_ANYONE_NAME "anyone"

/* Who has which rights, the owner first. */
enum store_status store_acl_each(struct store *st,
    const struct store_mailbox *m,
    bool (*fn)(void *arg, struct span name, unsigned rights), void *arg);

/* ---- annotations (store_annot.c, RFC 5464) ---- */

#define STORE_ANNOT_NAME_MAX  255
#define STORE_ANNOT_VALUE_MAX 4096
#define STORE_ANNOT_MAX       32 /* of a mailbox: shared, and of each user */

struct store_annot {
	struct span entry; /* "/shared/comment" */
	struct span value; /* any bytes; p NULL: none */
};

/* Append the one form of an entry's name, or of "/shared" or "/private", which
 * all lie below.  False: it cannot be one (section 3.2). */
bool store_annot_name(struct buf *out, struct span name);
/*
 * That entry of the mailbox, and what lies below it, in order; fn returns
 * false to stop.  m NULL: who's private ones of the server.
 */
enum store_status store_annot_each(struct store *st,
    const struct store_user *who, const struct store_mailbox *m,
    struct span entry, bool (*fn)(void *arg, const struct store_annot *a),
    void *arg);
/*
 * Set all or none; STORE_LIMIT: there would be too many.  With use, where it
 * is not NULL, who's mailbox of that name gets these special uses.
 */
void store_annot_set(struct store *st, const struct store_user *who,
    const struct store_mailbox *m, const struct store_annot *a, size_t n,
    struct span name, const unsigned *use, store_done done, void *arg);

/* Tells, from the loop, that the mailbox may have changed. */
struct engine_watch *store_mailbox_watch(struct store *st,
    const struct store_mailbox *m, void (*fn)(void *arg), void *arg);

/* The same for the names in a user's root, subscriptions and what others share
 * with the user among them, and for its annotations of the server. */
struct engine_watch *store_names_watch(struct store *st, uint64_t user,
    void (*fn)(void *arg), void *arg);

/* ---- messages (store_message.c, store_page.c) ---- */

enum store_flag {
	STORE_SEEN = 1,
	STORE_ANSWERED = 2,
	STORE_FLAGGED = 4,
	STORE_DELETED = 8,
	STORE_DRAFT = 16,
	STORE_KEYWORDS = 32, /* in store_flags_allowed(): all of them */
};

struct store_flags {
	uint32_t system; /* STORE_SEEN … */
	uint64_t keyword[STORE_KEYWORDS_MAX / 64];
};

struct store_msg {
	uint32_t uid;
	uint64_t modseq;
	struct store_flags flags;
	/* filled by STORE_COLD: */
	uint64_t size; /* with the prefix */
	struct mail_date internaldate;
	int64_t savedate;
	int64_t sent; /* Date, UTC seconds; internaldate where there is none */
	uint64_t blob;
	uint32_t prefix_len;
};

/*
 * Walks messages in ascending UID order, page by page.  A zeroed cursor with
 * mailbox set is a start; use within store_begin() and store_end() only.
 */
enum store_columns { STORE_HOT = 1, STORE_COLD = 2 };

struct store_cursor {
	struct store_mailbox mailbox;
	unsigned columns;
	struct store_page *page; /* private */
	struct seqset *seen;     /* private: of a guest */
};
/* The message with the lowest UID >= uid. */
enum store_status store_msg_next(struct store *st, struct store_cursor *c,
    uint32_t uid, struct store_msg *out);
/* Exactly that one. */
enum store_status store_msg_get(struct store *st, struct store_cursor *c,
    uint32_t uid, struct store_msg *out);
/* As store_msg_next(), but only those changed after modseq, unchanged pages
 * are passed over. */
enum store_status store_msg_changed(struct store *st, struct store_cursor *c,
    uint32_t uid, uint64_t modseq, struct store_msg *out);
void store_cursor_end(struct store_cursor *c);

/* What was made at delivery, as it goes on the wire; within the snapshot. */
struct store_meta {
	struct span envelope, body, bodystructure, preview;
	struct span tree;    /* mime_tree_pack() */
	struct span sort;    /* sort_keys_pack() */
	uint64_t thread;     /* the same in all of a conversation (RFC 8474); 0:
			      * the message names none, not even itself */
	uint64_t header_len; /* of the message, the prefix included */
	uint64_t header_sum; /* of the blob's own header; 0: not known */
};
enum store_status store_msg_meta(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct store_meta *out);
/* Its bodystructure and numbers alone, for less; the other spans are empty. */
enum store_status store_msg_front(struct store *st, const struct store_msg *m,
    struct store_meta *out);
/* Its header, where meta.header_sum is known: no other byte of the message is
 * read.  It lies in scratch or within the snapshot. */
enum store_status store_msg_header(struct store *st,
    const struct store_cursor *c, const struct store_msg *m,
    const struct store_meta *meta, struct buf *scratch, struct span *out);
/* Of these meta.sort alone, from memory where it was read before; good until
 * the next call. */
enum store_status store_msg_sort(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct span *out);

/* The bytes: the prefix (Return-Path, Delivered-To) and then the blob.  Offsets
 * of meta.tree are those of the blob: add prefix_len, but not to the message's
 * own header_off.  at() is good within the snapshot. */
struct store_src {
	struct msgsrc src;
	/* private */
	struct store *st;
	struct store_msg msg;
	struct store_mailbox mailbox;
};
void store_msg_src(struct store *st, const struct store_cursor *c,
    const struct store_msg *m, struct store_src *out);

/* UIDs expunged after modseq. */
enum store_status store_expunged(struct store *st,
    const struct store_mailbox *m, uint64_t modseq, struct seqset *out);

/* First come, first served: gives the lowest UID that is recent to this
 * caller, and (take) tells the next caller a higher one. */
uint32_t store_recent(struct store *st, const struct store_mailbox *m, bool take);

/* ---- a view: sequence numbers (store_view.c) ---- */

struct store_uids;

/*
 * The messages of a mailbox as one session has been told of them.  Four bytes
 * a message, which views that see the same share.  What was opened lately is
 * opened again at the price of what has changed since (store_views.h).
 */
struct store_view {
	struct store_mailbox mailbox;
	struct store_uids *uids;
	const uint32_t *uid; /* theirs, by sequence number - 1 */
	size_t len;
	uint32_t uidvalidity, uidnext;
	uint64_t modseq; /* all up to here has been told … */
	uint64_t expunge_modseq; /* … and expunges up to here: less than modseq
				  * only while there are some to be told */
};
enum store_status store_view_open(struct store *st,
    const struct store_mailbox *m, struct store_view *v);
/* A reader of the pool has opened this one, whose messages need not be read
 * again by who opens it next; v is cleared. */
void store_view_keep(struct store *st, struct store_view *v);
void store_view_clear(struct store_view *v);
/* The place in the view of the first message with that UID or a higher one. */
size_t store_view_from(const struct store_view *v, uint64_t uid);
/* 0: no such UID in the view. */
uint32_t store_view_seq(const struct store_view *v, uint32_t uid);
/* Sequence numbers to UIDs; false: a number is beyond the view. */
bool store_view_uids(const struct store_view *v, const struct seqset *seq,
    struct seqset *uids);

/*
 * What has happened since.  expunged is called first, in descending order of
 * sequence numbers, each number as it is when the ones before are gone; only
 * if it is set are expunges taken.  Then the new length is set and exists is
 * called where it grew or, lastly, changed for each message whose flags
 * changed (new ones not).  Returns STORE_NONEXISTENT when the mailbox is gone.
 */
struct store_view_events {
	void (*expunged)(void *arg, uint32_t seq, uint32_t uid);
	void (*exists)(void *arg, uint32_t count, uint32_t first_new_uid);
	void (*changed)(void *arg, uint32_t seq, const struct store_msg *m);
	void *arg;
};
enum store_status store_view_sync(struct store *st, struct store_view *v,
    const struct store_view_events *ev);

/* ---- writing messages (store_deliver.c, store_change.c) ---- */

/*
 * A message coming in, streamed.  Parsing, hashing and all that meta holds are
 * done here, before the writer.  drained as in engine_blob_new().
 */
struct store_message;
struct store_message *store_message_new(struct store *st,
    void (*drained)(void *arg), void *arg);
bool store_message_write(struct store_message *m, struct span s);
uint64_t store_message_size(const struct store_message *m);
enum store_status store_message_finish(struct store_message *m);
/* Of one that is finished: sort_keys.id, 0 where it has none; and what Date
 * says, UTC seconds (false: nothing), as in store_msg.sent. */
uint64_t store_message_id(const struct store_message *m);
bool store_message_date(const struct store_message *m, int64_t *sent);
void store_message_free(struct store_message *m);

struct store_delivery {
	struct store_message *message; /* finished; may stand in several */
	struct store_mailbox mailbox;
	uint32_t flags;
	const struct span *keyword; /* names */
	size_t nkeywords;
	struct mail_date internaldate; /* zero: now */
	struct span prefix;            /* header lines that go before it */
};

struct store_delivered {
	uint32_t uid, uidvalidity; /* by delivery */
};

/*
 * All or none, in one commit.  The messages stay the caller's to free, after
 * done.  out lives as long as done runs.
 */
typedef void (*store_delivered_fn)(void *arg, enum store_status st,
    const struct store_delivered *out, size_t n);
void store_deliver(struct store *st, const struct store_delivery *d, size_t n,
    store_delivered_fn done, void *arg);

struct store_place {
	struct store_mailbox mailbox;
	uint32_t uid;
};

/*
 * Deliveries to one user, and in the same commit the messages at those places,
 * all different, are expunged, whatever their flags (RFC 8508); of the quota
 * only what the new ones take more than those counts.
 */
void store_replace(struct store *st, const struct store_delivery *d, size_t n,
    const struct store_place *old, size_t nold, store_delivered_fn done,
    void *arg);

enum store_flag_op { STORE_FLAGS_SET, STORE_FLAGS_ADD, STORE_FLAGS_REMOVE };

struct store_flag_change {
	enum store_flag_op op;
	uint32_t system;
	const struct span *keyword;
	size_t nkeywords;
	uint64_t unchangedsince; /* UINT64_MAX: whatever its MODSEQ */
};

/* What a series of updates has done, so far as it got. */
struct store_changed {
	uint64_t first_modseq, last_modseq; /* given out; 0: nothing changed */
	uint64_t nmodseqs; /* how many; fewer than lie between: others came
			    * between */
	struct seqset done;     /* UIDs that are as wanted */
	struct seqset modified; /* UIDs left alone for unchangedsince */
	struct seqset missing;  /* UIDs that are not there (any more) */
	/* of COPY and MOVE; source and copy pair up in order: */
	struct seqset source, copy;
	uint32_t uidvalidity; /* of the target */
};
typedef void (*store_changed_fn)(void *arg, enum store_status st,
    const struct store_changed *c);

/* Give a user, or anyone, rights, take them, or set all it has;
 * STORE_NONEXISTENT: there is
 * no such user; STORE_CANNOT: it is the owner. */
void store_acl_set(struct store *st, const struct store_mailbox *m,
    struct span address, enum store_flag_op how, unsigned rights,
    store_done done, void *arg);

/* Of a user that may not change all of these flags, those it may. */
void store_change_flags(struct store *st, const struct store_mailbox *m,
    const struct seqset *uids, const struct store_flag_change *change,
    store_changed_fn done, void *arg);
/* Of those UIDs the ones that are \Deleted; uids NULL: of all. */
void store_expunge(struct store *st, const struct store_mailbox *m,
    const struct seqset *uids, store_changed_fn done, void *arg);
/* move: and expunge them here, in the same commit.  A copy that fails leaves
 * nothing behind; of a move, what is in the result has been moved. */
void store_copy(struct store *st, const struct store_mailbox *from,
    const struct seqset *uids, const struct store_mailbox *to, bool move,
    store_changed_fn done, void *arg);

#endif
