/* SPDX-License-Identifier: ISC */
#include "smtp_ehlo.h"

#include <inttypes.h>

#include "conf.h"
#include "date.h"

#define MAIL_STAGES                                                            \
	(SMTP_STAGE_CLEAR | SMTP_STAGE_PLAIN | SMTP_STAGE_TLS |                \
	    SMTP_STAGE_IN | SMTP_STAGE_LMTP | SMTP_STAGE_WORLD |           \
	    SMTP_STAGE_WORLD_TLS)
#define SUBMISSION                                                             \
	(SMTP_STAGE_CLEAR | SMTP_STAGE_PLAIN | SMTP_STAGE_TLS | SMTP_STAGE_IN)
#define LOGIN (SMTP_STAGE_PLAIN | SMTP_STAGE_TLS)

static const struct {
	const char *line;
	unsigned stages;
} extensions[] = {
	{ "PIPELINING", MAIL_STAGES },
	{ "8BITMIME", MAIL_STAGES },
	{ "CHUNKING", MAIL_STAGES },
	{ "BINARYMIME", MAIL_STAGES },
	{ "SMTPUTF8", MAIL_STAGES },
	{ "DSN", MAIL_STAGES },
	{ "REQUIRETLS",
	    SMTP_STAGE_TLS | SMTP_STAGE_WORLD_TLS | SMTP_STAGE_SECURE },
	{ "MT-PRIORITY MIXER", SUBMISSION },
	{ "STARTTLS", SMTP_STAGE_CLEAR | SMTP_STAGE_PLAIN | SMTP_STAGE_WORLD },
};

/* What stands behind AUTH, in order. */
static const struct {
	const char *name;
	unsigned stages;
} mechanisms[] = {
	{ "PLAIN", LOGIN },
	{ "LOGIN", LOGIN },
	{ "SCRAM-SHA-256", LOGIN },
	{ "SCRAM-SHA-256-PLUS", SMTP_STAGE_TLS },
	{ "EXTERNAL", SMTP_STAGE_CERTIFICATE },
	{ "OAUTHBEARER", SMTP_STAGE_TOKENS },
	{ "XOAUTH2", SMTP_STAGE_TOKENS },
};

static void
write_mechanisms(struct buf *out, unsigned stage)
{
	buf_adds(out, "250-AUTH");
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]);
	     i++) {
		if (mechanisms[i].stages & stage)
			buf_addf(out, " %s", mechanisms[i].name);
	}
	buf_adds(out, "\r\n");
}

void
smtp_ehlo_write(struct buf *out, const struct conf *conf, unsigned stage)
{
	buf_addf(out, "250-%s\r\n", conf->hostname);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (extensions[i].stages & stage)
			buf_addf(out, "250-%s\r\n", extensions[i].line);
	}
	if (stage & LOGIN)
		write_mechanisms(out, stage);
	if ((stage & SUBMISSION) != 0 && conf->future_release > 0) {
		buf_addf(out, "250-FUTURERELEASE %u ", conf->future_release);
		date_format_rfc3339(out,
		    date_now().sec + (int64_t)conf->future_release);
		buf_adds(out, "\r\n");
	}
	if (conf->deliver_by > 0)
		buf_addf(out, "250-DELIVERBY %u\r\n", conf->deliver_by);
	buf_addf(out, "250-SIZE %" PRIu64 "\r\n", conf->message_size);
	buf_addf(out, "250-LIMITS RCPTMAX=%u\r\n", conf->recipients);
	buf_adds(out, "250 ENHANCEDSTATUSCODES\r\n");
}
