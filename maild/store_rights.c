/* SPDX-License-Identifier: ISC */
#include "store_acl.h"

/* RFC 4314 section 2: those of a user, and those of anyone. */
enum engine_status
store_rights(
    struct engine_txn *txn, uint64_t who, uint64_t mailbox, unsigned *out)
{
	struct engine_part part = store_part(mailbox);
	unsigned own = 0, common = 0;
	enum engine_status st;

	if (who != 0 && who == store_mailbox_owner(mailbox)) {
		*out = STORE_ALL;
		return ENGINE_OK;
	}
	st = store_acl_rights(txn, part, who, &own);
	if (st == ENGINE_OK && who != STORE_ANYONE)
		st = store_acl_rights(txn, part, STORE_ANYONE, &common);
	*out = own | common;
	return st;
}

enum store_status
store_allowed(const struct store_mailbox *m, unsigned need)
{
	if ((m->rights & need) == need)
		return STORE_OK;
	return m->rights & STORE_LOOKUP ? STORE_DENIED : STORE_NONEXISTENT;
}

enum store_status
store_annot_allowed(const struct store_mailbox *m, bool shared)
{
	const unsigned any = STORE_READ | STORE_KEEP_SEEN | STORE_WRITE |
			     STORE_INSERT | STORE_POST;

	if (!shared && (m->rights & any) == 0)
		return store_allowed(m, STORE_LOOKUP | STORE_READ);
	return store_allowed(m, STORE_LOOKUP | (shared ? STORE_WRITE : 0));
}

/* Section 4: \Seen and \Deleted have rights of their own. */
uint32_t
store_flags_allowed(const struct store_mailbox *m)
{
	uint32_t flags = 0;

	if (m->rights & STORE_KEEP_SEEN)
		flags |= STORE_SEEN;
	if (m->rights & STORE_DELETE_MSG)
		flags |= STORE_DELETED;
	if (m->rights & STORE_WRITE)
		flags |= STORE_ANSWERED | STORE_FLAGGED | STORE_DRAFT |
			 STORE_KEYWORDS;
	return flags;
}
