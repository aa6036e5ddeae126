/* SPDX-License-Identifier: ISC */
/*
 * A message is looked at in three steps, each only where the one before leaves
 * the result open: its columns, its header, its text.
 */
#include "config.h"

#include "casefold.h"
#include "header.h"
#include "imap_flags.h"
#include "imap_objectid.h"
#include "imap_search.h"
#include "stats.h"

#define SECONDS_PER_DAY 86400

static enum search_value
yes(bool b)
{
	return b ? SEARCH_YES : SEARCH_NO;
}

static struct span
needle_of(const struct search *s, const struct search_key *k)
{
	return span_sub(buf_span(&s->needles), k->needle, k->needle_len);
}

void
search_resolve(struct search *s)
{
	struct store_keywords names;

	if (!s->keywords)
		return;
	if (store_mailbox_keywords(s->m.store, &s->view->mailbox,
		&names) != STORE_OK)
		names.len = 0;
	for (size_t i = 0; i < s->nkeys; i++) {
		if (s->key[i].op == SEARCH_KEYWORD)
			s->key[i].keyword = imap_flags_find(&names,
			    s->key[i].name);
	}
}

/* ---- columns ---- */

static bool
has_keyword(const struct store_msg *m, int i)
{
	return i >= 0 && (m->flags.keyword[i / 64] >> i % 64 & 1) != 0;
}

/* day: as it is written in the message's zone. */
static bool
date_fits(enum search_op op, int64_t day, int64_t want)
{
	switch (op) {
	case SEARCH_BEFORE:
	case SEARCH_SAVEDBEFORE:
	case SEARCH_SENTBEFORE:
		return day < want;
	case SEARCH_ON:
	case SEARCH_SAVEDON:
	case SEARCH_SENTON:
		return day == want;
	default:
		return day >= want;
	}
}

/*
 * The columns have the moment a message was sent, not the zone of its Date; so
 * within a day of the border the header must tell.
 */
static enum search_value
sent_fits(const struct search_key *k, const struct store_msg *m)
{
	bool low = date_fits(k->op, date_day((struct mail_date){
	    .sec = m->sent - SECONDS_PER_DAY }), k->day);
	bool high = date_fits(k->op, date_day((struct mail_date){
	    .sec = m->sent + SECONDS_PER_DAY }), k->day);
	bool mid = date_fits(k->op, date_day((struct mail_date){
	    .sec = m->sent }), k->day);

	return low == mid && mid == high ? yes(mid) : SEARCH_UNKNOWN;
}

/* In other mailboxes than the selected one nothing is. */
static bool
is_recent(const struct search *s, const struct store_msg *m)
{
	return s->view == &s->im->view && seqset_has(&s->im->recent, m->uid);
}

static enum search_value
column_value(struct search *s, const struct search_key *k, uint32_t seq)
{
	const struct store_msg *m = &s->m.msg;
	bool recent;

	switch (k->op) {
	case SEARCH_ALL:
		return SEARCH_YES;
	case SEARCH_FLAG:
		return yes(((m->flags.system & k->flag) != 0) != k->negated);
	case SEARCH_KEYWORD:
		return yes(has_keyword(m, k->keyword) != k->negated);
	case SEARCH_RECENT:
		return yes(is_recent(s, m) != k->negated);
	case SEARCH_NEW:
		recent = is_recent(s, m);
		return yes(recent && (m->flags.system & STORE_SEEN) == 0);
	case SEARCH_SET:
		return yes(seqset_has(&k->set, s->fixed ? m->uid : seq));
	case SEARCH_UID:
		return yes(seqset_has(&k->set, m->uid));
	case SEARCH_BEFORE:
	case SEARCH_ON:
	case SEARCH_SINCE:
		return yes(date_fits(k->op, date_day(m->internaldate),
		    k->day));
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
		return sent_fits(k, m);
	case SEARCH_SAVEDBEFORE:
	case SEARCH_SAVEDON:
	case SEARCH_SAVEDSINCE:
		return yes(date_fits(k->op,
		    date_day((struct mail_date){ .sec = m->savedate }),
		    k->day));
	case SEARCH_EMAILID:
		buf_clear(&s->scratch);
		imap_emailid(&s->scratch, m);
		return yes(span_eq(buf_span(&s->scratch), k->name));
	case SEARCH_LARGER:
		return yes(m->size > k->number);
	case SEARCH_SMALLER:
		return yes(m->size < k->number);
	case SEARCH_MODSEQ:
		return yes(m->modseq >= k->number);
	case SEARCH_OLDER:
		return yes(m->internaldate.sec <= s->now - (int64_t)k->number);
	case SEARCH_YOUNGER:
		return yes(m->internaldate.sec >= s->now - (int64_t)k->number);
	case SEARCH_HEADER:
	case SEARCH_BODY:
	case SEARCH_TEXT:
		return search_index_excludes(s, k, seq) ? SEARCH_NO :
							  SEARCH_UNKNOWN;
	default:
		return SEARCH_UNKNOWN;
	}
}

