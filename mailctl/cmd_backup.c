/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "backup_store.h"
#include "bodies.h"
#include "each_user.h"
#include "interrupt.h"
#include "mailbox_names.h"
#include "progress.h"

/*
 * backup: all mailboxes into a folder, again and again.
 */
#define COMMIT_MESSAGES 2000
#define COMMIT_BYTES    ((uint64_t)128 << 20)

struct backup {
	struct cmd *cmd;
	bool verify;
	struct backup_store store;
	/* of the mailbox that is open */
	struct manifest_mailbox *mailbox;
	struct progress progress;
	uint64_t total, fetched, gone;
	uint64_t since, bytes; /* since the last commit */
};

/* ---- a mailbox ---- */

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "fetched", OUT_NUMBER, false },
	{ "gone", OUT_NUMBER, false },
	{ "done", OUT_BOOL, false },
};

static void
print(struct backup *b, const char *name)
{
	struct out *o = &b->cmd->out;

	out_str(o, span_str(name));
	out_num(o, b->total);
	out_num(o, b->fetched);
	out_num(o, b->gone);
	out_bool(o, !b->store.dry_run);
}

static int
commit(struct backup *b)
{
	b->since = b->bytes = 0;
	if (b->mailbox != NULL)
		manifest_sort(b->mailbox);
	return backup_store_commit(&b->store);
}

static int
on_body(void *arg, const struct index_message *m, struct span body)
{
	struct backup *b = arg;
	struct manifest_message g = { .uid = m->uid, .size = body.n,
		.date = m->date, .flags = m->flags };
	int ret = backup_store_put(&b->store, body, g.hash);

	if (ret != 0)
		return ret;
	manifest_add_message(b->mailbox, &g);
	b->fetched++;
	progress_add(&b->progress, 1);
	b->bytes += body.n;
	if (++b->since < COMMIT_MESSAGES && b->bytes < COMMIT_BYTES)
		return 0;
	return commit(b);
}

/* Those whose file is missing or too short come again. */
static void
drop_broken(struct backup *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->mailbox->len; i++) {
		struct manifest_message *g = &b->mailbox->message[i];

		if (!g->gone && !backup_store_has(&b->store, g))
			free(g->flags);
		else
			b->mailbox->message[n++] = *g;
	}
	b->mailbox->len = n;
}

static void
mark_gone(struct backup *b, struct manifest_mailbox *box,
    const struct mailbox_index *x)
{
	for (size_t i = 0; i < box->len; i++) {
		struct manifest_message *g = &box->message[i];

		if (g->gone || mailbox_index_find(x, g->uid) != NULL)
			continue;
		g->gone = true;
		b->gone++;
	}
}

/* What is new goes to want; the others' flags are as they are now. */
static void
compare(struct backup *b, const struct mailbox_index *x, struct seqset *want)
{
	for (size_t i = 0; i < x->len; i++) {
		struct index_message *m = &x->message[i];
		struct manifest_message *g = manifest_find_message(b->mailbox,
		    m->uid);

		if (g == NULL) {
			seqset_add(want, m->uid, m->uid);
			continue;
		}
		free(g->flags);
		g->flags = xstrdup(m->flags);
		g->gone = false;
	}
}

static int
take(struct backup *b, struct imap_conn *ic, const char *name,
    const struct mailbox_index *x)
{
	struct seqset want = { 0 };
	int ret = 0, committed = 0;

	drop_broken(b);
	compare(b, x, &want);
	b->gone = 0;
	mark_gone(b, b->mailbox, x);
	b->total = x->len;
	b->fetched = b->store.dry_run ? seqset_count(&want) : 0;
	if (!b->store.dry_run) {
		progress_begin(b->cmd, &b->progress, name,
		    seqset_count(&want));
		ret = bodies_fetch(ic, name, b->mailbox->uidvalidity, x, &want,
		    on_body, b);
		progress_end(&b->progress);
		committed = commit(b);
	}
	seqset_clear(&want);
	return ret != 0 ? ret : committed;
}

/* A mailbox that was made anew is another one. */
static void
retire_others(struct backup *b, const char *name, uint32_t uidvalidity)
{
	static const struct mailbox_index nothing;

	for (size_t i = 0; i < b->store.manifest.len; i++) {
		struct manifest_mailbox *box = &b->store.manifest.mailbox[i];

		if (strcmp(box->name, name) == 0 &&
		    box->uidvalidity != uidvalidity)
			mark_gone(b, box, &nothing);
	}
}

static int
backup_mailbox(struct backup *b, struct imap_conn *ic, const char *name)
{
	struct imap_mailbox m;
	struct mailbox_index x = { 0 };
	struct manifest *all = &b->store.manifest;
	int ret = imap_conn_open_mailbox(ic, &m, name);

	if (ret == 0)
		ret = mailbox_index_read(&x, ic, name, NULL);
	if (ret == 0) {
		retire_others(b, name, m.uidvalidity);
		b->mailbox = manifest_find(all, name, m.uidvalidity);
		if (b->mailbox == NULL)
			b->mailbox = manifest_add(all, name, m.uidvalidity);
		ret = take(b, ic, name, &x);
		b->mailbox = NULL;
	}
	if (ret == 0)
		print(b, name);
	imap_mailbox_clear(&m);
	mailbox_index_clear(&x);
	return ret;
}

