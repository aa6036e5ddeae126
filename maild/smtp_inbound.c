/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "inbound.h"
#include "smtp_session.h"

/*
 * Mail from the world.  Front speaks SMTP with the client; here its frames
 * become the commands of a session that sees no other bytes of it.
 */

static void
read_param(struct span word, struct smtp_param *p)
{
	struct span value = word;

	span_split(&value, '=', &p->keyword);
	if (p->keyword.n < word.n)
		p->value = value.n > 0 ? value : span_of("", 0);
}

/* The parts of a command, as if they had been read off its line. */
static void
command_of(const struct inbound_frame *f, enum smtp_verb verb,
    struct smtp_cmd *cmd)
{
	struct span rest = f->params, word;

	*cmd = (struct smtp_cmd){ .verb = verb, .path = f->path,
		.null_path = f->path.n == 0, .chunk = f->chunk,
		.last = f->last };
	if (f->path.p == NULL)
		return;
	while (cmd->nparam < SMTP_PARAMS_MAX && span_split(&rest, ' ', &word))
		read_param(word, &cmd->param[cmd->nparam++]);
	cmd->arg = span_of(f->path.p,
	    (size_t)(span_end(f->params) - f->path.p));
}

static void
hear_hello(struct smtp *sm, const struct inbound_frame *f)
{
	free(sm->helo);
	sm->helo = span_dup(span_sub(f->helo, 0, SMTP_HELO_MAX));
	sm->esmtp = f->esmtp;
	sm->greeted = true;
}

static void
take_command(struct smtp *sm, const struct inbound_frame *f)
{
	static const enum smtp_verb verbs[INBOUND_TYPES] = {
		[INBOUND_MAIL] = SMTP_MAIL,
		[INBOUND_RCPT] = SMTP_RCPT,
		[INBOUND_DATA] = SMTP_DATA,
		[INBOUND_BDAT] = SMTP_BDAT,
		[INBOUND_RSET] = SMTP_RSET,
	};
	struct smtp_cmd cmd;

	if (f->type == INBOUND_MAIL)
		hear_hello(sm, f);
	command_of(f, verbs[f->type], &cmd);
	smtp_run(sm, &cmd);
}

static bool
in_place(const struct smtp *sm, const struct inbound_frame *f)
{
	if (sm->state == SMTP_CHUNK)
		return f->type == INBOUND_TEXT && f->text.n <= sm->chunk;
	return (f->type == INBOUND_TEXT || f->type == INBOUND_END) ==
	    (sm->state == SMTP_TEXT);
}

static void
take_frame(struct smtp *sm, const struct inbound_frame *f)
{
	if (sm->state == SMTP_CHUNK)
		smtp_chunk_take(sm, f->text);
	else if (f->type == INBOUND_TEXT)
		smtp_text_take(sm, f->text);
	else if (f->type == INBOUND_END)
		smtp_text_end(sm, f->bare);
	else
		take_command(sm, f);
}

/* The store is busy, or there is no more text to come. */
static bool
wants_no_frame(const struct smtp *sm)
{
	switch (sm->state) {
	case SMTP_COMMANDS:
		return false;
	case SMTP_TEXT:
		return sm->txn->blocked || sm->txn->ended;
	case SMTP_CHUNK:
		return sm->chunk == 0 ||
		    (!sm->chunk_dropped && sm->txn->blocked);
	case SMTP_ASKING:
	case SMTP_FILTERING:
	case SMTP_DELIVERING:
		break;
	}
	return true;
}

static bool
go_on(struct smtp *sm)
{
	if (sm->state == SMTP_CHUNK)
		return smtp_chunk(sm);
	if (sm->state == SMTP_FILTERING)
		return smtp_filter_step(sm);
	return sm->state == SMTP_TEXT && smtp_text(sm);
}

bool
smtp_inbound(struct smtp *sm)
{
	struct inbound_frame f;
	ssize_t n;

	if (wants_no_frame(sm))
		return go_on(sm);
	n = inbound_parse(session_input(sm->session), &f);
	if (n > 0 && !in_place(sm, &f))
		n = -1;
	if (n < 0) {
		log_error("smtp: front says what it may not",
		    "session=" LOG_ID, session_started(sm->session)->id);
		smtp_close(sm);
		return true;
	}
	if (n > 0) {
		take_frame(sm, &f);
		session_take(sm->session, (size_t)n);
	}
	return n > 0;
}
