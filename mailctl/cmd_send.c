/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "compose.h"
#include "header.h"
#include "sent.h"
#include "slurp.h"
#include "smtp_conn.h"

/*
 * send: a new message made of options, or, as sendmail does it, one that
 * stands on standard input.
 */
#define MESSAGE_MAX ((size_t)256 << 20)

struct send {
	struct cmd *cmd;
	struct login login;
	/* options */
	struct opt_list to, cc, bcc, attach;
	struct opt_list old; /* -o of sendmail */
	const char *subject, *body, *from, *sender;
	bool from_header; /* -t: recipients stand in the message */
	bool keep_dots;   /* -i */
	bool no_copy;
	/* the message */
	struct buf filed;   /* with Bcc, as it goes to Sent */
	struct buf message; /* without */
	struct compose_rcpts rcpts;
};

static bool
as_sendmail(const struct send *s)
{
	return s->to.len == 0 && s->cc.len == 0 && s->bcc.len == 0 &&
	    s->attach.len == 0 && s->subject == NULL && s->body == NULL;
}

static int
read_stdin(const struct send *s, struct buf *out)
{
	out->max = MESSAGE_MAX;
	if (slurp_fd(0, out) == 0)
		return 0;
	return cmd_fail(s->cmd, errno == EFBIG ? EX_DATAERR : EX_IOERR,
	    "standard input: %s", strerror(errno));
}

/* Who writes: --from, the account's, or the user where that is an address. */
static const char *
author(const struct send *s)
{
	if (s->from != NULL)
		return s->from;
	if (s->login.from != NULL)
		return s->login.from;
	if (s->login.user != NULL && strchr(s->login.user, '@') != NULL)
		return s->login.user;
	return NULL;
}

/* ---- a new message ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

struct files {
	struct buf *bytes;
	struct compose_attachment *attachment;
	size_t len;
};

static int
read_files(const struct send *s, struct files *f)
{
	f->bytes = xcalloc(s->attach.len, sizeof(f->bytes[0]));
	f->attachment = xcalloc(s->attach.len, sizeof(f->attachment[0]));
	for (; f->len < s->attach.len; f->len++) {
		const char *path = s->attach.value[f->len];
		struct buf *b = &f->bytes[f->len];

		b->max = MESSAGE_MAX;
		if (slurp_file(path, b) < 0) {
			f->len++;
			return cmd_fail(s->cmd, EX_NOINPUT, "%s: %s", path,
			    strerror(errno));
		}
		f->attachment[f->len] = (struct compose_attachment){
			base_name(path), buf_span(b) };
	}
	return 0;
}

static void
files_clear(struct files *f)
{
	for (size_t i = 0; i < f->len; i++)
		buf_free(&f->bytes[i]);
	free(f->bytes);
	free(f->attachment);
}

static void
random_word(char word[33])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char r[16];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	for (size_t i = 0; i < sizeof(r); i++) {
		word[2 * i] = digits[r[i] >> 4];
		word[2 * i + 1] = digits[r[i] & 15];
	}
	word[32] = '\0';
}

static int
make(struct send *s, struct span body, const struct files *f)
{
	struct buf err = { 0 };
	char unique[33];
	struct compose m = {
		.from = author(s),
		.to = s->to.value, .nto = s->to.len,
		.cc = s->cc.value, .ncc = s->cc.len,
		.bcc = s->bcc.value, .nbcc = s->bcc.len,
		.subject = s->subject,
		.body = body,
		.attachment = f->attachment, .nattachments = f->len,
		.date = date_now(),
		.unique = unique,
	};
	int ret = 0;

	random_word(unique);
	if (m.from == NULL)
		return cmd_fail(s->cmd, EX_CONFIG, "no author is known: give "
		    "--from, or write it into the configuration");
	if (compose_message(&s->filed, &m, &err) < 0)
		ret = cmd_fail(s->cmd, EX_DATAERR, "%s", err.data);
	buf_free(&err);
	return ret;
}

static int
compose(struct send *s)
{
	struct files f = { 0 };
	struct buf body = { 0 };
	int ret = 0;

	if (s->body == NULL)
		ret = read_stdin(s, &body);
	else
		buf_adds(&body, s->body);
	if (ret == 0)
		ret = read_files(s, &f);
	if (ret == 0)
		ret = make(s, buf_span(&body), &f);
	files_clear(&f);
	buf_free(&body);
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
	const char *from = author(s);
	struct span rest = text;
	struct header_field f;
	bool has_from = header_find(text, "From", &f);

	if (!has_from && from != NULL &&
	    compose_address_field(&s->filed, "From", &from, 1, err) < 0)
		return -1;
	if (header_next(&rest, &f) && f.name.n == 0)
		buf_adds(&s->filed, "\r\n");
	return 0;
}

static int
take(struct send *s)
{
	struct buf in = { 0 }, text = { .max = MESSAGE_MAX }, err = { 0 };
	int ret = read_stdin(s, &in);

	take_lines(s, buf_span(&in), &text);
	if (ret == 0 && (text.len == 0 || text.failed))
		ret = cmd_fail(s->cmd, EX_DATAERR, text.failed ?
		    "the message is too large" : "the message is empty");
	if (ret == 0 && add_header(s, buf_span(&text), &err) < 0)
		ret = cmd_fail(s->cmd, EX_DATAERR, "%s", err.data);
	buf_add_span(&s->filed, buf_span(&text));
	buf_free(&in);
	buf_free(&text);
	buf_free(&err);
	return ret;
}

/* ---- whom it goes to ---- */

