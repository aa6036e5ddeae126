/* SPDX-License-Identifier: ISC */
#include "compose.h"

#include "base64.h"
#include "charset.h"
#include "encword.h"
#include "qp.h"

#define LINE_MAX_OCTETS 998 /* RFC 5322 section 2.1.1 */

/* ---- header fields ---- */

/* A value must not end its field early. */
static bool
one_line(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == '\177')
			return false;
	}
	return true;
}

static int
add_text_field(struct buf *out, const char *name, const char *value,
    struct buf *err)
{
	if (value == NULL || value[0] == '\0')
		return 0;
	if (!one_line(value) || !utf8_valid(span_str(value))) {
		buf_addf(err, "%s: not one line of UTF-8", name);
		return -1;
	}
	buf_addf(out, "%s: ", name);
	encword_encode(out, span_str(value), strlen(name) + 2);
	buf_adds(out, "\r\n");
	return 0;
}

/* One id a line. */
static void
add_ids_field(struct buf *out, const char *name, const char *ids)
{
	struct span rest = span_str(ids != NULL ? ids : ""), id;
	const char *before = name;

	while (span_split(&rest, ' ', &id)) {
		buf_addf(out, "%s%s %.*s", before, before == name ? ":" : "",
		    (int)id.n, id.p);
		before = "\r\n";
	}
	buf_adds(out, before == name ? "" : "\r\n");
}

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] > 127)
			return false;
	}
	return true;
}

/* A display name: encoded words, or a quoted string. */
static void
add_phrase(struct buf *out, const char *name, size_t col)
{
	if (!is_ascii(span_str(name))) {
		encword_encode(out, span_str(name), col);
		return;
	}
	buf_addc(out, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"' || *name == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *name);
	}
	buf_addc(out, '"');
}

static int
bad_address(struct buf *err, const char *text)
{
	buf_addf(err, "\"%s\" is no address", text);
	return -1;
}

/* Write it as local@host, whatever it is; true: it is one. */
static bool
is_mailbox(const struct address *a, struct buf *text)
{
	bool host = a->host != NULL && a->host[0] != '\0';
	struct mailbox_addr parts;

	buf_addf(text, "%s%s%s", a->mailbox != NULL ? a->mailbox : "",
	    host ? "@" : "", host ? a->host : "");
	return mailbox_addr_parse(buf_span(text), true, &parts) == 0;
}

/* One address, on a line of its own after the first; *n counts them. */
static int
add_address(struct buf *out, const char *field, const struct address *a,
    size_t *n, struct buf *err)
{
	struct buf text = { 0 };
	int ret = 0;

	if (a->kind != ADDRESS_MAILBOX)
		return 0;
	if (!is_mailbox(a, &text)) {
		ret = bad_address(err, text.data);
	} else {
		if (*n == 0)
			buf_addf(out, "%s: ", field);
		else
			buf_adds(out, ",\r\n ");
		if (a->name != NULL && a->name[0] != '\0') {
			add_phrase(out, a->name,
			    *n == 0 ? strlen(field) + 2 : 1);
			buf_addf(out, " <%s>", text.data);
		} else {
			buf_adds(out, text.data);
		}
		++*n;
	}
	buf_free(&text);
	return ret;
}

static int
add_list(struct buf *out, const char *field, const char *value, size_t *n,
    struct buf *err)
{
	struct address_list l = { 0 };
	size_t before = *n;
	int ret = 0;

	if (!one_line(value) || !utf8_valid(span_str(value)))
		return bad_address(err, value);
	address_list_parse(&l, span_str(value));
	for (size_t i = 0; i < l.len && ret == 0; i++)
		ret = add_address(out, field, &l.addr[i], n, err);
	address_list_clear(&l);
	if (ret == 0 && *n == before)
		ret = bad_address(err, value);
	return ret;
}

int
compose_address_field(struct buf *out, const char *field,
    const char *const *value, size_t nvalues, struct buf *err)
{
	size_t n = 0;

	for (size_t i = 0; i < nvalues; i++) {
		if (add_list(out, field, value[i], &n, err) < 0)
			return -1;
	}
	if (n > 0)
		buf_adds(out, "\r\n");
	return 0;
}

/* ---- bodies ---- */

