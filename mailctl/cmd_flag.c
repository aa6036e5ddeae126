/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "change.h"
#include "imap_write.h"
#include "permanent_flags.h"

/*
 * flag: mark messages.
 */
#define FLAGS_MAX 16

struct flag {
	char *name; /* of IMAP: "\Seen", "$Junk" */
	bool set;
	char *others; /* finds the messages that are not so yet */
	struct imap_uids todo;
	struct seqset now;  /* of these, the ones that change now */
	bool lost;          /* the mailbox does not keep it */
};

struct flags {
	struct change change;
	struct flag flag[FLAGS_MAX];
	size_t len;
	struct buf lost;
};

/* As in search's is:. */
static const struct {
	const char *word, *name;
	bool set;
	const char *others;
} states[] = {
	{ "read", "\\Seen", true, "UNSEEN" },
	{ "unread", "\\Seen", false, "SEEN" },
	{ "flagged", "\\Flagged", true, "UNFLAGGED" },
	{ "unflagged", "\\Flagged", false, "FLAGGED" },
	{ "answered", "\\Answered", true, "UNANSWERED" },
	{ "unanswered", "\\Answered", false, "ANSWERED" },
	{ "draft", "\\Draft", true, "UNDRAFT" },
	{ "undraft", "\\Draft", false, "DRAFT" },
	{ "deleted", "\\Deleted", true, "UNDELETED" },
	{ "undeleted", "\\Deleted", false, "DELETED" },
};

/* "keyword:$Junk", "unkeyword:$Junk" */
static bool
add_keyword(struct flags *f, struct span word)
{
	bool set = span_iprefix(word, SPAN_LIT("keyword:"));
	struct buf others = { 0 };
	struct span key, name = word;

	span_split(&name, ':', &key);
	if ((!set && !span_iprefix(word, SPAN_LIT("unkeyword:"))) ||
	    name.n == 0 || !imap_is_atom(name))
		return false;
	buf_addf(
	    &others, "%sKEYWORD %.*s", set ? "UN" : "", (int)name.n, name.p);
	f->flag[f->len++] = (struct flag){
		.name = span_dup(name), .set = set, .others = buf_steal(&others)
	};
	return true;
}

static bool
add_state(struct flags *f, struct span word)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!span_ieqs(word, states[i].word))
			continue;
		f->flag[f->len++] = (struct flag){
			.name = xstrdup(states[i].name),
			.set = states[i].set,
			.others = xstrdup(states[i].others),
		};
		return true;
	}
	return false;
}

static int
parse(struct flags *f, const char *words)
{
	struct span rest = span_str(words), word;
	struct buf known = { 0 };
	int ret = 0;

	while (ret == 0 && span_split(&rest, ',', &word)) {
		if (f->len < FLAGS_MAX &&
		    (add_state(f, word) || add_keyword(f, word)))
			continue;
		for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			buf_addf(&known, " %s", states[i].word);
		ret = cmd_usage(f->change.cmd,
		    "\"%.*s\" is no mark; there "
		    "are%s keyword:WORD unkeyword:WORD",
		    (int)word.n, word.p, known.data);
	}
	if (ret == 0 && f->len == 0)
		ret = cmd_usage(f->change.cmd, "no mark is named");
	buf_free(&known);
	return ret;
}

/* Only those that are not so yet change, so that undo leaves the others. */
static void
ask(struct message_look *l, void *arg)
{
	struct flags *f = arg;
	struct buf set = { 0 };

	seqset_format(&set, &l->id->uids);
	for (size_t i = 0; i < f->len; i++) {
		imap_uids_clear(&f->flag[i].todo);
		imap_conn_search(l->conn, &f->flag[i].todo);
		imap_client_add(
		    l->conn->client, " UID %s %s", set.data, f->flag[i].others);
		imap_client_end(l->conn->client);
	}
	buf_free(&set);
}

