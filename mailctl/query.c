/* SPDX-License-Identifier: ISC */
#include "query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "charset.h"
#include "imap_client.h"
#include "imap_write.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* ---- terms ---- */

static struct query_term *
add_term(struct query *q, const char *key)
{
	struct query_term *t;

	q->term = xrealloc_array(q->term, q->len + 1, sizeof(q->term[0]));
	t = &q->term[q->len++];
	*t = (struct query_term){ .key = key };
	return t;
}

static int
add_string(struct query *q, const char *key, struct span value,
    struct buf *err)
{
	if (!utf8_valid(value)) {
		buf_adds(err, "not UTF-8");
		return -1;
	}
	for (size_t i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] > 127)
			q->utf8 = true;
	}
	add_term(q, key)->string = span_dup(value);
	return 0;
}

void
query_clear(struct query *q)
{
	for (size_t i = 0; i < q->len; i++)
		free(q->term[i].string);
	free(q->term);
	*q = (struct query){ 0 };
}

/* ---- dates and sizes ---- */

/* "2024-01-31" */
static bool
parse_date(struct span s, struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	struct span y, m, d = s;
	uint32_t year, month, day;

	if (s.n != 10 || !span_split(&d, '-', &y) || !span_split(&d, '-', &m) ||
	    span_u32(y, &year) < 0 || span_u32(m, &month) < 0 ||
	    span_u32(d, &day) < 0 || year < 1970 || month < 1 || month > 12 ||
	    day < 1 || day > (uint32_t)days[month - 1])
		return false;
	*tm = (struct tm){ .tm_year = (int)year - 1900,
		.tm_mon = (int)month - 1, .tm_mday = (int)day };
	return true;
}

/* "7d", "2w", "3m", "1y" before now. */
static bool
parse_age(struct span s, int64_t now, struct tm *tm)
{
	time_t when = (time_t)now;
	uint64_t n;

	if (s.n < 2 || span_u64(span_sub(s, 0, s.n - 1), 10000, &n) < 0 ||
	    localtime_r(&when, tm) == NULL)
		return false;
	switch (s.p[s.n - 1]) {
	case 'd':
		tm->tm_mday -= (int)n;
		break;
	case 'w':
		tm->tm_mday -= 7 * (int)n;
		break;
	case 'm':
		tm->tm_mon -= (int)n;
		break;
	case 'y':
		tm->tm_year -= (int)n;
		break;
	default:
		return false;
	}
	tm->tm_isdst = -1;
	return mktime(tm) != (time_t)-1;
}

static int
add_day(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct query_term *t;
	struct tm tm;

	if (!parse_date(value, &tm) && !parse_age(value, now, &tm)) {
		buf_adds(err, "neither a date (2024-01-31) nor an age "
		    "(7d, 2w, 3m, 1y)");
		return -1;
	}
	t = add_term(q, key);
	snprintf(t->word, sizeof(t->word), "%d-%s-%04d", tm.tm_mday,
	    month[tm.tm_mon], tm.tm_year + 1900);
	return 0;
}

static int
add_size(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	static const char units[] = "KMG";
	const char *unit = value.n > 1 ?
	    strchr(units, ascii_upper(value.p[value.n - 1])) : NULL;
	unsigned shift = 0;
	uint64_t n;

	(void)now;
	if (unit != NULL && *unit != '\0') {
		shift = 10 * (unsigned)(unit - units + 1);
		value.n--;
	}
	if (span_u64(value, UINT32_MAX >> shift, &n) < 0) {
		buf_adds(err, "no size (500, 10K, 5M), or 4G and more");
		return -1;
	}
	snprintf(add_term(q, key)->word, 24, "%" PRIu64, n << shift);
	return 0;
}

/* ---- keys ---- */

static int
add_text(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	(void)now;
	return add_string(q, key, value, err);
}

static int
add_to(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	(void)now;
	return add_string(q, key, value, err) < 0 ||
	    add_string(q, "CC", value, err) < 0 ? -1 : 0;
}

static const struct {
	const char *word, *key;
} states[] = {
	{ "unread", "UNSEEN" },
	{ "read", "SEEN" },
	{ "flagged", "FLAGGED" },
	{ "unflagged", "UNFLAGGED" },
	{ "answered", "ANSWERED" },
	{ "unanswered", "UNANSWERED" },
	{ "draft", "DRAFT" },
	{ "deleted", "DELETED" },
};

