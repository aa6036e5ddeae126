/* SPDX-License-Identifier: ISC */
#include "appender.h"

#include <stdlib.h>

/* ---- the command ---- */

static void
add_message(struct imap_client *c, const struct append_item *it,
    struct span body)
{
	struct buf date = { 0 };

	date_format_imap(&date, it->date);
	imap_client_add(c, " (%s) \"%s\" ", it->flags, date.data);
	imap_client_add_literal(c, body);
	buf_free(&date);
}

static void
begin(struct appender *a, struct imap_answer *answer)
{
	*answer = (struct imap_answer){ 0 };
	imap_client_begin(a->conn->client, 0, imap_answer_fn, answer);
	imap_client_add(a->conn->client, "APPEND ");
	imap_client_add_mailbox(a->conn->client, span_str(a->mailbox));
}

/* ---- answers ---- */

/* What the next message would meet, too. */
static bool
is_final(enum imap_code code)
{
	static const enum imap_code final[] = {
		IMAP_CODE_AUTHORIZATIONFAILED,
		IMAP_CODE_NONEXISTENT,
		IMAP_CODE_NOPERM,
		IMAP_CODE_OVERQUOTA,
		IMAP_CODE_TRYCREATE,
		IMAP_CODE_INUSE,
		IMAP_CODE_SERVERBUG,
		IMAP_CODE_UNAVAILABLE,
	};

	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		if (final[i] == code)
			return true;
	}
	return false;
}

/* "UIDVALIDITY UIDS" of APPENDUID, in the order of the messages. */
static void
report(struct appender *a, const struct imap_answer *answer,
    const struct append_item *it, size_t n)
{
	struct span rest = buf_span(&answer->code_arg), number;
	struct seqset uids = { 0 };
	uint32_t uidvalidity = 0;
	uint64_t uid = 0;
	bool told;

	told = answer->code == IMAP_CODE_APPENDUID &&
	    span_split(&rest, ' ', &number) &&
	    span_u32(number, &uidvalidity) == 0 &&
	    seqset_parse(&uids, rest) == 0 && seqset_count(&uids) == n;
	a->appended += n;
	for (size_t i = 0; i < n; i++, uid++) {
		if (told)
			seqset_next(&uids, uid, &uid);
		if (a->done != NULL)
			a->done(a->arg, it[i].cookie, told ? uidvalidity : 0,
			    told ? (uint32_t)uid : 0);
	}
	seqset_clear(&uids);
}

static int
take(struct appender *a, const struct imap_answer *answer,
    const struct append_item *it)
{
	if (answer->type == IMAP_RESP_OK) {
		report(a, answer, it, 1);
		return 0;
	}
	if (is_final(answer->code))
		return imap_conn_check(a->conn, answer, a->mailbox,
		    EX_CANTCREAT);
	a->refused++;
	cmd_warn(a->conn->cmd, "%s: a message is refused: %s", a->mailbox,
	    answer->text.len > 0 ? answer->text.data : "no reason is given");
	return 0;
}

/* ---- sending ---- */

static struct span
body_of(const struct appender *a, const struct append_item *it)
{
	return span_sub(buf_span(&a->data), it->off, it->n);
}

/* Each its own command, all at once. */
static int
send_each(struct appender *a)
{
	struct imap_answer answer[APPEND_ITEMS];
	int ret;

	for (size_t i = 0; i < a->len; i++) {
		begin(a, &answer[i]);
		add_message(a->conn->client, &a->item[i],
		    body_of(a, &a->item[i]));
		imap_client_end(a->conn->client);
	}
	ret = imap_conn_run(a->conn);
	for (size_t i = 0; i < a->len; i++) {
		if (ret == 0 && answer[i].done)
			ret = take(a, &answer[i], &a->item[i]);
		imap_answer_clear(&answer[i]);
	}
	return ret;
}

/* One for all of them.  It is all or nothing, so a refusal is found out about
 * by sending each. */
static int
send_batch(struct appender *a)
{
	struct imap_answer answer;
	bool ok;
	int ret;

	begin(a, &answer);
	for (size_t i = 0; i < a->len; i++)
		add_message(a->conn->client, &a->item[i],
		    body_of(a, &a->item[i]));
	imap_client_end(a->conn->client);
	ret = imap_conn_run(a->conn);
	ok = answer.type == IMAP_RESP_OK;
	if (ret == 0 && ok)
		report(a, &answer, a->item, a->len);
	else if (ret == 0 && is_final(answer.code))
		ret = imap_conn_check(a->conn, &answer, a->mailbox,
		    EX_CANTCREAT);
	imap_answer_clear(&answer);
	return ret == 0 && !ok ? send_each(a) : ret;
}

static void
forget(struct appender *a)
{
	for (size_t i = 0; i < a->len; i++)
		free(a->item[i].flags);
	a->len = 0;
	buf_clear(&a->data);
}

int
appender_flush(struct appender *a)
{
	bool multi = imap_client_caps(a->conn->client) & IMAP_CAP_MULTIAPPEND;
	int ret = 0;

	if (a->len > 0)
		ret = multi && a->len > 1 ? send_batch(a) : send_each(a);
	forget(a);
	return ret;
}

static int
send_large(struct appender *a, struct append_item *it, struct span body)
{
	struct imap_answer answer;
	int ret;

	begin(a, &answer);
	add_message(a->conn->client, it, body);
	imap_client_end(a->conn->client);
	ret = imap_conn_run(a->conn);
	if (ret == 0)
		ret = take(a, &answer, it);
	imap_answer_clear(&answer);
	return ret;
}

int
appender_add(struct appender *a, const char *flags, struct mail_date date,
    struct span body, void *cookie)
{
	struct append_item it = { .date = date, .n = body.n, .cookie = cookie };
	int ret = 0;

	if (a->len == APPEND_ITEMS || a->data.len + body.n > APPEND_BYTES)
		ret = appender_flush(a);
	if (ret != 0)
		return ret;
	it.flags = xstrdup(flags);
	if (body.n > APPEND_BYTES) {
		ret = send_large(a, &it, body);
		free(it.flags);
		return ret;
	}
	it.off = a->data.len;
	buf_add_span(&a->data, body);
	a->item[a->len++] = it;
	return 0;
}

void
appender_clear(struct appender *a)
{
	forget(a);
	buf_free(&a->data);
}
