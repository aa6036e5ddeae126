/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "casefold.h"
#include "charset.h"
#include "date.h"
#include "imap_args.h"
#include "imap_enable.h"
#include "imap_modseq.h"
#include "imap_search.h"

enum arg { ARG_NONE, ARG_STRING, ARG_FIELD, ARG_DATE, ARG_NUMBER, ARG_KEYWORD,
	ARG_UIDS, ARG_MODSEQ, ARG_AGE, ARG_OBJECTID };

static const struct word {
	const char *name;
	enum search_op op;
	enum arg arg;
	bool negated;
	uint32_t flag;
	const char *field; /* of HEADER by another name */
} words[] = {
	{ .name = "ALL", .op = SEARCH_ALL },
	{ .name = "ANSWERED", .op = SEARCH_FLAG, .flag = STORE_ANSWERED },
	{ .name = "BCC", .op = SEARCH_HEADER, ARG_STRING, .field = "Bcc" },
	{ .name = "BEFORE", .op = SEARCH_BEFORE, ARG_DATE },
	{ .name = "BODY", .op = SEARCH_BODY, ARG_STRING },
	{ .name = "CC", .op = SEARCH_HEADER, ARG_STRING, .field = "Cc" },
	{ .name = "DELETED", .op = SEARCH_FLAG, .flag = STORE_DELETED },
	{ .name = "DRAFT", .op = SEARCH_FLAG, .flag = STORE_DRAFT },
	{ .name = "EMAILID", .op = SEARCH_EMAILID, ARG_OBJECTID },
	{ .name = "FLAGGED", .op = SEARCH_FLAG, .flag = STORE_FLAGGED },
	{ .name = "FROM", .op = SEARCH_HEADER, ARG_STRING, .field = "From" },
	{ .name = "HEADER", .op = SEARCH_HEADER, ARG_FIELD },
	{ .name = "KEYWORD", .op = SEARCH_KEYWORD, ARG_KEYWORD },
	{ .name = "LARGER", .op = SEARCH_LARGER, ARG_NUMBER },
	{ .name = "MODSEQ", .op = SEARCH_MODSEQ, ARG_MODSEQ },
	{ .name = "NEW", .op = SEARCH_NEW },
	{ .name = "OLD", .op = SEARCH_RECENT, .negated = true },
	{ .name = "OLDER", .op = SEARCH_OLDER, ARG_AGE },
	{ .name = "ON", .op = SEARCH_ON, ARG_DATE },
	{ .name = "RECENT", .op = SEARCH_RECENT },
	{ .name = "SAVEDATESUPPORTED", .op = SEARCH_ALL },
	{ .name = "SAVEDBEFORE", .op = SEARCH_SAVEDBEFORE, ARG_DATE },
	{ .name = "SAVEDON", .op = SEARCH_SAVEDON, ARG_DATE },
	{ .name = "SAVEDSINCE", .op = SEARCH_SAVEDSINCE, ARG_DATE },
	{ .name = "SEEN", .op = SEARCH_FLAG, .flag = STORE_SEEN },
	{ .name = "SENTBEFORE", .op = SEARCH_SENTBEFORE, ARG_DATE },
	{ .name = "SENTON", .op = SEARCH_SENTON, ARG_DATE },
	{ .name = "SENTSINCE", .op = SEARCH_SENTSINCE, ARG_DATE },
	{ .name = "SINCE", .op = SEARCH_SINCE, ARG_DATE },
	{ .name = "SMALLER", .op = SEARCH_SMALLER, ARG_NUMBER },
	{ .name = "SUBJECT", .op = SEARCH_HEADER, ARG_STRING,
	    .field = "Subject" },
	{ .name = "TEXT", .op = SEARCH_TEXT, ARG_STRING },
	{ .name = "THREADID", .op = SEARCH_THREADID, ARG_OBJECTID },
	{ .name = "TO", .op = SEARCH_HEADER, ARG_STRING, .field = "To" },
	{ .name = "UID", .op = SEARCH_UID, ARG_UIDS },
	{ .name = "UNANSWERED", .op = SEARCH_FLAG, .flag = STORE_ANSWERED,
	    .negated = true },
	{ .name = "UNDELETED", .op = SEARCH_FLAG, .flag = STORE_DELETED,
	    .negated = true },
	{ .name = "UNDRAFT", .op = SEARCH_FLAG, .flag = STORE_DRAFT,
	    .negated = true },
	{ .name = "UNFLAGGED", .op = SEARCH_FLAG, .flag = STORE_FLAGGED,
	    .negated = true },
	{ .name = "UNKEYWORD", .op = SEARCH_KEYWORD, ARG_KEYWORD,
	    .negated = true },
	{ .name = "UNSEEN", .op = SEARCH_FLAG, .flag = STORE_SEEN,
	    .negated = true },
	{ .name = "YOUNGER", .op = SEARCH_YOUNGER, ARG_AGE },
};

