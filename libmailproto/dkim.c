/* SPDX-License-Identifier: ISC */
#include "dkim.h"

#include <inttypes.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "address.h"
#include "base64.h"
#include "dkim_canon.h"

#define LINE 72 /* of a field that is written, about */

struct dkim_message {
	char *domain;
	struct buf names;  /* of the signed fields: "From:From:To" */
	struct buf fields; /* they themselves, relaxed */
	size_t nfields;
	struct dkim_canon_body body;
	EVP_MD_CTX *hash;
	char digest[DKIM_DIGEST_SIZE];
};

/* once_more: another one of it must not be added. */
static const struct {
	const char *name;
	bool once_more;
} signed_fields[] = {
	{ "From", true },
	{ "Sender", false },
	{ "Reply-To", true },
	{ "Subject", true },
	{ "Date", true },
	{ "Message-ID", true },
	{ "To", true },
	{ "Cc", true },
	{ "MIME-Version", true },
	{ "Content-Type", true },
	{ "Content-Transfer-Encoding", true },
	{ "In-Reply-To", false },
	{ "References", false },
	{ "Resent-Date", false },
	{ "Resent-From", false },
	{ "Resent-Sender", false },
	{ "Resent-To", false },
	{ "Resent-Cc", false },
	{ "Resent-Message-ID", false },
	{ "List-Id", false },
	{ "List-Help", false },
	{ "List-Unsubscribe", false },
	{ "List-Unsubscribe-Post", false },
	{ "List-Subscribe", false },
	{ "List-Post", false },
	{ "List-Owner", false },
	{ "List-Archive", false },
};
#define NSIGNED (sizeof(signed_fields) / sizeof(signed_fields[0]))

/* ---- the header ---- */

static void
add_name(struct dkim_message *m, const char *name)
{
	buf_addf(&m->names, m->names.len > 0 ? ":%s" : "%s", name);
	m->nfields++;
}

/* Of several the last comes first (RFC 6376 section 5.4.2).  False: there are
 * more than can be. */
static bool
add_fields(struct dkim_message *m, struct span header, const char *name)
{
	struct header_field found[DKIM_FIELDS_MAX], f;
	size_t n = 0;

	while (header_next(&header, &f)) {
		if (!span_ieqs(f.name, name))
			continue;
		if (m->nfields + n == DKIM_FIELDS_MAX)
			return false;
		found[n++] = f;
	}
	while (n > 0) {
		add_name(m, name);
		dkim_canon_field(&m->fields, &found[--n]);
		buf_adds(&m->fields, "\r\n");
	}
	return true;
}

static char *
author_domain(struct span from)
{
	struct address_list l = { 0 };
	char *domain = NULL;

	address_list_parse(&l, from);
	for (size_t i = 0; domain == NULL && i < l.len; i++) {
		if (l.addr[i].kind == ADDRESS_MAILBOX)
			domain = xstrdup(
			    l.addr[i].host != NULL ? l.addr[i].host : "");
	}
	address_list_clear(&l);
	return domain != NULL ? domain : xstrdup("");
}

/* The whole header of what a message begins with. */
static struct span
header_of(struct span begin)
{
	size_t n = header_length(begin);

	return n > 0 ? span_sub(begin, 0, n) : begin;
}

char *
dkim_author_domain(struct span begin)
{
	struct span header = header_of(begin);
	struct header_field f, from = { 0 };
	unsigned n = 0;

	while (header_next(&header, &f)) {
		if (span_ieqs(f.name, "From") && n++ == 0)
			from = f;
	}
	return n == 1 ? author_domain(from.value) : NULL;
}

static bool
take_header(struct dkim_message *m, struct span header)
{
	m->domain = dkim_author_domain(header);
	if (m->domain == NULL)
		return false;
	for (size_t i = 0; i < NSIGNED; i++) {
		if (!add_fields(m, header, signed_fields[i].name))
			return false;
		if (signed_fields[i].once_more)
			add_name(m, signed_fields[i].name);
	}
	return true;
}

