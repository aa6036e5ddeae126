/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "bytes.h"
#include "conf.h"
#include "imap_enable.h"
#include "imap_notify.h"
#include "imap_status.h"
#include "imap_write.h"
#include "xxh64.h"

static void
on_change(void *arg)
{
	struct notify_box *b = arg;

	b->dirty = b->n->boxes_dirty = true;
	session_wake(b->n->im->session);
}

/* ---- annotations ---- */

static bool
add_annot(void *arg, const struct store_annot *a)
{
	struct buf *out = arg;
	char head[10];

	le16_put(head, (uint16_t)a->entry.n);
	le64_put(head + 2, xxh64(a->value.p, a->value.n, 0));
	buf_add(out, head, sizeof(head));
	buf_add_span(out, a->entry);
	return true;
}

static void
add_conf(struct buf *out, const char *entry, const char *value)
{
	if (value != NULL)
		add_annot(out,
		    &(struct store_annot){ span_str(entry), span_str(value) });
}

static void
read_annots(struct notify_box *b, struct buf *out)
{
	struct imap *im = b->n->im;
	const struct conf *conf = session_worker(im->session)->conf;
	const struct store_mailbox *m = b->mailbox.id != 0 ? &b->mailbox : NULL;

	store_annot_each(
	    im->store, &im->user, m, SPAN_LIT("/private"), add_annot, out);
	if (m != NULL)
		store_annot_each(im->store, &im->user, m, SPAN_LIT("/shared"),
		    add_annot, out);
	else {
		add_conf(out, "/shared/admin", conf->server_admin);
		add_conf(out, "/shared/comment", conf->server_comment);
	}
}

/* The next record of s: its name, and all of it. */
static bool
next_annot(struct span *s, struct span *name, struct span *whole)
{
	size_t n;

	if (s->n < 10)
		return false;
	n = le16_get(s->p);
	*name = span_sub(*s, 10, n);
	*whole = span_sub(*s, 0, 10 + n);
	*s = span_sub(*s, 10 + n, s->n);
	return true;
}

static bool
has_annot(struct span all, struct span name, struct span whole)
{
	struct span n, w;

	while (next_annot(&all, &n, &w)) {
		if (whole.n > 0 ? span_eq(w, whole) : span_eq(n, name))
			return true;
	}
	return false;
}

/* RFC 5464 section 4.4.2: names only. */
static void
tell_annots(struct notify_box *b)
{
	struct buf now = { 0 }, *out = &b->n->im->out;
	struct span old = buf_span(&b->annots), new, all, name, whole;
	const struct span none = { NULL, 0 };
	bool any = false;

	read_annots(b, &now);
	new = buf_span(&now);
	for (int round = 0; round < 2; round++) {
		/* What is new or another now; then what is gone. */
		all = round == 0 ? new : old;
		while (next_annot(&all, &name, &whole)) {
			if (round == 0 ? has_annot(old, name, whole)
				       : has_annot(new, name, none))
				continue;
			if (!any) {
				buf_adds(out, "* METADATA ");
				imap_out_mailbox(b->n->im, span_str(b->name));
			}
			any = true;
			buf_addc(out, ' ');
			imap_write_astring(out, name);
		}
	}
	if (any)
		buf_adds(out, "\r\n");
	buf_free(&b->annots);
	b->annots = now;
}

/* ---- messages ---- */

static void
write_status(struct notify_box *b, bool messages, bool flags, bool unseen)
{
	struct imap *im = b->n->im;
	struct imap_status_answer a = { .name = span_str(b->name),
		.mailbox = b->mailbox };

	a.items = imap_status_item(SPAN_LIT("UIDVALIDITY"));
	if (messages)
		a.items |= imap_status_item(SPAN_LIT("MESSAGES")) |
			   imap_status_item(SPAN_LIT("UIDNEXT"));
	if (unseen)
		a.items |= imap_status_item(SPAN_LIT("UNSEEN"));
	if (flags)
		a.items |= imap_status_item(SPAN_LIT("HIGHESTMODSEQ"));
	if (imap_status_get(im, &a) && a.st == STORE_OK)
		imap_status_write(im, &a);
}

