/* SPDX-License-Identifier: ISC */
/*
 * What the columns decide, of all rows of a page at once.  Of each key two sets
 * of rows are kept: those that match it for sure, and those that may, which
 * has them all where the columns do not tell.
 */
#include "imap_search_rows.h"

#define MINUTE 60
#define DAY    86400
#define MOST   (INT64_MAX - 1) /* of all sizes and MODSEQs */

static void
invert(struct search_bounds *b, const struct store_bits *all)
{
	for (size_t w = 0; w < STORE_ROWS_WORDS; w++) {
		uint64_t sure = b->sure.w[w];

		b->sure.w[w] = all->w[w] & ~b->may.w[w];
		b->may.w[w] = all->w[w] & ~sure;
	}
}

static void
both(struct search_bounds *a, const struct search_bounds *b)
{
	for (size_t w = 0; w < STORE_ROWS_WORDS; w++) {
		a->sure.w[w] &= b->sure.w[w];
		a->may.w[w] &= b->may.w[w];
	}
}

static void
either(struct search_bounds *a, const struct search_bounds *b)
{
	for (size_t w = 0; w < STORE_ROWS_WORDS; w++) {
		a->sure.w[w] |= b->sure.w[w];
		a->may.w[w] |= b->may.w[w];
	}
}

/* ---- keys ---- */

/* One set is known for sure. */
static void
settle(struct search_bounds *b, bool known, const struct store_bits *set)
{
	if (known)
		b->sure = b->may = *set;
}

static void
numbers(struct store_rows *r, enum store_field field, int64_t lo, int64_t hi,
    struct search_bounds *b)
{
	struct store_bits set;
	bool known = store_rows_between(r, field, lo, hi, &set);

	settle(b, known, &set);
}

/* The moments whose days, where the clock is so many seconds ahead, are
 * before, on or since that one. */
static void
moments(enum search_op op, int64_t day, int64_t ahead, int64_t *lo, int64_t *hi)
{
	int64_t begin = day * DAY - ahead;
	bool before = op == SEARCH_BEFORE || op == SEARCH_SENTBEFORE ||
		      op == SEARCH_SAVEDBEFORE;
	bool since = op == SEARCH_SINCE || op == SEARCH_SENTSINCE ||
		     op == SEARCH_SAVEDSINCE;

	*lo = before ? INT64_MIN : begin;
	*hi = before ? begin - 1 : since ? INT64_MAX : begin + DAY - 1;
}

static void
days(struct store_rows *r, enum store_field field, const struct search_key *k,
    int64_t ahead, struct search_bounds *b)
{
	int64_t lo, hi;

	moments(k->op, k->day, ahead, &lo, &hi);
	numbers(r, field, lo, hi, b);
}

/* By the columns, a day more or less decides nothing: the zone is not there. */
static void
sent(struct store_rows *r, const struct search_key *k, struct search_bounds *b)
{
	struct store_bits sure = { 0 }, may;
	int64_t lo, hi;
	bool known;

	moments(k->op, k->day, 0, &lo, &hi);
	known = store_rows_between(r, STORE_F_SENT,
	    lo == INT64_MIN ? lo : lo - DAY, hi == INT64_MAX ? hi : hi + DAY,
	    &may);
	if (known && k->op != SEARCH_SENTON)
		known = store_rows_between(r, STORE_F_SENT,
		    lo == INT64_MIN ? lo : lo + DAY,
		    hi == INT64_MAX ? hi : hi - DAY, &sure);
	if (known)
		*b = (struct search_bounds){ sure, may };
}

static void
flags(struct store_rows *r, const struct search_key *k, struct search_bounds *b)
{
	struct store_bits set = { 0 };
	bool known;

	if (k->op == SEARCH_FLAG)
		known = store_rows_flags(r, k->flag, &set);
	else
		known = k->keyword < 0 ||
			store_rows_keyword(r, (unsigned)k->keyword, &set);
	settle(b, known, &set);
	if (k->negated)
		invert(b, &r->all);
}

/* Numbers lo .. hi are those of the rows. */
static void
range(const struct store_rows *r, const struct seqset *set, uint32_t lo,
    uint32_t hi, struct search_bounds *b)
{
	size_t i = seqset_find(set, lo);

	if (i == set->len || set->range[i].lo > hi)
		b->may = b->sure;
	else if (set->range[i].lo <= lo && set->range[i].hi >= hi)
		b->sure = r->all;
}

static void
look(struct search *s, const struct search_key *k, struct store_rows *r,
    uint32_t seq, struct search_bounds *b)
{
	int64_t number = k->number < MOST ? (int64_t)k->number : MOST;
	int zone;

	*b = (struct search_bounds){ .may = r->all };
	switch (k->op) {
	case SEARCH_ALL:
		b->sure = r->all;
		break;
	case SEARCH_FLAG:
	case SEARCH_KEYWORD:
		flags(r, k, b);
		break;
	case SEARCH_SET:
	case SEARCH_UID:
		if (k->op == SEARCH_SET && !s->fixed)
			range(r, &k->set, seq, seq + r->n - 1, b);
		else
			range(r, &k->set, r->uid[0], r->uid[r->n - 1], b);
		break;
	case SEARCH_BEFORE:
	case SEARCH_ON:
	case SEARCH_SINCE:
		if (store_rows_zone(r, &zone))
			days(r, STORE_F_DATE, k, (int64_t)zone * MINUTE, b);
		break;
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
		sent(r, k, b);
		break;
	case SEARCH_SAVEDBEFORE:
	case SEARCH_SAVEDON:
	case SEARCH_SAVEDSINCE:
		days(r, STORE_F_SAVED, k, 0, b);
		break;
	case SEARCH_LARGER:
		numbers(r, STORE_F_SIZE, number + 1, INT64_MAX, b);
		break;
	case SEARCH_SMALLER:
		numbers(r, STORE_F_SIZE, 0, number - 1, b);
		break;
	case SEARCH_MODSEQ:
		numbers(r, STORE_F_MODSEQ, number, INT64_MAX, b);
		break;
	case SEARCH_OLDER:
		numbers(r, STORE_F_DATE, INT64_MIN, s->now - number, b);
		break;
	case SEARCH_YOUNGER:
		numbers(r, STORE_F_DATE, s->now - number, INT64_MAX, b);
		break;
	default:
		break;
	}
}

/* ---- the whole ---- */

/* As evaluate() of imap_search_match.c does with values. */
static void
combine(struct search *s, struct store_rows *r, uint32_t seq,
    struct search_bounds *stack)
{
	struct search_bounds *top = stack; /* one past the uppermost */

	for (size_t i = s->nkeys; i-- > 0;) {
		const struct search_key *k = &s->key[i];

		switch (k->op) {
		case SEARCH_AND:
			*top = (struct search_bounds){ r->all, r->all };
			for (uint32_t n = 1; n <= k->argc; n++)
				both(top, top - n);
			top -= k->argc;
			top[0] = top[k->argc];
			top++;
			break;
		case SEARCH_OR:
			top--;
			either(&top[-1], &top[0]);
			break;
		case SEARCH_NOT:
			invert(&top[-1], &r->all);
			break;
		default:
			look(s, k, r, seq, top++);
		}
	}
}

void
search_rows(struct search *s, struct store_rows *r, uint32_t seq,
    struct search_bounds *out)
{
	/* An AND of none needs one more than there are keys. */
	if (s->bounds == NULL)
		s->bounds = xrealloc_array(NULL, s->nkeys + 1,
		    sizeof(s->bounds[0]));
	combine(s, r, seq, s->bounds);
	*out = s->bounds[0];
}
