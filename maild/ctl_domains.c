/* SPDX-License-Identifier: ISC */
/* /v1/domains: those whose mail is delivered here. */
#include "ctl_request.h"

#include <stdlib.h>

#include "conf_table.h"
#include "domain_name.h"
#include "domains.h"
#include "log.h"
#include "user_name.h"

bool
ctl_domain_ascii(struct buf *domain)
{
	struct buf ascii = { 0 };
	char *text = span_dup(buf_span(domain));
	bool ok = strlen(text) == domain->len &&
		  domain_name_ascii(&ascii, text) && ascii.len > 0 &&
		  conf_host_normalize(ascii.data);

	free(text);
	buf_free(domain);
	*domain = ascii;
	return ok;
}

/* ---- listing ---- */

static json_t *
domain_json(struct span domain, const char *source)
{
	return json_pack("{s:i, s:s%, s:s}", "v", 1, "domain", domain.p,
	    domain.n, "source", source);
}

static bool
add_domain(void *arg, struct span domain)
{
	json_array_append_new(arg, domain_json(domain, "added"));
	return true;
}

void
ctl_domains_list(struct ctl_request *r)
{
	const struct conf *conf = r->env.accounts.conf;
	json_t *domains = json_array();
	enum store_status st;

	for (size_t i = 0; i < conf->ndomains; i++)
		json_array_append_new(domains,
		    domain_json(span_str(conf->domain[i]), "configuration"));
	st = store_domain_each(r->env.accounts.store, add_domain, domains);
	if (st == STORE_OK) {
		ctl_answer(r, 200, json_pack("{s:o}", "domains", domains));
		return;
	}
	json_decref(domains);
	ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
}

/* ---- adding ---- */

static void
added(void *arg, enum store_status st)
{
	struct ctl_request *r = arg;

	if (st == STORE_OK) {
		log_info("domains: added", "domain=%s", r->domain.data);
		ctl_answer(r, 201,
		    domain_json(buf_span(&r->domain), "added"));
		return;
	}
	ctl_answer_problem(r,
	    st == STORE_ALREADYEXISTS ? CTL_DOMAIN_EXISTS
				      : ctl_problem_of_store(st),
	    NULL);
}

void
ctl_domains_add(struct ctl_request *r)
{
	const struct accounts *a = &r->env.accounts;
	json_error_t error;
	struct span name;

	if (json_unpack_ex(r->body, &error, 0, "{s:s% !}", "domain", &name.p,
		&name.n) < 0) {
		ctl_answer_problem(r, CTL_BAD_REQUEST, error.text);
		return;
	}
	buf_add_span(&r->domain, name);
	if (!ctl_domain_ascii(&r->domain))
		ctl_answer_problem(r, CTL_BAD_DOMAIN, NULL);
	else if (domains_configured(a->conf, buf_span(&r->domain)))
		ctl_answer_problem(r, CTL_DOMAIN_EXISTS,
		    "the configuration names it");
	else
		store_domain_add(a->store, buf_span(&r->domain), added, r);
}

/* ---- removing ---- */

struct inhabitants {
	struct span domain;
	size_t users, aliases;
};

static bool
count_user(void *arg, const struct store_user *u)
{
	struct inhabitants *i = arg;

	i->users +=
	    span_ieq(user_name_domain(span_str(u->name)), i->domain);
	return true;
}

static bool
count_alias(void *arg, const struct store_alias *a)
{
	struct inhabitants *i = arg;

	i->aliases +=
	    span_ieq(user_name_domain(span_str(a->name)), i->domain);
	return true;
}

static void
removed(void *arg, enum store_status st)
{
	struct ctl_request *r = arg;

	if (st == STORE_OK) {
		log_info("domains: removed", "domain=%s", r->domain.data);
		ctl_answer_done(r);
		return;
	}
	ctl_answer_problem(r,
	    st == STORE_NONEXISTENT ? CTL_NO_SUCH_DOMAIN
				    : ctl_problem_of_store(st),
	    NULL);
}

static void
refuse_inhabited(struct ctl_request *r, const struct inhabitants *i)
{
	struct buf detail = { 0 };

	buf_addf(&detail, "users: %zu, aliases: %zu", i->users, i->aliases);
	ctl_answer_problem(r, CTL_DOMAIN_IN_USE, detail.data);
	buf_free(&detail);
}

/* One that the configuration names, too, stays one of ours. */
static void
remove_added(struct ctl_request *r)
{
	const struct accounts *a = &r->env.accounts;
	struct inhabitants i = { .domain = buf_span(&r->domain) };
	enum store_status st = STORE_OK;

	store_begin(a->store);
	if (!domains_configured(a->conf, i.domain))
		st = store_user_each(a->store, count_user, &i);
	if (st == STORE_OK && !domains_configured(a->conf, i.domain))
		st = store_alias_each(a->store, count_alias, &i);
	store_end(a->store);
	if (st != STORE_OK)
		ctl_answer_problem(r, ctl_problem_of_store(st), NULL);
	else if (i.users + i.aliases > 0)
		refuse_inhabited(r, &i);
	else
		store_domain_remove(a->store, i.domain, removed, r);
}

void
ctl_domains_remove(struct ctl_request *r)
{
	const struct accounts *a = &r->env.accounts;
	enum store_status st;

	if (!ctl_domain_ascii(&r->domain)) {
		ctl_answer_problem(r, CTL_BAD_DOMAIN, NULL);
		return;
	}
	st = store_domain_find(a->store, buf_span(&r->domain));
	if (st == STORE_OK)
		remove_added(r);
	else if (st == STORE_NONEXISTENT &&
	    domains_configured(a->conf, buf_span(&r->domain)))
		ctl_answer_problem(r, CTL_DOMAIN_CONFIGURED,
		    "take its \"domain\" line out of maild.conf, and reload");
	else
		removed(r, st);
}
