/* SPDX-License-Identifier: ISC */
#include "discover.h"

#include <stdlib.h>

#include "autoconfig.h"
#include "srv.h"
#include "transport.h"
#include "transport_https.h"

#define PROBE_SECONDS 10

struct search {
	struct discovery *out;
	const struct discover_options *options;
	const char *address, *domain;
};

/* ---- what was found ---- */

static void
format_url(struct buf *out, bool smtp, bool starttls, const char *host,
    unsigned port)
{
	static const unsigned usual[2][2] = { { 993, 143 }, { 465, 0 } };

	buf_addf(out, "%s%s://%s", smtp ? "smtp" : "imap",
	    starttls ? "" : "s", host);
	/* Port 587 is not what the URL means without one. */
	if (port != usual[smtp][starttls])
		buf_addf(out, ":%u", port);
}

static bool
in_domain(const char *host, const char *domain)
{
	size_t h = strlen(host), d = strlen(domain);

	return h >= d && strcasecmp(host + h - d, domain) == 0 &&
	    (h == d || host[h - d - 1] == '.');
}

static bool
complete(const struct search *s)
{
	return s->out->imap.url != NULL && s->out->smtp.url != NULL;
}

/* ---- autoconfig ---- */

static void
take_server(struct search *s, const struct autoconfig_server *server)
{
	bool smtp = server->service == AUTOCONFIG_SMTP;
	struct discovered *at = smtp ? &s->out->smtp : &s->out->imap;
	struct buf url = { 0 };

	if (at->url != NULL)
		return;
	format_url(&url, smtp, server->starttls, server->host, server->port);
	*at = (struct discovered){
		.url = buf_steal(&url),
		.user = xstrdup(server->user != NULL ? server->user :
						       s->address),
		.source = "autoconfig",
		.oauth = server->oauth,
		.sure = true,
	};
}

/* The address itself is told to nobody: the answer is one for the domain. */
static void
by_autoconfig(struct search *s)
{
	static const struct {
		const char *before, *behind;
	} urls[] = {
		{ "https://autoconfig.", "/mail/config-v1.1.xml" },
		{ "https://", "/.well-known/autoconfig/mail/config-v1.1.xml" },
	};

	for (size_t i = 0; i < 2 && !complete(s); i++) {
		struct buf url = { 0 }, xml = { .max = AUTOCONFIG_MAX };
		struct autoconfig a;

		buf_addf(&url, "%s%s%s", urls[i].before, s->domain,
		    urls[i].behind);
		if (transport_https_get(url.data, s->options->ca_file, &xml) &&
		    autoconfig_parse(&a, buf_span(&xml), s->address) == 0) {
			for (size_t j = 0; j < a.len; j++)
				take_server(s, &a.server[j]);
			autoconfig_clear(&a);
		}
		buf_free(&url);
		buf_free(&xml);
	}
}

/* ---- probing ---- */

static bool
answers(const struct search *s, const char *url)
{
	struct buf err = { 0 };
	struct transport *t;
	int status;

	t = transport_open(url, s->options->ca_file, PROBE_SECONDS, &status,
	    &err);
	buf_free(&err);
	if (t == NULL)
		return false;
	transport_close(t);
	return true;
}

/* Takes over url. */
static void
take_if_it_answers(struct search *s, struct discovered *at, struct buf *url,
    const char *source, bool sure)
{
	if (answers(s, url->data))
		*at = (struct discovered){
			.url = xstrdup(url->data),
			.user = xstrdup(s->address),
			.source = source,
			.sure = sure,
		};
	buf_free(url);
}

/* ---- SRV ---- */

static const struct {
	const char *name;
	bool smtp, starttls;
} services[] = {
	{ "_imaps._tcp", false, false },
	{ "_imap._tcp", false, true },
	{ "_submissions._tcp", true, false },
	{ "_submission._tcp", true, true },
};

static void
by_srv(struct search *s)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		bool smtp = services[i].smtp;
		struct discovered *at = smtp ? &s->out->smtp : &s->out->imap;
		struct buf name = { 0 }, url = { 0 };
		char host[SRV_HOST_MAX];
		unsigned port;

		buf_addf(&name, "%s.%s", services[i].name, s->domain);
		if (at->url == NULL &&
		    srv_ask(name.data, s->options->resolver, host, &port) &&
		    autoconfig_host_ok(span_str(host))) {
			format_url(&url, smtp, services[i].starttls, host,
			    port);
			take_if_it_answers(s, at, &url, "srv",
			    in_domain(host, s->domain));
		}
		buf_free(&name);
	}
}

/* ---- guesses ---- */

static const struct {
	const char *prefix;
	bool smtp, starttls;
	unsigned port;
} guesses[] = {
	{ "imap.", false, false, 993 },
	{ "mail.", false, false, 993 },
	{ "", false, false, 993 },
	{ "imap.", false, true, 143 },
	{ "mail.", false, true, 143 },
	{ "smtp.", true, false, 465 },
	{ "mail.", true, false, 465 },
	{ "", true, false, 465 },
	{ "smtp.", true, true, 587 },
	{ "mail.", true, true, 587 },
};

static void
by_guess(struct search *s)
{
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		bool smtp = guesses[i].smtp;
		struct discovered *at = smtp ? &s->out->smtp : &s->out->imap;
		struct buf host = { 0 }, url = { 0 };

		if (at->url != NULL)
			continue;
		buf_addf(&host, "%s%s", guesses[i].prefix, s->domain);
		format_url(&url, smtp, guesses[i].starttls, host.data,
		    guesses[i].port);
		buf_free(&host);
		take_if_it_answers(s, at, &url, "guess", true);
	}
}

/* ---- all of it ---- */

void
discover(struct discovery *d, const char *address,
    const struct discover_options *o)
{
	struct search s = {
		.out = d,
		.options = o,
		.address = address,
		.domain = strrchr(address, '@') + 1,
	};

	*d = (struct discovery){ 0 };
	if (!autoconfig_host_ok(span_str(s.domain)))
		return;
	by_autoconfig(&s);
	if (!complete(&s))
		by_srv(&s);
	if (!complete(&s))
		by_guess(&s);
}

void
discovery_clear(struct discovery *d)
{
	free(d->imap.url);
	free(d->imap.user);
	free(d->smtp.url);
	free(d->smtp.user);
	*d = (struct discovery){ 0 };
}
