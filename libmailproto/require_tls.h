/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_REQUIRE_TLS_H
#define MAILPROTO_REQUIRE_TLS_H

#include "span.h"

/*
 * What a sender asks of the connections that its message takes (RFC 8689).
 */
enum require_tls {
	REQUIRE_TLS_UNSAID, /* each server's own policy decides */
	REQUIRE_TLS_YES,    /* REQUIRETLS with MAIL: verified TLS, or none */
	REQUIRE_TLS_NO,     /* "TLS-Required: No": policies are passed over */
	REQUIRE_TLS_KINDS
};

/* The header asks for the last of them (section 3): by one field that says so
 * and no second one. */
bool require_tls_is_no(struct span header);

#endif
