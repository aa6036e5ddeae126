/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

/*
 * queue list, show, retry, hold, release, delay, drop, bounce: by the control
 * API.
 */
struct filter {
	const char *sender, *recipient, *domain, *older;
	bool all;
};

#define FILTER_OPTIONS(f)                                                  \
	{ 0, "sender", OPT_STRING, &(f).sender, "ADDRESS",                 \
		"from that sender, \"\" for none" },                       \
	    { 0, "recipient", OPT_STRING, &(f).recipient, "ADDRESS",       \
		    "to that recipient" },                                 \
	    { 0, "domain", OPT_STRING, &(f).domain, "DOMAIN",              \
		    "to recipients of that domain" },                      \
	{                                                                  \
		0, "older", OPT_STRING, &(f).older, "TIME",                \
		    "that have waited at least so long, as in 30m, 4h, 2d" \
	}

/* "90", "30m", "4h", "2d" in seconds. */
static bool
read_time(const char *text, json_int_t *seconds)
{
	static const char units[] = "smhd";
	static const json_int_t factor[] = { 1, 60, 3600, 86400 };
	size_t n = strspn(text, "0123456789");
	const char *unit = text[n] != '\0' ? strchr(units, text[n]) : units;
	uint64_t v;

	if (unit == NULL || (text[n] != '\0' && text[n + 1] != '\0') ||
	    span_u64(span_of(text, n), 100000000, &v) < 0)
		return false;
	*seconds = (json_int_t)v * factor[unit - units];
	return true;
}

/* For a request; NULL: something was said. */
static json_t *
filter_json(struct cmd *c, const struct filter *f)
{
	json_int_t older = 0;
	json_t *body;

	if (f->older != NULL && !read_time(f->older, &older)) {
		c->status = cmd_usage(c, "\"%s\" is no time", f->older);
		return NULL;
	}
	body = json_pack("{s:s*, s:s*, s:s*, s:I}", "sender", f->sender,
	    "recipient", f->recipient, "domain", f->domain, "older", older);
	if (body == NULL)
		c->status = cmd_fail(c, EX_DATAERR, "an address is not UTF-8");
	return body;
}

static bool
read_id(struct cmd *c, const char *text, json_t *body)
{
	uint64_t id;

	if (span_u64(span_str(text), INT64_MAX, &id) < 0 || id == 0) {
		c->status =
		    cmd_usage(c, "\"%s\" is no number of a message", text);
		return false;
	}
	json_object_set_new(body, "id", json_integer((json_int_t)id));
	return true;
}

/* ---- looking ---- */

static const struct out_column columns[] = {
	{ "id", OUT_NUMBER, false },
	{ "created", OUT_TIME, false },
	{ "size", OUT_SIZE, false },
	{ "sender", OUT_STRING, false },
	{ "recipient", OUT_STRING, false },
	{ "state", OUT_STRING, false },
	{ "attempts", OUT_NUMBER, false },
	{ "next", OUT_TIME, false },
	{ "priority", OUT_STRING, false },
	{ "tls", OUT_STRING, false },
	{ "reply", OUT_STRING, true },
};

static void
add_reply(struct buf *out, const json_t *rcpt)
{
	const char *host = ctl_client_string(rcpt, "host");
	json_int_t code = json_integer_value(json_object_get(rcpt, "code"));

	if (host[0] != '\0')
		buf_addf(out, "%s: %lld %s ", host, (long long)code,
		    ctl_client_string(rcpt, "enhanced"));
	buf_adds(out, ctl_client_string(rcpt, "reply"));
}

static uint64_t
number(const json_t *o, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(o, name));
}

/* "-9" to "9"; "" where the sender has named none. */
static void
print_priority(struct out *o, const json_t *m)
{
	json_int_t priority = json_integer_value(json_object_get(m, "priority"));
	struct buf b = { 0 };

	if (priority != 0)
		buf_addf(&b, "%lld", (long long)priority);
	out_str(o, buf_span(&b));
	buf_free(&b);
}

static void
print_message(struct out *o, const json_t *m)
{
	struct buf reply = { 0 };
	json_t *rcpt;
	size_t i;

	json_array_foreach(json_object_get(m, "recipients"), i, rcpt)
	{
		buf_clear(&reply);
		add_reply(&reply, rcpt);
		out_num(o, number(m, "id"));
		out_time(o, ctl_client_time(m, "created"));
		out_num(o, number(m, "size"));
		out_str(o, span_str(ctl_client_string(m, "sender")));
		out_str(o, span_str(ctl_client_string(rcpt, "address")));
		out_str(o, span_str(ctl_client_string(rcpt, "state")));
		out_num(o, number(rcpt, "attempts"));
		out_time(o, ctl_client_time(rcpt, "next"));
		print_priority(o, m);
		out_str(o, span_str(ctl_client_string(m, "tls")));
		out_str(o, buf_span(&reply));
	}
	buf_free(&reply);
}

/* A page of the server after the other; body is ours. */
static int
print_all(struct cmd *c, json_t *body, size_t *found)
{
	bool more = true;
	int ret = 0;

	*found = 0;
	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	while (ret == 0 && more) {
		json_t *answer, *m;
		size_t i;

		ret = ctl_client_call(c, "POST", CTL_PATH("/queue/search"),
		    json_deep_copy(body), &answer);
		json_array_foreach(json_object_get(answer, "messages"), i, m)
		    print_message(&c->out, m);
		*found += json_array_size(json_object_get(answer, "messages"));
		more = json_is_true(json_object_get(answer, "more"));
		json_object_set(body, "after", json_object_get(answer, "last"));
		json_decref(answer);
	}
	out_end(&c->out);
	json_decref(body);
	return ret;
}

