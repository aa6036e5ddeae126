/* SPDX-License-Identifier: ISC */
#include "discover.h"

#include "address.h"
#include "srv.h"

/*
 * discover: the servers of an address.
 */
static const struct out_column columns[] = {
	{ "service", OUT_STRING, false },
	{ "url", OUT_STRING, true },
	{ "user", OUT_STRING, true },
	{ "login", OUT_STRING, false },
	{ "source", OUT_STRING, false },
	{ "sure", OUT_BOOL, false },
};

static void
print_one(struct out *o, const char *service, const struct discovered *d)
{
	if (d->url == NULL)
		return;
	out_str(o, span_str(service));
	out_str(o, span_str(d->url));
	out_str(o, span_str(d->user));
	out_str(o, d->oauth ? SPAN_LIT("token") : SPAN_LIT("password"));
	out_str(o, span_str(d->source));
	out_bool(o, d->sure);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct discover_options o = { 0 };
	struct mailbox_addr parts;
	struct discovery d;
	const struct opt opts[] = {
		{ 0, "resolver", OPT_STRING, &o.resolver, "ADDRESS[:PORT]",
		    "ask that DNS server for SRV records" },
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 1, 1))
		return c->status;
	if (mailbox_addr_parse(span_str(argv[0]), true, &parts) < 0)
		return cmd_usage(c, "%s: not an address", argv[0]);
	if (o.resolver != NULL && srv_server_ok(o.resolver) < 0)
		return cmd_usage(c, "%s: not an IPv4 address", o.resolver);
	o.ca_file = c->opt.ca_file;
	discover(&d, argv[0], &o);
	ret = d.imap.url != NULL || d.smtp.url != NULL ? EX_OK : EX_NO;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	print_one(&c->out, "imap", &d.imap);
	print_one(&c->out, "smtp", &d.smtp);
	out_end(&c->out);
	discovery_clear(&d);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_discover = {
	.name = "discover",
	.usage = "ADDRESS",
	.summary = "find the servers of an address",
	.example = { "mailctl discover bob@example.org",
	    "mailctl discover --json bob@example.org" },
	.exec = exec,
};