static const struct word *
find_word(struct span name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_ieqs(name, words[i].name))
			return &words[i];
	}
	return NULL;
}

/* NULL: too many; the reply is set. */
static struct search_key *
add(struct search *s, enum search_op op)
{
	struct search_key *k;

	if (s->nkeys == SEARCH_KEYS_MAX) {
		imap_no(s->im, "LIMIT", "A search has at most %d keys",
		    SEARCH_KEYS_MAX);
		return NULL;
	}
	if (s->nkeys == s->cap) {
		s->cap = s->cap > 0 ? 2 * s->cap : 8;
		s->key = xrealloc_array(s->key, s->cap, sizeof(s->key[0]));
	}
	k = &s->key[s->nkeys++];
	*k = (struct search_key){ .op = op };
	return k;
}

/* ---- arguments of keys ---- */

/* A string to look for, in UTF-8 and folded. */
static bool
parse_needle(struct search *s, struct search_key *k)
{
	struct imap *im = s->im;
	struct span text;
	bool texts = k->op == SEARCH_TEXT || k->op == SEARCH_BODY;

	if (!imap_astring(&im->cmd.args, &text)) {
		imap_bad(im, "A string to search for was expected");
		return false;
	}
	buf_clear(&s->scratch);
	if (charset_to_utf8(&s->scratch,
		s->charset.n > 0 ? s->charset : SPAN_LIT("UTF-8"), text) < 0) {
		imap_bad(im, "The string is not in the charset of the search");
		return false;
	}
	k->needle = s->needles.len;
	casefold(&s->needles, buf_span(&s->scratch));
	k->needle_len = s->needles.len - k->needle;
	if (s->needles.failed || k->needle_len > MSGTEXT_NEEDLE_MAX ||
	    (texts && ++s->ntexts > SEARCH_TEXTS_MAX)) {
		imap_no(im, "LIMIT", "The strings are too long or too many");
		return false;
	}
	return true;
}

static bool
parse_field(struct search *s, struct search_key *k)
{
	if (!imap_astring(&s->im->cmd.args, &k->name)) {
		imap_bad(s->im, "A header field's name was expected");
		return false;
	}
	return imap_arg_sp(s->im) && parse_needle(s, k);
}

static bool
parse_date(struct search *s, struct search_key *k)
{
	struct span text;
	int64_t sec;

	if (!imap_astring(&s->im->cmd.args, &text) ||
	    date_parse_day(text, &sec) < 0) {
		imap_bad(s->im, "A date was expected, such as 1-Feb-1994");
		return false;
	}
	k->day = date_day((struct mail_date){ .sec = sec });
	s->cold = true;
	return true;
}

static bool
parse_number(struct search *s, struct search_key *k)
{
	if (!imap_number64(&s->im->cmd.args, &k->number)) {
		imap_bad(s->im, "A number of bytes was expected");
		return false;
	}
	s->cold = true;
	return true;
}

static bool
parse_age(struct search *s, struct search_key *k)
{
	uint32_t age;

	if (!imap_number(&s->im->cmd.args, &age) || age == 0) {
		imap_bad(s->im, "An age in seconds was expected");
		return false;
	}
	k->number = age;
	s->cold = true;
	return true;
}

static bool
parse_keyword(struct search *s, struct search_key *k)
{
	if (!imap_atom(&s->im->cmd.args, &k->name)) {
		imap_bad(s->im, "A keyword was expected");
		return false;
	}
	s->keywords = true;
	return true;
}

/* Of which flag it is asked, and whose, does not matter: a message has one
 * mod-sequence. */
