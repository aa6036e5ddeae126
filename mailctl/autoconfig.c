/* SPDX-License-Identifier: ISC */
#include "autoconfig.h"

#include <expat.h>
#include <stdlib.h>

#define DEPTH_SERVER 3 /* clientConfig, emailProvider, incomingServer */
#define DEPTH_FIELD  4
#define DEPTH_MAX    16

enum field { HOSTNAME, PORT, SOCKET, USERNAME, AUTHENTICATION, NFIELDS };

static const char *const fields[NFIELDS] = {
	[HOSTNAME] = "hostname",
	[PORT] = "port",
	[SOCKET] = "socketType",
	[USERNAME] = "username",
	[AUTHENTICATION] = "authentication",
};

/* Where the reader is.  Of a field that is there several times the first one
 * that we can use counts: they are in the order of preference. */
struct reader {
	XML_Parser parser;
	struct autoconfig *out;
	struct span address;
	unsigned depth;
	bool provider; /* the elements above are those that hold servers */
	bool in_server, usable, oauth, password;
	struct autoconfig_server server;
	struct buf value[NFIELDS];
	struct buf text; /* of the field */
	int field;       /* or -1 */
};

bool
autoconfig_host_ok(struct span host)
{
	for (size_t i = 0; i < host.n; i++) {
		if (!ascii_alpha(host.p[i]) && !ascii_digit(host.p[i]) &&
		    host.p[i] != '.' && host.p[i] != '-')
			return false;
	}
	return host.n > 0 && host.n <= AUTOCONFIG_TEXT_MAX;
}

/* ---- the values ---- */

/* %EMAILADDRESS% and its parts. */
static void
fill_in(struct buf *out, struct span s, struct span address)
{
	struct span local, domain = address;
	const struct {
		struct span name, value;
	} names[] = {
		{ SPAN_LIT("%EMAILADDRESS%"), address },
		{ SPAN_LIT("%EMAILLOCALPART%"),
		    (span_split(&domain, '@', &local), local) },
		{ SPAN_LIT("%EMAILDOMAIN%"), domain },
	};

	while (s.n > 0) {
		size_t i = 0;

		while (i < 3 && !span_iprefix(s, names[i].name))
			i++;
		buf_add_span(out, i < 3 ? names[i].value : span_sub(s, 0, 1));
		s = span_sub(s, i < 3 ? names[i].name.n : 1, s.n);
	}
}

/* The value of a field, NULL where it is none for us. */
static char *
value_of(const struct reader *r, enum field f)
{
	struct buf out = { .max = AUTOCONFIG_TEXT_MAX };

	fill_in(&out, span_trim(buf_span(&r->value[f])), r->address);
	if (out.failed || out.len == 0) {
		buf_free(&out);
		return NULL;
	}
	return buf_steal(&out);
}

static bool
field_is(const struct reader *r, enum field f, const char *word)
{
	return span_ieqs(span_trim(buf_span(&r->value[f])), word);
}

static void
end_server(struct reader *r)
{
	struct autoconfig_server *s = &r->server;
	struct autoconfig *out = r->out;
	uint64_t port;

	s->starttls = field_is(r, SOCKET, "STARTTLS");
	s->oauth = r->oauth && !r->password;
	s->host = value_of(r, HOSTNAME);
	s->user = value_of(r, USERNAME);
	if (r->usable && s->host != NULL &&
	    autoconfig_host_ok(span_str(s->host)) &&
	    (s->starttls || field_is(r, SOCKET, "SSL")) &&
	    span_u64(span_trim(buf_span(&r->value[PORT])), 65535, &port) == 0 &&
	    port > 0 && out->len < AUTOCONFIG_SERVERS_MAX) {
		s->port = (unsigned)port;
		out->server = xrealloc_array(out->server, out->len + 1,
		    sizeof(out->server[0]));
		out->server[out->len++] = *s;
	} else {
		free(s->host);
		free(s->user);
	}
	*s = (struct autoconfig_server){ 0 };
}

