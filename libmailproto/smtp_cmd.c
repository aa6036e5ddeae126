/* SPDX-License-Identifier: ISC */
#include "smtp_cmd.h"

enum arg_kind {
	ARG_NONE,
	ARG_OPTIONAL,
	ARG_TEXT,
	ARG_FROM, /* "FROM:" path and parameters */
	ARG_TO,
	ARG_CHUNK, /* a size, and perhaps "LAST" */
};

static const struct verb {
	const char *word;
	enum smtp_verb verb;
	enum arg_kind arg;
} verbs[] = {
	{ "HELO", SMTP_HELO, ARG_TEXT },
	{ "EHLO", SMTP_EHLO, ARG_TEXT },
	{ "LHLO", SMTP_LHLO, ARG_TEXT },
	{ "MAIL", SMTP_MAIL, ARG_FROM },
	{ "RCPT", SMTP_RCPT, ARG_TO },
	{ "DATA", SMTP_DATA, ARG_NONE },
	{ "RSET", SMTP_RSET, ARG_NONE },
	{ "NOOP", SMTP_NOOP, ARG_OPTIONAL },
	{ "QUIT", SMTP_QUIT, ARG_NONE },
	{ "VRFY", SMTP_VRFY, ARG_TEXT },
	{ "EXPN", SMTP_EXPN, ARG_TEXT },
	{ "HELP", SMTP_HELP, ARG_OPTIONAL },
	{ "STARTTLS", SMTP_STARTTLS, ARG_NONE },
	{ "AUTH", SMTP_AUTH, ARG_TEXT },
	{ "BDAT", SMTP_BDAT, ARG_CHUNK },
};

ssize_t
smtp_line(struct span s, size_t max, struct span *line)
{
	size_t n = s.n < max ? s.n : max, i = 0;

	*line = span_of(NULL, 0);
	while (i < n && s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\0')
		i++;
	if (i + 1 < n && s.p[i] == '\r' && s.p[i + 1] == '\n') {
		*line = span_of(s.p, i);
		return (ssize_t)i + 2;
	}
	if (n == max || i + 1 < n || (i < n && s.p[i] != '\r'))
		return -1;
	return 0;
}

size_t
smtp_line_skip(struct span s, bool *found)
{
	const char *lf;
	size_t n = 0;

	*found = true;
	while (n < s.n && (lf = memchr(s.p + n, '\n', s.n - n)) != NULL) {
		n = (size_t)(lf - s.p) + 1;
		if (n > 1 && lf[-1] == '\r')
			return n;
	}
	*found = false;
	return s.n > 0 && s.p[s.n - 1] == '\r' ? s.n - 1 : s.n;
}

static struct span
skip_spaces(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_sub(s, 1, s.n);
	return s;
}

/* RFC 5321 4.1.2: esmtp-keyword ["=" esmtp-value], RFC 6531 3.3 adds UTF-8. */
static bool
param_parse(struct span s, struct smtp_param *p)
{
	size_t i = 0;

	while (i < s.n && (ascii_alpha(s.p[i]) || ascii_digit(s.p[i]) ||
			      (i > 0 && s.p[i] == '-')))
		i++;
	p->keyword = span_of(s.p, i);
	p->value = span_of(NULL, 0);
	if (i == s.n)
		return i > 0;
	if (i == 0 || s.p[i] != '=' || i + 1 == s.n)
		return false;
	p->value = span_of(s.p + i + 1, s.n - i - 1);
	for (i = 0; i < p->value.n; i++) {
		unsigned char c = (unsigned char)p->value.p[i];

		if (c <= ' ' || c == '=' || c == 0x7f)
			return false;
	}
	return true;
}

static enum smtp_cmd_result
params_parse(struct smtp_cmd *cmd, struct span s, const char **why)
{
	struct smtp_param p;
	struct span word;

	for (s = skip_spaces(s); s.n > 0; s = skip_spaces(s)) {
		span_split(&s, ' ', &word);
		*why = "malformed parameter";
		if (!param_parse(word, &p))
			return SMTP_CMD_PARAMS;
		*why = "parameter given twice";
		for (size_t i = 0; i < cmd->nparam; i++) {
			if (span_ieq(cmd->param[i].keyword, p.keyword))
				return SMTP_CMD_PARAMS;
		}
		*why = "too many parameters";
		if (cmd->nparam == SMTP_PARAMS_MAX)
			return SMTP_CMD_PARAMS;
		cmd->param[cmd->nparam++] = p;
	}
	return SMTP_CMD_OK;
}

/* The length of what stands before the '>' that ends a path; -1: none does. */
static ssize_t
path_length(struct span s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '>' && !quoted)
			return (ssize_t)i;
	}
	return -1;
}

/* A source route is taken and ignored (RFC 5321 appendix C). */
static bool
drop_route(struct span *path)
{
	const char *colon;

	if (path->n == 0 || path->p[0] != '@')
		return true;
	colon = memchr(path->p, ':', path->n);
	if (colon == NULL)
		return false;
	for (const char *p = path->p; p < colon; p++) {
		if (!ascii_alpha(*p) && !ascii_digit(*p) &&
		    strchr("@,.-", *p) == NULL)
			return false;
	}
	*path = span_sub(*path, (size_t)(colon - path->p) + 1, path->n);
	return true;
}

