/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listing.h"
#include "msgid.h"

/*
 * watch: print messages as they come (IDLE, RFC 2177).
 */
#define IDLE_SECONDS (29 * 60) /* servers may hang up after 30 minutes */
#define BACKOFF_MAX  60

struct watch {
	struct cmd *cmd;
	const char *mailbox, *command;
	uint32_t limit; /* messages; 0: none */
	uint32_t seen;
	/* where it stands, also over a connection that is lost */
	uint32_t uidvalidity, uidnext;
	unsigned backoff;
	bool news;
};

/* ---- for each message ---- */

static void
run_child(const struct watch *w, const char *id)
{
	setenv("MAILCTL_ID", id, 1);
	execl("/bin/sh", "sh", "-c", w->command, (char *)NULL);
	_exit(127);
}

static int
run_command(const struct watch *w, uint32_t uid)
{
	struct buf id = { 0 };
	int status = -1;
	pid_t pid;

	fflush(stdout);
	msgid_format(&id, w->mailbox, w->uidvalidity, uid);
	pid = fork();
	if (pid == 0)
		run_child(w, id.data);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0 || status != 0)
		cmd_warn(w->cmd, "%s: the command failed for it", id.data);
	buf_free(&id);
	return 0;
}

static void
tell(struct watch *w, struct listing *l)
{
	struct seqset uids = { 0 };
	uint64_t uid;

	listing_keep(l, w->uidnext, &uids);
	if (uids.len > 0) {
		listing_print(l, &w->cmd->out, w->mailbox, NULL,
		    false);
		out_flush(&w->cmd->out);
		w->uidnext = uids.range[uids.len - 1].hi + 1;
	}
	for (uid = 0; w->command != NULL && seqset_next(&uids, uid, &uid);
	     uid++)
		run_command(w, (uint32_t)uid);
	w->seen += (uint32_t)seqset_count(&uids);
	seqset_clear(&uids);
}

/* ---- one connection ---- */

static int
fetch(struct imap_conn *ic, struct watch *w)
{
	struct listing l = { 0 };
	struct imap_answer a = { .data = listing_fn, .arg = &l };
	int ret;

	imap_client_begin(
	    ic->client, IMAP_WANT(IMAP_RESP_FETCH), imap_answer_fn, &a);
	imap_client_add(
	    ic->client, "UID FETCH %u:* %s", w->uidnext, LISTING_ITEMS);
	imap_client_end(ic->client);
	ret = imap_conn_run(ic);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, w->mailbox, EX_PROTOCOL);
	if (ret == 0)
		tell(w, &l);
	imap_answer_clear(&a);
	listing_clear(&l);
	return ret;
}

static void
on_news(void *arg, struct imap_resp *r)
{
	struct watch *w = arg;

	if (r->type == IMAP_RESP_EXISTS)
		w->news = true;
}

static int
idle(struct imap_conn *ic, struct watch *w)
{
	struct imap_answer a = { .data = on_news, .arg = w };
	int ret;

	w->news = false;
	imap_client_idle(
	    ic->client, IMAP_WANT(IMAP_RESP_EXISTS), imap_answer_fn, &a);
	ret = imap_conn_idle(ic, &w->news, IDLE_SECONDS);
	if (ret == 0)
		ret = imap_conn_check(ic, &a, "IDLE", EX_TEMPFAIL);
	imap_answer_clear(&a);
	return ret;
}

/* A mailbox made anew is watched from its beginning on. */
static int
open_mailbox(struct imap_conn *ic, struct watch *w)
{
	struct imap_mailbox m;
	int ret = imap_conn_open_mailbox(ic, &m, w->mailbox);

	imap_mailbox_clear(&m);
	if (ret != 0)
		return ret;
	if (w->uidvalidity == 0)
		w->uidnext = m.uidnext > 0 ? m.uidnext : 1;
	else if (w->uidvalidity != m.uidvalidity)
		w->uidnext = 1;
	w->uidvalidity = m.uidvalidity;
	w->backoff = 0;
	return m.uidnext > w->uidnext ? fetch(ic, w) : 0;
}

static bool
enough(const struct watch *w)
{
	return w->limit > 0 && w->seen >= w->limit;
}

static int
watch(struct imap_conn *ic, void *arg)
{
	struct watch *w = arg;
	int ret;

	if ((imap_client_caps(ic->client) & IMAP_CAP_IDLE) == 0)
		return cmd_fail(w->cmd, EX_PROTOCOL,
		    "%s cannot tell news: it has no IDLE", ic->login->imap);
	ret = open_mailbox(ic, w);
	while (ret == 0 && !enough(w)) {
		ret = idle(ic, w);
		if (ret == 0 && w->news)
			ret = fetch(ic, w);
	}
	return ret;
}

/* ---- the command ---- */

/* The server went away, or was not there; later it may be. */
static bool
passes(int ret)
{
	return ret == EX_UNAVAILABLE || ret == EX_TEMPFAIL;
}

static int
watch_on(struct watch *w)
{
	int ret;

	for (;;) {
		ret = imap_conn_with(w->cmd, watch, w);
		if (!passes(ret) || w->uidvalidity == 0)
			return ret;
		w->backoff = w->backoff == 0 ? 1 : 2 * w->backoff;
		if (w->backoff > BACKOFF_MAX)
			w->backoff = BACKOFF_MAX;
		cmd_warn(w->cmd, "trying again in %u s", w->backoff);
		sleep(w->backoff);
	}
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct watch w = { .cmd = c, .mailbox = "INBOX" };
	const struct opt opts[] = {
		{ 'n', "limit", OPT_NUMBER, &w.limit, "N",
		    "leave after N messages" },
		{ 0, "exec", OPT_STRING, &w.command, "COMMAND",
		    "run it for each; MAILCTL_ID is the message's id" },
		{ 0 },
	};

	if (!cmd_options(c, &argc, argv, opts, 0, 1))
		return c->status;
	if (argc > 0)
		w.mailbox = argv[0];
	return cmd_end(c, watch_on(&w));
}

const struct cmd_entry cmd_watch = {
	.name = "watch",
	.usage = "[-n N] [--exec COMMAND] [MAILBOX]",
	.summary = "print messages as they come",
	.example = { "mailctl watch --json",
	    "mailctl watch --exec 'mailctl show \"$MAILCTL_ID\"' Work" },
	.alone = true,
	.as = CMD_AS_USER,
	.exec = exec,
};
