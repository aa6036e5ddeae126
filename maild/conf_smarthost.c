/* SPDX-License-Identifier: ISC */
/* "smarthost smtps://mx.example.org:465". */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf_table.h"

static const struct {
	const char *scheme;
	uint16_t port;
} schemes[] = {
	[CONF_SMARTHOST_TLS] = { "smtps://", 465 },
	[CONF_SMARTHOST_STARTTLS] = { "smtp://", 587 },
	[CONF_SMARTHOST_CLEAR] = { "smtp+insecure://", 25 },
};
#define NSCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static bool
take_scheme(struct conf_smarthost *h, struct span *s)
{
	for (size_t i = 0; i < NSCHEMES; i++) {
		struct span scheme = span_str(schemes[i].scheme);

		if (!span_iprefix(*s, scheme))
			continue;
		h->tls = (enum conf_smarthost_tls)i;
		h->port = schemes[i].port;
		*s = span_sub(*s, scheme.n, s->n);
		return true;
	}
	return false;
}

/* The host, in brackets if it is an address of version 6; what is behind. */
static bool
take_host(struct conf_smarthost *h, struct span *s)
{
	const bool bracket = s->n > 0 && s->p[0] == '[';
	struct in6_addr in6;
	struct span host;
	size_t n = 0;

	while (n < s->n && s->p[n] != (bracket ? ']' : ':'))
		n++;
	host =
	    bracket ? span_sub(*s, 1, n > 0 ? n - 1 : 0) : span_sub(*s, 0, n);
	if (host.n == 0 || host.n >= sizeof(h->host) || (bracket && n == s->n))
		return false;
	*s = span_sub(*s, bracket ? n + 1 : n, s->n);
	for (size_t i = 0; i < host.n; i++)
		h->host[i] = (char)ascii_lower((unsigned char)host.p[i]);
	h->host[host.n] = '\0';
	if (bracket)
		return inet_pton(AF_INET6, h->host, &in6) == 1;
	return strspn(h->host, "abcdefghijklmnopqrstuvwxyz0123456789.-") ==
	       host.n;
}

static bool
take_port(struct conf_smarthost *h, struct span s)
{
	uint64_t port;

	if (s.n == 0)
		return true;
	if (s.p[0] != ':' || span_u64(span_sub(s, 1, s.n), 65535, &port) < 0 ||
	    port == 0)
		return false;
	h->port = (uint16_t)port;
	return true;
}

static bool
parse_smarthost(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	const struct scfg_word *w = conf_one_value(s, d, e);
	struct conf_smarthost h = { 0 };
	struct span rest;

	if (w == NULL)
		return false;
	rest = span_str(w->s);
	if (rest.n > 0 && (!take_scheme(&h, &rest) || !take_host(&h, &rest) ||
			      !take_port(&h, rest))) {
		scfg_error(e, &w->pos,
		    "\"%s\" is not smtps://HOST, smtp://HOST or "
		    "smtp+insecure://HOST with or without :PORT",
		    w->s);
		return false;
	}
	free(c->smarthost);
	c->smarthost = NULL;
	if (w->s[0] != '\0') {
		c->smarthost = xmalloc(sizeof(h));
		*c->smarthost = h;
	}
	return true;
}

static void
format_smarthost(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	const struct conf_smarthost *h = c->smarthost;
	struct buf url = { 0 };

	(void)s;
	(void)i;
	if (h != NULL)
		buf_addf(&url,
		    strchr(h->host, ':') != NULL ? "%s[%s]:%u" : "%s%s:%u",
		    schemes[h->tls].scheme, h->host, h->port);
	scfg_quote(out, url.len > 0 ? url.data : "");
	buf_free(&url);
}

static void
clear_smarthost(struct conf *c, const struct conf_setting *s)
{
	(void)s;
	free(c->smarthost);
}

const struct conf_type conf_type_smarthost = {
	.syntax = "URL",
	.parse = parse_smarthost,
	.format = format_smarthost,
	.clear = clear_smarthost,
};
