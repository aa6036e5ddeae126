/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "auth_login.h"
#include "conf.h"
#include "user_name.h"

/*
 * EXTERNAL (RFC 4422 appendix A): by the certificate that the client has shown
 * in the TLS handshake.  The authorization identity chooses one of the names
 * in it; without one it is the first.
 *
 * That the client has the certificate's key only front can see.  So this is
 * front's word, and believed only where the configuration wants such logins.
 */

/* The name in the certificate that says the same as want (empty: the first),
 * as a canonical one.  False: there is none. */
static bool
choose(struct login *l, struct span names, struct span want)
{
	const struct conf *conf = l->auth->process->conf;
	struct buf wanted = { 0 };
	struct span name;
	bool found = false;

	if (want.n > 0 && user_name_complete(&wanted, conf, want) < 0)
		return false;
	while (!found && span_split(&names, ' ', &name)) {
		buf_clear(&l->name);
		found = user_name_complete(&l->name, conf, name) == 0 &&
		    (want.n == 0 ||
			span_eq(buf_span(&l->name), buf_span(&wanted)));
	}
	buf_free(&wanted);
	return found;
}

static void
external_start(struct login *l, const struct role_msg *m)
{
	if (l->auth->process->conf->tls_client_ca == NULL) {
		auth_login_end(l, ROLE_MALFORMED);
		return;
	}
	if (!choose(l, m->sasl_start.certificate, m->sasl_start.initial)) {
		auth_login_refuse(l, "certificate");
		return;
	}
	auth_login_grant_known(l);
}

const struct auth_mechanism auth_external = {
	.name = "EXTERNAL",
	.start = external_start,
};
