/* SPDX-License-Identifier: ISC */
#include "imap_name.h"

#include "imap_enable.h"
#include "imap_write.h"

/* In name the one form; false: given is that already. */
static bool
differs(struct buf *name, struct span given)
{
	if (!store_name(name, given))
		buf_add_span(name, given);
	return !span_eq(buf_span(name), given);
}

static void
tell(struct imap *im, const char *attributes, struct span name,
    struct span old)
{
	buf_addf(&im->out, "* LIST (%s) \"%c\" ", attributes, STORE_SEPARATOR);
	imap_out_mailbox(im, name);
	if (old.n > 0) {
		buf_adds(&im->out, " (\"OLDNAME\" (");
		/* As it was given, INBOX in any case of letters. */
		imap_write_mailbox(&im->out, old, true);
		buf_adds(&im->out, "))");
	}
	buf_adds(&im->out, "\r\n");
}

void
imap_name_selected(struct imap *im, struct span given)
{
	struct buf name = { 0 };
	bool other = differs(&name, given);

	if (imap_enabled(im, IMAP_REV2))
		tell(im, "", buf_span(&name), other ? given : SPAN_LIT(""));
	buf_free(&name);
}

void
imap_name_made(struct imap *im, struct span old, struct span given)
{
	struct buf name = { 0 }, form = { 0 };
	bool other = differs(&form, old);

	other = differs(&name, given) || other;
	if (other && imap_enabled(im, IMAP_REV2))
		tell(im, "", buf_span(&name), old);
	buf_free(&name);
	buf_free(&form);
}

void
imap_name_deleted(struct imap *im, struct span given)
{
	struct buf name = { 0 };

	if (differs(&name, given) && imap_enabled(im, IMAP_REV2))
		tell(im, "\\NonExistent", buf_span(&name), given);
	buf_free(&name);
}
