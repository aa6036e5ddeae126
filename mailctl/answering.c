/* SPDX-License-Identifier: ISC */
#include "answering.h"

#include "encword.h"
#include "header.h"
#include "part.h"

#define REFERENCES_MAX 20 /* message ids */

/* ---- the header ---- */

static bool
field(struct span message, const char *name, struct buf *value)
{
	struct header_field f;

	buf_clear(value);
	if (!header_find(message, name, &f))
		return false;
	header_decode(value, f.value);
	return true;
}

static void
subject(struct buf *out, struct span message, const char *prefix)
{
	struct buf old = { 0 };

	field(message, "Subject", &old);
	if (!span_iprefix(buf_span(&old), span_str(prefix)))
		buf_addf(out, "%s ", prefix);
	buf_add_span(out, span_trim(buf_span(&old)));
	buf_free(&old);
}

/* "<left@right>", and nothing in it that could end the field. */
static bool
is_msgid(struct span s)
{
	if (s.n < 3 || s.n > 900 || s.p[0] != '<' || s.p[s.n - 1] != '>')
		return false;
	for (size_t i = 1; i < s.n - 1; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '<' ||
		    s.p[i] == '>')
			return false;
	}
	return true;
}

/* Append the last of the ids in value, at most max. */
static void
add_msgids(struct buf *out, struct span message, const char *name, size_t max)
{
	struct buf value = { 0 };
	struct span rest, word;
	struct header_field f;
	size_t n = 0;

	if (header_find(message, name, &f))
		header_unfold(&value, f.value);
	for (rest = buf_span(&value); span_split(&rest, ' ', &word);)
		n += is_msgid(span_trim(word));
	for (rest = buf_span(&value); span_split(&rest, ' ', &word);) {
		word = span_trim(word);
		if (is_msgid(word) && n-- <= max)
			buf_addf(out, "%s%.*s", out->len > 0 ? " " : "",
			    (int)word.n, word.p);
	}
	buf_free(&value);
}

static void
thread(struct answering *a, struct span message)
{
	add_msgids(&a->in_reply_to, message, "Message-ID", 1);
	add_msgids(&a->references, message, "References", REFERENCES_MAX);
	if (a->references.len == 0)
		add_msgids(&a->references, message, "In-Reply-To", 1);
	add_msgids(&a->references, message, "Message-ID", 1);
}

/* ---- recipients ---- */

/* As people write it: the name decoded, quoted, without controls. */
static void
add_name(struct buf *out, const char *name)
{
	struct buf decoded = { 0 };

	encword_decode(&decoded, span_str(name));
	buf_addc(out, '"');
	for (size_t i = 0; i < decoded.len; i++) {
		char ch = decoded.data[i];

		if (ch == '"' || ch == '\\')
			buf_addc(out, '\\');
		buf_addc(
		    out, (unsigned char)ch < ' ' || ch == '\177' ? ' ' : ch);
	}
	buf_addc(out, '"');
	buf_free(&decoded);
}

static void
add_address(struct buf *out, const struct address *a)
{
	buf_adds(out, out->len > 0 ? ", " : "");
	if (a->name != NULL && a->name[0] != '\0') {
		add_name(out, a->name);
		buf_addf(out, " <%s@%s>", a->mailbox, a->host);
	} else {
		buf_addf(out, "%s@%s", a->mailbox, a->host);
	}
}

static bool
is_self(const struct address *a, const char *self)
{
	struct buf text = { 0 };
	bool same;

	buf_addf(&text, "%s@%s", a->mailbox, a->host);
	same = self != NULL && span_ieqs(buf_span(&text), self);
	buf_free(&text);
	return same;
}

/* Append the addresses of a field, but for self. */
static void
add_field(
    struct buf *out, struct span message, const char *name, const char *self)
{
	struct address_list l = { 0 };
	struct header_field f;

	if (!header_find(message, name, &f))
		return;
	address_list_parse(&l, f.value);
	for (size_t i = 0; i < l.len; i++) {
		const struct address *a = &l.addr[i];

		if (a->kind == ADDRESS_MAILBOX && a->mailbox != NULL &&
		    a->host != NULL && a->host[0] != '\0' && !is_self(a, self))
			add_address(out, a);
	}
	address_list_clear(&l);
}

/* ---- the text ---- */

/* The lines of its text, with marks of a quotation before them or without. */
static void
add_text(struct buf *out, struct span message, bool quoted)
{
	struct part_list attachments = { 0 };
	struct buf text = { .max = 2 * PART_TEXT_MAX };
	struct span rest, line;

	part_read(&text, &attachments, message);
	for (rest = buf_span(&text); span_split(&rest, '\n', &line);) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (quoted)
			buf_adds(
			    out, line.n > 0 && line.p[0] == '>' ? ">" : "> ");
		buf_add_span(out, line);
		buf_addc(out, '\n');
	}
	part_list_clear(&attachments);
	buf_free(&text);
}

static void
quote(struct buf *out, struct span message)
{
	struct buf from = { 0 }, date = { 0 };

	out->max = 3 * PART_TEXT_MAX;
	field(message, "From", &from);
	field(message, "Date", &date);
	buf_addf(out, "On %s, %s wrote:\n", date.len > 0 ? date.data : "a day",
	    from.len > 0 ? from.data : "somebody");
	add_text(out, message, true);
	buf_free(&from);
	buf_free(&date);
}

bool
answering_reply(
    struct answering *a, struct span message, bool all, const char *self)
{
	add_field(&a->to, message, "Reply-To", NULL);
	if (a->to.len == 0)
		add_field(&a->to, message, "From", NULL);
	if (all) {
		add_field(&a->cc, message, "To", self);
		add_field(&a->cc, message, "Cc", self);
	}
	subject(&a->subject, message, "Re:");
	thread(a, message);
	quote(&a->text, message);
	return a->to.len > 0;
}

void
answering_forward(struct answering *a, struct span message)
{
	static const char *const names[] = { "From", "To", "Cc", "Date",
		"Subject" };
	struct buf value = { 0 };

	subject(&a->subject, message, "Fwd:");
	add_msgids(&a->references, message, "Message-ID", 1);
	a->text.max = 3 * PART_TEXT_MAX;
	buf_adds(&a->text, "-------- Forwarded message --------\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (field(message, names[i], &value))
			buf_addf(&a->text, "%s: %s\n", names[i], value.data);
	}
	buf_addc(&a->text, '\n');
	add_text(&a->text, message, false);
	buf_free(&value);
}

void
answering_clear(struct answering *a)
{
	buf_free(&a->to);
	buf_free(&a->cc);
	buf_free(&a->subject);
	buf_free(&a->in_reply_to);
	buf_free(&a->references);
	buf_free(&a->text);
}
