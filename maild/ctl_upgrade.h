/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CTL_UPGRADE_H
#define MAILD_CTL_UPGRADE_H

#include "ctl.h"

/*
 * A connection of the control API that goes on as one of IMAP (RFC 9110 section
 * 7.8).
 */
#define CTL_UPGRADE "imap"

struct evhttp_request;

bool ctl_upgrade_is_asked(struct evhttp_request *http);

/* Have fn begin the user's session; once it is TAKEN, the request and its HTTP
 * connection are freed. */
enum ctl_session_answer ctl_upgrade(struct evhttp_request *http,
    const char *user, ctl_session_fn fn, void *arg);

#endif
