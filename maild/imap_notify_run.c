/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_command.h"
#include "imap_context.h"
#include "imap_notify.h"

/* ---- watching ---- */

static void
wake(struct imap_notify *n)
{
	session_wake(n->im->session);
}

static void
on_names(void *arg)
{
	struct imap_notify *n = arg;

	n->names_dirty = true;
	for (size_t i = 0; i < n->nboxes; i++) {
		if (n->box[i]->mailbox.id == 0) /* the server's annotations */
			n->box[i]->dirty = n->boxes_dirty = true;
	}
	wake(n);
}

static void
on_selected(void *arg)
{
	struct imap_notify *n = arg;

	n->selected_dirty = true;
	wake(n);
}

static void
watch_owner(struct imap_notify *n, uint64_t id)
{
	for (size_t i = 0; i < n->nowners; i++) {
		if (n->owner[i].id == id)
			return;
	}
	if (n->nowners < NOTIFY_OWNERS_MAX)
		n->owner[n->nowners++] = (struct notify_owner){ id,
			store_names_watch(n->im->store, id, on_names, n) };
}

/* Names change in the roots of those whose mailboxes are listed. */
static void
watch_names(struct imap_notify *n)
{
	watch_owner(n, n->im->user.id);
	watch_owner(n, STORE_ANYONE);
	for (size_t i = 0; i < n->names.len; i++) {
		if (n->names.name[i].shared)
			watch_owner(n, n->names.name[i].mailbox.owner);
	}
}

static void
unwatch_selected(struct imap_notify *n)
{
	if (n->selected_watch != NULL)
		engine_unwatch(n->selected_watch);
	n->selected_watch = NULL;
	n->selected_id = 0;
}

/* Another mailbox may have been selected since. */
static void
watch_selected(struct imap_notify *n)
{
	struct imap *im = n->im;
	uint64_t id =
	    im->selected && n->selected != 0 ? im->view.mailbox.id : 0;

	if (id == n->selected_id)
		return;
	unwatch_selected(n);
	n->selected_id = id;
	if (id == 0)
		return;
	n->selected_watch =
	    store_mailbox_watch(im->store, &im->view.mailbox, on_selected, n);
	n->next_uid = im->view.uidnext;
	n->selected_dirty = true;
}

static void
drop_own(struct imap_notify *n)
{
	for (size_t i = 0; i < 2; i++) {
		free(n->own[i]);
		n->own[i] = NULL;
	}
}

/* Nothing is wanted any more. */
static void
stop(struct imap_notify *n)
{
	notify_boxes_clear(n);
	notify_names_clear(&n->names);
	notify_names_clear(&n->wanted);
	for (size_t i = 0; i < n->nowners; i++)
		engine_unwatch(n->owner[i].watch);
	n->nowners = 0;
	unwatch_selected(n);
	drop_own(n);
	free(n->group);
	n->group = NULL;
	n->ngroups = 0;
	n->selected = 0;
	n->names_dirty = n->boxes_dirty = n->selected_dirty = false;
	buf_free(&n->fetch);
}

void
imap_notify_clear(struct imap *im)
{
	if (im->notify == NULL)
		return;
	stop(im->notify);
	free(im->notify);
	im->notify = NULL;
}

/* RFC 5465 section 5.8 */
void
notify_overflow(struct imap_notify *n)
{
	stop(n);
	buf_adds(&n->im->out, "* OK [NOTIFICATIONOVERFLOW] There is too much "
			      "to tell: it is NOTIFY NONE now\r\n");
}

/* ---- the selected mailbox ---- */

bool
imap_notify_tells(const struct imap *im)
{
	const struct imap_command *def = im->cmd.def;

	return im->notify == NULL || im->notify->selected != 0 ||
	       (def->flags & IMAP_WRITES) != 0 || def->handler == &imap_notify;
}

void
imap_notify_filter(struct imap *im)
{
	struct imap_notify *n = im->notify;

	if (n == NULL || im->cmd.def == NULL)
		return;
	if ((n->selected & NOTIFY_FLAGS) == 0 &&
	    (im->cmd.def->flags & IMAP_WRITES) == 0)
		seqset_clear(&im->tell.flags);
	/* What this session adds itself, it knows. */
	if (im->cmd.def->handler == &imap_append ||
	    im->cmd.def->handler == &imap_replace ||
	    im->cmd.def->handler == &imap_copy)
		n->next_uid = im->view.uidnext;
}

static enum notify_result
run_selected(struct imap_notify *n, bool idle)
{
	struct imap *im = n->im;

	if (!n->telling && n->selected_dirty) {
		n->selected_dirty = false;
		if (!imap_tell_sync(im, idle || !n->delayed))
			return NOTIFY_GONE;
		if ((n->selected & NOTIFY_FLAGS) == 0)
			seqset_clear(&im->tell.flags);
		n->telling = true;
	}
	if (n->telling && !imap_tell_write(im))
		return NOTIFY_WAIT;
	n->telling = false;
	if (n->fetch.len == 0 || im->view.uidnext <= n->next_uid)
		return NOTIFY_DONE;
	buf_clear(&im->quiet_args);
	buf_addf(&im->quiet_args, " %u:%u ", n->next_uid, im->view.uidnext - 1);
	buf_add_span(&im->quiet_args, buf_span(&n->fetch));
	n->next_uid = im->view.uidnext;
	imap_run_quietly(im);
	return im->quietly ? NOTIFY_BUSY : NOTIFY_DONE;
}

/* ---- all ---- */

void
imap_notify_own(struct imap *im)
{
	struct imap_notify *n = im->notify;

	if (n == NULL)
		return;
	drop_own(n);
	for (size_t i = 0; i < 2; i++) {
		if (im->cmd.name[i].len > 0)
			n->own[i] = span_dup(buf_span(&im->cmd.name[i]));
	}
}

static void
run_names(struct imap_notify *n)
{
	n->names_dirty = false;
	if (!notify_names_update(n)) {
		notify_overflow(n);
		return;
	}
	drop_own(n);
	watch_names(n);
	if (!notify_boxes_choose(n))
		notify_overflow(n);
}

static enum notify_result
run(struct imap_notify *n, bool idle)
{
	struct imap *im = n->im;

	watch_selected(n);
	if (!n->telling && n->names_dirty) {
		if (imap_room(im) < NOTIFY_ROOM)
			return NOTIFY_WAIT;
		run_names(n);
	}
	if (!n->telling && n->boxes_dirty) {
		notify_boxes_update(n);
		if (n->boxes_dirty)
			return NOTIFY_WAIT;
	}
	if (n->selected_id == 0)
		return NOTIFY_DONE;
	return run_selected(n, idle);
}

enum notify_result
imap_notify_run(struct imap *im, bool idle)
{
	enum notify_result r = NOTIFY_DONE;

	if (im->notify != NULL)
		r = run(im->notify, idle);
	while (r == NOTIFY_DONE && im->selected &&
	       imap_context_fetch(im, &im->quiet_args)) {
		imap_run_quietly(im);
		if (im->quietly)
			r = NOTIFY_BUSY;
	}
	return r;
}
