/* SPDX-License-Identifier: ISC */
#include "route.h"

#include <stdlib.h>
#include <time.h>

#include "domains.h"
#include "log.h"
#include "route_place.h"
#include "srs.h"
#include "user_name.h"

/* The aliases that led here, the last first. */
struct via {
	const struct via *up;
	const char *name;
	unsigned depth;
};

struct walk {
	struct route *route;
	struct store *store;
	const struct conf *conf;
	unsigned aliases; /* expanded so far */
	size_t ends;      /* that were told */
	bool looped;
	/* An alias that is not there yet, and its targets, each with a line
	 * end; or NULL. */
	const char *pending;
	struct span pending_lines;
};

static enum route_status walk(struct walk *w, struct span address,
    const struct via *via);

/* ---- ends ---- */

static void
tell_end(struct walk *w, struct route_end *e, const struct via *via)
{
	w->ends++;
	if (w->route->on_end == NULL)
		return;
	e->nvia = via != NULL ? via->depth : 0;
	for (; via != NULL; via = via->up)
		e->via[via->depth - 1] = via->name;
	w->route->on_end(w->route->end_arg, e);
}

/* ---- users ---- */

static enum route_status
from_store(enum store_status st)
{
	switch (st) {
	case STORE_OK:
		return ROUTE_OK;
	case STORE_NONEXISTENT:
	case STORE_CANNOT:
		return ROUTE_UNKNOWN;
	case STORE_OVERQUOTA:
		return ROUTE_FULL;
	default:
		return ROUTE_UNAVAILABLE;
	}
}

static enum route_status
target_add(struct route *r, const struct store_mailbox *m, struct span address)
{
	struct route_target *t;

	for (size_t i = 0; i < r->ntargets; i++) {
		if (r->target[i].mailbox.id == m->id)
			return ROUTE_OK;
	}
	if (r->ntargets == ROUTE_TARGETS_MAX)
		return ROUTE_TOO_MANY;
	if (r->ntargets == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 4;
		r->target = xrealloc_array(r->target, r->cap,
		    sizeof(*r->target));
	}
	t = &r->target[r->ntargets++];
	*t = (struct route_target){ .mailbox = *m };
	memcpy(t->address, address.p, address.n);
	return ROUTE_OK;
}

/* The address is kept as it was written; another server knows what it means. */
static enum route_status
remote_add(struct route *r, const struct place *p, struct span address)
{
	struct route_remote *to;

	for (size_t i = 0; i < r->nremotes; i++) {
		if (span_ieqs(address, r->remote[i].address))
			return ROUTE_OK;
	}
	if (r->nremotes == ROUTE_TARGETS_MAX)
		return ROUTE_TOO_MANY;
	if (r->nremotes == r->capremotes) {
		r->capremotes = r->capremotes > 0 ? 2 * r->capremotes : 4;
		r->remote = xrealloc_array(r->remote, r->capremotes,
		    sizeof(*r->remote));
	}
	to = &r->remote[r->nremotes++];
	*to = (struct route_remote){ .origin = r->origin };
	memcpy(to->address, address.p, address.n);
	for (size_t i = 0; i < p->domain.n; i++)
		to->domain[i] = (char)ascii_lower((unsigned char)p->domain.p[i]);
	return ROUTE_OK;
}

/* Who submits may send anywhere; an alias is the admin's own doing. */
static enum route_status
leave(struct walk *w, const struct place *p, struct span address,
    const struct via *via)
{
	enum route_status st;

	if (via == NULL && (!w->route->relay || !conf_relays(w->conf)))
		return ROUTE_FOREIGN;
	if (!conf_relays(w->conf))
		return ROUTE_ELSEWHERE;
	st = remote_add(w->route, p, address);
	if (st == ROUTE_OK)
		tell_end(w, &(struct route_end){ .address = address }, via);
	return st;
}

static enum route_status
deliver_to(struct walk *w, const struct store_user *u, struct span detail,
    struct span address, const struct via *via)
{
	struct route_end end = { .address = address, .user = u };
	struct store_mailbox m;
	enum route_status added;
	enum store_status st;

	if (u->disabled)
		return ROUTE_DISABLED;
	if (!place_folder(w->store, u, detail, &m)) {
		st = store_mailbox_open(w->store, u, SPAN_LIT("INBOX"), &m);
		if (st != STORE_OK)
			return from_store(st);
	}
	if (w->route->size > 0) {
		st = store_quota_room(w->store, u->id, w->route->size);
		if (st != STORE_OK)
			return from_store(st);
	}
	w->route->here = true;
	added = target_add(w->route, &m, address);
	end.mailbox = m.id;
	if (added == ROUTE_OK)
		tell_end(w, &end, via);
	return added;
}

/* ---- aliases ---- */

