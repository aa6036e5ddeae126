/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "conf.h"
#include "log.h"
#include "outbound_addresses.h"
#include "outbound_mx.h"
#include "outbound_state.h"
#include "outbound_sts.h"

/* The hosts of the domain, and the addresses of the one at hand: IPv6 first,
 * then as they come. */
struct outbound_way {
	struct outbound_job *job;
	struct buf key;
	struct outbound_mx mx;
	size_t next_host;
	const char *host;
	uint16_t port;
	enum outbound_security security;
	const char *user, *password;
	struct outbound_dns_query *query;
	struct outbound_sts_query *policy_query;
	struct mta_sts policy;
	struct outbound_addresses addresses;
	size_t next; /* of them */
	enum outbound_security host_security; /* of the one at hand */
	bool secure, host_secure; /* DNSSEC proves the hosts, the addresses */
	char base[OUTBOUND_DANE_NAME]; /* what the host is an alias of, or it */
	struct outbound_dane dane;
	bool failed; /* some name could not be looked up */
	bool by_mx;  /* the hosts are named by MX records */
	enum require_tls require;
	struct outbound_trouble trouble;
};

static void next_host(struct outbound_way *w);

void
outbound_way_free(struct outbound_way *w)
{
	if (w == NULL)
		return;
	outbound_dns_cancel(w->query);
	outbound_sts_cancel(w->policy_query);
	mta_sts_clear(&w->policy);
	outbound_dane_clear(&w->dane);
	buf_free(&w->key);
	outbound_trouble_clear(&w->trouble);
	free(w);
}

static void
set_base(struct outbound_way *w, const char *name)
{
	size_t n = strnlen(name, sizeof(w->base) - 1);

	n -= n > 0 && name[n - 1] == '.';
	memmove(w->base, name, n);
	w->base[n] = '\0';
}

/* ---- when there is none ---- */

static const char *const key_of[REQUIRE_TLS_KINDS] = {
	[REQUIRE_TLS_UNSAID] = "",
	[REQUIRE_TLS_YES] = "required ",
	[REQUIRE_TLS_NO] = "optional ",
};

/* Connections are as verified as the messages that they are made for want. */
static void
set_key(struct outbound_way *w)
{
	const struct conf_smarthost *h =
	    w->job->outbound->process->conf->smarthost;

	buf_clear(&w->key);
	buf_adds(&w->key, key_of[w->require]);
	if (h != NULL)
		buf_addf(&w->key, "smarthost %s %u", h->host, h->port);
	else
		buf_addf(&w->key, "domain %s", w->job->domain);
}

/* A notification goes all the same (RFC 8689 section 5). */
static void
relax(struct outbound_way *w)
{
	outbound_trouble_clear(&w->trouble);
	w->require = REQUIRE_TLS_UNSAID;
	w->next_host = 0;
	set_key(w);
	next_host(w);
}


static void
give_up_servers(struct outbound_way *w)
{
	struct outbound_trouble *t = &w->trouble;
	const char *enhanced;
	unsigned code;

	if (w->failed && t->for_good)
		t->for_good = false;
	if (t->for_good && w->job->sender[0] == '\0') {
		relax(w);
		return;
	}
	code = outbound_trouble_code(t, &enhanced);
	outbound_job_fail(w->job, code, enhanced, "", t->text.data);
}

static void
give_up(struct outbound_way *w)
{
	struct outbound_job *j = w->job;
	struct buf text = { 0 };

	if (w->trouble.text.len > 0) {
		give_up_servers(w);
		return;
	}
	/* That of a smarthost is for the admin to mend. */
	if (w->failed || w->security != OUTBOUND_MAY) {
		buf_addf(
		    &text, "the address of %s cannot be looked up", w->host);
		outbound_job_fail(j, 451, "4.4.3", "", text.data);
	} else {
		buf_addf(&text, "%s has no address", w->host);
		outbound_job_fail(j, 550, "5.4.4", "", text.data);
	}
	buf_free(&text);
}

static void
give_up_host(struct outbound_way *w, const char *host,
    enum outbound_obstacle what, const char *problem)
{
	log_warning("outbound: a server cannot be used",
	    "host=%s job=%u problem=%s", host, w->job->number, problem);
	outbound_trouble_add(&w->trouble, host, what,
	    w->require == REQUIRE_TLS_YES, problem);
}

/* ---- connecting ---- */

static void
connect_to(struct outbound_way *w, enum outbound_security security)
{
	int len;
	const struct sockaddr *sa = outbound_address_at(
	    &w->addresses.address[w->next - 1], w->port, &len);

	outbound_conn_open(
	    w->job, &(struct outbound_peer){
			.key = w->key.data,
			.host = w->host,
			.sa = sa,
			.sa_len = len,
			.security = security,
			.user = w->user,
			.password = w->password,
		    });
}

