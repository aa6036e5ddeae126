/* SPDX-License-Identifier: ISC */
/*
 * IMAP before login (RFC 9051 section 6.1, 6.2): CAPABILITY, ID, NOOP, LOGOUT,
 * STARTTLS, AUTHENTICATE and LOGIN.
 */
#include <stdlib.h>

#include "base64.h"
#include "conf.h"
#include "front.h"
#include "imap_capability.h"
#include "imap_id.h"
#include "imap_parse.h"
#include "sasl.h"

/* A SASL message in base64 with its line end. */
#define SASL_LINE_MAX (SASL_MESSAGE_MAX / 3 * 4 + 8)

#define MALFORMED "That is not what the mechanism says"

static const struct imap_limits limits = {
	.line = SASL_LINE_MAX + 512,
	.literal = 1024,
	.depth = 32,
};

struct front_imap {
	struct imap_frame frame;
	struct buf scratch;
	char tag[ROLE_TAG_MAX + 1]; /* of the command under way */
	struct buf client;          /* what it calls itself */
	struct sasl_server sasl;
	bool authenticating; /* the next line is the client's response */
	unsigned bad;
};

static unsigned
stage(const struct front_conn *c)
{
	unsigned st = front_is_tls(c) ? IMAP_STAGE_TLS : IMAP_STAGE_PLAIN;

	if (!front_may_login(c))
		return IMAP_STAGE_CLEAR;
	if (front_has_certificate(c))
		st |= IMAP_STAGE_CERTIFICATE;
	if (front_conf(c)->introspection_url != NULL)
		st |= IMAP_STAGE_TOKENS;
	return st;
}

static void *
imap_start(struct front_conn *c)
{
	struct front_imap *im = xcalloc(1, sizeof(*im));

	(void)c;
	im->frame.limits = limits;
	return im;
}

static void
imap_free(void *state)
{
	struct front_imap *im = state;

	imap_frame_clear(&im->frame);
	buf_wipe(&im->scratch);
	buf_free(&im->client);
	sasl_server_clear(&im->sasl);
	free(im);
}

static void
imap_greet(struct front_conn *c, void *state)
{
	struct buf out = { 0 };

	(void)state;
	buf_adds(&out, "* OK [CAPABILITY ");
	imap_capability_write(&out, stage(c), front_conf(c), SPAN_LIT(""));
	buf_addf(&out, "] %s ready\r\n", front_conf(c)->hostname);
	front_write(c, buf_span(&out));
	buf_free(&out);
}

static void
imap_again(struct front_conn *c, void *state, struct span client)
{
	struct front_imap *im = state;

	(void)c;
	buf_add_span(&im->client, client);
}

static void
imap_bye(struct front_conn *c, enum front_bye why)
{
	static const char *const text[] = {
		[FRONT_BYE_TIMEOUT] = "Not logged in in time",
		[FRONT_BYE_SHUTDOWN] = "[UNAVAILABLE] Server is stopping",
		[FRONT_BYE_BUSY] = "[LIMIT] Too many connections",
	};

	front_printf(c, "* BYE %s\r\n", text[why]);
}

static void
bad(struct front_conn *c, struct front_imap *im, const char *text)
{
	front_printf(c, "%s BAD %s\r\n", im->tag[0] != '\0' ? im->tag : "*",
	    text);
	if (++im->bad < FRONT_BAD_MAX)
		return;
	front_printf(c, "* BYE Too many malformed commands\r\n");
	front_close(c);
}

static void
imap_denied(struct front_conn *c, void *state, enum front_denial why)
{
	static const char *const text[] = {
		[FRONT_DENIED] = "[AUTHENTICATIONFAILED] Authentication failed",
		[FRONT_TEMPFAIL] = "[UNAVAILABLE] Logins are not possible just "
				   "now, try again",
		[FRONT_LIMIT] = "[LIMIT] Too many connections of this user "
				"(connections_per_user)",
	};
	struct front_imap *im = state;

	if (why == FRONT_MALFORMED)
		bad(c, im, MALFORMED);
	else
		front_printf(c, "%s NO %s\r\n", im->tag, text[why]);
}

/* ---- logging in ---- */

static bool
may_login(struct front_conn *c, struct front_imap *im)
{
	if (front_may_login(c))
		return true;
	front_printf(c, "%s NO [PRIVACYREQUIRED] Logging in needs TLS: use "
			"STARTTLS first\r\n", im->tag);
	return false;
}

static void
imap_login(struct front_conn *c, struct front_imap *im,
    struct imap_cursor *cur)
{
	struct front_login login = { .mechanism = "LOGIN",
		.tag = span_str(im->tag), .helo = buf_span(&im->client) };

	if (!imap_sp(cur) || !imap_astring(cur, &login.authcid) ||
	    !imap_sp(cur) || !imap_astring(cur, &login.password) ||
	    !imap_end(cur))
		bad(c, im, "LOGIN takes a user name and a password");
	else if (may_login(c, im))
		front_login(c, &login);
}

