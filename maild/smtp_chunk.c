/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "smtp_session.h"

/*
 * BDAT (RFC 3030): the message in pieces, each of as many bytes as its command
 * says, which are never looked at for commands, whatever became of that.
 */
#define TAKE_AT_ONCE ((size_t)32768)

static void
begin(struct smtp *sm, const struct smtp_cmd *cmd, bool dropped)
{
	sm->chunk = cmd->chunk;
	sm->chunk_last = cmd->last;
	sm->chunk_dropped = dropped;
	smtp_set_state(sm, SMTP_CHUNK);
}

void
smtp_chunk_drop(struct smtp *sm, const struct smtp_cmd *cmd)
{
	begin(sm, cmd, true);
}

void
smtp_bdat(struct smtp *sm, const struct smtp_cmd *cmd)
{
	if (!sm->txn->begun)
		smtp_text_begin(sm);
	begin(sm, cmd, false);
}

/* Lines end in CRLF but for the body of a BINARYMIME message; its header is
 * looked at once it is whole. */
static void
check_lines(struct smtp *sm, struct span s, bool last)
{
	struct smtp_txn *txn = sm->txn;

	if (txn->body != BODY_BINARYMIME &&
	    smtp_data_bare(&txn->lines, s, last))
		smtp_text_refuse_bare(sm);
}

/* A message that is refused amid its pieces is gone: the next of them comes
 * without a MAIL. */
static void
end_piece(struct smtp *sm)
{
	struct smtp_txn *txn = sm->txn;

	if (txn->refusal.len > 0) {
		smtp_refuse_early(sm, txn->refusal.data);
		return;
	}
	smtp_set_state(sm, SMTP_COMMANDS);
	smtp_reply(sm, "250 2.0.0 %" PRIu64 " bytes so far", txn->size);
}

static void
end_chunk(struct smtp *sm)
{
	if (sm->chunk_dropped) {
		smtp_set_state(sm, SMTP_COMMANDS);
	} else if (!sm->chunk_last) {
		end_piece(sm);
	} else {
		check_lines(sm, span_of("", 0), true);
		sm->txn->ended = true;
		smtp_set_state(sm, SMTP_TEXT);
	}
}

void
smtp_chunk_take(struct smtp *sm, struct span s)
{
	sm->chunk -= s.n;
	if (sm->chunk_dropped)
		return;
	check_lines(sm, s, false);
	smtp_text_take(sm, s);
}

bool
smtp_chunk(struct smtp *sm)
{
	struct span in = session_input(sm->session);

	if (!sm->chunk_dropped && sm->txn->blocked)
		return false;
	if (sm->chunk == 0) {
		end_chunk(sm);
		return true;
	}
	in = span_sub(in, 0, TAKE_AT_ONCE);
	if (in.n > sm->chunk)
		in.n = (size_t)sm->chunk;
	if (in.n == 0)
		return false;
	smtp_chunk_take(sm, in);
	session_take(sm->session, in.n);
	return true;
}
