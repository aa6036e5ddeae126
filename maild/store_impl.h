/* SPDX-License-Identifier: ISC */
#ifndef MAILD_STORE_IMPL_H
#define MAILD_STORE_IMPL_H

#include <sys/queue.h>

#include "store.h"

/*
 * Below store.h.
 *
 *	store.c           the store of a thread, statuses
 *	store_rights.c    who may do what
 *	store_acl.c       who was given what right; mailboxes of others
 *	store_seen.c      what they have seen of them
 *	store_name.c      mailbox names and addresses in their one form
 *	store_user.c, store_alias.c, store_domain.c     the directory
 *	store_dkim.c      keys that sign mail
 *	store_quota.c     what a user's mailboxes hold, and may
 *	store_root.c      a user's root: names of mailboxes
 *	store_list.c, store_mailbox.c, store_rename.c   what is done to them
 *	store_annot.c     annotations of mailboxes and of the server
 *	store_head.c      a mailbox's header and keywords
 *	store_page.c      its pages; store_row.c: where they lie
 *	store_rows.c      what their columns say of all rows at once
 *	store_log.c       its expunges
 *	store_sorts.c     sort keys that were read lately
 *	store_message.c   reading messages; store_recent.c
 *	store_view.c      what a session sees; store_uids.c, store_views.c: what
 *	                  views share, and which were opened lately
 *	store_incoming.c  a message coming in
 *	store_insert.c    putting rows into a mailbox; store_deliver.c,
 *	                  store_replace.c
 *	store_series.c    long changes in pieces; store_change.c,
 *	                  store_expunge.c, store_copy.c
 *	store_index.c     the search index; store_narrow.c: what it says
 *	store_queue*.c    mail that waits to leave: store_queue_impl.h
 *	store_sts.c       what other domains promise of TLS
 *	store_purge.c     clearing away what was deleted
 */

/* ---- where records are ---- */

enum {
	STORE_PART_DIRECTORY = 32, /* {32, 0} */
	STORE_PART_USER = 33,      /* {33, user id} */
	STORE_PART_MAILBOX = 34,   /* {34, mailbox id} */
	STORE_PART_GRAVE = 35,     /* {35, 0}: what is still to be purged */
	STORE_PART_QUEUE = 36,     /* {36, 0}: store_queue_impl.h */
	STORE_PART_STS = 37,       /* {37, 0}: store_sts.c */
};

static inline struct engine_part
store_directory(void)
{
	return (struct engine_part){ STORE_PART_DIRECTORY, 0 };
}

static inline struct engine_part
store_root(uint64_t user)
{
	return (struct engine_part){ STORE_PART_USER, user };
}

static inline struct engine_part
store_part(uint64_t mailbox)
{
	return (struct engine_part){ STORE_PART_MAILBOX, mailbox };
}

static inline struct engine_part
store_grave(void)
{
	return (struct engine_part){ STORE_PART_GRAVE, 0 };
}

static inline struct engine_part
store_queue(void)
{
	return (struct engine_part){ STORE_PART_QUEUE, 0 };
}

/* A mailbox's id: its owner's and a number that the owner counts. */
static inline uint64_t
store_mailbox_id(uint64_t user, uint32_t number)
{
	return user << 32 | number;
}

static inline uint64_t
store_mailbox_owner(uint64_t mailbox)
{
	return mailbox >> 32;
}

/* Every key begins with a letter that says what it is. */
static inline bool
store_key_is(struct span key, char letter)
{
	return key.n > 0 && key.p[0] == letter;
}

/* ---- users ---- */

/* ENGINE_NOTFOUND: there is none of that address, of that id. */
enum engine_status store_user_get(struct engine_txn *txn, struct span address,
    struct store_user *out);
enum engine_status store_user_by_id(struct engine_txn *txn, uint64_t id,
    struct store_user *out);

/* ---- the store of a thread ---- */

struct store_takes;
struct store_limits;
struct store_sorts;
struct store_views;

struct store {
	struct engine *e;
	struct engine_client *c;
	struct engine_txn *txn; /* between begin and end */
	unsigned depth;
	struct store_takes *takes;
	struct store_limits *limits;
	struct store_sorts *sorts;
	struct store_views *views;
	void (*index_watch)(void *arg, uint64_t mailbox); /* or NULL */
	void *index_arg;
	bool closing;
};

/* What the engine said, as the caller hears it; trouble is logged. */
enum store_status store_told(enum engine_status st);

/*
 * A write.  refused is set by a step's function that returns ENGINE_REFUSED
 * (through store_refuse()), and is the outcome then.
 */
struct store_op {
	struct store *st;
	enum store_status refused;
	store_done done;
	void *arg;
};

enum engine_status store_refuse(struct store_op *op, enum store_status st);
enum store_status store_op_status(const struct store_op *op,
    enum engine_status st);

