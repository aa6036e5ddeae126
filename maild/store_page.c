/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_impl.h"

/*
 * A packed page: version 2, number of columns (1), rows (2), highest MODSEQ
 * (8; zero in cold pages); per column the bytes of one entry (1: 0, 1, 2, 4 or
 * 8, and RISES) and a base (8); then the columns, one behind the other.  An
 * entry is what its row has above the base; if the column rises, above the base
 * and the row's number.  A run of flags or dates so takes a fraction of its
 * plain size, and UIDs and MODSEQs of messages that came one after the other
 * take none.  Hot pages: UID, flags, MODSEQ, and keywords as far as any is set.
 * In version 1 no column rises.
 */
#define VERSION    2
#define RISES      0x80
#define FIXED      12
#define PER_COLUMN 9

#define COLD_COLUMNS (STORE_C_MAX - STORE_COLD_FIRST)

static bool
is_signed(unsigned column)
{
	return column >= STORE_C_DATE && column <= STORE_C_SENT;
}

/* ---- unpacking ---- */

struct layout {
	unsigned version, columns, rows;
	uint64_t modseq;
	const char *widths; /* and bases */
	const char *data;
};

static int
measure(struct span s, struct layout *l)
{
	size_t need;

	if (s.n < FIXED || s.p[0] < 1 || s.p[0] > VERSION)
		return -1;
	l->version = (unsigned char)s.p[0];
	l->columns = (unsigned char)s.p[1];
	l->rows = le16_get(s.p + 2);
	l->modseq = le64_get(s.p + 4);
	l->widths = s.p + FIXED;
	need = FIXED + (size_t)l->columns * PER_COLUMN;
	if (l->rows == 0 || l->rows > STORE_PAGE_ROWS || s.n < need)
		return -1;
	l->data = s.p + need;
	for (unsigned c = 0; c < l->columns; c++) {
		unsigned w = (unsigned char)l->widths[c * PER_COLUMN];

		if (l->version > 1)
			w &= ~(unsigned)RISES;
		if (w > 8 || (w & (w - 1)) != 0)
			return -1;
		need += (size_t)w * l->rows;
	}
	return s.n == need ? 0 : -1;
}

/* The next column of a page; moves l on. */
static struct store_packed
next_column(struct layout *l)
{
	unsigned width = (unsigned char)l->widths[0];
	struct store_packed c = { .base = le64_get(l->widths + 1),
		.width = width & ~(unsigned)RISES,
		.rises = (width & RISES) != 0,
		.at = l->data };

	l->widths += PER_COLUMN;
	l->data += (size_t)c.width * l->rows;
	return c;
}

void
store_packed_unpack(const struct store_packed *c, unsigned n, uint64_t *out)
{
	const char *p = c->at;
	uint64_t base = c->base;

	switch (c->width) {
	case 0:
		for (unsigned i = 0; i < n; i++)
			out[i] = base;
		break;
	case 1:
		for (unsigned i = 0; i < n; i++)
			out[i] = base + (unsigned char)p[i];
		break;
	case 2:
		for (unsigned i = 0; i < n; i++)
			out[i] = base + le16_get(p + i * 2);
		break;
	case 4:
		for (unsigned i = 0; i < n; i++)
			out[i] = base + le32_get(p + i * 4);
		break;
	default:
		for (unsigned i = 0; i < n; i++)
			out[i] = base + le64_get(p + i * 8);
		break;
	}
	for (unsigned i = 0; c->rises && i < n; i++)
		out[i] += i;
}

static void
unpack(struct layout *l, uint64_t *out)
{
	struct store_packed c = next_column(l);

	store_packed_unpack(&c, l->rows, out);
}

int
store_page_columns(struct span s, struct store_packed *col, unsigned max,
    unsigned *columns)
{
	struct layout l;

	if (measure(s, &l) < 0 || l.columns > max)
		return -1;
	*columns = l.columns;
	for (unsigned c = 0, n = l.columns; c < n; c++)
		col[c] = next_column(&l);
	return (int)l.rows;
}

