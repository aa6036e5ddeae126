/* SPDX-License-Identifier: ISC */
/*
 * IDLE (RFC 2177).  With no mailbox selected, too: some clients do that.
 */
#include "imap_args.h"
#include "imap_command.h"

/* What may stand before the line that ends it. */
#define IDLE_LINE_MAX 512

struct idle {
	struct engine_watch *watch;
	bool changed;
};

static void
on_change(void *arg)
{
	struct imap *im = arg;
	struct idle *idle = im->cmd.state;

	idle->changed = true;
	session_wake(im->session);
}

void
imap_idle_stop(struct imap *im)
{
	struct idle *idle = im->cmd.state;

	if (im->cmd.def == NULL || im->cmd.def->handler != &imap_idle ||
	    idle == NULL || idle->watch == NULL)
		return;
	engine_unwatch(idle->watch);
	idle->watch = NULL;
}

static enum imap_result
resume(struct imap *im)
{
	struct idle *idle = im->cmd.state;
	struct span in, line;
	const char *lf;
	bool is_done;

	/* What was taken from the store is written before more is taken. */
	while (imap_tell_write(im) && idle->changed) {
		idle->changed = false;
		if (!imap_tell_sync(im, true)) {
			imap_bye(im, "The selected mailbox has been deleted");
			return IMAP_MORE;
		}
	}
	in = session_input(im->session);
	lf = in.n > 0 ? memchr(in.p, '\n', in.n) : NULL;
	if (idle->changed || (lf == NULL && in.n <= IDLE_LINE_MAX))
		return IMAP_MORE;
	imap_idle_stop(im);
	line = span_of(in.p, lf != NULL ? (size_t)(lf - in.p) + 1 : in.n);
	is_done = span_ieqs(span_trim(line), "DONE");
	session_take(im->session, line.n);
	if (!is_done)
		return imap_bad(im, "DONE ends IDLE, and nothing else");
	return imap_completed(im);
}

static enum imap_result
start(struct imap *im)
{
	struct idle *idle = xcalloc(1, sizeof(*idle));

	im->cmd.state = idle;
	if (!imap_arg_end(im))
		return IMAP_DONE;
	if (im->selected) {
		idle->watch = store_mailbox_watch(im->store, &im->view.mailbox,
		    on_change, im);
		idle->changed = true;
	}
	buf_adds(&im->out, "+ Idling\r\n");
	return resume(im);
}

const struct imap_handler imap_idle = { start, resume, NULL };
