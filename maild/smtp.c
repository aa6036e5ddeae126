/* SPDX-License-Identifier: ISC */
#include "smtp.h"

#include <stdlib.h>

#include "smtp_session.h"

#define COMMANDS_A_TURN 50 /* then others have theirs */
#define ROOM_FOR_REPLY  8192

static const struct smtp_policy submission = {
	.name = "submission",
	.submit = true,
	.stage = SMTP_STAGE_IN,
};

static const struct smtp_policy inbound = {
	.name = "smtp",
	.inbound = true,
};

static const struct smtp_policy lmtp = {
	.name = "lmtp",
	.lmtp = true,
	.stage = SMTP_STAGE_LMTP,
};

const struct conf *
smtp_conf(const struct smtp *sm)
{
	return session_worker(sm->session)->conf;
}

struct store *
smtp_store(const struct smtp *sm)
{
	return session_worker(sm->session)->store;
}

bool
smtp_is_secure(const struct smtp *sm)
{
	return session_started(sm->session)->tls[0] != '\0';
}

void
smtp_reply(struct smtp *sm, const char *fmt, ...)
{
	struct buf b = { .max = SMTP_REPLY_TEXT };
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	buf_adds(&b, "\r\n");
	session_write(sm->session, buf_span(&b));
	buf_free(&b);
}

/* UTF-8 goes only to those who asked for it (RFC 6531 section 3.5). */
const char *
smtp_show(struct smtp *sm, struct span s)
{
	const bool utf8 = sm->txn != NULL && sm->txn->utf8;
	size_t n = 0;

	while (n < s.n && n < sizeof(sm->shown) - 1) {
		unsigned char c = (unsigned char)s.p[n];

		sm->shown[n++] = c < ' ' || c == 0x7f || (c >= 0x80 && !utf8) ?
				     '?' : (char)c;
	}
	sm->shown[n] = '\0';
	return sm->shown;
}

void
smtp_set_state(struct smtp *sm, enum smtp_state state)
{
	static const char *const names[] = { "commands", "text", "chunk",
		"asking", "filtering", "delivering" };

	log_debug("smtp: state", "session=" LOG_ID " from=%s to=%s",
	    session_started(sm->session)->id, names[sm->state], names[state]);
	sm->state = state;
}

static void
set_deadline(struct smtp *sm)
{
	session_deadline(sm->session, sm->policy->inbound ?
	    0 : smtp_conf(sm)->smtp_idle_timeout);
}

void
smtp_resume(struct smtp *sm)
{
	set_deadline(sm);
	session_wake(sm->session);
}

void
smtp_close(struct smtp *sm)
{
	sm->closing = true;
	session_close(sm->session);
}

/* ---- the session ---- */

static struct smtp *
smtp_new(struct session *s, const struct session_start *start,
    const struct smtp_policy *policy)
{
	struct smtp *sm = xcalloc(1, sizeof(*sm));

	sm->session = s;
	sm->policy = policy;
	sm->helo = xstrdup(start->helo);
	sm->esmtp = start->esmtp;
	set_deadline(sm);
	return sm;
}

static void *
submission_start(struct session *s, const struct session_start *start)
{
	struct smtp *sm = smtp_new(s, start, &submission);

	sm->greeted = true;
	smtp_reply(sm, "235 2.7.0 Authentication succeeded");
	return sm;
}

static void *
lmtp_start(struct session *s, const struct session_start *start)
{
	struct smtp *sm = smtp_new(s, start, &lmtp);

	smtp_reply(sm, "220 %s LMTP maild", smtp_conf(sm)->hostname);
	return sm;
}

static void *
inbound_start(struct session *s, const struct session_start *start)
{
	return smtp_new(s, start, &inbound);
}

/* One command; false: there is none. */
static bool
command(struct smtp *sm)
{
	struct span in = session_input(sm->session), line;
	bool found;
	ssize_t n;

	if (sm->skipping) {
		n = (ssize_t)smtp_line_skip(in, &found);
		session_take(sm->session, (size_t)n);
		sm->skipping = !found;
		return found;
	}
	n = smtp_line(in, SMTP_LINE_MAX, &line);
	if (n < 0) {
		sm->skipping = true;
		smtp_malformed(sm, "500 5.5.2 Line too long, or with a CR, LF "
				   "or NUL within");
		return true;
	}
	if (n > 0) {
		smtp_command(sm, line);
		session_take(sm->session, (size_t)n);
	}
	return n > 0;
}

static bool
step(struct smtp *sm)
{
	if (sm->policy->inbound)
		return smtp_inbound(sm);
	switch (sm->state) {
	case SMTP_COMMANDS:
		return command(sm);
	case SMTP_TEXT:
		return smtp_text(sm);
	case SMTP_CHUNK:
		return smtp_chunk(sm);
	case SMTP_ASKING:
	case SMTP_FILTERING:
	case SMTP_DELIVERING:
		break;
	}
	return false;
}

static bool
waits_for_store(const struct smtp *sm)
{
	return sm->state == SMTP_DELIVERING || sm->state == SMTP_ASKING ||
	    (sm->state == SMTP_FILTERING && smtp_filter_waits(sm)) ||
	    (sm->state == SMTP_TEXT && sm->txn->blocked) ||
	    (sm->state == SMTP_CHUNK && !sm->chunk_dropped &&
		sm->txn->blocked);
}

static void
run(struct session *s, void *state)
{
	struct smtp *sm = state;
	unsigned steps = 0;
	bool more = true;

	while (more && steps < COMMANDS_A_TURN && !sm->closing &&
	    session_room(s) >= ROOM_FOR_REPLY) {
		more = step(sm);
		steps += more;
	}
	if (waits_for_store(sm)) {
		session_deadline(s, 0);
		return;
	}
	if (steps > 0)
		set_deadline(sm);
	if (steps == COMMANDS_A_TURN)
		session_wake(s);
	else if (!more && session_eof(s))
		smtp_close(sm);
}

/* While the store works on a message, its fate is not known.  When the server
 * stops it may come again: rather twice than never. */
static void
last_words(struct smtp *sm, enum session_end why)
{
	static const struct {
		const char *code, *text;
	} words[] = {
		[SESSION_END_TIMEOUT] = { "421 4.4.2", "Idle for too long" },
		[SESSION_END_SHUTDOWN] = { "421 4.3.2", "Shutting down" },
		[SESSION_END_KICKED] = { "421 4.3.2", "Logged out" },
	};

	if (why == SESSION_END_CLOSED ||
	    (why == SESSION_END_KICKED && sm->state == SMTP_DELIVERING))
		return;
	smtp_reply(sm, "%s %s %s", words[why].code, smtp_conf(sm)->hostname,
	    words[why].text);
}

static void
end(struct session *s, void *state, enum session_end why)
{
	struct smtp *sm = state;

	(void)s;
	last_words(sm, why);
	smtp_deliver_abandon(sm);
	smtp_txn_free(sm->txn);
	smtp_dnsbl_clear(sm);
	free(sm->helo);
	free(sm);
}

const struct session_proto smtp_submission_proto = {
	.name = "submission",
	.start = submission_start,
	.run = run,
	.end = end,
};

const struct session_proto smtp_lmtp_proto = {
	.name = "lmtp",
	.start = lmtp_start,
	.run = run,
	.end = end,
};

const struct session_proto smtp_inbound_proto = {
	.name = "smtp",
	.start = inbound_start,
	.run = run,
	.end = end,
};
