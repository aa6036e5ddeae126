/* SPDX-License-Identifier: ISC */
#include "imap_limit.h"

#include "conf.h"

/* What NOTIFY fetches is no command of the client. */
static uint32_t
limit(const struct imap *im)
{
	return im->quietly ? 0 :
	    session_worker(im->session)->conf->messages_per_command;
}

bool
imap_limit_allows(struct imap *im, uint64_t n)
{
	uint32_t max = limit(im);

	if (max == 0 || n <= max)
		return true;
	im->cmd.status = IMAP_NO;
	buf_clear(&im->cmd.reply);
	buf_addf(&im->cmd.reply, "[MESSAGELIMIT %u] That is more than %u "
	    "messages at once", max, max);
	return false;
}

void
imap_limit_cut(struct imap *im, struct seqset *seqs)
{
	uint64_t max = limit(im), n = seqset_count(seqs);
	struct seqset kept = { 0 };

	if (max == 0 || n <= max)
		return;
	seqset_slice(seqs, n - max, n, &kept);
	seqset_clear(seqs);
	*seqs = kept;
	im->cmd.lowest = im->view.uid[kept.range[0].lo - 1];
}

void
imap_limit_tell(struct imap *im, bool coded, struct buf *out)
{
	if (im->cmd.lowest == 0 || im->cmd.status != IMAP_OK)
		return;
	buf_addf(out, "%s[MESSAGELIMIT %u %u] %s", coded ? "* OK " : "",
	    limit(im), im->cmd.lowest, coded ? "There are more\r\n" : "");
}
