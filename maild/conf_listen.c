/* SPDX-License-Identifier: ISC */
/* "listen imaps :993", "listen lmtp unix:/run/maild/lmtp.sock". */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/un.h>

#include "conf_table.h"

static const struct {
	const char *name;
	bool local_only; /* whoever reaches it may use it */
} kinds[] = {
	[CONF_IMAP] = { .name = "imap" },
	[CONF_IMAPS] = { .name = "imaps" },
	[CONF_SUBMISSION] = { .name = "submission" },
	[CONF_SUBMISSIONS] = { .name = "submissions" },
	[CONF_LMTP] = { .name = "lmtp", .local_only = true },
	[CONF_SMTP] = { .name = "smtp" },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *
conf_listener_name(enum conf_listener kind)
{
	return kinds[kind].name;
}

static bool
find_kind(const struct scfg_word *w, enum conf_listener *out,
    struct scfg_errors *e)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < NKINDS; i++) {
		if (strcmp(w->s, kinds[i].name) == 0) {
			*out = (enum conf_listener)i;
			return true;
		}
	}
	for (size_t i = 0; i < NKINDS; i++)
		buf_addf(&list, i == 0 ? "%s" : ", %s", kinds[i].name);
	scfg_error(e, &w->pos, "\"%s\" is no service: %s", w->s, list.data);
	buf_free(&list);
	return false;
}

/* An IP address in its one usual form, so that equal ones are equal texts. */
static char *
normal_address(const char *s)
{
	unsigned char addr[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];
	int family = strchr(s, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, s, addr) != 1 ||
	    inet_ntop(family, addr, text, sizeof(text)) == NULL)
		return NULL;
	return xstrdup(text);
}

static bool
is_loopback(const char *host)
{
	return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	    strcmp(host, "localhost") == 0;
}

/* ADDRESS:PORT, [ADDRESS]:PORT, localhost:PORT or :PORT. */
static bool
parse_address(const char *s, struct conf_listen *out)
{
	const char *colon = strrchr(s, ':');
	struct span host;
	uint64_t port;
	char *text;

	if (colon == NULL || colon[1] == '\0' ||
	    span_u64(span_str(colon + 1), 65535, &port) < 0 || port == 0)
		return false;
	out->port = (uint16_t)port;
	host = span_of(s, (size_t)(colon - s));
	if (host.n == 0 || span_eq(host, SPAN_LIT("localhost"))) {
		out->host = span_dup(host);
		return true;
	}
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_sub(host, 1, host.n - 2);
	else if (memchr(host.p, ':', host.n) != NULL)
		return false;
	text = span_dup(host);
	out->host = normal_address(text);
	free(text);
	return out->host != NULL;
}

static bool
parse_place(const struct scfg_word *w, struct conf_listen *l,
    struct scfg_errors *e)
{
	bool local_only = kinds[l->kind].local_only;

	if (strncmp(w->s, "unix:", 5) == 0) {
		if (w->s[5] != '/' ||
		    strlen(w->s + 5) >=
			sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
			scfg_error(e, &w->pos,
			    "the path of a socket begins "
			    "with \"/\" and has at most 107 bytes");
			return false;
		}
		if (!local_only) {
			scfg_error(e, &w->pos,
			    "only lmtp can be on a Unix socket");
			return false;
		}
		l->path = xstrdup(w->s + 5);
		return true;
	}
	if (!parse_address(w->s, l)) {
		scfg_error(e, &w->pos,
		    "\"%s\" is no IP address with a port, "
		    "as in :143, 192.0.2.1:143 or [2001:db8::1]:143",
		    w->s);
		return false;
	}
	if (local_only && !is_loopback(l->host)) {
		scfg_error(e, &w->pos,
		    "%s takes mail from anyone: only on a "
		    "Unix socket or localhost",
		    kinds[l->kind].name);
		return false;
	}
	return true;
}

static bool
same_place(const struct conf_listen *a, const struct conf_listen *b)
{
	if (a->path != NULL || b->path != NULL)
		return a->path != NULL && b->path != NULL &&
		       strcmp(a->path, b->path) == 0;
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static bool
place_is_free(const struct conf *c, const struct conf_listen *l,
    const struct scfg_word *w, struct scfg_errors *e)
{
	for (size_t i = 0; i < c->nlisten; i++) {
		if (same_place(&c->listen[i], l)) {
			scfg_error(e, &w->pos, "%s listens there already",
			    kinds[c->listen[i].kind].name);
			return false;
		}
	}
	return true;
}

static void
clear_one(struct conf_listen *l)
{
	free(l->host);
	free(l->path);
}

static bool
parse_listen(struct conf *c, const struct conf_setting *s,
    const struct scfg_directive *d, struct scfg_errors *e)
{
	struct conf_listen l = { 0 };

	if (d->nwords != 3) {
		scfg_error(e, &d->word[0].pos, "\"%s\" is written %s", s->name,
		    s->type->syntax);
		return false;
	}
	if (!find_kind(&d->word[1], &l.kind, e) ||
	    !parse_place(&d->word[2], &l, e) ||
	    !place_is_free(c, &l, &d->word[2], e)) {
		clear_one(&l);
		return false;
	}
	c->listen =
	    xrealloc_array(c->listen, c->nlisten + 1, sizeof(*c->listen));
	c->listen[c->nlisten++] = l;
	return true;
}

void
conf_listen_format(struct buf *out, const struct conf_listen *l)
{
	if (l->path != NULL)
		buf_addf(out, "unix:%s", l->path);
	else
		buf_addf(out,
		    strchr(l->host, ':') != NULL ? "[%s]:%u" : "%s:%u", l->host,
		    l->port);
}

static void
format_listen(struct buf *out, const struct conf *c,
    const struct conf_setting *s, size_t i)
{
	struct buf place = { 0 };

	(void)s;
	conf_listen_format(&place, &c->listen[i]);
	buf_addf(out, "%s ", kinds[c->listen[i].kind].name);
	scfg_quote(out, place.data);
	buf_free(&place);
}

static size_t
count_listen(const struct conf *c, const struct conf_setting *s)
{
	(void)s;
	return c->nlisten;
}

static void
clear_listen(struct conf *c, const struct conf_setting *s)
{
	(void)s;
	for (size_t i = 0; i < c->nlisten; i++)
		clear_one(&c->listen[i]);
	free(c->listen);
}

const struct conf_type conf_type_listen = {
	.syntax = "SERVICE PLACE",
	.multiple = true,
	.parse = parse_listen,
	.format = format_listen,
	.count = count_listen,
	.clear = clear_listen,
};
