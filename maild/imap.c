/* SPDX-License-Identifier: ISC */
#include "imap.h"

#include <inttypes.h>
#include <stdlib.h>

#include "conf.h"
#include "imap_capability.h"
#include "imap_command.h"
#include "imap_notify.h"
#include "imap_enable.h"
#include "imap_limit.h"
#include "imap_state.h"
#include "log.h"

void
imap_alive(struct imap *im)
{
	session_deadline(im->session,
	    session_worker(im->session)->conf->imap_idle_timeout);
}

/* ---- one command, from its line to its reply ---- */

static void
clear_command(struct imap *im)
{
	struct imap_cmd *cmd = &im->cmd;

	if (cmd->def != NULL && cmd->def->handler->clear != NULL &&
	    cmd->state != NULL)
		cmd->def->handler->clear(im);
	free(cmd->state);
	buf_free(&cmd->scratch);
	buf_free(&cmd->name[0]);
	buf_free(&cmd->name[1]);
	buf_free(&cmd->reply);
	*cmd = (struct imap_cmd){ 0 };
}

static void
count_bad(struct imap *im)
{
	if (im->cmd.status != IMAP_BAD)
		im->bad = 0;
	else if (++im->bad >= IMAP_BAD_MAX)
		imap_bye(im, "Too many bad commands");
}

static bool
tells_modseq(const struct imap *im)
{
	return im->cmd.modseq && im->cmd.status == IMAP_OK && im->selected;
}

/* The reply has a response code. */
static bool
coded(const struct imap *im)
{
	return tells_modseq(im) ||
	    (im->cmd.reply.len > 0 && im->cmd.reply.data[0] == '[');
}

static void
finish(struct imap *im)
{
	static const char *const status[] = { "OK", "NO", "BAD" };
	struct imap_cmd *cmd = &im->cmd;

	if (coded(im))
		imap_limit_tell(im, true, &im->out);
	buf_addf(&im->out, "%s %s ", cmd->tag[0] != '\0' ? cmd->tag : "*",
	    status[cmd->status]);
	if (!coded(im))
		imap_limit_tell(im, false, &im->out);
	if (tells_modseq(im))
		buf_addf(&im->out, "[HIGHESTMODSEQ %" PRIu64 "] ",
		    imap_told_modseq(im));
	buf_add_span(&im->out, buf_span(&cmd->reply));
	buf_adds(&im->out, "\r\n");
	if (cmd->compress) {
		imap_flush(im);
		session_compress(im->session);
	}
	if (cmd->back) {
		imap_flush(im);
		im->phase = IMAP_CLOSING;
		session_give_back(im->session);
	}
	if (im->phase != IMAP_CLOSING) {
		im->phase = IMAP_READING;
		count_bad(im);
	}
	clear_command(im);
	imap_frame_next(&im->frame);
}

/* Whether EXPUNGE may be told before the reply to the command in hand. */
static bool
may_expunge(struct imap *im)
{
	const struct imap_command *next;
	bool uid = false;

	if ((im->cmd.def->flags & IMAP_KEEPS) != 0 &&
	    (!im->cmd.uid || im->cmd.numbers))
		return false;
	/* A client should not pipeline message numbers here, but some do, and
	 * would mean the numbers as they are now. */
	next = imap_command_peek(session_input(im->session), &uid);
	return next == NULL ||
	    (next->flags & (uid ? IMAP_KEYS : IMAP_NUMBERS)) == 0;
}

static void
end_quietly(struct imap *im)
{
	clear_command(im);
	im->cmd = im->aside;
	im->aside = (struct imap_cmd){ 0 };
	if (im->phase != IMAP_CLOSING)
		im->phase = im->phase_aside;
	im->quietly = false;
}

static void
done(struct imap *im)
{
	const struct imap_command *def = im->cmd.def;
	bool gone = false;

	if (im->quietly) {
		end_quietly(im);
		return;
	}
	if (im->phase == IMAP_CLOSING) {
		finish(im);
		imap_flush(im);
		session_close(im->session);
		return;
	}
	if (def != NULL && (def->flags & IMAP_QUIET) == 0 && im->selected &&
	    im->cmd.status != IMAP_BAD && imap_notify_tells(im)) {
		gone = !imap_tell_sync(im, may_expunge(im));
		imap_notify_filter(im);
		im->phase = IMAP_TELLING;
	}
	if (gone || im->phase != IMAP_TELLING)
		finish(im);
	if (gone)
		imap_bye(im, "The selected mailbox has been deleted");
}

