/* SPDX-License-Identifier: ISC */
#include "submission.h"

#include "address.h"
#include "header.h"

/* ---- who wrote it ---- */

struct authors {
	submission_author fn;
	void *arg;
	struct address_list list;
	struct buf text;
};

static bool
each_address(struct authors *a, const char *field, struct span value)
{
	bool complete = address_list_parse(&a->list, value);

	for (size_t i = 0; i < a->list.len; i++) {
		const struct address *ad = &a->list.addr[i];

		if (ad->kind != ADDRESS_MAILBOX)
			continue;
		buf_clear(&a->text);
		buf_addf(&a->text, "%s@%s",
		    ad->mailbox != NULL ? ad->mailbox : "",
		    ad->host != NULL ? ad->host : "");
		if (!a->fn(a->arg, field, buf_span(&a->text)))
			return false;
	}
	if (!complete)
		a->fn(a->arg, field, span_of("", 0));
	return complete;
}

/* A field may stand there several times, though it should not. */
static bool
each_field(struct authors *a, struct span header, const char *name)
{
	struct header_field f;

	while (header_next(&header, &f)) {
		if (span_ieqs(f.name, name) &&
		    !each_address(a, name, f.value))
			return false;
	}
	return true;
}

static bool
is_resent(const struct header_field *f)
{
	return span_iprefix(f->name, SPAN_LIT("Resent-"));
}

/* A block ends where a field of another kind follows its Resent-From. */
static bool
each_resent(struct authors *a, struct span header)
{
	struct header_field f;
	bool begun = false, ok = true;

	while (ok && header_next(&header, &f) && (!begun || is_resent(&f))) {
		if (span_ieqs(f.name, "Resent-From")) {
			begun = true;
			ok = each_address(a, "Resent-From", f.value);
		} else if (span_ieqs(f.name, "Resent-Sender")) {
			ok = each_address(a, "Resent-Sender", f.value);
		}
	}
	return ok;
}

bool
submission_authors(struct span header, submission_author fn, void *arg)
{
	struct authors a = { .fn = fn, .arg = arg };
	struct header_field f;
	bool ok;

	if (header_find(header, "Resent-From", &f))
		ok = each_resent(&a, header);
	else
		ok = each_field(&a, header, "From") &&
		    each_field(&a, header, "Sender") &&
		    each_field(&a, header, "Resent-Sender");
	address_list_clear(&a.list);
	buf_free(&a.text);
	return ok;
}

/* ---- what it lacks, and what it must not show ---- */

static bool
has(struct span header, const char *name)
{
	struct header_field f;

	return header_find(header, name, &f);
}

static bool
is_bcc(const struct header_field *f)
{
	return span_ieqs(f->name, "Bcc") || span_ieqs(f->name, "Resent-Bcc");
}

bool
submission_has_bcc(struct span header)
{
	return has(header, "Bcc") || has(header, "Resent-Bcc");
}

/* No header at all.  Before one a "From " line of the mbox format may stand,
 * or what else a client has broken there: its Bcc is not to be shown then. */
static bool
is_text(struct span header)
{
	struct header_field f;

	return !has(header, "From") && !submission_has_bcc(header) &&
	    header_next(&header, &f) &&
	    f.name.n == 0 && !span_iprefix(f.line, SPAN_LIT("From ")) &&
	    !span_iprefix(f.line, SPAN_LIT(">From "));
}

void
submission_fix(struct buf *out, struct span header, const struct submission *s)
{
	const bool text_only = is_text(header);
	struct header_field f;

	if (text_only || !has(header, "Message-ID"))
		buf_addf(out, "Message-ID: <%s@%s>\r\n", s->id, s->hostname);
	if (text_only || !has(header, "Date")) {
		buf_adds(out, "Date: ");
		date_format(out, s->date);
		buf_adds(out, "\r\n");
	}
	if (text_only) {
		buf_adds(out, "\r\n");
		buf_add_span(out, header);
		return;
	}
	while (header_next(&header, &f)) {
		if (s->bcc || !is_bcc(&f))
			buf_add_span(out, f.line);
	}
	buf_add_span(out, header);
}
