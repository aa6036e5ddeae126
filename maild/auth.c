/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/random.h>

#include <event2/event.h>

#include <stdlib.h>
#include <time.h>

#include "auth_hash.h"
#include "auth_state.h"
#include "auth_token.h"
#include "conf.h"

/*
 * The auth role: knows the password hashes, and tells mail who has logged in
 * at front.  It has no network and no mail.
 */

int64_t
auth_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- channels ---- */

static void (*const front_said[ROLE_TYPES])(struct auth *a,
    struct role_channel *front, const struct role_msg *m) = {
	[ROLE_LOGIN] = auth_login,
	[ROLE_SASL_START] = auth_sasl_start,
	[ROLE_SASL_RESPONSE] = auth_sasl_response,
};

static void (*const others_said[ROLE_TYPES])(struct auth *a,
    const struct role_msg *m) = {
	[ROLE_SET_PASSWORD] = auth_set_password,
	[ROLE_DELETE_USER] = auth_delete_user,
	[ROLE_CHANGE_USER] = auth_change_user,
	[ROLE_INTROSPECTED] = auth_introspected,
};

static void
on_message(void *arg, struct role_channel *ch, const struct role_msg *m, int fd)
{
	(void)fd; /* none of these has one */
	if (front_said[m->type] != NULL)
		front_said[m->type](arg, ch, m);
	else
		others_said[m->type](arg, m);
}

static void
on_sent(void *arg, struct role_channel *ch)
{
	if (role_channel_about(ch)->other == ROLE_MAIL)
		auth_tickets_sent(arg);
}

static void
on_lost(void *arg, struct role_channel *ch)
{
	auth_logins_lose(arg, ch);
}

static void
auth_peer(struct role_process *p, enum role peer, uint32_t number, int fd)
{
	struct auth *a = p->state;

	role_peers_add(&a->peers, peer, number, fd);
}

/* ---- starting and ending ---- */

static void
auth_clear(struct auth *a)
{
	/* First the threads, then what waits for them. */
	auth_pool_free(a->pool);
	auth_logins_free(a->logins);
	auth_admin_free(a->admin);
	role_peers_clear(&a->peers);
	auth_guard_free(a->guard);
	auth_tokens_free(a->tokens);
	auth_store_close(a->store);
	buf_wipe(&a->nobody);
	free(a);
}

/*
 * What unknown users are checked against, so that they take as long as known
 * ones: of the same cost, and of a password that nobody knows.
 */
static int
make_nobody(struct auth *a, const struct conf *conf)
{
	char password[32];
	int ret;

	if (getrandom(password, sizeof(password), 0) != sizeof(password))
		return -1;
	for (size_t i = 0; i < sizeof(password); i++)
		password[i] |= 0x40; /* no NUL */
	buf_wipe(&a->nobody);
	ret = auth_hash_make(span_of(password, sizeof(password)),
	    conf->hash_cost, &a->nobody);
	explicit_bzero(password, sizeof(password));
	return ret;
}

static void *
auth_start(struct role_process *p, struct buf *why)
{
	struct auth *a = xcalloc(1, sizeof(*a));
	struct buf dir = { 0 };

	a->process = p;
	a->peers = (struct role_peers){ .base = p->base,
		.self = ROLE_AUTH,
		.message = on_message,
		.sent = on_sent,
		.lost = on_lost,
		.arg = a };
	a->guard = auth_guard_new(p->conf->auth_failures,
	    p->conf->auth_failures_period);
	a->tokens = auth_tokens_new();
	a->logins = auth_logins_new();
	a->admin = auth_admin_new(a);
	buf_addf(&dir, "%s/auth", p->conf->state_dir);
	a->store = auth_store_open(dir.data, why);
	buf_free(&dir);
	if (a->store != NULL) {
		a->pool = auth_pool_new(p->base);
		if (a->pool != NULL && make_nobody(a, p->conf) == 0)
			return a;
		buf_adds(why, "cannot start the hashing of passwords");
	}
	auth_clear(a);
	return NULL;
}

static int
auth_reload(struct role_process *p, const struct conf *former, struct buf *why)
{
	struct auth *a = p->state;

	auth_guard_configure(a->guard, p->conf->auth_failures,
	    p->conf->auth_failures_period);
	if (p->conf->hash_cost == former->hash_cost ||
	    make_nobody(a, p->conf) == 0)
		return 0;
	buf_adds(why, "cannot hash at that cost");
	return -1;
}

static void
auth_stop(struct role_process *p)
{
	role_process_end(p);
}

static void
auth_end(struct role_process *p)
{
	auth_clear(p->state);
}

const struct role_ops auth_ops = {
	.role = ROLE_AUTH,
	.start = auth_start,
	.peer = auth_peer,
	.reload = auth_reload,
	.stop = auth_stop,
	.end = auth_end,
};
