/* SPDX-License-Identifier: ISC */
#include "envelope.h"

#include "address.h"
#include "header.h"
#include "imap_write.h"

#define TEXT_MAX ((size_t)128 << 10) /* bytes taken of a text field */
#define LIST_MAX ((size_t)256 << 10) /* bytes written of an address list */

enum { DATE, SUBJECT, IN_REPLY_TO, MESSAGE_ID, NTEXTS };
enum { FROM, SENDER, REPLY_TO, TO, CC, BCC, NLISTS };

static const char *const text_names[NTEXTS] = {
	[DATE] = "Date",
	[SUBJECT] = "Subject",
	[IN_REPLY_TO] = "In-Reply-To",
	[MESSAGE_ID] = "Message-ID",
};

static const char *const list_names[NLISTS] = {
	[FROM] = "From",
	[SENDER] = "Sender",
	[REPLY_TO] = "Reply-To",
	[TO] = "To",
	[CC] = "Cc",
	[BCC] = "Bcc",
};

struct list {
	struct buf written; /* address structures … */
	size_t len;         /* … that many */
};

struct envelope {
	struct span text[NTEXTS]; /* p == NULL: absent */
	struct list list[NLISTS];
};

static void
write_nstr(struct buf *out, const char *s)
{
	imap_write_nstring(out, s != NULL ? span_str(s) : span_of(NULL, 0));
}

/* RFC 9051 section 7.5.2: a group is told by its missing host, its end by the
 * missing mailbox; so neither may be missing elsewhere. */
static void
write_address(struct buf *out, const struct address *a)
{
	const char *mailbox = a->mailbox != NULL ? a->mailbox : "";
	const char *host = a->host != NULL ? a->host : "";

	buf_addc(out, '(');
	write_nstr(out, a->kind == ADDRESS_MAILBOX ? a->name : NULL);
	buf_addc(out, ' ');
	write_nstr(out, a->kind == ADDRESS_MAILBOX ? a->route : NULL);
	buf_addc(out, ' ');
	write_nstr(out, a->kind == ADDRESS_GROUP_END ? NULL : mailbox);
	buf_addc(out, ' ');
	write_nstr(out, a->kind == ADDRESS_MAILBOX ? host : NULL);
	buf_addc(out, ')');
}

/* A field that stands more than once counts as one long one. */
static void
add_addresses(struct list *l, struct span value)
{
	struct address_list addresses = { 0 };

	address_list_parse(&addresses, value);
	for (size_t i = 0; i < addresses.len && l->len < ADDRESS_MAX; i++) {
		size_t before = l->written.len;

		write_address(&l->written, &addresses.addr[i]);
		l->len++;
		if (l->written.failed) {
			l->written.len = before;
			l->written.failed = false;
			l->len = ADDRESS_MAX;
		}
	}
	address_list_clear(&addresses);
}

static void
take_field(struct envelope *e, const struct header_field *f)
{
	for (int i = 0; i < NTEXTS; i++) {
		if (e->text[i].p == NULL && span_ieqs(f->name, text_names[i]))
			e->text[i] = span_sub(f->value, 0, TEXT_MAX);
	}
	for (int i = 0; i < NLISTS; i++) {
		if (span_ieqs(f->name, list_names[i]))
			add_addresses(&e->list[i], f->value);
	}
}

static void
write_text(struct buf *out, struct span value)
{
	struct buf plain = { 0 };

	if (value.p == NULL) {
		buf_adds(out, "NIL");
		return;
	}
	header_unfold(&plain, value);
	imap_write_string(out, buf_span(&plain));
	buf_free(&plain);
}

static void
write_list(struct buf *out, const struct list *l)
{
	if (l->written.len == 0) {
		buf_adds(out, "NIL");
		return;
	}
	buf_addc(out, '(');
	buf_add_span(out, buf_span(&l->written));
	buf_addc(out, ')');
}

void
envelope_write(struct buf *out, struct span header)
{
	struct envelope e = { 0 };
	struct header_field f;

	for (int i = 0; i < NLISTS; i++)
		buf_init(&e.list[i].written, LIST_MAX);
	while (header_next(&header, &f))
		take_field(&e, &f);
	buf_addc(out, '(');
	write_text(out, e.text[DATE]);
	buf_addc(out, ' ');
	write_text(out, e.text[SUBJECT]);
	for (int i = 0; i < NLISTS; i++) {
		bool from = (i == SENDER || i == REPLY_TO) &&
		    e.list[i].written.len == 0;

		buf_addc(out, ' ');
		write_list(out, &e.list[from ? FROM : i]);
	}
	buf_addc(out, ' ');
	write_text(out, e.text[IN_REPLY_TO]);
	buf_addc(out, ' ');
	write_text(out, e.text[MESSAGE_ID]);
	buf_addc(out, ')');
	for (int i = 0; i < NLISTS; i++)
		buf_free(&e.list[i].written);
}
