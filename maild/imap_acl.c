/* SPDX-License-Identifier: ISC */
/*
 * SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314).  Rights are
 * given to users, or to anyone; the owner of a mailbox has all of them.
 */
#include "imap_acl.h"

#include "imap_args.h"
#include "imap_command.h"
#include "imap_write.h"

static const struct {
	char letter;
	unsigned right;
} letters[] = {
	{ 'l', STORE_LOOKUP },
	{ 'r', STORE_READ },
	{ 's', STORE_KEEP_SEEN },
	{ 'w', STORE_WRITE },
	{ 'i', STORE_INSERT },
	{ 'p', STORE_POST },
	{ 'k', STORE_CREATE },
	{ 'x', STORE_DELETE },
	{ 't', STORE_DELETE_MSG },
	{ 'e', STORE_EXPUNGE },
	{ 'a', STORE_ADMIN },
	/* Section 2.1.1, for old clients: told where any of theirs is. */
	{ 'c', STORE_CREATE | STORE_DELETE },
	{ 'd', STORE_DELETE_MSG | STORE_EXPUNGE },
};
#define NLETTERS (sizeof(letters) / sizeof(letters[0]))

/* ---- answers ---- */

static void
write_rights(struct buf *out, unsigned rights)
{
	if (rights == 0)
		buf_adds(out, "\"\"");
	for (size_t i = 0; i < NLETTERS; i++) {
		if ((rights & letters[i].right) != 0)
			buf_addc(out, letters[i].letter);
	}
}

static void
write_head(struct imap *im, const char *response, struct span name)
{
	buf_addf(&im->out, "* %s ", response);
	imap_out_mailbox(im, name);
}

void
imap_write_myrights(struct imap *im, struct span name, unsigned rights)
{
	write_head(im, "MYRIGHTS", name);
	buf_addc(&im->out, ' ');
	write_rights(&im->out, rights);
	buf_adds(&im->out, "\r\n");
}

static bool
write_grant(void *arg, struct span name, unsigned rights)
{
	struct imap *im = arg;

	buf_addc(&im->out, ' ');
	imap_write_astring(&im->out, name);
	buf_addc(&im->out, ' ');
	write_rights(&im->out, rights);
	return true;
}

/* ---- arguments ---- */

/* A mailbox, opened, that its user may administer. */
static bool
take_mailbox(struct imap *im, struct store_mailbox *m)
{
	struct buf *name = &im->cmd.name[0];
	enum store_status st;

	if (!imap_arg_sp(im) || !imap_arg_mailbox(im, name))
		return false;
	st = store_mailbox_open(im->store, &im->user, buf_span(name), m);
	if (st == STORE_OK && (m->rights & STORE_ADMIN) == 0)
		st =
		    m->rights & STORE_LOOKUP ? STORE_DENIED : STORE_NONEXISTENT;
	if (st != STORE_OK)
		imap_fail(im, st);
	return st == STORE_OK;
}

static bool
take_identifier(struct imap *im, struct span *out)
{
	if (!imap_arg_sp(im))
		return false;
	if (imap_astring(&im->cmd.args, out) && out->n > 0)
		return true;
	imap_bad(im, "The identifier of a user was expected");
	return false;
}

/* Section 2: a rule that takes rights from one, which servers need not have. */
static bool
is_negative(struct span id)
{
	return id.p[0] == '-';
}

static bool
take_rights(struct imap *im, enum store_flag_op *op, unsigned *rights)
{
	struct span s;
	size_t i = 0;

	if (!imap_arg_sp(im))
		return false;
	if (!imap_astring(&im->cmd.args, &s)) {
		imap_bad(im, "Rights were expected");
		return false;
	}
	*op = STORE_FLAGS_SET;
	*rights = 0;
	if (s.n > 0 && (s.p[0] == '+' || s.p[0] == '-')) {
		*op = s.p[0] == '+' ? STORE_FLAGS_ADD : STORE_FLAGS_REMOVE;
		i++;
	}
	for (; i < s.n; i++) {
		unsigned right = 0;

		for (size_t k = 0; k < NLETTERS; k++) {
			if (letters[k].letter == s.p[i])
				right = letters[k].right;
		}
		if (right == 0) {
			imap_bad(im, "A right is one of lrswipkxtea");
			return false;
		}
		*rights |= right;
	}
	return imap_arg_end(im);
}