static void
tell_messages(struct notify_box *b)
{
	struct imap *im = b->n->im;
	const struct store_counts old = b->counts;
	bool condstore = imap_enabled(im, IMAP_CONDSTORE);
	bool selected = im->selected && im->view.mailbox.id == b->mailbox.id;
	bool messages, flags, unseen;

	if (store_mailbox_counts(im->store, &b->mailbox, &b->counts) !=
	    STORE_OK)
		return;
	messages = b->events & (NOTIFY_NEW | NOTIFY_EXPUNGE) &&
		   (b->counts.messages != old.messages ||
		       b->counts.uidnext != old.uidnext);
	unseen = b->events & NOTIFY_FLAGS && b->counts.unseen != old.unseen;
	flags = b->events & NOTIFY_FLAGS && condstore &&
		b->counts.modseq != old.modseq;
	/* What happens to the selected mailbox is told otherwise. */
	if (!selected && (messages || flags || unseen))
		write_status(b, messages, condstore, unseen);
}

static void
update(struct notify_box *b)
{
	struct imap_notify *n = b->n;

	b->dirty = false;
	if (b->mailbox.id != 0 &&
	    store_mailbox_refresh(n->im->store, &b->mailbox) != STORE_OK) {
		n->names_dirty = true; /* it is chosen anew then */
		return;
	}
	if (b->events & NOTIFY_MESSAGES)
		tell_messages(b);
	if (b->events & (NOTIFY_METADATA | NOTIFY_SERVER))
		tell_annots(b);
}

void
notify_boxes_update(struct imap_notify *n)
{
	n->boxes_dirty = false;
	store_begin(n->im->store);
	for (size_t i = 0; i < n->nboxes && !n->boxes_dirty; i++) {
		if (!n->box[i]->dirty)
			continue;
		n->boxes_dirty = imap_room(n->im) < NOTIFY_ROOM;
		if (!n->boxes_dirty)
			update(n->box[i]);
	}
	store_end(n->im->store);
}

void
imap_notify_annotated(struct imap *im)
{
	struct imap_notify *n = im->notify;
	struct span name = buf_span(&im->cmd.name[0]);

	for (size_t i = 0; n != NULL && i < n->nboxes; i++) {
		struct notify_box *b = n->box[i];

		if ((b->events & (NOTIFY_METADATA | NOTIFY_SERVER)) == 0 ||
		    !span_ieqs(name, b->name))
			continue;
		buf_clear(&b->annots);
		read_annots(b, &b->annots);
	}
}

/* ---- which ---- */

static void
box_free(struct notify_box *b)
{
	if (b->watch != NULL)
		engine_unwatch(b->watch);
	buf_free(&b->annots);
	free(b->name);
	free(b);
}

static int
by_id(const void *a, const void *b)
{
	const struct notify_box *const *x = a, *const *y = b;

	return ((*x)->mailbox.id > (*y)->mailbox.id) -
	       ((*x)->mailbox.id < (*y)->mailbox.id);
}

static struct notify_box *
find(const struct imap_notify *n, uint64_t id)
{
	struct notify_box key = { .mailbox.id = id };
	struct notify_box *k = &key, **at;

	if (n->nboxes == 0)
		return NULL;
	at = bsearch(&k, n->box, n->nboxes, sizeof(n->box[0]), by_id);
	return at != NULL ? *at : NULL;
}

static struct notify_box *
box_new(struct imap_notify *n, const struct store_mailbox *m, unsigned events)
{
	struct notify_box *b = xcalloc(1, sizeof(*b));

	b->n = n;
	b->mailbox = *m;
	b->events = events;
	if (m->id != 0)
		b->watch = store_mailbox_watch(n->im->store, m, on_change, b);
	if (events & NOTIFY_MESSAGES)
		store_mailbox_counts(n->im->store, m, &b->counts);
	if (events & (NOTIFY_METADATA | NOTIFY_SERVER))
		read_annots(b, &b->annots);
	return b;
}