/* ---- what is kept beside the message ---- */

static enum store_status
look_at_meta(struct search *s)
{
	const struct store_meta *meta;
	enum store_status st = STORE_OK;

	for (size_t i = 0; i < s->nkeys && st == STORE_OK; i++) {
		struct search_key *k = &s->key[i];

		if (k->op != SEARCH_THREADID)
			continue;
		st = imap_message_front(&s->m, &meta);
		if (st != STORE_OK)
			break;
		buf_clear(&s->scratch);
		imap_threadid(&s->scratch, &s->m.msg, meta);
		k->value = yes(span_eq(buf_span(&s->scratch), k->name));
	}
	return st;
}

/* ---- header ---- */

static bool
contains(struct span text, struct span needle)
{
	return needle.n == 0 ||
	    (text.n > 0 && memmem(text.p, text.n, needle.p, needle.n) != NULL);
}

/* The keys that one field decides; its value is decoded for the first. */
static void
try_field(struct search *s, const struct header_field *f)
{
	struct buf text = { 0 };
	bool decoded = false;

	for (size_t i = 0; i < s->nkeys; i++) {
		struct search_key *k = &s->key[i];

		if (k->op != SEARCH_HEADER || k->value != SEARCH_UNKNOWN ||
		    !span_ieq(f->name, k->name))
			continue;
		if (!decoded && k->needle_len > 0) {
			buf_clear(&s->scratch);
			header_decode(&s->scratch, f->value);
			casefold(&text, buf_span(&s->scratch));
			decoded = true;
		}
		if (contains(buf_span(&text), needle_of(s, k)))
			k->value = SEARCH_YES;
	}
	buf_free(&text);
}

/* The day of the Date field, or of arrival. */
static int64_t
sent_day(const struct search *s, struct span header)
{
	struct header_field f;
	struct mail_date date;

	if (header_find(header, "Date", &f) &&
	    date_parse(f.value, &date) == 0)
		return date_day(date);
	return date_day(s->m.msg.internaldate);
}

static enum store_status
look_at_header(struct search *s)
{
	struct header_field f;
	struct span header, rest;
	enum store_status st = imap_message_header(&s->m, &header);

	if (st != STORE_OK)
		return st;
	rest = header;
	while (header_next(&rest, &f))
		try_field(s, &f);
	for (size_t i = 0; i < s->nkeys; i++) {
		struct search_key *k = &s->key[i];

		if (k->value != SEARCH_UNKNOWN)
			continue;
		if (k->op == SEARCH_HEADER)
			k->value = SEARCH_NO;
		else if (k->op == SEARCH_SENTBEFORE ||
		    k->op == SEARCH_SENTON || k->op == SEARCH_SENTSINCE)
			k->value = yes(date_fits(k->op, sent_day(s, header),
			    k->day));
	}
	return STORE_OK;
}

/* ---- text ---- */

struct reading {
	struct search *s;
	bool header; /* that is TEXT's alone */
	unsigned open;
};

