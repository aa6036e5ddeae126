/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <stdlib.h>

#include "conf.h"
#include "dnsbl.h"
#include "log.h"
#include "outbound_state.h"

/*
 * Whether lists in the DNS name a client: all of them are asked at once, and
 * the first that does ends it.
 */
#define LOOKUPS_MAX 1000

/* One list. */
struct zone {
	struct outbound_lookup *lookup;
	struct span name;
	struct buf question;
	struct outbound_dns_query *dns; /* NULL: it has answered */
	bool listed; /* … or is asked for the reason */
};

struct outbound_lookup {
	LIST_ENTRY(outbound_lookup) entry;
	struct outbound *outbound;
	uint32_t request; /* mail's */
	struct event *deadline;
	char *zones; /* what the names lie in */
	struct zone zone[DNSBL_ZONES_MAX];
	size_t n, asking;
};

static void
lookup_free(struct outbound_lookup *l)
{
	LIST_REMOVE(l, entry);
	l->outbound->nlookups--;
	for (size_t i = 0; i < l->n; i++) {
		outbound_dns_cancel(l->zone[i].dns);
		buf_free(&l->zone[i].question);
	}
	event_free(l->deadline);
	free(l->zones);
	free(l);
}

void
outbound_lookups_free(struct outbound *o)
{
	while (!LIST_EMPTY(&o->lookups))
		lookup_free(LIST_FIRST(&o->lookups));
}

/* answer: empty where no list names it. */
static void
tell(struct outbound_lookup *l, struct span answer)
{
	struct role_msg m = { .type = ROLE_FILTERED };

	m.filtered.request = l->request;
	m.filtered.answer = answer;
	outbound_tell(l->outbound, &m);
	lookup_free(l);
}

/* Who says nothing lists nobody; who says no reason may have none. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct outbound_lookup *l = arg;
	struct span name = SPAN_LIT("");

	(void)fd;
	(void)what;
	log_warning("outbound: a list of addresses does not answer");
	for (size_t i = 0; i < l->n && name.n == 0; i++) {
		if (l->zone[i].listed)
			name = l->zone[i].name;
	}
	tell(l, name);
}

/* ---- answers ---- */

static void
on_reason(void *arg, const struct outbound_dns_answer *a)
{
	struct zone *z = arg;
	struct buf answer = { 0 };

	z->dns = NULL;
	buf_add_span(&answer, z->name);
	if (a->status == OUTBOUND_DNS_OK && a->n > 0) {
		buf_adds(&answer, ": ");
		dnsbl_reason(&answer, span_of(a->data[0], (size_t)a->len[0]));
	}
	tell(z->lookup, buf_span(&answer));
	buf_free(&answer);
}

static enum dnsbl_answer
look_at(const struct outbound_dns_answer *a)
{
	enum dnsbl_answer found = DNSBL_NOTHING;

	if (a->status != OUTBOUND_DNS_OK)
		return DNSBL_NOTHING;
	for (size_t i = 0; i < a->n && found != DNSBL_LISTED; i++) {
		enum dnsbl_answer one = dnsbl_answer(span_of(a->data[i],
		    (size_t)a->len[i]));

		if (one != DNSBL_NOTHING)
			found = one;
	}
	return found;
}

static void
on_address(void *arg, const struct outbound_dns_answer *a)
{
	struct zone *z = arg;
	struct outbound_lookup *l = z->lookup;
	enum dnsbl_answer found = look_at(a);

	z->dns = NULL;
	if (found == DNSBL_LISTED) {
		z->listed = true;
		z->dns = outbound_dns_ask(l->outbound->dns, z->question.data,
		    OUTBOUND_DNS_TXT, on_reason, z);
		return;
	}
	if (found == DNSBL_REFUSED)
		log_warning("outbound: a list of addresses refuses to tell",
		    "zone=%.*s", LOG_SPAN(z->name));
	if (--l->asking == 0)
		tell(l, SPAN_LIT(""));
}

/* ---- questions ---- */

static void
ask(struct outbound_lookup *l, const char *peer)
{
	struct span rest = span_str(l->zones), name;

	while (l->n < DNSBL_ZONES_MAX && span_split(&rest, ' ', &name)) {
		struct zone *z = &l->zone[l->n];

		if (name.n == 0 || dnsbl_name(&z->question, peer, name) < 0)
			continue;
		z->lookup = l;
		z->name = name;
		z->dns = outbound_dns_ask(l->outbound->dns, z->question.data,
		    OUTBOUND_DNS_A, on_address, z);
		l->n++;
	}
	l->asking = l->n;
}

void
outbound_lookup_new(struct outbound *o, const struct role_msg *m)
{
	struct outbound_lookup *l = xcalloc(1, sizeof(*l));
	const struct conf *conf = o->process->conf;
	const struct timeval patience = { .tv_sec = conf->dnsbl_timeout };
	char *peer = span_dup(m->lookup.peer);

	l->outbound = o;
	l->request = m->lookup.request;
	l->deadline = evtimer_new(o->process->base, on_deadline, l);
	l->zones = xstrdup(conf->dnsbl != NULL ? conf->dnsbl : "");
	LIST_INSERT_HEAD(&o->lookups, l, entry);
	o->nlookups++;
	event_add(l->deadline, &patience);
	if (o->dns != NULL && !o->stopping && o->nlookups <= LOOKUPS_MAX)
		ask(l, peer);
	if (l->n == 0)
		tell(l, SPAN_LIT(""));
	free(peer);
}
