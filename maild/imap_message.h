/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_MESSAGE_H
#define MAILD_IMAP_MESSAGE_H

#include "buf.h"
#include "mime.h"
#include "store.h"

/*
 * One message of the selected mailbox, as FETCH and SEARCH read it.  All is
 * loaded when it is first asked for, and good within the store_begin() and
 * store_end() around imap_message_begin() and imap_message_end(); msg itself
 * may be kept, and begun with again.
 */
struct imap_message {
	struct store *store;
	struct store_cursor cursor;
	struct store_msg msg; /* hot and cold */
	/* private */
	bool has_front, has_meta, has_src, has_tree;
	struct store_meta meta;
	struct store_src src;
	struct mime_tree tree;
	struct buf gathered;
};

/* Zeroed, with store and cursor.mailbox set. */
void imap_message_begin(struct imap_message *m);
void imap_message_end(struct imap_message *m);

/* Make it the message with that UID; NONEXISTENT: it has been expunged. */
enum store_status imap_message_load(struct imap_message *m, uint32_t uid,
    unsigned columns);

const struct msgsrc *imap_message_src(struct imap_message *m);
/* These return STORE_UNAVAILABLE, or STORE_OK with out set, which m owns. */
enum store_status imap_message_meta(struct imap_message *m,
    const struct store_meta **out);
/* The bodystructure and the numbers of it, for less. */
enum store_status imap_message_front(struct imap_message *m,
    const struct store_meta **out);
struct sort_keys;
/* Its spans are good until the next call, of any message. */
enum store_status imap_message_sort_keys(struct imap_message *m,
    struct sort_keys *out);
/* The structure with offsets that count from the first byte of src. */
enum store_status imap_message_tree(struct imap_message *m,
    const struct mime_tree **out);

/*
 * Bytes off .. off+len of src in one piece, where they lie or gathered in
 * scratch; good until src is read again.  For headers: len is cut to
 * MIME_HEADER_MAX.
 */
enum store_status imap_gather(const struct msgsrc *src, uint64_t off,
    uint64_t len, struct buf *scratch, struct span *out);
/* The message's own header that way. */
enum store_status imap_message_header(struct imap_message *m,
    struct span *out);

#endif
