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
