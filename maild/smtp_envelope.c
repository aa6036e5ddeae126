/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <time.h>

#include "smtp_session.h"

/* The value of a parameter; "" where there is none. */
static struct span
value_of(const struct smtp_cmd *cmd, const char *keyword)
{
	const struct smtp_param *p = smtp_cmd_param(cmd, keyword);

	return p != NULL && p->value.p != NULL ? p->value : span_of("", 0);
}

/* Users may lower theirs, and raise it up to a limit (RFC 6710 section 4.1). */
static void
prioritize(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const int max = (int)smtp_conf(sm)->priority;

	sm->txn->prioritized = smtp_cmd_param(cmd, "MT-PRIORITY") != NULL;
	mt_priority_parse(value_of(cmd, "MT-PRIORITY"), &sm->txn->priority);
	sm->txn->lowered = sm->txn->priority > max;
	if (sm->txn->lowered)
		sm->txn->priority = max;
}

static void
txn_new(struct smtp *sm, const struct smtp_cmd *cmd)
{
	struct smtp_txn *txn = xcalloc(1, sizeof(*txn));

	txn->number = ++sm->number;
	txn->sender = span_dup(cmd->path);
	txn->utf8 = smtp_cmd_param(cmd, "SMTPUTF8") != NULL;
	txn->envid = span_dup(value_of(cmd, "ENVID"));
	dsn_ret_parse(value_of(cmd, "RET"), &txn->ret);
	body_kind_parse(value_of(cmd, "BODY"), &txn->body);
	if (smtp_cmd_param(cmd, "REQUIRETLS") != NULL)
		txn->require_tls = REQUIRE_TLS_YES;
	if (smtp_cmd_param(cmd, "HOLDUNTIL") != NULL)
		future_release_until(value_of(cmd, "HOLDUNTIL"), &txn->future);
	else if (smtp_cmd_param(cmd, "HOLDFOR") != NULL)
		future_release_for(value_of(cmd, "HOLDFOR"),
		    (int64_t)time(NULL), &txn->future);
	deliver_by_parse(value_of(cmd, "BY"), (int64_t)time(NULL), &txn->by);
	sm->txn = txn;
}

static void
rcpt_clear(struct deliver_rcpt *r)
{
	free((char *)(uintptr_t)r->address);
	free((char *)(uintptr_t)r->orcpt);
}

void
smtp_txn_free(struct smtp_txn *txn)
{
	if (txn == NULL)
		return;
	for (size_t i = 0; i < txn->nrcpt; i++)
		rcpt_clear(&txn->rcpt[i]);
	free(txn->rcpt);
	free(txn->envid);
	free(txn->sender);
	free(txn->message_id);
	store_message_free(txn->message);
	store_message_free(txn->own);
	dkim_message_free(txn->signing);
	buf_free(&txn->decoded);
	buf_free(&txn->header);
	buf_free(&txn->refusal);
	smtp_filter_free(txn->filter);
	free(txn);
}

static void
refuse(struct smtp *sm, const char *what, const struct smtp_cmd *cmd,
    const char *reply)
{
	const struct session_start *start = session_started(sm->session);

	log_info("smtp: refused",
	    "session=" LOG_ID " peer=%s user=%s what=%s address=%.*s reply=%s",
	    start->id, start->peer, start->user, what, LOG_SPAN(cmd->path),
	    reply);
	smtp_reply(sm, "%s: <%s>", reply, smtp_show(sm, cmd->path));
}

/* ---- parameters of MAIL ---- */

/* Each is checked alone: NULL, or the reply that refuses it. */
static const char *
check_size(struct smtp *sm, const struct smtp_param *p)
{
	uint64_t size;

	if (span_u64(p->value, UINT64_MAX, &size) < 0)
		return "501 5.5.4 SIZE takes a number of bytes";
	if (size > smtp_conf(sm)->message_size)
		return "552 5.3.4 Message is too large";
	return NULL;
}

