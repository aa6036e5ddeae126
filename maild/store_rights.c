/* SPDX-License-Identifier: ISC */
#include "store_impl.h"

/* All for the owner, nothing for anyone else. */
unsigned
store_rights(uint64_t who, uint64_t owner)
{
	return who != 0 && who == owner ? STORE_ALL : 0;
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