static int
exec_list(struct cmd *c, int argc, char **argv)
{
	struct filter f = { 0 };
	const struct opt own[] = { FILTER_OPTIONS(f), { 0 } };
	json_t *body;
	size_t found;
	int ret;

	if (!cmd_options(c, &argc, argv, own, 0, 0))
		return c->status;
	body = filter_json(c, &f);
	if (body == NULL)
		return c->status;
	ret = print_all(c, body, &found);
	return ret != 0 ? ret : cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_queue_list = {
	.name = "queue list",
	.usage = "[OPTION...]",
	.summary = "list the mail that waits to leave the server",
	.example = { "mailctl queue list",
	    "mailctl queue list --domain example.net --older 1h" },
	.exec = exec_list,
};

static int
exec_show(struct cmd *c, int argc, char **argv)
{
	json_t *body;
	size_t found;
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	body = json_object();
	if (!read_id(c, argv[0], body)) {
		json_decref(body);
		return c->status;
	}
	ret = print_all(c, body, &found);
	if (ret == 0 && found == 0)
		return cmd_fail(
		    c, EX_NOMESSAGE, "%s: no such message waits", argv[0]);
	return ret != 0 ? ret : cmd_end(c, EX_OK);
}

const struct cmd_entry cmd_queue_show = {
	.name = "queue show",
	.usage = "ID",
	.summary = "show one message that waits",
	.example = { "mailctl queue show 4711",
	    "mailctl queue show --json 4711" },
	.exec = exec_show,
};

/* ---- changing ---- */

/* body is ours; adds to *recipients. */
static int
change_all(struct cmd *c, json_t *body, uint64_t *recipients)
{
	bool more = true;
	int ret = 0;

	while (ret == 0 && more) {
		json_t *answer;

		ret = ctl_client_call(c, "POST", CTL_PATH("/queue/change"),
		    json_deep_copy(body), &answer);
		*recipients += number(answer, "recipients");
		more = json_is_true(json_object_get(answer, "more"));
		json_object_set(body, "after", json_object_get(answer, "last"));
		json_decref(answer);
	}
	json_decref(body);
	return ret;
}

static int
report(struct cmd *c, uint64_t recipients)
{
	static const struct out_column count[] = {
		{ "recipients", OUT_NUMBER, false },
	};

	out_begin(&c->out, count, 1);
	out_num(&c->out, recipients);
	out_end(&c->out);
	return cmd_end(c, recipients > 0 ? EX_OK : EX_NO);
}

/* NULL: it is said what is wrong. */
static json_t *
change_json(struct cmd *c, const struct filter *f, const char *seconds)
{
	json_t *body = filter_json(c, f);
	json_int_t s;

	if (body == NULL)
		return NULL;
	/* "queue retry" is the op "retry". */
	json_object_set_new(
	    body, "op", json_string(c->entry->name + strlen("queue ")));
	if (seconds == NULL)
		return body;
	if (read_time(seconds, &s)) {
		json_object_set_new(body, "seconds", json_integer(s));
		return body;
	}
	c->status = cmd_usage(c, "\"%s\" is no time", seconds);
	json_decref(body);
	return NULL;
}

static int
change(struct cmd *c, const struct filter *f, const char *seconds, int argc,
    char **argv)
{
	const bool any = f->sender != NULL || f->recipient != NULL ||
			 f->domain != NULL || f->older != NULL || f->all;
	uint64_t recipients = 0;
	int ret = 0;

	if (argc == 0 && !any)
		return cmd_usage(c, "say which: IDs, --sender, --recipient, "
				    "--domain, --older, or --all");
	for (int i = 0; ret == 0 && i < (argc > 0 ? argc : 1); i++) {
		json_t *body = change_json(c, f, seconds);

		if (body == NULL)
			return c->status;
		if (argc > 0 && !read_id(c, argv[i], body)) {
			json_decref(body);
			return c->status;
		}
		ret = change_all(c, body, &recipients);
	}
	return ret != 0 ? ret : report(c, recipients);
}

static int
exec_change(struct cmd *c, int argc, char **argv)
{
	struct filter f = { 0 };
	const struct opt own[] = { FILTER_OPTIONS(f),
		{ 0, "all", OPT_FLAG, &f.all, NULL, "all that waits" }, { 0 } };

	if (!cmd_options(c, &argc, argv, own, 0, -1))
		return c->status;
	return change(c, &f, NULL, argc, argv);
}

static int
exec_delay(struct cmd *c, int argc, char **argv)
{
	struct filter f = { 0 };
	const struct opt own[] = { FILTER_OPTIONS(f),
		{ 0, "all", OPT_FLAG, &f.all, NULL, "all that waits" }, { 0 } };

	if (!cmd_options(c, &argc, argv, own, 1, -1))
		return c->status;
	return change(c, &f, argv[0], argc - 1, argv + 1);
}

#define CHANGE(verb, text)                                            \
	const struct cmd_entry cmd_queue_##verb = {                   \
		.name = "queue " #verb,                               \
		.usage = "[OPTION...] [ID...]",                       \
		.summary = text,                                      \
		.example = { "mailctl queue " #verb " 4711",          \
		    "mailctl queue " #verb " --domain example.net" }, \
		.exec = exec_change,                                  \
	}

CHANGE(retry, "try to pass mail on now");
CHANGE(hold, "do not try it until it is released");
CHANGE(release, "let go what is held");
CHANGE(drop, "forget mail that waits, without a word");
CHANGE(bounce, "send it back to its sender");

const struct cmd_entry cmd_queue_delay = {
	.name = "queue delay",
	.usage = "TIME [OPTION...] [ID...]",
	.summary = "try it after some time only",
	.example = { "mailctl queue delay 2h 4711",
	    "mailctl queue delay 1d --domain example.net" },
	.exec = exec_delay,
};
