/* SPDX-License-Identifier: ISC */
#include "bodystructure.h"

#include "envelope.h"
#include "header.h"
#include "imap_write.h"

/* A part whose header would take the answer beyond this many bytes is
 * described as if it had none. */
#define DESCRIBED_MAX ((size_t)512 << 10)

#define LANGUAGES_MAX 32

struct writer {
	struct buf *out;
	const struct mime_parser *parser;
	const struct mime_tree *tree;
	bool extended;
	size_t start; /* of the answer in out */
};

/* What the Content-Type of a part amounts to. */
struct media {
	const char *type, *subtype;
	struct param_list params;
};

/* The other fields, by their names behind "Content-". */
enum { ID, DESCRIPTION, MD5, DISPOSITION, LANGUAGE, LOCATION, NFIELDS };

static const char *const field_names[NFIELDS] = {
	[ID] = "ID",
	[DESCRIPTION] = "Description",
	[MD5] = "MD5",
	[DISPOSITION] = "Disposition",
	[LANGUAGE] = "Language",
	[LOCATION] = "Location",
};

/* A part's header as the answer needs it. */
struct description {
	struct media media;
	struct param_list encoding;
	struct span field[NFIELDS];
};

static void write_body(struct writer *w, uint32_t part);

static struct span
header_of(const struct writer *w, uint32_t part)
{
	struct span header = mime_parser_header(w->parser, part);
	size_t written = w->out->len - w->start;

	return written + header.n <= DESCRIBED_MAX ? header : SPAN_LIT("");
}

static void
media_set(struct media *m, const char *type, const char *subtype)
{
	m->type = type;
	m->subtype = subtype;
}

/*
 * The tree decides: a message or a multipart that it does not open (broken,
 * transfer-encoded or too deep) must not be announced as one.
 */
static void
media_get(struct media *m, const struct mime_part *p, struct span header)
{
	char *slash;

	mime_content_type(header, &m->params);
	slash = strchr(m->params.value, '/');
	*slash = '\0';
	media_set(m, m->params.value, slash + 1);
	if (p->kind == MIME_MULTIPART) {
		if (strcmp(m->type, "multipart") != 0)
			media_set(m, "multipart", "mixed");
	} else if (p->kind == MIME_MESSAGE) {
		if (strcmp(m->type, "message") != 0)
			media_set(m, "message", "rfc822");
	} else if (strcmp(m->type, "multipart") == 0) {
		param_list_clear(&m->params);
		media_set(m, "text", "plain");
	} else if (strcmp(m->type, "message") == 0 &&
	    (strcmp(m->subtype, "rfc822") == 0 ||
	    strcmp(m->subtype, "global") == 0)) {
		media_set(m, "application", "octet-stream");
	}
}

static void
fields_get(struct span *field, struct span header)
{
	struct header_field f;

	while (header_next(&header, &f)) {
		struct span name = span_sub(f.name, 8, SIZE_MAX);

		if (!span_iprefix(f.name, SPAN_LIT("Content-")))
			continue;
		for (int i = 0; i < NFIELDS; i++) {
			if (field[i].p == NULL &&
			    span_ieqs(name, field_names[i]))
				field[i] = f.value;
		}
	}
}

static void
write_str(struct buf *out, const char *s)
{
	imap_write_string(out, span_str(s));
}

/* Absent or empty: NIL. */
static void
write_text(struct buf *out, struct span value)
{
	struct buf text = { 0 };

	header_unfold(&text, value);
	if (text.len > 0)
		imap_write_string(out, buf_span(&text));
	else
		buf_adds(out, "NIL");
	buf_free(&text);
}

static void
write_disposition(struct buf *out, struct span value)
{
	struct param_list l = { 0 };

	param_list_parse(&l, value);
	if (l.len == 0 && l.value[0] == '\0') {
		buf_adds(out, "NIL");
	} else {
		buf_addc(out, '(');
		/* RFC 2183 section 2.8: what is not known is this. */
		write_str(out, l.value[0] != '\0' ? l.value : "attachment");
		buf_addc(out, ' ');
		bodystructure_params(out, &l);
		buf_addc(out, ')');
	}
	param_list_clear(&l);
}

