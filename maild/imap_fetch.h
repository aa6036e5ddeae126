/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_FETCH_H
#define MAILD_IMAP_FETCH_H

#include "imap_ahead.h"
#include "imap_flags.h"
#include "imap_message.h"
#include "imap_search_return.h"
#include "imap_section.h"
#include "imap_state.h"
#include "msgtext_decode.h"

/*
 * FETCH (RFC 3501 section 6.4.5): imap_fetch.c walks the messages,
 * imap_fetch_parse.c reads what is wanted of them, imap_fetch_write.c writes
 * it, imap_fetch_binary.c what is decoded.
 */
#define IMAP_FETCH_ITEMS  256
#define IMAP_FETCH_LABELS ((size_t)16384) /* bytes of all their names */
/* Up to here a value is written in one go, with the room of IMAP_FLAGS_ROOM
 * that there is before each. */
#define FETCH_AT_ONCE ((size_t)4096)

struct fetch;
struct fetch_item;

/* What is needed of struct store_meta: store_msg_front(), or all. */
enum fetch_meta { FETCH_META_NONE, FETCH_META_FRONT, FETCH_META_ALL };

struct fetch_kind {
	const char *name;
	bool cold; /* it needs cold columns */
	enum fetch_meta meta;
	/* Append the value, or set f->stream for what is to be appended.  No
	 * byte is written when it fails. */
	enum store_status (*write)(struct fetch *f,
	    const struct fetch_item *item);
};

struct fetch_item {
	const struct fetch_kind *kind;
	size_t label, label_len; /* its name in the answer, in labels, with
				  * the spaces around it */
	struct imap_section section;
	bool partial;
	uint32_t first, max; /* of a partial: "<first.max>" */
};

/* Bytes that are written as there is room. */
struct fetch_stream {
	enum {
		FETCH_STREAM_SRC,  /* the message's bytes */
		FETCH_STREAM_TEXT, /* f->text */
		FETCH_STREAM_DECODED, /* the same, as f->decoder fills it */
		FETCH_STREAM_MEASURE, /* nothing yet: how long is that? */
		FETCH_STREAM_META, /* one of struct store_meta … */
	} from;
	struct span (*pick)(const struct store_meta *); /* … namely this */
	uint64_t off, left;
};

struct fetch {
	struct imap *im;
	struct seqset seqs;
	struct fetch_item item[IMAP_FETCH_ITEMS];
	size_t nitems;
	struct buf labels;
	bool cold;  /* some item needs it … */
	bool bytes; /* … or the message itself */
	enum fetch_meta meta; /* what the items need */
	bool flags;      /* some item is FLAGS */
	bool modseq;     /* some item is MODSEQ */
	bool uid;        /* some item is UID */
	bool marks;      /* some item sets \Seen */

	/* CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4.1 and 3.2.6): */
	bool since, vanished; /* … which is yet to be told */
	uint64_t modseq_since;
	bool partial; /* RFC 9394 */
	struct imap_partial part;

	struct imap_ahead ahead;
	uint64_t next;   /* sequence number to go on at */
	uint64_t marked; /* up to here, \Seen has been set … */
	struct seqset seen; /* … of these UIDs by this command */
	bool expunged;   /* some message was not there any more */
	bool failed;     /* some could not be read */
	bool unknown_cte; /* some part could not be decoded */

	/* The message that is being written: */
	bool open;
	size_t at; /* the item */
	bool begun; /* its name is written; the stream may not be all */
	struct fetch_stream stream;
	struct imap_message m;
	struct buf text;
	struct msgtext_decoder decoder;
	uint64_t decoder_skip; /* decoded bytes that are not wanted */
	uint64_t decoded;      /* bytes that were measured; with NUL in what */
	bool decoded_nul;      /* is wanted of them */
	struct imap_flags names;
};

/* Read the items.  False: the reply is set. */
bool fetch_parse(struct imap *im, struct fetch *f);
/* Where " (UID FLAGS)" comes next, take it: out is its text without the space,
 * known to be good.  For messages that are fetched when they come (RFC 5465).
 * False: the reply is set. */
bool fetch_take_items(struct imap *im, struct span *out);
void fetch_clear(struct fetch *f);
const struct fetch_kind *fetch_kind_find(struct span name);
/* The kind of BODY[…]. */
extern const struct fetch_kind fetch_section;

/* Write on at the message in f->m.  FETCH_WRITTEN: it is done; _NO_ROOM: go on
 * when there is; _PAUSED: others shall have their turn. */
enum fetch_write { FETCH_WRITTEN, FETCH_NO_ROOM, FETCH_PAUSED, FETCH_BROKEN };
enum fetch_write fetch_write(struct fetch *f, uint64_t seq);

/* Get what is wanted of f->m's struct store_meta. */
enum store_status fetch_meta(struct fetch *f, enum fetch_meta which,
    const struct store_meta **out);

/* Those of BINARY[…] and BINARY.SIZE[…]; measure on, and make the stream; the
 * next bytes of that; release the decoder. */
extern const struct fetch_kind fetch_binary, fetch_binary_size;
enum fetch_write fetch_binary_measure(struct fetch *f);
enum fetch_write fetch_binary_next(struct fetch *f, struct span *out);
void fetch_binary_end(struct fetch *f);
/* Cut a range to what is wanted of it. */
void fetch_cut(const struct fetch_item *it, struct imap_range *r);

#endif
