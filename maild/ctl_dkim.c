/* SPDX-License-Identifier: ISC */
/* /v1/dkim: the keys that sign the mail of a domain. */
#include "ctl_request.h"

#include <sys/random.h>

#include "dkim_maker.h"
#include "store_dkim.h"

/* ---- listing ---- */

/* NULL: the record holds no key. */
static json_t *
key_json(const char *domain, const struct store_dkim_key *k)
{
	struct dkim_key *key = dkim_key_read(k->algorithm, k->der);
	struct buf name = { 0 }, record = { 0 };
	json_t *o;

	if (key == NULL)
		return NULL;
	buf_add_span(&name, k->selector);
	buf_addf(&name, "._domainkey.%s", domain);
	dkim_key_record(&record, key);
	o = json_pack("{s:i, s:s, s:s%, s:s, s:s, s:o, s:s, s:s}", "v", 1,
	    "domain", domain, "selector", k->selector.p, k->selector.n,
	    "algorithm", dkim_algorithm_name(k->algorithm), "state",
	    k->next ? "next" : "active", "created", ctl_time_json(k->created),
	    "name", name.data, "record", record.data);
	dkim_key_free(key);
	buf_free(&name);
	buf_free(&record);
	return o;
}

static bool
add_keys(void *arg, const struct store_dkim *d)
{
	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(arg, key_json(d->domain, &d->key[i]));
	return true;
}

void
ctl_dkim_list(struct ctl_request *r)
{
	json_t *keys = json_array();
	enum store_status st =
	    store_dkim_each(r->env.accounts.store, add_keys, keys);

	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "keys", keys));
		return;
	}
	json_decref(keys);
	ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
}

/* ---- changing ---- */

static void
refuse(struct ctl_request *r, enum store_status st)
{
	enum ctl_problem p = st == STORE_CANNOT        ? CTL_BAD_DOMAIN :
			     st == STORE_NONEXISTENT   ? CTL_NO_SUCH_KEY :
			     st == STORE_ALREADYEXISTS ? CTL_KEY_EXISTS :
							 ctl_problem_of_store(st);

	ctl_answer_problem(r, p, NULL);
}

static void
on_removed(void *arg, enum store_status st)
{
	if (st == STORE_OK)
		ctl_answer_done(arg);
	else
		refuse(arg, st);
}

/* The keys of the domain, as they are now. */
static void
on_changed(void *arg, enum store_status st)
{
	struct ctl_request *r = arg;
	struct store *store = r->env.accounts.store;
	json_t *keys = json_array();
	struct store_dkim d;

	store_begin(store);
	if (st == STORE_OK)
		st = store_dkim_find(store, buf_span(&r->domain), &d);
	if (st == STORE_OK)
		add_keys(keys, &d);
	store_end(store);
	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "keys", keys));
		return;
	}
	json_decref(keys);
	refuse(r, st);
}

/* The domain in ASCII; false: the request is answered. */
static bool
take_domain(struct ctl_request *r)
{
	if (ctl_domain_ascii(&r->domain))
		return true;
	refuse(r, STORE_CANNOT);
	return false;
}

/* Selectors are never used again: others may remember the former record. */
static void
make_selector(struct buf *out, enum dkim_algorithm a, time_t now)
{
	static const char letter[DKIM_ALGORITHMS] = { 'r', 'e' };
	uint16_t random = 0;
	struct tm tm;

	(void)!getrandom(&random, sizeof(random), 0);
	gmtime_r(&now, &tm);
	buf_addf(out, "%04d%02d%02d-%04x%c", tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday, random, letter[a]);
}

static void
store_keys(struct ctl_request *r, enum store_dkim_op op, const struct buf *der)
{
	struct buf selector[DKIM_ALGORITHMS] = { { 0 } };
	struct store_dkim_key key[DKIM_ALGORITHMS];
	time_t now = time(NULL);

	for (size_t i = 0; i < DKIM_ALGORITHMS; i++) {
		const enum dkim_algorithm a = (enum dkim_algorithm)i;

		make_selector(&selector[i], a, now);
		key[i] = (struct store_dkim_key){ .algorithm = a,
			.created = (int64_t)now,
			.selector = buf_span(&selector[i]),
			.der = buf_span(&der[i]) };
	}
	store_dkim_change(r->env.accounts.store, buf_span(&r->domain), op, key,
	    DKIM_ALGORITHMS, on_changed, r);
	for (size_t i = 0; i < DKIM_ALGORITHMS; i++)
		buf_free(&selector[i]);
}

static void
on_first_made(void *arg, const struct buf *der)
{
	if (der != NULL)
		store_keys(arg, STORE_DKIM_ADD, der);
	else
		ctl_answer_problem(arg, CTL_UNAVAILABLE, NULL);
}

static void
on_next_made(void *arg, const struct buf *der)
{
	if (der != NULL)
		store_keys(arg, STORE_DKIM_NEXT, der);
	else
		ctl_answer_problem(arg, CTL_UNAVAILABLE, NULL);
}

static void
make_keys(struct ctl_request *r, dkim_maker_done done)
{
	if (take_domain(r) && !dkim_maker_submit(r->env.dkim, done, r))
		ctl_answer_problem(r, CTL_UNAVAILABLE,
		    "too many keys are being made");
}

void
ctl_dkim_add(struct ctl_request *r)
{
	make_keys(r, on_first_made);
}

void
ctl_dkim_next(struct ctl_request *r)
{
	make_keys(r, on_next_made);
}

void
ctl_dkim_switch(struct ctl_request *r)
{
	if (take_domain(r))
		store_dkim_change(r->env.accounts.store, buf_span(&r->domain),
		    STORE_DKIM_SWITCH, NULL, 0, on_changed, r);
}

void
ctl_dkim_remove(struct ctl_request *r)
{
	if (take_domain(r))
		store_dkim_change(r->env.accounts.store, buf_span(&r->domain),
		    STORE_DKIM_REMOVE, NULL, 0, on_removed, r);
}
