/* SPDX-License-Identifier: ISC */
#include "encword.h"
#include "header.h"
#include "rspamd.h"

/*
 * The header of a message as rspamd wants it.
 */
#define SPAM "X-Spam" /* says "Yes", or is not there */

static bool
adds(const struct rspamd_verdict *v, const char *name)
{
	for (size_t i = 0; i < v->nedits; i++) {
		if (v->edit[i].value != NULL &&
		    span_ieqs(span_str(v->edit[i].name), name))
			return true;
	}
	return false;
}

void
rspamd_add(struct buf *out, const struct rspamd_verdict *v)
{
	for (size_t i = 0; i < v->nedits; i++) {
		if (v->edit[i].value != NULL)
			buf_addf(out, "%s: %s\r\n", v->edit[i].name,
			    v->edit[i].value);
	}
	if (v->action == RSPAMD_ADD_HEADER && !adds(v, SPAM))
		buf_adds(out, SPAM ": Yes\r\n");
}

/* Of each removal, how many fields have its name, in all and up to here. */
struct tally {
	int all, seen;
};

static void
count(struct tally *tally, struct span header, const struct rspamd_verdict *v)
{
	struct header_field f;

	while (header_next(&header, &f)) {
		for (size_t i = 0; i < v->nedits; i++)
			tally[i].all += span_ieq(span_str(v->edit[i].name),
			    f.name);
	}
}

/* The next field of the header has that name: whether it is removed. */
static bool
goes(struct tally *tally, struct span name, const struct rspamd_verdict *v)
{
	bool gone = span_ieqs(name, SPAM);

	for (size_t i = 0; i < v->nedits; i++) {
		const struct rspamd_edit *e = &v->edit[i];

		if (e->value != NULL || !span_ieq(span_str(e->name), name))
			continue;
		tally[i].seen++;
		gone = gone || e->index == 0 || e->index == tally[i].seen ||
		    e->index == tally[i].seen - tally[i].all - 1;
	}
	return gone;
}

static void
write_subject(struct buf *out, const char *subject)
{
	buf_adds(out, "Subject: ");
	if (span_is_ascii(span_str(subject)))
		buf_adds(out, subject);
	else
		encword_encode(out, span_str(subject), sizeof("Subject: ") - 1);
	buf_adds(out, "\r\n");
}

void
rspamd_edit(struct buf *out, struct span header,
    const struct rspamd_verdict *v)
{
	bool rewrite = v->action == RSPAMD_REWRITE_SUBJECT &&
	    v->subject != NULL;
	struct tally tally[RSPAMD_EDITS_MAX] = { { 0 } };
	struct header_field f;

	count(tally, header, v);
	while (header_next(&header, &f)) {
		if (goes(tally, f.name, v))
			continue;
		if (rewrite && span_ieqs(f.name, "Subject")) {
			write_subject(out, v->subject);
			rewrite = false;
		} else {
			buf_add_span(out, f.line);
		}
	}
	if (rewrite)
		write_subject(out, v->subject);
	buf_add_span(out, header);
}
