/* SPDX-License-Identifier: ISC */
#include "sync_mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "appender.h"
#include "atomic_file.h"
#include "bodies.h"
#include "interrupt.h"
#include "mail_file.h"
#include "mail_flags.h"
#include "maildir_name.h"
#include "progress.h"
#include "slurp.h"
#include "sync_local.h"
#include "sync_remote.h"

#define SETTLE_SECONDS 2

struct work {
	struct sync_mailbox *m;
	struct sync_state state; /* as it was, and as it will be */
	struct sync_local local;
	struct sync_remote remote;
	struct mailbox_index fresh; /* of remote.fresh */
	struct seqset want;         /* of those: to be fetched */
	struct seqset expunge;      /* to be deleted on the server */
	struct appender appender;
	struct progress progress;
	char tag[MAILDIR_TAG_LEN + 1];
	bool changed; /* the state has to be written */
};

static void
in_folder(struct buf *out, const struct work *w, const char *name)
{
	buf_addf(out, "%s/%s", w->m->folder, name);
}

/* ---- the state ---- */

static int
read_state(struct work *w)
{
	struct buf path = { 0 }, text = { .max = SYNC_STATE_MAX };
	int ret = 0;

	in_folder(&path, w, SYNC_STATE_FILE);
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
write_state(struct work *w)
{
	struct buf path = { 0 }, text = { 0 };
	int ret;

	if (!w->changed && w->state.modseq == w->remote.modseq)
		return 0;
	w->state.modseq = w->remote.modseq;
	ret = mail_file_sync(w->m->conn->cmd, w->m->folder);
	in_folder(&path, w, SYNC_STATE_FILE);
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

static void
store(struct work *w, uint32_t uid, char sign, unsigned bits,
    struct imap_answer *a)
{
	struct buf flags = { 0 };

	if (bits == 0)
		return;
	mail_flags_format(&flags, bits);
	imap_client_begin(w->m->conn->client, 0, imap_answer_all_fn, a);
	imap_client_add(w->m->conn->client,
	    "UID STORE %u %cFLAGS.SILENT (%s)", uid, sign, flags.data);
	imap_client_end(w->m->conn->client);
	buf_free(&flags);
}

static int
merge_flags(struct work *w, struct sync_entry *e, struct local_message *here,
    struct imap_answer *a)
{
	unsigned there = sync_remote_flags(&w->remote, e);
	unsigned now = merge(e->flags, here->flags, there);
	int ret = 0;

	w->changed = w->changed || e->flags != now;
	e->flags = now;
	if (now != there) {
		w->m->count.flags_there++;
		if (!w->m->dry_run) {
			store(w, e->uid, '+', now & ~there, a);
			store(w, e->uid, '-', there & ~now, a);
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
compare(struct work *w, struct sync_entry *e, struct imap_answer *a)
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
some_missing(const struct work *w)
{
	for (size_t i = 0; i < w->state.len; i++) {
		if (sync_local_find(&w->local, w->state.entry[i].unique) ==
		    NULL)
			return true;
	}
	return false;
}

static int
compare_all(struct work *w)
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

/* ---- what is new on both sides ---- */

static int
pair(struct work *w, struct local_message *here,
    const struct index_message *there)
{
	unsigned bits = mail_flags_bits(there->flags), now = bits | here->flags;
	struct imap_answer a = { 0 };
	int ret = 0;

	here->used = w->changed = true;
	seqset_remove(&w->want, there->uid, there->uid);
	if (w->m->dry_run)
		return 0;
	if (now != here->flags)
		ret = sync_local_set_flags(&w->local, here, now);
	if (ret == 0 && now != bits) {
		store(w, there->uid, '+', now & ~bits, &a);
		ret = imap_conn_run(w->m->conn);
		if (ret == 0)
			ret = imap_conn_check(w->m->conn, &a, w->m->name,
			    EX_NOPERM);
		imap_answer_clear(&a);
	}
	if (ret == 0)
		sync_state_add(&w->state, there->uid, now,
		    span_str(here->unique));
	return ret;
}

/* A download that was not written down: the file's name tells its UID. */
static int
pair_by_name(struct work *w)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < w->local.len; i++) {
		struct local_message *here = &w->local.message[i];
		const struct index_message *there;

		if (here->used || here->uid == 0 ||
		    !seqset_has(&w->want, here->uid))
			continue;
		there = mailbox_index_find(&w->fresh, here->uid);
		if (there != NULL)
			ret = pair(w, here, there);
	}
	return ret;
}

/* One that another program has renamed since is for the next time. */
static bool
is_new(struct work *w, size_t i)
{
	struct local_message *here = &w->local.message[i];

	if (!here->used && !sync_local_is_there(&w->local, here))
		here->used = true;
	return !here->used;
}

/* Its uid becomes the place in the folder, from 1 on. */
static int
read_fingerprint(struct work *w, size_t i, struct mailbox_index *sizes)
{
	struct local_message *here = &w->local.message[i];
	struct buf body = { 0 };
	int64_t mtime;
	int ret = sync_local_body(&w->local, here, &body, &mtime);

	if (ret == 0) {
		fingerprint_make(&here->fingerprint, buf_span(&body),
		    (uint32_t)i + 1);
		if (sizes->message == NULL)
			sizes->message = xcalloc(w->local.len,
			    sizeof(sizes->message[0]));
		sizes->message[sizes->len++] = (struct index_message){
			.uid = (uint32_t)i + 1, .size = body.len };
	}
	buf_free(&body);
	return ret;
}

static int
take_pairs(struct work *w, struct fingerprints *there)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < w->local.len; i++) {
		struct local_message *here = &w->local.message[i];
		uint32_t uid;

		if (here->used || here->fingerprint.uid == 0)
			continue;
		uid = fingerprints_take(there, &here->fingerprint);
		if (uid != 0)
			ret = pair(w, here, mailbox_index_find(&w->fresh, uid));
	}
	return ret;
}

/* An upload that was not written down, a state that was lost, or two sides
 * that were the same from the beginning. */
static int
pair_by_content(struct work *w)
{
	struct mailbox_index sizes = { 0 };
	struct fingerprints there = { 0 };
	struct seqset candidates = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && w->want.len > 0 && i < w->local.len; i++)
		if (is_new(w, i))
			ret = read_fingerprint(w, i, &sizes);
	fingerprint_candidates(&candidates, &w->fresh, &sizes);
	seqset_intersect(&candidates, &w->want);
	if (ret == 0)
		ret = fingerprints_read(&there, w->m->conn, w->m->name,
		    &w->fresh, &candidates);
	if (ret == 0)
		ret = take_pairs(w, &there);
	mailbox_index_clear(&sizes);
	fingerprints_clear(&there);
	seqset_clear(&candidates);
	return ret;
}