/* ---- the body ---- */

static void
hash(void *arg, struct span s)
{
	if (EVP_DigestUpdate(arg, s.p, s.n) != 1)
		abort();
}

struct dkim_message *
dkim_message_new(struct span begin)
{
	struct dkim_message *m = xcalloc(1, sizeof(*m));
	struct span header = header_of(begin);

	if (!take_header(m, header)) {
		dkim_message_free(m);
		return NULL;
	}
	m->hash = EVP_MD_CTX_new();
	if (m->hash == NULL ||
	    EVP_DigestInit_ex(m->hash, EVP_sha256(), NULL) != 1)
		abort();
	m->body.fn = hash;
	m->body.arg = m->hash;
	dkim_message_body(m, span_sub(begin, header.n, begin.n));
	return m;
}

void
dkim_message_free(struct dkim_message *m)
{
	if (m == NULL)
		return;
	EVP_MD_CTX_free(m->hash);
	buf_free(&m->names);
	buf_free(&m->fields);
	free(m->domain);
	free(m);
}

const char *
dkim_message_domain(const struct dkim_message *m)
{
	return m->domain;
}

void
dkim_message_body(struct dkim_message *m, struct span s)
{
	dkim_canon_body(&m->body, s);
}

void
dkim_message_end(struct dkim_message *m)
{
	dkim_canon_body_end(&m->body);
	if (EVP_DigestFinal_ex(
		m->hash, (unsigned char *)m->digest, NULL) != 1)
		abort();
}

/* ---- the signature ---- */

/* "h=", folded at colons. */
static void
write_names(struct buf *out, struct span names)
{
	struct span name;
	size_t column = 10;

	buf_adds(out, "\r\n\th=");
	for (bool first = true; span_split(&names, ':', &name); first = false) {
		if (!first)
			buf_addc(out, ':');
		if (column + name.n >= LINE) {
			buf_adds(out, "\r\n\t");
			column = 8;
		}
		buf_add_span(out, name);
		column += name.n + 1;
	}
	buf_addc(out, ';');
}

static void
write_field(struct buf *out, const struct dkim_message *m,
    const struct dkim_signer *s)
{
	buf_addf(out,
	    "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n"
	    "\td=%s; s=%s;\r\n\tt=%" PRId64 ";",
	    dkim_algorithm_name(dkim_key_algorithm(s->key)), s->domain,
	    s->selector, s->time);
	write_names(out, buf_span(&m->names));
	buf_adds(out, "\r\n\tbh=");
	base64_encode(out, span_of(m->digest, sizeof(m->digest)), 0);
	buf_adds(out, ";\r\n\tb=");
}

static void
write_value(struct buf *out, struct span signature)
{
	struct buf text = { 0 };

	base64_encode(&text, signature, 0);
	for (size_t i = 0; i < text.len; i += LINE - 10) {
		if (i > 0)
			buf_adds(out, "\r\n\t");
		buf_add_span(out, span_sub(buf_span(&text), i, LINE - 10));
	}
	buf_adds(out, "\r\n");
	buf_free(&text);
}

bool
dkim_message_sign(const struct dkim_message *m, const struct dkim_signer *s,
    struct buf *out)
{
	struct buf field = { .max = DKIM_SIGNATURE_MAX }, text = { 0 };
	struct buf signature = { 0 };
	struct header_field f;
	struct span rest;
	bool ok;

	write_field(&field, m, s);
	rest = buf_span(&field);
	ok = header_next(&rest, &f);
	buf_add_span(&text, buf_span(&m->fields));
	if (ok)
		dkim_canon_field(&text, &f);
	ok = ok && dkim_key_sign(s->key, buf_span(&text), &signature);
	write_value(&field, buf_span(&signature));
	ok = ok && !field.failed;
	if (ok)
		buf_add_span(out, buf_span(&field));
	buf_free(&signature);
	buf_free(&text);
	buf_free(&field);
	return ok;
}