static bool
copy_targets(void *arg, const struct store_alias *a)
{
	struct buf *lines = arg;

	for (size_t i = 0; i < a->ntargets; i++) {
		buf_add_span(lines, a->target[i]);
		buf_addc(lines, '\n');
	}
	return true;
}

/* Whether one bad target of several makes the whole alias bad. */
static bool
is_grave(enum route_status st)
{
	return st != ROUTE_OK && st != ROUTE_UNKNOWN && st != ROUTE_DISABLED;
}

static enum route_status
walk_targets(struct walk *w, const struct via *via, struct span lines)
{
	enum route_status worst = ROUTE_UNKNOWN;
	struct span target;

	while (span_split(&lines, '\n', &target)) {
		enum route_status st = walk(w, target, via);

		if (w->pending == NULL && w->route->on_end == NULL &&
		    (st == ROUTE_UNKNOWN || st == ROUTE_DISABLED))
			log_warning("route: alias target takes no mail",
			    "alias=%s target=%.*s", via->name,
			    LOG_SPAN(target));
		if (is_grave(st) || (st == ROUTE_OK && !is_grave(worst)))
			worst = st;
	}
	return worst;
}

/* Whether an alias of that name led here. */
static bool
in_expansion(const struct via *via, struct span name)
{
	while (via != NULL && !span_ieqs(name, via->name))
		via = via->up;
	return via != NULL;
}

static enum route_status
find_alias(struct walk *w, const char *name, struct buf *lines)
{
	if (w->pending == NULL || !span_ieqs(span_str(name), w->pending))
		return from_store(store_alias_find(w->store, span_str(name),
		    copy_targets, lines));
	buf_add_span(lines, w->pending_lines);
	return ROUTE_OK;
}

static enum route_status
try_alias(struct walk *w, const char *name, const struct via *via)
{
	struct via here = { via, name, via != NULL ? via->depth + 1 : 1 };
	struct buf lines = { 0 };
	enum route_status st = find_alias(w, name, &lines);

	if (st == ROUTE_OK && (in_expansion(via, span_str(name)) ||
				  here.depth > ROUTE_DEPTH_MAX ||
				  ++w->aliases > ROUTE_ALIASES_MAX)) {
		st = ROUTE_LOOP;
		w->looped = true;
	} else if (st == ROUTE_OK) {
		st = walk_targets(w, &here, buf_span(&lines));
	}
	buf_free(&lines);
	return st;
}

/* ---- the walk ---- */

static enum route_status
try_user(struct walk *w, const struct place *p, struct span detail,
    const char *address, const struct via *via)
{
	struct store_user u;
	enum store_status st = store_user_find(w->store, span_str(p->text), &u);

	if (st != STORE_OK)
		return from_store(st);
	return deliver_to(w, &u, detail, span_str(address), via);
}

/* The alias or the user named p; address is how it was written. */
static enum route_status
try_name(struct walk *w, const struct place *p, struct span detail,
    const char *address, const struct via *via)
{
	enum route_status st = try_alias(w, p->text, via);

	return st == ROUTE_UNKNOWN ? try_user(w, p, detail, address, via) : st;
}

struct first_user {
	struct store_user user;
	bool found;
};

static bool
keep_first_user(void *arg, const struct store_user *u)
{
	struct first_user *f = arg;

	if (u->disabled || (f->found && u->created > f->user.created))
		return true;
	if (f->found && u->created == f->user.created && u->id > f->user.id)
		return true;
	f->user = *u;
	f->found = true;
	return true;
}

/* RFC 5321 section 4.5.1, RFC 2142: these are always there. */
static enum route_status
try_role(struct walk *w, const struct place *p, const struct via *via)
{
	const struct span first_domain = span_str(w->conf->domain[0]);
	const bool abuse = span_ieqs(p->local, "abuse");
	struct first_user first = { 0 };
	struct place next;
	enum store_status st;

	if (!abuse && !span_ieqs(p->local, "postmaster"))
		return ROUTE_UNKNOWN;
	if (!span_ieq(p->domain, first_domain))
		return place_set(&next, p->local, first_domain) ?
		    walk(w, span_str(next.text), via) : ROUTE_UNKNOWN;
	if (abuse)
		return walk(w, SPAN_LIT("postmaster"), via);
	st = store_user_each(w->store, keep_first_user, &first);
	if (st != STORE_OK || !first.found)
		return st != STORE_OK ? from_store(st) : ROUTE_UNKNOWN;
	return deliver_to(w, &first.user, span_of("", 0), span_str(p->text),
	    via);
}

/* What comes back to mail that was passed on.  The address is one that we have
 * signed, so it may leave as an alias's target may. */
