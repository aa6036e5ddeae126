/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter.h"
#include "rspamd.h"
#include "smtp_session.h"
#include "stats.h"

/*
 * Mail from the world, where rspamd is to see it: the message is kept in a
 * file without a name until there is a verdict, and goes to the store then,
 * with the header that it asks for.
 */
#define PIECE    ((size_t)32768)
#define PATIENCE 5 /* seconds that outbound may need for itself */

struct smtp_filter {
	int file;
	uint64_t size, header; /* bytes in it, and those before its body */
	uint64_t off;          /* of those that are in the store */
	struct filter_request *request; /* NULL: it is answered */
	struct rspamd_verdict verdict;
};

void
smtp_filter_free(struct smtp_filter *f)
{
	if (f == NULL)
		return;
	if (f->request != NULL)
		filter_cancel(f->request);
	rspamd_clear(&f->verdict);
	close(f->file);
	free(f);
}

bool
smtp_filter_junk(const struct smtp_filter *f)
{
	return f != NULL && (f->verdict.action == RSPAMD_ADD_HEADER ||
				f->verdict.action == RSPAMD_QUARANTINE);
}

/* ---- while it comes ---- */

bool
smtp_filter_begin(struct smtp *sm)
{
	const struct conf *conf = smtp_conf(sm);
	struct buf dir = { 0 };
	int fd;

	if (!sm->policy->inbound || conf->rspamd_url == NULL)
		return false;
	buf_addf(&dir, "%s/mail", conf->state_dir);
	fd = open(dir.data, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		log_error("smtp: no file for a message", "folder=%s error=%s",
		    dir.data, strerror(errno));
		smtp_text_refuse(sm, "%s", smtp_store_reply(sm, STORE_FULL));
	} else {
		sm->txn->filter = xcalloc(1, sizeof(*sm->txn->filter));
		sm->txn->filter->file = fd;
	}
	buf_free(&dir);
	return true;
}

void
smtp_filter_take(struct smtp *sm, struct span s)
{
	struct smtp_filter *f = sm->txn->filter;

	while (f != NULL && s.n > 0) {
		ssize_t n = pwrite(f->file, s.p, s.n, (off_t)f->size);

		if (n <= 0) {
			log_error("smtp: cannot keep a message", "error=%s",
			    strerror(errno));
			smtp_text_refuse(sm, "%s",
			    smtp_store_reply(sm, STORE_FULL));
			return;
		}
		f->size += (uint64_t)n;
		s = span_sub(s, (size_t)n, SIZE_MAX);
	}
}

void
smtp_filter_header(struct smtp *sm, struct span header)
{
	smtp_filter_take(sm, header);
	if (sm->txn->filter != NULL)
		sm->txn->filter->header = header.n;
}

/* ---- the verdict ---- */

static void
log_verdict(struct smtp *sm, const struct rspamd_verdict *v)
{
	struct buf id = { 0 };

	smtp_txn_id(sm, &id);
	log_info("smtp: checked", "session=" LOG_ID " message=%s peer=%s "
	    "from=%s message_id=%s action=%s text=%s",
	    session_started(sm->session)->id, id.data,
	    session_started(sm->session)->peer, sm->txn->sender,
	    sm->txn->message_id, rspamd_action_name(v->action), v->text);
	buf_free(&id);
}

/* NULL: it is to be taken.  Rspamd may say greylist each time that it sees a
 * message: whoever comes again has been told once already. */
static const char *
refusal_of(struct smtp *sm, const struct rspamd_verdict *v)
{
	switch (v->action) {
	case RSPAMD_REJECT:
		return "550 5.7.1";
	case RSPAMD_SOFT_REJECT:
		return "451 4.7.1";
	case RSPAMD_GREYLIST:
		return smtp_greylist_again(sm, sm->txn->rcpt[0].address) ?
		    NULL : "451 4.7.1";
	default:
		return NULL;
	}
}

static void
refuse(struct smtp *sm, const char *code, const char *text)
{
	struct buf reply = { 0 };

	if (text == NULL)
		text = code[0] == '5' ? "Refused as spam" :
					"Not now; try again later";
	buf_addf(&reply, "%s %s", code, text);
	stats_add(STATS_FILTER_REFUSED, 1);
	smtp_refuse(sm, reply.data);
	buf_free(&reply);
}

