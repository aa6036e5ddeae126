/* SPDX-License-Identifier: ISC */
#include "imap_conn.h"

#include <stdlib.h>

#include "permanent_flags.h"

/* ---- a mailbox ---- */

static void
on_open(void *arg, struct imap_resp *r)
{
	struct imap_mailbox *m = arg;

	if (r->type == IMAP_RESP_EXISTS)
		m->exists = r->number;
	else if (r->code == IMAP_CODE_UIDVALIDITY &&
	    r->code_number <= UINT32_MAX)
		m->uidvalidity = (uint32_t)r->code_number;
	else if (r->code == IMAP_CODE_UIDNEXT && r->code_number <= UINT32_MAX)
		m->uidnext = (uint32_t)r->code_number;
	else if (r->code == IMAP_CODE_PERMANENTFLAGS) {
		free(m->permanent);
		m->permanent = permanent_flags_read(r->code_arg);
	}
}

static void
open_mailbox(struct imap_conn *ic, struct imap_mailbox *m, const char *verb,
    const char *name)
{
	*m = (struct imap_mailbox){ .answer = { .data = on_open,
		.arg = m } };
	imap_client_begin(ic->client,
	    IMAP_WANT(IMAP_RESP_EXISTS) | IMAP_WANT(IMAP_RESP_OK),
	    imap_answer_fn, &m->answer);
	imap_client_add(ic->client, "%s ", verb);
	imap_client_add_mailbox(ic->client, span_str(name));
	imap_client_end(ic->client);
}

void
imap_conn_examine(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name)
{
	open_mailbox(ic, m, "EXAMINE", name);
}

void
imap_conn_select(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name)
{
	open_mailbox(ic, m, "SELECT", name);
}

int
imap_conn_open_mailbox(struct imap_conn *ic, struct imap_mailbox *m,
    const char *name)
{
	int ret;

	imap_conn_examine(ic, m, name);
	ret = imap_conn_run(ic);
	return ret != 0 ? ret :
	    imap_conn_check(ic, &m->answer, name, EX_NOMESSAGE);
}

void
imap_mailbox_clear(struct imap_mailbox *m)
{
	imap_answer_clear(&m->answer);
	free(m->permanent);
}

void
imap_conn_name(struct imap_conn *ic, const char *verb, const char *name,
    struct imap_answer *a)
{
	*a = (struct imap_answer){ 0 };
	imap_client_begin(ic->client, 0, imap_answer_fn, a);
	imap_client_add(ic->client, "%s ", verb);
	imap_client_add_mailbox(ic->client, span_str(name));
	imap_client_end(ic->client);
}

int
imap_conn_create(struct imap_conn *ic, const char *name)
{
	struct imap_answer made, subscribed;
	int ret;

	imap_conn_name(ic, "CREATE", name, &made);
	imap_conn_name(ic, "SUBSCRIBE", name, &subscribed);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &made, name, EX_CANTCREAT);
	if (ret == 0)
		ret = imap_conn_check(ic, &subscribed, name, EX_CANTCREAT);
	imap_answer_clear(&made);
	imap_answer_clear(&subscribed);
	return ret;
}

/* ---- UID SEARCH ---- */

static void
add_range(struct imap_uids *u, uint32_t lo, uint32_t hi)
{
	if (u->uids.len < IMAP_UIDS_MAX)
		seqset_add(&u->uids, lo, hi);
}

static void
add_esearch(struct imap_uids *u, struct imap_resp *r)
{
	struct seqset set = { 0 };
	struct span name, value;

	while (imap_resp_pair(r, &name, &value)) {
		if (!span_ieqs(name, "ALL") || seqset_parse(&set, value) < 0)
			continue;
		for (size_t i = 0; i < set.len; i++)
			add_range(u, set.range[i].lo, set.range[i].hi);
	}
	seqset_clear(&set);
}

static void
on_search(void *arg, struct imap_resp *r)
{
	struct imap_uids *u = arg;
	uint32_t n;

	if (r->type == IMAP_RESP_ESEARCH)
		add_esearch(u, r);
	else
		while (imap_resp_number(r, &n))
			add_range(u, n, n);
}

void
imap_conn_search(struct imap_conn *ic, struct imap_uids *u)
{
	*u = (struct imap_uids){ .answer = { .data = on_search, .arg = u } };
	imap_client_begin(ic->client,
	    IMAP_WANT(IMAP_RESP_SEARCH) | IMAP_WANT(IMAP_RESP_ESEARCH),
	    imap_answer_fn, &u->answer);
	imap_client_add(ic->client, "UID SEARCH%s",
	    imap_client_caps(ic->client) & IMAP_CAP_ESEARCH ?
	    " RETURN (ALL)" : "");
}

void
imap_uids_clear(struct imap_uids *u)
{
	imap_answer_clear(&u->answer);
	seqset_clear(&u->uids);
}
