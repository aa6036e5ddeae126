/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * index status and index rebuild: the search index, by the control API.
 */
static const struct out_column columns[] = {
	{ "mailboxes", OUT_NUMBER, false },
	{ "messages", OUT_NUMBER, false },
	{ "indexed", OUT_NUMBER, false },
	{ "segments", OUT_NUMBER, false },
	{ "bytes", OUT_SIZE, false },
	{ "idle", OUT_BOOL, false },
};
#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

static int
exec_status(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/index"), NULL, &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, NCOLUMNS);
	for (size_t i = 0; i < NCOLUMNS; i++) {
		const json_t *v = json_object_get(answer, columns[i].name);
		json_int_t n = json_integer_value(v);

		if (columns[i].kind == OUT_BOOL)
			out_bool(&c->out, json_is_true(v));
		else
			out_num(&c->out, n > 0 ? (uint64_t)n : 0);
	}
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_index_status = {
	.name = "index status",
	.usage = "",
	.summary = "show what the search index holds",
	.example = { "mailctl index status", "mailctl index status --json" },
	.exec = exec_status,
};

static int
exec_rebuild(struct cmd *c, int argc, char **argv)
{
	struct ctl_path path = CTL_PATH("/index/rebuild");
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 1))
		return c->status;
	if (argc > 0)
		path = (struct ctl_path){ "/users/", argv[0],
			"/index/rebuild" };
	ret = ctl_client_call(c, "POST", path, NULL, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_index_rebuild = {
	.name = "index rebuild",
	.usage = "[ADDRESS]",
	.summary = "make the search index anew, of one user or of all",
	.example = { "mailctl index rebuild",
	    "mailctl index rebuild bob@example.org" },
	.exec = exec_rebuild,
};
