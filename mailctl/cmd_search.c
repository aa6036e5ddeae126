/* SPDX-License-Identifier: ISC */
#include "find.h"

/*
 * search: messages of a mailbox that all words hold for.
 */
static int
search(struct imap_conn *ic, void *arg)
{
	return find_run(ic, arg);
}

/* Nothing was found: perhaps a key was mistyped. */
static void
hint(const struct cmd *c, int argc, char **argv)
{
	const char *key;

	for (int i = 0; i < argc; i++) {
		key = query_meant(span_str(argv[i]));
		if (key != NULL)
			cmd_warn(c, "%s: was searched as text; did you mean "
			    "\"%s:\"?", argv[i], key);
	}
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct find f = { .out = &c->out, .mailbox = "INBOX" };
	struct find_options o = { 0 };
	const struct opt opts[] = {
		{ 'm', "mailbox", OPT_STRING, &f.mailbox, "MAILBOX",
		    "search there; INBOX" },
		{ 'n', "limit", OPT_NUMBER, &f.limit, "N",
		    "print the last N that were found" },
		{ 'q', "quiet", OPT_FLAG, &f.quiet, NULL,
		    "print ids only, for \"-\"" },
		FIND_OPTIONS(&o),
		{ 0 },
	};
	struct buf err = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, -1))
		return c->status;
	if (argc == 0)
		return cmd_usage(c, "search for what? mailctl list -n 0 lists "
		    "all messages");
	ret = find_options(&f, c, &o);
	if (ret != 0)
		return ret;
	if (query_parse(&f.query, argc, argv, c->out.now, &err) < 0) {
		ret = cmd_usage(c, "%s", err.data);
		buf_free(&err);
		return ret;
	}
	ret = imap_conn_with(c, search, &f);
	query_clear(&f.query);
	if (ret == EX_NO)
		hint(c, argc, argv);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_search = {
	.name = "search",
	.usage = "[-q] [-n N] [-m MAILBOX] [--sort KEY] WORD...",
	.summary = "find messages",
	.example = { "mailctl search from:alice is:unread",
	    "mailctl search -q -m Sent after:2w plan | mailctl get -o sent/ -" },
	.paged = true,
	.as = CMD_AS_EACH,
	.exec = exec,
};
