/* SPDX-License-Identifier: ISC */
#include "backup_store.h"
#include "each_user.h"
#include "inbound.h"
#include "interrupt.h"
#include "msgid.h"
#include "progress.h"

/*
 * restore: from a backup back to a server, all of it or what is named.
 */
struct restore {
	struct cmd *cmd;
	struct backup_store store;
	bool dry_run, gone, doubles;
	const char *to;
	char **word; /* what to restore: mailboxes, or ids */
	int nwords;
	struct progress progress;
	uint64_t found; /* messages that were meant */
	uint64_t bad;   /* of those: missing or damaged */
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "to", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "skipped", OUT_NUMBER, false },
	{ "refused", OUT_NUMBER, false },
	{ "damaged", OUT_NUMBER, false },
	{ "done", OUT_BOOL, false },
};

/* ---- which ---- */

static bool
id_names(const char *word, const struct manifest_mailbox *box, uint32_t uid)
{
	struct msgid id;
	bool is;

	if (msgid_parse(&id, span_str(word)) < 0)
		return false;
	is = strcmp(id.mailbox, box->name) == 0 &&
	    (id.uidvalidity == 0 || id.uidvalidity == box->uidvalidity) &&
	    seqset_has(&id.uids, uid);
	msgid_clear(&id);
	return is;
}

/* What is gone from the server is restored where it is asked for: by --gone,
 * or by its id. */
static bool
is_meant(const struct restore *r, const struct manifest_mailbox *box,
    const struct manifest_message *m)
{
	bool live = !m->gone || r->gone;

	for (int i = 0; i < r->nwords; i++) {
		if (strcmp(r->word[i], box->name) == 0 ? live :
		    id_names(r->word[i], box, m->uid))
			return true;
	}
	return r->nwords == 0 && live;
}

static uint64_t
count(const struct restore *r, const struct manifest_mailbox *box)
{
	uint64_t n = 0;

	for (size_t i = 0; i < box->len; i++)
		n += is_meant(r, box, &box->message[i]);
	return n;
}

/* The mailbox, as it was with that UIDVALIDITY, has a message that id names. */
static bool
has_some(const struct manifest_mailbox *box, const struct msgid *id)
{
	if (strcmp(id->mailbox, box->name) != 0)
		return false;
	for (size_t i = 0; i < box->len; i++) {
		if (seqset_has(&id->uids, box->message[i].uid))
			return true;
	}
	return false;
}

/* A mailbox that was made anew has given its UIDs a second time: an id has to
 * say which of them it means. */
static int
check_id(const struct restore *r, const char *word)
{
	const struct manifest *all = &r->store.manifest;
	struct buf ids = { 0 };
	struct msgid id;
	size_t n = 0;
	int ret = 0;

	if (msgid_parse(&id, span_str(word)) < 0)
		return 0;
	for (size_t i = 0; id.uidvalidity == 0 && i < all->len; i++) {
		const struct manifest_mailbox *box = &all->mailbox[i];

		if (!has_some(box, &id))
			continue;
		buf_adds(&ids, n++ > 0 ? " or " : "");
		msgid_format_set(&ids, box->name, box->uidvalidity, &id.uids);
	}
	if (n > 1)
		ret = cmd_fail(r->cmd, EX_USAGE, "%s: the backup has that of "
		    "%zu mailboxes that had this name; say %s",
		    word, n, ids.data);
	msgid_clear(&id);
	buf_free(&ids);
	return ret;
}

static int
check_words(const struct restore *r)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < r->nwords; i++)
		ret = check_id(r, r->word[i]);
	return ret;
}

/* ---- a mailbox ---- */

static int
add(struct restore *r, struct inbound *in, const struct manifest_mailbox *box,
    const struct manifest_message *m, struct buf *body)
{
	enum backup_object state = backup_store_get(&r->store, m, body);

	if (state == BACKUP_WHOLE)
		return inbound_add(in, m->flags, m->date, buf_span(body));
	r->bad++;
	cmd_warn(r->cmd, "%s:%u is %s in the backup", box->name, m->uid,
	    state == BACKUP_MISSING ? "missing" : "damaged");
	return 0;
}

