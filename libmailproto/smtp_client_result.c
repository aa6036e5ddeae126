/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "smtp_client_state.h"

/* Of one reply's text: a result is kept for each recipient. */
#define TEXT_MAX 4096

static void
enhanced_set(struct smtp_client_result *r, struct span s)
{
	snprintf(r->enhanced, sizeof(r->enhanced), "%.*s", (int)s.n,
	    s.n > 0 ? s.p : "");
}

void
smtp_client_result_reply(struct smtp_client_result *r,
    const struct smtp_reply *reply)
{
	smtp_client_result_clear(r);
	r->code = reply->code;
	enhanced_set(r, reply->enhanced);
	r->text = span_dup(span_sub(buf_span(&reply->text), 0, TEXT_MAX));
}

void
smtp_client_result_local(struct smtp_client_result *r, unsigned code,
    const char *enhanced, const char *fmt, ...)
{
	struct buf text = { .max = TEXT_MAX };
	va_list ap;

	smtp_client_result_clear(r);
	r->local = true;
	r->code = code;
	enhanced_set(r, span_str(enhanced));
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	r->text = buf_steal(&text);
}

void
smtp_client_result_copy(struct smtp_client_result *r,
    const struct smtp_client_result *from)
{
	smtp_client_result_clear(r);
	*r = *from;
	r->text = from->text != NULL ? xstrdup(from->text) : NULL;
}

void
smtp_client_result_clear(struct smtp_client_result *r)
{
	free(r->text);
	*r = (struct smtp_client_result){ 0 };
}