static const char *
check_body(struct smtp *sm, const struct smtp_param *p)
{
	enum body_kind body;

	(void)sm;
	return body_kind_parse(p->value, &body) == 0 ? NULL :
	    "501 5.5.4 BODY is 7BIT, 8BITMIME or BINARYMIME";
}

static const char *
check_smtputf8(struct smtp *sm, const struct smtp_param *p)
{
	(void)sm;
	return p->value.p == NULL ? NULL : "501 5.5.4 SMTPUTF8 takes no value";
}

/* Who a trusted relay says it has authenticated (RFC 4954 section 5): to be
 * understood, and not believed. */
static const char *
check_auth(struct smtp *sm, const struct smtp_param *p)
{
	struct buf out = { 0 };
	bool ok = p->value.n > 0 && smtp_xtext_decode(&out, p->value) == 0;

	(void)sm;
	buf_free(&out);
	return ok ? NULL : "501 5.5.4 AUTH takes an address or <>";
}

static const char *
check_ret(struct smtp *sm, const struct smtp_param *p)
{
	enum dsn_ret ret;

	(void)sm;
	return dsn_ret_parse(p->value, &ret) == 0 ? NULL :
	    "501 5.5.4 RET is FULL or HDRS";
}

static const char *
check_envid(struct smtp *sm, const struct smtp_param *p)
{
	(void)sm;
	return dsn_envid_ok(p->value) ? NULL :
	    "501 5.5.4 ENVID takes at most 100 characters of xtext";
}

static const char *
check_priority(struct smtp *sm, const struct smtp_param *p)
{
	int priority;

	if (!sm->policy->submit)
		return "555 5.5.4 Priorities are for submission";
	return mt_priority_parse(p->value, &priority) == 0 ? NULL :
	    "501 5.5.2 MT-PRIORITY takes -9 to 9";
}

/* RFC 8689 section 2: what came in clear has been read already. */
static const char *
check_requiretls(struct smtp *sm, const struct smtp_param *p)
{
	if (!smtp_is_secure(sm))
		return "555 5.7.10 REQUIRETLS is for connections with TLS";
	return p->value.p == NULL ? NULL :
	    "501 5.5.4 REQUIRETLS takes no value";
}

/* RFC 4865 section 4.2; it is for submission only. */
static const char *
check_hold(struct smtp *sm, const struct smtp_param *p)
{
	const int64_t now = (int64_t)time(NULL);
	const uint32_t max = smtp_conf(sm)->future_release;
	struct future_release f;
	int ret;

	if (!sm->policy->submit || max == 0)
		return "555 5.5.4 Messages are not held here";
	ret = span_ieqs(p->keyword, "HOLDFOR") ?
	    future_release_for(p->value, now, &f) :
	    future_release_until(p->value, &f);
	if (ret < 0)
		return "501 5.5.4 HOLDFOR takes seconds, HOLDUNTIL a time "
		       "like 2030-01-31T23:59:59Z";
	return f.at - now <= (int64_t)max ? NULL :
	    "501 5.5.4 Messages are not held for so long";
}

/* RFC 2852 sections 3 and 4. */
static const char *
check_by(struct smtp *sm, const struct smtp_param *p)
{
	const uint32_t least = smtp_conf(sm)->deliver_by;
	struct deliver_by by;

	if (least == 0)
		return "555 5.5.4 Times to deliver by are not taken here";
	if (deliver_by_parse(p->value, 0, &by) < 0)
		return "501 5.5.4 BY takes seconds, \";\" and R or N, and T for "
		       "a trace; those of R are more than none";
	return by.mode == DELIVER_BY_NOTIFY || by.at >= (int64_t)least ? NULL :
	    "555 5.5.4 Mail is not delivered or returned so fast";
}

struct param_check {
	const char *keyword;
	const char *(*check)(struct smtp *sm, const struct smtp_param *p);
};

