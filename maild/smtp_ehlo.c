/* SPDX-License-Identifier: ISC */
#include "smtp_ehlo.h"

#include <inttypes.h>

#include "conf.h"

#define MAIL_STAGES                                                            \
	(SMTP_STAGE_CLEAR | SMTP_STAGE_PLAIN | SMTP_STAGE_TLS |                \
	    SMTP_STAGE_IN | SMTP_STAGE_LMTP)

static const struct {
	const char *line;
	unsigned stages;
} extensions[] = {
	{ "PIPELINING", MAIL_STAGES },
	{ "8BITMIME", MAIL_STAGES },
	{ "SMTPUTF8", MAIL_STAGES },
	{ "STARTTLS", SMTP_STAGE_CLEAR | SMTP_STAGE_PLAIN },
	{ "AUTH PLAIN LOGIN SCRAM-SHA-256", SMTP_STAGE_PLAIN },
	{ "AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS",
	    SMTP_STAGE_TLS },
};

void
smtp_ehlo_write(struct buf *out, const struct conf *conf, enum smtp_stage stage)
{
	buf_addf(out, "250-%s\r\n", conf->hostname);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (extensions[i].stages & stage)
			buf_addf(out, "250-%s\r\n", extensions[i].line);
	}
	buf_addf(out, "250-SIZE %" PRIu64 "\r\n", conf->message_size);
	buf_adds(out, "250 ENHANCEDSTATUSCODES\r\n");
}
