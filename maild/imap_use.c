/* SPDX-License-Identifier: ISC */
#include "imap_use.h"

static const struct {
	const char *name;
	unsigned use;
} uses[] = {
	{ "\\All", STORE_USE_ALL },
	{ "\\Archive", STORE_USE_ARCHIVE },
	{ "\\Drafts", STORE_USE_DRAFTS },
	{ "\\Flagged", STORE_USE_FLAGGED },
	{ "\\Junk", STORE_USE_JUNK },
	{ "\\Sent", STORE_USE_SENT },
	{ "\\Trash", STORE_USE_TRASH },
};

unsigned
imap_use_find(struct span name)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (span_ieqs(name, uses[i].name))
			return uses[i].use;
	}
	return 0;
}

void
imap_use_write(struct buf *out, unsigned which)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if ((which & uses[i].use) != 0)
			buf_addf(out, " %s", uses[i].name);
	}
}