/* The header is as it is to be kept, the body follows. */
static void
store_header(struct smtp *sm)
{
	struct smtp_filter *f = sm->txn->filter;
	struct buf header = { 0 }, edited = { 0 }, added = { 0 };
	char *at = buf_reserve(&header, (size_t)f->header);
	ssize_t n = pread(f->file, at, (size_t)f->header, 0);

	if (n < 0 || (uint64_t)n != f->header) {
		smtp_text_refuse(sm, "%s", smtp_store_reply(sm, STORE_UNAVAILABLE));
	} else {
		struct span whole = span_of(at, (size_t)n);

		rspamd_add(&added, &f->verdict);
		rspamd_edit(&edited, whole, &f->verdict);
		smtp_text_header(sm, buf_span(&added), buf_span(&edited),
		    SPAN_LIT(""));
		f->off = f->header;
	}
	buf_free(&header);
	buf_free(&edited);
	buf_free(&added);
}

static void
on_answer(void *arg, struct span answer)
{
	struct smtp *sm = arg;
	struct smtp_filter *f = sm->txn->filter;
	const struct conf *conf = smtp_conf(sm);

	f->request = NULL;
	if (answer.p == NULL || rspamd_parse(&f->verdict, answer) < 0) {
		stats_add(STATS_FILTER_FAILED, 1);
		if (strcmp(conf->rspamd_failure, "defer") == 0)
			smtp_text_refuse(sm, "451 4.7.1 Mail cannot be "
					     "checked now");
	} else {
		const char *code = refusal_of(sm, &f->verdict);

		stats_add(STATS_FILTER_CHECKED, 1);
		log_verdict(sm, &f->verdict);
		if (code != NULL) {
			refuse(sm, code, f->verdict.text);
			smtp_resume(sm);
			return;
		}
	}
	if (sm->txn->refusal.len == 0)
		store_header(sm);
	smtp_resume(sm);
}

static void
gather_recipients(struct smtp *sm, struct buf *out)
{
	out->max = FILTER_RECIPIENTS_MAX;
	for (size_t i = 0; i < sm->txn->nrcpt; i++) {
		const char *address = sm->txn->rcpt[i].address;

		if (out->len + strlen(address) < out->max)
			buf_add(out, address, strlen(address) + 1);
	}
}

void
smtp_filter_ask(struct smtp *sm)
{
	struct smtp_filter *f = sm->txn->filter;
	struct worker *w = session_worker(sm->session);
	struct buf id = { 0 }, to = { 0 };
	struct filter_ask ask = {
		.peer = session_started(sm->session)->peer,
		.helo = sm->helo,
		.sender = sm->txn->sender,
		.text = f->file,
		.size = f->size,
		.seconds = smtp_conf(sm)->rspamd_timeout + PATIENCE,
	};

	smtp_set_state(sm, SMTP_FILTERING);
	smtp_txn_id(sm, &id);
	gather_recipients(sm, &to);
	ask.id = id.data;
	ask.recipients = buf_span(&to);
	f->request = filter_ask(w->filter, w->base, &ask, on_answer, sm);
	buf_free(&id);
	buf_free(&to);
}

/* ---- into the store ---- */

bool
smtp_filter_waits(const struct smtp *sm)
{
	return sm->txn->filter->request != NULL || sm->txn->blocked;
}

bool
smtp_filter_step(struct smtp *sm)
{
	struct smtp_filter *f = sm->txn->filter;
	char piece[PIECE];
	ssize_t n = 0;

	if (smtp_filter_waits(sm))
		return false;
	if (sm->txn->refusal.len == 0 && f->off < f->size)
		n = pread(f->file, piece, sizeof(piece), (off_t)f->off);
	if (n < 0 || (n == 0 && f->off < f->size))
		smtp_text_refuse(sm, "%s", smtp_store_reply(sm, STORE_UNAVAILABLE));
	if (sm->txn->refusal.len > 0) {
		smtp_refuse(sm, sm->txn->refusal.data);
	} else if (f->off == f->size) {
		smtp_deliver(sm);
	} else {
		f->off += (uint64_t)n;
		smtp_text_store(sm, span_of(piece, (size_t)n));
	}
	return true;
}
