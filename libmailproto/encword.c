/* SPDX-License-Identifier: ISC */
#include "config.h" /* memmem() */

#include "encword.h"

#include "base64.h"
#include "charset.h"
#include "lex.h"
#include "utf8.h"

#define LABEL_MAX 80 /* of a charset and its language */

/* An encoded word, and the bytes it takes. */
struct word {
	struct span charset; /* without the language */
	char encoding;       /* 'B' or 'Q' */
	struct span text;
	size_t len;
};

/* Words that follow each other in one charset are one text: senders cut
 * characters in two. */
struct decoder {
	struct buf *out;
	size_t from; /* in out, where the text at hand begins */
	struct charset_stream *cs;
	struct word last;
	struct base64_stream base64;
	struct buf bytes; /* of one word */
};

/* "=?charset*language?encoding?" at the start of s. */
static bool
parse_start(struct span s, struct word *w)
{
	struct span label = span_sub(s, 2, LABEL_MAX);
	const char *mark = memchr(label.p, '?', label.n);

	if (mark == NULL || mark == label.p)
		return false;
	label.n = (size_t)(mark - label.p);
	for (size_t i = 0; i < label.n; i++) {
		if (!lex_atext(label.p[i]) && label.p[i] != '.' &&
		    label.p[i] != ':')
			return false;
	}
	w->len = 2 + label.n + 3;
	if (w->len > s.n || s.p[w->len - 1] != '?')
		return false;
	span_split(&label, '*', &w->charset);
	w->encoding = (char)ascii_upper((unsigned char)s.p[w->len - 2]);
	return w->encoding == 'B' || w->encoding == 'Q';
}

/*
 * The word at the start of s, which begins with "=?".  White space in its text
 * is forgiven, but not another word.  False: there is none, and none begins
 * within the w->len bytes that have been looked at.
 */
static bool
parse_word(struct span s, struct word *w)
{
	size_t from;

	if (!parse_start(s, w)) {
		w->len = 2;
		return false;
	}
	from = w->len;
	for (; w->len < s.n; w->len++) {
		struct span at = span_sub(s, w->len, 3);

		if (at.n >= 2 && at.p[0] == '?' && at.p[1] == '=') {
			w->text = span_sub(s, from, w->len - from);
			w->len += 2;
			return true;
		}
		if (at.n == 3 && lex_wsp(at.p[0]) && at.p[1] == '=' &&
		    at.p[2] == '?')
			break;
	}
	return false;
}

static void
decode_q(struct buf *out, struct span s)
{
	char *to = buf_reserve(out, s.n);

	if (to == NULL)
		return;
	for (size_t i = 0; i < s.n; i++) {
		int c = -1;

		if (s.p[i] == '=')
			c = lex_hex_pair(span_sub(s, i, 3));
		if (c < 0) {
			*to++ = s.p[i] == '_' ? ' ' : s.p[i];
			continue;
		}
		*to++ = (char)c;
		i += 2;
	}
	out->len = (size_t)(to - out->data);
}

static void
decode_text(struct decoder *d, const struct word *w)
{
	buf_clear(&d->bytes);
	if (w->encoding == 'Q') {
		decode_q(&d->bytes, w->text);
		return;
	}
	/* A group of four may be cut in two, too; whole ones are on their own,
	 * even when padding was left out before. */
	if (d->last.encoding != 'B' || w->text.n % 4 == 0)
		d->base64 = (struct base64_stream){ 0 };
	base64_stream(&d->base64, &d->bytes, w->text);
}

static void
end_text(struct decoder *d)
{
	if (d->cs == NULL)
		return;
	charset_end(d->cs, d->out);
	charset_close(d->cs);
	d->cs = NULL;
	d->last = (struct word){ 0 };
	lex_blank_controls(d->out, d->from);
}

static void
decode_word(struct decoder *d, struct word *w)
{
	/* Raw 8-bit in a word: its label is not to be trusted. */
	if (utf8_ascii_run(w->text) < w->text.n && utf8_valid(w->text))
		w->charset = SPAN_LIT("utf-8");
	if (!span_ieq(w->charset, d->last.charset))
		end_text(d);
	decode_text(d, w);
	if (d->cs == NULL) {
		d->cs = charset_open(w->charset);
		d->from = d->out->len;
	}
	charset_stream(d->cs, d->out, buf_span(&d->bytes));
	d->last = *w;
}

/* Bytes before the next "=?", or all. */
static size_t
plain_length(struct span s)
{
	const char *at = s.n > 0 ? memmem(s.p, s.n, "=?", 2) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.n;
}

static bool
all_wsp(struct span s)
{
	while (s.n > 0 && lex_wsp(s.p[s.n - 1]))
		s.n--;
	return s.n == 0;
}

void
encword_decode(struct buf *out, struct span s)
{
	struct decoder d = { .out = out };
	size_t n;

	while ((n = plain_length(s)) < s.n) {
		struct word w = { 0 };
		bool is_word = parse_word(span_sub(s, n, SIZE_MAX), &w);

		if (!is_word)
			n += w.len;
		if (d.cs == NULL || !is_word || !all_wsp(span_sub(s, 0, n))) {
			end_text(&d);
			buf_add(out, s.p, n);
		}
		if (is_word) {
			decode_word(&d, &w);
			n += w.len;
		}
		s = span_sub(s, n, SIZE_MAX);
	}
	end_text(&d);
	buf_add_span(out, s);
	buf_free(&d.bytes);
}
