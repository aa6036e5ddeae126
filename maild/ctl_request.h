/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CTL_REQUEST_H
#define MAILD_CTL_REQUEST_H

#include <jansson.h>
#include <time.h>

#include "account.h"

/*
 * A request of the control API without its HTTP: ctl_dispatch() finds the
 * route of a method and path and calls its handler, which answers once, at once
 * or when the store and the auth role have.
 *
 * To add one: a handler here, a line in the table of ctl_request.c, and the
 * same in conf/openapi.yaml; check_ctl compares the two.
 */
#define CTL_BODY_MAX ((size_t)1 << 20)

struct dkim_maker;
struct engine;
struct indexer;
struct queue;

struct ctl_env {
	struct accounts accounts;
	struct engine *engine;
	struct indexer *indexer;
	struct queue *queue; /* NULL: there is none */
	struct dkim_maker *dkim;
	const unsigned char *srs_key; /* of SRS_KEY_SIZE; NULL: none */
	time_t started;
};

struct ctl_reply {
	int status;       /* of HTTP */
	const char *type; /* of the body; NULL: there is none */
	const char *allow; /* 405: the methods that there are; else NULL */
	struct span body;
	const char *session; /* 101: whose IMAP session it becomes; else NULL */
};
typedef void (*ctl_reply_fn)(void *arg, const struct ctl_reply *reply);

struct ctl_request {
	struct ctl_env env;
	struct buf address; /* from the path, canonical, where it has one */
	struct buf domain;  /* from the path, as it stands there */
	uint32_t id;        /* from the path */
	json_t *body;       /* an object, where there is one */
	/* private: */
	ctl_reply_fn reply;
	void *arg;
};

/* path is percent-encoded, without a query.  reply may run from within. */
void ctl_dispatch(const struct ctl_env *env, const char *method,
    const char *path, struct span body, ctl_reply_fn reply, void *arg);

/* ---- for handlers: each ends the request ---- */

/* o becomes the request's; "v" is added. */
void ctl_answer(struct ctl_request *r, int status, json_t *o);
/* 204, without a body. */
void ctl_answer_done(struct ctl_request *r);

/* 101: the connection becomes an IMAP session of the user. */
void ctl_answer_session(struct ctl_request *r, const char *user);

/* An account_done: that, or what has gone wrong. */
void ctl_answer_account(void *request, enum account_status st);

/* What can go wrong.  Codes (in ctl_problem.c) are for good. */
enum ctl_problem {
	CTL_BAD_REQUEST,
	CTL_BAD_ADDRESS,
	CTL_BAD_DOMAIN,
	CTL_BAD_PASSWORD,
	CTL_FORBIDDEN,
	CTL_NO_SUCH_RESOURCE,
	CTL_NO_SUCH_USER,
	CTL_NO_SUCH_ALIAS,
	CTL_NO_SUCH_DOMAIN,
	CTL_NO_SUCH_KEY,
	CTL_NO_SUCH_APP_PASSWORD,
	CTL_METHOD_NOT_ALLOWED,
	CTL_USER_EXISTS,
	CTL_ALIAS_EXISTS,
	CTL_DOMAIN_EXISTS,
	CTL_DOMAIN_IN_USE,
	CTL_DOMAIN_CONFIGURED,
	CTL_KEY_EXISTS,
	CTL_TOO_MANY_APP_PASSWORDS,
	CTL_USER_DISABLED,
	CTL_TOO_MANY_SESSIONS,
	CTL_UPGRADE_REQUIRED,
	CTL_DISK_FULL,
	CTL_UNAVAILABLE,
	CTL_PROBLEMS
};
/* detail: one sentence more, or NULL. */
void ctl_answer_problem(struct ctl_request *r, enum ctl_problem p,
    const char *detail);
/* What a store's or an account's status (not OK) means to the client. */
enum ctl_problem ctl_problem_of_store(enum store_status st);
enum ctl_problem ctl_problem_of_account(enum account_status st);

/* ---- ctl_problem.c ---- */

const char *ctl_problem_code(enum ctl_problem p);
int ctl_problem_status(enum ctl_problem p);
/* The body; the caller's. */
json_t *ctl_problem_json(enum ctl_problem p, const char *detail);

/* ---- ctl_json.c ---- */

/* Once, before any JSON is made: what is freed from then on is wiped. */
void ctl_json_init(void);
/* o is an object or an array. */
void ctl_json_format(struct buf *out, const json_t *o);
/* Seconds since 1970, as RFC 3339 has them. */
json_t *ctl_time_json(int64_t t);

/* ---- ctl_domains.c ---- */

/* Make a domain the name of a host in lower case and A-labels; false: it is
 * none. */
bool ctl_domain_ascii(struct buf *domain);

/* ---- the handlers ---- */

typedef void (*ctl_handler)(struct ctl_request *r);

void ctl_index_show(struct ctl_request *r);
void ctl_index_rebuild(struct ctl_request *r);
void ctl_index_rebuild_user(struct ctl_request *r);
void ctl_ping(struct ctl_request *r);
void ctl_stats(struct ctl_request *r);
void ctl_users_list(struct ctl_request *r);
void ctl_users_show(struct ctl_request *r);
void ctl_users_create(struct ctl_request *r);
void ctl_users_password(struct ctl_request *r);
void ctl_users_delete(struct ctl_request *r);
void ctl_users_disable(struct ctl_request *r);
void ctl_apps_list(struct ctl_request *r);
void ctl_apps_add(struct ctl_request *r);
void ctl_apps_revoke(struct ctl_request *r);
void ctl_users_imap(struct ctl_request *r);
void ctl_users_mailboxes(struct ctl_request *r);
void ctl_quota_show(struct ctl_request *r);
void ctl_quota_set(struct ctl_request *r);
void ctl_send_as_show(struct ctl_request *r);
void ctl_send_as_set(struct ctl_request *r);
void ctl_aliases_list(struct ctl_request *r);
void ctl_aliases_set(struct ctl_request *r);
void ctl_aliases_delete(struct ctl_request *r);
void ctl_aliases_resolve(struct ctl_request *r);
void ctl_dkim_list(struct ctl_request *r);
void ctl_dkim_add(struct ctl_request *r);
void ctl_dkim_next(struct ctl_request *r);
void ctl_dkim_switch(struct ctl_request *r);
void ctl_dkim_remove(struct ctl_request *r);
void ctl_domains_list(struct ctl_request *r);
void ctl_domains_add(struct ctl_request *r);
void ctl_domains_remove(struct ctl_request *r);
void ctl_queue_search(struct ctl_request *r);
void ctl_queue_change(struct ctl_request *r);

/* All of them, in the order of paths, for the test of the specification. */
struct ctl_route {
	const char *method, *path; /* "/v1/users/{address}/app-passwords/{id}" */
	ctl_handler handler;
	bool has_body;
};
extern const struct ctl_route ctl_routes[];
extern const size_t ctl_nroutes;

#endif
