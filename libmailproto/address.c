/* SPDX-License-Identifier: ISC */
#include "address.h"

#include <stdlib.h>

#include "header.h"
#include "lex.h"

enum where {
	IN_WORDS, /* a phrase, a bare address, a group's name: not yet known */
	IN_ANGLE,
	AFTER_ANGLE,
};

struct parser {
	struct lexer lex;
	struct address_list *list;
	bool in_group, full;

	/* The address at hand. */
	enum where where;
	struct buf words; /* what stands outside of angles, as text */
	size_t name_len;  /* of words, before what may be the local part */
	struct buf name, route, local, host;
	bool in_route, have_at, host_done;
	bool started; /* something stood in the angle */
	bool dot;     /* the token before was one */
};

static void
next_address(struct parser *p)
{
	buf_clear(&p->words);
	buf_clear(&p->name);
	buf_clear(&p->route);
	buf_clear(&p->local);
	buf_clear(&p->host);
	p->lex.comment = span_of(NULL, 0);
	p->where = IN_WORDS;
	p->name_len = 0;
	p->in_route = p->have_at = p->host_done = p->started = p->dot = false;
}

static struct address *
append(struct parser *p, enum address_kind kind)
{
	struct address_list *l = p->list;
	/* An open group keeps a place for its end. */
	size_t kept = kind == ADDRESS_GROUP_START ||
	    (p->in_group && kind == ADDRESS_MAILBOX);

	if (l->len + kept >= ADDRESS_MAX) {
		p->full = true;
		return NULL;
	}
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 4;
		l->addr = xrealloc_array(l->addr, l->cap, sizeof(*l->addr));
	}
	l->addr[l->len] = (struct address){ .kind = kind };
	return &l->addr[l->len++];
}

static char *
dup_unless_empty(const struct buf *b)
{
	return b->len > 0 ? span_dup(buf_span(b)) : NULL;
}

/* Put the address at hand into the list, if there is one. */
static void
emit(struct parser *p)
{
	struct buf *mailbox = &p->local;
	struct address *a;

	if (p->where == IN_WORDS) {
		if (p->words.len == 0)
			return;
		if (!p->have_at)
			mailbox = &p->words;
		else
			buf_add(&p->name, p->words.data, p->name_len);
	}
	if (p->name.len == 0)
		lex_unquote(&p->name, span_trim(p->lex.comment));
	a = append(p, ADDRESS_MAILBOX);
	if (a == NULL)
		return;
	a->name = dup_unless_empty(&p->name);
	a->route = dup_unless_empty(&p->route);
	a->mailbox = span_dup(buf_span(mailbox));
	a->host = span_dup(buf_span(&p->host));
}

static void
start_group(struct parser *p)
{
	struct address *a = append(p, ADDRESS_GROUP_START);

	if (a != NULL) {
		a->mailbox = span_dup(buf_span(&p->words));
		p->in_group = true;
	}
	next_address(p);
}

static void
end_group(struct parser *p)
{
	if (p->in_group)
		append(p, ADDRESS_GROUP_END);
	p->in_group = false;
}

static void
separator(struct parser *p, char c)
{
	emit(p);
	next_address(p);
	if (c == ';')
		end_group(p);
}

/* All words so far were the name.  A second angle is one more address, whose
 * comma has been forgotten. */
static void
start_angle(struct parser *p)
{
	struct span comment = p->lex.comment;
	struct buf words = p->words;

	if (p->where == AFTER_ANGLE) {
		emit(p);
		comment.n = 0;
	}
	p->words = p->name;
	next_address(p);
	p->name = words;
	p->lex.comment = comment;
	p->where = IN_ANGLE;
}

static void
end_angle(struct parser *p)
{
	p->where = AFTER_ANGLE;
	p->have_at = p->host_done = true;
	p->dot = false;
}

/*
 * One more word.  The last words that hang together, by dots or without space,
 * may turn out to be the local part: "John Q. Public john.public@example.org".
 */
static void
add_word(struct parser *p, const struct lex_token *t)
{
	bool dot = t->c == '.';
	bool apart = t->spaced && !dot && !p->dot;

	if (apart && !p->have_at) {
		p->name_len = p->words.len;
		buf_clear(&p->local);
	}
	if (apart && p->have_at && p->host.len > 0)
		p->host_done = true;
	if (t->spaced && p->words.len > 0)
		buf_addc(&p->words, ' ');
	lex_text(&p->words, t);
	if (!p->have_at)
		lex_text(&p->local, t);
	else if (!p->host_done)
		lex_text(&p->host, t);
	p->dot = dot;
}

static void
take_word(struct parser *p, const struct lex_token *t)
{
	switch (t->c) {
	case ',':
	case ';':
		separator(p, t->c);
		break;
	case '<':
		start_angle(p);
		break;
	case ':':
		if (p->in_group || p->have_at)
			add_word(p, t);
		else
			start_group(p);
		break;
	case '@':
		if (p->have_at) {
			add_word(p, t);
			break;
		}
		buf_addc(&p->words, '@');
		p->have_at = true;
		p->dot = false;
		break;
	case ')':
	case '>':
		break;
	default:
		add_word(p, t);
	}
}

static void
add_angle_text(struct parser *p, const struct lex_token *t)
{
	struct buf *b = p->have_at ? &p->host : &p->local;

	if (p->in_route)
		b = &p->route;
	if (t->spaced && b->len > 0 && t->c == '\0' && !p->dot)
		buf_addc(b, ' ');
	lex_text(b, t);
	p->dot = t->c == '.';
	p->started = true;
}

static void
take_angle(struct parser *p, const struct lex_token *t)
{
	switch (t->c) {
	case '>':
		end_angle(p);
		break;
	case ',':
	case ';':
		if (p->in_route && t->c == ',')
			add_angle_text(p, t);
		else
			separator(p, t->c);
		break;
	case ':':
		if (!p->in_route)
			add_angle_text(p, t);
		p->in_route = false;
		break;
	case '@':
		p->in_route |= !p->started;
		if (p->in_route || p->have_at)
			add_angle_text(p, t);
		p->have_at |= !p->in_route;
		break;
	case ')':
	case '<':
		break;
	default:
		add_angle_text(p, t);
	}
}

bool
address_list_parse(struct address_list *l, struct span value)
{
	struct parser p = { .list = l };
	struct buf text = { 0 };
	struct lex_token t;

	address_list_clear(l);
	header_unfold(&text, value);
	p.lex.rest = buf_span(&text);
	while (!p.full && lex_next(&p.lex, &t)) {
		if (p.where == IN_ANGLE)
			take_angle(&p, &t);
		else
			take_word(&p, &t);
	}
	if (!p.full)
		emit(&p);
	end_group(&p);
	buf_free(&p.words);
	buf_free(&p.name);
	buf_free(&p.route);
	buf_free(&p.local);
	buf_free(&p.host);
	buf_free(&text);
	return !p.full;
}

void
address_list_clear(struct address_list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->addr[i].name);
		free(l->addr[i].route);
		free(l->addr[i].mailbox);
		free(l->addr[i].host);
	}
	free(l->addr);
	*l = (struct address_list){ 0 };
}