/* Something changed since the steps were planned: plan them anew.  Never
 * leaves the store. */
#define STORE_AGAIN ((enum store_status)99)

/* done, from the loop, with that outcome: for what is known at once. */
void store_later(struct store *st, enum store_status status, store_done done,
    void *arg);

/* ---- rights (RFC 4314) ---- */

/* What who may do with a mailbox: all if it is its own, else as its access
 * control list says. */
enum engine_status store_rights(struct engine_txn *txn, uint64_t who,
    uint64_t mailbox, unsigned *out);
/* The one place: STORE_OK, or STORE_DENIED (STORE_NONEXISTENT to those who
 * may not even know that it exists). */
enum store_status store_allowed(const struct store_mailbox *m, unsigned need);

/* The same for annotations (RFC 5464 section 3.3): to see them and to set
 * private ones, or (shared) to set shared ones. */
enum store_status store_annot_allowed(const struct store_mailbox *m,
    bool shared);

/* ---- names ---- */

/* Append the one form of an address.  False: it cannot be one. */
bool store_address(struct buf *out, struct span address);
/* In b, its key in the directory; empty: it cannot be one. */
struct span store_address_key(struct buf *b, char type, struct span address);

/* Keys of names: the separator becomes 1, so that what lies below a name
 * follows it directly. */
#define STORE_NAME_KEY (STORE_NAME_MAX + 1)
struct span store_name_key(char key[STORE_NAME_KEY], struct span name);
void store_key_name(char name[STORE_NAME_MAX], struct span key,
    struct span *out);

/* ---- a user's root ---- */

#define STORE_NAMES_MAX 10000 /* of one user */

struct store_rootrec {
	uint32_t next;        /* mailbox number */
	uint32_t uidvalidity; /* the last that was given out */
	uint32_t names;       /* records of names … */
	uint32_t boxes;       /* … of which so many are mailboxes */
	uint64_t epoch;       /* counts the changes of names */
};

struct store_namerec {
	uint64_t id; /* 0: no such mailbox, only subscribed */
	bool subscribed;
	bool was_inbox; /* made by a RENAME of INBOX */
	unsigned use;
};

enum engine_status store_root_get(struct engine_txn *txn, uint64_t user,
    struct store_rootrec *out);
void store_root_put(struct engine_txn *txn, const struct store_rootrec *r);
enum engine_status store_name_get(struct engine_txn *txn, uint64_t user,
    struct span name, struct store_namerec *out);
int store_namerec_parse(struct span value, struct store_namerec *out);
/* Writes the record and counts it in root; old: what was there (id 0 and not
 * subscribed: nothing). A record that says nothing is removed. */
void store_name_put(struct engine_txn *txn, struct store_rootrec *root,
    struct span name, const struct store_namerec *old,
    const struct store_namerec *new);
/* In a step on the root: no name but that one keeps those uses. */
enum engine_status store_uses_take(struct engine_txn *txn, uint64_t user,
    struct store_rootrec *root, struct span but, unsigned uses);

/* ---- a mailbox's header ---- */

struct store_head {
	uint32_t uidvalidity, uidnext;
	uint32_t recent_uid; /* the lowest that no session has been given */
	uint32_t messages, unseen, deleted, recent;
	uint32_t logs; /* expunge records */
	uint64_t modseq, size;
	uint64_t flags_modseq; /* of the last change of flags */
};

/* ENGINE_NOTFOUND: the mailbox is gone. */
enum engine_status store_head_get(struct engine_txn *txn,
    struct engine_part part, struct store_head *out);
void store_head_put(struct engine_txn *txn, const struct store_head *h);
void store_head_new(struct engine_txn *txn, uint32_t uidvalidity);
void store_head_del(struct engine_txn *txn);
/* A row comes (by 1) or goes (-1), or its flags change. */
void store_head_count(struct store_head *h, uint32_t uid, uint64_t flags,
    uint64_t size, int by);

/* Names of keywords, by index.  Spans are of the record and of the names that
 * were asked for. */
struct store_kwlist {
	struct span name[STORE_KEYWORDS_MAX];
	size_t len;
	bool changed;
};

enum engine_status store_kwlist_get(struct engine_txn *txn,
    struct engine_part part, struct store_kwlist *out);
void store_kwlist_put(struct engine_txn *txn, const struct store_kwlist *l);
/* Index of a name, ASCII case ignored; add: made where it is missing.  -1:
 * not there, or no room. */
int store_kwlist_index(struct store_kwlist *l, struct span name, bool add);
/* Is that a keyword (an atom of at most STORE_KEYWORD_MAX bytes)? */
bool store_keyword_ok(struct span name);

#define STORE_KW_WORDS (STORE_KEYWORDS_MAX / 64)

/* ---- pages ---- */

#define STORE_PAGE_ROWS 160

