/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "account.h"
#include "log.h"

/*
 * Disabling, in both places: auth lets the user in no more, the store takes no
 * mail for it.  What stops half-way is finished by the same call made again.
 */
struct disable {
	struct accounts a;
	struct buf user;
	bool disabled;
	account_done done;
	void *arg;
};

static void
finish(struct disable *d, enum account_status st)
{
	account_done done = d->done;
	void *arg = d->arg;

	buf_free(&d->user);
	free(d);
	done(arg, st);
}

static void
in_store(void *arg, enum store_status st)
{
	struct disable *d = arg;

	if (st != STORE_OK) {
		finish(d, st == STORE_NONEXISTENT ? ACCOUNT_NONE
						  : ACCOUNT_UNAVAILABLE);
		return;
	}
	log_info("account: changed", "user=%s disabled=%s", d->user.data,
	    d->disabled ? "yes" : "no");
	if (d->disabled && d->a.ended != NULL)
		d->a.ended(d->a.arg, d->user.data);
	finish(d, ACCOUNT_OK);
}

/* Half of a user, with no password, is nobody to auth. */
static void
in_auth(void *arg, enum auth_client_status st)
{
	struct disable *d = arg;

	if (st == AUTH_CLIENT_OK || st == AUTH_CLIENT_NOUSER)
		store_user_disable(d->a.store, buf_span(&d->user), d->disabled,
		    in_store, d);
	else
		finish(d, ACCOUNT_UNAVAILABLE);
}

void
account_disable(const struct accounts *a, struct span user, bool disabled,
    account_done done, void *arg)
{
	struct disable *d = xcalloc(1, sizeof(*d));

	*d = (struct disable){ .a = *a, .disabled = disabled, .done = done,
		.arg = arg };
	if (!account_name(a, user, &d->user))
		finish(d, ACCOUNT_NONE);
	else
		auth_client_disable(a->auth, buf_span(&d->user), disabled,
		    in_auth, d);
}
