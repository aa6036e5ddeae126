/* SPDX-License-Identifier: ISC */
#include "migrate.h"

#include <stdlib.h>

#include "appender.h"
#include "bodies.h"
#include "fingerprint.h"
#include "interrupt.h"
#include "permanent_flags.h"
#include "progress.h"
#include "uploading.h"

struct work {
	struct migration *m;
	struct imap_mailbox source, target;
	struct mailbox_index from, to;
	struct seqset want; /* UIDs of from that are not there */
	struct fingerprints there;
	struct appender appender;
	struct progress progress;
	char *mark; /* uploading.h */
	struct buf lost; /* flags that target does not keep */
};

/* ---- what is where ---- */

static int
open_source(struct work *w)
{
	int ret = imap_conn_open_mailbox(w->m->from, &w->source, w->m->source);

	if (ret == 0)
		ret = mailbox_index_read(&w->from, w->m->from, w->m->source,
		    NULL);
	w->m->total = w->from.len;
	return ret;
}

static int
open_target(struct work *w)
{
	struct migration *m = w->m;
	int ret = 0;

	if (!m->exists && m->dry_run)
		return 0;
	if (!m->exists)
		ret = imap_conn_create(m->to, m->target);
	if (ret != 0)
		return ret;
	imap_conn_select(m->to, &w->target, m->target);
	ret = imap_conn_run(m->to);
	if (ret == 0)
		ret = imap_conn_check(m->to, &w->target.answer, m->target,
		    EX_NOMESSAGE);
	if (ret == 0)
		ret = mailbox_index_read(&w->to, m->to, m->target, NULL);
	return ret;
}

/* ---- what is there already ---- */

static void
set_flags(struct work *w, uint32_t uid, const char *flags,
    struct imap_answer *a)
{
	w->m->updated++;
	if (w->m->dry_run)
		return;
	imap_client_begin(w->m->to->client, 0, imap_answer_all_fn, a);
	imap_client_add(w->m->to->client, "UID STORE %u FLAGS.SILENT (%s)",
	    uid, flags);
	imap_client_end(w->m->to->client);
}

static void
match(struct work *w, const struct fingerprint *fp, struct imap_answer *a)
{
	uint32_t uid = fingerprints_take(&w->there, fp);
	const struct index_message *from = mailbox_index_find(&w->from, fp->uid);
	const struct index_message *to = mailbox_index_find(&w->to, uid);
	char *flags;

	if (from == NULL || to == NULL)
		return;
	w->m->skipped++;
	seqset_remove(&w->want, fp->uid, fp->uid);
	flags = permanent_flags_keep(w->target.permanent, from->flags,
	    &w->lost);
	if (strcmp(flags, to->flags) != 0)
		set_flags(w, uid, flags, a);
	free(flags);
}

static int
match_all(struct work *w)
{
	struct fingerprints ours = { 0 };
	struct seqset from = { 0 }, to = { 0 };
	struct imap_answer a = { 0 };
	int ret;

	fingerprint_candidates(&from, &w->from, &w->to);
	fingerprint_candidates(&to, &w->to, &w->from);
	ret = fingerprints_read(&ours, w->m->from, w->m->source, &w->from,
	    &from);
	if (ret == 0)
		ret = fingerprints_read(&w->there, w->m->to, w->m->target,
		    &w->to, &to);
	for (size_t i = 0; ret == 0 && i < ours.len; i++)
		match(w, &ours.item[i], &a);
	if (ret == 0)
		ret = imap_conn_run(w->m->to);
	if (ret == 0 && a.done)
		ret = imap_conn_check(w->m->to, &a, w->m->target, EX_NOPERM);
	imap_answer_clear(&a);
	fingerprints_clear(&ours);
	seqset_clear(&from);
	seqset_clear(&to);
	return ret;
}

/* ---- what is not ---- */

static int
on_body(void *arg, const struct index_message *m, struct span body)
{
	struct work *w = arg;
	char *flags;
	int ret;

	flags = permanent_flags_keep(w->target.permanent, m->flags, &w->lost);
	progress_add(&w->progress, 1);
	ret = appender_add(&w->appender, flags, m->date, body, NULL);
	free(flags);
	return ret;
}

static int
copy(struct work *w)
{
	struct migration *m = w->m;
	int ret, flushed = 0;

	uploading_begin(w->mark);
	w->appender.conn = m->to;
	w->appender.mailbox = m->target;
	progress_begin(m->from->cmd, &w->progress, m->source,
	    seqset_count(&w->want));
	ret = bodies_fetch(m->from, m->source, w->source.uidvalidity, &w->from,
	    &w->want, on_body, w);
	if (imap_client_next(m->to->client) == IMAP_CLIENT_READY) {
		flushed = appender_flush(&w->appender);
		if (flushed == 0)
			uploading_end(w->mark);
	}
	progress_end(&w->progress);
	m->copied = w->appender.appended;
	m->refused = w->appender.refused;
	return ret != 0 ? ret : flushed;
}

static int
transfer(struct work *w)
{
	struct migration *m = w->m;
	int ret;

	mailbox_index_uids(&w->from, &w->want);
	ret = match_all(w);
	if (ret != 0)
		return ret;
	if (m->dry_run)
		m->copied = seqset_count(&w->want);
	else if (w->want.len > 0)
		ret = copy(w);
	m->complete = !m->dry_run && m->copied + m->skipped == m->total;
	return ret;
}

int
migrate_mailbox(struct migration *m)
{
	struct work w = { .m = m };
	int ret = open_source(&w);

	w.mark = m->dry_run ? NULL : uploading_mark();
	if (ret == 0 && !uploading_settle(w.mark))
		ret = interrupt_fail(m->from->cmd);
	if (ret == 0)
		ret = open_target(&w);
	if (ret == 0)
		ret = transfer(&w);
	permanent_flags_warn(m->to->cmd, m->target, &w.lost);
	imap_mailbox_clear(&w.source);
	imap_mailbox_clear(&w.target);
	mailbox_index_clear(&w.from);
	mailbox_index_clear(&w.to);
	seqset_clear(&w.want);
	fingerprints_clear(&w.there);
	appender_clear(&w.appender);
	buf_free(&w.lost);
	free(w.mark);
	return ret;
}