static bool
is_open(const struct search_key *k, bool header)
{
	return k->value == SEARCH_UNKNOWN &&
	    (k->op == SEARCH_TEXT || (k->op == SEARCH_BODY && !header));
}

static int
feed(void *arg, struct span folded)
{
	struct reading *r = arg;

	for (size_t i = 0; i < r->s->nkeys; i++) {
		struct search_key *k = &r->s->key[i];

		if (!is_open(k, r->header) ||
		    msgtext_match_feed(k->match, folded) == 0)
			continue;
		k->value = SEARCH_YES;
		r->open--;
	}
	return r->open == 0;
}

static enum store_status
read_text(struct search *s, bool header)
{
	struct reading r = { .s = s, .header = header };
	const struct mime_tree *tree;
	enum store_status st = imap_message_tree(&s->m, &tree);

	if (st != STORE_OK)
		return st;
	for (size_t i = 0; i < s->nkeys; i++) {
		if (!is_open(&s->key[i], header))
			continue;
		msgtext_match_reset(s->key[i].match);
		r.open++;
	}
	if (r.open == 0)
		return STORE_OK;
	return msgtext_walk(tree, imap_message_src(&s->m),
	    header ? MSGTEXT_HEADERS : MSGTEXT_BODY, feed, &r) < 0 ?
	    STORE_UNAVAILABLE : STORE_OK;
}

static enum store_status
look_at_text(struct search *s)
{
	enum store_status st = read_text(s, true);

	if (st == STORE_OK)
		st = read_text(s, false);
	for (size_t i = 0; i < s->nkeys; i++) {
		if (is_open(&s->key[i], false))
			s->key[i].value = SEARCH_NO;
	}
	return st;
}

/* ---- the whole ---- */

/* The value of an AND of the n values from v on. */
static enum search_value
all(const enum search_value *v, uint32_t n)
{
	enum search_value result = SEARCH_YES;

	for (uint32_t i = 0; i < n; i++) {
		if (v[i] == SEARCH_NO)
			return SEARCH_NO;
		if (v[i] == SEARCH_UNKNOWN)
			result = SEARCH_UNKNOWN;
	}
	return result;
}

static enum search_value
either(enum search_value a, enum search_value b)
{
	if (a == SEARCH_YES || b == SEARCH_YES)
		return SEARCH_YES;
	return a == SEARCH_NO && b == SEARCH_NO ? SEARCH_NO : SEARCH_UNKNOWN;
}

static enum search_value
not(enum search_value v)
{
	return v == SEARCH_UNKNOWN ? v : yes(v == SEARCH_NO);
}

/* Backwards, operands come before their operator. */
static enum search_value
evaluate(struct search *s)
{
	enum search_value *top = s->stack; /* one past the uppermost */

	for (size_t i = s->nkeys; i-- > 0;) {
		const struct search_key *k = &s->key[i];

		switch (k->op) {
		case SEARCH_AND:
			top -= k->argc;
			*top = all(top, k->argc);
			top++;
			break;
		case SEARCH_OR:
			top--;
			top[-1] = either(top[-1], top[0]);
			break;
		case SEARCH_NOT:
			top[-1] = not(top[-1]);
			break;
		default:
			*top++ = k->value;
		}
	}
	return s->stack[0];
}

bool
search_match(struct search *s, uint32_t seq, bool *deep)
{
	enum store_status (*const looks[])(struct search *) = { look_at_meta,
		look_at_header, look_at_text };
	enum store_status st = STORE_OK;
	enum search_value v;

	for (size_t i = 0; i < s->nkeys; i++)
		s->key[i].value = column_value(s, &s->key[i], seq);
	v = evaluate(s);
	*deep = v == SEARCH_UNKNOWN;
	if (*deep)
		stats_add(STATS_SEARCH_READ, 1);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]) &&
	     st == STORE_OK && v == SEARCH_UNKNOWN; i++) {
		st = looks[i](s);
		v = evaluate(s);
	}
	if (st != STORE_OK)
		s->failed = true;
	return st == STORE_OK && v == SEARCH_YES;
}
