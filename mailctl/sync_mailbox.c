/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "atomic_file.h"
#include "interrupt.h"
#include "mail_file.h"
#include "permanent_flags.h"
#include "slurp.h"
#include "sync_work.h"

void
sync_in_folder(struct buf *out, const struct sync_work *w, const char *name)
{
	buf_addf(out, "%s/%s", w->m->folder, name);
}

/* ---- the state ---- */

static int
read_state(struct sync_work *w)
{
	struct buf path = { 0 }, text = { .max = SYNC_STATE_MAX };
	int ret = 0;

	sync_in_folder(&path, w, SYNC_STATE_FILE);
	if (slurp_file(path.data, &text) < 0) {
		if (errno != ENOENT)
			ret = mail_file_fail(w->m->conn->cmd, EX_NOINPUT,
			    path.data);
	} else if (sync_state_parse(&w->state, buf_span(&text)) < 0) {
		cmd_warn(w->m->conn->cmd, "%s is damaged: what was deleted "
		    "since the last time comes back", path.data);
	} else if (strcmp(w->state.name, w->m->name) != 0) {
		/* The folder was renamed: it is a new one. */
		sync_state_clear(&w->state);
	}
	buf_free(&path);
	buf_free(&text);
	return ret;
}

bool
sync_mailbox_known(const char *folder, const char *name)
{
	struct buf path = { 0 }, text = { .max = SYNC_STATE_MAX };
	struct sync_state s = { 0 };
	bool known;

	buf_addf(&path, "%s/%s", folder, SYNC_STATE_FILE);
	known = slurp_file(path.data, &text) == 0 &&
	    sync_state_parse(&s, buf_span(&text)) == 0 &&
	    strcmp(s.name, name) == 0;
	sync_state_clear(&s);
	buf_free(&path);
	buf_free(&text);
	return known;
}

static int
write_state(struct sync_work *w)
{
	struct buf path = { 0 }, text = { 0 };
	int ret;

	if (!w->changed && w->state.modseq == w->remote.modseq)
		return 0;
	w->state.modseq = w->remote.modseq;
	ret = mail_file_sync(w->m->conn->cmd, w->m->folder);
	sync_in_folder(&path, w, SYNC_STATE_FILE);
	sync_state_format(&text, &w->state);
	if (ret == 0 && (text.failed ||
		atomic_file_write(path.data, buf_span(&text)) < 0))
		ret = mail_file_fail(w->m->conn->cmd, EX_IOERR, path.data);
	buf_free(&path);
	buf_free(&text);
	return ret;
}

/* ---- what both sides had ---- */

/* What was changed on either side since base. */
static unsigned
merge(unsigned base, unsigned here, unsigned there)
{
	return base ^ ((here ^ base) | (there ^ base));
}

unsigned
sync_lost(struct sync_work *w, unsigned bits)
{
	struct buf words = { 0 };
	char *kept;

	if (bits == 0 || w->remote.permanent == NULL)
		return 0;
	maildir_keywords_words(&words, &w->keywords, bits);
	kept = permanent_flags_keep(w->remote.permanent, words.data, &w->lost);
	bits &= ~maildir_keywords_bits(&w->keywords, kept);
	free(kept);
	buf_free(&words);
	return bits;
}

void
sync_store_flags(struct sync_work *w, uint32_t uid, char sign, unsigned bits,
    struct imap_answer *a)
{
	struct buf flags = { 0 };

	if (bits == 0)
		return;
	maildir_keywords_words(&flags, &w->keywords, bits);
	imap_client_begin(w->m->conn->client, 0, imap_answer_all_fn, a);
	imap_client_add(w->m->conn->client,
	    "UID STORE %u %cFLAGS.SILENT (%s)", uid, sign, flags.data);
	imap_client_end(w->m->conn->client);
	buf_free(&flags);
}

static int
merge_flags(struct sync_work *w, struct sync_entry *e,
    struct local_message *here, struct imap_answer *a)
{
	unsigned there = sync_remote_flags(&w->remote, e);
	unsigned now = merge(e->flags, here->flags, there);
	unsigned both = now & ~sync_lost(w, now & ~there);
	int ret = 0;

	w->changed = w->changed || e->flags != both;
	e->flags = both;
	if (both != there) {
		w->m->count.flags_there++;
		if (!w->m->dry_run) {
			sync_store_flags(w, e->uid, '+', both & ~there, a);
			sync_store_flags(w, e->uid, '-', there & ~both, a);
		}
	}
	if (now != here->flags) {
		w->m->count.flags_here++;
		if (!w->m->dry_run)
			ret = sync_local_set_flags(&w->local, here, now);
	}
	return ret;
}

