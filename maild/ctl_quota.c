/* SPDX-License-Identifier: ISC */
/* /v1/users/{address}/quota: what a user may keep. */
#include "ctl_request.h"

static const struct {
	const char *name;
	enum store_resource resource;
} resources[] = {
	{ "storage", STORE_STORAGE },
	{ "messages", STORE_MESSAGES },
	{ "mailboxes", STORE_MAILBOXES },
};
#define NRESOURCES (sizeof(resources) / sizeof(resources[0]))

/* Far from what the store keeps for "none" and "default". */
#define LIMIT_MAX ((json_int_t)1 << 60)

static json_t *
resource_json(const struct store_quota *q, enum store_resource r)
{
	json_t *limit = q->limit[r] == STORE_QUOTA_NONE
			    ? json_null()
			    : json_integer((json_int_t)q->limit[r]);

	return json_pack("{s:I, s:o, s:b}", "used", (json_int_t)q->used[r],
	    "limit", limit, "default", (int)(q->set[r] == STORE_QUOTA_DEFAULT));
}

static enum store_status
find(struct ctl_request *r, struct store_user *u)
{
	return store_user_find(r->env.accounts.store, buf_span(&r->address), u);
}

static void
answer_store(struct ctl_request *r, enum store_status st)
{
	ctl_answer_problem(r,
	    st == STORE_NONEXISTENT ? CTL_NO_SUCH_USER
				    : ctl_problem_of_store(st),
	    NULL);
}

void
ctl_quota_show(struct ctl_request *r)
{
	struct store *store = r->env.accounts.store;
	enum store_status st;
	struct store_quota q;
	struct store_user u;
	json_t *o;

	store_begin(store);
	st = find(r, &u);
	if (st == STORE_OK)
		st = store_quota_get(store, u.id, &q);
	store_end(store);
	if (st != STORE_OK) {
		answer_store(r, st);
		return;
	}
	o = json_object();
	for (size_t i = 0; i < NRESOURCES; i++)
		json_object_set_new(o, resources[i].name,
		    resource_json(&q, resources[i].resource));
	ctl_answer(r, 200, o);
}

/* A number, null for no limit, "default"; what is not named stays. */
static bool
parse_limit(const json_t *v, uint64_t *out)
{
	const char *word = json_string_value(v);

	if (v == NULL)
		*out = STORE_QUOTA_KEEP;
	else if (json_is_null(v))
		*out = STORE_QUOTA_NONE;
	else if (word != NULL && strcmp(word, "default") == 0)
		*out = STORE_QUOTA_DEFAULT;
	else if (json_is_integer(v) && json_integer_value(v) >= 0 &&
		 json_integer_value(v) <= LIMIT_MAX)
		*out = (uint64_t)json_integer_value(v);
	else
		return false;
	return true;
}

static void
on_set(void *arg, enum store_status st)
{
	struct ctl_request *r = arg;

	if (st == STORE_OK)
		ctl_answer_done(r);
	else
		answer_store(r, st);
}

void
ctl_quota_set(struct ctl_request *r)
{
	uint64_t limit[STORE_RESOURCES];
	enum store_status st;
	struct store_user u;
	size_t named = 0;

	for (size_t i = 0; i < NRESOURCES; i++) {
		const json_t *v = json_object_get(r->body, resources[i].name);

		named += v != NULL;
		if (!parse_limit(v, &limit[resources[i].resource])) {
			ctl_answer_problem(r, CTL_BAD_REQUEST,
			    "A limit is a number, null or \"default\".");
			return;
		}
	}
	if (named != json_object_size(r->body)) {
		ctl_answer_problem(r, CTL_BAD_REQUEST,
		    "Limits are storage, messages and mailboxes.");
		return;
	}
	st = find(r, &u);
	if (st != STORE_OK)
		answer_store(r, st);
	else
		store_quota_set(r->env.accounts.store, u.id, limit, on_set, r);
}
