/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>

#include "buf.h"
#include "roles.h"

enum kind {
	END = 0,
	ENUM,   /* one byte, at most max */
	BOOL,   /* one byte, 0 or 1 */
	U32,
	U64,
	TICKET, /* ROLE_TICKET_SIZE bytes */
	TEXT,   /* a length of 32 bits, then at most max bytes … */
	BYTES,  /* … which may be any here */
};

struct field {
	enum kind kind;
	size_t at; /* in struct role_msg */
	size_t max;
};

#define FIELD(kind, member, max)                                               \
	{                                                                      \
		kind, offsetof(struct role_msg, member), max                   \
	}
#define FIELD_TEXT(member, max)   FIELD(TEXT, member, max)
#define FIELD_BYTES(member, max)  FIELD(BYTES, member, max)
#define FIELD_ENUM(member, count) FIELD(ENUM, member, (count)-1)
#define FIELD_USER(member)        FIELD(TEXT, member, ROLE_USER_MAX)

static const struct field no_fields[] = { { END, 0, 0 } };
static const struct field part_fields[] = {
	FIELD_ENUM(part.what, ROLE_PARTS),
	FIELD_BYTES(part.data, ROLE_PART_MAX),
	{ END, 0, 0 },
};
static const struct field hello_fields[] = {
	FIELD(U32, hello.number, 0),
	FIELD(U64, hello.first_id, 0),
	{ END, 0, 0 },
};
static const struct field listener_fields[] = {
	FIELD(U32, listener.index, 0),
	{ END, 0, 0 },
};
static const struct field peer_fields[] = {
	FIELD_ENUM(peer.role, ROLES),
	FIELD(U32, peer.number, 0),
	{ END, 0, 0 },
};
static const struct field add_user_fields[] = {
	FIELD(U32, add_user.request, 0),
	FIELD_USER(add_user.user),
	FIELD_BYTES(add_user.password, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field user_added_fields[] = {
	FIELD(U32, user_added.request, 0),
	FIELD(BOOL, user_added.ok, 0),
	{ END, 0, 0 },
};
static const struct field failed_fields[] = {
	FIELD_TEXT(failed.text, ROLE_TEXT_MAX),
	{ END, 0, 0 },
};
static const struct field reloaded_fields[] = {
	FIELD(BOOL, reloaded.ok, 0),
	FIELD_TEXT(reloaded.text, ROLE_TEXT_MAX),
	{ END, 0, 0 },
};
static const struct field login_fields[] = {
	FIELD(U64, login.connection, 0),
	FIELD_ENUM(login.scope, ROLE_SCOPES),
	FIELD_TEXT(login.peer, ROLE_PEER_MAX),
	FIELD_TEXT(login.mechanism, ROLE_PEER_MAX),
	FIELD_BYTES(login.authzid, ROLE_SECRET_MAX),
	FIELD_BYTES(login.authcid, ROLE_SECRET_MAX),
	FIELD_BYTES(login.password, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field ticket_fields[] = {
	FIELD(TICKET, ticket.ticket, 0),
	FIELD_ENUM(ticket.scope, ROLE_SCOPES),
	FIELD_USER(ticket.user),
	{ END, 0, 0 },
};
static const struct field verdict_fields[] = {
	FIELD(U64, verdict.connection, 0),
	FIELD_ENUM(verdict.verdict, ROLE_VERDICTS),
	FIELD(TICKET, verdict.ticket, 0),
	{ END, 0, 0 },
};
static const struct field session_fields[] = {
	FIELD(TICKET, session.ticket, 0),
	FIELD(U64, session.connection, 0),
	FIELD_ENUM(session.scope, ROLE_SCOPE_INBOUND + 1),
	FIELD_TEXT(session.peer, ROLE_PEER_MAX),
	FIELD_TEXT(session.local, ROLE_LOCAL_MAX),
	FIELD_TEXT(session.tls, ROLE_TLS_MAX),
	FIELD_TEXT(session.helo, ROLE_HELO_MAX),
	FIELD_TEXT(session.tag, ROLE_TAG_MAX),
	FIELD(BOOL, session.esmtp, 0),
	FIELD_BYTES(session.input, ROLE_INPUT_MAX),
	{ END, 0, 0 },
};
static const struct field session_answer_fields[] = {
	FIELD(U64, session_answer.connection, 0),
	FIELD_ENUM(session_answer.answer, ROLE_SESSION_ANSWERS),
	{ END, 0, 0 },
};
static const struct field session_back_fields[] = {
	FIELD(U64, session_back.connection, 0),
	FIELD(BOOL, session_back.tls, 0),
	FIELD_TEXT(session_back.peer, ROLE_PEER_MAX),
	FIELD_TEXT(session_back.local, ROLE_LOCAL_MAX),
	FIELD_TEXT(session_back.helo, ROLE_HELO_MAX),
	FIELD_BYTES(session_back.input, ROLE_INPUT_MAX),
	{ END, 0, 0 },
};
static const struct field set_password_fields[] = {
	FIELD(U32, set_password.request, 0),
	FIELD(BOOL, set_password.create, 0),
	FIELD_USER(set_password.user),
	FIELD_BYTES(set_password.password, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field delete_user_fields[] = {
	FIELD(U32, delete_user.request, 0),
	FIELD_USER(delete_user.user),
	{ END, 0, 0 },
};
static const struct field user_answer_fields[] = {
	FIELD(U32, user_answer.request, 0),
	FIELD_ENUM(user_answer.status, ROLE_USER_STATUSES),
	FIELD_BYTES(user_answer.data, ROLE_ANSWER_MAX),
	{ END, 0, 0 },
};

static const struct field sasl_start_fields[] = {
	FIELD(U64, sasl_start.connection, 0),
	FIELD_ENUM(sasl_start.scope, ROLE_SCOPES),
	FIELD_TEXT(sasl_start.peer, ROLE_PEER_MAX),
	FIELD_TEXT(sasl_start.mechanism, ROLE_PEER_MAX),
	FIELD_BYTES(sasl_start.initial, ROLE_SECRET_MAX),
	FIELD_TEXT(sasl_start.certificate, ROLE_NAMES_MAX),
	FIELD_BYTES(sasl_start.exporter, ROLE_BINDING_MAX),
	FIELD_BYTES(sasl_start.end_point, ROLE_BINDING_MAX),
	{ END, 0, 0 },
};
static const struct field sasl_challenge_fields[] = {
	FIELD(U64, sasl_challenge.connection, 0),
	FIELD_BYTES(sasl_challenge.data, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field sasl_response_fields[] = {
	FIELD(U64, sasl_response.connection, 0),
	FIELD(BOOL, sasl_response.cancel, 0),
	FIELD_BYTES(sasl_response.data, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field relay_fields[] = {
	FIELD(U32, relay.job, 0),
	FIELD_TEXT(relay.domain, ROLE_NAME_MAX),
	FIELD_USER(relay.sender),
	FIELD_TEXT(relay.envid, ROLE_XTEXT_MAX),
	FIELD_ENUM(relay.ret, DSN_RETS),
	FIELD_ENUM(relay.body, BODY_KINDS),
	FIELD(BOOL, relay.utf8, 0),
	FIELD_ENUM(relay.require_tls, REQUIRE_TLS_KINDS),
	FIELD_ENUM(relay.priority, MT_PRIORITIES),
	FIELD_ENUM(relay.by, DELIVER_BY_MODES),
	FIELD(BOOL, relay.by_trace, 0),
	FIELD(U64, relay.by_at, 0),
	FIELD(U64, relay.size, 0),
	FIELD(U32, relay.recipients, 0),
	{ END, 0, 0 },
};
static const struct field relay_rcpt_fields[] = {
	FIELD(U32, relay_rcpt.job, 0),
	FIELD_USER(relay_rcpt.address),
	FIELD_TEXT(relay_rcpt.orcpt, ROLE_XTEXT_MAX),
	FIELD(U32, relay_rcpt.notify, 0),
	{ END, 0, 0 },
};
static const struct field relayed_fields[] = {
	FIELD(U32, relayed.job, 0),
	FIELD(U32, relayed.index, 0),
	FIELD(U32, relayed.code, 0),
	FIELD_TEXT(relayed.enhanced, ROLE_PEER_MAX),
	FIELD_TEXT(relayed.text, ROLE_REPLY_MAX),
	FIELD_TEXT(relayed.host, ROLE_NAME_MAX),
	FIELD(BOOL, relayed.dsn, 0),
	FIELD(BOOL, relayed.by, 0),
	{ END, 0, 0 },
};
static const struct field relay_done_fields[] = {
	FIELD(U32, relay_done.job, 0),
	FIELD(BOOL, relay_done.reached, 0),
	FIELD(BOOL, relay_done.answered, 0),
	{ END, 0, 0 },
};

static const struct field change_user_fields[] = {
	FIELD(U32, change_user.request, 0),
	FIELD_ENUM(change_user.what, ROLE_CHANGES),
	FIELD_USER(change_user.user),
	FIELD(U32, change_user.app, 0),
	FIELD_TEXT(change_user.name, ROLE_APP_MAX),
	{ END, 0, 0 },
};

static const struct field introspect_fields[] = {
	FIELD(U32, introspect.request, 0),
	FIELD_BYTES(introspect.token, ROLE_SECRET_MAX),
	{ END, 0, 0 },
};
static const struct field introspected_fields[] = {
	FIELD(U32, introspected.request, 0),
	FIELD_ENUM(introspected.verdict, ROLE_TOKENS),
	FIELD_USER(introspected.user),
	FIELD(U32, introspected.seconds, 0),
	{ END, 0, 0 },
};

static const struct field filter_fields[] = {
	FIELD(U32, filter.request, 0),
	FIELD_TEXT(filter.peer, ROLE_PEER_MAX),
	FIELD_TEXT(filter.helo, ROLE_HELO_MAX),
	FIELD_USER(filter.sender),
	FIELD_TEXT(filter.id, ROLE_PEER_MAX),
	FIELD_BYTES(filter.recipients, ROLE_PART_MAX),
	FIELD(U64, filter.size, 0),
	{ END, 0, 0 },
};
static const struct field filtered_fields[] = {
	FIELD(U32, filtered.request, 0),
	FIELD_BYTES(filtered.answer, ROLE_PART_MAX),
	{ END, 0, 0 },
};

static const struct field lookup_fields[] = {
	FIELD(U32, lookup.request, 0),
	FIELD_TEXT(lookup.peer, ROLE_PEER_MAX),
	{ END, 0, 0 },
};

static const struct field sts_policy_fields[] = {
	FIELD_TEXT(sts_policy.domain, ROLE_NAME_MAX),
	FIELD_TEXT(sts_policy.id, ROLE_STS_ID_MAX),
	FIELD(U32, sts_policy.seconds, 0),
	FIELD_BYTES(sts_policy.text, ROLE_POLICY_MAX),
	{ END, 0, 0 },
};

#define BIT(role) (1u << (role))
#define MASTER    BIT(ROLE_MASTER)
#define FRONT     BIT(ROLE_FRONT)
#define AUTH      BIT(ROLE_AUTH)
#define MAIL      BIT(ROLE_MAIL)
#define OUTBOUND  BIT(ROLE_OUTBOUND)
#define ANY       (FRONT | AUTH | MAIL | OUTBOUND)

enum { PLAIN = 0, FD = 1, SECRET = 2 };

/* Who may say what to whom. */
static const struct rule {
	const char *name;
	unsigned from, to, flags;
	const struct field *fields;
} rules[ROLE_TYPES] = {
	[ROLE_PART] = { "PART", MASTER, ANY, SECRET, part_fields },
	[ROLE_HELLO] = { "HELLO", MASTER, ANY, PLAIN, hello_fields },
	[ROLE_LISTENER] = { "LISTENER", MASTER, FRONT | MAIL, FD,
	    listener_fields },
	[ROLE_PEER] = { "PEER", MASTER, ANY, FD, peer_fields },
	[ROLE_RELOAD] = { "RELOAD", MASTER, ANY, PLAIN, no_fields },
	[ROLE_STOP] = { "STOP", MASTER, ANY, PLAIN, no_fields },
	[ROLE_ADD_USER] = { "ADD_USER", MASTER, MAIL, SECRET,
	    add_user_fields },
	[ROLE_READY] = { "READY", ANY, MASTER, PLAIN, no_fields },
	[ROLE_FAILED] = { "FAILED", ANY, MASTER, PLAIN, failed_fields },
	[ROLE_RELOADED] = { "RELOADED", ANY, MASTER, PLAIN, reloaded_fields },
	[ROLE_USER_ADDED] = { "USER_ADDED", MAIL, MASTER, PLAIN,
	    user_added_fields },
	[ROLE_LOGIN] = { "LOGIN", FRONT, AUTH, SECRET, login_fields },
	[ROLE_TICKET] = { "TICKET", AUTH, MAIL, SECRET, ticket_fields },
	[ROLE_VERDICT] = { "VERDICT", AUTH, FRONT, SECRET, verdict_fields },
	[ROLE_SESSION] = { "SESSION", FRONT, MAIL, FD | SECRET,
	    session_fields },
	[ROLE_SESSION_ANSWER] = { "SESSION_ANSWER", MAIL, FRONT, PLAIN,
	    session_answer_fields },
	[ROLE_SESSION_BACK] = { "SESSION_BACK", MAIL, FRONT, FD | SECRET,
	    session_back_fields },
	[ROLE_SET_PASSWORD] = { "SET_PASSWORD", MAIL, AUTH, SECRET,
	    set_password_fields },
	[ROLE_DELETE_USER] = { "DELETE_USER", MAIL, AUTH, PLAIN,
	    delete_user_fields },
	[ROLE_USER_ANSWER] = { "USER_ANSWER", AUTH, MAIL, SECRET,
	    user_answer_fields },
	[ROLE_SASL_START] = { "SASL_START", FRONT, AUTH, SECRET,
	    sasl_start_fields },
	[ROLE_SASL_CHALLENGE] = { "SASL_CHALLENGE", AUTH, FRONT, SECRET,
	    sasl_challenge_fields },
	[ROLE_SASL_RESPONSE] = { "SASL_RESPONSE", FRONT, AUTH, SECRET,
	    sasl_response_fields },
	[ROLE_CHANGE_USER] = { "CHANGE_USER", MAIL, AUTH, PLAIN,
	    change_user_fields },
	[ROLE_RELAY] = { "RELAY", MAIL, OUTBOUND, FD, relay_fields },
	[ROLE_RELAY_RCPT] = { "RELAY_RCPT", MAIL, OUTBOUND, PLAIN,
	    relay_rcpt_fields },
	[ROLE_INTROSPECT] = { "INTROSPECT", AUTH, OUTBOUND, SECRET,
	    introspect_fields },
	[ROLE_INTROSPECTED] = { "INTROSPECTED", OUTBOUND, AUTH, PLAIN,
	    introspected_fields },
	[ROLE_FILTER] = { "FILTER", MAIL, OUTBOUND, FD, filter_fields },
	[ROLE_LOOKUP] = { "LOOKUP", MAIL, OUTBOUND, PLAIN, lookup_fields },
	[ROLE_FILTERED] = { "FILTERED", OUTBOUND, MAIL, PLAIN,
	    filtered_fields },
	[ROLE_RELAYED] = { "RELAYED", OUTBOUND, MAIL, PLAIN, relayed_fields },
	[ROLE_STS_POLICY] = { "STS_POLICY", MAIL | OUTBOUND, MAIL | OUTBOUND,
	    PLAIN, sts_policy_fields },
	[ROLE_RELAY_DONE] = { "RELAY_DONE", OUTBOUND, MAIL, PLAIN,
	    relay_done_fields },
};

static const char *const role_names[ROLES] = {
	[ROLE_MASTER] = "master",
	[ROLE_FRONT] = "front",
	[ROLE_AUTH] = "auth",
	[ROLE_MAIL] = "mail",
	[ROLE_OUTBOUND] = "outbound",
};

const char *
role_name(enum role r)
{
	return role_names[r];
}

enum role
role_find(const char *name)
{
	for (unsigned r = 0; r < ROLES; r++) {
		if (strcmp(name, role_names[r]) == 0)
			return (enum role)r;
	}
	return ROLES;
}

bool
role_msg_has_fd(enum role_type type)
{
	return rules[type].flags & FD;
}

bool
role_msg_is_secret(enum role_type type)
{
	return rules[type].flags & SECRET;
}

const char *
role_msg_name(enum role_type type)
{
	return rules[type].name;
}

static bool
is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool
run_allowed(const struct field *f, struct span s)
{
	return s.n <= f->max && (f->kind != TEXT || is_text(s));
}

static char *
put_number(char *out, uint64_t v, size_t bytes)
{
	while (bytes-- > 0)
		*out++ = (char)(v >> (8 * bytes));
	return out;
}

/* NULL: what the field holds may not be sent. */
static char *
put_field(char *out, const struct field *f, const struct role_msg *m)
{
	const void *at = (const char *)m + f->at;
	const struct span *s = at;

	switch (f->kind) {
	case ENUM:
		if (*(const unsigned *)at > f->max)
			return NULL;
		return put_number(out, *(const unsigned *)at, 1);
	case BOOL:
		return put_number(out, *(const bool *)at, 1);
	case U32:
		return put_number(out, *(const uint32_t *)at, 4);
	case U64:
		return put_number(out, *(const uint64_t *)at, 8);
	case TICKET:
		memcpy(out, at, ROLE_TICKET_SIZE);
		return out + ROLE_TICKET_SIZE;
	case TEXT:
	case BYTES:
		if (!run_allowed(f, *s))
			return NULL;
		out = put_number(out, s->n, 4);
		if (s->n > 0)
			memcpy(out, s->p, s->n);
		return out + s->n;
	case END:
		break;
	}
	return NULL;
}

/* ROLE_MSG_MAX holds any message whose fields keep to their limits. */
ssize_t
role_msg_format(char *out, const struct role_msg *m)
{
	char *p = put_number(out, m->type, 1);

	for (const struct field *f = rules[m->type].fields; f->kind != END;
	    f++) {
		p = put_field(p, f, m);
		if (p == NULL)
			return -1;
	}
	assert((size_t)(p - out) <= ROLE_MSG_MAX);
	return p - out;
}

static bool
take(struct span *s, size_t n, struct span *head)
{
	if (s->n < n)
		return false;
	*head = span_of(s->p, n);
	s->p += n;
	s->n -= n;
	return true;
}

static bool
take_number(struct span *s, size_t bytes, uint64_t max, uint64_t *out)
{
	struct span head;

	if (!take(s, bytes, &head))
		return false;
	*out = 0;
	for (size_t i = 0; i < bytes; i++)
		*out = *out << 8 | (unsigned char)head.p[i];
	return *out <= max;
}

static bool
take_field(struct span *s, const struct field *f, struct role_msg *m)
{
	void *at = (char *)m + f->at;
	struct span head;
	uint64_t v;

	switch (f->kind) {
	case ENUM:
		if (!take_number(s, 1, f->max, &v))
			return false;
		*(unsigned *)at = (unsigned)v;
		return true;
	case BOOL:
		if (!take_number(s, 1, 1, &v))
			return false;
		*(bool *)at = v;
		return true;
	case U32:
		if (!take_number(s, 4, UINT32_MAX, &v))
			return false;
		*(uint32_t *)at = (uint32_t)v;
		return true;
	case U64:
		return take_number(s, 8, UINT64_MAX, at);
	case TICKET:
		if (!take(s, ROLE_TICKET_SIZE, &head))
			return false;
		memcpy(at, head.p, head.n);
		return true;
	case TEXT:
	case BYTES:
		if (!take_number(s, 4, f->max, &v) || !take(s, v, &head))
			return false;
		*(struct span *)at = head;
		return run_allowed(f, head);
	case END:
		break;
	}
	return false;
}

static int
parse(struct span s, enum role from, enum role to, struct role_msg *m)
{
	const struct rule *rule;
	uint64_t type;

	if (!take_number(&s, 1, ROLE_TYPES - 1, &type))
		return -1;
	rule = &rules[type];
	if (!(rule->from & BIT(from)) || !(rule->to & BIT(to)))
		return -1;
	m->type = (enum role_type)type;
	for (const struct field *f = rule->fields; f->kind != END; f++) {
		if (!take_field(&s, f, m))
			return -1;
	}
	return s.n == 0 ? 0 : -1;
}

int
role_msg_parse(struct span s, enum role from, enum role to, struct role_msg *m)
{
	memset(m, 0, sizeof(*m));
	if (parse(s, from, to, m) == 0)
		return 0;
	memset(m, 0, sizeof(*m));
	return -1;
}
