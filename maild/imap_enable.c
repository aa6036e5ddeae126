/* SPDX-License-Identifier: ISC */
/*
 * ENABLE (RFC 5161).
 */
#include "imap_enable.h"

#include <inttypes.h>

#include "imap_args.h"
#include "imap_command.h"
#include "imap_context.h"

/*
 * To add an extension that is enabled: give it a bit in imap_enable.h and a
 * line here, with what it implies.
 */
static const struct {
	const char *name;
	unsigned bit, implies;
} extensions[] = {
	{ "CONDSTORE", IMAP_CONDSTORE, 0 },
	{ "QRESYNC", IMAP_QRESYNC, IMAP_CONDSTORE },
	{ "UTF8=ACCEPT", IMAP_UTF8, 0 },
	{ "IMAP4rev2", IMAP_REV2, IMAP_UTF8 },
	{ "UIDONLY", IMAP_UIDONLY, 0 },
};
#define NEXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

uint64_t
imap_told_modseq(const struct imap *im)
{
	const struct store_view *v = &im->view;

	return v->expunge_modseq < v->modseq ? v->expunge_modseq : v->modseq;
}

void
imap_out_fetch(struct imap *im, uint32_t seq, uint32_t uid)
{
	bool uids = imap_enabled(im, IMAP_UIDONLY);

	buf_adds(&im->out, "* ");
	imap_out_number(&im->out, uids ? uid : seq);
	buf_adds(&im->out, uids ? " UIDFETCH (" : " FETCH (");
}

void
imap_enable_implicitly(struct imap *im, unsigned bits)
{
	bool modseqs = (bits & ~im->enabled & IMAP_CONDSTORE) != 0;

	im->enabled |= bits;
	if (bits & IMAP_UIDONLY)
		imap_context_by_uid(im);
	if (modseqs && im->selected) /* RFC 7162 section 3.1 */
		buf_addf(&im->out,
		    "* OK [HIGHESTMODSEQ %" PRIu64 "] The highest\r\n",
		    imap_told_modseq(im));
}

/* What is not known is ignored (section 3.1). */
static void
enable_name(struct span name, unsigned *named, unsigned *bits)
{
	for (size_t i = 0; i < NEXTENSIONS; i++) {
		if (!span_ieqs(name, extensions[i].name))
			continue;
		*named |= extensions[i].bit;
		*bits |= extensions[i].bit | extensions[i].implies;
	}
}

static enum imap_result
enable(struct imap *im)
{
	unsigned named = 0, bits = 0;
	struct span name;

	do {
		if (!imap_arg_sp(im))
			return IMAP_DONE;
		if (!imap_atom(&im->cmd.args, &name))
			return imap_bad(im, "A capability was expected");
		enable_name(name, &named, &bits);
	} while (!imap_end(&im->cmd.args));
	buf_adds(&im->out, "* ENABLED");
	for (size_t i = 0; i < NEXTENSIONS; i++) {
		if ((named & ~im->enabled & extensions[i].bit) != 0)
			buf_addf(&im->out, " %s", extensions[i].name);
	}
	buf_adds(&im->out, "\r\n");
	imap_enable_implicitly(im, bits);
	return imap_completed(im);
}

const struct imap_handler imap_enable = { .start = enable };