static void
try_next(struct outbound_way *w)
{
	if (w->next == w->addresses.n) {
		next_host(w);
		return;
	}
	w->next++;
	connect_to(w, w->host_security);
}

/* Where TLS is only a bonus, a server that breaks it is spoken to without. */
void
outbound_way_next(struct outbound_job *j, const char *host,
    enum outbound_security tried, enum outbound_obstacle what,
    const char *problem)
{
	struct outbound_way *w = j->way;

	give_up_host(w, host, what, problem);
	if (what == OUTBOUND_BAD_TLS && tried == OUTBOUND_MAY)
		connect_to(w, OUTBOUND_CLEAR);
	else
		try_next(w);
}

bool
outbound_way_requires_tls(const struct outbound_way *w)
{
	return w->require == REQUIRE_TLS_YES;
}

/* RFC 8689 section 4.2.1: that the host is the domain's is for DNSSEC or the
 * policy to say, who it is for its certificate. */
static void
use_required(struct outbound_way *w)
{
	const bool named = w->policy.mode != MTA_STS_NONE &&
	    mta_sts_has(&w->policy, span_str(w->host));

	if (w->host_security == OUTBOUND_CLEAR) {
		give_up_host(w, w->host, OUTBOUND_NO_TLS,
		    "it is spoken to without TLS");
		next_host(w);
		return;
	}
	if (w->by_mx && !w->secure && !named) {
		give_up_host(w, w->host, OUTBOUND_UNPROVEN,
		    "neither DNSSEC nor MTA-STS says that it is a server of "
		    "the domain");
		next_host(w);
		return;
	}
	if (w->host_security == OUTBOUND_MAY ||
	    (w->host_security == OUTBOUND_DANE && w->dane.n == 0))
		w->host_security = OUTBOUND_STARTTLS;
	try_next(w);
}

/* DANE goes before MTA-STS (RFC 8461 section 2). */
static void
use_host(struct outbound_way *w)
{
	if (w->policy.mode == MTA_STS_ENFORCE &&
	    w->host_security == OUTBOUND_MAY) {
		if (!mta_sts_has(&w->policy, span_str(w->host))) {
			give_up_host(w, w->host, OUTBOUND_UNNAMED,
			    "it is none of the servers that the MTA-STS "
			    "policy of the domain names");
			next_host(w);
			return;
		}
		w->host_security = OUTBOUND_STARTTLS;
	}
	if (w->require == REQUIRE_TLS_YES)
		use_required(w);
	else
		try_next(w);
}

/* ---- DANE (RFC 7672 section 2.2) ---- */

const struct outbound_dane *
outbound_way_dane(const struct outbound_way *w)
{
	return &w->dane;
}

static void ask_tlsa(struct outbound_way *w);

/* Whoever hides the records may be one who forges: the host is out. */
static void
no_tlsa(struct outbound_way *w)
{
	give_up_host(w, w->host, OUTBOUND_UNKNOWN,
	    "its TLSA records cannot be looked up");
	next_host(w);
}

static void
on_tlsa(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;

	w->query = NULL;
	if (a->status == OUTBOUND_DNS_FAILED) {
		no_tlsa(w);
	} else if (a->status == OUTBOUND_DNS_OK && a->secure) {
		outbound_dane_read(&w->dane, a, w->base);
		w->host_security = OUTBOUND_DANE;
		use_host(w);
	} else if (strcmp(w->base, w->host) != 0) {
		set_base(w, w->host);
		ask_tlsa(w);
	} else {
		use_host(w);
	}
}

static void
ask_tlsa(struct outbound_way *w)
{
	struct buf owner = { 0 };

	outbound_dane_owner(&owner, w->base, w->port);
	w->query = outbound_dns_ask(w->job->outbound->dns, owner.data,
	    OUTBOUND_DNS_TLSA, on_tlsa, w);
	buf_free(&owner);
}

/* ---- the addresses of a host ---- */

static void
add_answer(
    struct outbound_way *w, const struct outbound_dns_answer *a, int family)
{
	w->query = NULL;
	w->failed = w->failed || a->status == OUTBOUND_DNS_FAILED;
	/* Whoever breaks one of the lookups does not get around DANE so. */
	if (a->status != OUTBOUND_DNS_FAILED)
		w->host_secure = w->host_secure && a->secure;
	if (a->canon != NULL)
		set_base(w, a->canon);
	outbound_addresses_add(&w->addresses, a, family);
}

static void
on_a(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;

	add_answer(w, a, AF_INET);
	if (w->host_secure && w->addresses.n > 0 &&
	    w->require != REQUIRE_TLS_NO)
		ask_tlsa(w);
	else
		use_host(w);
}

static void
on_aaaa(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;

	add_answer(w, a, AF_INET6);
	w->query = outbound_dns_ask(
	    w->job->outbound->dns, w->host, OUTBOUND_DNS_A, on_a, w);
}

