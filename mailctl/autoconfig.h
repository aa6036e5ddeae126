/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_AUTOCONFIG_H
#define MAILCTL_AUTOCONFIG_H

#include "buf.h"

/*
 * Thunderbird's autoconfig XML ("clientConfig"): the servers of a domain, in
 * the order of its preference.
 */
#define AUTOCONFIG_MAX         ((size_t)256 << 10) /* bytes of a document */
#define AUTOCONFIG_SERVERS_MAX 16                  /* the rest is left out */
#define AUTOCONFIG_TEXT_MAX    254                 /* of a host, a user */

enum autoconfig_service { AUTOCONFIG_IMAP, AUTOCONFIG_SMTP };

/* With TLS: others are left out. */
struct autoconfig_server {
	enum autoconfig_service service;
	bool starttls; /* not TLS from the start */
	char *host;    /* a name or an address that a URL can hold */
	unsigned port;
	char *user;    /* NULL: not told */
	bool oauth;    /* it takes tokens only */
};

struct autoconfig {
	struct autoconfig_server *server;
	size_t len;
};

/* The servers for an address ("local@domain"), whose parts stand for
 * %EMAILADDRESS% and so on.  -1: not such a document; a is empty. */
int autoconfig_parse(struct autoconfig *a, struct span xml,
    const char *address);
void autoconfig_clear(struct autoconfig *a);

/* What a URL can hold for a host: letters, digits, dots, dashes. */
bool autoconfig_host_ok(struct span host);

#endif
