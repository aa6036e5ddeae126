/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_MIME_H
#define MAILPROTO_MIME_H

#include "buf.h"
#include "param.h"

/*
 * The MIME structure of a message (RFC 2045, 2046) with byte offsets, found
 * while the message streams by.  Every input has a structure: what lies deeper
 * than MIME_DEPTH_MAX or behind MIME_PARTS_MAX parts is one opaque part.  So is
 * a multipart in which no delimiter stands, and a message that is transfer
 * encoded: leaves, whatever their Content-Type says.
 */
#define MIME_DEPTH_MAX  100
#define MIME_PARTS_MAX  10000
#define MIME_HEADER_MAX ((size_t)1 << 20) /* kept of one part's header */

enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

enum mime_encoding {
	MIME_ENC_IDENTITY, /* 7bit, 8bit, binary, none given */
	MIME_ENC_BASE64,
	MIME_ENC_QP,
	MIME_ENC_UNKNOWN,
};

#define MIME_NONE UINT32_MAX

/*
 * One part; part[0] is the message itself, children come after their parent,
 * in order.  For MIME_MESSAGE (message/rfc822, message/global) the one child
 * is the message inside.  Offsets count from the message's first byte.
 */
struct mime_part {
	enum mime_kind kind;
	enum mime_encoding encoding;
	uint32_t parent, first_child, next; /* or MIME_NONE */
	uint64_t header_off;                /* [MIME-]header block … */
	uint64_t header_len;                /* … its empty line included */
	uint64_t body_off, body_len;
	uint64_t lines; /* of the body, as BODYSTRUCTURE counts: its LFs, one
			 * more for a last line without */
};

struct mime_tree {
	struct mime_part *part;
	size_t len, cap;
};

void mime_tree_clear(struct mime_tree *t);

/* Append an empty part: the first child of parent, or the next sibling of
 * before (either may be MIME_NONE).  Returns its index. */
uint32_t mime_tree_add(struct mime_tree *t, uint32_t parent, uint32_t before);

struct mime_parser;

struct mime_parser *mime_parser_new(void);
void mime_parser_feed(struct mime_parser *p, struct span s);
/* Call once, behind the last byte. */
void mime_parser_finish(struct mime_parser *p);
void mime_parser_free(struct mime_parser *p);

/* After finish; owned by the parser. */
const struct mime_tree *mime_parser_tree(const struct mime_parser *p);
/* Header block of a part, cut to MIME_HEADER_MAX (and all of one message to
 * 4 MB together); owned by the parser. */
struct span mime_parser_header(const struct mime_parser *p, uint32_t part);

/* The tree as bytes that are kept beside the message, and back.  Packing is
 * ours alone, yet unpack trusts nothing: -1 on any inconsistency, t empty. */
void mime_tree_pack(struct buf *out, const struct mime_tree *t);
int mime_tree_unpack(struct mime_tree *t, struct span s);

/*
 * The part that an IMAP section number such as "1.2" names (RFC 9051 section
 * 6.4.5), MIME_NONE where there is none.  nums may be empty: the message.
 */
uint32_t mime_find(const struct mime_tree *t, const uint32_t *nums, size_t n);

/* The nth child of a part, counted from 1, or MIME_NONE. */
uint32_t mime_child(const struct mime_tree *t, uint32_t part, uint32_t n);

/* type and subtype in lower case, text/plain where absent or broken (RFC 2045
 * section 5.2); params in l, which the caller clears. */
void mime_content_type(struct span header, struct param_list *l);

/* The same for Content-Transfer-Encoding: l->value is its name in lower case,
 * "7bit" where there is none. */
enum mime_encoding mime_transfer_encoding(struct span header,
    struct param_list *l);

#endif