static const struct param_check mail_params[] = {
	{ "SIZE", check_size },
	{ "BODY", check_body },
	{ "SMTPUTF8", check_smtputf8 },
	{ "AUTH", check_auth },
	{ "RET", check_ret },
	{ "ENVID", check_envid },
	{ "REQUIRETLS", check_requiretls },
	{ "MT-PRIORITY", check_priority },
	{ "HOLDFOR", check_hold },
	{ "HOLDUNTIL", check_hold },
	{ "BY", check_by },
};
#define NMAIL_PARAMS (sizeof(mail_params) / sizeof(mail_params[0]))

/* NULL, or the reply to the first that is bad; unknown: the one for those that
 * are not among checks. */
static const char *
check_params(struct smtp *sm, const struct smtp_cmd *cmd,
    const struct param_check *checks, size_t n, const char *unknown)
{
	const char *refusal = NULL;

	for (size_t i = 0; i < cmd->nparam && refusal == NULL; i++) {
		size_t k = 0;

		while (k < n && !span_ieqs(cmd->param[i].keyword,
				    checks[k].keyword))
			k++;
		refusal = k < n ? checks[k].check(sm, &cmd->param[i]) : unknown;
	}
	return refusal;
}

/* ---- MAIL ---- */

/* RFC 4865 section 5.2.2: nothing is to be delivered before it is released. */
static bool
is_held_too_long(const struct smtp_cmd *cmd)
{
	const int64_t now = (int64_t)time(NULL);
	struct future_release f;
	struct deliver_by by;

	if (deliver_by_parse(value_of(cmd, "BY"), now, &by) < 0)
		return false;
	if (future_release_until(value_of(cmd, "HOLDUNTIL"), &f) < 0 &&
	    future_release_for(value_of(cmd, "HOLDFOR"), now, &f) < 0)
		return false;
	return f.at > by.at;
}

static const char *
check_mail(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const char *refusal;

	if (sm->txn != NULL)
		return "503 5.5.1 One message at a time; RSET forgets it";
	refusal = check_params(sm, cmd, mail_params, NMAIL_PARAMS,
	    "555 5.5.4 Unknown parameter of MAIL");
	if (refusal == NULL && smtp_cmd_param(cmd, "HOLDFOR") != NULL &&
	    smtp_cmd_param(cmd, "HOLDUNTIL") != NULL)
		refusal = "501 5.5.4 HOLDFOR or HOLDUNTIL, not both";
	if (refusal == NULL && is_held_too_long(cmd))
		refusal = "501 5.5.4 It would be held for longer than BY says";
	if (refusal == NULL && !smtp_cmd_ascii(cmd) &&
	    smtp_cmd_param(cmd, "SMTPUTF8") == NULL)
		refusal = "553 5.6.7 An address in UTF-8 needs SMTPUTF8";
	return refusal;
}

/* A user may write only from addresses whose mail comes to it. */
const char *
smtp_check_author(struct smtp *sm, struct span address)
{
	const char *login = session_started(sm->session)->user;
	struct store *st = smtp_store(sm);
	struct store_user user;
	enum store_status status;

	store_begin(st);
	status = store_user_find(st, span_str(login), &user);
	store_end(st);
	if (status != STORE_OK && status != STORE_NONEXISTENT)
		return smtp_store_reply(sm, status);
	if (status == STORE_OK && !user.disabled &&
	    route_owned(st, smtp_conf(sm), &user, address))
		return NULL;
	return "550 5.7.1 Not an address of yours";
}

void
smtp_mail(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const char *refusal = check_mail(sm, cmd);

	if (refusal == NULL && sm->policy->submit && !cmd->null_path)
		refusal = smtp_check_author(sm, cmd->path);
	if (refusal == NULL && !smtp_may_send(sm, false))
		refusal = "450 4.7.1 Too many messages for now; try again "
			  "later";
	if (refusal != NULL) {
		refuse(sm, "sender", cmd, refusal);
		return;
	}
	txn_new(sm, cmd);
	prioritize(sm, cmd);
	if (!smtp_dnsbl_asks(sm))
		smtp_mail_answer(sm);
}