/* ---- all of them ---- */

/* Mailboxes that are no more. */
static void
retire(struct backup *b, const struct mailbox_names *names)
{
	static const struct mailbox_index nothing;

	for (size_t i = 0; i < b->store.manifest.len; i++) {
		struct manifest_mailbox *box = &b->store.manifest.mailbox[i];

		b->gone = 0;
		if (mailbox_names_find(names, box->name) != NULL)
			continue;
		mark_gone(b, box, &nothing);
		b->total = b->fetched = 0;
		if (b->gone > 0)
			print(b, box->name);
	}
}

static bool
can_be_kept(const char *name)
{
	return strpbrk(name, "\r\n") == NULL;
}

static int
backup(struct imap_conn *ic, void *arg)
{
	struct backup *b = arg;
	struct mailbox_names names;
	int ret = mailbox_names_read(&names, ic);

	out_begin(&b->cmd->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; ret == 0 && i < names.len; i++) {
		if (interrupted())
			ret = interrupt_fail(b->cmd);
		else if (can_be_kept(names.entry[i].name))
			ret = backup_mailbox(b, ic, names.entry[i].name);
		else
			cmd_warn(b->cmd, "a mailbox whose name has a line end "
			    "is left out");
	}
	if (ret == 0) {
		retire(b, &names);
		if (!b->store.dry_run)
			ret = commit(b);
	}
	out_end(&b->cmd->out);
	mailbox_names_clear(&names);
	return ret;
}

/* ---- verifying ---- */

static const struct out_column verify_columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "missing", OUT_NUMBER, false },
	{ "damaged", OUT_NUMBER, false },
};

/* How many of a mailbox are not as they should be. */
static uint64_t
verify_mailbox(struct backup *b, const struct manifest_mailbox *box)
{
	uint64_t count[3] = { 0 };
	struct buf body = { 0 };
	struct out *o = &b->cmd->out;

	progress_begin(b->cmd, &b->progress, box->name, box->len);
	for (size_t i = 0; i < box->len && !interrupted(); i++) {
		enum backup_object state = backup_store_get(&b->store,
		    &box->message[i], &body);

		count[state]++;
		progress_add(&b->progress, 1);
		if (state != BACKUP_WHOLE)
			cmd_warn(b->cmd, "%s:%u is %s: object %s", box->name,
			    box->message[i].uid, state == BACKUP_MISSING ?
			    "missing" : "damaged", box->message[i].hash);
	}
	progress_end(&b->progress);
	out_str(o, span_str(box->name));
	out_num(o, box->len);
	out_num(o, count[BACKUP_MISSING]);
	out_num(o, count[BACKUP_DAMAGED]);
	buf_free(&body);
	return count[BACKUP_MISSING] + count[BACKUP_DAMAGED];
}

static int
verify(struct backup *b)
{
	uint64_t bad = 0;

	out_begin(&b->cmd->out, verify_columns,
	    sizeof(verify_columns) / sizeof(verify_columns[0]));
	for (size_t i = 0; i < b->store.manifest.len; i++)
		bad += verify_mailbox(b, &b->store.manifest.mailbox[i]);
	out_end(&b->cmd->out);
	if (interrupted())
		return interrupt_fail(b->cmd);
	return bad > 0 ? EX_DATAERR : 0;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct backup b = { .cmd = c };
	const struct opt opts[] = {
		{ 'n', "dry-run", OPT_FLAG, &b.store.dry_run, NULL,
		    "say what would be fetched, and write nothing" },
		{ 0, "verify", OPT_FLAG, &b.verify, NULL,
		    "read it all and compare it with the checksums" },
		{ 0 },
	};
	struct buf own = { 0 };
	int ret = EX_USAGE;

	if (!cmd_options(c, &argc, argv, opts, 1, 1))
		return c->status;
	b.store.cmd = c;
	b.store.folder = each_user_path(c, argv[0],
	    !b.verify && !b.store.dry_run, &own);
	interrupt_catch();
	if (b.store.folder != NULL)
		ret = backup_store_open(&b.store, !b.verify);
	if (ret == 0)
		ret = b.verify ? verify(&b) : imap_conn_with(c, backup, &b);
	backup_store_close(&b.store);
	buf_free(&own);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_backup = {
	.name = "backup",
	.usage = "[-n] [--verify] FOLDER",
	.summary = "keep a copy of all mail in a folder",
	.example = { "mailctl backup ~/mail-backup",
	    "mailctl backup --verify ~/mail-backup" },
	.bulk = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