static int
add_is(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	(void)key;
	(void)now;
	for (size_t i = 0; i < NELEM(states); i++) {
		if (span_ieqs(value, states[i].word)) {
			add_term(q, states[i].key);
			return 0;
		}
	}
	buf_adds(err, "is: may be");
	for (size_t i = 0; i < NELEM(states); i++)
		buf_addf(err, " %s", states[i].word);
	return -1;
}

/* IMAP has no word for it: what holds attachments is multipart/mixed. */
static int
add_has(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	(void)now;
	if (span_ieqs(value, "attachment"))
		return add_string(q, key, SPAN_LIT("multipart/mixed"), err);
	buf_adds(err, "has: may be attachment");
	return -1;
}

static int
add_keyword(struct query *q, const char *key, struct span value, int64_t now,
    struct buf *err)
{
	(void)now;
	if (imap_is_atom(value))
		return add_string(q, key, value, err);
	buf_adds(err, "no keyword");
	return -1;
}

static const struct {
	const char *name, *key;
	int (*add)(struct query *, const char *, struct span, int64_t,
	    struct buf *);
} keys[] = {
	{ "from", "FROM", add_text },
	{ "to", "OR TO", add_to },
	{ "cc", "CC", add_text },
	{ "subject", "SUBJECT", add_text },
	{ "body", "BODY", add_text },
	{ "is", NULL, add_is },
	{ "has", "HEADER Content-Type", add_has },
	{ "keyword", "KEYWORD", add_keyword },
	{ "unkeyword", "UNKEYWORD", add_keyword },
	{ "after", "SINCE", add_day },
	{ "before", "BEFORE", add_day },
	{ "larger", "LARGER", add_size },
	{ "smaller", "SMALLER", add_size },
};

static int
add_word(struct query *q, struct span word, int64_t now, struct buf *err)
{
	struct span value = word, name;

	span_split(&value, ':', &name);
	for (size_t i = 0; i < NELEM(keys) && name.n < word.n; i++) {
		if (!span_ieqs(name, keys[i].name))
			continue;
		if (value.n == 0) {
			buf_adds(err, "nothing behind the colon");
			return -1;
		}
		return keys[i].add(q, keys[i].key, value, now, err);
	}
	return add_string(q, "TEXT", word, err);
}

/* Short ones are near to much that is text. */
const char *
query_meant(struct span word)
{
	struct span value = word, name;
	char lower[32];

	span_split(&value, ':', &name);
	if (name.n > sizeof(lower))
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = (char)ascii_lower(name.p[i]);
	name.p = lower;
	for (size_t i = 0; i < NELEM(keys) && name.n < word.n; i++) {
		struct span key = span_str(keys[i].name);
		bool begins = name.n > 2 && name.n < key.n &&
		    span_eq(name, span_sub(key, 0, name.n));

		if (begins || (key.n > 3 && !span_eq(name, key) &&
		    span_distance(name, key) < 2))
			return keys[i].name;
	}
	return NULL;
}

int
query_parse(struct query *q, int argc, char *const *argv, int64_t now,
    struct buf *err)
{
	struct buf what = { 0 };

	*q = (struct query){ 0 };
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] == '\0')
			continue;
		if (i == QUERY_WORDS_MAX)
			buf_addf(&what, "more than %d words", QUERY_WORDS_MAX);
		else if (add_word(q, span_str(argv[i]), now, &what) == 0)
			continue;
		buf_addf(err, "%s: %s", argv[i], what.data);
		buf_free(&what);
		query_clear(q);
		return -1;
	}
	return 0;
}

void
query_add_keys(const struct query *q, struct imap_client *c)
{
	if (q->len == 0)
		imap_client_add(c, " ALL");
	for (size_t i = 0; i < q->len; i++) {
		const struct query_term *t = &q->term[i];

		imap_client_add(c, " %s%s%s", t->key,
		    t->word[0] != '\0' || t->string != NULL ? " " : "",
		    t->word);
		if (t->string != NULL)
			imap_client_add_astring(c, span_str(t->string));
	}
}

void
query_add(const struct query *q, struct imap_client *c)
{
	if (q->utf8)
		imap_client_add(c, " CHARSET UTF-8");
	query_add_keys(q, c);
}
