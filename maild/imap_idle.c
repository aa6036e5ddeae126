/* SPDX-License-Identifier: ISC */
/*
 * IDLE (RFC 2177).  With no mailbox selected, too: some clients do that.
 */
#include "imap_args.h"
#include "imap_command.h"
#include "imap_notify.h"

/* What may stand before the line that ends it. */
#define IDLE_LINE_MAX 512

struct idle {
	struct session *session;
	struct engine_watch *watch;
	bool changed;
};

static void
on_change(void *arg)
{
	struct idle *idle = arg;

	idle->changed = true;
	session_wake(idle->session);
}

void
imap_idle_stop(struct imap *im)
{
	const struct imap_cmd *cmd = im->quietly ? &im->aside : &im->cmd;
	struct idle *idle = cmd->state;

	if (cmd->def == NULL || cmd->def->handler != &imap_idle ||
	    idle == NULL || idle->watch == NULL)
		return;
	engine_unwatch(idle->watch);
	idle->watch = NULL;
}

/* The line that ends it, once it is there. */
static enum imap_result
take_line(struct imap *im)
{
	struct span in, line;
	const char *lf;
	bool is_done;

	in = session_input(im->session);
	lf = in.n > 0 ? memchr(in.p, '\n', in.n) : NULL;
	if (lf == NULL && in.n <= IDLE_LINE_MAX)
		return IMAP_MORE;
	imap_idle_stop(im);
	line = span_of(in.p, lf != NULL ? (size_t)(lf - in.p) + 1 : in.n);
	is_done = span_ieqs(span_trim(line), "DONE");
	session_take(im->session, line.n);
	if (!is_done)
		return imap_bad(im, "DONE ends IDLE, and nothing else");
	return imap_completed(im);
}

/* RFC 5465 section 4: what is told is what NOTIFY asks for, if it does. */
static enum imap_result
resume_notify(struct imap *im)
{
	enum notify_result r = imap_notify_run(im, true);

	if (r == NOTIFY_GONE)
		imap_bye(im, "The selected mailbox has been deleted");
	return r == NOTIFY_DONE ? take_line(im) : IMAP_MORE;
}

static enum imap_result
resume(struct imap *im)
{
	struct idle *idle = im->cmd.state;

	if (im->notify != NULL)
		return resume_notify(im);
	/* What was taken from the store is written before more is taken. */
	while (imap_tell_write(im) && idle->changed) {
		idle->changed = false;
		if (!imap_tell_sync(im, true)) {
			imap_bye(im, "The selected mailbox has been deleted");
			return IMAP_MORE;
		}
	}
	return idle->changed ? IMAP_MORE : resume_notify(im);
}

static enum imap_result
start(struct imap *im)
{
	struct idle *idle = xcalloc(1, sizeof(*idle));

	im->cmd.state = idle;
	idle->session = im->session;
	if (!imap_arg_end(im))
		return IMAP_DONE;
	if (im->selected && im->notify == NULL) {
		idle->watch = store_mailbox_watch(im->store, &im->view.mailbox,
		    on_change, idle);
		idle->changed = true;
	}
	buf_adds(&im->out, "+ Idling\r\n");
	return resume(im);
}

const struct imap_handler imap_idle = { start, resume, NULL };