static enum route_status
try_srs(struct walk *w, const struct place *p)
{
	const struct via here = { NULL, p->text, 1 };
	enum route_status st = ROUTE_UNKNOWN;
	struct buf sender = { 0 };

	if (w->route->srs_key != NULL && w->conf->srs_domain != NULL &&
	    span_ieqs(p->domain, w->conf->srs_domain) &&
	    srs_reverse(&sender, w->route->srs_key, p->local, time(NULL)) == 0)
		st = walk(w, buf_span(&sender), &here);
	buf_free(&sender);
	return st;
}

static enum route_status
lead(struct walk *w, struct span address, const struct via *via)
{
	const struct span none = { "", 0 };
	struct span base, detail;
	struct place p, without;
	enum store_status here;
	enum route_status st;

	if (!place_parse(&p, w->conf, address))
		return ROUTE_UNKNOWN;
	here = domains_find(w->store, w->conf, span_str(p.text));
	if (here != STORE_OK)
		return here == STORE_NONEXISTENT ? leave(w, &p, address, via) :
						   from_store(here);
	st = try_name(w, &p, none, p.text, via);
	if (st == ROUTE_UNKNOWN &&
	    place_split_detail(w->conf, p.local, &base, &detail) &&
	    place_set(&without, base, p.domain))
		st = try_name(w, &without, detail, p.text, via);
	if (st == ROUTE_UNKNOWN)
		st = try_role(w, &p, via);
	if (st == ROUTE_UNKNOWN && via == NULL)
		st = try_srs(w, &p);
	/* Whatever nobody else wanted: its name is "@example.org". */
	return st == ROUTE_UNKNOWN ? try_alias(w, p.domain.p - 1, via) : st;
}

/* What leads nowhere ends here, unless the ends behind it say why. */
static enum route_status
walk(struct walk *w, struct span address, const struct via *via)
{
	const size_t ends = w->ends;
	enum route_status st = lead(w, address, via);

	if (st != ROUTE_OK && w->ends == ends)
		tell_end(w, &(struct route_end){ .status = st,
		    .address = address }, via);
	return st;
}

enum route_status
route_add(struct route *r, struct store *st, const struct conf *conf,
    struct span address)
{
	struct walk w = { .route = r, .store = st, .conf = conf };
	const size_t before = r->ntargets, remotes = r->nremotes;
	enum route_status status;

	store_begin(st);
	status = walk(&w, address, NULL);
	store_end(st);
	if (status != ROUTE_OK) {
		r->ntargets = before;
		r->nremotes = remotes;
	}
	return status;
}

void
route_clear(struct route *r)
{
	free(r->target);
	free(r->remote);
	*r = (struct route){ 0 };
}

bool
route_loops(struct store *st, const struct conf *conf, const char *name,
    const struct span *target, size_t n)
{
	struct route r = { .relay = true };
	struct walk w = { .route = &r, .store = st, .conf = conf,
		.pending = name };
	struct buf lines = { 0 };

	for (size_t i = 0; i < n; i++) {
		buf_add_span(&lines, target[i]);
		buf_addc(&lines, '\n');
	}
	w.pending_lines = buf_span(&lines);
	store_begin(st);
	try_alias(&w, name, NULL);
	store_end(st);
	route_clear(&r);
	buf_free(&lines);
	return w.looped;
}

static bool
is_name_of(struct walk *w, const struct store_user *user, struct span address)
{
	struct store_user u;
	struct place p;

	return place_parse(&p, w->conf, address) &&
	    store_user_find(w->store, span_str(p.text), &u) == STORE_OK &&
	    u.id == user->id;
}

struct granted {
	struct span address;
	bool found;
};

static bool
on_granted(void *arg, const struct store_alias *a)
{
	struct granted *g = arg;

	for (size_t i = 0; i < a->ntargets && !g->found; i++)
		g->found = span_eq(a->target[i], g->address);
	return false;
}

static bool
is_granted(struct walk *w, const struct store_user *user, struct span address)
{
	struct granted g = { .address = address };
	struct buf folded = { 0 };
	struct place p;

	if (place_parse(&p, w->conf, address) &&
	    user_name_fold(&folded, span_str(p.text)) == 0) {
		g.address = buf_span(&folded);
		store_send_as_find(w->store, span_str(user->name), on_granted,
		    &g);
	}
	buf_free(&folded);
	return g.found;
}

bool
route_owned(struct store *st, const struct conf *conf,
    const struct store_user *user, struct span address)
{
	struct route r = { 0 };
	struct walk w = { .route = &r, .store = st, .conf = conf };
	bool owned;

	/* What an alias cannot deliver elsewhere does not matter here. */
	store_begin(st);
	owned = is_name_of(&w, user, address) ||
	    is_granted(&w, user, address);
	walk(&w, address, NULL);
	store_end(st);
	for (size_t i = 0; i < r.ntargets && !owned; i++)
		owned = r.target[i].mailbox.owner == user->id;
	route_clear(&r);
	return owned;
}