/* Every line end becomes CRLF, and there is one at the end. */
static void
add_lines(struct buf *out, struct span s)
{
	struct span line;

	while (span_split(&s, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		buf_add_span(out, line);
		buf_adds(out, "\r\n");
	}
}

/* Can it go out as 7bit?  No controls but tab, no overlong line. */
static bool
is_plain(struct span s)
{
	size_t col = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];

		if (ch == '\n') {
			col = 0;
			continue;
		}
		if (ch == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		if ((ch < ' ' && ch != '\t') || ch > 126 ||
		    ++col > LINE_MAX_OCTETS)
			return false;
	}
	return true;
}

static void
add_body(struct buf *out, struct span body)
{
	bool plain = is_plain(body);

	buf_addf(out, "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n",
	    plain ? "7bit" : "quoted-printable");
	if (plain) {
		add_lines(out, body);
		return;
	}
	qp_encode(out, body);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_adds(out, "\r\n");
}

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".csv", "text/csv" },
	{ ".gif", "image/gif" },
	{ ".gz", "application/gzip" },
	{ ".htm", "text/html" },
	{ ".html", "text/html" },
	{ ".ics", "text/calendar" },
	{ ".jpeg", "image/jpeg" },
	{ ".jpg", "image/jpeg" },
	{ ".json", "application/json" },
	{ ".pdf", "application/pdf" },
	{ ".png", "image/png" },
	{ ".svg", "image/svg+xml" },
	{ ".txt", "text/plain" },
	{ ".xml", "application/xml" },
	{ ".zip", "application/zip" },
};

static const char *
type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL &&
	    i < sizeof(types) / sizeof(types[0]); i++) {
		if (span_ieqs(span_str(dot), types[i].ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

/* filename="a.txt", or RFC 2231's form where it is more than plain ASCII. */
static void
add_filename(struct buf *out, const char *name)
{
	bool plain = true;

	for (const char *p = name; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || (unsigned char)*p > 126 ||
		    *p == '"' || *p == '\\')
			plain = false;
	}
	if (plain) {
		buf_addf(out, "; filename=\"%s\"", name);
		return;
	}
	buf_adds(out, ";\r\n filename*=UTF-8''");
	for (; *name != '\0'; name++) {
		if (ascii_alpha(*name) || ascii_digit(*name) || *name == '.' ||
		    *name == '-' || *name == '_')
			buf_addc(out, *name);
		else
			buf_addf(out, "%%%02X", (unsigned char)*name);
	}
}

static void
add_attachment(struct buf *out, const struct compose_attachment *a)
{
	buf_addf(out, "Content-Type: %s\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment", type_of(a->name));
	add_filename(out, a->name);
	buf_adds(out, "\r\n\r\n");
	base64_encode(out, a->bytes, 76);
	buf_adds(out, "\r\n");
}

static void
add_content(struct buf *out, const struct compose *m)
{
	if (m->nattachments == 0) {
		add_body(out, m->body);
		return;
	}
	buf_addf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n",
	    m->unique);
	buf_addf(out, "--%s\r\n", m->unique);
	add_body(out, m->body);
	for (size_t i = 0; i < m->nattachments; i++) {
		buf_addf(out, "\r\n--%s\r\n", m->unique);
		add_attachment(out, &m->attachment[i]);
	}
	buf_addf(out, "\r\n--%s--\r\n", m->unique);
}

/* The domain of the author, for Message-ID. */
static void
add_message_id(struct buf *out, const struct compose *m)
{
	struct address_list l = { 0 };

	address_list_parse(&l, span_str(m->from));
	buf_addf(out, "Message-ID: <%s@%s>\r\n", m->unique,
	    l.len > 0 && l.addr[0].host != NULL &&
	    is_ascii(span_str(l.addr[0].host)) ? l.addr[0].host : "localhost");
	address_list_clear(&l);
}

int
compose_message(struct buf *out, const struct compose *m, struct buf *err)
{
	if (compose_address_field(out, "From", &m->from, 1, err) < 0 ||
	    compose_address_field(out, "To", m->to, m->nto, err) < 0 ||
	    compose_address_field(out, "Cc", m->cc, m->ncc, err) < 0 ||
	    compose_address_field(out, "Bcc", m->bcc, m->nbcc, err) < 0 ||
	    add_text_field(out, "Subject", m->subject, err) < 0)
		return -1;
	buf_adds(out, "Date: ");
	date_format(out, m->date);
	buf_adds(out, "\r\n");
	add_message_id(out, m);
	add_ids_field(out, "In-Reply-To", m->in_reply_to);
	add_ids_field(out, "References", m->references);
	buf_adds(out, "MIME-Version: 1.0\r\n");
	add_content(out, m);
	if (!out->failed)
		return 0;
	buf_addf(err, "the message is larger than %zu bytes", out->max);
	return -1;
}