static bool
hot_ok(const struct store_page *pg)
{
	const uint64_t *uid = pg->col[STORE_C_UID];
	const uint64_t *flags = pg->col[STORE_C_FLAGS];
	const uint64_t *modseq = pg->col[STORE_C_MODSEQ];
	uint64_t last = 0, wrong = 0;

	for (uint32_t i = 0; i < pg->n; i++) {
		wrong |= uid[i] <= last || flags[i] > 31 ||
		    modseq[i] > pg->modseq;
		last = uid[i];
	}
	return wrong == 0 && uid[0] >= pg->first && last <= UINT32_MAX;
}

int
store_page_unpack_hot(struct store_page *pg, struct span s)
{
	struct layout l;

	pg->n = 0;
	if (measure(s, &l) < 0 || l.columns < STORE_C_KEYWORD ||
	    l.columns > STORE_COLD_FIRST)
		return -1;
	pg->modseq = l.modseq;
	pg->words = l.columns - STORE_C_KEYWORD;
	pg->columns = STORE_HOT;
	for (unsigned c = 0, columns = l.columns; c < columns; c++)
		unpack(&l, pg->col[c]);
	pg->n = l.rows;
	if (hot_ok(pg))
		return 0;
	pg->n = 0;
	return -1;
}

int
store_page_unpack_uids(struct span s, uint32_t first,
    uint32_t uid[static STORE_PAGE_ROWS])
{
	uint64_t col[STORE_PAGE_ROWS], wrong = 0, last;
	struct layout l;

	if (measure(s, &l) < 0 || l.columns < STORE_C_KEYWORD)
		return -1;
	unpack(&l, col);
	last = (uint64_t)first - 1;
	for (unsigned i = 0; i < l.rows; i++) {
		wrong |= col[i] <= last;
		last = col[i];
		uid[i] = (uint32_t)col[i];
	}
	return wrong == 0 && last <= UINT32_MAX ? (int)l.rows : -1;
}

static bool
cold_ok(const struct store_page *pg)
{
	uint64_t wrong = 0;

	for (uint32_t i = 0; i < pg->n; i++) {
		int64_t zone = (int64_t)pg->col[STORE_C_ZONE][i];

		wrong |= zone > INT16_MAX || zone < INT16_MIN ||
		    pg->col[STORE_C_PREFIX][i] > STORE_PREFIX_MAX ||
		    pg->col[STORE_C_SIZE][i] < pg->col[STORE_C_PREFIX][i] ||
		    pg->col[STORE_C_SIZE][i] > 2 * ENGINE_BLOB_MAX;
	}
	return wrong == 0;
}

int
store_page_unpack_cold(struct store_page *pg, struct span s)
{
	struct layout l;

	if (measure(s, &l) < 0 || l.columns != COLD_COLUMNS || l.rows != pg->n)
		return -1;
	for (unsigned c = STORE_COLD_FIRST; c < STORE_C_MAX; c++)
		unpack(&l, pg->col[c]);
	if (!cold_ok(pg))
		return -1;
	pg->columns |= STORE_COLD;
	return 0;
}

uint64_t
store_page_modseq(struct span s)
{
	return s.n >= FIXED ? le64_get(s.p + 4) : UINT64_MAX;
}

/* ---- packing ---- */

static uint64_t
base_of(const uint64_t *col, unsigned n, bool with_sign)
{
	/* Flipped, the sign bit makes signed numbers compare as unsigned. */
	uint64_t flip = with_sign ? (uint64_t)1 << 63 : 0, min = col[0] ^ flip;

	for (unsigned i = 1; i < n; i++) {
		if ((col[i] ^ flip) < min)
			min = col[i] ^ flip;
	}
	return min ^ flip;
}

/* rise: 1, or 0. */
static unsigned
width_of(const uint64_t *col, unsigned n, uint64_t base, unsigned rise)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < n; i++)
		all |= col[i] - base - (uint64_t)rise * i;
	if (all == 0)
		return 0;
	if (all <= UINT8_MAX)
		return 1;
	if (all <= UINT16_MAX)
		return 2;
	return all <= UINT32_MAX ? 4 : 8;
}

static void
pack(char *at, const uint64_t *col, unsigned n, const struct store_packed *c)
{
	unsigned width = c->width;

	for (unsigned i = 0; i < n; i++, at += width) {
		uint64_t v = col[i] - c->base - (c->rises ? i : 0);

		if (width == 1)
			*at = (char)v;
		else if (width == 2)
			le16_put(at, (uint16_t)v);
		else if (width == 4)
			le32_put(at, (uint32_t)v);
		else if (width == 8)
			le64_put(at, v);
	}
}

