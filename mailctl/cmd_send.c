/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "header.h"
#include "outgoing.h"
#include "slurp.h"
#include "template.h"

/*
 * send: a new message made of options, or, as sendmail does it, one that
 * stands on standard input.
 */
struct send {
	struct outgoing out;
	struct login login;
	struct opt_list to, cc, bcc;
	struct opt_list old; /* -o of sendmail */
	const char *subject;
	const char *template; /* its file */
	struct opt_list set;
	struct template filled;
	bool from_header; /* -t: recipients stand in the message */
	bool keep_dots;   /* -i */
};

static bool
as_sendmail(const struct send *s)
{
	return s->to.len == 0 && s->cc.len == 0 && s->bcc.len == 0 &&
	    s->out.attach.len == 0 && s->subject == NULL &&
	    s->out.body == NULL && s->template == NULL;
}

static void
add_recipients(struct opt_list *l, const struct buf *addresses)
{
	if (addresses->len > 0)
		opt_list_add(l, addresses->data);
}

/* Options go before what the template says. */
static int
take_template(struct send *s)
{
	struct buf text = { .max = TEMPLATE_MAX }, err = { 0 };
	struct template *t = &s->filled;
	int ret = 0;

	if (s->template == NULL)
		return 0;
	if (slurp_file(s->template, &text) < 0)
		ret = cmd_fail(s->out.cmd, EX_NOINPUT, "%s: %s", s->template,
		    strerror(errno));
	else if (template_read(t, buf_span(&text), &s->set, &err) < 0)
		ret = cmd_fail(s->out.cmd, EX_DATAERR, "%s: %s", s->template,
		    err.data);
	add_recipients(&s->to, &t->to);
	add_recipients(&s->cc, &t->cc);
	add_recipients(&s->bcc, &t->bcc);
	if (s->subject == NULL)
		s->subject = t->subject.data;
	if (s->out.from == NULL && t->from.len > 0)
		s->out.from = t->from.data;
	if (s->out.body == NULL)
		s->out.body = t->body.len > 0 ? t->body.data : "";
	buf_free(&text);
	buf_free(&err);
	return ret;
}

static int
compose(struct send *s)
{
	struct buf text = { .max = OUTGOING_MAX };
	struct compose m = {
		.to = s->to.value, .nto = s->to.len,
		.cc = s->cc.value, .ncc = s->cc.len,
		.bcc = s->bcc.value, .nbcc = s->bcc.len,
		.subject = s->subject,
	};
	int ret;

	ret = outgoing_text(&s->out, &text);
	m.body = buf_span(&text);
	if (ret == 0)
		ret = outgoing_compose(&s->out, &m);
	buf_free(&text);
	return ret;
}

/* ---- a message from standard input ---- */

/* With CRLF line ends; up to a line that is a dot, where that counts. */
static void
take_lines(const struct send *s, struct span in, struct buf *out)
{
	struct span line;

	while (span_split(&in, '\n', &line)) {
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (!s->keep_dots && line.n == 1 && line.p[0] == '.')
			return;
		buf_add_span(out, line);
		buf_adds(out, "\r\n");
	}
}

/* Text alone is a body; an author is added where there is none. */
static int
add_header(struct send *s, struct span text, struct buf *err)
{
	const char *from = outgoing_author(&s->out);
	struct span rest = text;
	struct header_field f;
	bool has_from = header_find(text, "From", &f);

	if (!has_from && from != NULL &&
	    compose_address_field(&s->out.filed, "From", &from, 1, err) < 0)
		return -1;
	if (header_next(&rest, &f) && f.name.n == 0)
		buf_adds(&s->out.filed, "\r\n");
	return 0;
}

static int
take(struct send *s)
{
	struct buf in = { 0 }, text = { .max = OUTGOING_MAX }, err = { 0 };
	int ret = outgoing_stdin(&s->out, &in);

	take_lines(s, buf_span(&in), &text);
	if (ret == 0 && (text.len == 0 || text.failed))
		ret = cmd_fail(s->out.cmd, EX_DATAERR, text.failed ?
		    "the message is too large" : "the message is empty");
	if (ret == 0 && add_header(s, buf_span(&text), &err) < 0)
		ret = cmd_fail(s->out.cmd, EX_DATAERR, "%s", err.data);
	buf_add_span(&s->out.filed, buf_span(&text));
	buf_free(&in);
	buf_free(&text);
	buf_free(&err);
	return ret;
}