void
smtp_mail_answer(struct smtp *sm)
{
	if (sm->listed != NULL) {
		smtp_txn_free(sm->txn);
		sm->txn = NULL;
		smtp_reply(sm, "550 5.7.1 Refused, as your address is listed "
		    "by %s", sm->listed);
	} else if (sm->txn->lowered) {
		smtp_reply(sm, "250 2.3.6 %d is the new priority of the "
		    "message", sm->txn->priority);
	} else {
		smtp_reply(sm, "250 2.1.0 Sender ok");
	}
}

/* ---- RCPT ---- */

const char *
smtp_route_reply(const struct smtp *sm, enum route_status st)
{
	return route_reply(smtp_conf(sm), st);
}

static const char *
check_notify(struct smtp *sm, const struct smtp_param *p)
{
	unsigned notify;

	(void)sm;
	return dsn_notify_parse(p->value, &notify) == 0 ? NULL :
	    "501 5.5.4 NOTIFY is NEVER, or of SUCCESS, FAILURE and DELAY";
}

static const char *
check_orcpt(struct smtp *sm, const struct smtp_param *p)
{
	(void)sm;
	return dsn_orcpt_ok(p->value) ? NULL :
	    "501 5.5.4 ORCPT takes a type, \";\" and an address in xtext";
}

static const struct param_check rcpt_params[] = {
	{ "NOTIFY", check_notify },
	{ "ORCPT", check_orcpt },
};
#define NRCPT_PARAMS (sizeof(rcpt_params) / sizeof(rcpt_params[0]))

static const char *
check_rcpt(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const char *refusal = check_params(sm, cmd, rcpt_params, NRCPT_PARAMS,
	    "555 5.5.4 Unknown parameter of RCPT");

	if (refusal != NULL)
		return refusal;
	if (sm->txn->begun)
		return "503 5.5.1 BDAT has begun; no more recipients";
	if (!smtp_cmd_ascii(cmd) && !sm->txn->utf8)
		return "553 5.6.7 An address in UTF-8 needs SMTPUTF8";
	if (sm->txn->nrcpt >= smtp_conf(sm)->recipients)
		return "452 4.5.3 Too many recipients";
	return NULL;
}

static void
rcpt_add(struct smtp_txn *txn, const struct smtp_cmd *cmd)
{
	struct deliver_rcpt *r;

	txn->rcpt = xrealloc_array(txn->rcpt, txn->nrcpt + 1,
	    sizeof(*txn->rcpt));
	r = &txn->rcpt[txn->nrcpt++];
	*r = (struct deliver_rcpt){ .address = span_dup(cmd->path),
		.orcpt = span_dup(value_of(cmd, "ORCPT")) };
	dsn_notify_parse(value_of(cmd, "NOTIFY"), &r->notify);
}

void
smtp_rcpt(struct smtp *sm, const struct smtp_cmd *cmd)
{
	const char *refusal = check_rcpt(sm, cmd);
	struct route r = { .relay = sm->policy->submit,
		.srs_key = session_worker(sm->session)->srs_key,
		.size = 1 }; /* not full to the brim */

	if (refusal == NULL)
		refusal = smtp_route_reply(sm, route_add(&r, smtp_store(sm),
		    smtp_conf(sm), cmd->path));
	route_clear(&r);
	if (refusal == NULL && !smtp_may_send(sm, true))
		refusal = "452 4.7.1 Too many recipients for now; try again "
			  "later";
	if (refusal == NULL && !smtp_greylist(sm, cmd->path))
		refusal = "451 4.7.1 Not known yet; try again later";
	if (refusal != NULL) {
		refuse(sm, "recipient", cmd, refusal);
		return;
	}
	rcpt_add(sm->txn, cmd);
	smtp_reply(sm, "250 2.1.5 Recipient ok");
}
