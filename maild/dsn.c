/* SPDX-License-Identifier: ISC */
#include "dsn.h"

#include "date.h"
#include "smtp_cmd.h"

#define LINE_MAX 76

static const struct {
	const char *word, *subject, *sentence;
} actions[] = {
	[DSN_FAILED] = { "failed", "Undelivered mail",
	    "Your message could not be delivered to the following, and will "
	    "not be tried again:" },
	[DSN_DELAYED] = { "delayed", "Delayed mail",
	    "Your message to the following is late.  It is still being "
	    "tried; you need not send it again:" },
	[DSN_DELIVERED] = { "delivered", "Delivered mail",
	    "Your message has been delivered to:" },
	[DSN_RELAYED] = { "relayed", "Relayed mail",
	    "Your message was passed on to another server, which may send no "
	    "notifications, for:" },
};

/* Append text word by word in lines that begin with indent; nothing in it can
 * end a line or be taken for 8-bit text. */
static void
wrap(struct buf *out, const char *indent, size_t column, const char *text)
{
	struct span rest = span_str(text), word;
	bool first = true;

	while (span_split(&rest, ' ', &word)) {
		word = span_sub(word, 0, 500);
		if (word.n == 0)
			continue;
		if (!first && column + 1 + word.n > LINE_MAX) {
			buf_addf(out, "\r\n%s", indent);
			column = strlen(indent);
		} else if (!first) {
			buf_addc(out, ' ');
			column++;
		}
		first = false;
		for (size_t i = 0; i < word.n; i++) {
			unsigned char c = (unsigned char)word.p[i];

			buf_addc(out, c > ' ' && c < 0x7f ? (char)c : '?');
		}
		column += word.n;
	}
	buf_adds(out, "\r\n");
}

static void
add_date(struct buf *out, const char *name, int64_t sec)
{
	struct mail_date d = date_now();

	d.sec = sec;
	buf_addf(out, "%s: ", name);
	date_format(out, d);
	buf_adds(out, "\r\n");
}

/* ---- the head, and what people read ---- */

static enum dsn_action
worst(const struct dsn *d)
{
	enum dsn_action a = DSN_RELAYED;

	for (size_t i = 0; i < d->nrcpt; i++) {
		if (d->rcpt[i].action < a)
			a = d->rcpt[i].action;
	}
	return a;
}

static void
add_head(struct buf *out, const struct dsn *d)
{
	add_date(out, "Date", date_now().sec);
	buf_addf(out,
	    "From: Mail Delivery System <MAILER-DAEMON@%s>\r\n"
	    "To: <%s>\r\n"
	    "Subject: %s\r\n"
	    "Message-ID: <%s@%s>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report;\r\n"
	    "\treport-type=%s;\r\n"
	    "\tboundary=\"=_%s\"\r\n"
	    "\r\n",
	    d->hostname, d->to, actions[worst(d)].subject, d->unique,
	    d->hostname,
	    d->global ? "global-delivery-status" : "delivery-status",
	    d->unique);
}

static void
add_reply(struct buf *out, const struct dsn_rcpt *r)
{
	struct buf said = { 0 };

	if (r->host[0] != '\0')
		buf_addf(&said, "%s said: ", r->host);
	if (r->code != 0 && r->host[0] != '\0')
		buf_addf(&said, "%u %s%s", r->code, r->enhanced,
		    r->enhanced[0] != '\0' ? " " : "");
	buf_adds(&said, r->text);
	if (said.len > 0) {
		buf_adds(out, "    ");
		wrap(out, "    ", 4, said.data);
	}
	buf_free(&said);
}

static void
add_words(struct buf *out, const struct dsn *d)
{
	buf_addf(out,
	    "--=_%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n"
	    "This is the mail server %s.\r\n",
	    d->unique, d->global ? "8bit" : "7bit", d->hostname);
	for (unsigned a = 0; a < DSN_ACTIONS; a++) {
		bool first = true;

		for (size_t i = 0; i < d->nrcpt; i++) {
			if (d->rcpt[i].action != a)
				continue;
			if (first) {
				buf_adds(out, "\r\n");
				wrap(out, "", 0, actions[a].sentence);
			}
			first = false;
			buf_addf(out, "\r\n  <%s>\r\n", d->rcpt[i].address);
			add_reply(out, &d->rcpt[i]);
		}
	}
	buf_adds(out, "\r\n");
}

