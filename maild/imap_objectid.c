/* SPDX-License-Identifier: ISC */
#include "imap_objectid.h"

#include <inttypes.h>

void
imap_mailboxid(struct buf *out, const struct store_mailbox *m)
{
	buf_addf(out, "F%" PRIx64, m->id);
}

void
imap_emailid(struct buf *out, const struct store_msg *m)
{
	buf_addf(out, "M%" PRIx64, m->blob);
}

/* One that belongs to no conversation is one of its own. */
void
imap_threadid(
    struct buf *out, const struct store_msg *m, const struct store_meta *meta)
{
	if (meta->thread != 0)
		buf_addf(out, "T%016" PRIx64, meta->thread);
	else
		buf_addf(out, "T-%" PRIx64, m->blob);
}