static void
imap_challenge(struct front_conn *c, void *state, struct span data)
{
	struct front_imap *im = state;
	struct buf coded = { 0 };

	base64_encode(&coded, data, 0);
	front_printf(c, "+ %.*s\r\n", (int)coded.len, buf_span(&coded).p);
	im->authenticating = true;
	buf_free(&coded);
}

/* A mechanism that auth speaks itself; all of them are begun by the client. */
static void
relay(struct front_conn *c, struct front_imap *im, struct span in)
{
	struct front_login login = { .tag = span_str(im->tag),
		.helo = buf_span(&im->client),
		.mechanism = sasl_mech_name(im->sasl.mech) };

	im->authenticating = false;
	if (in.p == NULL)
		imap_challenge(c, im, SPAN_LIT(""));
	else
		front_sasl(c, &login, in);
}

static void
sasl_step(struct front_conn *c, struct front_imap *im, struct span in)
{
	struct front_login login = { .tag = span_str(im->tag),
		.helo = buf_span(&im->client),
		.mechanism = sasl_mech_name(im->sasl.mech) };
	struct buf out = { 0 };

	im->authenticating = false;
	switch (sasl_server_step(&im->sasl, in, &out)) {
	case SASL_CONTINUE:
		imap_challenge(c, im, buf_span(&out));
		break;
	case SASL_DONE:
		login.authzid = buf_span(&im->sasl.authzid);
		login.authcid = buf_span(&im->sasl.authcid);
		login.password = buf_span(&im->sasl.password);
		front_login(c, &login);
		break;
	case SASL_FAIL:
		bad(c, im, MALFORMED);
		break;
	}
	if (!im->authenticating)
		sasl_server_clear(&im->sasl);
	buf_free(&out);
}

static void
sasl_message(struct front_conn *c, struct front_imap *im, struct span in)
{
	if (sasl_mech_tells_password(im->sasl.mech))
		sasl_step(c, im, in);
	else
		relay(c, im, in);
}

static void
sasl_end(struct front_conn *c, struct front_imap *im, const char *text)
{
	im->authenticating = false;
	sasl_server_clear(&im->sasl);
	front_sasl_cancel(c);
	bad(c, im, text);
}

/* A response in base64; "=" stands for an empty one (RFC 4959). */
static void
sasl_response(struct front_conn *c, struct front_imap *im, struct span coded)
{
	struct buf in;

	buf_init(&in, SASL_MESSAGE_MAX);
	if (!span_eq(coded, SPAN_LIT("=")) && base64_decode(&in, coded) < 0)
		sasl_end(c, im, "That is not base64");
	else
		sasl_message(c, im, buf_span(&in));
	buf_wipe(&in);
}

static void
imap_authenticate(struct front_conn *c, struct front_imap *im,
    struct imap_cursor *cur)
{
	const struct sasl_mech *mech;
	struct span name, initial = { 0 };

	if (!imap_sp(cur) || !imap_atom(cur, &name)) {
		bad(c, im, "AUTHENTICATE takes the name of a mechanism");
		return;
	}
	if (imap_sp(cur)) {
		initial = span_of(cur->p, (size_t)(cur->end - cur->p));
		cur->p = cur->end;
	}
	if (!imap_end(cur) || !may_login(c, im))
		return;
	mech = sasl_mech_find(name);
	if (mech == NULL || !front_offers(c, mech)) {
		front_printf(c, "%s NO [CANNOT] No such mechanism here\r\n",
		    im->tag);
		return;
	}
	sasl_server_clear(&im->sasl);
	im->sasl.mech = mech;
	if (initial.p != NULL)
		sasl_response(c, im, initial);
	else
		sasl_message(c, im, initial);
}

/* False: the line is not all there yet. */
static bool
sasl_line(struct front_conn *c, struct front_imap *im, struct span in)
{
	const char *lf = memchr(in.p, '\n', in.n);
	struct buf line = { 0 };

	if (lf == NULL) {
		if (in.n < SASL_LINE_MAX)
			return false;
		bad(c, im, "That line is too long");
		front_close(c);
		return false;
	}
	buf_add_span(&line, span_trim(span_of(in.p, (size_t)(lf - in.p))));
	front_take(c, (size_t)(lf - in.p) + 1);
	if (span_eq(buf_span(&line), SPAN_LIT("*")))
		sasl_end(c, im, "Authentication cancelled");
	else
		sasl_response(c, im, buf_span(&line));
	buf_wipe(&line);
	return true;
}

/* ---- the other commands ---- */

static void
imap_capability(struct front_conn *c, struct front_imap *im,
    struct imap_cursor *cur)
{
	struct buf out = { 0 };

	(void)cur;
	imap_capability_write(&out, stage(c), front_conf(c),
	    buf_span(&im->client));
	front_printf(c, "* CAPABILITY %s\r\n%s OK Capability completed\r\n",
	    buf_span(&out).p, im->tag);
	buf_free(&out);
}

static void
imap_noop(struct front_conn *c, struct front_imap *im, struct imap_cursor *cur)
{
	(void)cur;
	front_printf(c, "%s OK NOOP completed\r\n", im->tag);
}

