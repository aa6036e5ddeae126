/* SPDX-License-Identifier: ISC */
#include "scfg.h"

#include <stdlib.h>

struct parser {
	const struct scfg_source *source;
	struct span text;
	size_t at;
	struct scfg_errors *errors;
	unsigned depth;
};

enum token { TOKEN_END, TOKEN_BREAK, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_WORD };

/* ---- words ---- */

/* The byte so far ahead; NUL at the end, and no valid text holds one. */
static char
peek(const struct parser *p, size_t ahead)
{
	return p->at + ahead < p->text.n ? p->text.p[p->at + ahead] : '\0';
}

static bool
at_line_end(const struct parser *p)
{
	return p->at == p->text.n || peek(p, 0) == '\n' ||
	       (peek(p, 0) == '\r' && peek(p, 1) == '\n');
}

static bool
at_delimiter(const struct parser *p)
{
	return at_line_end(p) || memchr(" \t;{}", peek(p, 0), 5) != NULL;
}

static bool
bad_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static struct scfg_pos
here(const struct parser *p)
{
	return (struct scfg_pos){ p->source, p->at };
}

/* Take one byte of a word; false: it is none that may stand in a file. */
static bool
take(struct parser *p, struct buf *word)
{
	struct scfg_pos pos = here(p);
	char c = p->text.p[p->at++];

	if (bad_control(c)) {
		scfg_error(p->errors, &pos, "control character 0x%02x",
		    (unsigned char)c);
		return false;
	}
	buf_addc(word, c);
	return true;
}

/* As take(), but a backslash stands for what follows it. */
static bool
take_escaped(struct parser *p, struct buf *word)
{
	struct scfg_pos pos = here(p);

	if (peek(p, 0) == '\\') {
		p->at++;
		if (at_line_end(p)) {
			scfg_error(p->errors, &pos,
			    "nothing follows the backslash");
			return false;
		}
	}
	return take(p, word);
}

static bool
quoted_word(struct parser *p, struct buf *word)
{
	struct scfg_pos open = here(p);
	char quote = p->text.p[p->at++];
	bool good = true;

	while (!at_line_end(p) && peek(p, 0) != quote)
		good &= quote == '"' ? take_escaped(p, word) : take(p, word);
	if (at_line_end(p)) {
		scfg_error(p->errors, &open, "this quote is not closed");
		return false;
	}
	p->at++;
	if (!at_delimiter(p)) {
		open = here(p);
		scfg_error(p->errors, &open, "text right behind a quoted word");
		while (!at_delimiter(p))
			p->at++;
		return false;
	}
	return good;
}

static bool
bare_word(struct parser *p, struct buf *word)
{
	struct scfg_pos pos;
	bool good = true;

	while (!at_delimiter(p)) {
		pos = here(p);
		if (good && (peek(p, 0) == '"' || peek(p, 0) == '\'')) {
			scfg_error(p->errors, &pos,
			    "a quote inside a word; "
			    "quote the whole word");
			good = false;
		}
		good &= take_escaped(p, word);
	}
	return good;
}

static void
add_word(struct parser *p, struct scfg_directive *d)
{
	struct scfg_word w = { .pos = here(p) };
	struct buf s = { 0 };

	if (peek(p, 0) == '"' || peek(p, 0) == '\'')
		d->bad |= !quoted_word(p, &s);
	else
		d->bad |= !bare_word(p, &s);
	w.s = span_dup(buf_span(&s));
	buf_free(&s);
	d->word = xrealloc_array(d->word, d->nwords + 1, sizeof(*d->word));
	d->word[d->nwords++] = w;
}

/* ---- directives ---- */

static void
skip_blank(struct parser *p)
{
	while (peek(p, 0) == ' ' || peek(p, 0) == '\t')
		p->at++;
	if (peek(p, 0) == '#')
		while (!at_line_end(p))
			p->at++;
	if (peek(p, 0) == '\r' && at_line_end(p))
		p->at++;
}

