/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "imap_conn.h"

/*
 * mailbox list.
 */
#define MAILBOXES_MAX 10000
#define USES_MAX      8

struct mailbox {
	char *wire; /* the name as the server spells it */
	char *name;
	char *flags; /* "\HasNoChildren \Sent" */
	uint64_t messages, unseen;
};

struct mailboxes {
	struct mailbox *mailbox;
	size_t len, cap;
};

static void
mailboxes_clear(struct mailboxes *l)
{
	for (size_t i = 0; i < l->len; i++) {
		free(l->mailbox[i].wire);
		free(l->mailbox[i].name);
		free(l->mailbox[i].flags);
	}
	free(l->mailbox);
}

static void
on_list(struct mailboxes *l, struct imap_resp *r)
{
	struct buf name = { 0 }, flags = { 0 };
	struct span word;

	if (l->len == MAILBOXES_MAX)
		return;
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 16;
		l->mailbox = xrealloc_array(l->mailbox, l->cap,
		    sizeof(l->mailbox[0]));
	}
	imap_resp_mailbox(&name, r->mailbox);
	while (imap_resp_word(r, &word)) {
		buf_adds(&flags, flags.len > 0 ? " " : "");
		buf_add_span(&flags, word);
	}
	l->mailbox[l->len++] = (struct mailbox){
		.wire = span_dup(r->mailbox),
		.name = buf_steal(&name),
		.flags = buf_steal(&flags),
	};
}

static void
on_status(struct mailboxes *l, struct imap_resp *r)
{
	struct mailbox *m = NULL;
	struct span name, value;

	for (size_t i = l->len; i-- > 0 && m == NULL;) {
		if (span_eq(r->mailbox, span_str(l->mailbox[i].wire)))
			m = &l->mailbox[i];
	}
	while (m != NULL && imap_resp_pair(r, &name, &value)) {
		if (span_ieqs(name, "MESSAGES"))
			span_u64(value, UINT32_MAX, &m->messages);
		else if (span_ieqs(name, "UNSEEN"))
			span_u64(value, UINT32_MAX, &m->unseen);
	}
}

static void
on_data(void *arg, struct imap_resp *r)
{
	if (r->type == IMAP_RESP_LIST)
		on_list(arg, r);
	else
		on_status(arg, r);
}

static bool
has_flag(const struct mailbox *m, const char *flag)
{
	struct span flags = span_str(m->flags), word;

	while (span_split(&flags, ' ', &word)) {
		if (span_ieqs(word, flag))
			return true;
	}
	return false;
}

/* Where LIST cannot tell, one STATUS for each, all at once. */
static int
ask_status(struct imap_conn *ic, struct mailboxes *l)
{
	struct imap_answer a = { .data = on_data, .arg = l };
	int ret;

	for (size_t i = 0; i < l->len; i++) {
		if (has_flag(&l->mailbox[i], "\\Noselect") ||
		    has_flag(&l->mailbox[i], "\\NonExistent"))
			continue;
		imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_STATUS),
		    imap_answer_fn, &a);
		imap_client_add(ic->client, "STATUS ");
		imap_client_add_astring(ic->client,
		    span_str(l->mailbox[i].wire));
		imap_client_add(ic->client, " (MESSAGES UNSEEN)");
		imap_client_end(ic->client);
	}
	ret = imap_conn_run(ic);
	imap_answer_clear(&a);
	return ret;
}

static int
ask(struct imap_conn *ic, struct mailboxes *l)
{
	struct imap_answer a = { .data = on_data, .arg = l };
	unsigned caps = imap_client_caps(ic->client);
	bool status = (caps & IMAP_CAP_LIST_STATUS) != 0;
	int ret;

	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_LIST) |
	    IMAP_WANT(IMAP_RESP_STATUS), imap_answer_fn, &a);
	imap_client_add(ic->client, "LIST \"\" \"*\"");
	if (status)
		imap_client_add(ic->client,
		    " RETURN (%sSTATUS (MESSAGES UNSEEN))",
		    caps & IMAP_CAP_SPECIAL_USE ? "SPECIAL-USE " : "");
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, "mailboxes", EX_PROTOCOL);
	imap_answer_clear(&a);
	return ret == 0 && !status ? ask_status(ic, l) : ret;
}

/* ---- printing ---- */

static const struct {
	const char *flag, *use;
} uses[USES_MAX] = {
	{ "\\All", "all" },
	{ "\\Archive", "archive" },
	{ "\\Drafts", "drafts" },
	{ "\\Flagged", "flagged" },
	{ "\\Important", "important" },
	{ "\\Junk", "junk" },
	{ "\\Sent", "sent" },
	{ "\\Trash", "trash" },
};

static const struct out_column columns[] = {
	{ "mailbox", OUT_STRING, true },
	{ "messages", OUT_NUMBER, false },
	{ "unread", OUT_NUMBER, false },
	{ "use", OUT_LIST, false },
};

/* INBOX first, then by name. */
static int
by_name(const void *a, const void *b)
{
	const struct mailbox *x = a, *y = b;
	bool inbox_x = strcmp(x->name, "INBOX") == 0;
	bool inbox_y = strcmp(y->name, "INBOX") == 0;

	if (inbox_x || inbox_y)
		return inbox_y - inbox_x;
	return strcmp(x->name, y->name);
}

static void
print(struct out *o, const struct mailboxes *l)
{
	if (l->len > 1)
		qsort(l->mailbox, l->len, sizeof(l->mailbox[0]), by_name);
	out_begin(o, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < l->len; i++) {
		const struct mailbox *m = &l->mailbox[i];
		struct span use[USES_MAX];
		size_t n = 0;

		for (size_t j = 0; j < USES_MAX; j++) {
			if (has_flag(m, uses[j].flag))
				use[n++] = span_str(uses[j].use);
		}
		out_str(o, span_str(m->name));
		out_num(o, m->messages);
		out_num(o, m->unseen);
		out_list(o, use, n);
	}
	out_end(o);
}

static int
list(struct imap_conn *ic, void *arg)
{
	struct mailboxes l = { 0 };
	int ret = ask(ic, &l);

	if (ret == 0)
		print(arg, &l);
	mailboxes_clear(&l);
	return ret;
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	return cmd_end(c, imap_conn_with(c, list, &c->out));
}

const struct cmd_entry cmd_mailbox_list = {
	.name = "mailbox list",
	.usage = "",
	.summary = "list mailboxes with their messages and uses",
	.example = { "mailctl mailbox list", "mailctl mailbox list --json" },
	.as = CMD_AS_EACH,
	.exec = exec_list,
};
