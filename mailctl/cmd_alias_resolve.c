/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * alias resolve: where mail to an address goes, by the control API.
 */
#define VIA_MAX 16 /* the server follows no more than 10 aliases */

static const struct out_column columns[] = {
	{ "kind", OUT_STRING, false },
	{ "address", OUT_STRING, true },
	{ "user", OUT_STRING, false },
	{ "mailbox", OUT_STRING, false },
	{ "via", OUT_LIST, true },
	{ "reply", OUT_STRING, true },
};

static void
print_end(struct out *o, const json_t *end)
{
	struct span word[VIA_MAX];
	size_t i, n = 0;
	json_t *via;

	json_array_foreach(json_object_get(end, "via"), i, via) {
		if (json_is_string(via) && n < VIA_MAX)
			word[n++] = span_str(json_string_value(via));
	}
	out_str(o, span_str(ctl_client_string(end, "kind")));
	out_str(o, span_str(ctl_client_string(end, "address")));
	out_str(o, span_str(ctl_client_string(end, "user")));
	out_str(o, span_str(ctl_client_string(end, "mailbox")));
	out_list(o, word, n);
	out_str(o, span_str(ctl_client_string(end, "reply")));
}

/* 1 where the server would refuse the mail. */
static int
exec_resolve(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *end;
	bool accepted;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = ctl_client_call(c, "GET",
	    (struct ctl_path){ "/aliases/", argv[0], "/resolve" }, NULL,
	    &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(json_object_get(answer, "ends"), i, end)
		print_end(&c->out, end);
	out_end(&c->out);
	accepted = json_is_true(json_object_get(answer, "accepted"));
	json_decref(answer);
	return cmd_end(c, accepted ? EX_OK : 1);
}

const struct cmd_entry cmd_alias_resolve = {
	.name = "alias resolve",
	.usage = "ADDRESS",
	.summary = "show where mail to an address goes",
	.example = { "mailctl alias resolve sales@example.org",
	    "mailctl alias resolve bob+lists@example.org --json" },
	.exec = exec_resolve,
};