static void
end_field(struct reader *r)
{
	struct span text = span_trim(buf_span(&r->text));

	if (r->field == AUTHENTICATION) {
		r->oauth |= span_ieqs(text, "OAuth2");
		r->password |= span_iprefix(text, SPAN_LIT("password")) ||
		    span_ieqs(text, "plain");
	}
	if (r->value[r->field].len == 0 && !r->text.failed)
		buf_add_span(&r->value[r->field], text);
	r->field = -1;
}

/* ---- elements ---- */

static const char *
attribute(const XML_Char **attrs, const char *name)
{
	for (; attrs[0] != NULL; attrs += 2) {
		if (strcmp(attrs[0], name) == 0)
			return attrs[1];
	}
	return "";
}

static void
begin_server(struct reader *r, const char *name, const XML_Char **attrs)
{
	const char *type = attribute(attrs, "type");
	bool in = strcmp(name, "incomingServer") == 0;

	if (!in && strcmp(name, "outgoingServer") != 0)
		return;
	r->in_server = true;
	r->usable = strcmp(type, in ? "imap" : "smtp") == 0;
	r->server.service = in ? AUTOCONFIG_IMAP : AUTOCONFIG_SMTP;
	r->oauth = r->password = false;
	for (size_t i = 0; i < NFIELDS; i++)
		buf_clear(&r->value[i]);
}

static void
begin_field(struct reader *r, const char *name)
{
	r->field = -1;
	for (int i = 0; i < NFIELDS; i++) {
		if (strcmp(name, fields[i]) == 0)
			r->field = i;
	}
	buf_clear(&r->text);
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct reader *r = arg;

	r->depth++;
	if (r->depth == 1 && strcmp(name, "clientConfig") != 0)
		XML_StopParser(r->parser, XML_FALSE);
	else if (r->depth == DEPTH_SERVER - 1)
		r->provider = strcmp(name, "emailProvider") == 0;
	else if (r->depth == DEPTH_SERVER && r->provider)
		begin_server(r, name, attrs);
	else if (r->depth == DEPTH_FIELD && r->in_server)
		begin_field(r, name);
	else if (r->depth > DEPTH_MAX)
		XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reader *r = arg;

	(void)name;
	if (r->depth == DEPTH_FIELD && r->field >= 0)
		end_field(r);
	if (r->depth == DEPTH_SERVER && r->in_server) {
		end_server(r);
		r->in_server = false;
	}
	r->depth--;
}

static void XMLCALL
on_text(void *arg, const XML_Char *s, int n)
{
	struct reader *r = arg;

	if (r->field >= 0 && r->depth == DEPTH_FIELD)
		buf_add(&r->text, s, (size_t)n);
}

/* No document of this kind has one, and without it there are no entities. */
static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int internal)
{
	struct reader *r = arg;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	XML_StopParser(r->parser, XML_FALSE);
}

int
autoconfig_parse(struct autoconfig *a, struct span xml, const char *address)
{
	struct reader r = {
		.out = a,
		.address = span_str(address),
		.text = { .max = AUTOCONFIG_TEXT_MAX },
		.field = -1,
	};
	int ret = -1;

	*a = (struct autoconfig){ 0 };
	if (xml.n > AUTOCONFIG_MAX)
		return -1;
	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL)
		abort();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, xml.p, (int)xml.n, XML_TRUE) == XML_STATUS_OK)
		ret = 0;
	else
		autoconfig_clear(a);
	XML_ParserFree(r.parser);
	for (size_t i = 0; i < NFIELDS; i++)
		buf_free(&r.value[i]);
	buf_free(&r.text);
	return ret;
}

void
autoconfig_clear(struct autoconfig *a)
{
	for (size_t i = 0; i < a->len; i++) {
		free(a->server[i].host);
		free(a->server[i].user);
	}
	free(a->server);
	*a = (struct autoconfig){ 0 };
}
