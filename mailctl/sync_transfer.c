/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "bodies.h"
#include "interrupt.h"
#include "mail_file.h"
#include "sync_work.h"
#include "uploading.h"

/* ---- what is new on one side ---- */

static int
on_body(void *arg, const struct index_message *m, struct span body)
{
	struct sync_work *w = arg;
	struct buf unique = { 0 };
	int ret = sync_local_write(&w->local, m, body, &unique);

	if (ret == 0) {
		sync_state_add(&w->state, m->uid,
		    maildir_keywords_bits(&w->keywords, m->flags),
		    buf_span(&unique));
		w->m->count.downloaded++;
		progress_add(&w->progress, 1);
	}
	w->changed = true;
	buf_free(&unique);
	return ret;
}

int
sync_download(struct sync_work *w)
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
	struct sync_work *w = arg;
	struct local_message *here = cookie;

	progress_add(&w->progress, 1);
	w->changed = true;
	if (uid > 0 && uidvalidity == w->remote.uidvalidity)
		sync_state_add(&w->state, uid,
		    here->flags & ~sync_lost(w, here->flags),
		    span_str(here->unique));
}

static int
upload_one(struct sync_work *w, struct local_message *here)
{
	struct mail_date date = { 0 };
	struct buf body = { 0 }, flags = { 0 };
	int ret = sync_local_body(&w->local, here, &body, &date.sec);

	buf_adds(&flags, "");
	maildir_keywords_words(&flags, &w->keywords,
	    here->flags & ~sync_lost(w, here->flags));
	if (ret == 0)
		ret = appender_add(&w->appender, flags.data, date,
		    buf_span(&body), here);
	buf_free(&body);
	buf_free(&flags);
	return ret;
}

static uint64_t
count_uploads(const struct sync_work *w)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->local.len; i++)
		n += !w->local.message[i].used;
	return n;
}

static int
upload_all(struct sync_work *w)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < w->local.len; i++) {
		if (!sync_is_new(w, i))
			continue;
		ret = interrupted() ? interrupt_fail(w->m->conn->cmd) :
				      upload_one(w, &w->local.message[i]);
	}
	return ret == 0 ? appender_flush(&w->appender) : ret;
}

int
sync_upload(struct sync_work *w)
{
	struct buf mark = { 0 };
	uint64_t n = count_uploads(w);
	int ret = 0;

	w->m->count.uploaded = n;
	if (n == 0 || w->m->dry_run)
		return 0;
	sync_in_folder(&mark, w, SYNC_STATE_FILE "-uploading");
	if (!uploading_begin(mark.data))
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
		uploading_end(mark.data);
	buf_free(&mark);
	return ret;
}

void
sync_settle(const struct sync_work *w)
{
	struct buf mark = { 0 };

	sync_in_folder(&mark, w, SYNC_STATE_FILE "-uploading");
	if (!w->m->dry_run)
		uploading_settle(mark.data);
	buf_free(&mark);
}

/* ---- deleting on the server ---- */

static int
uid_command(struct sync_work *w, const char *verb, const struct seqset *uids,
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
int
sync_expunge(struct sync_work *w)
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
