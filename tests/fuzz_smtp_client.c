/* SPDX-License-Identifier: ISC */
#include "smtp_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const rcpt[] = { "b@x.example", "c@x.example" };

/* False: it is over. */
static bool
turn(struct smtp_client *c, struct span *s, size_t step, unsigned *mails,
    bool exact)
{
	const struct smtp_client_mail mail = { .from = "", .rcpt = rcpt,
		.nrcpt = 2, .size = 17, .exact = exact,
		.body = exact ? BODY_BINARYMIME : BODY_7BIT };

	switch (smtp_client_next(c)) {
	case SMTP_CLIENT_IO:
		smtp_client_sent(c, smtp_client_output(c).n);
		if (s->n == 0)
			smtp_client_eof(c);
		smtp_client_input(c, span_sub(*s, 0, step));
		*s = span_sub(*s, step, s->n);
		return true;
	case SMTP_CLIENT_TLS:
		smtp_client_tls_done(c);
		return true;
	case SMTP_CLIENT_READY:
		if ((*mails)++ < 2)
			smtp_client_mail(c, &mail);
		else
			smtp_client_quit(c);
		return true;
	case SMTP_CLIENT_TEXT:
		smtp_client_text(c, SPAN_LIT("Subject: x\r\n\r\n.\r\n"));
		smtp_client_text_end(c);
		return true;
	case SMTP_CLIENT_RESULT:
		return true;
	case SMTP_CLIENT_CLOSED:
	case SMTP_CLIENT_FAILED:
		break;
	}
	return false;
}

/* The first byte chooses options and how input is cut; the rest is a server. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtp_client_options o = { .helo = "me", .password = "pw" };
	struct span s = span_of((const char *)data + 1, size - 1);
	unsigned mails = 0;
	struct smtp_client *c;

	if (size < 2)
		return 0;
	o.lmtp = data[0] & 1;
	o.tls = data[0] & 2 ? SMTP_CLIENT_TLS_STARTTLS :
			      SMTP_CLIENT_TLS_IMPLICIT;
	o.user = data[0] & 4 ? "tim" : NULL;
	c = smtp_client_new(&o);
	while (turn(c, &s, data[0] & 8 ? 1 : 4096, &mails, data[0] & 16))
		;
	smtp_client_free(c);
	return 0;
}
