/* SPDX-License-Identifier: ISC */
#include "sent.h"

#include <time.h>

#include "sort_keys.h"

static bool
is_sent(void *arg, const struct store_listed *l)
{
	struct store_mailbox *sent = arg;

	if (l->shared || !l->exists || (l->use & STORE_USE_SENT) == 0)
		return true;
	*sent = l->mailbox;
	return false;
}

enum store_status
sent_mailbox(struct store *st, const struct store_user *u,
    struct store_mailbox *out)
{
	enum store_status status;

	*out = (struct store_mailbox){ 0 };
	store_begin(st);
	status = store_mailbox_each(st, u, is_sent, out);
	if (status == STORE_OK && out->id == 0)
		status = store_mailbox_open(st, u, SPAN_LIT(SENT_NAME), out);
	store_end(st);
	return status;
}

/* ---- finding a message ---- */

struct search {
	struct store *st;
	struct store_cursor cursor;
	const struct store_message *message;
	int keyword; /* its index; -1: any message will do */
	int64_t since;
};

static bool
same_message(struct search *s, const struct store_msg *m)
{
	struct sort_keys k;
	struct span sort;
	int64_t sent;

	return store_msg_sort(s->st, &s->cursor, m, &sort) == STORE_OK &&
	    sort_keys_parse(sort, &k) == 0 &&
	    k.id == store_message_id(s->message) &&
	    (!store_message_date(s->message, &sent) || sent == m->sent);
}

static bool
matches(struct search *s, const struct store_msg *m)
{
	if (m->savedate < s->since)
		return false;
	if (s->keyword >= 0 && (m->flags.keyword[s->keyword / 64] &
	    (uint64_t)1 << s->keyword % 64) == 0)
		return false;
	return same_message(s, m);
}

/* The last one that matches. */
static uint32_t
walk(struct search *s, uint32_t uidnext)
{
	uint32_t uid = uidnext > SENT_LAST ? uidnext - SENT_LAST : 1, found = 0;
	struct store_msg m;

	while (store_msg_next(s->st, &s->cursor, uid, &m) == STORE_OK) {
		if (matches(s, &m))
			found = m.uid;
		if (m.uid == UINT32_MAX)
			break;
		uid = m.uid + 1;
	}
	store_cursor_end(&s->cursor);
	return found;
}

/* -1: no message has it. */
static int
find_keyword(struct store *st, const struct store_mailbox *m)
{
	struct store_keywords names;

	if (store_mailbox_keywords(st, m, &names) != STORE_OK)
		return -1;
	for (size_t i = 0; i < names.len; i++) {
		if (span_ieqs(names.name[i], SENT_KEYWORD))
			return (int)i;
	}
	return -1;
}

uint32_t
sent_find(struct store *st, const struct store_mailbox *m,
    const struct store_message *message, bool filed)
{
	struct search s = { .st = st, .message = message, .keyword = -1,
		.since = (int64_t)time(NULL) - SENT_WINDOW };
	struct store_counts counts;
	uint32_t found = 0;

	if (store_message_id(message) == 0)
		return 0;
	s.cursor = (struct store_cursor){ .mailbox = *m,
		.columns = STORE_HOT | STORE_COLD };
	store_begin(st);
	if (filed)
		s.keyword = find_keyword(st, m);
	if ((!filed || s.keyword >= 0) &&
	    store_mailbox_counts(st, m, &counts) == STORE_OK)
		found = walk(&s, counts.uidnext);
	store_end(st);
	return found;
}