enum store_column {
	STORE_C_UID,
	STORE_C_FLAGS,
	STORE_C_MODSEQ,
	STORE_C_KEYWORD, /* and three more */
	STORE_C_SIZE = STORE_C_KEYWORD + STORE_KW_WORDS,
	STORE_C_DATE, /* INTERNALDATE, seconds */
	STORE_C_ZONE, /* and its zone, minutes */
	STORE_C_SAVED,
	STORE_C_SENT,
	STORE_C_BLOB,
	STORE_C_PREFIX,
	STORE_C_MAX,
};
#define STORE_COLD_FIRST STORE_C_SIZE

struct store_page {
	uint32_t first; /* of its key: no UID in it is lower */
	uint32_t n;
	unsigned columns; /* STORE_HOT, STORE_COLD: what is loaded */
	unsigned words;   /* of keywords that have a column */
	uint64_t modseq;  /* the highest */
	/* What is a date or a zone is signed, as two's complement. */
	uint64_t col[STORE_C_MAX][STORE_PAGE_ROWS];
	uint32_t row; /* where a cursor stands */
};

/* first must be set.  -1: damage; the page has no rows then. */
int store_page_unpack_hot(struct store_page *pg, struct span s);
/* The UIDs alone of a packed hot page whose key is first: how many; -1: damage. */
int store_page_unpack_uids(struct span s, uint32_t first,
    uint32_t uid[static STORE_PAGE_ROWS]);
/* After the hot one, whose rows it has. */
int store_page_unpack_cold(struct store_page *pg, struct span s);
void store_page_pack_hot(struct buf *out, const struct store_page *pg);
void store_page_pack_cold(struct buf *out, const struct store_page *pg);
/* A column as it lies packed: of each row what it has above the base, or above
 * the base and its own number, in so many bytes. */
struct store_packed {
	uint64_t base;
	unsigned width;
	bool rises;
	const char *at;
};
/* Those of a packed page, at most max: its rows; -1: damage, or they are more. */
int store_page_columns(struct span s, struct store_packed *col, unsigned max,
    unsigned *columns);
void store_packed_unpack(const struct store_packed *c, unsigned n,
    uint64_t *out);
/* The highest MODSEQ of a packed hot page. */
uint64_t store_page_modseq(struct span s);
/* First row with a UID >= uid; n where there is none. */
uint32_t store_page_row(const struct store_page *pg, uint32_t uid);
/* Take rows out: keep[i] says which stay. */
void store_page_keep(struct store_page *pg, const bool *keep);
/* Make columns for so many words of keywords. */
void store_page_words(struct store_page *pg, unsigned words);
void store_page_flags(const struct store_page *pg, uint32_t row,
    struct store_flags *out);

/* ---- where pages lie (store_row.c) ---- */

/* The page with the lowest UID >= uid.  ENGINE_NOTFOUND: there is none. */
enum engine_status store_page_find(struct engine_txn *txn,
    struct engine_part part, uint32_t uid, struct store_page *pg);
/* The first page whose key is at least from (so: not one that from lies in),
 * of those with a MODSEQ above modseq. */
enum engine_status store_page_next(struct engine_txn *txn,
    struct engine_part part, uint32_t from, uint64_t modseq,
    struct store_page *pg);
/* The key of the page that uid is in, if it is in any; 0 if all pages lie behind
 * it. */
enum engine_status store_page_key(struct engine_txn *txn,
    struct engine_part part, uint32_t uid, uint32_t *first);
/* The UIDs of all pages from that on which uid may be in, a page's at a time, in
 * order. */
enum engine_status store_page_uids(struct engine_txn *txn,
    struct engine_part part, uint32_t uid,
    void (*fn)(void *arg, const uint32_t *uid, uint32_t n), void *arg);
enum engine_status store_page_last(struct engine_txn *txn,
    struct engine_part part, struct store_page *pg);
enum engine_status store_page_cold(struct engine_txn *txn,
    struct engine_part part, struct store_page *pg);
void store_page_put(struct engine_txn *txn, const struct store_page *pg,
    unsigned columns);
void store_page_del(struct engine_txn *txn, const struct store_page *pg);

#define STORE_PREFIX_MAX 4096

struct span store_uid_key(char key[5], char type, uint32_t uid);

/* ---- expunges ---- */

void store_log_pack(struct buf *out, const struct seqset *uids);
int store_log_unpack(struct seqset *out, struct span s); /* adds */
/* Put down that those were expunged with h->modseq; folds old records when
 * there are many. */
enum engine_status store_log_put(struct engine_txn *txn,
    struct engine_part part, struct store_head *h, const struct seqset *uids);
/* Add the UIDs expunged after modseq to out. */
enum engine_status store_log_get(struct engine_txn *txn,
    struct engine_part part, uint64_t modseq, struct seqset *out);
/* Whether there are any. */
enum engine_status store_log_any(struct engine_txn *txn,
    struct engine_part part, uint64_t modseq, bool *out);

#endif