/* What comes next, which is not taken yet. */
static enum token
next_token(struct parser *p)
{
	skip_blank(p);
	if (p->at == p->text.n)
		return TOKEN_END;
	switch (peek(p, 0)) {
	case '\n':
	case ';':
		return TOKEN_BREAK;
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	default:
		return TOKEN_WORD;
	}
}

static void parse_block(struct parser *p, struct scfg_block *b);

/* Nothing but the end of the line, of the directive or of the block around it
 * may follow a block. */
static void
check_behind_block(struct parser *p)
{
	struct scfg_pos pos;

	if (next_token(p) == TOKEN_WORD || next_token(p) == TOKEN_OPEN) {
		pos = here(p);
		scfg_error(p->errors, &pos,
		    "a new line or \";\" must follow \"}\"");
	}
}

static void
parse_children(struct parser *p, struct scfg_block *b)
{
	struct scfg_pos open = here(p);

	if (p->depth == SCFG_DEPTH_MAX) {
		scfg_error(p->errors, &open,
		    "blocks are nested more than %d deep", SCFG_DEPTH_MAX);
		p->at = p->text.n; /* its end is not worth looking for */
		p->depth = 0;
		return;
	}
	p->at++;
	p->depth++;
	parse_block(p, b);
	if (next_token(p) == TOKEN_CLOSE) {
		p->at++;
		p->depth--;
		check_behind_block(p);
	} else if (p->depth > 0) {
		scfg_error(p->errors, &open, "this block is not closed");
		p->depth = 0; /* one such error says it for all around it */
	}
}

static void
parse_nameless(struct parser *p)
{
	struct scfg_block away = { 0 };
	struct scfg_pos pos = here(p);

	scfg_error(p->errors, &pos, "this block has no name");
	parse_children(p, &away);
	scfg_clear(&away);
}

static struct scfg_directive *
add_directive(struct scfg_block *b)
{
	if (b->len == b->cap) {
		b->cap = b->cap > 0 ? 2 * b->cap : 8;
		b->directive =
		    xrealloc_array(b->directive, b->cap, sizeof(*b->directive));
	}
	b->directive[b->len] = (struct scfg_directive){ 0 };
	return &b->directive[b->len++];
}

static void
parse_directive(struct parser *p, struct scfg_directive *d)
{
	while (next_token(p) == TOKEN_WORD)
		add_word(p, d);
	if (next_token(p) == TOKEN_OPEN) {
		d->has_block = true;
		parse_children(p, &d->block);
	}
}

/* Up to the end of the text, or the brace that closes this block. */
static void
parse_block(struct parser *p, struct scfg_block *b)
{
	struct scfg_pos pos;

	for (;;) {
		switch (next_token(p)) {
		case TOKEN_END:
			return;
		case TOKEN_BREAK:
			p->at++;
			break;
		case TOKEN_OPEN:
			parse_nameless(p);
			break;
		case TOKEN_CLOSE:
			if (p->depth > 0)
				return;
			pos = here(p);
			scfg_error(p->errors, &pos, "no block is open here");
			p->at++;
			break;
		case TOKEN_WORD:
			parse_directive(p, add_directive(b));
			break;
		}
	}
}

void
scfg_parse(struct scfg_block *into, const struct scfg_source *source,
    struct scfg_errors *e)
{
	struct parser p = {
		.source = source, .text = source->text, .errors = e
	};

	parse_block(&p, into);
}

void
scfg_clear(struct scfg_block *b)
{
	for (size_t i = 0; i < b->len; i++) {
		struct scfg_directive *d = &b->directive[i];

		for (size_t w = 0; w < d->nwords; w++)
			free(d->word[w].s);
		free(d->word);
		scfg_clear(&d->block);
	}
	free(b->directive);
	*b = (struct scfg_block){ 0 };
}

void
scfg_quote(struct buf *out, const char *s)
{
	if (s[0] != '\0' && s[0] != '#' && strpbrk(s, " \t;{}\"'\\") == NULL) {
		buf_adds(out, s);
		return;
	}
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}
