/* SPDX-License-Identifier: ISC */
#include "interrupt.h"
#include "migrate.h"

/*
 * migrate: all mailboxes of a server to another one.
 */
struct run {
	struct cmd *cmd;
	struct cmd to;     /* the same with the options of the other server */
	bool dry_run;
	const char *only;  /* mailbox; NULL: all */
	struct mailbox_names from_names, to_names;
	struct migration sum;
	uint64_t mailboxes;
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "to", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "copied", OUT_NUMBER, false },
	{ "skipped", OUT_NUMBER, false },
	{ "updated", OUT_NUMBER, false },
	{ "refused", OUT_NUMBER, false },
	{ "complete", OUT_BOOL, false },
	{ "done", OUT_BOOL, false },
};

static void
print(struct run *r, const struct migration *m)
{
	struct out *o = &r->cmd->out;

	out_str(o, span_str(m->source));
	out_str(o, span_str(m->target));
	out_num(o, m->total);
	out_num(o, m->copied);
	out_num(o, m->skipped);
	out_num(o, m->updated);
	out_num(o, m->refused);
	out_bool(o, m->complete);
	out_bool(o, !r->dry_run);
}

static void
add_up(struct migration *sum, const struct migration *m)
{
	sum->total += m->total;
	sum->copied += m->copied;
	sum->skipped += m->skipped;
	sum->updated += m->updated;
	sum->refused += m->refused;
	sum->complete = sum->complete && m->complete;
}

static int
migrate_one(struct run *r, struct imap_conn *from, struct imap_conn *to,
    const struct mailbox_entry *e)
{
	struct buf name = { 0 };
	struct migration m = { .from = from, .to = to, .source = e->name,
		.dry_run = r->dry_run };
	int ret;

	mailbox_names_map(&name, &r->to_names, e);
	m.target = name.data;
	m.exists = mailbox_names_find(&r->to_names, m.target) != NULL;
	ret = migrate_mailbox(&m);
	if (ret == 0) {
		print(r, &m);
		add_up(&r->sum, &m);
	}
	buf_free(&name);
	return ret;
}

/* Views of what is elsewhere; \All holds mail that is nowhere else. */
static bool
is_view(const struct mailbox_entry *e)
{
	return e->use != NULL && (strcmp(e->use, "\\Flagged") == 0 ||
	    strcmp(e->use, "\\Important") == 0);
}

static int
migrate_all(struct run *r, struct imap_conn *from, struct imap_conn *to)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < r->from_names.len; i++) {
		const struct mailbox_entry *e = &r->from_names.entry[i];

		if (r->only != NULL ? strcmp(r->only, e->name) != 0 :
				      is_view(e))
			continue;
		r->mailboxes++;
		ret = interrupted() ? interrupt_fail(r->cmd) :
				      migrate_one(r, from, to, e);
	}
	if (ret == 0 && r->mailboxes == 0)
		ret = cmd_fail(r->cmd, EX_NOMESSAGE, "%s: no such mailbox",
		    r->only != NULL ? r->only : "INBOX");
	return ret;
}

/* The last row. */
static int
verdict(struct run *r)
{
	r->sum.source = r->sum.target = "";
	print(r, &r->sum);
	return r->sum.complete || r->dry_run ? 0 : EX_DATAERR;
}

static int
between(struct run *r, struct imap_conn *from, struct imap_conn *to)
{
	struct out *o = &r->cmd->out;
	int ret = mailbox_names_read(&r->from_names, from);

	if (ret == 0)
		ret = mailbox_names_read(&r->to_names, to);
	if (ret == 0) {
		r->sum.complete = true;
		out_begin(o, columns, sizeof(columns) / sizeof(columns[0]));
		ret = migrate_all(r, from, to);
		if (ret == 0)
			ret = verdict(r);
		out_end(o);
	}
	mailbox_names_clear(&r->from_names);
	mailbox_names_clear(&r->to_names);
	return ret;
}

static int
migrate(struct imap_conn *from, void *arg)
{
	static const struct user_account none;
	struct run *r = arg;
	struct imap_conn to;
	struct login login = { 0 };
	int ret = 0;

	/* The default account's password is not for just any server. */
	if (r->to.opt.account != NULL)
		ret = login_init(&login, &r->to);
	else
		login_use(&login, &r->to, &none);
	if (ret == 0) {
		ret = imap_conn_open(&to, &r->to, &login);
		if (ret == 0)
			ret = between(r, from, &to);
		imap_conn_close(&to);
	}
	login_clear(&login);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct run r = { .cmd = c };
	struct cmd_options other = { .password_fd = UINT32_MAX };
	const struct opt opts[] = {
		{ 0, "to", OPT_STRING, &other.account, "NAME",
		    "the account to migrate to, of the configuration" },
		{ 0, "to-imap", OPT_STRING, &other.imap, "URL",
		    "its IMAP server" },
		{ 0, "to-user", OPT_STRING, &other.user, "NAME",
		    "log in there as NAME" },
		{ 0, "to-password-file", OPT_STRING, &other.password_file,
		    "FILE", "read the password there from FILE" },
		{ 0, "to-ca-file", OPT_STRING, &other.ca_file, "FILE",
		    "trust the authorities in FILE there" },
		{ 'n', "dry-run", OPT_FLAG, &r.dry_run, NULL,
		    "say what would be copied, and change nothing" },
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, 1))
		return c->status;
	r.only = argc > 0 ? argv[0] : NULL;
	if (other.account == NULL && other.imap == NULL)
		return cmd_end(c, cmd_usage(c,
		    "where to is missing: --to NAME or --to-imap URL"));
	other.config = c->opt.config;
	other.json = c->opt.json;
	r.to = *c;
	r.to.opt = other;
	interrupt_catch();
	ret = imap_conn_with(c, migrate, &r);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_migrate = {
	.name = "migrate",
	.usage = "[-n] --to NAME [MAILBOX]",
	.summary = "copy all mail from a server to another one",
	.example = { "mailctl migrate --account old --to new --dry-run",
	    "mailctl migrate --account old --to new" },
	.bulk = true,
	.exec = exec,
};