static bool
parse_entry(struct search *s)
{
	struct imap_cursor *c = &s->im->cmd.args;
	struct span name;

	if (!imap_peek(c, '"'))
		return true;
	if (!imap_string(c, &name) ||
	    !span_iprefix(name, SPAN_LIT("/flags/"))) {
		imap_bad(s->im, "A name of an entry was expected, such as "
		    "\"/flags/\\\\Seen\"");
		return false;
	}
	if (!imap_arg_sp(s->im))
		return false;
	if (!imap_word(c, "all") && !imap_word(c, "priv") &&
	    !imap_word(c, "shared")) {
		imap_bad(s->im, "All, priv or shared was expected");
		return false;
	}
	return imap_arg_sp(s->im);
}

static bool
parse_modseq(struct search *s, struct search_key *k)
{
	s->modseq = true;
	return parse_entry(s) && imap_arg_modseq(s->im, &k->number);
}

static bool
parse_objectid(struct search *s, struct search_key *k)
{
	if (!imap_atom(&s->im->cmd.args, &k->name)) {
		imap_bad(s->im, "An object identifier was expected");
		return false;
	}
	s->cold = true;
	return true;
}

static bool
parse_arg(struct search *s, struct search_key *k, enum arg arg)
{
	if (arg != ARG_NONE && !imap_arg_sp(s->im))
		return false;
	switch (arg) {
	case ARG_NONE:
		return true;
	case ARG_STRING:
		return parse_needle(s, k);
	case ARG_FIELD:
		return parse_field(s, k);
	case ARG_DATE:
		return parse_date(s, k);
	case ARG_NUMBER:
		return parse_number(s, k);
	case ARG_KEYWORD:
		return parse_keyword(s, k);
	case ARG_MODSEQ:
		return parse_modseq(s, k);
	case ARG_AGE:
		return parse_age(s, k);
	case ARG_OBJECTID:
		return parse_objectid(s, k);
	case ARG_UIDS:
		s->marker |= imap_peek(&s->im->cmd.args, '$');
		return imap_arg_search_set(s->im, s->view, true, &k->set);
	}
	return false;
}

/* ---- keys ---- */

/* A key that is no operator; name has been taken. */
static bool
parse_leaf(struct search *s, struct span name)
{
	const struct word *w = find_word(name);
	struct search_key *k;

	if (w == NULL) {
		imap_bad(s->im, "There is no such search key");
		return false;
	}
	k = add(s, w->op);
	if (k == NULL)
		return false;
	k->negated = w->negated;
	k->flag = w->flag;
	if (w->field != NULL)
		k->name = span_str(w->field);
	return parse_arg(s, k, w->arg);
}

static bool
parse_set(struct search *s)
{
	struct search_key *k = add(s, SEARCH_SET);
	bool marker = imap_peek(&s->im->cmd.args, '$');

	s->im->cmd.numbers |= !marker;
	s->marker |= marker;
	if (!marker && imap_enabled(s->im, IMAP_UIDONLY)) {
		imap_bad(s->im, IMAP_UIDREQUIRED);
		return false;
	}
	return k != NULL && imap_arg_search_set(s->im, s->view, false, &k->set);
}

/* Operators whose operands are still to come, innermost last. */
struct open {
	size_t key;
	unsigned wants; /* operands; 0: as many as there are */
};

struct parser {
	struct search *s;
	struct open *open;
	size_t depth;
};

static bool
push(struct parser *p, enum search_op op, unsigned wants)
{
	if (add(p->s, op) == NULL)
		return false;
	p->open[p->depth++] = (struct open){ p->s->nkeys - 1, wants };
	return true;
}

/* Take a key, or the beginning of an operator: then *more, a key must follow
 * at once. */
