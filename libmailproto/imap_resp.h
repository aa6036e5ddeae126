/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_IMAP_RESP_H
#define MAILPROTO_IMAP_RESP_H

#include "imap_parse.h"

/*
 * IMAP responses (RFC 9051 section 7, RFC 3501 section 7), client side: a
 * reader that takes bytes as they come within hard limits, and walks through
 * what one response holds.  Tolerant where servers differ, strict where the
 * next response would be misread.
 */
enum imap_resp_kind {
	IMAP_RESP_CONTINUE, /* "+" with text */
	IMAP_RESP_TAGGED,
	IMAP_RESP_UNTAGGED,
};

enum imap_resp_type {
	/* with code and text; the first three may be tagged: */
	IMAP_RESP_OK,
	IMAP_RESP_NO,
	IMAP_RESP_BAD,
	IMAP_RESP_BYE,
	IMAP_RESP_PREAUTH,
	/* with a number: */
	IMAP_RESP_EXISTS,
	IMAP_RESP_RECENT,
	IMAP_RESP_EXPUNGE,
	IMAP_RESP_FETCH,   /* imap_resp_item() */
	/* others: */
	IMAP_RESP_CAPABILITY, /* imap_resp_word() */
	IMAP_RESP_FLAGS,      /* imap_resp_word() */
	IMAP_RESP_LIST,       /* mailbox, separator; imap_resp_word(): \flags */
	IMAP_RESP_STATUS,     /* mailbox; imap_resp_pair() */
	IMAP_RESP_SEARCH,     /* imap_resp_number() */
	IMAP_RESP_ESEARCH,    /* uid; imap_resp_pair() */
	IMAP_RESP_OTHER,      /* word; data is behind it */
};

enum imap_code {
	IMAP_CODE_NONE,
	IMAP_CODE_OTHER,
	IMAP_CODE_ALERT,
	IMAP_CODE_ALREADYEXISTS,
	IMAP_CODE_APPENDUID,
	IMAP_CODE_AUTHENTICATIONFAILED,
	IMAP_CODE_AUTHORIZATIONFAILED,
	IMAP_CODE_CANNOT,
	IMAP_CODE_CAPABILITY,
	IMAP_CODE_COPYUID,
	IMAP_CODE_EXPIRED,
	IMAP_CODE_HIGHESTMODSEQ,
	IMAP_CODE_INUSE,
	IMAP_CODE_LIMIT,
	IMAP_CODE_MESSAGELIMIT,
	IMAP_CODE_NONEXISTENT,
	IMAP_CODE_NOPERM,
	IMAP_CODE_OVERQUOTA,
	IMAP_CODE_PERMANENTFLAGS,
	IMAP_CODE_PRIVACYREQUIRED,
	IMAP_CODE_READ_ONLY,
	IMAP_CODE_SERVERBUG,
	IMAP_CODE_TRYCREATE,
	IMAP_CODE_UIDNEXT,
	IMAP_CODE_UIDVALIDITY,
	IMAP_CODE_UNAVAILABLE,
};

/* Spans lie in the reader, until the next imap_resp_feed(). */
struct imap_resp {
	enum imap_resp_kind kind;
	enum imap_resp_type type;
	struct span tag;  /* of a tagged one; the one that ESEARCH names */
	struct span word; /* "FETCH", "OK" … as written */
	uint32_t number;  /* what stands before the word, or 0 */

	enum imap_code code;
	struct span code_arg;  /* behind the code's word; may be empty */
	uint64_t code_number;  /* what code_arg begins with, or 0 */
	struct span text;

	struct span mailbox;   /* as on the wire; imap_resp_mailbox() */
	char separator;        /* of LIST; 0: NIL */
	bool uid;              /* of ESEARCH: numbers are UIDs */

	struct imap_cursor data; /* what the walks below have still to do */
};

enum imap_resp_event {
	IMAP_RESP_MORE,    /* all input was taken; more is needed */
	IMAP_RESP_DONE,    /* a whole response is in *out */
	IMAP_RESP_INVALID, /* that is not IMAP */
	IMAP_RESP_TOOLONG, /* over a limit */
};

/* A zeroed reader with limits set is ready; their depth is not looked at.
 * After INVALID and TOOLONG only imap_resp_clear() is allowed. */
struct imap_resp_reader {
	struct imap_limits limits;
	/* private */
	struct imap_frame frame;
	struct buf scratch;
	bool done;
};

enum imap_resp_event imap_resp_feed(struct imap_resp_reader *rd, struct span s,
    size_t *used, struct imap_resp *out);
void imap_resp_clear(struct imap_resp_reader *rd);

/*
 * Walks: each call takes one element off r->data; false: there are no more.
 * What a walk meets was checked when the response was read.
 */
bool imap_resp_word(struct imap_resp *r, struct span *out);
bool imap_resp_number(struct imap_resp *r, uint32_t *out);
/* "MESSAGES 3", "ALL 1:5,9", "UID (…)". */
bool imap_resp_pair(struct imap_resp *r, struct span *name, struct span *value);

enum imap_item {
	IMAP_ITEM_UID,          /* number */
	IMAP_ITEM_SIZE,         /* number: RFC822.SIZE */
	IMAP_ITEM_FLAGS,        /* value: "(\Seen $Junk)" */
	IMAP_ITEM_INTERNALDATE, /* value */
	IMAP_ITEM_ENVELOPE,     /* value: imap_envelope_read() */
	IMAP_ITEM_BODY,         /* value, section; number: where it begins */
	IMAP_ITEM_OTHER,        /* value as written */
};

struct imap_fetched {
	enum imap_item item;
	struct span name;    /* as written, without section */
	struct span section; /* "HEADER", "1.2", "": all; of BODY[…] */
	struct span value;   /* p NULL: NIL */
	uint64_t number;
};

bool imap_resp_item(struct imap_resp *r, struct imap_fetched *out);

/* Append a mailbox name as UTF-8: modified UTF-7 undone; one that is not valid
 * as that stands for itself. */
void imap_resp_mailbox(struct buf *out, struct span name);

/*
 * ENVELOPE.  A span whose p is NULL is NIL.  The address lists are for
 * imap_address_next().
 */
struct imap_envelope {
	struct span date, subject, in_reply_to, message_id;
	struct imap_cursor from, sender, reply_to, to, cc, bcc;
};

struct imap_address {
	struct span name, mailbox, host; /* host NIL: begins or ends a group */
};

/* scratch must be empty and outlive the envelope.  False: that is none. */
bool imap_envelope_read(struct span value, struct buf *scratch,
    struct imap_envelope *out);
bool imap_address_next(struct imap_cursor *list, struct imap_address *out);

#endif