static struct notify_box *
take(struct imap_notify *n, const struct store_mailbox *m, struct span name,
    unsigned events)
{
	struct notify_box *b = find(n, m->id);

	if (b == NULL || b->events != events)
		b = box_new(n, m, events);
	b->wanted = true;
	b->mailbox.rights = m->rights;
	free(b->name);
	b->name = span_dup(name);
	return b;
}

static bool
asks_for_server(const struct imap_notify *n)
{
	for (size_t i = 0; i < n->ngroups; i++) {
		if (n->group[i].events & NOTIFY_SERVER)
			return true;
	}
	return false;
}

static unsigned
watched_events(const struct imap_notify *n, const struct notify_name *name)
{
	if (name->id == 0 || (name->mailbox.rights & STORE_READ) == 0)
		return 0;
	return notify_events(n, &n->names, name) &
	       (NOTIFY_MESSAGES | NOTIFY_METADATA);
}

bool
notify_boxes_choose(struct imap_notify *n)
{
	struct notify_box **box = xcalloc(NOTIFY_BOXES_MAX + 1, sizeof(*box));
	const struct store_mailbox server = { 0 };
	bool fits = true;
	size_t len = 0;

	store_begin(n->im->store);
	if (asks_for_server(n))
		box[len++] = take(n, &server, span_of("", 0), NOTIFY_SERVER);
	for (size_t i = 0; fits && i < n->names.len; i++) {
		const struct notify_name *name = &n->names.name[i];
		unsigned events = watched_events(n, name);

		if (events == 0)
			continue;
		fits = len < NOTIFY_BOXES_MAX;
		if (fits)
			box[len++] = take(n, &name->mailbox,
			    notify_name_at(&n->names, name), events);
	}
	store_end(n->im->store);
	for (size_t i = 0; i < n->nboxes; i++) {
		if (!n->box[i]->wanted)
			box_free(n->box[i]);
	}
	free(n->box);
	n->box = box;
	n->nboxes = len;
	for (size_t i = 0; i < len; i++)
		box[i]->wanted = false;
	qsort(n->box, n->nboxes, sizeof(n->box[0]), by_id);
	return fits;
}

void
notify_boxes_clear(struct imap_notify *n)
{
	for (size_t i = 0; i < n->nboxes; i++)
		box_free(n->box[i]);
	free(n->box);
	n->box = NULL;
	n->nboxes = 0;
}

/* ---- NOTIFY SET ---- */

/* RFC 5465 section 3.1: it may be listed, but not looked into. */
static void
tell_no_access(struct imap_notify *n)
{
	struct buf *out = &n->im->out;

	for (size_t i = 0; i < n->names.len; i++) {
		const struct notify_name *name = &n->names.name[i];

		if (name->id == 0 || (name->mailbox.rights & STORE_READ) != 0 ||
		    notify_events(n, &n->names, name) == 0)
			continue;
		buf_addf(out, "* LIST (\\NoAccess) \"%c\" ", STORE_SEPARATOR);
		imap_out_mailbox(n->im, notify_name_at(&n->names, name));
		buf_adds(out, "\r\n");
	}
}

void
notify_boxes_describe(struct imap_notify *n, bool status)
{
	struct imap *im = n->im;

	tell_no_access(n);
	store_begin(im->store);
	for (size_t i = 0; status && i < n->nboxes; i++) {
		struct notify_box *b = n->box[i];

		if ((b->events & NOTIFY_MESSAGES) != 0 &&
		    !(im->selected && im->view.mailbox.id == b->mailbox.id))
			write_status(b, true,
			    (b->events & NOTIFY_FLAGS) != 0 ||
				imap_enabled(im, IMAP_CONDSTORE),
			    (b->events & NOTIFY_FLAGS) != 0);
	}
	store_end(im->store);
}
