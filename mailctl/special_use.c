/* SPDX-License-Identifier: ISC */
#include "special_use.h"

struct wanted {
	const char *use;
	struct buf *name;
};

static void
on_list(void *arg, struct imap_resp *r)
{
	struct wanted *w = arg;
	struct span flag;

	while (w->name->len == 0 && imap_resp_word(r, &flag)) {
		if (span_ieqs(flag, w->use))
			imap_resp_mailbox(w->name, r->mailbox);
	}
}

int
special_use_find(struct imap_conn *ic, const char *use, const char *otherwise,
    struct buf *name)
{
	struct wanted w = { use, name };
	struct imap_answer a = { .data = on_list, .arg = &w };
	int ret;

	imap_client_begin(
	    ic->client, IMAP_WANT(IMAP_RESP_LIST), imap_answer_fn, &a);
	imap_client_add(ic->client, "LIST \"\" \"*\"");
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	imap_answer_clear(&a);
	if (name->len == 0)
		buf_adds(name, otherwise);
	return ret;
}
