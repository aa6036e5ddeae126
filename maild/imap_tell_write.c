/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "imap_context.h"
#include "imap_enable.h"
#include "imap_flags.h"

#define TELL_ROOM ((size_t)512)

void
imap_tell_counts(struct imap *im)
{
	buf_addf(&im->out, "* %zu EXISTS\r\n", im->view.len);
	if (!imap_enabled(im, IMAP_REV2))
		buf_addf(&im->out, "* %u RECENT\r\n", imap_recent_count(im));
}

void
imap_tell_exists(struct imap *im)
{
	if (im->tell.exists)
		imap_tell_counts(im);
	im->tell.exists = false;
}

static bool
write_expunged(struct imap *im)
{
	struct imap_tell *t = &im->tell;

	for (; t->expunged_at < t->nexpunged; t->expunged_at++) {
		if (imap_room(im) < TELL_ROOM)
			return false;
		buf_adds(&im->out, "* ");
		imap_out_number(&im->out, t->expunged[t->expunged_at]);
		buf_adds(&im->out, " EXPUNGE\r\n");
	}
	return true;
}

/* RFC 7162 section 3.2.10; a long set goes out as several responses. */
static bool
write_vanished(
    struct imap *im, const char *name, const struct seqset *uids, size_t *at)
{
	while (*at < uids->len) {
		if (imap_room(im) < IMAP_RANGES_ROOM)
			return false;
		buf_adds(&im->out, name);
		imap_out_ranges(&im->out, uids, at);
		buf_adds(&im->out, "\r\n");
	}
	return true;
}

/* One message; flags: with them, else its MODSEQ alone. */
static void
write_message(
    struct imap_flags *f, uint32_t seq, const struct store_msg *m, bool flags)
{
	struct imap *im = f->im;
	struct buf *out = &im->out;
	bool modseqs = imap_enabled(im, IMAP_CONDSTORE);

	imap_out_fetch(im, seq, m->uid);
	/* RFC 7162 section 3.2.4, RFC 5465 section 5.2, RFC 9051 section 7.5.2 */
	if ((im->cmd.uid || modseqs || im->notify != NULL ||
		imap_enabled(im, IMAP_REV2)) &&
	    !imap_enabled(im, IMAP_UIDONLY)) {
		buf_adds(out, "UID ");
		imap_out_number(out, m->uid);
		buf_addc(out, ' ');
	}
	if (flags)
		imap_flags_write(f, m);
	if (modseqs)
		imap_out_modseq(out, flags ? " " : "", m->modseq);
	buf_adds(out, ")\r\n");
}

/*
 * What is told is how the messages are now.  Those that are gone meanwhile will
 * be told as such.
 */
static bool
write_changed(
    struct imap *im, const struct seqset *uids, uint64_t *at, bool with_flags)
{
	struct store_cursor cur = { .mailbox = im->view.mailbox,
		.columns = STORE_HOT };
	struct imap_flags flags;
	struct store_msg m;
	bool room = true;
	uint64_t uid;

	if (!seqset_next(uids, *at, &uid))
		return true;
	store_begin(im->store);
	imap_flags_begin(&flags, im);
	imap_flags_announce(&flags);
	while (seqset_next(uids, *at, &uid)) {
		uint32_t seq = store_view_seq(&im->view, (uint32_t)uid);

		room = imap_room(im) >= IMAP_FLAGS_ROOM;
		if (!room)
			break;
		*at = uid + 1;
		if (!with_flags && seqset_has(&im->tell.flags, (uint32_t)uid))
			continue;
		if (seq > 0 && store_msg_get(im->store, &cur, (uint32_t)uid,
				   &m) == STORE_OK)
			write_message(&flags, seq, &m, with_flags);
	}
	store_cursor_end(&cur);
	store_end(im->store);
	return room;
}

/* RFC 7162 section 3.2: where expunges wait, the client may not think that it
 * knows all up to the MODSEQs that it has seen. */
static void
write_delayed(struct imap *im)
{
	if (imap_enabled(im, IMAP_QRESYNC) && im->selected &&
	    im->view.expunge_modseq < im->view.modseq)
		buf_addf(&im->out,
		    "* OK [HIGHESTMODSEQ %" PRIu64 "] Expunges "
		    "are yet to be told\r\n",
		    im->view.expunge_modseq);
}

bool
imap_tell_write(struct imap *im)
{
	struct imap_tell *t = &im->tell;

	if (!imap_context_write(im) || !write_expunged(im) ||
	    !write_vanished(im, "* VANISHED", &t->vanished, &t->vanished_at))
		return false;
	imap_tell_exists(im);
	if (!write_vanished(
		im, "* VANISHED (EARLIER)", &t->earlier, &t->earlier_at) ||
	    !write_changed(im, &t->flags, &t->flags_at, true) ||
	    !write_changed(im, &t->modseqs, &t->modseqs_at, false) ||
	    !imap_context_check(im, &t->recheck, &t->recheck_at))
		return false;
	write_delayed(im);
	imap_tell_clear(t);
	return true;
}