/* ---- what is new on one side ---- */

static int
on_body(void *arg, const struct index_message *m, struct span body)
{
	struct work *w = arg;
	struct buf unique = { 0 };
	int ret = sync_local_write(&w->local, m, body, &unique);

	if (ret == 0) {
		sync_state_add(&w->state, m->uid, mail_flags_bits(m->flags),
		    buf_span(&unique));
		w->m->count.downloaded++;
		progress_add(&w->progress, 1);
	}
	w->changed = true;
	buf_free(&unique);
	return ret;
}

static int
download(struct work *w)
{
	int ret;

	if (w->m->dry_run) {
		w->m->count.downloaded = seqset_count(&w->want);
		return 0;
	}
	progress_begin(w->m->conn->cmd, &w->progress, w->m->name,
	    seqset_count(&w->want));
	ret = bodies_fetch(w->m->conn, w->m->name, w->remote.uidvalidity,
	    &w->fresh, &w->want, on_body, w);
	progress_end(&w->progress);
	return ret;
}

/* Without APPENDUID the next run finds it by its content. */
static void
on_uploaded(void *arg, void *cookie, uint32_t uidvalidity, uint32_t uid)
{
	struct work *w = arg;
	struct local_message *here = cookie;

	progress_add(&w->progress, 1);
	w->changed = true;
	if (uid > 0 && uidvalidity == w->remote.uidvalidity)
		sync_state_add(&w->state, uid, here->flags,
		    span_str(here->unique));
}

static int
upload_one(struct work *w, struct local_message *here)
{
	struct mail_date date = { 0 };
	struct buf body = { 0 }, flags = { 0 };
	int ret = sync_local_body(&w->local, here, &body, &date.sec);

	buf_adds(&flags, "");
	mail_flags_format(&flags, here->flags);
	if (ret == 0)
		ret = appender_add(&w->appender, flags.data, date,
		    buf_span(&body), here);
	buf_free(&body);
	buf_free(&flags);
	return ret;
}

static uint64_t
count_uploads(const struct work *w)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->local.len; i++)
		n += !w->local.message[i].used;
	return n;
}

