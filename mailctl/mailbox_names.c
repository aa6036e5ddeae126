/* SPDX-License-Identifier: ISC */
#include "mailbox_names.h"

#include <stdlib.h>
#include <strings.h>

static const char *const uses[] = { "\\All", "\\Archive", "\\Drafts",
	"\\Flagged", "\\Important", "\\Junk", "\\Sent", "\\Trash" };

static bool
is_inbox(const char *name)
{
	return span_ieqs(SPAN_LIT("INBOX"), name);
}

static const char *
use_of(struct span flag)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (span_ieqs(flag, uses[i]))
			return uses[i];
	}
	return NULL;
}

static void
on_list(void *arg, struct imap_resp *r)
{
	struct mailbox_names *l = arg;
	struct mailbox_entry e = { .separator = r->separator };
	struct buf name = { 0 };
	struct span flag;
	bool closed = false;

	if (r->separator != 0)
		l->separator = r->separator;
	while (imap_resp_word(r, &flag)) {
		if (span_ieqs(flag, "\\Noselect") ||
		    span_ieqs(flag, "\\NonExistent"))
			closed = true;
		else if (e.use == NULL)
			e.use = use_of(flag);
	}
	if (closed || l->len == MAILBOX_NAMES_MAX)
		return;
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 16;
		l->entry = xrealloc_array(l->entry, l->cap,
		    sizeof(l->entry[0]));
	}
	imap_resp_mailbox(&name, r->mailbox);
	buf_adds(&name, "");
	e.name = buf_steal(&name);
	if (is_inbox(e.name))
		memcpy(e.name, "INBOX", 5);
	l->entry[l->len++] = e;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct mailbox_entry *)a)->name,
	    ((const struct mailbox_entry *)b)->name);
}

int
mailbox_names_read(struct mailbox_names *l, struct imap_conn *ic)
{
	struct imap_answer a = { .data = on_list, .arg = l };
	unsigned caps = imap_client_caps(ic->client);
	int ret;

	*l = (struct mailbox_names){ 0 };
	imap_client_begin(ic->client, IMAP_WANT(IMAP_RESP_LIST),
	    imap_answer_fn, &a);
	/* LIST-STATUS stands for the extended LIST that it needs. */
	imap_client_add(ic->client, "LIST \"\" \"*\"%s",
	    (caps & IMAP_CAP_SPECIAL_USE) && (caps & IMAP_CAP_LIST_STATUS) ?
	    " RETURN (SPECIAL-USE)" : "");
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, "mailboxes", EX_PROTOCOL);
	imap_answer_clear(&a);
	if (l->len > 1)
		qsort(l->entry, l->len, sizeof(l->entry[0]), by_name);
	return ret;
}

void
mailbox_names_clear(struct mailbox_names *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->entry[i].name);
	free(l->entry);
	*l = (struct mailbox_names){ 0 };
}

const struct mailbox_entry *
mailbox_names_find(const struct mailbox_names *l, const char *name)
{
	for (size_t i = 0; i < l->len; i++) {
		if (strcmp(l->entry[i].name, name) == 0 ||
		    (is_inbox(name) && is_inbox(l->entry[i].name)))
			return &l->entry[i];
	}
	return NULL;
}

const struct mailbox_entry *
mailbox_names_use(const struct mailbox_names *l, const char *use)
{
	for (size_t i = 0; i < l->len; i++) {
		if (l->entry[i].use != NULL &&
		    strcmp(l->entry[i].use, use) == 0)
			return &l->entry[i];
	}
	return NULL;
}

void
mailbox_names_map(struct buf *out, const struct mailbox_names *l,
    const struct mailbox_entry *e)
{
	const struct mailbox_entry *same = NULL;

	if (e->use != NULL)
		same = mailbox_names_use(l, e->use);
	if (same != NULL) {
		buf_adds(out, same->name);
		return;
	}
	for (const char *p = e->name; *p != '\0'; p++) {
		if (*p == e->separator)
			buf_addc(out, l->separator != 0 ? l->separator : '_');
		else
			buf_addc(out, *p == l->separator ? '_' : *p);
	}
}