static bool
result(struct imap *im, enum imap_result r)
{
	if (r == IMAP_DONE) {
		done(im);
		return true;
	}
	if (im->phase == IMAP_CLOSING)
		return false;
	im->phase = IMAP_RUNNING;
	if (r == IMAP_WAIT) {
		imap_alive(im);
	} else if (session_eof(im->session)) {
		im->phase = IMAP_CLOSING;
		session_close(im->session);
	}
	return false;
}

void
imap_run_quietly(struct imap *im)
{
	struct span args = buf_span(&im->quiet_args);

	im->aside = im->cmd;
	im->phase_aside = im->phase;
	im->quietly = true;
	im->cmd = (struct imap_cmd){ .uid = true };
	im->cmd.def = imap_command_find(SPAN_LIT("FETCH"));
	im->cmd.args = (struct imap_cursor){ .p = args.p,
		.end = args.p + args.n, .scratch = &im->cmd.scratch };
	result(im, im->cmd.def->handler->start(im));
}

/* Whether the command may run now.  False: the reply is set. */
static bool
admit(struct imap *im)
{
	const struct imap_command *def = im->cmd.def;

	if (im->cmd.uid && (def->flags & IMAP_UID_TOO) == 0)
		imap_bad(im, "%s has no UID form", def->name);
	else if ((def->flags & IMAP_MAILBOX) != 0 && !im->selected)
		imap_bad(im, "No mailbox is selected");
	else if ((def->flags & IMAP_MAILBOX) != 0 && !im->cmd.uid &&
	    (def->flags & IMAP_NUMBERS) != 0 && imap_enabled(im, IMAP_UIDONLY))
		imap_bad(im, IMAP_UIDREQUIRED);
	else if ((def->flags & IMAP_WRITES) != 0 && im->readonly)
		imap_no(im, "READ-ONLY", "The mailbox is selected read-only");
	else
		return true;
	return false;
}

static enum imap_result
start(struct imap *im)
{
	if (im->selected && store_mailbox_refresh(im->store,
				&im->view.mailbox) != STORE_OK) {
		imap_bye(im, "The selected mailbox may be read no longer");
		return IMAP_WAIT;
	}
	im->cmd.refused = !admit(im);
	if (im->cmd.refused && !im->cmd.stream)
		return IMAP_DONE;
	return im->cmd.def->handler->start(im);
}

static bool
parse_tag(struct imap *im)
{
	struct imap_cmd *cmd = &im->cmd;
	struct span tag;

	if (!imap_tag(&cmd->args, &tag) || tag.n > IMAP_TAG_MAX ||
	    !imap_sp(&cmd->args))
		return false;
	memcpy(cmd->tag, tag.p, tag.n);
	cmd->tag[tag.n] = '\0';
	return true;
}

void
imap_args_rewind(struct imap *im)
{
	struct span s = buf_span(&im->frame.cmd);

	im->cmd.args = (struct imap_cursor){ .p = s.p + im->cmd.args_at,
		.end = span_end(s), .scratch = &im->cmd.scratch,
		.utf8 = imap_enabled(im, IMAP_UTF8),
		.strict = imap_enabled(im, IMAP_UTF8) };
}

static enum imap_result
begin(struct imap *im, bool stream)
{
	struct imap_cmd *cmd = &im->cmd;
	struct span name;

	imap_alive(im);
	cmd->stream = stream;
	cmd->told = imap_clock();
	imap_args_rewind(im);
	if (!parse_tag(im))
		return imap_bad(im, "A command begins with a tag and a space");
	cmd->uid = imap_word(&cmd->args, "UID");
	if ((cmd->uid && !imap_sp(&cmd->args)) ||
	    !imap_atom(&cmd->args, &name))
		return imap_bad(im, "A command name was expected");
	cmd->def = imap_command_find(name);
	if (cmd->def == NULL)
		return imap_bad(im, "There is no such command");
	cmd->args_at = (size_t)(cmd->args.p - buf_span(&im->frame.cmd).p);
	return start(im);
}

static bool
too_long(struct imap *im)
{
	imap_args_rewind(im);
	parse_tag(im);
	return result(im, imap_bad(im, "A command has at most %zu bytes and "
	    "%d open parentheses", IMAP_LINE_MAX, IMAP_DEPTH_MAX));
}

static bool
read_command(struct imap *im)
{
	size_t used;
	enum imap_frame_event ev = imap_frame_feed(&im->frame,
	    session_input(im->session), &used);

	session_take(im->session, used);
	switch (ev) {
	case IMAP_FRAME_MORE:
		if (session_eof(im->session))
			session_close(im->session);
		return false;
	case IMAP_FRAME_SYNC:
		buf_adds(&im->out, "+ Go ahead\r\n");
		return true;
	case IMAP_FRAME_STREAM:
	case IMAP_FRAME_DONE:
		return result(im, begin(im, ev == IMAP_FRAME_STREAM));
	case IMAP_FRAME_TOOLONG:
		return too_long(im);
	case IMAP_FRAME_TOOBIG:
		imap_bye(im, "[TOOBIG] A literal has at most %zu bytes here",
		    IMAP_LINE_MAX);
		return false;
	}
	return false;
}