static int
compare(struct sync_work *w, struct sync_entry *e, struct imap_answer *a)
{
	struct local_message *here = sync_local_find(&w->local, e->unique);
	bool gone = seqset_has(&w->remote.gone, e->uid);

	if (here != NULL)
		here->used = true;
	if (!gone && here != NULL)
		return merge_flags(w, e, here, a);
	w->changed = true;
	/* Without UIDPLUS it stays there, marked; so must we remember it. */
	e->dropped = gone || (imap_client_caps(w->m->conn->client) &
				 IMAP_CAP_UIDPLUS);
	if (!gone) {
		w->m->count.deleted_there++;
		seqset_add(&w->expunge, e->uid, e->uid);
	} else if (here != NULL) {
		w->m->count.deleted_here++;
		if (!w->m->dry_run)
			return sync_local_remove(&w->local, here);
	}
	return 0;
}

static bool
some_missing(const struct sync_work *w)
{
	for (size_t i = 0; i < w->state.len; i++) {
		if (sync_local_find(&w->local, w->state.entry[i].unique) ==
		    NULL)
			return true;
	}
	return false;
}

static int
compare_all(struct sync_work *w)
{
	struct imap_answer a = { 0 };
	int ret = 0;

	if (some_missing(w))
		ret = sync_local_again(&w->local);
	for (size_t i = 0; ret == 0 && i < w->state.len; i++)
		ret = compare(w, &w->state.entry[i], &a);
	if (ret == 0)
		ret = imap_conn_run(w->m->conn);
	if (ret == 0 && a.done)
		ret = imap_conn_check(w->m->conn, &a, w->m->name, EX_NOPERM);
	imap_answer_clear(&a);
	return ret;
}

/* ---- keywords ---- */

/* Where the list was lost, the letters of the state say nothing, and are as
 * good as used; the server has to tell all flags once more. */
static int
read_keywords(struct sync_work *w)
{
	struct maildir_keywords *k = &w->keywords;
	int ret = maildir_keywords_read(k, w->m->conn->cmd, w->m->folder);
	unsigned known = maildir_keywords_known(k);

	for (size_t i = 0; i < w->state.len; i++) {
		struct sync_entry *e = &w->state.entry[i];

		k->used |= e->flags;
		if ((e->flags & ~known) != 0)
			w->state.modseq = 0;
		e->flags &= known;
	}
	w->local.keywords = w->remote.keywords = k;
	return ret;
}

/* What is new may have new ones: they get their letters before any file. */
static int
write_keywords(struct sync_work *w)
{
	for (size_t i = 0; i < w->fresh.len; i++)
		maildir_keywords_bits(&w->keywords, w->fresh.message[i].flags);
	if (w->m->dry_run)
		return 0;
	return maildir_keywords_write(&w->keywords, w->m->conn->cmd,
	    w->m->folder);
}

/* ---- all of it ---- */

static int
read_sides(struct sync_work *w)
{
	int ret = read_state(w);

	sync_settle(w);
	w->remote.conn = w->m->conn;
	w->remote.mailbox = w->m->name;
	if (ret == 0)
		ret = read_keywords(w);
	if (ret == 0)
		ret = sync_remote_read(&w->remote, &w->state);
	if (ret != 0)
		return ret;
	if (w->state.name == NULL ||
	    w->state.uidvalidity != w->remote.uidvalidity) {
		sync_state_clear(&w->state);
		w->state.name = xstrdup(w->m->name);
		w->state.uidvalidity = w->remote.uidvalidity;
		w->changed = true;
	}
	maildir_tag(w->tag, w->m->name, w->remote.uidvalidity);
	w->local.cmd = w->m->conn->cmd;
	w->local.folder = w->m->folder;
	w->local.tag = w->tag;
	if (!w->m->dry_run)
		ret = mail_file_maildir(w->local.cmd, w->m->folder);
	if (ret == 0)
		ret = sync_local_read(&w->local);
	if (ret == 0)
		ret = mailbox_index_read(&w->fresh, w->m->conn, w->m->name,
		    &w->remote.fresh);
	mailbox_index_uids(&w->fresh, &w->want);
	return ret == 0 ? write_keywords(w) : ret;
}

static int
make_same(struct sync_work *w)
{
	static int (*const steps[])(struct sync_work *) = { compare_all,
		sync_pair_names, sync_pair_contents, sync_expunge,
		sync_download, sync_upload };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(steps) / sizeof(steps[0]);
	     i++) {
		ret = interrupted() ? interrupt_fail(w->m->conn->cmd) :
				      steps[i](w);
	}
	return ret;
}

int
sync_mailbox(struct sync_mailbox *m)
{
	struct sync_work w = { .m = m };
	int ret = read_sides(&w);

	if (ret == 0)
		ret = make_same(&w);
	permanent_flags_warn(m->conn->cmd, m->name, &w.lost);
	if (ret == 0 && !m->dry_run)
		ret = write_state(&w);
	sync_state_clear(&w.state);
	sync_local_clear(&w.local);
	maildir_keywords_clear(&w.keywords);
	sync_remote_clear(&w.remote);
	mailbox_index_clear(&w.fresh);
	seqset_clear(&w.want);
	seqset_clear(&w.expunge);
	appender_clear(&w.appender);
	buf_free(&w.lost);
	return ret;
}