static int
add_all(struct restore *r, struct inbound *in,
    const struct manifest_mailbox *box)
{
	struct buf body = { 0 };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < box->len; i++) {
		if (!is_meant(r, box, &box->message[i]))
			continue;
		ret = interrupted() ? interrupt_fail(r->cmd) :
		    add(r, in, box, &box->message[i], &body);
		progress_add(&r->progress, 1);
	}
	buf_free(&body);
	return ret;
}

static void
print(const struct restore *r, const char *name, const struct inbound *in,
    uint64_t bad)
{
	struct out *o = &r->cmd->out;

	out_str(o, span_str(name));
	out_str(o, span_str(in->mailbox));
	out_num(o, r->dry_run ? in->wanted : in->appender.appended);
	out_num(o, in->skipped);
	out_num(o, in->appender.refused);
	out_num(o, bad);
	out_bool(o, !r->dry_run);
}

static int
restore_mailbox(struct restore *r, struct imap_conn *ic,
    const struct manifest_mailbox *box, uint64_t n)
{
	struct inbound in = { .conn = ic, .dry_run = r->dry_run,
		.doubles = r->doubles,
		.mailbox = r->to != NULL ? r->to : box->name };
	uint64_t bad = r->bad;
	int ret = inbound_open(&in);

	if (ret == 0) {
		progress_begin(r->cmd, &r->progress, box->name, n);
		ret = add_all(r, &in, box);
		ret = inbound_close(&in, ret);
		progress_end(&r->progress);
		if (ret == 0 || ret == EX_DATAERR)
			print(r, box->name, &in, r->bad - bad);
	}
	inbound_clear(&in);
	return ret;
}

/* What is refused or damaged keeps nothing else back. */
static int
restore(struct imap_conn *ic, void *arg)
{
	struct restore *r = arg;
	const struct manifest *all = &r->store.manifest;
	int ret = 0, refused = 0;

	out_begin(&r->cmd->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; ret == 0 && i < all->len; i++) {
		uint64_t n = count(r, &all->mailbox[i]);

		r->found += n;
		if (n > 0)
			ret = restore_mailbox(r, ic, &all->mailbox[i], n);
		if (ret == EX_DATAERR) {
			refused = ret;
			ret = 0;
		}
	}
	out_end(&r->cmd->out);
	if (ret == 0 && r->found == 0 && r->nwords == 0)
		return EX_NO;
	if (ret == 0 && r->found == 0)
		return cmd_fail(r->cmd, EX_NOMESSAGE,
		    "the backup has no such message");
	if (ret == 0)
		ret = r->bad > 0 ? EX_DATAERR : refused;
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct restore r = { .cmd = c };
	const struct opt opts[] = {
		{ 'n', "dry-run", OPT_FLAG, &r.dry_run, NULL,
		    "say what would be restored, and change nothing" },
		{ 0, "gone", OPT_FLAG, &r.gone, NULL,
		    "what was deleted on the server, too" },
		{ 0, "doubles", OPT_FLAG, &r.doubles, NULL,
		    "restore what is there already, too" },
		{ 0, "to", OPT_STRING, &r.to, "MAILBOX",
		    "put it all into MAILBOX" },
		{ 0 },
	};
	struct buf own = { 0 };
	int ret = EX_USAGE;

	if (!cmd_options(c, &argc, argv, opts, 1, -1))
		return c->status;
	r.store.cmd = c;
	r.store.folder = each_user_path(c, argv[0], false, &own);
	r.word = argv + 1;
	r.nwords = argc - 1;
	interrupt_catch();
	if (r.store.folder != NULL)
		ret = backup_store_open(&r.store, false);
	if (ret == 0)
		ret = check_words(&r);
	if (ret == 0)
		ret = imap_conn_with(c, restore, &r);
	backup_store_close(&r.store);
	buf_free(&own);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_restore = {
	.name = "restore",
	.usage = "[-n] [--gone] [--to MAILBOX] FOLDER [MAILBOX|ID...]",
	.summary = "put mail from a backup back",
	.example = { "mailctl restore ~/mail-backup",
	    "mailctl restore ~/mail-backup INBOX:4711 --to Found" },
	.bulk = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
