/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * domain add, list, remove: by the control API.
 */
static const struct out_column columns[] = {
	{ "domain", OUT_STRING, true },
	{ "source", OUT_STRING, false },
};

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *domain;
	size_t i;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 0, 0))
		return c->status;
	ret = ctl_client_call(c, "GET", CTL_PATH("/domains"), NULL, &answer);
	if (ret != 0)
		return ret;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(json_object_get(answer, "domains"), i, domain) {
		out_str(&c->out,
		    span_str(ctl_client_string(domain, "domain")));
		out_str(&c->out,
		    span_str(ctl_client_string(domain, "source")));
	}
	out_end(&c->out);
	json_decref(answer);
	return cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_domain_list = {
	.name = "domain list",
	.usage = "",
	.summary = "list the domains whose mail is delivered here",
	.example = { "mailctl domain list", "mailctl domain list --json" },
	.exec = exec_list,
};

static int
exec_add(struct cmd *c, int argc, char **argv)
{
	json_t *answer, *name;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	name = json_string(argv[0]);
	if (name == NULL)
		return cmd_fail(c, EX_DATAERR, "%s: not UTF-8", argv[0]);
	ret = ctl_client_call(c, "POST",
	    CTL_PATH("/domains"),
	    json_pack("{s:o}", "domain", name), &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_domain_add = {
	.name = "domain add",
	.usage = "DOMAIN",
	.summary = "deliver a domain's mail here",
	.example = { "mailctl domain add example.net",
	    "mailctl domain add m\xc3\xbcnchen.example" },
	.exec = exec_add,
};

static int
exec_remove(struct cmd *c, int argc, char **argv)
{
	json_t *answer;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	ret = ctl_client_call(c, "DELETE",
	    (struct ctl_path){ "/domains/", argv[0], NULL }, NULL, &answer);
	json_decref(answer);
	return ret;
}

const struct cmd_entry cmd_domain_remove = {
	.name = "domain remove",
	.usage = "DOMAIN",
	.summary = "deliver a domain's mail here no more",
	.example = { "mailctl domain remove example.net",
	    "mailctl domain remove xn--mnchen-3ya.example" },
	.exec = exec_remove,
};
