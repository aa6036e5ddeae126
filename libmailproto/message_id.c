/* SPDX-License-Identifier: ISC */
#include "message_id.h"

static bool
valid(const struct buf *id)
{
	const char *at = id->len > 0 ? memchr(id->data, '@', id->len) : NULL;

	return at != NULL && at > id->data && at < id->data + id->len - 1 &&
	       !id->failed;
}

bool
message_id_next(struct lexer *l, struct buf *out)
{
	struct lex_token t;
	bool inside = false;

	out->max = MESSAGE_ID_MAX;
	while (lex_next(l, &t)) {
		if (t.kind == LEX_CHAR && t.c == '<') {
			buf_clear(out);
			inside = true;
		} else if (t.kind == LEX_CHAR && t.c == '>') {
			if (inside && valid(out))
				return true;
			inside = false;
		} else if (inside) {
			lex_text(out, &t);
		}
	}
	return false;
}

/* FNV-1a.  Whoever makes two that collide could as well use one twice. */
uint64_t
message_id_hash(struct span id)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * 0x100000001b3;
	return h != 0 ? h : 1;
}