/* ---- what machines read ---- */

/* "rfc822;" and xtext, decoded; a utf-8 address stays as it is. */
static void
add_original(struct buf *out, const char *orcpt)
{
	struct span rest = span_str(orcpt), type;
	struct buf address = { 0 };

	if (!span_split(&rest, ';', &type))
		return;
	if (span_ieqs(type, "utf-8") || smtp_xtext_decode(&address, rest) < 0)
		buf_add_span(&address, rest);
	buf_addf(out, "Original-Recipient: %.*s; %s\r\n", (int)type.n, type.p,
	    address.data);
	buf_free(&address);
}

/* A status of the class that the action is of (RFC 3464 section 2.3.4). */
static void
add_status(struct buf *out, const struct dsn_rcpt *r)
{
	static const char class[] = { [DSN_FAILED] = '5',
		[DSN_DELAYED] = '4',
		[DSN_DELIVERED] = '2',
		[DSN_RELAYED] = '2' };
	bool has = r->enhanced[0] != '\0' && r->action <= DSN_DELAYED;

	buf_addf(out, "Status: %c%s\r\n", class[r->action],
	    has ? r->enhanced + 1 : ".0.0");
}

static void
add_diagnostic(struct buf *out, const struct dsn_rcpt *r)
{
	struct buf text = { 0 };

	if (r->host[0] == '\0' || r->code == 0)
		return;
	buf_addf(out, "Remote-MTA: dns; %s\r\n", r->host);
	buf_addf(&text, "smtp; %u %s%s%s", r->code, r->enhanced,
	    r->enhanced[0] != '\0' ? " " : "", r->text);
	buf_adds(out, "Diagnostic-Code: ");
	wrap(out, " ", 17, text.data);
	buf_free(&text);
}

static void
add_rcpt(struct buf *out, const struct dsn_rcpt *r)
{
	buf_adds(out, "\r\n");
	if (r->orcpt[0] != '\0')
		add_original(out, r->orcpt);
	buf_addf(out, "Final-Recipient: %s; %s\r\nAction: %s\r\n",
	    span_is_ascii(span_str(r->address)) ? "rfc822" : "utf-8",
	    r->address, actions[r->action].word);
	add_status(out, r);
	add_diagnostic(out, r);
	if (r->last != 0)
		add_date(out, "Last-Attempt-Date", r->last);
	if (r->action == DSN_DELAYED && r->until != 0)
		add_date(out, "Will-Retry-Until", r->until);
}

static void
add_status_part(struct buf *out, const struct dsn *d)
{
	struct buf envid = { 0 };

	buf_addf(out, "--=_%s\r\nContent-Type: message/%s\r\n", d->unique,
	    d->global ? "global-delivery-status" : "delivery-status");
	if (d->global)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_adds(out, "\r\n");
	if (d->envid[0] != '\0' &&
	    smtp_xtext_decode(&envid, span_str(d->envid)) == 0)
		buf_addf(out, "Original-Envelope-Id: %s\r\n", envid.data);
	buf_addf(out, "Reporting-MTA: dns; %s\r\n", d->hostname);
	add_date(out, "Arrival-Date", d->arrival);
	if (d->deliver_by != 0)
		add_date(out, "Deliver-By-Date", d->deliver_by);
	if (d->future[0] != '\0')
		buf_addf(out, "Future-Release-Request: %s\r\n", d->future);
	for (size_t i = 0; i < d->nrcpt; i++)
		add_rcpt(out, &d->rcpt[i]);
	buf_free(&envid);
}

/* ---- the whole ---- */

void
dsn_write(struct buf *out, const struct dsn *d)
{
	const char *type =
	    d->full ? (d->global ? "message/global" : "message/rfc822")
		    : (d->global ? "message/global-headers"
				 : "text/rfc822-headers");

	add_head(out, d);
	add_words(out, d);
	add_status_part(out, d);
	buf_addf(out, "\r\n--=_%s\r\nContent-Type: %s\r\n", d->unique, type);
	if (d->eightbit)
		buf_adds(out, "Content-Transfer-Encoding: 8bit\r\n");
	buf_adds(out, "\r\n");
}

void
dsn_write_end(struct buf *out, const struct dsn *d)
{
	buf_addf(out, "\r\n--=_%s--\r\n", d->unique);
}