/* ---- the session ---- */

/* What NOTIFY asks for.  False: it is not all told. */
static bool
tell_between(struct imap *im)
{
	enum notify_result r = imap_notify_run(im, false);

	if (r == NOTIFY_GONE)
		imap_bye(im, "The selected mailbox has been deleted");
	return r == NOTIFY_DONE;
}

static bool
step(struct imap *im)
{
	if (im->phase == IMAP_CLOSING || imap_room(im) == 0)
		return false;
	if (im->phase == IMAP_READING)
		return tell_between(im) && read_command(im);
	if (im->phase == IMAP_TELLING) {
		if (!imap_tell_write(im))
			return false;
		finish(im);
		return true;
	}
	return im->writes == 0 && result(im, im->cmd.def->handler->resume(im));
}

static void
imap_turn(struct session *s, void *state)
{
	struct imap *im = state;

	im->slice = imap_clock();
	im->room = 0;
	while (step(im)) {
		if (imap_slice_over(im)) {
			session_wake(s);
			break;
		}
	}
	imap_flush(im);
	buf_free(&im->out);
}

/* Whoever gave no command to log in came by the control socket. */
static bool
came_by_front(const struct imap *im)
{
	return session_started(im->session)->tag[0] != '\0';
}

void
imap_add_capabilities(struct imap *im)
{
	imap_capability_write(&im->out,
	    IMAP_STAGE_IN | (came_by_front(im) ? IMAP_STAGE_BACK : 0),
	    session_worker(im->session)->conf, buf_span(&im->client));
}

/* In the place of the reply that front has left to this role; else as the
 * first words on the connection. */
static void
greet(struct imap *im, enum store_status st, const char *tag)
{
	static const char unusable[] = "[UNAVAILABLE] The account cannot be "
				       "used now";

	if (st != STORE_OK || im->user.disabled) {
		if (came_by_front(im))
			buf_addf(&im->out, "%s NO %s\r\n", tag, unusable);
		imap_bye(im, "%s", came_by_front(im) ? "Logged out" : unusable);
		return;
	}
	if (came_by_front(im))
		buf_addf(&im->out, "%s OK [CAPABILITY ", tag);
	else
		buf_adds(&im->out, "* PREAUTH [CAPABILITY ");
	imap_add_capabilities(im);
	buf_adds(&im->out, "] Logged in\r\n");
	imap_alive(im);
	imap_flush(im);
}

static void *
imap_begin(struct session *s, const struct session_start *start)
{
	struct imap *im = xcalloc(1, sizeof(*im));
	enum store_status st;

	im->session = s;
	im->store = session_worker(s)->store;
	buf_adds(&im->client, start->helo);
	im->frame.limits = (struct imap_limits){ IMAP_LINE_MAX, IMAP_LINE_MAX,
		IMAP_DEPTH_MAX };
	im->frame.stream = imap_append_wants;
	store_begin(im->store);
	st = store_user_find(im->store, span_str(start->user), &im->user);
	store_end(im->store);
	log_info("imap: session begins", "session=" LOG_ID " user=%s peer=%s",
	    start->id, start->user, start->peer);
	greet(im, st, start->tag);
	return im;
}

static void
imap_ended(struct session *s, void *state, enum session_end why)
{
	static const char *const words[] = {
		[SESSION_END_TIMEOUT] = "Idle for too long",
		[SESSION_END_SHUTDOWN] = "[UNAVAILABLE] The server is stopping",
		[SESSION_END_KICKED] = "Logged out by the administrator",
	};
	struct imap *im = state;

	if (why != SESSION_END_CLOSED && im->phase != IMAP_CLOSING)
		imap_bye(im, "%s", words[why]);
	log_info("imap: session ends", "session=" LOG_ID,
	    session_started(s)->id);
	imap_idle_stop(im);
	imap_notify_clear(im);
	im->session = NULL;
	if (im->writes == 0)
		imap_free(im);
}

void
imap_free(struct imap *im)
{
	if (im->quietly)
		end_quietly(im);
	clear_command(im);
	imap_deselect(im);
	buf_free(&im->quiet_args);
	imap_frame_clear(&im->frame);
	buf_free(&im->client);
	buf_free(&im->out);
	free(im);
}

const struct session_proto imap_proto = {
	.name = "imap",
	.start = imap_begin,
	.run = imap_turn,
	.end = imap_ended,
};
