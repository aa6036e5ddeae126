/* SPDX-License-Identifier: ISC */
#include "base_subject.h"

#include "lex.h"

/* The names of the rules are those of RFC 5256 section 5. */

static struct span
skip_wsp(struct span s)
{
	while (s.n > 0 && lex_wsp(*s.p))
		s = span_sub(s, 1, SIZE_MAX);
	return s;
}

/* subj-blob: "[list] ".  False: s is as it was. */
static bool
take_blob(struct span *s)
{
	if (s->n == 0 || s->p[0] != '[')
		return false;
	for (size_t i = 1; i < s->n && s->p[i] != '['; i++) {
		if (s->p[i] == ']') {
			*s = skip_wsp(span_sub(*s, i + 1, SIZE_MAX));
			return true;
		}
	}
	return false;
}

/* subj-refwd: "Re: ", "fwd[2]:" */
static bool
take_refwd(struct span *s)
{
	static const char *const words[] = { "re", "fwd", "fw" };
	struct span rest = *s;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_iprefix(*s, span_str(words[i])))
			continue;
		rest = skip_wsp(span_sub(*s, strlen(words[i]), SIZE_MAX));
		take_blob(&rest);
		if (rest.n == 0 || *rest.p != ':')
			return false;
		*s = span_sub(rest, 1, SIZE_MAX);
		return true;
	}
	return false;
}

/* subj-trailer, as often as it is there. */
static bool
drop_trailers(struct span *s)
{
	const struct span fwd = SPAN_LIT("(fwd)");
	bool found = false;

	for (;;) {
		if (s->n > 0 && lex_wsp(s->p[s->n - 1])) {
			s->n--;
		} else if (s->n >= fwd.n &&
			   span_ieq(span_sub(*s, s->n - fwd.n, fwd.n), fwd)) {
			s->n -= fwd.n;
			found = true;
		} else {
			return found;
		}
	}
}

/*
 * subj-leader, and the blobs that something is left behind of, as often as they
 * are there.  Blobs before no subj-refwd go all at once: one by one the same
 * would go, in quadratic time.
 */
static bool
drop_leaders(struct span *s)
{
	bool found = false;

	for (;;) {
		struct span rest = *s = skip_wsp(*s), last = *s;

		while (take_blob(&rest)) {
			if (rest.n > 0)
				last = rest;
		}
		if (take_refwd(&rest)) {
			*s = rest;
			found = true;
			continue;
		}
		*s = last;
		return found;
	}
}

/* subj-fwd-hdr and subj-fwd-trl: "[fwd: … ]" */
static bool
drop_forward(struct span *s)
{
	const struct span hdr = SPAN_LIT("[fwd:");

	if (!span_iprefix(*s, hdr) || s->p[s->n - 1] != ']')
		return false;
	*s = span_sub(*s, hdr.n, s->n - hdr.n - 1);
	return true;
}

/* Append runs of white space as one space. */
static void
squeeze(struct buf *out, struct span s)
{
	bool wsp = false;

	for (size_t i = 0; i < s.n; i++) {
		bool now = lex_wsp(s.p[i]);

		if (!now || !wsp)
			buf_addc(out, now ? ' ' : s.p[i]);
		wsp = now;
	}
}

bool
base_subject(struct buf *out, struct span subject)
{
	struct buf text = { .max = subject.n + 1 };
	struct span s;
	bool found = false, again;

	squeeze(&text, subject);
	s = buf_span(&text);
	do {
		found |= drop_trailers(&s);
		found |= drop_leaders(&s);
		again = drop_forward(&s);
		found |= again;
	} while (again);
	buf_add_span(out, s);
	buf_free(&text);
	return found;
}