static int
upload_all(struct work *w)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < w->local.len; i++) {
		if (!is_new(w, i))
			continue;
		ret = interrupted() ? interrupt_fail(w->m->conn->cmd) :
				      upload_one(w, &w->local.message[i]);
	}
	return ret == 0 ? appender_flush(&w->appender) : ret;
}

/* The mark stands while messages are under way: see settle(). */
static int
upload(struct work *w)
{
	struct buf mark = { 0 };
	uint64_t n = count_uploads(w);
	int ret = 0;

	w->m->count.uploaded = n;
	if (n == 0 || w->m->dry_run)
		return 0;
	in_folder(&mark, w, SYNC_STATE_FILE "-uploading");
	if (atomic_file_write(mark.data, SPAN_LIT("")) < 0)
		ret = mail_file_fail(w->m->conn->cmd, EX_CANTCREAT, mark.data);
	w->appender.conn = w->m->conn;
	w->appender.mailbox = w->m->name;
	w->appender.done = on_uploaded;
	w->appender.arg = w;
	progress_begin(w->m->conn->cmd, &w->progress, w->m->name, n);
	if (ret == 0)
		ret = upload_all(w);
	progress_end(&w->progress);
	w->m->count.uploaded = w->appender.appended;
	w->m->count.refused = w->appender.refused;
	if (ret == 0)
		unlink(mark.data);
	buf_free(&mark);
	return ret;
}

/* Killed amid an upload, we may be back before the server has stored what it
 * had got: wait, or that would go a second time. */
static void
settle(const struct work *w)
{
	struct buf mark = { 0 };

	in_folder(&mark, w, SYNC_STATE_FILE "-uploading");
	if (!w->m->dry_run && access(mark.data, F_OK) == 0) {
		sleep(SETTLE_SECONDS);
		unlink(mark.data);
	}
	buf_free(&mark);
}

/* ---- deleting on the server ---- */

static int
uid_command(struct work *w, const char *verb, const struct seqset *uids,
    const char *rest)
{
	struct imap_answer a = { 0 };
	struct buf set = { 0 };
	int ret;

	seqset_format(&set, uids);
	imap_client_begin(w->m->conn->client, 0, imap_answer_fn, &a);
	imap_client_add(w->m->conn->client, "UID %s %s%s", verb, set.data,
	    rest);
	imap_client_end(w->m->conn->client);
	ret = imap_conn_run(w->m->conn);
	if (ret == 0)
		ret = imap_conn_check(w->m->conn, &a, w->m->name, EX_NOPERM);
	imap_answer_clear(&a);
	buf_free(&set);
	return ret;
}

#define EXPUNGE_MESSAGES 1000

/* EXPUNGE alone would take what others have marked, too. */
static int
expunge(struct work *w)
{
	bool uidplus = imap_client_caps(w->m->conn->client) & IMAP_CAP_UIDPLUS;
	uint64_t n = seqset_count(&w->expunge);
	int ret = 0;

	if (w->m->dry_run)
		return 0;
	for (uint64_t at = 0; ret == 0 && at < n; at += EXPUNGE_MESSAGES) {
		struct seqset part = { 0 };

		seqset_slice(&w->expunge, at, at + EXPUNGE_MESSAGES, &part);
		ret = uid_command(w, "STORE", &part,
		    " +FLAGS.SILENT (\\Deleted)");
		if (ret == 0 && uidplus)
			ret = uid_command(w, "EXPUNGE", &part, "");
		seqset_clear(&part);
	}
	if (ret == 0 && n > 0 && !uidplus)
		cmd_warn(w->m->conn->cmd, "%s: the server cannot remove single "
		    "messages; they are marked as deleted there", w->m->name);
	return ret;
}

/* ---- all of it ---- */

static int
read_sides(struct work *w)
{
	int ret = read_state(w);

	settle(w);
	w->remote.conn = w->m->conn;
	w->remote.mailbox = w->m->name;
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
	return ret;
}

static int
make_same(struct work *w)
{
	static int (*const steps[])(struct work *) = { compare_all,
		pair_by_name, pair_by_content, expunge, download, upload };
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
	struct work w = { .m = m };
	int ret = read_sides(&w);

	if (ret == 0)
		ret = make_same(&w);
	if (ret == 0 && !m->dry_run)
		ret = write_state(&w);
	sync_state_clear(&w.state);
	sync_local_clear(&w.local);
	sync_remote_clear(&w.remote);
	mailbox_index_clear(&w.fresh);
	seqset_clear(&w.want);
	seqset_clear(&w.expunge);
	appender_clear(&w.appender);
	return ret;
}