static void
store(const struct message_look *l, struct flag *flag, struct imap_answer *a)
{
	struct buf set = { 0 };

	*a = (struct imap_answer){ .type = IMAP_RESP_OK };
	seqset_clear(&flag->now);
	seqset_merge(&flag->now, &flag->todo.uids);
	seqset_intersect(&flag->now, &l->found.uids);
	if (flag->now.len == 0 || flag->lost)
		return;
	seqset_format(&set, &flag->now);
	imap_client_begin(l->conn->client, 0, imap_answer_fn, a);
	imap_client_add(l->conn->client, "UID STORE %s %cFLAGS.SILENT (%s)",
	    set.data, flag->set ? '+' : '-', flag->name);
	imap_client_end(l->conn->client);
	buf_free(&set);
}

static int
store_all(struct flags *f, const struct message_look *l)
{
	struct imap_answer a[FLAGS_MAX];
	int ret;

	for (size_t i = 0; i < f->len; i++)
		store(l, &f->flag[i], &a[i]);
	ret = imap_conn_run(l->conn);
	for (size_t i = 0; i < f->len; i++) {
		const struct flag *flag = &f->flag[i];

		if (ret == 0)
			ret = imap_conn_check(l->conn, &a[i], l->id->mailbox,
			    EX_NOPERM);
		if (ret == 0 && !flag->lost)
			undo_add_flag(&f->change.undo, l->id->mailbox,
			    l->mailbox.uidvalidity, &flag->now, flag->name,
			    flag->set);
		imap_answer_clear(&a[i]);
	}
	return ret;
}

/* False: the mailbox keeps none of them. */
static bool
find_lost(struct flags *f, const struct message_look *l)
{
	bool kept = false;
	char *flag;

	for (size_t i = 0; i < f->len; i++) {
		f->flag[i].lost = false;
		if (f->flag[i].set) {
			flag = permanent_flags_keep(l->mailbox.permanent,
			    f->flag[i].name, &f->lost);
			f->flag[i].lost = flag[0] == '\0';
			free(flag);
		}
		kept = kept || !f->flag[i].lost;
	}
	return kept;
}

/* "+\Seen -$Junk" */
static void
print(const struct flags *f, const struct message_look *l)
{
	struct buf what = { 0 };

	for (size_t i = 0; i < f->len; i++) {
		if (!f->flag[i].lost)
			buf_addf(&what, "%s%c%s", what.len > 0 ? " " : "",
			    f->flag[i].set ? '+' : '-', f->flag[i].name);
	}
	change_print(&f->change, l, "flag", what.data, 0, NULL);
	buf_free(&what);
}

static int
visit(const struct message_look *l, void *arg)
{
	struct flags *f = arg;
	int ret = 0;

	if (!find_lost(f, l))
		return 0;
	for (size_t i = 0; i < f->len && ret == 0; i++)
		ret = imap_conn_check(l->conn, &f->flag[i].todo.answer,
		    f->flag[i].name, EX_DATAERR);
	if (ret == 0 && !f->change.dry_run)
		ret = store_all(f, l);
	if (ret == 0)
		print(f, l);
	return ret;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct flags f = { .change = { .cmd = c } };
	const struct opt opts[] = { CHANGE_OPT_DRY_RUN(&f.change), { 0 } };
	struct message_visitor v = {
		.write = true, .ask = ask, .visit = visit, .arg = &f
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 2, -1))
		return c->status;
	ret = parse(&f, argv[0]);
	if (ret == 0)
		ret = change_run(&f.change, argc - 1, argv + 1, &v);
	if (ret == 0 && f.lost.len > 0)
		ret = cmd_fail(c, EX_DATAERR, "the server keeps no such marks, "
		    "and they were left out: %s", f.lost.data);
	buf_free(&f.lost);
	for (size_t i = 0; i < f.len; i++) {
		free(f.flag[i].name);
		free(f.flag[i].others);
		imap_uids_clear(&f.flag[i].todo);
		seqset_clear(&f.flag[i].now);
	}
	return ret;
}

const struct cmd_entry cmd_flag = {
	.name = "flag",
	.usage = "[-n] MARK[,MARK...] ID...",
	.summary = "mark messages as read, flagged and so on",
	.example = { "mailctl flag read,flagged INBOX:4711",
	    "mailctl search -q from:news | mailctl flag read -" },
	.as = CMD_AS_USER,
	.exec = exec,
};