/* A comma-separated list of tags (RFC 3282). */
static void
write_languages(struct buf *out, struct span value)
{
	struct buf text = { 0 };
	struct span rest, tag;
	unsigned n = 0;

	header_unfold(&text, value);
	rest = buf_span(&text);
	while (n < LANGUAGES_MAX && span_split(&rest, ',', &tag)) {
		tag = span_trim(tag);
		if (tag.n == 0)
			continue;
		buf_addc(out, n++ > 0 ? ' ' : '(');
		imap_write_string(out, tag);
	}
	buf_adds(out, n > 0 ? ")" : "NIL");
	buf_free(&text);
}

/* White space in it comes from folding (RFC 2557 section 4.4.1). */
static void
write_location(struct buf *out, struct span value)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < value.n; i++) {
		if ((unsigned char)value.p[i] > ' ')
			buf_addc(&text, value.p[i]);
	}
	write_text(out, buf_span(&text));
	buf_free(&text);
}

static void
write_extension(struct buf *out, const struct span *field)
{
	buf_addc(out, ' ');
	write_disposition(out, field[DISPOSITION]);
	buf_addc(out, ' ');
	write_languages(out, field[LANGUAGE]);
	buf_addc(out, ' ');
	write_location(out, field[LOCATION]);
}

static void
write_multipart(struct writer *w, const struct mime_part *p,
    const struct description *d)
{
	/* At least one body must stand here. */
	if (p->first_child == MIME_NONE) {
		buf_adds(w->out, "(\"text\" \"plain\" (\"charset\" "
				 "\"us-ascii\") NIL NIL \"7bit\" 0 0");
		buf_adds(w->out, w->extended ? " NIL NIL NIL NIL)" : ")");
	}
	for (uint32_t i = p->first_child; i != MIME_NONE;
	     i = w->tree->part[i].next)
		write_body(w, i);
	buf_addc(w->out, ' ');
	write_str(w->out, d->media.subtype);
	if (w->extended) {
		buf_addc(w->out, ' ');
		bodystructure_params(w->out, &d->media.params);
		write_extension(w->out, d->field);
	}
}

static void
write_type(struct buf *out, const struct media *m)
{
	write_str(out, m->type);
	buf_addc(out, ' ');
	write_str(out, m->subtype);
	buf_addc(out, ' ');
	/* RFC 2046 section 4.1.2 */
	if (m->params.len == 0 && strcmp(m->type, "text") == 0 &&
	    strcmp(m->subtype, "plain") == 0)
		buf_adds(out, "(\"charset\" \"us-ascii\")");
	else
		bodystructure_params(out, &m->params);
}

static void
write_single(struct writer *w, const struct mime_part *p,
    const struct description *d)
{
	write_type(w->out, &d->media);
	buf_addc(w->out, ' ');
	write_text(w->out, d->field[ID]);
	buf_addc(w->out, ' ');
	write_text(w->out, d->field[DESCRIPTION]);
	buf_addc(w->out, ' ');
	write_str(w->out, d->encoding.value);
	buf_addf(w->out, " %llu", (unsigned long long)p->body_len);
	if (p->kind == MIME_MESSAGE) {
		buf_addc(w->out, ' ');
		envelope_write(w->out, header_of(w, p->first_child));
		buf_addc(w->out, ' ');
		write_body(w, p->first_child);
	}
	if (p->kind == MIME_MESSAGE || strcmp(d->media.type, "text") == 0)
		buf_addf(w->out, " %llu", (unsigned long long)p->lines);
	if (w->extended) {
		buf_addc(w->out, ' ');
		write_text(w->out, d->field[MD5]);
		write_extension(w->out, d->field);
	}
}

static void
write_body(struct writer *w, uint32_t part)
{
	const struct mime_part *p = &w->tree->part[part];
	struct span header = header_of(w, part);
	struct description d = { 0 };

	media_get(&d.media, p, header);
	mime_transfer_encoding(header, &d.encoding);
	fields_get(d.field, header);
	buf_addc(w->out, '(');
	if (p->kind == MIME_MULTIPART)
		write_multipart(w, p, &d);
	else
		write_single(w, p, &d);
	buf_addc(w->out, ')');
	param_list_clear(&d.media.params);
	param_list_clear(&d.encoding);
}

void
bodystructure_write(struct buf *out, const struct mime_parser *p, bool extended)
{
	struct writer w = {
		.out = out,
		.parser = p,
		.tree = mime_parser_tree(p),
		.extended = extended,
		.start = out->len,
	};

	write_body(&w, 0);
}