static void
next_host(struct outbound_way *w)
{
	if (w->next_host == w->mx.n) {
		give_up(w);
		return;
	}
	w->host = w->mx.host[w->next_host++].name;
	w->next = 0;
	w->host_security = w->security;
	w->host_secure = w->secure;
	set_base(w, w->host);
	if (outbound_addresses_known(&w->addresses, w->host))
		use_host(w);
	else
		w->query = outbound_dns_ask(w->job->outbound->dns, w->host,
		    OUTBOUND_DNS_AAAA, on_aaaa, w);
}

/* ---- the hosts of a domain ---- */

static void
use_mx(struct outbound_way *w, const struct outbound_dns_answer *a)
{
	struct outbound_job *j = w->job;
	const char *self = j->outbound->process->conf->hostname;

	switch (outbound_mx_read(&w->mx, a, self)) {
	case OUTBOUND_MX_OK:
		w->by_mx = true;
		next_host(w);
		break;
	case OUTBOUND_MX_NULL:
		outbound_job_fail(
		    j, 556, "5.1.10", "", "the domain takes no mail");
		break;
	case OUTBOUND_MX_LOOP:
		outbound_job_fail(j, 554, "5.4.6", "",
		    "the mail would come back to this server");
		break;
	case OUTBOUND_MX_BAD:
		outbound_job_fail(j, 550, "5.4.4", "",
		    "the domain names no server that can be");
		break;
	}
}

static void
on_mx(void *arg, const struct outbound_dns_answer *a)
{
	struct outbound_way *w = arg;
	struct outbound_job *j = w->job;

	w->query = NULL;
	w->secure = a->secure;
	switch (a->status) {
	case OUTBOUND_DNS_OK:
		use_mx(w, a);
		break;
	case OUTBOUND_DNS_NODATA: /* RFC 5321 section 5.1 */
		outbound_mx_one(&w->mx, span_str(j->domain));
		next_host(w);
		break;
	case OUTBOUND_DNS_NXDOMAIN:
		outbound_job_fail(
		    j, 550, "5.1.2", "", "there is no such domain");
		break;
	case OUTBOUND_DNS_FAILED:
		outbound_job_fail(j, 451, "4.4.3", "",
		    "the servers of the domain cannot be looked up");
		break;
	}
}

/* ---- the way ---- */

static void
ask_mx(struct outbound_way *w)
{
	struct outbound_job *j = w->job;

	w->query = outbound_dns_ask(
	    j->outbound->dns, j->domain, OUTBOUND_DNS_MX, on_mx, w);
}

static void
on_policy(void *arg, const struct mta_sts *policy)
{
	struct outbound_way *w = arg;

	w->policy_query = NULL;
	mta_sts_copy(&w->policy, policy);
	ask_mx(w);
}

static void
begin(struct outbound_way *w)
{
	struct outbound_job *j = w->job;
	struct span address;

	if (w->mx.n > 0) {
		next_host(w);
	} else if (outbound_mx_literal(span_str(j->domain), &address)) {
		outbound_mx_one(&w->mx, address);
		next_host(w);
	} else if (j->outbound->sts != NULL &&
		   w->require != REQUIRE_TLS_NO) {
		w->policy_query = outbound_sts_ask(
		    j->outbound->sts, j->domain, on_policy, w);
	} else {
		ask_mx(w);
	}
}

void
outbound_way_again(struct outbound_job *j)
{
	begin(j->way);
}

static void
use_smarthost(struct outbound_way *w, const struct conf *conf)
{
	static const enum outbound_security security[] = {
		[CONF_SMARTHOST_TLS] = OUTBOUND_TLS,
		[CONF_SMARTHOST_STARTTLS] = OUTBOUND_STARTTLS,
		[CONF_SMARTHOST_CLEAR] = OUTBOUND_CLEAR,
	};
	const struct conf_smarthost *h = conf->smarthost;

	outbound_mx_one(&w->mx, span_str(h->host));
	w->port = h->port;
	w->security = security[h->tls];
	w->user = conf->relay_user;
	w->password = w->job->outbound->password;
}

static void
use_domain(struct outbound_way *w, const struct conf *conf)
{
	w->port = (uint16_t)conf->mx_port;
	w->security = OUTBOUND_MAY;
}

void
outbound_way_start(struct outbound_job *j)
{
	const struct conf *conf = j->outbound->process->conf;
	struct outbound_way *w = xcalloc(1, sizeof(*w));

	j->way = w;
	w->job = j;
	w->require = j->require_tls;
	if (!conf_relays(conf)) {
		outbound_job_fail(
		    j, 451, "4.4.0", "", "mail is not passed on here any more");
		return;
	}
	if (conf->smarthost != NULL)
		use_smarthost(w, conf);
	else
		use_domain(w, conf);
	set_key(w);
	if (!outbound_conn_reuse(j, w->key.data))
		begin(w);
}
