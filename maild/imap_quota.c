/* SPDX-License-Identifier: ISC */
/*
 * GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208).  A user's mailboxes have one
 * quota root, named by the user's address.  Nobody sees another user's, but an
 * admin (quota { admin }), who alone may set one.
 */
#include "conf.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_write.h"

/* Bytes in a unit of STORAGE; and where counting in bytes would overflow. */
#define UNIT      1024
#define LIMIT_MAX ((uint64_t)1 << 50)

static const struct {
	const char *name;
	enum store_resource resource;
	uint64_t unit;
} resources[] = {
	{ "STORAGE", STORE_STORAGE, UNIT },
	{ "MESSAGE", STORE_MESSAGES, 1 },
	{ "MAILBOX", STORE_MAILBOXES, 1 },
};
#define NRESOURCES (sizeof(resources) / sizeof(resources[0]))

static bool
is_admin(struct imap *im)
{
	const char *admin = session_worker(im->session)->conf->quota_admin;

	return admin != NULL && span_ieqs(span_str(im->user.name), admin);
}

/* ---- answers ---- */

static void
write_quota(
    struct imap *im, const struct store_user *u, const struct store_quota *q)
{
	const char *sep = "";

	buf_adds(&im->out, "* QUOTA ");
	imap_write_astring(&im->out, span_str(u->name));
	buf_adds(&im->out, " (");
	for (size_t i = 0; i < NRESOURCES; i++) {
		uint64_t limit = q->limit[resources[i].resource];
		uint64_t used = q->used[resources[i].resource];
		uint64_t unit = resources[i].unit;

		if (limit == STORE_QUOTA_NONE)
			continue;
		buf_addf(&im->out, "%s%s ", sep, resources[i].name);
		imap_out_number(&im->out, used / unit + (used % unit > 0));
		buf_addc(&im->out, ' ');
		imap_out_number(&im->out, limit / unit);
		sep = " ";
	}
	buf_adds(&im->out, ")\r\n");
}

static enum store_status
tell_quota(struct imap *im, const struct store_user *u)
{
	struct store_quota q;
	enum store_status st = store_quota_get(im->store, u->id, &q);

	if (st == STORE_OK)
		write_quota(im, u, &q);
	return st;
}

/* ---- commands ---- */

/* The user that a quota root is of.  False: the reply is set. */
static bool
find_root(struct imap *im, struct store_user *u)
{
	enum store_status st = STORE_NONEXISTENT;
	struct span name;

	if (!imap_arg_sp(im))
		return false;
	if (!imap_astring(&im->cmd.args, &name)) {
		imap_bad(im, "The name of a quota root was expected");
		return false;
	}
	*u = im->user;
	if (span_ieqs(name, im->user.name))
		return true;
	if (is_admin(im))
		st = store_user_find(im->store, name, u);
	if (st != STORE_OK)
		imap_no(im, "NONEXISTENT", "You have no such quota root");
	return st == STORE_OK;
}

static enum imap_result
getquota(struct imap *im)
{
	struct store_user u;
	enum store_status st;

	if (!find_root(im, &u) || !imap_arg_end(im))
		return IMAP_DONE;
	st = tell_quota(im, &u);
	return st == STORE_OK ? imap_completed(im) : imap_fail(im, st);
}

const struct imap_handler imap_getquota = { .start = getquota };

/* What is another user's has no root that this one may see; without a limit
 * there is none, since Thunderbird hangs up on a QUOTA that names nothing. */
static bool
has_root(struct span mailbox, const struct store_quota *q)
{
	const struct span others = SPAN_LIT(STORE_OTHERS_PREFIX);

	if (span_eq(span_sub(mailbox, 0, others.n), others))
		return false;
	for (size_t i = 0; i < NRESOURCES; i++) {
		if (q->limit[resources[i].resource] != STORE_QUOTA_NONE)
			return true;
	}
	return false;
}

/* The mailbox need not exist (section 4.1.2). */
static enum imap_result
getquotaroot(struct imap *im)
{
	struct buf *name = &im->cmd.name[0];
	struct store_quota q;
	enum store_status st;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name) ||
	    !imap_arg_end(im))
		return IMAP_DONE;
	st = store_quota_get(im->store, im->user.id, &q);
	if (st != STORE_OK)
		return imap_fail(im, st);
	buf_adds(&im->out, "* QUOTAROOT ");
	imap_out_mailbox(im, buf_span(name));
	if (!has_root(buf_span(name), &q)) {
		buf_adds(&im->out, "\r\n");
		return imap_completed(im);
	}
	buf_addc(&im->out, ' ');
	imap_write_astring(&im->out, span_str(im->user.name));
	buf_adds(&im->out, "\r\n");
	write_quota(im, &im->user, &q);
	return imap_completed(im);
}

const struct imap_handler imap_getquotaroot = { .start = getquotaroot };

struct setquota {
	struct store_user user;
	uint64_t limit[STORE_RESOURCES];
};

static bool
take_limit(struct imap *im, struct setquota *s)
{
	struct imap_cursor *c = &im->cmd.args;
	struct span name;
	uint64_t n;

	if (!imap_atom(c, &name) || !imap_sp(c) || !imap_number64(c, &n)) {
		imap_bad(im, "A resource and its limit were expected");
		return false;
	}
	for (size_t i = 0; i < NRESOURCES; i++) {
		if (!span_ieqs(name, resources[i].name))
			continue;
		if (n <= LIMIT_MAX) {
			s->limit[resources[i].resource] = n * resources[i].unit;
			return true;
		}
		imap_no(im, "LIMIT",
		    "That limit is too high; leave it out "
		    "for none");
		return false;
	}
	imap_no(im, "CANNOT", "STORAGE, MESSAGE and MAILBOX can be limited");
	return false;
}

static bool
take_limits(struct imap *im, struct setquota *s)
{
	struct imap_cursor *c = &im->cmd.args;

	for (size_t i = 0; i < STORE_RESOURCES; i++)
		s->limit[i] = STORE_QUOTA_NONE;
	if (!imap_arg_sp(im))
		return false;
	if (!imap_char(c, '(')) {
		imap_bad(im, "A list of limits in parentheses was expected");
		return false;
	}
	if (imap_char(c, ')'))
		return imap_arg_end(im);
	do {
		if (!take_limit(im, s))
			return false;
	} while (imap_sp(c));
	if (imap_char(c, ')'))
		return imap_arg_end(im);
	imap_bad(im, "The list of limits has no end");
	return false;
}

static void
on_set(void *arg, enum store_status st)
{
	struct imap *im = arg;
	const struct setquota *s;

	if (!imap_write_end(im))
		return;
	s = im->cmd.state;
	if (st == STORE_OK)
		st = tell_quota(im, &s->user);
	if (st == STORE_OK)
		imap_completed(im);
	else
		imap_fail(im, st);
}

static enum imap_result
set(struct imap *im)
{
	(void)im;
	return IMAP_DONE;
}

static enum imap_result
setquota(struct imap *im)
{
	struct setquota *s = xcalloc(1, sizeof(*s));

	im->cmd.state = s;
	if (!find_root(im, &s->user) || !take_limits(im, s))
		return IMAP_DONE;
	if (!is_admin(im))
		return imap_no(im, "NOPERM",
		    "Only the quota admin may set "
		    "limits");
	imap_write_begin(im);
	store_quota_set(im->store, s->user.id, s->limit, on_set, im);
	return IMAP_WAIT;
}

const struct imap_handler imap_setquota = { setquota, set, NULL };