static bool
parse_key(struct parser *p, bool *more)
{
	struct imap_cursor *c = &p->s->im->cmd.args;
	struct span name;

	*more = true;
	if (imap_char(c, '('))
		return push(p, SEARCH_AND, 0);
	if (imap_word(c, "NOT"))
		return push(p, SEARCH_NOT, 1) && imap_arg_sp(p->s->im);
	if (imap_word(c, "OR"))
		return push(p, SEARCH_OR, 2) && imap_arg_sp(p->s->im);
	if (imap_word(c, "FUZZY")) { /* matched as ever: RFC 6203 section 5 */
		p->s->fuzzy = true;
		return imap_arg_sp(p->s->im);
	}
	*more = false;
	if (!imap_end(c) &&
	    (ascii_digit(*c->p) || *c->p == '*' || *c->p == '$'))
		return parse_set(p->s);
	if (imap_atom(c, &name))
		return parse_leaf(p->s, name);
	imap_bad(p->s->im, "A search key was expected");
	return false;
}

/* A key is complete, and maybe with it the operators around it. */
static void
complete(struct parser *p)
{
	struct imap_cursor *c = &p->s->im->cmd.args;

	for (;;) {
		struct open *o = &p->open[p->depth - 1];

		if (o->wants == 0) {
			p->s->key[o->key].argc++;
			/* The outermost has no parentheses. */
			if (p->depth == 1 || !imap_char(c, ')'))
				return;
		} else if (--o->wants > 0) {
			return;
		}
		p->depth--;
	}
}

static bool
parse_keys(struct parser *p)
{
	bool more;

	if (!push(p, SEARCH_AND, 0))
		return false;
	do {
		do {
			if (!parse_key(p, &more))
				return false;
		} while (more);
		complete(p);
		if (p->depth == 1 && imap_end(&p->s->im->cmd.args))
			return true;
	} while (imap_arg_sp(p->s->im));
	return false;
}

static bool
parse_charset(struct search *s)
{
	struct imap *im = s->im;

	if (!imap_astring(&im->cmd.args, &s->charset)) {
		imap_bad(im, "A charset was expected");
		return false;
	}
	if (s->charset.n == 0 || !charset_known(s->charset)) {
		imap_no(im, "BADCHARSET (US-ASCII UTF-8)",
		    "The charset is not known");
		return false;
	}
	return imap_arg_sp(im);
}

/* Once the needles stay where they are. */
static void
make_matches(struct search *s)
{
	for (size_t i = 0; i < s->nkeys; i++) {
		struct search_key *k = &s->key[i];

		if (k->op == SEARCH_TEXT || k->op == SEARCH_BODY)
			k->match = msgtext_match_new(span_sub(
			    buf_span(&s->needles), k->needle, k->needle_len));
	}
}

static bool
parse_program(struct search *s)
{
	struct imap *im = s->im;
	struct parser p = { .s = s };
	bool ok;

	s->now = (int64_t)time(NULL);
	s->needles.max = SEARCH_NEEDLES;
	/* Clients quote 8-bit text of the charset where a literal was due. */
	im->cmd.args.utf8 = true;
	p.open = xcalloc(SEARCH_KEYS_MAX, sizeof(p.open[0]));
	ok = parse_keys(&p);
	free(p.open);
	if (!ok)
		return false;
	if (s->modseq)
		imap_enable_implicitly(im, IMAP_CONDSTORE);
	make_matches(s);
	s->stack = xcalloc(s->nkeys, sizeof(s->stack[0]));
	return true;
}

/* RFC 6855 section 3; RFC 9051 allows it again. */
static bool
charset_allowed(struct imap *im)
{
	if (!imap_enabled(im, IMAP_UTF8) || imap_enabled(im, IMAP_REV2))
		return true;
	imap_bad(im, "With UTF8=ACCEPT all is in UTF-8, and CHARSET cannot be "
	    "told");
	return false;
}

bool
search_parse(struct search *s)
{
	if (imap_word(&s->im->cmd.args, "CHARSET") &&
	    !(charset_allowed(s->im) && imap_arg_sp(s->im) &&
		parse_charset(s)))
		return false;
	return parse_program(s);
}

bool
search_parse_charset(struct search *s)
{
	return parse_charset(s) && parse_program(s);
}

void
search_clear(struct search *s)
{
	for (size_t i = 0; i < s->nkeys; i++) {
		seqset_clear(&s->key[i].set);
		if (s->key[i].match != NULL)
			msgtext_match_free(s->key[i].match);
	}
	search_index_forget(s);
	free(s->key);
	free(s->stack);
	free(s->bounds);
	buf_free(&s->needles);
	buf_free(&s->scratch);
	seqset_clear(&s->found);
}