/* ---- changing ---- */

static void
on_set(void *arg, enum store_status st)
{
	struct imap *im = arg;

	if (!imap_write_end(im))
		return;
	if (st == STORE_NONEXISTENT)
		imap_no(im, "CANNOT", "There is no such user");
	else if (st == STORE_CANNOT)
		imap_no(im, "CANNOT", "The owner has all rights");
	else if (st != STORE_OK)
		imap_fail(im, st);
	else
		imap_completed(im);
}

static enum imap_result
set(struct imap *im)
{
	(void)im;
	return IMAP_DONE;
}

static enum imap_result
submit(struct imap *im, const struct store_mailbox *m, struct span id,
    enum store_flag_op op, unsigned rights)
{
	if (is_negative(id))
		return imap_no(
		    im, "CANNOT", "There are no negative rights here");
	imap_write_begin(im);
	store_acl_set(im->store, m, id, op, rights, on_set, im);
	return IMAP_WAIT;
}

static enum imap_result
setacl(struct imap *im)
{
	struct store_mailbox m;
	enum store_flag_op op;
	unsigned rights;
	struct span id;

	if (!take_mailbox(im, &m) || !take_identifier(im, &id) ||
	    !take_rights(im, &op, &rights))
		return IMAP_DONE;
	return submit(im, &m, id, op, rights);
}

const struct imap_handler imap_setacl = { setacl, set, NULL };

static enum imap_result
deleteacl(struct imap *im)
{
	struct store_mailbox m;
	struct span id;

	if (!take_mailbox(im, &m) || !take_identifier(im, &id) ||
	    !imap_arg_end(im))
		return IMAP_DONE;
	return submit(im, &m, id, STORE_FLAGS_SET, 0);
}

const struct imap_handler imap_deleteacl = { deleteacl, set, NULL };

/* ---- asking ---- */

static enum imap_result
getacl(struct imap *im)
{
	struct store_mailbox m;
	enum store_status st;

	if (!take_mailbox(im, &m) || !imap_arg_end(im))
		return IMAP_DONE;
	write_head(im, "ACL", buf_span(&im->cmd.name[0]));
	st = store_acl_each(im->store, &m, write_grant, im);
	buf_adds(&im->out, "\r\n");
	return st == STORE_OK ? imap_completed(im) : imap_fail(im, st);
}

const struct imap_handler imap_getacl = { .start = getacl };

/* Which of those users exist is not told. */
static enum imap_result
listrights(struct imap *im)
{
	struct store_mailbox m;
	struct store_user u;
	struct span id;
	bool owner;

	if (!take_mailbox(im, &m) || !take_identifier(im, &id) ||
	    !imap_arg_end(im))
		return IMAP_DONE;
	owner =
	    store_user_find(im->store, id, &u) == STORE_OK && u.id == m.owner;
	write_head(im, "LISTRIGHTS", buf_span(&im->cmd.name[0]));
	buf_addc(&im->out, ' ');
	imap_write_astring(&im->out, id);
	buf_addc(&im->out, ' ');
	write_rights(&im->out, owner ? STORE_ALL : 0);
	for (size_t i = 0; !owner && !is_negative(id) && i < NLETTERS; i++)
		buf_addf(&im->out, " %c", letters[i].letter);
	buf_adds(&im->out, "\r\n");
	return imap_completed(im);
}

const struct imap_handler imap_listrights = { .start = listrights };

static enum imap_result
myrights(struct imap *im)
{
	const unsigned any = STORE_LOOKUP | STORE_READ | STORE_INSERT |
			     STORE_CREATE | STORE_DELETE | STORE_ADMIN;
	struct store_mailbox m;

	if (!imap_arg_open(im, &m))
		return IMAP_DONE;
	if ((m.rights & any) == 0)
		return imap_fail(im, STORE_NONEXISTENT);
	imap_write_myrights(im, buf_span(&im->cmd.name[0]), m.rights);
	return imap_completed(im);
}

const struct imap_handler imap_myrights = { .start = myrights };