/* Those that ascend where mail comes. */
static bool
may_rise(unsigned column)
{
	return column == STORE_C_UID || column == STORE_C_MODSEQ ||
	       column == STORE_C_BLOB;
}

/* How it takes the least; at is for the caller. */
static struct store_packed
shape(unsigned column, const uint64_t *col, unsigned n)
{
	uint64_t base = base_of(col, n, is_signed(column));
	struct store_packed c = { .base = base,
		.width = width_of(col, n, base, 0) };
	unsigned width;

	if (c.width == 0 || !may_rise(column))
		return c;
	width = width_of(col, n, col[0], 1);
	if (width < c.width)
		c = (struct store_packed){ .base = col[0], .width = width,
			.rises = true };
	return c;
}

static void
pack_columns(struct buf *out, const struct store_page *pg, unsigned first,
    unsigned columns, uint64_t modseq)
{
	size_t start = out->len, head = FIXED + (size_t)columns * PER_COLUMN;
	char *p = buf_reserve(out, head + columns * sizeof(pg->col[0]));
	char *widths = p + FIXED;

	if (p == NULL)
		return;
	p[0] = VERSION;
	p[1] = (char)columns;
	le16_put(p + 2, (uint16_t)pg->n);
	le64_put(p + 4, modseq);
	out->len += head;
	for (unsigned c = first; c < first + columns; c++) {
		struct store_packed how = shape(c, pg->col[c], pg->n);

		widths[0] = (char)(how.width | (how.rises ? RISES : 0));
		le64_put(widths + 1, how.base);
		widths += PER_COLUMN;
		pack(p + (out->len - start), pg->col[c], pg->n, &how);
		out->len += (size_t)how.width * pg->n;
	}
}

static bool
any(const uint64_t *col, unsigned n)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < n; i++)
		all |= col[i];
	return all != 0;
}

void
store_page_pack_hot(struct buf *out, const struct store_page *pg)
{
	unsigned columns = STORE_C_KEYWORD + pg->words;
	uint64_t modseq = 0;

	while (columns > STORE_C_KEYWORD && !any(pg->col[columns - 1], pg->n))
		columns--;
	for (uint32_t i = 0; i < pg->n; i++) {
		if (pg->col[STORE_C_MODSEQ][i] > modseq)
			modseq = pg->col[STORE_C_MODSEQ][i];
	}
	pack_columns(out, pg, 0, columns, modseq);
}

void
store_page_pack_cold(struct buf *out, const struct store_page *pg)
{
	pack_columns(out, pg, STORE_COLD_FIRST, COLD_COLUMNS, 0);
}

/* ---- rows ---- */

uint32_t
store_page_row(const struct store_page *pg, uint32_t uid)
{
	uint32_t lo = 0, hi = pg->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (pg->col[STORE_C_UID][mid] < uid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static unsigned
used_columns(const struct store_page *pg, unsigned c)
{
	return c < STORE_C_KEYWORD + pg->words ||
	    (c >= STORE_COLD_FIRST && (pg->columns & STORE_COLD));
}

void
store_page_keep(struct store_page *pg, const bool *keep)
{
	uint32_t n = 0;

	for (unsigned c = 0; c < STORE_C_MAX; c++) {
		if (!used_columns(pg, c))
			continue;
		n = 0;
		for (uint32_t i = 0; i < pg->n; i++) {
			if (keep[i])
				pg->col[c][n++] = pg->col[c][i];
		}
	}
	pg->n = n;
}

/* Make the keyword columns up to that one. */
void
store_page_words(struct store_page *pg, unsigned words)
{
	for (; pg->words < words; pg->words++)
		memset(pg->col[STORE_C_KEYWORD + pg->words], 0,
		    sizeof(pg->col[0]));
}

void
store_page_flags(const struct store_page *pg, uint32_t row,
    struct store_flags *out)
{
	out->system = (uint32_t)pg->col[STORE_C_FLAGS][row];
	for (unsigned w = 0; w < STORE_KW_WORDS; w++)
		out->keyword[w] = w < pg->words ?
		    pg->col[STORE_C_KEYWORD + w][row] : 0;
}
