/* SPDX-License-Identifier: ISC */
#include "trace.h"

#define HELO_MAX 255

/* By its name in RFC 3848 and RFC 6531: "ESMTPSA". */
static void
add_protocol(struct buf *out, const struct trace *t)
{
	if (t->utf8)
		buf_adds(out, "UTF8");
	else if (t->esmtp && !t->lmtp)
		buf_addc(out, 'E');
	buf_adds(out, t->lmtp ? "LMTP" : "SMTP");
	if (t->tls[0] != '\0' && (t->esmtp || t->lmtp))
		buf_addc(out, 'S');
	if (t->authenticated && (t->esmtp || t->lmtp))
		buf_addc(out, 'A');
}

/* Only what a domain or an address literal is made of. */
static void
add_helo(struct buf *out, const char *helo)
{
	for (size_t i = 0; helo[i] != '\0' && i < HELO_MAX; i++) {
		int c = (unsigned char)helo[i];

		buf_addc(out, ascii_alpha(c) || ascii_digit(c) ||
				  strchr(".-_:[]", c) != NULL ? (char)c : '?');
	}
}

/* "192.0.2.1", "[2001:db8::1]" or "unix". */
static void
add_peer(struct buf *out, const char *peer)
{
	if (peer[0] == '[')
		buf_addf(out, "[IPv6:%s", peer + 1);
	else if (ascii_digit(peer[0]))
		buf_addf(out, "[%s]", peer);
	else
		buf_adds(out, peer);
}

static void
add_from(struct buf *out, const struct trace *t)
{
	buf_adds(out, " from ");
	if (t->helo[0] != '\0')
		add_helo(out, t->helo);
	else
		buf_adds(out, "unknown");
	buf_adds(out, " (");
	add_peer(out, t->peer);
	buf_adds(out, ")\r\n\t");
}

void
trace_write(struct buf *out, const struct trace *t)
{
	buf_adds(out, "Received:");
	if (t->peer != NULL)
		add_from(out, t);
	else
		buf_addc(out, ' ');
	buf_addf(out, "by %s with ", t->hostname);
	add_protocol(out, t);
	buf_addf(out, " id %s", t->id);
	if (t->tls[0] != '\0')
		buf_addf(out, "\r\n\t(%s)", t->tls);
	if (t->rcpt != NULL)
		buf_addf(out, "\r\n\tfor <%s>", t->rcpt);
	if (t->prioritized)
		buf_addf(out, "\r\n\tPRIORITY %d", t->priority);
	buf_adds(out, ";\r\n\t");
	date_format(out, t->date);
	buf_adds(out, "\r\n");
}
