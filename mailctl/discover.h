/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_DISCOVER_H
#define MAILCTL_DISCOVER_H

#include "cmd.h"

/*
 * The servers of an address: by Thunderbird's autoconfig of its domain, by the
 * domain's SRV records, and by trying the usual names.  Only what has TLS with
 * a certificate that holds is found.
 */
struct discovered {
	char *url;          /* NULL: none was found */
	char *user;
	const char *source; /* "autoconfig", "srv", "guess" */
	bool oauth;         /* it takes tokens only */
	/* It is of the domain, or the domain's web server told it: nobody
	 * who forges DNS can have made it up. */
	bool sure;
};

struct discovery {
	struct discovered imap, smtp;
};

struct discover_options {
	const char *resolver; /* of srv.h */
	const char *ca_file;
};

/* address: local@domain. */
void discover(struct discovery *d, const char *address,
    const struct discover_options *o);
void discovery_clear(struct discovery *d);

#endif