static void
imap_id(struct front_conn *c, struct front_imap *im, struct imap_cursor *cur)
{
	struct span name;

	if (!imap_sp(cur) || !imap_id_parse(cur, &name) || !imap_end(cur)) {
		bad(c, im, "NIL or a list of fields with values was expected");
		return;
	}
	buf_clear(&im->client);
	buf_add_span(&im->client, name);
	front_printf(c, IMAP_ID_ANSWER "%s OK ID completed\r\n", im->tag);
}

static void
imap_logout(struct front_conn *c, struct front_imap *im,
    struct imap_cursor *cur)
{
	(void)cur;
	front_printf(c, "* BYE Logging out\r\n%s OK LOGOUT completed\r\n",
	    im->tag);
	front_close(c);
}

static void
imap_starttls(struct front_conn *c, struct front_imap *im,
    struct imap_cursor *cur)
{
	(void)cur;
	if (front_is_tls(c)) {
		bad(c, im, "TLS is active already");
		return;
	}
	front_printf(c, "%s OK Begin TLS now\r\n", im->tag);
	front_starttls(c);
}

static const struct {
	const char *name;
	void (*run)(struct front_conn *c, struct front_imap *im,
	    struct imap_cursor *cur);
	bool arguments;
} commands[] = {
	{ "CAPABILITY", imap_capability, false },
	{ "NOOP", imap_noop, false },
	{ "LOGOUT", imap_logout, false },
	{ "ID", imap_id, true },
	{ "STARTTLS", imap_starttls, false },
	{ "AUTHENTICATE", imap_authenticate, true },
	{ "LOGIN", imap_login, true },
};

static void
run_named(struct front_conn *c, struct front_imap *im, struct span name,
    struct imap_cursor *cur)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!span_ieqs(name, commands[i].name))
			continue;
		if (!commands[i].arguments && !imap_end(cur)) {
			bad(c, im, "This command takes no arguments");
			return;
		}
		im->bad = 0;
		commands[i].run(c, im, cur);
		return;
	}
	bad(c, im, "Unknown command, or one that needs a login first");
}

/* "GET / HTTP/1.1"; behind a literal it may be a password. */
static bool
is_http(struct span line)
{
	return line.n > 9 && memchr(line.p, '\n', line.n) == NULL &&
	    span_eq(span_sub(line, line.n - 9, 8), SPAN_LIT(" HTTP/1."));
}

static void
run_command(struct front_conn *c, struct front_imap *im)
{
	struct span tag, name, cmd = buf_span(&im->frame.cmd);
	struct imap_cursor cur = { .p = cmd.p, .end = span_end(cmd),
		.scratch = &im->scratch };

	im->tag[0] = '\0';
	if (is_http(cmd)) {
		front_printf(c, "* BYE This is a mail server\r\n");
		front_close(c);
		return;
	}
	if (!imap_tag(&cur, &tag) || tag.n > ROLE_TAG_MAX) {
		bad(c, im, "A command begins with a tag");
		return;
	}
	memcpy(im->tag, tag.p, tag.n);
	im->tag[tag.n] = '\0';
	if (!imap_sp(&cur) || !imap_atom(&cur, &name))
		bad(c, im, "A command has a name behind its tag");
	else
		run_named(c, im, name, &cur);
}

static void
next_command(struct front_imap *im)
{
	buf_wipe(&im->scratch);
	imap_frame_next(&im->frame);
}

/* False: nothing more can be done with what is there. */
static bool
frame_some(struct front_conn *c, struct front_imap *im, struct span in)
{
	size_t used;

	switch (imap_frame_feed(&im->frame, in, &used)) {
	case IMAP_FRAME_MORE:
		front_take(c, used);
		return false;
	case IMAP_FRAME_SYNC:
		front_take(c, used);
		front_write(c, SPAN_LIT("+ Ready\r\n"));
		return true;
	case IMAP_FRAME_DONE:
		front_take(c, used);
		run_command(c, im);
		next_command(im);
		return true;
	case IMAP_FRAME_TOOLONG:
		front_take(c, used);
		im->tag[0] = '\0';
		bad(c, im, "That command is too long");
		next_command(im);
		return true;
	case IMAP_FRAME_STREAM: /* not asked for */
	case IMAP_FRAME_TOOBIG:
		break;
	}
	front_printf(c, "* BYE [LIMIT] A literal is too large before login\r\n");
	front_close(c);
	return false;
}

static void
imap_input(struct front_conn *c, void *state)
{
	struct front_imap *im = state;
	struct span in;
	bool more = true;

	while (more && front_talking(c)) {
		in = front_input(c);
		if (in.n == 0)
			break;
		more = im->authenticating ? sasl_line(c, im, in)
					  : frame_some(c, im, in);
	}
}

const struct front_proto front_imap = {
	.name = "imap",
	.scope = ROLE_SCOPE_IMAP,
	.start = imap_start,
	.greet = imap_greet,
	.again = imap_again,
	.input = imap_input,
	.denied = imap_denied,
	.challenge = imap_challenge,
	.bye = imap_bye,
	.free = imap_free,
};
