/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "sync_work.h"

static int
pair(struct sync_work *w, struct local_message *here,
    const struct index_message *there)
{
	unsigned bits = maildir_keywords_bits(&w->keywords, there->flags);
	unsigned now = bits | here->flags;
	unsigned both = now & ~sync_lost(w, now & ~bits);
	struct imap_answer a = { 0 };
	int ret = 0;

	here->used = w->changed = true;
	seqset_remove(&w->want, there->uid, there->uid);
	if (w->m->dry_run)
		return 0;
	if (now != here->flags)
		ret = sync_local_set_flags(&w->local, here, now);
	if (ret == 0 && both != bits) {
		sync_store_flags(w, there->uid, '+', both & ~bits, &a);
		ret = imap_conn_run(w->m->conn);
		if (ret == 0)
			ret = imap_conn_check(w->m->conn, &a, w->m->name,
			    EX_NOPERM);
		imap_answer_clear(&a);
	}
	if (ret == 0)
		sync_state_add(&w->state, there->uid, both,
		    span_str(here->unique));
	return ret;
}

/* A download that was not written down: the file's name tells its UID. */
int
sync_pair_names(struct sync_work *w)
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

bool
sync_is_new(struct sync_work *w, size_t i)
{
	struct local_message *here = &w->local.message[i];

	if (!here->used && !sync_local_is_there(&w->local, here))
		here->used = true;
	return !here->used;
}

/* Its uid becomes the place in the folder, from 1 on. */
static int
read_fingerprint(struct sync_work *w, size_t i, struct mailbox_index *sizes)
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
take_pairs(struct sync_work *w, struct fingerprints *there)
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
int
sync_pair_contents(struct sync_work *w)
{
	struct mailbox_index sizes = { 0 };
	struct fingerprints there = { 0 };
	struct seqset candidates = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && w->want.len > 0 && i < w->local.len; i++)
		if (sync_is_new(w, i))
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