/* ---- the command ---- */

static int
find_login(struct send *s)
{
	struct cmd *c = s->out.cmd;

	s->out.login = &s->login;
	if (c->session == NULL)
		return login_init(&s->login, c);
	s->out.login = &c->session->login;
	return imap_session_login(c->session, c);
}

static int
send_all(struct send *s, int argc, char **argv)
{
	bool sendmail = as_sendmail(s);
	int ret;

	s->out.filed.max = OUTGOING_MAX;
	ret = find_login(s);
	if (ret == 0)
		ret = take_template(s);
	if (ret == 0)
		ret = sendmail ? take(s) : compose(s);
	if (ret == 0)
		ret = outgoing_rcpts(&s->out, argc, argv,
		    s->from_header || !sendmail);
	if (ret == 0)
		ret = outgoing_submit(&s->out);
	login_clear(&s->login);
	return ret;
}

static bool
ignores_dots(const struct opt_list *o)
{
	for (size_t i = 0; i < o->len; i++) {
		if (o->value[i][0] == 'i')
			return true;
	}
	return false;
}

static void
clear(struct send *s)
{
	opt_list_free(&s->to);
	opt_list_free(&s->cc);
	opt_list_free(&s->bcc);
	opt_list_free(&s->old);
	opt_list_free(&s->set);
	template_clear(&s->filled);
	outgoing_clear(&s->out);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct send s = { .out = { .cmd = c } };
	const struct opt opts[] = {
		{ 0, "to", OPT_LIST, &s.to, "ADDRESS", "send it to ADDRESS" },
		{ 0, "cc", OPT_LIST, &s.cc, "ADDRESS", "with a copy to" },
		{ 0, "bcc", OPT_LIST, &s.bcc, "ADDRESS",
		    "with a copy that the others do not see to" },
		{ 's', "subject", OPT_STRING, &s.subject, "TEXT",
		    "what it is about" },
		OUTGOING_OPTS(&s.out),
		{ 0, "template", OPT_STRING, &s.template, "FILE",
		    "fill in the message of FILE" },
		{ 0, "set", OPT_LIST, &s.set, "NAME=VALUE",
		    "what {{NAME}} in it stands for" },
		{ 't', NULL, OPT_FLAG, &s.from_header, NULL,
		    "the message names its recipients itself" },
		{ 'f', NULL, OPT_STRING, &s.out.sender, "ADDRESS",
		    "the envelope's sender" },
		{ 'i', NULL, OPT_FLAG, &s.keep_dots, NULL,
		    "as sendmail: a line with a dot ends nothing" },
		/* What programs give to sendmail besides. */
		{ 'o', NULL, OPT_LIST, &s.old, "OPTION", NULL },
		{ 'b', NULL, OPT_IGNORE, NULL, "MODE", NULL },
		{ 'B', NULL, OPT_IGNORE, NULL, "TYPE", NULL },
		{ 'F', NULL, OPT_IGNORE, NULL, "NAME", NULL },
		{ 'N', NULL, OPT_IGNORE, NULL, "WHEN", NULL },
		{ 0 },
	};
	int ret;

	if (!cmd_options(c, &argc, argv, opts, 0, -1)) {
		clear(&s);
		return c->status;
	}
	s.keep_dots |= !c->sendmail || ignores_dots(&s.old);
	ret = send_all(&s, argc, argv);
	clear(&s);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_send = {
	.name = "send",
	.usage = "--to ADDRESS [-s TEXT] [-a FILE] | [-t] [ADDRESS...]",
	.summary = "send a message, new or from standard input",
	.example = { "mailctl send --to eve@example.org -s Hello --body 'How are you?'",
	    "mailctl send --to eve@example.org -s 'The plan' -a plan.pdf < text" },
	.exec = exec,
};
