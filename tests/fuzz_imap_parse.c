/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "imap_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
wants_stream(void *arg, struct span so_far)
{
	(void)arg;
	return span_iprefix(so_far, SPAN_LIT("a APPEND x"));
}

/* One element of whatever kind stands there. */
static bool
element(struct imap_cursor *c)
{
	struct seqset set = { 0 };
	struct span s;
	uint64_t n64;
	bool ok;

	if (imap_literal_header(c, &n64) || imap_nstring(c, &s) ||
	    imap_flag(c, &s) || imap_list_mailbox(c, &s) || imap_tag(c, &s))
		return true;
	ok = imap_seqset(c, &set) || imap_char(c, '(') || imap_char(c, ')') ||
	    imap_sp(c);
	seqset_clear(&set);
	return ok;
}

static void
read_command(struct buf *cmd)
{
	struct buf scratch = { 0 };
	struct imap_cursor c = { .scratch = &scratch };
	struct span s = buf_span(cmd), taken;

	for (size_t i = 0; i < 2; i++) {
		c.p = s.p;
		c.end = s.p + s.n;
		c.utf8 = c.nul = i == 1;
		while (imap_astring(&c, &taken) || element(&c))
			assert(c.p <= c.end);
		buf_clear(&scratch);
	}
	buf_free(&scratch);
}

/* Frame the input in pieces of that size; sums up what came out. */
static size_t
frame(struct span s, size_t piece)
{
	struct imap_frame f = { .limits = { 512, 64, 4 },
		.stream = wants_stream };
	enum imap_frame_event ev = IMAP_FRAME_MORE;
	size_t used, sum = 0;

	while (s.n > 0 && ev != IMAP_FRAME_TOOBIG) {
		ev = imap_frame_feed(&f, span_sub(s, 0, piece), &used);
		s = span_sub(s, used, s.n);
		assert(f.cmd.len <= f.limits.line + 2);
		if (ev == IMAP_FRAME_MORE)
			continue;
		sum = sum * 31 + f.cmd.len + (size_t)ev;
		if (ev == IMAP_FRAME_STREAM) {
			s = span_sub(s, f.literal_size, s.n);
			imap_frame_resume(&f);
		} else if (ev != IMAP_FRAME_SYNC) {
			read_command(&f.cmd);
			imap_frame_next(&f);
		}
	}
	imap_frame_clear(&f);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);

	assert(frame(s, size) == frame(s, 1));
	return 0;
}