/* The author's domain completes names such as "root". */
static char *
own_domain(const struct send *s)
{
	struct compose_rcpts l = { 0 };
	struct buf err = { 0 };
	const char *from = author(s);
	char *domain = NULL;

	if (from != NULL &&
	    compose_add_rcpts(&l, span_str(from), &err) == 0 && l.len > 0)
		domain = xstrdup(strrchr(l.address[0], '@') + 1);
	compose_rcpts_clear(&l);
	buf_free(&err);
	return domain;
}

static int
collect_rcpts(struct send *s, int argc, char **argv)
{
	char *domain = own_domain(s);
	struct buf err = { 0 };
	int ret = 0;

	s->rcpts.domain = domain;
	for (int i = 0; i < argc && ret == 0; i++)
		ret = compose_add_rcpts(&s->rcpts, span_str(argv[i]), &err);
	if (ret == 0 && s->from_header)
		ret = compose_header_rcpts(&s->rcpts, buf_span(&s->filed),
		    &err);
	if (ret < 0)
		ret = cmd_fail(s->cmd, EX_DATAERR, "%s", err.data);
	else if (s->rcpts.len == 0)
		ret = cmd_usage(s->cmd, "nobody to send it to");
	s->rcpts.domain = NULL;
	free(domain);
	buf_free(&err);
	return ret;
}

/* The envelope's sender, for the caller to free; "" is the null path. */
static char *
envelope_sender(const struct send *s)
{
	struct compose_rcpts l = { 0 };
	struct buf err = { 0 };
	const char *from = author(s);
	struct header_field f;
	char *sender = NULL;

	if (s->sender != NULL)
		return xstrdup(strcmp(s->sender, "<>") == 0 ? "" : s->sender);
	if (from != NULL)
		compose_add_rcpts(&l, span_str(from), &err);
	else if (header_find(buf_span(&s->filed), "From", &f))
		compose_add_rcpts(&l, f.value, &err);
	if (l.len > 0)
		sender = xstrdup(l.address[0]);
	compose_rcpts_clear(&l);
	buf_free(&err);
	return sender;
}

/* ---- the command ---- */

static int
submit(struct send *s)
{
	struct smtp_conn_mail mail = {
		.rcpt = (const char *const *)s->rcpts.address,
		.nrcpt = s->rcpts.len,
	};
	char *sender = envelope_sender(s);
	size_t accepted;
	int ret;

	if (sender == NULL)
		return cmd_fail(s->cmd, EX_CONFIG, "no sender is known: give "
		    "-f, or write \"from\" into the configuration");
	s->message.max = MESSAGE_MAX;
	compose_without(&s->message, buf_span(&s->filed), "Bcc");
	mail.from = sender;
	mail.text = buf_span(&s->message);
	ret = smtp_conn_send(s->cmd, &s->login, &mail, &accepted);
	/* What has gone out is sent, though not to all. */
	if (accepted > 0 && !s->no_copy && s->login.imap != NULL)
		sent_file(s->cmd, &s->login, buf_span(&s->filed));
	free(sender);
	return ret;
}

static int
send_all(struct send *s, int argc, char **argv)
{
	int ret;

	s->filed.max = MESSAGE_MAX;
	ret = login_init(&s->login, s->cmd);
	if (ret == 0)
		ret = as_sendmail(s) ? take(s) : compose(s);
	if (!as_sendmail(s))
		s->from_header = true;
	if (ret == 0)
		ret = collect_rcpts(s, argc, argv);
	if (ret == 0)
		ret = submit(s);
	login_clear(&s->login);
	compose_rcpts_clear(&s->rcpts);
	buf_free(&s->filed);
	buf_free(&s->message);
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
free_lists(struct send *s)
{
	opt_list_free(&s->to);
	opt_list_free(&s->cc);
	opt_list_free(&s->bcc);
	opt_list_free(&s->attach);
	opt_list_free(&s->old);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct send s = { .cmd = c };
	const struct opt opts[] = {
		{ 0, "to", OPT_LIST, &s.to, "ADDRESS", "send it to ADDRESS" },
		{ 0, "cc", OPT_LIST, &s.cc, "ADDRESS", "with a copy to" },
		{ 0, "bcc", OPT_LIST, &s.bcc, "ADDRESS",
		    "with a copy that the others do not see to" },
		{ 's', "subject", OPT_STRING, &s.subject, "TEXT",
		    "what it is about" },
		{ 0, "body", OPT_STRING, &s.body, "TEXT",
		    "the text; else it is read from standard input" },
		{ 'a', "attach", OPT_LIST, &s.attach, "FILE", "attach FILE" },
		{ 0, "from", OPT_STRING, &s.from, "ADDRESS", "who writes it" },
		{ 0, "no-copy", OPT_FLAG, &s.no_copy, NULL,
		    "file no copy in the mailbox for sent mail" },
		{ 't', NULL, OPT_FLAG, &s.from_header, NULL,
		    "the message names its recipients itself" },
		{ 'f', NULL, OPT_STRING, &s.sender, "ADDRESS",
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
		free_lists(&s);
		return c->status;
	}
	s.keep_dots |= !c->sendmail || ignores_dots(&s.old);
	ret = send_all(&s, argc, argv);
	free_lists(&s);
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