static bool
address_parse(struct smtp_cmd *cmd)
{
	if (cmd->path.n == 0) {
		cmd->null_path = true;
		return cmd->verb == SMTP_MAIL;
	}
	if (cmd->verb == SMTP_RCPT && span_ieqs(cmd->path, "postmaster")) {
		cmd->addr.local = cmd->path;
		return true;
	}
	return drop_route(&cmd->path) &&
	    mailbox_addr_parse(cmd->path, true, &cmd->addr) == 0;
}

/* White space behind the colon is no syntax of the RFC, but widely sent. */
static enum smtp_cmd_result
path_parse(struct smtp_cmd *cmd, const char *word, const char **why)
{
	struct span s = cmd->arg;
	ssize_t n;

	*why = cmd->verb == SMTP_MAIL ? "syntax is MAIL FROM:<address>" :
					"syntax is RCPT TO:<address>";
	if (!span_iprefix(s, span_str(word)))
		return SMTP_CMD_SYNTAX;
	s = skip_spaces(span_sub(s, strlen(word), s.n));
	if (s.n == 0 || s.p[0] != '<')
		return SMTP_CMD_SYNTAX;
	s = span_sub(s, 1, s.n);
	n = path_length(s);
	if (n < 0)
		return SMTP_CMD_SYNTAX;
	cmd->path = span_sub(s, 0, (size_t)n);
	s = span_sub(s, (size_t)n + 1, s.n);
	if (s.n > 0 && s.p[0] != ' ')
		return SMTP_CMD_SYNTAX;
	*why = "malformed address";
	if (!address_parse(cmd))
		return SMTP_CMD_SYNTAX;
	return params_parse(cmd, s, why);
}

static enum smtp_cmd_result
chunk_parse(struct smtp_cmd *cmd, const char **why)
{
	struct span rest = cmd->arg, size;

	*why = "syntax is BDAT size [LAST]";
	if (!span_split(&rest, ' ', &size) ||
	    span_u64(size, INT64_MAX, &cmd->chunk) < 0)
		return SMTP_CMD_SYNTAX;
	rest = span_trim(rest);
	cmd->last = span_ieqs(rest, "LAST");
	return cmd->last || rest.n == 0 ? SMTP_CMD_OK : SMTP_CMD_SYNTAX;
}

static const struct verb *
verb_find(struct span word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (span_ieqs(word, verbs[i].word))
			return &verbs[i];
	}
	return NULL;
}

enum smtp_cmd_result
smtp_cmd_parse(struct span line, struct smtp_cmd *cmd, const char **why)
{
	const struct verb *v;
	struct span rest = line;

	*cmd = (struct smtp_cmd){ .verb = SMTP_UNKNOWN };
	*why = "command not recognized";
	if (!span_split(&rest, ' ', &cmd->word))
		return SMTP_CMD_SYNTAX;
	cmd->arg = span_trim(rest);
	v = verb_find(cmd->word);
	if (v == NULL)
		return SMTP_CMD_SYNTAX;
	cmd->verb = v->verb;
	switch (v->arg) {
	case ARG_NONE:
		*why = "no argument is allowed here";
		return cmd->arg.n == 0 ? SMTP_CMD_OK : SMTP_CMD_SYNTAX;
	case ARG_TEXT:
		*why = "an argument is needed here";
		return cmd->arg.n > 0 ? SMTP_CMD_OK : SMTP_CMD_SYNTAX;
	case ARG_FROM:
		return path_parse(cmd, "FROM:", why);
	case ARG_TO:
		return path_parse(cmd, "TO:", why);
	case ARG_CHUNK:
		return chunk_parse(cmd, why);
	case ARG_OPTIONAL:
		break;
	}
	return SMTP_CMD_OK;
}

bool
smtp_cmd_ascii(const struct smtp_cmd *cmd)
{
	for (size_t i = 0; i < cmd->arg.n; i++) {
		if ((unsigned char)cmd->arg.p[i] >= 0x80)
			return false;
	}
	return true;
}

bool
smtp_cmd_is_http(const struct smtp_cmd *cmd)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT",
		"DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (span_eq(cmd->word, span_str(methods[i])))
			return true;
	}
	return false;
}

const struct smtp_param *
smtp_cmd_param(const struct smtp_cmd *cmd, const char *keyword)
{
	for (size_t i = 0; i < cmd->nparam; i++) {
		if (span_ieqs(cmd->param[i].keyword, keyword))
			return &cmd->param[i];
	}
	return NULL;
}

static int
hex_upper(char c)
{
	if (ascii_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
xtext_decode(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		int hi, lo;

		if (s.p[i] < '!' || s.p[i] > '~' || s.p[i] == '=')
			return false;
		if (s.p[i] != '+') {
			buf_addc(out, s.p[i]);
			continue;
		}
		if (s.n - i < 3)
			return false;
		hi = hex_upper(s.p[i + 1]);
		lo = hex_upper(s.p[i + 2]);
		if (hi < 0 || lo < 0)
			return false;
		buf_addc(out, (char)(hi * 16 + lo));
		i += 2;
	}
	return !out->failed;
}

int
smtp_xtext_decode(struct buf *out, struct span s)
{
	size_t before = out->len;

	if (xtext_decode(out, s))
		return 0;
	out->len = before;
	return -1;
}
