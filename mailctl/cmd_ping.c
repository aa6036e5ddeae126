/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * ping: is the server there, and which one?
 */
static const struct out_column columns[] = {
	{ "hostname", OUT_STRING, true },
	{ "version", OUT_STRING, false },
};

static int
exec(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/ping"), NULL,
	    &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	out_str(&c->out, span_str(ctl_client_string(answer, "hostname")));
	out_str(&c->out, span_str(ctl_client_string(answer, "version")));
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_ping = {
	.name = "ping",
	.usage = "",
	.summary = "ask whether maild is there",
	.example = { "mailctl ping",
	    "mailctl ping --socket /run/maild/control.sock" },
	.exec = exec,
};
